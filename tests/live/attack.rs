//! Five nodes, one of which pays twice: the same wrapper that the scenarios use, over QUIC.

use crate::network::{Network, dunbar, succeed};

const NAMES: [&str; 5] = ["alice", "bob", "carol", "dave", "mallory"];
const MALLORY: usize = 4;

#[test]
fn a_double_spend_is_evidence_at_everybody_and_a_killed_node_learns_it() {
    let mut network = Network::new(&NAMES, |name, ids| match name {
        "mallory" => format!("{{ double-spender = {{ second = \"{}\" }} }}", ids[1]),
        _ => "\"honest\"".to_owned(),
    });
    network.start_all();

    // An honest transfer first, which everybody comes to know.
    let paid = network.pay(0, 3, "20 OMC");
    assert!(paid["paid"].is_object(), "{paid}");
    for node in 1..4 {
        let alice = network.ids[0].clone();
        let knows = move |view: &serde_json::Value| {
            let chains = view["chains"].as_array().into_iter().flatten();
            chains.into_iter().any(|chain| chain["owner"] == alice.as_str() && chain["length"] == 2)
        };
        network.wait_for(node, "chain of alice", knows);
    }

    // Dave is away when it happens.
    network.kill(3);
    network.pay(MALLORY, 0, "50 OMC");
    let mallory = network.ids[MALLORY].clone();
    let convicted = |view: &serde_json::Value| view["evidence"].as_array().is_some_and(|items| !items.is_empty());
    for node in 0..3 {
        let view = network.wait_for(node, "evidence", convicted);
        assert_eq!(view["evidence"].as_array().map(Vec::len), Some(1), "only mallory is accused: {view:#}");
        assert_eq!(view["evidence"][0]["owner"], mallory.as_str());
        let chains = view["chains"].as_array().unwrap();
        let banned = chains.iter().find(|chain| chain["owner"] == mallory.as_str()).map(|chain| &chain["banned"]);
        assert!(banned.is_some_and(|banned| banned.is_string()), "{view:#}");
    }
    network.start(3);
    let dave = network.wait_for(3, "evidence after the restart", convicted);
    assert_eq!(dave["own"]["balance"], 120_000_000, "what he had accepted is still his");

    network.stop_all();
    for node in 0..5 {
        let trace = network.trace(node).display().to_string();
        let found = succeed(&["conform", &trace], network.path());
        assert!(found.contains("every effect identical"), "{found}");
    }
    an_edited_trace_does_not_conform(&network);
}

/// One byte of one input: the amount that somebody was told to pay, or a signature, or a time.
fn an_edited_trace_does_not_conform(network: &Network) {
    let mut bytes = std::fs::read(network.trace(0)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let edited = network.path().join("edited.trace");
    std::fs::write(&edited, bytes).unwrap();
    let output = dunbar(&["conform", &edited.display().to_string()], network.path());
    let code = output.status.code();
    assert!(matches!(code, Some(1 | 2)), "an edited trace: {output:?}");
}
