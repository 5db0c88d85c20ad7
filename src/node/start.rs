//! Starts a node: puts key, store, transport and actor together, and waits for its end.

use std::sync::Arc;
use std::time::Duration;

use contract::draws::{Draws, Entropy};
use contract::trace::{Birth, Header, record};
use contract::{Actor, PeerId, Protocol as _, Seed, Signer, Value, Verifier};
use ed25519_dalek::SigningKey;
use ledger::{Ledger, Shared};
use real_runtime::driver::{Driver, Log, Notice, Parts, REQUESTS};
use real_runtime::record::TraceFile;
use real_runtime::store::{OpenError, Store};
use real_runtime::transport::{Limits, Transport, TransportError};
use real_runtime::{control, key};
use scenarios::systems::ledger::{Casting, Common};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};

use super::config::{self, NodeConfig};
use crate::exit::Failure;
use crate::output;

/// How long a node that stops waits for its peers to read what it sent.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn run(config: &NodeConfig, json: bool) -> Result<(), Failure> {
    config::private_folder(&config.folder)?;
    let key = config::load_key(&config.folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::internal)?;
    runtime.block_on(live(config, key, json))
}

async fn live(config: &NodeConfig, key: SigningKey, json: bool) -> Result<(), Failure> {
    let me = key::peer(&key);
    let refused = |error: &dyn std::fmt::Display, hint: &str| Failure::input(error.to_string(), hint);
    // The store first: its lock shows that no other process runs this node.
    let (store, recovered) = Store::open(config.file(config::STORE), &me.to_string()).map_err(|error| {
        let hint = match error {
            OpenError::InUse { .. } => "stop the other process, or give this node its own folder",
            // The message of every other one has the way out.
            _ => "",
        };
        refused(&error, hint)
    })?;
    let bound = Transport::bind(key.clone(), config.listen, Limits::default());
    let (transport, events) = bound.map_err(|error| match error {
        TransportError::Bind { .. } => refused(&error, "choose another `listen` address"),
        _ => Failure::internal(error),
    })?;
    for peer in config.peers.iter().filter(|peer| peer.id != me) {
        transport.keep_peer(peer.id, peer.address);
    }
    let hint = "a trace is of one node in one network; without `trace = true` nothing is recorded";
    let trace = trace(config, me).map_err(|error| refused(&error, hint))?;
    let hint = "the control socket lies in `folder`, whose path must be short: some hundred characters at most";
    let socket = control::listen(&config.socket()).map_err(|error| refused(&error, hint))?;
    // From here on a signal ends the node in order.
    let signals = Signals::listen()?;
    let (requests, asked) = mpsc::channel(REQUESTS);
    let (stop, stopped) = watch::channel(false);
    let address = transport.local_addr().map_err(Failure::internal)?;
    output::remark(format_args!("node {me} listens on {address}"));
    let actor = actor(config, key)?;
    let driver = Driver::new(Parts { actor, transport: transport.clone(), store, trace, log: log(json) });
    let running = tokio::spawn(driver.run(recovered, events, asked, stopped));
    let serving = tokio::spawn(control::serve::<Ledger>(socket, requests));
    let outcome = until_told(running, signals, stop).await;
    serving.abort();
    let drained = transport.shutdown(PATIENCE).await;
    if drained.frames_left > 0 {
        output::remark(format_args!("{} frames were not delivered", drained.frames_left));
    }
    outcome
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

/// Waits for the driver, and tells it to stop when the operating system asks for it.
async fn until_told(
    mut running: tokio::task::JoinHandle<Result<(), real_runtime::driver::Stopped>>,
    mut signals: Signals,
    stop: watch::Sender<bool>,
) -> Result<(), Failure> {
    let ended = tokio::select! {
        ended = &mut running => ended,
        () = signals.any() => {
            output::remark("stopping");
            stop.send_replace(true);
            running.await
        }
    };
    // Neither a full disk nor a defect is the operator's input.
    ended.map_err(Failure::internal)?.map_err(Failure::internal)
}

fn actor(config: &NodeConfig, key: SigningKey) -> Result<Box<dyn Actor<Ledger>>, Failure> {
    let shared = Arc::new(Shared {
        verifier: Verifier::ed25519(),
        founding: config.founding.clone(),
        parameters: config.parameters.clone(),
    });
    let (seed, signer) = (fresh_seed()?, Signer::ed25519(key));
    let peers = config.peers.iter().map(|peer| peer.id).filter(|peer| *peer != signer.id()).collect();
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

fn trace(config: &NodeConfig, me: PeerId) -> Result<TraceFile, real_runtime::record::RecordError> {
    if !config.trace {
        return Ok(TraceFile::none());
    }
    let common = Common { founding: config.founding.clone(), parameters: config.parameters.clone() };
    let peers = config.peers.iter().map(|peer| peer.id).filter(|peer| *peer != me).map(|peer| peer.to_string());
    let casting = Casting { role: config.role, peers: peers.collect() };
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
    let birth = Birth { node: 0, peer: me, role: config.role.name().to_owned(), parameters };
    TraceFile::open(&config.file(config::TRACE), header, birth)
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
