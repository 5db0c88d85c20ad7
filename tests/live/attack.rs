//! Five nodes, one of which pays twice: the same wrapper that the scenarios use, over QUIC.

use contract::trace::file::{MAGIC, append};
use contract::trace::{Reader, Record};
use serde_json::Value;

use crate::command::dunbar;
use crate::network::Network;

const NAMES: [&str; 5] = ["alice", "bob", "carol", "dave", "mallory"];
const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;
const DAVE: usize = 3;
const MALLORY: usize = 4;

#[test]
fn a_double_spend_is_evidence_at_everybody_and_killed_nodes_learn_it() {
    let mut network = Network::new(&NAMES, |name, ids| match name {
        "mallory" => format!("{{ double-spender = {{ second = \"{}\" }} }}", ids[BOB]),
        _ => "\"honest\"".to_owned(),
    });
    network.start_all();

    // An honest transfer first, which everybody comes to know.
    let paid = network.pay(ALICE, DAVE, "20 OMC");
    assert!(paid["paid"].is_object(), "{paid}");
    for node in [BOB, CAROL, DAVE] {
        network.wait_for(node, "chain of alice", |view| chain(view, &network.ids[ALICE])["length"] == 2);
    }
    let before = network.wait_for(DAVE, "money of alice", |view| view["own"]["length"] == 2);

    // Dave is away when it happens, and Carol goes in the middle of it.
    network.kill(DAVE);
    network.pay(MALLORY, ALICE, "50 OMC");
    network.kill(CAROL);
    convicted(&network, ALICE);
    convicted(&network, BOB);
    network.start(CAROL);
    network.start(DAVE);
    convicted(&network, CAROL);
    let after = convicted(&network, DAVE);
    assert_eq!(after["own"], before["own"], "what he had accepted is still his");

    // The second life goes on where the first one ended: nobody sees two blocks of Dave at one position.
    // He first asks what he has signed, so he may refuse for a moment.
    let pay = format!("{{\"pay\": {{\"to\": \"{}\", \"amount\": \"5 OMC\"}}}}", network.ids[CAROL]);
    network.wait_for(DAVE, "payment", |_| network.ask("send", DAVE, &[&pay]).code == Some(0));
    for node in [ALICE, BOB, CAROL] {
        let view = network.wait_for(node, "payment of dave", |view| chain(view, &network.ids[DAVE])["length"] == 3);
        assert_eq!(view["evidence"].as_array().map(Vec::len), Some(1), "mallory alone is accused: {view:#}");
    }
    network.stop_all();
    every_trace_conforms(&network);
    an_edited_trace_does_not_conform(&network);
}

/// What a node knows of a chain.
fn chain<'a>(view: &'a Value, owner: &str) -> &'a Value {
    let chains = view["chains"].as_array().map(Vec::as_slice).unwrap_or_default();
    chains.iter().find(|chain| chain["owner"] == owner).unwrap_or(&Value::Null)
}

/// Waits until a node has evidence; it must be against Mallory, who is banned, and against nobody else.
#[track_caller]
fn convicted(network: &Network, node: usize) -> Value {
    let mallory = network.ids[MALLORY].as_str();
    let has_evidence = |view: &Value| view["evidence"].as_array().is_some_and(|items| !items.is_empty());
    let view = network.wait_for(node, "evidence", has_evidence);
    let accused: Vec<&Value> = view["evidence"].as_array().unwrap().iter().map(|item| &item["owner"]).collect();
    assert_eq!(accused, [mallory], "{view:#}");
    assert!(chain(&view, mallory)["banned"].is_string(), "{view:#}");
    let others = view["chains"].as_array().unwrap().iter().filter(|chain| chain["owner"] != mallory);
    assert!(others.chain([&view["own"]]).all(|chain| chain["banned"].is_null()), "{view:#}");
    view
}

fn every_trace_conforms(network: &Network) {
    for node in [ALICE, BOB, CAROL, DAVE, MALLORY] {
        let found = dunbar(&["conform", network.trace(node).to_str().unwrap()], network.path()).ended(0).out;
        assert!(found.contains(" of 1 nodes, every effect identical"), "{found}");
    }
}

/// One byte of one input: of the payment that Dave accepted.
fn an_edited_trace_does_not_conform(network: &Network) {
    let bytes = std::fs::read(network.trace(DAVE)).unwrap();
    let mut reader = Reader::new(&bytes).unwrap();
    let (mut edited, mut changed) = (MAGIC.to_vec(), 0);
    while let Some(mut record) = reader.next_record().unwrap() {
        if let Record::Step(step) = &mut record
            && changed == 0
            && !step.witness.is_empty()
            && step.input.len() > 100
        {
            let middle = step.input.len() / 2;
            step.input[middle] ^= 1;
            changed += 1;
        }
        append(&record, &mut edited);
    }
    assert_eq!(changed, 1, "dave signed in answer to a message");
    std::fs::write(network.path().join("edited.trace"), edited).unwrap();
    let found = dunbar(&["conform", "edited.trace"], network.path()).ended(1).out;
    assert!(found.contains("node 0 does something else"), "{found}");
}
