//! Starts a node: puts key, store, transport and actor together, and waits for its end.

use std::sync::Arc;
use std::time::Duration;

use contract::draws::{Draws, Entropy};
use contract::trace::{Birth, Header, record};
use contract::{Actor, PeerId, Protocol as _, Seed, Signer, Verifier};
use ed25519_dalek::SigningKey;
use ledger::{Ledger, Shared};
use real_runtime::driver::{Driver, Log, Notice, Parts, REQUESTS};
use real_runtime::record::TraceFile;
use real_runtime::store::{OpenError, Store};
use real_runtime::transport::{Limits, Transport};
use real_runtime::{control, key};
use scenarios::systems::ledger::{Casting, Common};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};

use super::config::{self, NodeConfig};
use crate::exit::Failure;

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
            _ => "a backup of the whole folder can take its place",
        };
        refused(&error, hint)
    })?;
    let (transport, events) = Transport::bind(key.clone(), config.listen, Limits::default())
        .map_err(|error| refused(&error, "choose another `listen` address"))?;
    for peer in config.peers.iter().filter(|peer| peer.id != me) {
        transport.keep_peer(peer.id, peer.address);
    }
    let trace = trace(config, me).map_err(|error| refused(&error, ""))?;
    let socket = control::listen(&config.socket()).map_err(|error| refused(&error, ""))?;
    let (requests, asked) = mpsc::channel(REQUESTS);
    let (stop, stopped) = watch::channel(false);
    let address = transport.local_addr().map_err(Failure::internal)?;
    eprintln!("node {me} listens on {address}");
    let actor = actor(config, key)?;
    let driver = Driver::new(Parts { actor, transport: transport.clone(), store, trace, log: log(json) });
    let running = tokio::spawn(driver.run(recovered, events, asked, stopped));
    let serving = tokio::spawn(control::serve::<Ledger>(socket, requests));
    let outcome = until_told(running, stop).await;
    serving.abort();
    let drained = transport.shutdown(PATIENCE).await;
    if drained.frames_left > 0 {
        eprintln!("{} frames were not delivered", drained.frames_left);
    }
    outcome
}

/// Waits for the driver, and tells it to stop when the operating system asks for it.
async fn until_told(
    mut running: tokio::task::JoinHandle<Result<(), real_runtime::driver::Stopped>>,
    stop: watch::Sender<bool>,
) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::internal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::internal)?;
    let ended = tokio::select! {
        ended = &mut running => ended,
        _ = async { tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} } } => {
            eprintln!("stopping");
            stop.send_replace(true);
            running.await
        }
    };
    ended.map_err(Failure::internal)?.map_err(|stopped| Failure::input(stopped.to_string(), "the node has stopped"))
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
    Box::new(move |notice| match (notice, json) {
        (Notice::Observed(observation), false) => eprintln!("{observation}"),
        (Notice::Network(what), false) => eprintln!("{what}"),
        (Notice::Observed(observation), true) => {
            let fields = observation.fields.iter().map(|(name, value)| (name.to_string(), value.to_string().into()));
            let fields: serde_json::Map<String, serde_json::Value> = fields.collect();
            println!("{}", serde_json::json!({ "observed": observation.name, "fields": fields }));
        }
        (Notice::Network(what), true) => println!("{}", serde_json::json!({ "network": what })),
    })
}
