//! Nodes that stop at any moment and start again with what was durable.

use ledger::{Reply, observe};
use proptest::prelude::*;

use crate::network::{ENDOWMENT, Network, peer, shared};

fn nobody_is_accused(network: &Network) -> bool {
    network.observers(observe::CONFLICT_DETECTED).is_empty() && network.observers(observe::EVIDENCE_LEARNED).is_empty()
}

fn length(network: &Network, at: u64, owner: u64) -> u64 {
    let view = network.view(at);
    let chain = view.chains.iter().chain([&view.own]).find(|chain| chain.owner == peer(owner));
    chain.map_or(0, |chain| chain.length)
}

#[test]
fn after_a_crash_the_chain_goes_on() {
    let mut network = Network::line(3, shared(0));
    network.run(10);
    network.pay(0, 2, 100);
    network.run(100);
    let before = network.view(0);
    network.crash(0);
    network.run(100);
    network.start(0);
    assert_eq!(network.view(0).own, before.own);
    network.run(100);
    network.pay(0, 2, 50);
    network.run(100);
    assert_eq!((length(&network, 2, 0), length(&network, 0, 0)), (3, 3));
    assert_eq!(network.view(2).own.balance.as_micro(), ENDOWMENT + 150);
    assert!(nobody_is_accused(&network));
}

#[test]
fn a_crash_before_the_disk_has_it_loses_the_block_and_its_message() {
    let mut network = Network::line(3, shared(0));
    network.run(10);
    network.pay(0, 2, 100);
    assert!(network.replies.is_empty(), "nothing is promised yet");
    network.crash(0);
    network.run(100);
    network.start(0);
    assert_eq!(network.view(0).own.length, 1);
    network.run(2_000);
    assert_eq!(length(&network, 1, 0), 0);
    // The same position is written again, and nobody can object.
    network.pay(0, 1, 7);
    network.run(100);
    assert!(matches!(network.replies[..], [(_, Reply::Paid { sequence: 1, .. })]));
    assert_eq!(network.view(1).own.balance.as_micro(), ENDOWMENT + 7);
    assert!(nobody_is_accused(&network));
}

#[test]
fn a_question_does_not_get_a_block_that_is_not_durable() {
    let mut network = Network::line(2, shared(0));
    network.run(10);
    network.pay(0, 1, 100);
    let (from, to) = (contract::PeerId::from_bytes([0; 32]), contract::PeerId::from_bytes([0xff; 32]));
    let pull = ledger::message::Pull { from, listed: to, to, have: contract::Bounded::default() };
    network.inject(1, 0, ledger::Message::Pull(Box::new(pull)));
    network.crash(0);
    network.run(100);
    network.start(0);
    network.pay(0, 1, 7);
    network.run(2_000);
    assert_eq!(network.view(1).own.balance.as_micro(), ENDOWMENT + 7);
    assert!(nobody_is_accused(&network));
}

#[test]
fn a_payment_that_came_while_the_payee_was_down_is_accepted_later() {
    let mut network = Network::line(3, shared(0));
    network.run(10);
    network.crash(2);
    network.pay(0, 2, 100);
    network.run(100);
    network.start(2);
    network.run(2_000);
    assert_eq!(network.observers(observe::PAYMENT_ACCEPTED), [2]);
    assert_eq!(network.view(0).chains.iter().find(|chain| chain.owner == peer(2)).unwrap().length, 2);
}

#[test]
fn a_payment_is_accepted_once_although_the_payee_forgot() {
    let mut network = Network::line(2, shared(0));
    network.run(10);
    network.pay(0, 1, 100);
    network.run(14);
    // It arrived, but the acceptance is not durable.
    network.crash(1);
    network.run(100);
    network.start(1);
    network.run(2_000);
    assert_eq!(network.view(1).own.balance.as_micro(), ENDOWMENT + 100);
    network.crash(1);
    network.start(1);
    network.run(2_000);
    assert_eq!(network.view(1).own.balance.as_micro(), ENDOWMENT + 100);
    assert!(nobody_is_accused(&network) && network.totals().conserved());
}

#[test]
fn a_node_with_a_gap_in_its_own_chain_writes_nothing_until_peers_have_sent_it_back() {
    let mut network = Network::line(3, shared(0));
    network.run(10);
    for amount in [1, 2, 3, 4] {
        network.pay(0, 2, amount);
        network.run(50);
    }
    network.crash(0);
    // The second payment is damaged.
    let key = network.disk(0).keys().filter(|key| key[0] == 1).nth(2).unwrap().clone();
    network.disk(0).get_mut(&key).unwrap()[70] ^= 4;
    network.start(0);
    assert_eq!(network.observations(0, observe::STORE_DAMAGED), ["store-damaged what=\"own-block\" count=1"]);
    assert_eq!(network.observations(0, observe::OWN_CHAIN_DAMAGED), ["own-chain-damaged length=2 expected=5"]);
    let replies = network.replies.len();
    network.pay(0, 2, 5);
    assert!(network.view(0).damaged);
    assert!(matches!(network.replies[replies..], [(_, Reply::Refused { why: ledger::Refusal::ChainDamaged })]));
    network.run(2_000);
    assert_eq!(network.observations(0, observe::OWN_CHAIN_RESTORED), ["own-chain-restored length=5"]);
    network.pay(0, 2, 5);
    network.run(100);
    assert_eq!(length(&network, 2, 0), 6);
    assert!(nobody_is_accused(&network));
    // What was restored is durable again.
    network.crash(0);
    network.start(0);
    assert_eq!(network.view(0).own.length, 6);
}

#[test]
fn an_acceptance_that_comes_back_from_peers_is_not_made_twice() {
    let mut network = Network::line(2, shared(0));
    network.run(10);
    network.pay(0, 1, 100);
    network.run(100);
    network.crash(1);
    let key = network.disk(1).keys().rfind(|key| key[0] == 1).unwrap().clone();
    network.disk(1).get_mut(&key).unwrap()[70] ^= 4;
    network.start(1);
    assert!(network.view(1).damaged);
    network.run(2_000);
    assert_eq!(network.view(1).own.balance.as_micro(), ENDOWMENT + 100);
    assert_eq!(network.observers(observe::PAYMENT_ACCEPTED), [1], "once, before the crash");
    assert!(nobody_is_accused(&network));
}

#[test]
fn what_waits_for_its_prefix_reaches_a_neighbour_that_starts_in_between() {
    // Node 2 gets the second payment before the first, while node 3 is down; node 3 has asked before node 2 knows more.
    let mut network = Network::line(4, shared(0));
    network.run(10);
    network.crash(2);
    network.pay(0, 1, 30);
    network.run(16);
    network.crash(1);
    network.start(2);
    network.pay(0, 3, 30);
    network.crash(3);
    network.start(1);
    network.run(13);
    network.start(3);
    network.run(2_000);
    assert_eq!(network.view(3).own.balance.as_micro(), ENDOWMENT + 30);
}

#[test]
fn a_damaged_foreign_block_is_had_again_from_peers() {
    let mut network = Network::line(3, shared(0));
    network.run(10);
    network.pay(0, 1, 100);
    network.run(100);
    network.crash(2);
    let keys: Vec<_> = network.disk(2).keys().filter(|key| key[0] == 4).cloned().collect();
    assert_eq!(keys.len(), 4);
    for key in keys {
        network.disk(2).get_mut(&key).unwrap()[3] ^= 1;
    }
    network.start(2);
    assert_eq!(length(&network, 2, 0), 0);
    network.run(2_000);
    assert_eq!((length(&network, 2, 0), length(&network, 2, 1)), (2, 2));
}

#[test]
fn evidence_outlives_a_crash() {
    let mut network = Network::line(2, shared(0));
    let mut author = crate::hostile::Forger::new(9);
    let (out, other) = (author.pay(0, 5), author.pay_instead(0, 1, 6));
    network.inject(9, 0, ledger::Message::Block(out));
    network.inject(9, 0, ledger::Message::Block(other));
    network.run(100);
    let evidence = network.view(0).evidence;
    assert_eq!(evidence.len(), 1);
    network.crash(0);
    network.start(0);
    assert_eq!(network.view(0).evidence, evidence);
    assert_eq!(network.observers(observe::CONFLICT_DETECTED), [0], "it is not detected anew");
}

/// What happens: somebody pays, somebody crashes, somebody starts; then so many milliseconds.
fn events() -> impl Strategy<Value = Vec<(u8, u64, u64, u64)>> {
    prop::collection::vec((0..4u8, 0..4u64, 0..4u64, 0..25u64), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_crashes_nobody_honest_is_accused_and_money_is_conserved(events in events(), keepalive in 0..2u64) {
        let mut network = Network::line(4, shared(keepalive));
        let mut down = [false; 4];
        network.run(10);
        for (kind, node, other, pause) in events {
            let is_down = &mut down[node as usize];
            match kind {
                0 if !*is_down => {
                    *is_down = true;
                    network.crash(node);
                }
                1 if *is_down => {
                    *is_down = false;
                    network.start(node);
                }
                _ if !*is_down && node != other => network.pay(node, other, 30),
                _ => {}
            }
            network.run(pause);
        }
        for node in (0..4).filter(|node| down[*node as usize]) {
            network.start(node);
        }
        network.run(200_000);
        prop_assert!(nobody_is_accused(&network));
        prop_assert!(network.observers(observe::REJECTED).is_empty(), "{:?}", network.observed);
        prop_assert!(network.observers(observe::OWN_CHAIN_DAMAGED).is_empty());
        let totals = network.totals();
        prop_assert!(totals.conserved() && totals.inflation == 0 && totals.in_flight == 0, "{:?}", totals);
        let balances: u64 = (0..4).map(|node| network.view(node).own.balance.as_micro()).sum();
        prop_assert_eq!(balances, 4 * ENDOWMENT);
        // Everybody knows the same of everybody.
        for owner in 0..4 {
            let lengths: Vec<u64> = (0..4).map(|at| length(&network, at, owner)).collect();
            let (least, most) = (lengths.iter().min().unwrap(), lengths.iter().max().unwrap());
            prop_assert!(least == most || *most == 1, "of {}: {:?}", owner, lengths);
        }
    }
}
