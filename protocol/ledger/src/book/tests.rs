use contract::{Amount, PeerId};

use super::*;
use crate::evidence::{Kind, WitnessConflict};
use crate::testing::{Author, Deal, ENDOWMENT, accept, micro, pay, shared};
use crate::{Equivocation, Parameters, Payload};

fn book() -> Book {
    Book::new(PeerId::simulated(9))
}

fn learn(book: &mut Book, block: &Block) -> Learned {
    book.learn(block.clone(), &shared()).unwrap()
}

fn balance(book: &Book, owner: &Author) -> Amount {
    book.account(&owner.id()).map(|account| account.settled().balance).unwrap_or_default()
}

fn state(book: &Book) -> Vec<u8> {
    let mut bytes = Vec::new();
    book.state(&mut bytes);
    bytes
}

#[test]
fn an_unsigned_block_leaves_no_trace() {
    let (author, mut book) = (Author::new(1), book());
    let genesis = author.blocks[0].block();
    let forged = Block::new(crate::Body::clone(genesis), contract::Signature::from_bytes([0; 64]));
    let before = state(&book);
    assert_eq!(book.learn(forged, &shared()), Err(BadItem::Block(BadBlock::Signature)));
    assert_eq!(state(&book), before);
    assert!(learn(&mut book, genesis).stored, "the forgery did not mark the block as seen");
    assert!(!learn(&mut book, genesis).stored, "now it is known");
}

#[test]
fn equivocation_is_detected_without_the_prefix() {
    let (mut author, mut book) = (Author::new(1), book());
    author.pay(2, 1);
    let (out, other) = (author.pay(2, 5), author.instead(2, pay(PeerId::simulated(3), 4)));
    let first = learn(&mut book, &out);
    assert!(first.orphan && first.evidence.is_none());
    let second = learn(&mut book, &other);
    assert!(second.orphan);
    let evidence = second.evidence.unwrap();
    assert_eq!(Some(&evidence), Equivocation::between(&out, &other).map(Evidence::Equivocation).as_ref());
    assert_eq!(book.standing(&author.id()), Standing::Banned(evidence.id()));
}

#[test]
fn a_credit_counts_when_the_payment_is_known_and_covered() {
    let (mut alice, mut bob, mut carol) = (Author::new(1), Author::new(2), Author::new(3));
    // Alice pays Bob all she has; Bob pays Carol more than his own endowment.
    let first = alice.pay(2, ENDOWMENT);
    bob.accept(&first);
    let second = bob.pay(3, ENDOWMENT + 500);
    carol.accept(&second);
    let mut book = book();
    // Carol's chain comes first, then Bob's, then Alice's: nothing counts before its reason is known.
    let learned = learn(&mut book, &carol.blocks[0]);
    assert!(learned.unknown.is_empty());
    assert_eq!(learn(&mut book, &carol.blocks[1]).unknown, [second.reference()]);
    assert_eq!((balance(&book, &carol), book.credits().len()), (micro(ENDOWMENT), 1));
    assert_eq!(book.unknown_references(9, &shared().founding), [second.reference()]);
    bob.blocks.iter().for_each(|block| {
        learn(&mut book, block);
    });
    assert_eq!((balance(&book, &carol), book.credits().len()), (micro(ENDOWMENT), 2));
    assert_eq!(book.unknown_references(9, &shared().founding), [first.reference()]);
    learn(&mut book, &alice.blocks[0]);
    let learned = learn(&mut book, &alice.blocks[1]);
    assert!([&alice, &bob, &carol].iter().all(|author| learned.touched.contains(&author.id())));
    assert_eq!(balance(&book, &alice), Amount::ZERO);
    assert_eq!(balance(&book, &bob), micro(ENDOWMENT - 500));
    assert_eq!(balance(&book, &carol), micro(2 * ENDOWMENT + 500));
    assert!(book.credits().is_empty());
}

#[test]
fn a_false_credit_never_counts_and_binds_no_memory() {
    let (mut alice, mut bob, mut book) = (Author::new(1), Author::new(2), book());
    let out = alice.pay(3, 5);
    let Payload::TransferIn { sender, sender_sequence, sender_block, .. } = accept(&out) else { panic!("it is one") };
    // The payment is Carol's, and Bob claims a greater amount.
    bob.append(Payload::TransferIn { sender, sender_sequence, sender_block, amount: micro(6) });
    for block in bob.blocks.iter().chain(&alice.blocks) {
        learn(&mut book, block);
    }
    assert_eq!((balance(&book, &bob), book.credits().len()), (micro(ENDOWMENT), 0));
    assert_eq!(book.account(&bob.id()).unwrap().chain().unverified(), 6);
}

#[test]
fn both_recipients_of_a_double_spend_keep_what_they_accepted() {
    let (mut alice, mut bob, mut carol, mut book) = (Author::new(1), Author::new(2), Author::new(3), book());
    let (out, other) = (alice.pay(2, 100), alice.instead(1, pay(carol.id(), 100)));
    bob.accept(&out);
    carol.accept(&other);
    let blocks = [&alice.blocks[..], &[other], &bob.blocks, &carol.blocks].concat();
    blocks.iter().for_each(|block| {
        learn(&mut book, block);
    });
    assert_eq!((balance(&book, &bob), balance(&book, &carol)), (micro(ENDOWMENT + 100), micro(ENDOWMENT + 100)));
    assert_eq!(balance(&book, &alice), micro(ENDOWMENT - 500 - 100));
}

#[test]
fn loose_blocks_are_bounded_per_owner_and_in_all() {
    let mut shared = shared();
    shared.parameters = Parameters { loose_per_owner: 2, loose_total: 3, ..shared.parameters };
    let (mut alice, mut bob) = (Author::new(1), Author::new(2));
    (0..6).for_each(|_| {
        alice.pay(3, 1);
        bob.pay(3, 1);
    });
    let mut book = book();
    let mut take = |block: &Block| book.learn(block.clone(), &shared).unwrap().refused;
    assert_eq!(take(&alice.blocks[4]), None);
    assert_eq!(take(&alice.blocks[3]), None);
    assert_eq!(take(&alice.blocks[5]), Some(NotKept::NoRoom), "two of Alice are kept, the lowest");
    assert_eq!(take(&alice.blocks[2]), None, "a lower one takes the place of the highest");
    assert_eq!(take(&bob.blocks[3]), None);
    assert_eq!(take(&bob.blocks[4]), Some(NotKept::NoRoom), "three in all");
    assert_eq!(take(&bob.blocks[2]), None, "in place of Bob's own");
    assert_eq!(book.loose(), 3);
    // What was refused can still come.
    alice.blocks[..2].iter().chain(&alice.blocks[4..]).for_each(|block| {
        assert_eq!(book.learn(block.block().clone(), &shared).unwrap().refused, None);
    });
    assert_eq!(book.account(&alice.id()).unwrap().chain().len(), 7);
    assert_eq!(book.loose(), 1);
}

#[test]
fn evidence_that_proves_nothing_is_refused() {
    let (mut author, mut book) = (Author::new(1), book());
    let (out, other) = (author.pay(2, 5), author.instead(1, pay(PeerId::simulated(3), 4)));
    let forged = Block::new(crate::Body::clone(&other), *out.signature());
    let evidence = |other: &Block| Evidence::Equivocation(Equivocation::between(&out, other).unwrap());
    let before = state(&book);
    assert_eq!(book.convict(&evidence(&forged), &shared()), Err(BadItem::Evidence));
    assert_eq!(state(&book), before);
    let learned = book.convict(&evidence(&other), &shared()).unwrap();
    assert!(learned.evidence.is_some() && learned.orphan);
    assert_eq!(book.convict(&evidence(&other), &shared()), Ok(Learned::default()));
}

#[test]
fn the_digest_is_that_of_what_is_known_not_of_how_it_came() {
    let (mut alice, mut bob) = (Author::new(1), Author::new(2));
    let out = alice.pay(2, 5);
    bob.accept(&out);
    let digest = |blocks: &[&Verified]| {
        let mut book = book();
        blocks.iter().for_each(|block| {
            learn(&mut book, block);
        });
        book.digest()
    };
    let [a, b] = [&alice.blocks, &bob.blocks];
    assert_eq!(digest(&[&a[0], &a[1], &b[0], &b[1]]), digest(&[&b[1], &b[0], &a[1], &a[0]]));
    assert_ne!(digest(&[&a[0], &a[1], &b[0], &b[1]]), digest(&[&a[0], &a[1]]));
    assert_eq!(digest(&[&a[0], &b[0]]), digest(&[]), "a lone GENESIS is nobody's concern");
}

#[test]
fn the_own_account_stands_in_its_place() {
    let mut book = Book::new(PeerId::simulated(2));
    for number in [3, 1, 2] {
        learn(&mut book, &Author::new(number).blocks[0]);
    }
    let owners: Vec<_> = book.all().map(|(owner, _)| owner.simulated_number().unwrap()).collect();
    assert_eq!(owners, [1, 2, 3]);
    let range = PeerId::simulated(2)..=PeerId::simulated(2);
    assert_eq!(book.accounts(range).count(), 1);
}

#[test]
fn a_settlement_pays_when_it_its_lock_and_the_money_are_known() {
    let (mut alice, mut bob, deal) = (Author::new(1), Author::new(2), Deal::new(1, 1, 2));
    let (lock, settlement) = (deal.lock(100), deal.settle(60, 10, 30));
    alice.append(deal.lock_block(100));
    alice.append(deal.unlock(30, &settlement));
    bob.append(deal.received(60, &settlement));
    let mut book = book();
    for block in &bob.blocks[..1] {
        learn(&mut book, block);
    }
    assert_eq!(learn(&mut book, &bob.blocks[1]).unheard, [settlement.id()]);
    let agreed = book.agree(&settlement, &shared()).unwrap();
    assert!(agreed.stored && agreed.touched.is_empty(), "the consumer's lock is not known");
    alice.blocks.iter().for_each(|block| {
        learn(&mut book, block);
    });
    assert_eq!(book.unheard_agreements(9, &shared().founding), [lock.id()]);
    assert_eq!(balance(&book, &bob), micro(ENDOWMENT));
    let agreed = book.agree(&lock, &shared()).unwrap();
    assert!(agreed.touched.contains(&bob.id()) && agreed.touched.contains(&alice.id()));
    assert_eq!((balance(&book, &alice), balance(&book, &bob)), (micro(ENDOWMENT - 70), micro(ENDOWMENT + 60)));
    let totals = crate::audit::totals(&book);
    assert!(totals.conserved(), "{totals:?}");
    assert_eq!((totals.burned, totals.escrowed), (10, 0));
    assert_eq!(book.agree(&lock, &shared()), Ok(Agreed::default()), "once");
}

#[test]
fn money_is_conserved_at_every_moment_of_a_session() {
    let (mut alice, mut bob, deal) = (Author::new(1), Author::new(2), Deal::new(1, 1, 2));
    let (lock, settlement) = (deal.lock(100), deal.settle(60, 10, 30));
    alice.append(deal.lock_block(100));
    alice.append(deal.unlock(30, &settlement));
    bob.append(deal.received(60, &settlement));
    for received_first in [false, true] {
        let mut book = book();
        let check = |book: &Book, escrowed| {
            let totals = crate::audit::totals(book);
            assert!(totals.conserved(), "{totals:?}");
            assert_eq!((totals.escrowed, totals.inflation), (escrowed, 0));
        };
        [&lock, &settlement].into_iter().for_each(|agreement| drop(book.agree(agreement, &shared()).unwrap()));
        [&alice.blocks[0], &alice.blocks[1], &bob.blocks[0]]
            .into_iter()
            .for_each(|block| drop(learn(&mut book, block)));
        check(&book, 100);
        let (next, left, last) = if received_first {
            (&bob.blocks[1], 30, &alice.blocks[2])
        } else {
            (&alice.blocks[2], 60, &bob.blocks[1])
        };
        learn(&mut book, next);
        check(&book, left);
        learn(&mut book, last);
        check(&book, 0);
    }
}

#[test]
fn a_settlement_of_another_panel_never_pays() {
    let (mut alice, mut bob, deal) = (Author::new(1), Author::new(2), Deal::new(1, 1, 2));
    let mut other = Deal::new(1, 1, 2);
    other.panel.threshold = 3;
    let settlement = other.settle(60, 10, 30);
    alice.append(deal.lock_block(100));
    bob.append(deal.received(60, &settlement));
    let mut book = book();
    alice.blocks.iter().chain(&bob.blocks).for_each(|block| {
        learn(&mut book, block);
    });
    [deal.lock(100), settlement].iter().for_each(|agreement| drop(book.agree(agreement, &shared()).unwrap()));
    assert_eq!(balance(&book, &bob), micro(ENDOWMENT));
}

#[test]
fn a_witness_that_contradicts_itself_is_banned_and_an_unsigned_agreement_is_refused() {
    let (deal, mut book) = (Deal::new(1, 1, 2), book());
    let unsigned = deal.agree(deal.lock(100).text().matter.clone(), &[]);
    assert_eq!(book.agree(&unsigned, &shared()), Err(BadItem::Agreement));
    assert!(book.agreements().is_empty());
    let settle = |paid, by: &[u64]| {
        let [locked, paid, burned, returned] = [100, paid, 0, 100 - paid].map(micro);
        deal.agree(crate::agreement::Matter::Settlement { locked, paid, burned, returned }, by)
    };
    let (one, two) = (settle(60, &[6, 7]), settle(90, &[7, 8]));
    assert!(book.agree(&one, &shared()).unwrap().conflicts.is_empty());
    let conflicts = book.agree(&two, &shared()).unwrap().conflicts;
    // Witness 7 signed both, and so did the consumer.
    let accused: Vec<_> = conflicts.iter().map(|item| item.owner().simulated_number()).collect();
    assert_eq!(accused, [Some(1), Some(7)]);
    let expected = WitnessConflict::of(PeerId::simulated(7), &one, &two).map(Evidence::WitnessConflict);
    assert!(conflicts.contains(&expected.unwrap()));
    for conflict in &conflicts {
        assert_eq!(book.convict(conflict, &shared()).unwrap().evidence.as_ref(), Some(conflict));
        assert_eq!(book.standing(&conflict.owner()), Standing::Banned(conflict.id()));
    }
}

#[test]
fn an_overdraft_and_a_second_reference_convict_their_author() {
    for (kind, cause) in [(Kind::Overdraft, 0), (Kind::DoubleReference, 1)] {
        let (mut alice, mut bob, mut book) = (Author::new(1), Author::new(2), book());
        let out = bob.pay(1, 300);
        alice.accept(&out);
        let bad = if cause == 0 { alice.pay(3, ENDOWMENT + 301) } else { alice.accept(&out) };
        let learned: Vec<Learned> = alice.blocks.iter().map(|block| learn(&mut book, block)).collect();
        let evidence = learned.last().unwrap().evidence.clone().unwrap();
        assert_eq!((evidence.compact().kind, evidence.sequence()), (kind, bad.sequence));
        assert_eq!(book.standing(&alice.id()), Standing::Banned(evidence.id()));
        // Somebody who has only the evidence comes to the same books.
        let mut other = Book::new(PeerId::simulated(9));
        other.convict(&evidence, &shared()).unwrap();
        bob.blocks.iter().for_each(|block| {
            learn(&mut book, block);
            learn(&mut other, block);
        });
        alice.blocks.iter().for_each(|block| {
            learn(&mut other, block);
        });
        assert_eq!(state(&book), state(&other));
        assert!(crate::audit::totals(&book).conserved());
    }
}

#[test]
fn strangers_have_bounds_and_the_founders_always_have_room() {
    let mut shared = shared();
    shared.parameters.bounds = crate::parameters::Bounds { owners: 2, blocks: 5, agreements: 1 };
    let mut book = Book::new(PeerId::simulated(0));
    let nobody = |number: u64| {
        let mut author = Author::poor(number);
        (0..3).for_each(|_| {
            drop(author.append(crate::Payload::PeerHash { peer: PeerId::simulated(1), sequence: 0, head: Hash::ZERO }))
        });
        author
    };
    let mut learn = |block: &Verified| book.learn(block.block().clone(), &shared).unwrap();
    let authors: Vec<Author> = [20, 21, 22].into_iter().map(nobody).collect();
    assert!(authors[0].blocks.iter().all(|block| learn(block).stored));
    assert!(learn(&authors[1].blocks[0]).stored);
    assert_eq!(learn(&authors[2].blocks[0]).refused, Some(NotKept::NoRoom), "a third stranger");
    assert_eq!(learn(&authors[1].blocks[1]).refused, Some(NotKept::NoRoom), "a sixth block of strangers");
    assert!(learn(&Author::new(3).blocks[0]).stored, "who is listed has room");
    assert_eq!(book.all().count(), 3);
}

#[test]
fn of_too_many_agreements_those_with_the_lowest_ids_stay() {
    let mut shared = shared();
    shared.parameters.bounds.agreements = 3;
    let agreements: Vec<crate::Agreement> = (0..6).map(|session| Deal::new(session, 1, 2).lock(5)).collect();
    let kept = |order: &mut dyn Iterator<Item = &crate::Agreement>| {
        let mut book = Book::new(PeerId::simulated(0));
        order.for_each(|agreement| drop(book.agree(agreement, &shared).unwrap()));
        book.agreements().iter().map(crate::Agreement::id).collect::<Vec<Hash>>()
    };
    let mut lowest: Vec<Hash> = agreements.iter().map(crate::Agreement::id).collect();
    lowest.sort_unstable();
    lowest.truncate(3);
    assert_eq!(kept(&mut agreements.iter()), lowest);
    assert_eq!(kept(&mut agreements.iter().rev()), lowest);
}
