//! Two nodes: money moves, and a killed node comes back.

use serde_json::Value;

use crate::network::{Network, succeed};

fn balance(view: &Value) -> u64 {
    view["own"]["balance"].as_u64().expect("a balance is a number")
}

#[test]
fn a_transfer_moves_money_and_survives_a_kill() {
    let mut network = Network::honest(&["alice", "bob"]);
    network.start_all();

    let reply = network.pay(0, 1, "10 OMC");
    let block = reply["paid"]["block"].clone();
    assert!(block.is_string(), "{reply}");
    let bob = network.wait_for(1, "accepted payment", |view| view["accepted"][0]["block"] == block);
    assert_eq!(balance(&bob), 110_000_000);

    // Bob is killed. Alice pays again meanwhile: Bob learns it when he is back, and has not forgotten the first one.
    network.kill(1);
    let second = network.pay(0, 1, "5 OMC");
    network.start(1);
    let bob = network.wait_for(1, "second payment", |view| view["accepted"].as_array().map(Vec::len) == Some(2));
    assert_eq!((balance(&bob), &bob["accepted"][1]["block"]), (115_000_000, &second["paid"]["block"]));
    let alice = network.wait_for(0, "own chain", |view| view["own"]["length"] == 3);
    assert_eq!(balance(&alice), 85_000_000);
    assert_eq!((alice["evidence"].clone(), bob["evidence"].clone()), (Value::Array(vec![]), Value::Array(vec![])));

    network.stop_all();
    for node in 0..2 {
        let trace = network.trace(node);
        let found = succeed(&["conform", &trace.display().to_string(), "--json"], network.path());
        let found: Value = serde_json::from_str(&found).unwrap();
        assert_eq!(found["conforms"], true, "{found}");
        assert!(found["steps"].as_u64() > Some(4), "{found}");
    }
}

#[test]
fn a_payment_that_is_not_covered_is_refused() {
    let mut network = Network::honest(&["alice", "bob"]);
    network.start(0);
    let reply = network.pay(0, 1, "101 OMC");
    assert_eq!(reply["refused"]["why"]["insufficient"]["free"], 100_000_000, "{reply}");
}
