use contract::{Hash, PeerId, Time};

use super::*;
use crate::testing::{Author, Deal, ENDOWMENT, accept, micro, pay, shared};
use crate::{Body, Escrow, Payload};

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

/// A flood looks at it for every credit, at nodes whose memory is cold.
#[test]
fn what_is_beside_the_entries_is_one_line_of_the_cache() {
    assert_eq!(size_of::<Rare>(), 64);
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

#[test]
fn a_lock_sets_money_aside_until_it_ends_once() {
    let (mut alice, deal) = (Author::new(1), Deal::new(1, 1, 2));
    let settlement = deal.settle(60, 10, 30);
    alice.append(deal.lock_block(100));
    let mut chain = chain(&alice);
    assert_eq!(chain.claimed_after(1), Some(micro(900)));
    let again = alice.instead(2, deal.lock_block(50));
    assert_eq!(chain.append(again, micro(ENDOWMENT)), Err(BadLink::Lock), "a session is locked once");
    let too_much = alice.instead(2, deal.unlock(101, &settlement));
    assert_eq!(chain.append(too_much, micro(ENDOWMENT)), Err(BadLink::Lock));
    let unlock = alice.append(deal.unlock(30, &settlement));
    assert_eq!(chain.append(unlock, micro(ENDOWMENT)), Ok(()));
    assert_eq!((chain.claimed_after(2), chain.free_after(2)), (Some(micro(930)), Some(micro(900))));
    let twice = alice.instead(3, deal.unlock(30, &deal.settle(1, 1, 1)));
    assert_eq!(chain.append(twice, micro(ENDOWMENT)), Err(BadLink::Lock));
    let lock = chain.lock(&deal.panel.session).copied().unwrap();
    assert_eq!((lock.total, lock.first, lock.last, lock.ended), (micro(100), 1, 1, Some((2, micro(30)))));
    chain.truncate(2);
    assert_eq!(chain.lock(&deal.panel.session).unwrap().ended, None, "what is cut off never was");
}

#[test]
fn a_top_up_continues_the_total_and_a_witness_copy_moves_nothing() {
    let (mut alice, deal) = (Author::new(1), Deal::new(1, 1, 2));
    let (session, consumer, result) = (deal.panel.session, deal.panel.consumer, Hash::from_bytes([1; 32]));
    let top_up = |from, added| {
        let [previous_total, added, new_total] = [from, added, from + added].map(micro);
        Payload::Escrow(Box::new(Escrow::TopUp { session, consumer, previous_total, added, new_total, result }))
    };
    alice.append(deal.lock_block(100));
    let mut chain = chain(&alice);
    assert_eq!(chain.append(alice.instead(2, top_up(99, 5)), micro(ENDOWMENT)), Err(BadLink::Lock));
    assert_eq!(chain.append(alice.instead(2, top_up(100, 901)), micro(ENDOWMENT)), Err(BadLink::Overdraft));
    assert_eq!(chain.append(alice.instead(2, top_up(100, 5)), micro(ENDOWMENT)), Ok(()));
    assert_eq!((chain.claimed_after(2), chain.lock(&session).unwrap().total), (Some(micro(895)), micro(105)));
    let mut witness = Author::new(6);
    witness.append(deal.lock_block(100));
    let chain = self::chain(&witness);
    assert_eq!((chain.claimed_after(1), chain.lock(&session)), (Some(micro(ENDOWMENT)), None));
}

#[test]
fn a_mint_pays_once_a_day_and_never_ahead() {
    let day = |days: u64| Time::from_nanos(days * 86_400_000_000_000);
    let grant = Grant { endowment: micro(ENDOWMENT), mint: micro(10) };
    let mut author = Author::new(1);
    let mut chain = Chain::default();
    chain.append(author.blocks[0].clone(), grant).unwrap();
    let mut claim = |day_claimed, amount, at: u64| {
        let payload = Payload::MintClaim { day: day_claimed, amount: micro(amount), basis: Hash::ZERO };
        let block = author.append_at(day(at), payload);
        let outcome = chain.append(block, grant);
        if outcome.is_err() {
            author.blocks.pop();
        }
        outcome
    };
    assert_eq!(claim(2, 11, 2), Err(BadLink::Mint), "more than the day's");
    assert_eq!(claim(3, 10, 2), Err(BadLink::Mint), "tomorrow's");
    assert_eq!(claim(2, 10, 2), Ok(()));
    assert_eq!(claim(2, 10, 2), Err(BadLink::Mint), "twice");
    assert_eq!(claim(1, 10, 2), Err(BadLink::Mint), "what was not claimed in time");
    assert_eq!(claim(3, 10, 3), Ok(()));
    assert_eq!(chain.free_after(2), Some(micro(ENDOWMENT + 20)));
    let mut nothing = Chain::default();
    nothing.append(author.blocks[0].clone(), micro(ENDOWMENT)).unwrap();
    assert_eq!(nothing.append(author.blocks[1].clone(), micro(ENDOWMENT)), Err(BadLink::Mint), "there is no mint");
}

#[test]
fn the_state_at_a_block_is_that_of_its_prefix() {
    let (mut alice, deal) = (Author::new(1), Deal::new(1, 1, 2));
    let (peer, head) = (PeerId::simulated(5), Hash::from_bytes([9; 32]));
    alice.append(Payload::PeerHash { peer, sequence: 3, head });
    alice.append(deal.lock_block(100));
    alice.append(Payload::PeerHash { peer, sequence: 8, head: Hash::from_bytes([8; 32]) });
    alice.append(deal.unlock(30, &deal.settle(60, 10, 30)));
    let chain = chain(&alice);
    let at = |sequence: usize| chain.state_at(alice.blocks[sequence].hash()).unwrap();
    assert!(at(0).heads.is_empty() && at(1).locks.is_empty());
    assert_eq!((at(2).heads[&peer], at(2).claimed), ((3, head), micro(900)));
    assert_eq!(at(2).locks.get(&deal.panel.session), Some(&micro(100)));
    assert_eq!((at(4).heads[&peer].0, at(4).locks.len(), at(4).claimed), (8, 0, micro(930)));
    assert_eq!(chain.state_at(Hash::ZERO), None);
    let last: Vec<u64> = chain.segment(2).map(|block| block.sequence).collect();
    assert_eq!((last, chain.segment(99).count()), (vec![3, 4], 5));
}
