use std::sync::Arc;

use contract::draws::Draws;
use contract::{Actor, Effect, Entropy, Input, Recovered, Seed, Time, Value, Write};

use super::*;
use crate::history::{Proof, Summary};
use crate::payload::{Classification, Millionths};
use crate::testing::{Author, Deal, micro, pay, scheme, shared};
use crate::{Birth, LedgerNode, Record, observe};

const LENGTH: u64 = 2 * SEGMENT + 10;

/// A chain of every sort of block that leaves something behind, over two segments and a bit.
fn author() -> Author {
    let (mut author, mut payer, deal) = (Author::new(1), Author::new(2), Deal::new(9, 1, 3));
    let assertion = crate::payload::Assertion {
        subject: PeerId::simulated(5),
        score: Millionths(500_000),
        classification: Classification::ExcellentService,
        evidence: Default::default(),
        reasoning: Hash::ZERO,
        impact: Millionths::ONE,
        context: Millionths::ONE,
    };
    while (author.blocks.len() as u64) < LENGTH {
        let sequence = author.blocks.len() as u64;
        match sequence {
            10 => drop(author.append(deal.lock_block(50))),
            20 | 5_000 => drop(author.append(pay(PeerId::simulated(4), 7))),
            30 | 5_001 => drop(author.accept(&payer.pay(1, 3))),
            40 | 4_095 | 5_002 => drop(author.append(Payload::Record(Box::new(Record::Assertion(assertion.clone()))))),
            _ => {
                let head = Hash::from_bytes([7; 32]);
                drop(author.append(Payload::PeerHash { peer: PeerId::simulated(2), sequence, head }));
            }
        }
    }
    author
}

fn entries(author: &Author) -> Vec<store::Entry> {
    let mut entries: Vec<store::Entry> = author.blocks.iter().map(|block| store::own_block(block)).collect();
    entries.extend([store::own_length(author.blocks.len() as u64), store::agreement(&Deal::new(9, 1, 3).lock(50))]);
    entries.sort();
    entries
}

/// A node that has started with this store, the segments that it wrote, and why it believed none.
fn start(entries: &[store::Entry]) -> (LedgerNode, Vec<store::Entry>, Option<String>) {
    let mut node = LedgerNode::new(Birth {
        signer: scheme().signer(&Seed::from_number(1), 1),
        peers: vec![PeerId::simulated(2)],
        entropy: Entropy::Keyed(Draws::new(Seed::from_number(1).key("ledger"), 1)),
        shared: Arc::new(shared()),
    });
    let mut out = Effects::default();
    let recovered = Recovered { entries: entries.to_vec() };
    node.handle(Time::from_nanos(1 << 40), Input::Start(recovered), &mut out);
    let (mut written, mut refused) = (Vec::new(), None);
    for effect in out.take_from(0) {
        match effect {
            Effect::Persist(Write::Put { key, value }) => written.push((key, value)),
            Effect::Observe(observation) if observation.name == observe::SNAPSHOT_REFUSED => {
                let Some(Value::Text(why)) = observation.get("why") else { panic!("it says why") };
                refused = Some(why.to_string());
            }
            _ => {}
        }
    }
    (node, written, refused)
}

fn state(node: &LedgerNode) -> Vec<u8> {
    let mut bytes = Vec::new();
    node.state(&mut bytes);
    bytes
}

fn with_segments(author: &Author) -> Vec<store::Entry> {
    let mut entries = entries(author);
    let (_, written, _) = start(&entries);
    entries.extend(written);
    entries.sort();
    entries
}

#[test]
fn a_start_from_segments_gives_the_node_that_a_start_from_all_blocks_gives() {
    let author = author();
    let (whole, written, refused) = start(&entries(&author));
    assert_eq!((written.len(), refused), (2, None), "two segments are sealed");
    let (reopened, written, refused) = start(&with_segments(&author));
    assert_eq!((written.len(), refused), (0, None), "nothing is sealed again");
    assert_eq!(reopened.book().mine().chain().cold_len(), 2 * SEGMENT - 1);
    assert_eq!(state(&reopened), state(&whole));
    assert_eq!(reopened.view(), whole.view());
    let [cold, warm] = [&reopened, &whole].map(|node| node.book().mine().chain());
    for (cold, warm) in cold.from(0).zip(warm.from(0)) {
        assert_eq!(cold, warm);
    }
    assert_eq!(cold.state_at(author.blocks[6_000].hash()), warm.state_at(author.blocks[6_000].hash()));
    assert_eq!([cold, warm].map(|chain| chain.free_after(100)), [Some(micro(946)); 2]);
    let today = crate::trust::day(Time::from_nanos(1 << 40));
    let [cold, warm] = [&reopened, &whole].map(|node| node.book().effective_trust(&PeerId::simulated(5), today));
    assert!((cold - warm).abs() < f64::EPSILON);
}

#[test]
fn segments_are_sealed_as_the_chain_grows_and_go_on_after_a_start() {
    let author = author();
    let cut = |length: u64| {
        let mut author = Author { signer: author.signer.clone(), blocks: author.blocks.clone() };
        author.blocks.truncate(length as usize);
        author
    };
    assert_eq!(start(&entries(&cut(SEGMENT - 1))).1.len(), 0);
    let early = with_segments(&cut(SEGMENT));
    let (node, _, refused) = start(&early);
    assert_eq!((node.book().mine().chain().len(), refused), (SEGMENT, None), "the head alone is behind it");
    // The rest of the chain comes later: the second segment names the first.
    let mut later = entries(&author);
    later.extend(early.into_iter().filter(|(key, _)| key[0] == 6));
    later.sort();
    let (node, written, refused) = start(&later);
    assert_eq!((written.len(), refused), (1, None));
    assert!(with_segments(&author).contains(&written[0]));
    assert_eq!(node.book().mine().chain().cold_len(), SEGMENT - 1);
}

fn later_key(number: u64) -> Vec<u8> {
    [&[6u8][..], &number.to_be_bytes()].concat()
}

#[test]
fn what_was_tampered_with_is_refused_and_the_whole_chain_is_read() {
    let author = author();
    let (intact, whole) = (with_segments(&author), start(&entries(&author)).0);
    let forged = |edit: fn(&mut Segment)| {
        move |entries: &mut Vec<store::Entry>| {
            let place = entries.iter().position(|(key, _)| *key == later_key(1)).unwrap();
            let value = &entries[place].1;
            let mut segment: Segment = contract::Canonical::decode(&value[..value.len() - 8]).unwrap();
            edit(&mut segment);
            // With the right checksum: somebody has done it on purpose.
            entries[place] = store::segment(&segment);
        }
    };
    let richer = forged(|segment| segment.body.balances[4_095] = micro(1_000_000));
    let forgetful = forged(|segment| segment.body.causes.clear());
    let moved = forged(|segment| segment.body.before = Hash::ZERO);
    let shorter = forged(|segment| segment.body.balances.truncate(9));
    let other = forged(|segment| segment.signature = Signature::from_bytes([1; 64]));
    let position = |entries: &[store::Entry], sequence: u64| {
        entries.iter().position(|(key, _)| *key == [&[1u8][..], &sequence.to_be_bytes()].concat()).unwrap()
    };
    let check = |edit: &dyn Fn(&mut Vec<store::Entry>), expected: &str| {
        let mut entries = intact.clone();
        edit(&mut entries);
        let (node, written, refused) = start(&entries);
        assert_eq!(refused.as_deref(), Some(expected));
        if node.book().mine().chain().len() == LENGTH {
            assert_eq!(state(&node), state(&whole), "{expected}");
            assert_eq!(written.len(), 2, "both are sealed again after: {expected}");
        }
    };
    check(&richer, "the signature under segment 1 does not hold");
    check(&forgetful, "the signature under segment 1 does not hold");
    check(&other, "the signature under segment 1 does not hold");
    check(&moved, "segment 1 does not follow the one before it");
    check(&shorter, "segment 1 is damaged");
    let flipped = |entries: &mut Vec<store::Entry>| {
        let place = entries.iter().position(|(key, _)| *key == later_key(0)).unwrap();
        entries[place].1[100] ^= 1;
    };
    check(&flipped, "segment 0 is damaged");
    check(&|entries| drop(entries.remove(position(entries, 77))), "block 77 is missing or damaged");
    let bent = |entries: &mut Vec<store::Entry>| {
        let place = position(entries, 78);
        entries[place].1[9] ^= 1;
    };
    check(&bent, "block 78 is missing or damaged");
    // Another block of the same owner at the end of the segment, which would have been the main chain's.
    let swapped = |entries: &mut Vec<store::Entry>| {
        let place = position(entries, 2 * SEGMENT - 1);
        entries[place] = store::own_block(&author.instead(2 * SEGMENT as usize - 1, pay(PeerId::simulated(3), 1)));
    };
    check(&swapped, "block 8191 is not the one that was sealed");
}

#[test]
fn proofs_need_no_more_than_the_segment_that_they_look_into() {
    let author = author();
    let (node, ..) = start(&with_segments(&author));
    let chain = node.book().mine().chain();
    let roots = &node.extra.as_ref().unwrap().seals.roots;
    let (slow, fast) = (Tree::new(chain, &[]), Tree::new(chain, roots));
    assert_eq!((roots.len(), slow.root()), (2, fast.root()));
    let summary = Summary::sign(&fast, micro(1), &author.signer, &mut Effects::default());
    for sequence in [0, 77, SEGMENT, 2 * SEGMENT - 1, LENGTH - 1] {
        let [slow, fast] = [slow, fast].map(|tree| Proof::new(summary, &tree, sequence).unwrap());
        assert_eq!(slow, fast);
        assert!(fast.holds(&shared().verifier));
    }
}

#[test]
fn a_chain_that_is_cut_below_its_segments_is_decoded_whole() {
    let author = author();
    let (node, ..) = start(&with_segments(&author));
    let mut chain = node.book().mine().chain().clone();
    let whole = start(&entries(&author)).0;
    let mut other = whole.book().mine().chain().clone();
    for length in [LENGTH - 3, 2 * SEGMENT - 1, 5_001, 25, 3] {
        assert_eq!(chain.truncate(length), other.truncate(length));
        assert_eq!((chain.len(), chain.head_hash()), (length, other.head_hash()));
        let (mut bytes, mut others) = (Vec::new(), Vec::new());
        chain.state(&mut bytes);
        other.state(&mut others);
        assert_eq!(bytes, others);
    }
    assert_eq!(chain.cold_len(), 0);
}
