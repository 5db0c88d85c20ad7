use contract::{Canonical as _, Hash};

use super::*;
use crate::testing::{Author, pay, shared};
use crate::{Shared, Verified};

const ME: u64 = 900;

fn book<'a>(blocks: impl IntoIterator<Item = &'a Verified>, shared: &Shared) -> Book {
    let mut book = Book::new(PeerId::simulated(ME));
    for block in blocks {
        book.learn(block.block().clone(), shared).unwrap();
    }
    book
}

/// Owners 0.. with so many payments each, and a founding document that knows them.
fn world(payments: &[usize]) -> (Vec<Author>, Shared) {
    let authors = payments.iter().zip(0..).map(|(payments, number)| {
        let mut author = Author::new(number);
        (0..*payments).for_each(|_| {
            author.pay(ME, 1);
        });
        author
    });
    let authors: Vec<Author> = authors.collect();
    let mut shared = shared();
    let endowments = authors.iter().map(|author| (author.id(), crate::testing::micro(crate::testing::ENDOWMENT)));
    shared.founding = crate::Founding::new(endowments).unwrap();
    (authors, shared)
}

/// Lets `book` pull from `other` until it is done. How many rounds it took.
fn pull_all(book: &mut Book, other: &Book, shared: &Shared) -> usize {
    let (peer, mut sync) = (PeerId::simulated(1), AntiEntropy::default());
    let (mut from, mut rounds) = (ALL.0, 0);
    loop {
        rounds += 1;
        let pull = sync.request(peer, from, ALL.1, book).expect("none is under way");
        let pull = Pull::decode(&pull.to_bytes()).unwrap();
        let segment = answer(other, &pull).unwrap();
        let segment = Segment::decode(&segment.to_bytes()).unwrap();
        let mut news = false;
        for evidence in segment.evidence.iter() {
            news |= book.convict(evidence, shared).unwrap().evidence.is_some();
        }
        for block in segment.blocks.iter() {
            news |= book.learn(block.clone(), shared).unwrap().stored;
        }
        match sync.answered(peer, &segment, news) {
            Round::Continue(next) => from = next,
            Round::Finished => return rounds,
            Round::Unasked => panic!("it was asked"),
        }
        assert!(rounds < 1_000, "rounds end");
    }
}

#[test]
fn equal_books_need_one_round_without_content() {
    let (authors, shared) = world(&[2, 0, 3]);
    let blocks: Vec<_> = authors.iter().flat_map(|author| &author.blocks).collect();
    let (mut one, other) = (book(blocks.clone(), &shared), book(blocks, &shared));
    let pull = pull(&one, ALL.0, ALL.1);
    assert_eq!(pull.have.len(), 2, "a lone GENESIS is not listed");
    let segment = answer(&other, &pull).unwrap();
    assert!(segment.blocks.is_empty() && segment.evidence.is_empty() && segment.next.is_none());
    assert_eq!(pull_all(&mut one, &other, &shared), 1);
}

#[test]
fn long_chains_come_in_several_rounds() {
    let (authors, shared) = world(&[BLOCKS_MAX * 2, 3, BLOCKS_MAX]);
    let other = book(authors.iter().flat_map(|author| &author.blocks), &shared);
    let mut one = book(&authors[0].blocks[..7], &shared);
    assert_eq!(pull_all(&mut one, &other, &shared), 3);
    assert_eq!(one.digest(), other.digest());
}

#[test]
fn many_chains_come_in_several_rounds() {
    let (authors, shared) = world(&[1; HAVE_MAX + 200]);
    let other = book(authors.iter().flat_map(|author| &author.blocks), &shared);
    // The puller knows all but some, spread over the range, so its list is cut as well.
    let known = authors.iter().enumerate().filter(|(at, _)| at % 50 != 3);
    let mut one = book(known.flat_map(|(_, author)| &author.blocks), &shared);
    assert_ne!(one.digest(), other.digest());
    assert_eq!(pull_all(&mut one, &other, &shared), 2);
    assert_eq!(one.digest(), other.digest());
}

#[test]
fn a_fork_is_found_although_both_chains_are_equally_long() {
    let (authors, shared) = world(&[2]);
    let author = &authors[0];
    let fork = author.instead(2, pay(PeerId::simulated(7), 4));
    let other = book(&author.blocks, &shared);
    let mut one = book(author.blocks[..2].iter().chain([&fork]), &shared);
    pull_all(&mut one, &other, &shared);
    assert!(one.account(&author.id()).unwrap().evidence().is_some());
    // And the evidence goes the other way with the next pull.
    let mut other = other;
    pull_all(&mut other, &one, &shared);
    assert_eq!(other.digest(), one.digest());
}

#[test]
fn a_pull_about_one_owner_brings_that_owner() {
    let (authors, shared) = world(&[2, 2, 2]);
    let other = book(authors.iter().flat_map(|author| &author.blocks), &shared);
    let one = book([], &shared);
    let owner = authors[1].id();
    let segment = answer(&other, &pull(&one, owner, owner)).unwrap();
    assert_eq!((segment.to, segment.next), (owner, None));
    assert_eq!(segment.blocks.len(), 3);
    assert!(segment.blocks.iter().all(|block| block.owner == owner));
}

#[test]
fn a_request_that_contradicts_itself_is_refused() {
    let (authors, shared) = world(&[1, 1, 1]);
    let other = book(authors.iter().flat_map(|author| &author.blocks), &shared);
    let good = pull(&other, ALL.0, ALL.1);
    let turned: Vec<Have> = good.have.iter().rev().cloned().collect();
    let twice: Vec<Have> = [&good.have[..1], &good.have[..]].concat();
    let cases = [
        (BadPull::Range, Pull { from: ALL.1, listed: ALL.0, ..good.clone() }),
        (BadPull::Range, Pull { listed: ALL.1, to: ALL.0, ..good.clone() }),
        (BadPull::Unsorted, Pull { have: Bounded::truncated(turned), ..good.clone() }),
        (BadPull::Unsorted, Pull { have: Bounded::truncated(twice), ..good.clone() }),
        (BadPull::Unsorted, Pull { from: authors[1].id(), ..good.clone() }),
        (BadPull::Unsorted, Pull { listed: authors[1].id(), ..good }),
    ];
    for (why, pull) in cases {
        assert_eq!(answer(&other, &pull), Err(why));
    }
}

#[test]
fn one_question_at_a_time_and_not_too_many() {
    let (peer, mut sync, book) = (PeerId::simulated(1), AntiEntropy::default(), Book::new(PeerId::simulated(ME)));
    let owner = PeerId::simulated;
    assert!(sync.request(peer, owner(1), owner(1), &book).is_some());
    assert!(sync.request(peer, owner(1), owner(1), &book).is_none());
    let more = (2..100).filter(|number| sync.request(peer, owner(*number), owner(*number), &book).is_some());
    assert_eq!(more.count(), OPEN_MAX - 1);
    assert!(sync.request(PeerId::simulated(2), owner(1), owner(1), &book).is_some(), "another peer");
    sync.forget(peer);
    assert!(sync.request(peer, owner(1), owner(1), &book).is_some());
}

#[test]
fn rounds_without_news_move_on_and_end() {
    let (peer, book) = (PeerId::simulated(1), Book::new(PeerId::simulated(ME)));
    let owner = PeerId::simulated;
    let segment = |next| Segment {
        to: ALL.1,
        next,
        evidence: Bounded::default(),
        blocks: Bounded::default(),
        agreements: Bounded::default(),
    };
    let round = |next: Option<PeerId>, news: bool| {
        let mut sync = AntiEntropy::default();
        sync.request(peer, owner(5), ALL.1, &book).unwrap();
        sync.answered(peer, &segment(next), news)
    };
    assert_eq!(round(None, true), Round::Finished);
    assert_eq!(round(Some(owner(5)), true), Round::Continue(owner(5)));
    assert_eq!(round(Some(owner(5)), false), Round::Continue(owner(6)), "the same owner again, and nothing new");
    assert_eq!(round(Some(owner(8)), false), Round::Continue(owner(8)));
    assert_eq!(round(Some(owner(4)), true), Round::Finished, "backwards");
    assert_eq!(round(Some(ALL.1), false), Round::Continue(ALL.1));
    assert_eq!(AntiEntropy::default().answered(peer, &segment(None), true), Round::Unasked);
}

#[test]
fn repairs_are_tried_ever_more_rarely_until_answered() {
    let (peer, mut sync, book) = (PeerId::simulated(1), AntiEntropy::default(), Book::new(PeerId::simulated(ME)));
    let waits: Vec<u64> = (0..8).map(|_| sync.repair(peer)).collect();
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 64]);
    sync.request(peer, ALL.0, ALL.1, &book).unwrap();
    let segment = Segment {
        to: ALL.1,
        next: None,
        evidence: Bounded::default(),
        blocks: Bounded::default(),
        agreements: Bounded::default(),
    };
    sync.answered(peer, &segment, false);
    assert!(!sync.needs_repair(&peer));
    assert_eq!(sync.repair(peer), 1);
}

#[test]
fn a_keepalive_shows_head_and_digest() {
    let (authors, shared) = world(&[2]);
    let mut mine = Book::new(authors[0].id());
    for block in &authors[0].blocks {
        mine.learn(block.block().clone(), &shared).unwrap();
    }
    let keepalive = keepalive(&mine, Some(mine.digest()));
    assert_eq!((keepalive.length, keepalive.head), (3, authors[0].blocks[2].hash()));
    assert_eq!(keepalive.digest, Some(mine.digest()));
    assert_ne!(keepalive.digest, Some(Hash::ZERO));
}

#[test]
fn successors_carry_over() {
    assert_eq!(successor(ALL.1), None);
    let mut bytes = [0; 32];
    bytes[31] = 0xff;
    let mut next = [0; 32];
    next[30] = 1;
    assert_eq!(successor(PeerId::from_bytes(bytes)), Some(PeerId::from_bytes(next)));
}
