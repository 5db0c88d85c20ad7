//! Rumours on keepalives, pushes to some peers, and entanglement.

use ledger::payload::BurnReason;
use ledger::{Command, Message, Spread, observe};

use crate::network::{ENDOWMENT, Network, micro, peer, shared_with};

fn burn() -> Command {
    Command::Burn { amount: micro(1), reason: BurnReason::Voluntary, evidence: contract::Hash::ZERO }
}

/// Everybody knows everybody, and new items travel on keepalives alone.
fn everybody(count: u64, fanout: u8, anti_entropy: u32) -> Network {
    let spread = Spread::Keepalive { fanout, items: 5 };
    let mut network = Network::new(shared_with(1, |parameters| {
        (parameters.spread, parameters.anti_entropy) = (spread, anti_entropy);
    }));
    for number in 0..count {
        let peers: Vec<u64> = (0..count).filter(|other| *other != number).collect();
        network.honest(number, &peers);
    }
    network
}

/// How many nodes know the second block of node 0.
fn informed(network: &Network, count: u64) -> usize {
    let knows = |number: &u64| {
        let view = network.view(*number);
        view.chains.iter().chain([&view.own]).any(|chain| chain.owner == peer(0) && chain.length == 2)
    };
    (0..count).filter(knows).count()
}

#[test]
fn a_fanout_of_three_informs_most_of_twenty_peers_within_twenty_rounds() {
    let mut network = everybody(20, 3, 0);
    network.run(1_500);
    network.command(0, burn());
    network.run(20_000);
    assert!(informed(&network, 20) >= 15, "{}", informed(&network, 20));
}

#[test]
fn a_fanout_of_all_peers_delivers_everything_to_everybody_and_each_item_once_a_link() {
    let mut network = everybody(10, 9, 0);
    network.run(1_500);
    (0..3).for_each(|node| network.command(node, burn()));
    network.run(20_000);
    for node in 0..10 {
        let known = network.view(node).chains.iter().filter(|chain| chain.owner < peer(3) && chain.length == 2).count();
        assert_eq!(known, if node < 3 { 2 } else { 3 }, "at node {node}");
    }
    let mut told = std::collections::BTreeMap::new();
    for (from, to, message) in &network.sent {
        let Message::Keepalive(keepalive) = message else { continue };
        assert!(keepalive.items.len() <= 5);
        for item in keepalive.items.iter() {
            *told.entry((*from, *to, format!("{item:?}"))).or_insert(0) += 1;
        }
    }
    assert!(!told.is_empty() && told.values().all(|times| *times == 1));
}

#[test]
fn a_larger_fanout_is_not_slower_and_anti_entropy_closes_what_is_left() {
    let rounds = |fanout, anti_entropy| {
        let mut network = everybody(20, fanout, anti_entropy);
        network.run(1_500);
        network.command(0, burn());
        (1..60).find(|_| {
            network.run(1_000);
            informed(&network, 20) == 20
        })
    };
    let (nine, nineteen) = (rounds(9, 0), rounds(19, 0));
    assert!(nineteen.is_some() && nine.is_none_or(|nine| nineteen <= Some(nine)), "{nine:?} {nineteen:?}");
    assert_eq!(rounds(1, 0), None, "a single copy dies out");
    assert!(rounds(1, 1).is_some(), "digests show what is missing");
    assert!(rounds(1, 7).is_some(), "also if only some keepalives carry them");
}

#[test]
fn a_push_to_some_peers_goes_to_so_many_and_evidence_to_all() {
    let mut network = Network::new(shared_with(0, |parameters| parameters.spread = Spread::Push { fanout: 2 }));
    (0..6).for_each(|number| {
        let peers: Vec<u64> = (0..6).filter(|other| *other != number).collect();
        network.honest(number, &peers);
    });
    network.run(10);
    network.command(0, burn());
    network.run(500);
    let from_author =
        network.sent.iter().filter(|(from, _, message)| *from == peer(0) && matches!(message, Message::Block(_)));
    assert_eq!(from_author.count(), 2 * 2, "GENESIS and the burn, to two peers each");
    let before = network.sent.len();
    let mut forger = crate::hostile::Forger::new(9);
    let (genesis, out, other) = (forger.blocks[0].clone(), forger.pay(0, 5), forger.pay_instead(1, 1, 5));
    [genesis, out, other].into_iter().for_each(|block| network.inject(9, 1, Message::Block(block)));
    network.run(500);
    let to = |message: &&(contract::PeerId, contract::PeerId, Message)| {
        message.0 == peer(1) && matches!(message.2, Message::Evidence(_))
    };
    assert_eq!(network.sent[before..].iter().filter(to).count(), 5);
    assert!((0..6).all(|node| !network.view(node).evidence.is_empty()));
}

#[test]
fn heads_of_peers_are_remembered_and_recorded_when_they_changed() {
    let mut network = Network::line(2, shared_with(1, |parameters| parameters.entangle = 10));
    network.run(25_500);
    // Ten keepalives bring the GENESIS of the other; what they record is again a new head ten keepalives later.
    let view = network.view(0);
    let heads = |length: u64| (2..=4).contains(&length);
    assert!(heads(view.own.length) && view.own.balance.as_micro() == ENDOWMENT, "{view:?}");
    assert!(network.observers(observe::REJECTED).is_empty());
    let mut quiet = Network::line(2, shared_with(1, |_| ()));
    quiet.run(25_500);
    assert_eq!(quiet.view(0).own.length, 1);
}
