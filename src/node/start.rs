//! Starts a node: puts key, store, transport and actor together, and waits for its end.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::draws::{Draws, Entropy};
use contract::trace::{Birth, Header, record};
use contract::{Actor, PeerId, Protocol as _, Seed, Signer, Verifier};
use ed25519_dalek::SigningKey;
use ledger::{Ledger, Shared};
use real_runtime::admin::{self, AdminError, Health, Served};
use real_runtime::driver::{Log, Notice, Stopped};
use real_runtime::key;
use real_runtime::network::Invitation;
use real_runtime::node::{self, Node, Setup, StartError, files};
use real_runtime::store::OpenError;
use real_runtime::transport::{Discovery, Limits, TransportError};
use scenarios::systems::ledger::{Casting, Common};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::config::{self, NodeConfig};
use super::founding;
use super::membership;
use super::own::{Live, OwnFailure, OwnNode};
use super::past::{self, Past};
use super::reload::Reload;
use super::say::Say;
use super::sparing::{Line, Sparing};
use crate::exit::{self, Failure};
use crate::output;

/// How long a node that stops waits for its peers to read what it sent.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a node is run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// What happens is printed as JSON lines.
    pub(super) json: bool,
    /// What the operator knows of its store.
    pub(super) past: Past,
    /// How it speaks beside that.
    pub(super) say: Say,
}

pub(super) fn run(path: &Path, way: Way, protocols: &BTreeMap<&'static str, Box<dyn Live>>) -> Result<(), Failure> {
    way.say.begin()?;
    let config = &NodeConfig::load(path)?;
    way.past.fits(config)?;
    config::private_folder(&config.folder)?;
    let key = config::load_key(&config.folder)?;
    config.is_of(key::peer(&key))?;
    let membership = membership::load(config)?;
    let Some(rules) = &config.own else {
        founding::is_as_it_was(config)?;
        let setup = setup((path, config), key, membership, way)?;
        return serve(path, setup, way, || founding::note(config));
    };
    let Some(protocol) = protocols.get(rules.protocol.get_ref().as_str()) else {
        let known: Vec<&str> = [Ledger::NAME].into_iter().chain(protocols.keys().copied()).collect();
        let hint = format!("this program runs {} live", known.join(", "));
        let what = format!("no live protocol `{}`", rules.protocol.get_ref());
        return Err(rules.source.error(rules.protocol.span(), what, hint).into());
    };
    let node = OwnNode { path, config, rules, key, membership, way };
    protocol.run(node).map_err(|OwnFailure(failure)| failure)
}

/// Runs a node of any protocol until it is told to stop. `began` is called once it runs.
pub(super) fn serve<P: Served>(path: &Path, setup: Setup<P>, way: Way, began: impl FnOnce()) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::internal)?;
    runtime.block_on(live(path, setup, way, began))
}

async fn live<P: Served>(path: &Path, setup: Setup<P>, way: Way, began: impl FnOnce()) -> Result<(), Failure> {
    // From here on a signal ends the node in order.
    let mut signals = Signals::listen()?;
    let network = setup.membership.to_string();
    let mut reload = Reload::new(path, &setup, way.say);
    let mut node = node::start(setup).await.map_err(|error| refused(path, error))?;
    began();
    announce(&node, &network, way)?;
    loop {
        tokio::select! {
            ended = node.ended() => return stopped::<P>(node, ended, way.say).await,
            told = signals.any() => match told {
                Told::Reload => reload.again(&node),
                Told::Stop => break,
            },
        }
    }
    way.say.remark("stopping");
    stopped::<P>(node, Ok(()), way.say).await
}

/// Says where the node is, now that it is there.
fn announce(node: &Node, network: &str, way: Way) -> Result<(), Failure> {
    way.say.remark(format_args!("node {} listens on {} in {network}", node.id(), node.address()));
    if let Some(admin) = node.admin() {
        way.say.remark(format_args!("its page is at http://{admin}/"));
    }
    if way.json {
        let started = serde_json::json!({ "peer": node.id(), "listen": node.address(), "admin": node.admin() });
        output::print(serde_json::json!({ "started": started }))?;
    }
    Ok(())
}

/// Closes what is left of a node. Neither a full disk nor a defect is the operator's input.
async fn stopped<P: Served>(node: Node, ended: Result<(), Stopped>, say: Say) -> Result<(), Failure> {
    let drained = node.stop(PATIENCE).await;
    ended.map_err(|why| match why {
        Stopped::Defect(_) => Failure::program(why.to_string(), exit::whose(P::NAME)),
        why => Failure::internal(why),
    })?;
    let drained = match drained {
        Err(full) if full.is_full() => {
            say.remark(format_args!("{full}; what was acknowledged is kept, and what was not has reached nobody"));
            return Ok(());
        }
        drained => drained.map_err(Failure::internal)?,
    };
    if drained.frames_left > 0 {
        say.remark(format_args!("{} frames were not delivered", drained.frames_left));
    }
    Ok(())
}

/// Why a node does not start, with the way out.
fn refused(config: &Path, error: StartError) -> Failure {
    let hint = match &error {
        StartError::Store(store) => of_store(config, store),
        StartError::HasPast { .. } => lost(config, "put the newest backup of the folder in its place, if there is one"),
        StartError::Transport(TransportError::Bind { listen, source }) => of_address("listen", "u", *listen, source),
        StartError::Trace(_) => {
            "a trace is of one node in one network; without `trace = true` nothing is recorded".to_owned()
        }
        StartError::Admin(AdminError::Bind { listen, source }) => of_address("admin", "t", *listen, source),
        StartError::Admin(AdminError::Exposed { .. }) => "use 127.0.0.1 or [::1] in `admin`".to_owned(),
        StartError::Admin(_) => {
            "the control socket lies in `folder`, whose path must be short: some hundred characters at most".to_owned()
        }
        StartError::Commit(_) => "make room on the disk".to_owned(),
        StartError::Transport(_) | StartError::Io(_) => return Failure::internal(error),
    };
    Failure::input(error.to_string(), hint)
}

/// What to do about a store that cannot be used.
fn of_store(config: &Path, error: &OpenError) -> String {
    match error {
        OpenError::InUse { .. } => "stop the other process, or give this node its own folder".to_owned(),
        OpenError::Missing { .. } | OpenError::NoHead { .. } | OpenError::Older { .. } => {
            lost(config, "put the newest backup of the folder in its place, if there is one")
        }
        OpenError::Damaged { path, .. } => {
            let file = path.display();
            lost(
                config,
                &format!("move {file} and {file}.head away and put a backup of both in their place, or nothing"),
            )
        }
        OpenError::OtherOwner { .. } => "a store belongs to the key beside it: bring the two together".to_owned(),
        OpenError::Format { .. } => "run the version of dunbar that wrote it, or a later one".to_owned(),
        OpenError::Io { .. } | OpenError::Exists { .. } => "choose a `folder` to which you have access".to_owned(),
    }
}

/// How a node gets its past back from its peers.
fn lost(config: &Path, first: &str) -> String {
    let config = config.display();
    format!("{first}; then `dunbar node run {config} --recover` asks peers what this node has signed before it signs")
}

/// Why an address cannot be listened on, and which instead; `kind` is the letter by which `ss` knows the protocol.
fn of_address(key: &str, kind: &str, listen: SocketAddr, error: &io::Error) -> String {
    let port = listen.port();
    match error.kind() {
        ErrorKind::AddrInUse => format!(
            "another program has port {port}; `ss -l{kind}np 'sport = :{port}'` says which: stop it, or choose another port in \
             `{key}`"
        ),
        ErrorKind::AddrNotAvailable => format!(
            "{} is no address of this machine; `ip addr` lists those that are, and 0.0.0.0 stands for all of them",
            listen.ip()
        ),
        ErrorKind::PermissionDenied => format!("port {port} needs a privilege: choose one above 1023 in `{key}`"),
        _ => format!("choose another `{key}` address"),
    }
}

fn setup(
    (path, config): (&Path, &NodeConfig),
    key: SigningKey,
    membership: Invitation,
    way: Way,
) -> Result<Setup<Ledger>, Failure> {
    let me = key::peer(&key);
    let neighbours = neighbours(config, &membership, me);
    let doubts = way.past.doubts(config, &neighbours)?;
    if doubts && neighbours.is_empty() && config.file(files::TOKEN).exists() {
        way.say.remark(past::nobody_to_ask(path));
    }
    let discovery = Discovery { announce: config.announce.clone(), ..Discovery::default() };
    Ok(Setup {
        folder: config.folder.clone(),
        listen: config.listen,
        admin: config.admin,
        limits: Limits { discovery, ..Limits::default() },
        peers: config.peers.clone(),
        expelled: config.expelled.clone(),
        recover: (way.past == Past::Recover).then(ledger::store::of_lost_chain),
        doubt: doubts.then(ledger::store::of_old_copy),
        trace: config.trace.then(|| trace(config, me, &neighbours)),
        actor: actor(config, key.clone(), neighbours)?,
        log: log(way.json),
        key,
        membership,
    })
}

/// Peers of a former life that a node talks to which has no others.
const REMEMBERED_MAX: usize = 8;

/// With whom the actor talks from the start: those that are configured, and those that the invitation named. A founder may have
/// neither; it talks to those that it knew before, since they may know more of its past than its own store does.
pub(super) fn neighbours(config: &NodeConfig, membership: &Invitation, me: PeerId) -> Vec<PeerId> {
    let is_other = |peer: &PeerId| *peer != me && !config.expelled.contains(peer);
    let named = config.peers.iter().chain(&membership.bootstrap).map(|known| known.peer).filter(is_other);
    let mut neighbours: Vec<PeerId> = Vec::new();
    for peer in named {
        if !neighbours.contains(&peer) {
            neighbours.push(peer);
        }
    }
    if neighbours.is_empty() {
        neighbours = node::remembered(&config.folder).into_iter().filter(is_other).take(REMEMBERED_MAX).collect();
    }
    neighbours
}

/// The number of the signal that a write beyond the limit of a file's size brings, on Linux.
const SIGXFSZ: i32 = 25;

/// The signals by which the operating system asks a process to stop or to read its configuration again.
struct Signals {
    terminate: Signal,
    hangup: Signal,
    /// A file may not grow: an error of the write, and by default the end of the process.
    _file_limit: Signal,
    interrupt: Signal,
}

/// What a signal asks for.
enum Told {
    Stop,
    Reload,
}

impl Signals {
    fn listen() -> Result<Signals, Failure> {
        let listen = |kind| signal(kind).map_err(Failure::internal);
        Ok(Signals {
            terminate: listen(SignalKind::terminate())?,
            hangup: listen(SignalKind::hangup())?,
            _file_limit: listen(SignalKind::from_raw(SIGXFSZ))?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    async fn any(&mut self) -> Told {
        tokio::select! {
            _ = self.terminate.recv() => Told::Stop,
            _ = self.interrupt.recv() => Told::Stop,
            _ = self.hangup.recv() => Told::Reload,
        }
    }
}

fn actor(config: &NodeConfig, key: SigningKey, peers: Vec<PeerId>) -> Result<Box<dyn Actor<Ledger>>, Failure> {
    let shared = Arc::new(Shared {
        verifier: Verifier::ed25519(),
        founding: config.founding.clone(),
        parameters: config.parameters.clone(),
    });
    let (seed, signer) = (fresh_seed()?, Signer::ed25519(key));
    let entropy = Entropy::Keyed(Draws::new(seed.key("ledger"), 0));
    Ok(config.role.actor(ledger::Birth { signer, peers, entropy, shared }))
}

/// A seed that nobody knows, anew for every life of the node.
pub(super) fn fresh_seed() -> Result<Seed, Failure> {
    use std::io::Read as _;
    let mut bytes = [0; 32];
    let mut random = std::fs::File::open("/dev/urandom").map_err(Failure::internal)?;
    random.read_exact(&mut bytes).map_err(Failure::internal)?;
    Ok(Seed::from_bytes(bytes))
}

fn trace(config: &NodeConfig, me: PeerId, neighbours: &[PeerId]) -> (Header, Birth) {
    let common = Common { founding: config.founding.clone(), parameters: config.parameters.clone() };
    let peers = neighbours.iter().map(|peer| peer.to_string()).collect();
    let casting = Casting { role: config.role, peers };
    let header = Header {
        format: record::FORMAT,
        protocol: Ledger::NAME.to_owned(),
        version: Ledger::VERSION,
        producer: concat!("dunbar ", env!("CARGO_PKG_VERSION")).to_owned(),
        source: Header::LIVE.to_owned(),
        common: serde_json::to_string(&common).unwrap_or_default(),
        simulated: None,
    };
    let parameters = serde_json::to_string(&casting).unwrap_or_default();
    (header, Birth { node: 0, peer: me, role: config.role.name().to_owned(), parameters })
}

/// Tells what happens: as log lines for people, or as JSON lines on standard output. What a peer sends in vain is told sparingly.
pub(super) fn log(json: bool) -> Log {
    let mut sparing = Sparing::new(Instant::now());
    Box::new(move |notice| {
        if matches!(&notice, Notice::Observed(observation) if observation.name == ledger::observe::REJECTED) {
            match sparing.line(Instant::now()) {
                Line::LeftOut => return,
                Line::Printed { left_out: 0 } => {}
                Line::Printed { left_out } => tracing::info!(target: "actor", "{left_out} more were rejected"),
            }
        }
        let line = match (notice, json) {
            (Notice::Observed(observation), false) => return tracing::info!(target: "actor", "{observation}"),
            (Notice::Network(what), false) => return tracing::info!(target: "network", "{what}"),
            (Notice::Storage { health: Health::Ok, what }, false) => return tracing::info!(target: "node", "{what}"),
            (Notice::Storage { what, .. }, false) => return tracing::warn!(target: "node", "{what}"),
            (Notice::Storage { health, what }, true) => serde_json::json!({ "health": health.name(), "detail": what }),
            (Notice::Observed(observation), true) => admin::observed(observation),
            (Notice::Network(what), true) => serde_json::json!({ "network": what }),
        };
        // A node goes on when nobody reads what it prints.
        let _ = output::print(line);
    })
}
