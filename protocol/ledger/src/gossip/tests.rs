use proptest::prelude::*;

use super::*;
use crate::Equivocation;
use crate::testing::{Author, pay};

fn peers(count: u64) -> Vec<PeerId> {
    (10..10 + count).map(PeerId::simulated).collect()
}

fn list(peers: &[PeerId]) -> PeerList {
    peers.into()
}

#[test]
fn an_item_goes_to_as_many_peers_as_the_fanout_and_never_back() {
    let (block, peers) = (Author::new(1).blocks[0].block().clone(), peers(6));
    let mut gossip = Gossip::default();
    gossip.add(Item::Block(block.clone()), Some(peers[0]), 3, &list(&peers));
    let told =
        |gossip: &mut Gossip| -> Vec<usize> { (0..6).filter(|at| !gossip.take(peers[*at], 5).is_empty()).collect() };
    assert_eq!(told(&mut gossip), [1, 2, 3]);
    assert!(gossip.is_empty());
    // Where there are fewer peers than the fanout, the item does not wait for ever.
    gossip.add(Item::Block(block.clone()), Some(peers[0]), 3, &list(&peers[..2]));
    assert_eq!(told(&mut gossip), [1]);
    assert!(gossip.is_empty());
    gossip.add(Item::Block(block), Some(peers[0]), 3, &list(&peers[..1]));
    assert!(gossip.is_empty());
}

#[test]
fn a_keepalive_carries_evidence_first_and_no_more_than_its_limit() {
    let (mut author, peers) = (Author::new(1), peers(3));
    let mut gossip = Gossip::default();
    for _ in 0..7 {
        gossip.add(Item::Block(author.pay(2, 1).block().clone()), None, 3, &list(&peers));
    }
    let other = author.instead(1, pay(PeerId::simulated(3), 4));
    let evidence = Equivocation::between(&author.blocks[1], &other).map(Evidence::Equivocation).unwrap();
    gossip.add(Item::Evidence(evidence.clone()), None, 3, &list(&peers));
    let first = gossip.take(peers[0], 5);
    assert_eq!((first.len(), &first[0]), (5, &Item::Evidence(evidence)));
    let sequence = |item: &Item| if let Item::Block(block) = item { Some(block.sequence) } else { None };
    let sequences = |items: &[Item]| -> Vec<u64> { items.iter().filter_map(sequence).collect() };
    assert_eq!(sequences(&first), [1, 2, 3, 4], "a chain travels in its order");
    assert_eq!(sequences(&gossip.take(peers[0], 5)), [5, 6, 7]);
}

#[test]
fn at_the_bound_the_oldest_block_gives_way() {
    let (mut author, peers) = (Author::new(1), peers(1));
    let mut gossip = Gossip::default();
    let block = author.pay(2, 1).block().clone();
    gossip.add(Item::Block(block), None, 1, &list(&peers));
    let other = author.pay(2, 1).block().clone();
    for _ in 0..QUEUE_MAX {
        gossip.add(Item::Block(other.clone()), None, 1, &list(&peers));
    }
    assert_eq!(gossip.len(), QUEUE_MAX);
    assert_eq!(gossip.take(peers[0], 1), [Item::Block(other)]);
}

proptest! {
    #[test]
    fn nobody_is_told_twice(fanout in 1usize..8, takes in prop::collection::vec((0usize..8, 1usize..4), 1..60)) {
        let (mut author, peers) = (Author::new(1), peers(8));
        let mut gossip = Gossip::default();
        for _ in 0..5 {
            gossip.add(Item::Block(author.pay(2, 1).block().clone()), Some(peers[7]), fanout, &list(&peers));
        }
        let mut told = std::collections::BTreeMap::<(Hash, usize), usize>::new();
        for (peer, limit) in takes {
            let items = gossip.take(peers[peer], limit);
            prop_assert!(items.len() <= limit);
            items.iter().for_each(|item| *told.entry((item.id(), peer)).or_default() += 1);
        }
        prop_assert!(told.values().all(|times| *times == 1));
        prop_assert!(told.keys().all(|(_, peer)| *peer != 7));
        for (id, _) in told.keys() {
            prop_assert!(told.keys().filter(|(other, _)| other == id).count() <= fanout);
        }
    }
}
