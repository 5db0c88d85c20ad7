//! When a payment counts: waiting for agreement, and by currency weight.

use contract::Span;
use ledger::acceptance::{Wait, Weight};
use ledger::payload::Millionths;
use ledger::{Acceptance, Message, observe};

use crate::double_spend::attacker;
use crate::network::{Network, micro, peer, shared_with};

/// Everybody of `count` knows everybody.
fn everybody(count: u64, acceptance: Acceptance) -> Network {
    let mut network = Network::new(shared_with(0, |parameters| parameters.acceptance = acceptance));
    for number in 0..count {
        let peers: Vec<u64> = (0..count).filter(|other| *other != number).collect();
        network.honest(number, &peers);
    }
    network.run(10);
    network
}

fn wait(threshold: i32, hold_ms: u64) -> Acceptance {
    let (threshold, timeout, hold) = (Millionths(threshold), Span::from_millis(500), Span::from_millis(hold_ms));
    Acceptance::Wait(Wait { threshold, timeout, hold })
}

#[test]
fn a_payment_counts_once_enough_peers_have_confirmed_it() {
    let mut network = everybody(5, wait(1_000_000, 0));
    network.pay(0, 1, 5);
    network.run(14);
    assert!(network.observers(observe::PAYMENT_ACCEPTED).is_empty(), "it is there, and nobody was asked yet");
    network.run(100);
    assert_eq!(network.observers(observe::PAYMENT_ACCEPTED), [1]);
    let asked = network.sent.iter().filter(|(_, _, message)| matches!(message, Message::Ask(_)));
    let asked: Vec<_> = asked.map(|(_, to, _)| to.simulated_number().unwrap()).collect();
    assert_eq!(asked, [2, 3, 4], "not the payer");
}

#[test]
fn a_payment_is_held_back_as_long_as_asked() {
    let mut network = everybody(5, wait(500_000, 300));
    network.pay(0, 1, 5);
    network.run(250);
    assert!(network.observers(observe::PAYMENT_ACCEPTED).is_empty());
    network.run(100);
    assert_eq!(network.observers(observe::PAYMENT_ACCEPTED), [1]);
}

#[test]
fn without_answers_a_payment_is_asked_for_again_and_then_left_undecided() {
    let mut network = everybody(4, wait(1_000_000, 0));
    network.link(1, 3, false);
    network.pay(0, 1, 5);
    network.run(60_000);
    assert_eq!(network.observers(observe::PAYMENT_UNDECIDED), [1]);
    assert!(network.observers(observe::PAYMENT_ACCEPTED).is_empty());
    let asked = network.sent.iter().filter(|(_, to, message)| *to == peer(2) && matches!(message, Message::Ask(_)));
    assert_eq!(asked.count(), 1, "who has answered is not asked again");
}

#[test]
fn who_waits_for_a_conflict_to_show_loses_nothing() {
    for (acceptance, expected) in [(Acceptance::Immediate, 2), (wait(600_000, 200), 0)] {
        let mut network = Network::line(5, shared_with(0, |parameters| parameters.acceptance = acceptance));
        attacker(&mut network, &[2], 4);
        network.run(10);
        network.pay(9, 0, 400);
        network.run(3_000);
        assert_eq!(network.observers(observe::PAYMENT_ACCEPTED).len(), expected, "{acceptance:?}");
        assert!([0, 4].iter().all(|victim| !network.view(*victim).evidence.is_empty()));
        assert!(network.totals().conserved());
    }
}

#[test]
fn a_question_about_an_unknown_block_is_answered_when_it_is_known() {
    let mut network = everybody(3, Acceptance::Immediate);
    let mut forger = crate::hostile::Forger::new(9);
    let (genesis, out) = (forger.blocks[0].clone(), forger.pay(0, 5));
    network.inject(8, 2, Message::Ask(Box::new(out.reference())));
    network.run(100);
    let confirms = |network: &Network| {
        network.sent.iter().filter(|(_, _, message)| matches!(message, Message::Confirm(_))).count()
    };
    assert_eq!(confirms(&network), 0);
    network.add(8, Box::new(|| Box::new(crate::network::silent(8))));
    network.inject(9, 1, Message::Block(genesis));
    network.inject(9, 1, Message::Block(out));
    network.run(100);
    assert_eq!(confirms(&network), 1);
}

#[test]
fn by_weight_an_unknown_sender_waits_and_a_small_sum_of_a_trusted_one_does_not() {
    let weight = Weight { at_once: micro(1_000_000_000), ..Weight::default() };
    let mut network = everybody(5, Acceptance::Weight(weight));
    network.pay(0, 1, 5);
    network.run(300);
    assert!(network.observers(observe::PAYMENT_ACCEPTED).is_empty(), "nobody has vouched for the payer");
    network.run(6_000);
    assert_eq!(network.observers(observe::PAYMENT_ACCEPTED), [1]);
}
