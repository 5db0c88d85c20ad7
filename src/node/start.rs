//! Starts a node: puts key, store, transport and actor together, and waits for its end.

use std::sync::Arc;
use std::time::Duration;

use contract::draws::{Draws, Entropy};
use contract::trace::{Birth, Header, record};
use contract::{Actor, PeerId, Protocol as _, Seed, Signer, Value, Verifier};
use ed25519_dalek::SigningKey;
use ledger::{Ledger, Shared};
use real_runtime::driver::{Log, Notice};
use real_runtime::key;
use real_runtime::network::Invitation;
use real_runtime::node::{self, Node, Setup, StartError};
use real_runtime::store::OpenError;
use real_runtime::transport::{Discovery, Limits, TransportError};
use scenarios::systems::ledger::{Casting, Common};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::config::{self, NodeConfig};
use super::membership;
use crate::exit::Failure;
use crate::output;

/// How long a node that stops waits for its peers to read what it sent.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn run(config: &NodeConfig, json: bool) -> Result<(), Failure> {
    config::private_folder(&config.folder)?;
    let key = config::load_key(&config.folder)?;
    let membership = membership::load(config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::internal)?;
    runtime.block_on(live(setup(config, key, membership, json)?))
}

async fn live(setup: Setup<Ledger>) -> Result<(), Failure> {
    // From here on a signal ends the node in order.
    let mut signals = Signals::listen()?;
    let network = setup.membership.to_string();
    let mut node = node::start(setup).await.map_err(refused)?;
    output::remark(format_args!("node {} listens on {} in {network}", node.id(), node.address()));
    tokio::select! {
        ended = node.ended() => return stopped(node, ended).await,
        () = signals.any() => output::remark("stopping"),
    }
    stopped(node, Ok(())).await
}

/// Closes what is left of a node. Neither a full disk nor a defect is the operator's input.
async fn stopped(node: Node, ended: Result<(), real_runtime::driver::Stopped>) -> Result<(), Failure> {
    let drained = node.stop(PATIENCE).await;
    ended.map_err(Failure::internal)?;
    let drained = drained.map_err(Failure::internal)?;
    if drained.frames_left > 0 {
        output::remark(format_args!("{} frames were not delivered", drained.frames_left));
    }
    Ok(())
}

/// Why a node does not start, with the way out.
fn refused(error: StartError) -> Failure {
    let hint = match &error {
        StartError::Store(OpenError::InUse { .. }) => "stop the other process, or give this node its own folder",
        // The message of every other one has the way out.
        StartError::Store(_) => "",
        StartError::Transport(TransportError::Bind { .. }) => "choose another `listen` address",
        StartError::Trace(_) => "a trace is of one node in one network; without `trace = true` nothing is recorded",
        StartError::Control(_) => {
            "the control socket lies in `folder`, whose path must be short: some hundred characters at most"
        }
        StartError::Transport(_) | StartError::Io(_) => return Failure::internal(error),
    };
    Failure::input(error.to_string(), hint)
}

fn setup(config: &NodeConfig, key: SigningKey, membership: Invitation, json: bool) -> Result<Setup<Ledger>, Failure> {
    let me = key::peer(&key);
    let neighbours = neighbours(config, &membership, me);
    let discovery = Discovery { announce: config.announce.clone(), ..Discovery::default() };
    Ok(Setup {
        folder: config.folder.clone(),
        listen: config.listen,
        limits: Limits { discovery, ..Limits::default() },
        peers: config.peers.clone(),
        expelled: config.expelled.clone(),
        trace: config.trace.then(|| trace(config, me, &neighbours)),
        actor: actor(config, key.clone(), neighbours)?,
        log: log(json),
        key,
        membership,
    })
}

/// With whom the actor talks from the start: those that are configured, and those that the invitation named.
fn neighbours(config: &NodeConfig, membership: &Invitation, me: PeerId) -> Vec<PeerId> {
    let mut neighbours: Vec<PeerId> = Vec::new();
    for peer in config.peers.iter().chain(&membership.bootstrap).map(|known| known.peer) {
        if peer != me && !config.expelled.contains(&peer) && !neighbours.contains(&peer) {
            neighbours.push(peer);
        }
    }
    neighbours
}

/// The signals by which the operating system asks a process to stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Signals, Failure> {
        let listen = |kind| signal(kind).map_err(Failure::internal);
        Ok(Signals { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
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
fn fresh_seed() -> Result<Seed, Failure> {
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
        source: "live".to_owned(),
        common: serde_json::to_string(&common).unwrap_or_default(),
        simulated: None,
    };
    let parameters = serde_json::to_string(&casting).unwrap_or_default();
    (header, Birth { node: 0, peer: me, role: config.role.name().to_owned(), parameters })
}

/// Prints what happens, for people or as JSON lines.
fn log(json: bool) -> Log {
    Box::new(move |notice| {
        let line = match (notice, json) {
            (Notice::Observed(observation), false) => return output::remark(observation),
            (Notice::Network(what), false) => return output::remark(what),
            (Notice::Observed(observation), true) => {
                let fields = observation.fields.iter().map(|(name, value)| (name.to_string(), as_json(value)));
                let fields: serde_json::Map<String, serde_json::Value> = fields.collect();
                serde_json::json!({ "observed": observation.name, "fields": fields })
            }
            (Notice::Network(what), true) => serde_json::json!({ "network": what }),
        };
        // A node goes on when nobody reads what it prints.
        let _ = output::print(line);
    })
}

/// A value as the views have it: peers and hashes in full, amounts in millionths, times in nanoseconds.
fn as_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Count(count) => (*count).into(),
        Value::Peer(peer) => peer.to_string().into(),
        Value::Hash(hash) => hash.to_string().into(),
        Value::Amount(amount) => amount.as_micro().into(),
        Value::Time(time) => time.as_nanos().into(),
        Value::Span(span) => span.as_nanos().into(),
        Value::Text(text) => text.as_ref().into(),
    }
}
