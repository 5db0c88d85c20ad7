//! A hundred ledger nodes in one process, each with its own key, store, socket and port.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::draws::{Draws, Entropy};
use contract::{Amount, PeerId, Seed, Signer, Verifier};
use ledger::{Founding, Ledger, LedgerNode, Parameters, Shared};
use real_runtime::admin::client;
use real_runtime::network::Bootstrap;
use real_runtime::node::{self, Node, files};
use serde_json::Value;

use crate::Claim;
use crate::echo::{key, peer, setup};

const NODES: u32 = 100;
/// Each node dials so many of those before it.
const DIALS: u32 = 4;
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) fn measure() -> Vec<Claim> {
    let (took, up) = crate::runtime().block_on(run());
    vec![Claim {
        what: "100 ledger nodes in one process: from the last start until each knows every payment",
        value: took.map_or("never".to_owned(), |took| {
            format!("{:.1} s ({:.1} s to start them)", took.as_secs_f64(), up.as_secs_f64())
        }),
        target: "they converge",
        holds: took.is_some(),
    }]
}

async fn run() -> (Option<Duration>, Duration) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let shared = Arc::new(Shared {
        verifier: Verifier::ed25519(),
        founding: Founding::new((0..NODES).map(|number| (peer(number), Amount::from_units(100)))).expect("it is small"),
        parameters: Parameters { ask_first: true, peers_max: 64, ..Parameters::default() },
    });
    let (began, mut nodes) = (Instant::now(), Vec::<Node>::new());
    for number in 0..NODES {
        let dialled =
            (1..=DIALS).map(|step| (step * step * 7 + number) % number.max(1)).filter(|other| *other < number);
        let dialled: BTreeSet<u32> = dialled.collect();
        let peers: Vec<Bootstrap> = dialled
            .into_iter()
            .map(|other| Bootstrap { peer: peer(other), address: nodes[other as usize].address() })
            .collect();
        let actor = ledger_node(number, peers.iter().map(|peer| peer.peer).collect(), shared.clone());
        nodes.push(node::start(setup::<Ledger>(number, Box::new(actor), peers, &home)).await.expect("it starts"));
    }
    let (up, started) = (began.elapsed(), Instant::now());
    let sockets: Vec<PathBuf> =
        (0..NODES).map(|number| home.path().join(number.to_string()).join(files::CONTROL)).collect();
    for (number, socket) in sockets.iter().enumerate() {
        let to = peer((number as u32 + 1) % NODES);
        let pay = serde_json::json!({ "pay": { "to": to, "amount": "1 OMC" } });
        let reply = client::command(socket, &pay.to_string()).await.expect("it answers");
        assert!(reply["paid"].is_object(), "{reply}");
    }
    let mut converged = None;
    while converged.is_none() && started.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(250)).await;
        converged = agree(&sockets).await.then(|| started.elapsed());
    }
    for node in nodes {
        node.stop(Duration::ZERO).await.expect("the last step is durable");
    }
    (converged, up)
}

fn ledger_node(number: u32, peers: Vec<PeerId>, shared: Arc<Shared>) -> LedgerNode {
    let entropy = Entropy::Keyed(Draws::new(Seed::from_number(1).key("ledger"), number.into()));
    LedgerNode::new(ledger::Birth { signer: Signer::ed25519(key(number)), peers, entropy, shared })
}

/// Whether every node has been paid, and all know the same heads of the same chains.
async fn agree(sockets: &[PathBuf]) -> bool {
    let mut first = None;
    for socket in sockets {
        let view = client::get(socket, "/v1/view").await.expect("it answers");
        let heads = heads(&view);
        let paid = view["accepted"].as_array().is_some_and(|accepted| !accepted.is_empty());
        if !paid || heads.len() != sockets.len() || *first.get_or_insert(heads.clone()) != heads {
            return false;
        }
    }
    true
}

fn heads(view: &Value) -> BTreeMap<String, String> {
    let chains = view["chains"].as_array().into_iter().flatten().chain([&view["own"]]);
    chains.map(|chain| (chain["owner"].to_string(), chain["head"].to_string())).collect()
}
