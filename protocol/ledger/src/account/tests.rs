use contract::PeerId;
use proptest::prelude::*;

use super::*;
use crate::Body;
use crate::testing::{Author, ENDOWMENT, micro, pay};

fn terms() -> Terms {
    Terms { grant: micro(ENDOWMENT).into(), loose: 64, room: true }
}

fn account(blocks: &[Verified]) -> Account {
    let mut account = Account::default();
    for block in blocks {
        if !account.knows(block.sequence, block.hash()) {
            account.take(block.clone(), terms());
        }
    }
    account
}

fn state(account: &Account) -> Vec<u8> {
    let mut bytes = Vec::new();
    account.state(&mut bytes);
    bytes
}

/// A chain of three payments, and another branch of two from position 2 on: 10 against 15 micro-units.
fn forked() -> (Author, [Verified; 2]) {
    let mut author = Author::new(1);
    [5, 10, 20].into_iter().for_each(|amount| {
        author.pay(2, amount);
    });
    let other = author.instead(2, pay(PeerId::simulated(3), 15));
    let mut body = Body::clone(&author.blocks[3]);
    (body.previous, body.payload) = (other.hash(), pay(PeerId::simulated(3), 25));
    let after = author.sign(body);
    (author, [other, after])
}

#[test]
fn blocks_join_when_their_prefix_is_there() {
    let (author, _) = forked();
    let mut account = Account::default();
    for (block, joined) in [(3, 0..0), (1, 0..0), (0, 0..2), (2, 2..4)] {
        let taken = account.take(author.blocks[block].clone(), terms());
        assert_eq!((taken.stored, taken.joined), (true, joined), "block {block}");
    }
    assert!(account.loose().is_empty() && account.standing() == Standing::Good);
}

#[test]
fn two_orphans_at_one_position_are_evidence() {
    let (author, [other, _]) = forked();
    let mut account = Account::default();
    assert_eq!(account.take(author.blocks[2].clone(), terms()).evidence, None);
    let evidence = account.take(other, terms()).evidence.unwrap();
    assert_eq!((evidence.sequence(), evidence.smaller()), (2, micro(10)));
    assert_eq!(account.standing(), Standing::Banned(evidence.id()));
}

#[test]
fn the_lower_hash_goes_on_and_both_branches_are_kept() {
    let (author, other) = forked();
    let blocks = [&author.blocks[..], &other].concat();
    let account = account(&blocks);
    let lower = if other[0].hash() < author.blocks[2].hash() { &other[..] } else { &author.blocks[2..] };
    let chain: Vec<_> = account.chain().from(2).map(Cow::into_owned).collect();
    assert_eq!(chain, lower);
    assert_eq!(account.loose().len(), 2);
    assert!(blocks.iter().all(|block| account.covers(block.sequence, block.hash(), micro(ENDOWMENT))));
}

#[test]
fn the_consequence_is_taken_from_the_common_prefix() {
    let (author, other) = forked();
    let account = account(&[&author.blocks[..], &other].concat());
    let spent: u64 = account.chain().from(2).map(|block| block.payload.sent().as_micro()).sum();
    // The conflicts are 10 against 15 and 20 against 25; the second weighs more.
    let evidence = account.evidence().unwrap();
    assert_eq!((evidence.sequence(), evidence.smaller()), (3, micro(20)));
    let settled = account.settled();
    assert_eq!((settled.burned, settled.debt), (micro(100), micro(0)));
    assert_eq!(settled.balance, micro(ENDOWMENT - 5 - 100 - spent));
}

#[test]
fn a_block_that_may_not_follow_still_convicts() {
    let mut author = Author::new(1);
    let overdraft = author.instead(1, pay(PeerId::simulated(2), ENDOWMENT + 1));
    let good = author.pay(3, 1);
    let mut account = account(&author.blocks[..1]);
    let taken = account.take(overdraft.clone(), terms());
    assert_eq!((taken.stored, taken.refused), (false, Some(NotKept::Link(BadLink::Overdraft))));
    assert!(account.knows(1, overdraft.hash()));
    let taken = account.take(good, terms());
    assert!(taken.evidence.is_some());
    assert_eq!(account.chain().len(), 2);
    assert!(!account.covers(1, overdraft.hash(), micro(ENDOWMENT)));
}

#[test]
fn evidence_alone_convicts_and_brings_its_blocks() {
    let (author, [other, _]) = forked();
    let evidence = Equivocation::between(&author.blocks[2], &other).map(Evidence::Equivocation).unwrap();
    let blocks = vec![author.blocks[2].clone(), other.clone()];
    let mut late = Account::default();
    assert!(late.convict(&evidence, blocks.clone(), terms()).evidence.is_some());
    assert!(late.convict(&evidence, blocks, terms()).evidence.is_none());
    assert!(late.knows(2, other.hash()) && late.is_announced());
    author.blocks[..2].iter().for_each(|block| {
        late.take(block.clone(), terms());
    });
    assert_eq!(state(&late), state(&account(&[&author.blocks[..3], &[other]].concat())));
}

/// A tree of blocks: for each, its predecessor among those before it, and an amount.
fn trees() -> impl Strategy<Value = Vec<(prop::sample::Index, u64)>> {
    prop::collection::vec((any::<prop::sample::Index>(), 1..600u64), 1..12)
}

proptest! {
    #[test]
    fn the_order_in_which_blocks_come_does_not_matter(tree in trees(), order in Just(()).prop_perturb(|_, rng| rng)) {
        let author = Author::new(1);
        let mut blocks = vec![author.blocks[0].clone()];
        for (before, amount) in tree {
            let before = &blocks[before.index(blocks.len())];
            let (previous, sequence) = (before.hash(), before.sequence + 1);
            let payload = pay(PeerId::simulated(2), amount);
            let body = Body { previous, sequence, payload, ..Body::clone(before) };
            blocks.push(author.sign(body));
        }
        let straight = account(&blocks);
        let mut shuffled = blocks.clone();
        let mut rng = order;
        for last in (1..shuffled.len()).rev() {
            shuffled.swap(last, rng.random_range(0..=last));
        }
        let crooked = account(&shuffled);
        prop_assert_eq!(crooked.chain().head_hash(), straight.chain().head_hash());
        prop_assert_eq!(crooked.evidence().map(Evidence::id), straight.evidence().map(Evidence::id));
        prop_assert_eq!(crooked.settled(), straight.settled());
        let loose = |account: &Account| account.loose().iter().map(|block| block.hash()).collect::<Vec<_>>();
        prop_assert_eq!(loose(&crooked), loose(&straight));
    }
}
