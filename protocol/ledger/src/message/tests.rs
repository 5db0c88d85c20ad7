use contract::{Canonical as _, Kind};
use proptest::prelude::*;

use super::*;
use crate::testing::{Author, hex, pay};
use crate::{Equivocation, Ledger};

/// One message of every kind.
fn samples(author: impl Fn(u64) -> Author) -> [Message; 9] {
    let (mut alice, bob) = (author(1), author(2));
    let other = alice.instead(1, pay(bob.id(), 4));
    let out = alice.pay(2, 5);
    let evidence = Evidence::Equivocation(Equivocation::between(&out, &other).unwrap());
    let have = Have { owner: alice.id(), length: 2, head: out.hash(), evidence: Some(evidence.id()) };
    let agreement = crate::testing::Deal::new(1, 1, 2).settle(60, 10, 30);
    let (from, listed, to) = (alice.id(), alice.id(), bob.id());
    [
        Message::Block(out.block().clone()),
        Message::Evidence(evidence.clone()),
        Message::Keepalive(Arc::new(Keepalive {
            length: 2,
            head: out.hash(),
            digest: Some(Hash::from_bytes([7; 32])),
            items: Bounded::truncated(vec![Item::Block(out.block().clone())]),
        })),
        Message::Pull(Box::new(Pull { from, listed, to, have: Bounded::truncated(vec![have]) })),
        Message::Want(Box::new(Want {
            blocks: Bounded::truncated(vec![out.reference()]),
            agreements: Bounded::truncated(vec![agreement.id()]),
        })),
        Message::Segment(Box::new(Segment {
            to,
            next: Some(listed),
            evidence: Bounded::truncated(vec![evidence]),
            blocks: Bounded::truncated(vec![alice.blocks[0].block().clone(), out.block().clone()]),
            agreements: Bounded::truncated(vec![agreement.clone()]),
        })),
        Message::Agreement(agreement),
        Message::Ask(Box::new(out.reference())),
        Message::Confirm(Box::new(Confirm { name: out.reference(), fine: true })),
    ]
}

#[test]
fn golden_messages_do_not_change() {
    let lines = samples(Author::real).map(|message| hex(&message.to_bytes()));
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn tags_are_distinct_and_only_keepalives_may_be_lost() {
    for (message, tag) in samples(Author::new).iter().zip(0..) {
        assert_eq!(message.tag(), tag);
        assert!(message.tag() < Message::TAGS);
        assert_eq!(message.kind() == Kind::Datagram, matches!(message, Message::Keepalive(_)));
        // The first byte on the wire is the same number.
        assert_eq!(message.to_bytes()[0], tag);
    }
}

#[test]
fn a_keepalive_that_fits_into_no_packet_travels_as_a_stream() {
    let block = Author::new(1).blocks[0].block().clone();
    let keepalive = |count| {
        let items = Bounded::truncated(vec![Item::Block(block.clone()); count]);
        let head = Hash::ZERO;
        Message::Keepalive(Arc::new(Keepalive { length: 2, head, digest: None, items })).kind()
    };
    assert_eq!([0, 5, ITEMS_MAX].map(keepalive), [Kind::Datagram, Kind::Datagram, Kind::Stream]);
}

#[test]
fn the_size_is_that_of_the_frame() {
    for message in samples(Author::new) {
        assert_eq!(message.size() as usize, contract::envelope::seal::<Ledger>(&message).len());
    }
}

#[test]
fn a_message_in_flight_is_small() {
    assert!(size_of::<Message>() <= 16, "{} bytes", size_of::<Message>());
}

#[test]
fn the_longest_message_fits_into_a_frame() {
    let [block, evidence, ..] = samples(Author::new).map(|message| message.size() as usize);
    let have = 32 + 8 + 32 + 33;
    let longest = (BLOCKS_MAX * block + EVIDENCE_MAX * evidence).max(HAVE_MAX * have);
    assert!(longest < contract::envelope::FRAME_MAX / 2, "{longest} bytes");
}

#[test]
fn a_list_above_its_bound_is_refused_before_it_is_read() {
    let mut bytes = vec![4];
    bytes.extend_from_slice(&(WANT_MAX as u32 + 1).to_le_bytes());
    assert_eq!(Message::decode(&bytes).unwrap_err().why, "a list of 65 values, where at most 64 are allowed");
}

proptest! {
    #[test]
    fn whatever_decodes_has_no_second_encoding(
        which in 0..9usize, edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4), cut in 0..3usize,
    ) {
        let message = samples(Author::new)[which].clone();
        let mut bytes = message.to_bytes();
        prop_assert_eq!(Message::decode(&bytes), Ok(message));
        for (position, byte) in edits {
            let position = position.index(bytes.len());
            bytes[position] = byte;
        }
        bytes.truncate(bytes.len() - cut);
        if let Ok(other) = Message::decode(&bytes) {
            prop_assert_eq!(other.to_bytes(), bytes);
        }
    }

    #[test]
    fn any_bytes_give_a_message_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(message) = Message::decode(&bytes) {
            prop_assert_eq!(message.to_bytes(), bytes);
        }
    }

    #[test]
    fn a_byte_more_is_refused(which in 0..7usize, extra: u8) {
        let mut bytes = samples(Author::new)[which].to_bytes();
        bytes.push(extra);
        prop_assert!(Message::decode(&bytes).is_err());
    }
}
