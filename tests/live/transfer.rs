//! Two nodes: money moves, and a killed node comes back.

use serde_json::Value;

use crate::command::dunbar;
use crate::network::Network;

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

    // Both views agree: about both chains, and about who has what.
    let alice = network.wait_for(0, "chain of bob", |view| view["chains"][0]["length"] == bob["own"]["length"]);
    assert_eq!(balance(&alice), 85_000_000);
    assert_eq!((&alice["own"], &alice["chains"][0]), (&bob["chains"][0], &bob["own"]));
    assert_eq!((&alice["evidence"], &bob["evidence"]), (&Value::Array(vec![]), &Value::Array(vec![])));

    network.stop_all();
    for node in 0..2 {
        let found =
            dunbar(&["conform", network.trace(node).to_str().unwrap(), "--json"], network.path()).ended(0).json();
        assert_eq!((&found["conforms"], &found["cut_off"]), (&true.into(), &Value::Null), "{found}");
        assert!(found["steps"].as_u64() > Some(4), "{found}");
    }
}

#[test]
fn a_founder_that_names_nobody_reaches_whoever_has_connected_without_a_keepalive() {
    let mut network = Network::honest(&["alice", "bob"]);
    for node in 0..2 {
        let text = std::fs::read_to_string(network.config(node)).unwrap().replace("500 ms", "1 h");
        let alone = text.split_once("[[peer]]").map(|(alone, _)| alone.to_owned());
        std::fs::write(network.config(node), alone.filter(|_| node == 0).unwrap_or(text)).unwrap();
    }
    network.start(0);
    // Before Bob is there, and when he is.
    network.pay(0, 1, "1 OMC");
    network.start(1);
    network.wait_for(1, "payment from before", |view| view["accepted"].as_array().map(Vec::len) == Some(1));
    network.pay(0, 1, "2 OMC");
    network.wait_for(1, "payment to a peer that is connected", |view| balance(view) == 103_000_000);
    network.wait_for(0, "answer", |view| view["chains"][0]["balance"] == 103_000_000);
    network.stop_all();
    for node in 0..2 {
        dunbar(&["conform", network.trace(node).to_str().unwrap()], network.path()).ended(0);
    }
}

#[test]
fn what_happens_is_printed_as_lines_that_a_program_can_read() {
    let mut network = Network::honest(&["alice", "bob"]);
    network.start_all();
    let block = network.pay(0, 1, "12.5 OMC")["paid"]["block"].clone();
    network.wait_for(1, "accepted payment", |view| view["accepted"][0]["block"] == block);
    network.stop(0, "-INT");
    network.stop(1, "-TERM");
    let accepted = serde_json::json!({
        "observed": "payment-accepted",
        "fields": { "from": network.ids[0], "amount": 12_500_000, "block": block },
    });
    assert!(network.events(1).contains(&accepted), "{:#?}", network.events(1));
    assert!(network.events(1).iter().any(|event| event["network"].is_string()), "{:#?}", network.events(1));
    for node in 0..2 {
        let said = network.said(node);
        assert!(said.starts_with(&format!("node {} listens on 127.0.0.1:", network.ids[node])), "{said}");
        assert!(said.contains("\nstopping\n"), "{said}");
        // Every line on standard output is JSON.
        assert!(network.events(node).iter().any(|line| line["started"]["peer"] == network.ids[node]));
        assert!(!network.socket(node).exists(), "nobody can be asked any more");
    }
}

#[test]
fn a_payment_that_is_not_covered_is_refused() {
    let mut network = Network::honest(&["alice", "bob"]);
    network.start(0);
    let pay = |amount: &str| format!("{{\"pay\": {{\"to\": \"{}\", \"amount\": {amount}}}}}", network.ids[1]);
    let reply = network.ask("send", 0, &[&pay("\"101 OMC\"")]).ended(1).json();
    assert_eq!(reply["refused"]["why"]["insufficient"]["free"], 100_000_000, "{reply}");
    let said = network.ask("send", 0, &[&pay("10")]).ended(2).said();
    assert!(said.contains("`10` has no unit: write \"10 OMC\""), "{said}");
    // The place is one in what was written, and not in a form of it that the client has made.
    assert!(said.contains(&format!("column {}", pay("10").find("10}").unwrap() + 2)), "{said}");
    assert_eq!(network.view(0).expect("it is there")["own"]["length"], 1, "nothing was paid");
}
