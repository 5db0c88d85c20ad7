//! Double-spends: who notices, who learns, who pays.

use agents::{DoubleSpend, DoubleSpender};
use contract::trace::{Step, replay_step};
use contract::{Entropy, Signer};
use ledger::{Birth, Ledger, LedgerNode, Message, observe};

use crate::hostile::Forger;
use crate::network::{ENDOWMENT, Network, birth, peer, scheme, shared, signer};

const ATTACKER: u64 = 9;

fn double_spender(birth: Birth, second: u64) -> DoubleSpender {
    let signer = birth.signer.clone();
    DoubleSpender::new(Box::new(LedgerNode::new(birth)), signer, DoubleSpend { second: peer(second) })
}

/// Adds an attacker that pays `second` whenever it is told to pay somebody else.
pub(crate) fn attacker(network: &mut Network, peers: &[u64], second: u64) {
    let (shared, peers) = (network.shared.clone(), peers.to_vec());
    network.add(ATTACKER, Box::new(move || Box::new(double_spender(birth(ATTACKER, &peers, &shared), second))));
}

/// Five honest nodes on a line, victims at its ends, the attacker beside the middle.
fn on_a_line(keepalive: u64) -> Network {
    let mut network = Network::line(5, shared(keepalive));
    attacker(&mut network, &[2], 4);
    network.run(10);
    network.pay(ATTACKER, 0, 400);
    network
}

/// Against whom each node has evidence.
fn accused(network: &Network, node: u64) -> Vec<Option<u64>> {
    network.view(node).evidence.iter().map(|item| item.owner.simulated_number()).collect()
}

#[test]
fn the_flood_meets_and_evidence_reaches_all() {
    let mut network = on_a_line(0);
    network.run(500);
    // Both victims accepted: neither could know.
    let mut accepted = network.observers(observe::PAYMENT_ACCEPTED);
    accepted.sort_unstable();
    assert_eq!(accepted, [0, 4]);
    // The floods met in the middle; from there evidence went both ways.
    let detected = network.observers(observe::CONFLICT_DETECTED);
    assert!(!detected.is_empty() && detected.iter().all(|node| [1, 2, 3].contains(node)), "{detected:?}");
    for node in 0..5 {
        assert_eq!(accused(&network, node), [Some(ATTACKER)], "node {node}");
        let count = |name| network.observers(name).iter().filter(|observer| **observer == node).count();
        assert_eq!(count(observe::CONFLICT_DETECTED) + count(observe::EVIDENCE_LEARNED), 1, "node {node}");
    }
    let ids = (0..5).map(|node| network.view(node).evidence[0].id());
    assert_eq!(ids.collect::<std::collections::BTreeSet<_>>().len(), 1);
}

#[test]
fn the_consequence_is_the_same_at_every_holder() {
    let mut network = on_a_line(0);
    network.run(500);
    for node in 0..5 {
        let view = network.view(node);
        let chain = view.chains.iter().find(|chain| chain.owner == peer(ATTACKER)).unwrap();
        let numbers = [chain.balance, chain.burned, chain.debt].map(|amount| amount.as_micro());
        assert_eq!(numbers, [0, ENDOWMENT, 5 * 400 - ENDOWMENT], "node {node}");
        let victims = view.chains.iter().chain([&view.own]).filter(|chain| [peer(0), peer(4)].contains(&chain.owner));
        assert!(victims.clone().count() == 2);
        assert!(victims.clone().all(|chain| chain.balance.as_micro() == ENDOWMENT + 400), "both keep their coins");
    }
    let totals = network.totals();
    assert!(totals.conserved(), "{totals:?}");
    assert_eq!((totals.inflation, totals.burned, totals.debt), (800, ENDOWMENT as i128, 1_000));
}

#[test]
fn nobody_gets_either_payment_from_the_attacker_but_the_victims() {
    let mut network = on_a_line(0);
    network.run(500);
    let mut received = Vec::new();
    for (from, to, message) in network.sent.iter().filter(|(from, _, _)| *from == peer(ATTACKER)) {
        assert!(!matches!(message, Message::Evidence(_)), "{from:?} convicts itself");
        let blocks = match message {
            Message::Block(block) => std::slice::from_ref(block),
            Message::Segment(segment) => &segment.blocks[..],
            _ => &[],
        };
        let payments = blocks.iter().filter(|block| block.owner == peer(ATTACKER) && block.sequence == 1);
        received.extend(payments.map(|block| (to.simulated_number().unwrap(), block.hash())));
    }
    received.sort_unstable();
    received.dedup();
    let to: Vec<u64> = received.iter().map(|(to, _)| *to).collect();
    assert_eq!(to, [0, 4], "one each");
    assert_ne!(received[0].1, received[1].1);
}

#[test]
fn a_later_payment_of_the_attacker_is_worth_nothing() {
    let mut network = on_a_line(0);
    network.run(500);
    network.pay(ATTACKER, 0, 100);
    network.run(500);
    assert_eq!(network.observers(observe::PAYMENT_ACCEPTED).len(), 2);
    assert_eq!(network.view(0).own.balance.as_micro(), ENDOWMENT + 400);
}

#[test]
fn a_victim_that_knows_of_the_first_payment_does_not_accept_the_second() {
    let mut network = Network::line(2, shared(0));
    let mut forger = Forger::new(ATTACKER);
    let (genesis, out, other) = (forger.blocks[0].clone(), forger.pay(0, 5), forger.pay_instead(1, 1, 5));
    network.inject(ATTACKER, 0, Message::Block(genesis));
    network.inject(ATTACKER, 0, Message::Block(out));
    network.run(100);
    network.inject(ATTACKER, 1, Message::Block(other));
    network.run(100);
    assert_eq!(network.observers(observe::CONFLICT_DETECTED), [1]);
    assert_eq!(network.observers(observe::PAYMENT_ACCEPTED), [0]);
    assert_eq!(network.view(1).own.balance.as_micro(), ENDOWMENT);
}

#[test]
fn a_victim_without_neighbours_in_common_never_knows() {
    // Two halves without a link: what no flood can join, nobody detects.
    let mut network = Network::new(shared(0));
    network.honest(0, &[]);
    network.honest(4, &[]);
    attacker(&mut network, &[0, 4], 4);
    network.pay(ATTACKER, 0, 400);
    network.run(500);
    assert_eq!(network.observers(observe::PAYMENT_ACCEPTED).len(), 2);
    assert!(network.observers(observe::CONFLICT_DETECTED).is_empty());
}

#[test]
fn both_sides_of_a_partition_accept_and_learn_after_it_heals() {
    let mut network = Network::line(4, shared(0));
    attacker(&mut network, &[0, 3], 3);
    network.link(1, 2, false);
    network.run(100);
    network.pay(ATTACKER, 0, 400);
    network.run(2_000);
    let mut accepted = network.observers(observe::PAYMENT_ACCEPTED);
    accepted.sort_unstable();
    assert_eq!(accepted, [0, 3]);
    assert!(network.observers(observe::CONFLICT_DETECTED).is_empty());
    network.link(1, 2, true);
    network.run(70_000);
    for node in 0..4 {
        assert_eq!(accused(&network, node), [Some(ATTACKER)], "node {node}");
    }
    assert!(network.totals().conserved());
}

#[test]
fn an_attacker_that_crashes_goes_on_where_it_was() {
    let mut network = on_a_line(0);
    network.run(1);
    network.run(20);
    network.crash(ATTACKER);
    network.run(500);
    network.start(ATTACKER);
    network.run(500);
    // It still shows each side its own payment: the second victim asks, and sees nothing else.
    assert_eq!(network.view(ATTACKER).evidence.len(), 0, "it closes its eyes");
    assert_eq!(accused(&network, 4), [Some(ATTACKER)]);
    network.pay(ATTACKER, 1, 5);
    network.run(500);
    assert_eq!(network.observers(observe::PAYMENT_ACCEPTED).len(), 2);
}

#[test]
fn an_attack_replays_from_its_recording_without_the_key() {
    let mut network = on_a_line(1);
    network.run(3_000);
    let recorded = network.recorded.remove(&peer(ATTACKER)).unwrap();
    assert!(recorded.iter().any(|step| !step.witness.is_empty()));
    let birth = birth(ATTACKER, &[2], &network.shared);
    let signer = Signer::recorded(signer(ATTACKER).id());
    let mut actor = double_spender(Birth { signer, entropy: Entropy::Recorded, ..birth }, 4);
    for recorded in recorded {
        let (now, input, effects, witness) = (recorded.now, recorded.input, recorded.effects, recorded.witness);
        let step = Step { node: 0, at: now, now, cause: None, scheduled: 0, input, effects, witness };
        assert_eq!(replay_step::<Ledger>(&mut actor, &step, &scheme().verifier()), Ok(()));
    }
}

#[test]
fn honest_nodes_replay_as_well() {
    let mut network = on_a_line(1);
    network.run(3_000);
    for number in 0..5 {
        let peers = crate::network::on_line(number, 5);
        let birth = birth(number, &peers, &network.shared);
        let signer = Signer::recorded(signer(number).id());
        let mut actor = LedgerNode::new(Birth { signer, entropy: Entropy::Recorded, ..birth });
        for recorded in network.recorded.remove(&peer(number)).unwrap() {
            let (now, input, effects, witness) = (recorded.now, recorded.input, recorded.effects, recorded.witness);
            let step = Step { node: 0, at: now, now, cause: None, scheduled: 0, input, effects, witness };
            assert_eq!(replay_step::<Ledger>(&mut actor, &step, &scheme().verifier()), Ok(()));
        }
    }
}
