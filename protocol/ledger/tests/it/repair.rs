//! Gaps and how they close.

use ledger::{Message, observe};

use crate::hostile::Forger;
use crate::network::{ENDOWMENT, Network, peer, shared};

fn known(network: &Network, at: u64, owner: u64) -> u64 {
    let view = network.view(at);
    view.chains.iter().find(|chain| chain.owner == peer(owner)).map_or(0, |chain| chain.length)
}

#[test]
fn a_pull_repairs_a_node_that_was_away() {
    let mut network = Network::line(4, shared(0));
    network.run(10);
    network.link(2, 3, false);
    for amount in 1..=5 {
        network.pay(0, 1, amount);
        network.run(50);
    }
    network.pay(3, 2, 9);
    network.run(100);
    assert_eq!((known(&network, 3, 0), known(&network, 0, 3)), (0, 0));
    network.link(2, 3, true);
    network.run(70_000);
    // Both sides asked; what came went on beyond the link.
    assert_eq!((known(&network, 3, 0), known(&network, 3, 1)), (6, 6));
    assert_eq!(known(&network, 0, 3), 2);
    assert_eq!(network.view(2).own.balance.as_micro(), ENDOWMENT + 9);
    assert!(network.totals().conserved());
}

#[test]
fn keepalives_close_a_gap_that_nobody_noticed() {
    let lost = |keepalive| {
        let mut network = Network::line(3, shared(keepalive));
        network.run(10);
        // A block that only node 0 has got, and will not send again.
        let mut author = Forger::new(7);
        let (genesis, out) = (author.blocks[0].clone(), author.pay(5, 1));
        network.link(0, 1, false);
        network.inject(7, 0, Message::Block(genesis));
        network.inject(7, 0, Message::Block(out));
        network.link(0, 1, true);
        network.run(900);
        let early = known(&network, 2, 7);
        network.run(5_000);
        (early, known(&network, 2, 7))
    };
    assert_eq!(lost(1).1, 2);
    assert_eq!(lost(0).0, 0, "without keepalives only the repair after the break helps");
}

#[test]
fn equal_nodes_exchange_keepalives_only() {
    let mut network = Network::line(3, shared(1));
    network.pay(0, 2, 5);
    network.run(5_000);
    network.sent.clear();
    network.run(10_000);
    let others = network.sent.iter().filter(|(_, _, message)| !matches!(message, Message::Keepalive(_)));
    assert_eq!(others.count(), 0);
    assert_eq!(network.sent.len(), 4 * 10);
}

#[test]
fn a_missing_prefix_is_pulled_from_the_sender() {
    let mut network = Network::new(shared(0));
    network.honest(0, &[]);
    network.honest(1, &[0]);
    let mut author = Forger::new(7);
    (0..3).for_each(|_| {
        author.pay(1, 5);
    });
    // Node 0 has the whole chain; node 1 hears of its last block only.
    author.blocks.iter().for_each(|block| network.inject(7, 0, Message::Block(block.clone())));
    network.inject(0, 1, Message::Block(author.blocks[3].clone()));
    network.run(100);
    assert_eq!(known(&network, 1, 7), 4);
    assert_eq!(network.observers(observe::PAYMENT_ACCEPTED), [1, 1, 1]);
}

#[test]
fn another_branch_is_fetched_block_by_block() {
    let mut network = Network::new(shared(0));
    network.honest(0, &[]);
    network.honest(1, &[0]);
    let mut left = Forger::new(7);
    let mut right = Forger::new(7);
    for amount in [5, 6, 7] {
        left.pay(3, amount);
        right.pay(4, amount);
    }
    left.blocks.iter().for_each(|block| network.inject(7, 0, Message::Block(block.clone())));
    right.blocks.iter().for_each(|block| network.inject(7, 1, Message::Block(block.clone())));
    // One late block of the other branch is enough to uncover the whole fork.
    network.inject(0, 1, Message::Block(left.blocks[3].clone()));
    network.run(200);
    let fork = network.view(1).evidence;
    assert_eq!(fork.len(), 1);
    assert_eq!(network.view(1).loose, 3);
    assert_eq!(network.view(1).chains[0].length, 4);
    // The weightiest of the three conflicts decides.
    assert_eq!((fork[0].owner, fork[0].sequence), (peer(7), 3));
}

#[test]
fn a_credit_from_another_branch_is_verified_again_after_a_restart() {
    let mut network = Network::new(shared(0));
    network.honest(0, &[1]);
    network.honest(1, &[0]);
    let (mut left, mut right, mut payee) = (Forger::new(7), Forger::new(7), Forger::new(8));
    for (forger, amounts) in [(&mut left, [90, 1]), (&mut right, [91, 2])] {
        amounts.into_iter().for_each(|amount| drop(forger.pay(8, amount)));
    }
    left.blocks.iter().chain(&right.blocks).for_each(|block| network.inject(7, 0, Message::Block(block.clone())));
    network.run(100);
    // The branch that did not go on: its second block is neither on the chain nor in the evidence.
    let chain = &network.view(1).chains[0];
    let other = if chain.head == left.blocks[2].hash() { &right } else { &left };
    payee.accept(&other.blocks[2]);
    payee.blocks.iter().for_each(|block| network.inject(8, 0, Message::Block(block.clone())));
    network.run(100);
    let balance = |network: &Network| network.view(1).chains[1].balance;
    let before = balance(&network);
    assert!(before.as_micro() > ENDOWMENT, "it counts");
    network.crash(1);
    network.start(1);
    assert_eq!(balance(&network).as_micro(), ENDOWMENT, "the disk does not hold the branch");
    network.run(2_000);
    assert_eq!(balance(&network), before);
}
