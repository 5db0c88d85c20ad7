//! Payments among honest nodes.

use std::collections::BTreeMap;

use contract::trace::list;
use contract::{Canonical as _, Input, PeerId};
use ledger::{Ledger, Message, Refusal, Reply, observe};
use proptest::prelude::*;

use crate::network::{ENDOWMENT, Network, peer, shared};

#[test]
fn a_payment_crosses_the_network_and_is_accepted() {
    let mut network = Network::line(5, shared(0));
    network.run(10);
    network.pay(0, 4, 300);
    network.run(200);
    assert!(matches!(network.replies[..], [(_, Reply::Paid { sequence: 1, .. })]));
    assert_eq!(network.observers(observe::PAYMENT_ACCEPTED), [4]);
    for node in 0..5 {
        let view = network.view(node);
        let balance = |owner: u64| {
            let chain = view.chains.iter().chain([&view.own]).find(|chain| chain.owner == peer(owner)).unwrap();
            chain.balance.as_micro()
        };
        assert_eq!((balance(0), balance(4)), (ENDOWMENT - 300, ENDOWMENT + 300), "at node {node}");
    }
    assert!(network.totals().conserved());
    assert!(network.observers(observe::REJECTED).is_empty());
}

#[test]
fn every_item_crosses_a_link_at_most_once_each_way() {
    // A ring with a chord: every node has another way round.
    let mut network = Network::new(shared(0));
    let ring = |number: u64| [(number + 5) % 6, (number + 1) % 6, (number + 3) % 6];
    (0..6).for_each(|number| network.honest(number, &ring(number)));
    network.pay(0, 3, 5);
    network.run(500);
    let mut crossings: BTreeMap<(PeerId, PeerId, String), u32> = BTreeMap::new();
    for (from, to, message) in &network.sent {
        *crossings.entry((*from, *to, format!("{message:?}"))).or_default() += 1;
    }
    assert!(crossings.values().all(|count| *count == 1));
    // Four blocks over nine links, each at most once per direction and never back along the way it came first.
    assert!(crossings.len() <= 4 * (18 - 5), "{} messages", crossings.len());
    assert!(network.sent.iter().all(|(_, _, message)| matches!(message, Message::Block(_))));
}

#[test]
fn money_that_was_received_can_be_paid_on() {
    let mut network = Network::line(3, shared(0));
    network.pay(0, 1, ENDOWMENT);
    network.run(100);
    network.pay(1, 2, 2 * ENDOWMENT);
    network.run(100);
    assert_eq!(network.observers(observe::PAYMENT_ACCEPTED), [1, 2]);
    assert_eq!(network.view(2).own.balance.as_micro(), 3 * ENDOWMENT);
    network.pay(1, 2, 1);
    network.run(100);
    assert!(matches!(network.replies.last(), Some((_, Reply::Refused { why: Refusal::Insufficient { .. } }))));
    assert!(network.totals().conserved());
}

#[test]
fn a_step_can_be_read_back_from_its_bytes() {
    let mut network = Network::line(3, shared(1));
    network.pay(0, 2, 5);
    network.run(3_000);
    for step in network.recorded.values().flatten() {
        let (input, effects) = (Input::<Ledger>::decode(&step.input), list::decode::<Ledger>(&step.effects));
        assert_eq!(input.unwrap().to_bytes(), step.input);
        assert_eq!(list::to_bytes(&effects.unwrap()), step.effects);
    }
}

/// Who pays whom how much, and how long the network runs after it.
fn payments() -> impl Strategy<Value = Vec<(u64, u64, u64, u64)>> {
    prop::collection::vec((0..5u64, 0..5u64, 0..700u64, 0..60u64), 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn random_payments_do_to_the_balances_what_a_table_says(payments in payments(), keepalive in 0..2u64) {
        let mut network = Network::line(5, shared(keepalive));
        // The reference: a table of balances, in which a payment arrives when the network comes to rest.
        let (mut table, mut under_way) = ([ENDOWMENT; 5], [0u64; 5]);
        for (from, to, amount, pause) in payments {
            let before = network.replies.len();
            network.pay(from, to, amount);
            network.run(5);
            let paid = matches!(network.replies[before..], [(_, Reply::Paid { .. })]);
            let (payer, possible) = (from as usize, from != to && amount > 0);
            // Money that is under way to the payer may have arrived or not.
            prop_assert!(!paid || possible && amount <= table[payer] + under_way[payer]);
            prop_assert!(paid || !possible || amount > table[payer]);
            if paid {
                let own = table[payer].min(amount);
                table[payer] -= own;
                under_way[payer] -= amount - own;
                under_way[to as usize] += amount;
            }
            network.run(pause);
            if pause >= 50 {
                // Long enough for everything to arrive on a line of five.
                (0..5).for_each(|node| table[node] += std::mem::take(&mut under_way[node]));
            }
        }
        network.run(1_000);
        let expected: Vec<u64> = (0..5).map(|node| table[node] + under_way[node]).collect();
        let balances: Vec<u64> = (0..5).map(|node| network.view(node).own.balance.as_micro()).collect();
        prop_assert_eq!(balances, expected);
        let totals = network.totals();
        prop_assert!(totals.conserved(), "{:?}", totals);
        prop_assert_eq!((totals.in_flight, totals.inflation, totals.burned), (0, 0, 0));
        prop_assert!(network.observers(observe::REJECTED).is_empty());
        prop_assert!(network.observers(observe::CONFLICT_DETECTED).is_empty());
    }
}
