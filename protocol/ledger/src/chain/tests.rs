use contract::{Hash, PeerId, Time};

use super::*;
use crate::testing::{Author, ENDOWMENT, accept, micro, pay, shared};
use crate::{Body, Payload};

fn chain(author: &Author) -> Chain {
    let mut chain = Chain::default();
    for block in &author.blocks {
        assert_eq!(chain.append(block.clone(), micro(ENDOWMENT)), Ok(()));
    }
    chain
}

/// Alice has paid 100 and got 30 from Bob.
fn alice() -> Author {
    let (mut alice, mut bob) = (Author::new(1), Author::new(2));
    alice.pay(3, 100);
    let out = bob.pay(1, 30);
    alice.accept(&out);
    alice
}

#[test]
fn the_balance_of_every_prefix_is_known() {
    let mut chain = chain(&alice());
    let claimed: Vec<_> = (0..4).map(|at| chain.claimed_after(at)).collect();
    assert_eq!(claimed, [Some(micro(1_000)), Some(micro(900)), Some(micro(930)), None]);
    assert_eq!((chain.free_after(2), chain.unverified()), (Some(micro(900)), 30));
    chain.verify_credit(2);
    assert_eq!((chain.free_after(1), chain.free_after(2)), (Some(micro(900)), Some(micro(930))));
}

#[test]
fn outflows_that_lean_on_an_unverified_credit_are_not_covered() {
    let mut alice = alice();
    alice.pay(3, 910);
    let mut chain = chain(&alice);
    assert_eq!(
        (chain.claimed_after(3), chain.free_after(3), chain.verified_after(3)),
        (Some(micro(20)), None, Some(-10))
    );
    chain.verify_credit(2);
    assert_eq!(chain.free_after(3), Some(micro(20)));
}

#[test]
fn what_may_not_follow_says_why_and_changes_nothing() {
    let author = alice();
    let mut chain = chain(&author);
    let good = Body::clone(&author.instead(3, pay(PeerId::simulated(3), 5)));
    let referred = author.blocks[2].payload.clone();
    let huge = Payload::TransferIn {
        sender: PeerId::simulated(2),
        sender_sequence: 9,
        sender_block: Hash::from_bytes([1; 32]),
        amount: micro(u64::MAX),
    };
    let burning =
        Payload::TransferOut { recipient: PeerId::simulated(3), amount: micro(1), burn: micro(1), memo: Hash::ZERO };
    let cases = [
        (BadLink::Sequence, Body { sequence: 4, ..good.clone() }),
        (BadLink::Sequence, Body { sequence: 2, ..good.clone() }),
        (BadLink::Previous, Body { previous: Hash::from_bytes([1; 32]), ..good.clone() }),
        (BadLink::Time, Body { timestamp: Time::from_nanos(1), ..good.clone() }),
        (BadLink::Burn, Body { payload: burning, ..good.clone() }),
        (BadLink::Overdraft, Body { payload: pay(PeerId::simulated(3), 931), ..good.clone() }),
        (BadLink::ReferencedTwice, Body { payload: referred, ..good.clone() }),
        (BadLink::Overflow, Body { payload: huge, ..good.clone() }),
    ];
    let mut before = Vec::new();
    chain.state(&mut before);
    for (why, body) in cases {
        assert_eq!(chain.append(author.sign(body), micro(ENDOWMENT)), Err(why));
    }
    let stranger = Author::new(4).sign(Body { owner: PeerId::simulated(4), ..good.clone() });
    assert_eq!(chain.append(stranger, micro(ENDOWMENT)), Err(BadLink::Owner));
    let mut after = Vec::new();
    chain.state(&mut after);
    assert_eq!(before, after);
    assert_eq!(chain.append(author.sign(good), micro(ENDOWMENT)), Ok(()));
}

#[test]
fn a_genesis_takes_what_the_founding_document_gives() {
    let author = Author::new(1);
    let mut chain = Chain::default();
    assert_eq!(chain.append(author.blocks[0].clone(), micro(7)), Err(BadLink::Endowment));
    assert_eq!(chain.append(author.instead(1, pay(PeerId::simulated(2), 1)), micro(7)), Err(BadLink::Sequence));
    assert_eq!(chain.append(author.blocks[0].clone(), micro(ENDOWMENT)), Ok(()));
}

#[test]
fn a_cut_chain_is_as_if_the_rest_had_never_been() {
    let mut author = alice();
    let shorter = chain(&author);
    let mut bob = Author::new(2);
    bob.pay(7, 1);
    let out = bob.pay(1, 40);
    author.accept(&out);
    author.pay(5, 6);
    let mut longer = chain(&author);
    let cut = longer.truncate(3);
    assert_eq!(cut, author.blocks[3..]);
    let state = |chain: &Chain| {
        let mut bytes = Vec::new();
        chain.state(&mut bytes);
        bytes
    };
    assert_eq!(state(&longer), state(&shorter));
    assert!(!longer.refers_to(out.hash()));
    assert_eq!(longer.append(author.instead(3, accept(&out)), micro(ENDOWMENT)), Ok(()));
}

#[test]
fn a_full_check_finds_the_first_wrong_block() {
    let author = alice();
    let blocks = || author.blocks.iter().map(|block| block.block().clone());
    let check = |blocks: Vec<Block>| {
        Chain::check(author.id(), blocks, micro(ENDOWMENT), &shared().verifier).map(|chain| chain.head_hash())
    };
    assert_eq!(check(blocks().collect()), Ok(author.blocks[2].hash()));
    let mut forged: Vec<Block> = blocks().collect();
    forged[1] = Block::new(Body::clone(&forged[1]), *forged[0].signature());
    assert_eq!(check(forged), Err(BadChain { position: 1, why: BadBlock::Signature.into() }));
    let gap = blocks().enumerate().filter(|(at, _)| *at != 1).map(|(_, block)| block);
    assert_eq!(check(gap.collect()), Err(BadChain { position: 1, why: BadLink::Sequence.into() }));
    let stranger = Author::new(2).blocks[0].block().clone();
    assert_eq!(check(vec![stranger]), Err(BadChain { position: 0, why: BadLink::Owner.into() }));
}

#[test]
fn a_block_is_found_by_its_hash() {
    let author = alice();
    let chain = chain(&author);
    assert_eq!(chain.position(author.blocks[1].hash()), Some(1));
    assert_eq!(chain.position(Hash::ZERO), None);
    assert!(chain.contains(2, author.blocks[2].hash()) && !chain.contains(1, author.blocks[2].hash()));
}
