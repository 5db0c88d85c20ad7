use std::sync::Arc;

use contract::draws::Draws;
use contract::{Actor, CallId, Effect, Effects, Entropy, Input, Recovered, Seed, Span, Time};

use super::*;
use crate::payload::{Millionths, Record, Resources, Verification};
use crate::testing::{Author, pay, scheme, shared};
use crate::trust::Class;
use crate::{Birth, Command, Ledger, LedgerNode, Message, Refusal, Reply, Verified, store};

const DAY: u64 = 86_400_000_000_000;

/// The provider, 1: it has recorded heads of 2 and 11 to 19, and on day 0 logged ten hours more of service for each from
/// 11 to 15 than for the one before. A hundred days later it records one more head: the checkpoint.
fn provider() -> Author {
    let mut author = Author::new(1);
    for peer in (11..=19).chain([2]) {
        author.append(head_of(peer));
    }
    for (peer, tens) in (11..=15).zip(1..) {
        author.append(service(peer, 10 * tens));
    }
    author.append_at(Time::from_nanos(100 * DAY), head_of(11));
    author
}

fn head_of(peer: u64) -> Payload {
    Payload::PeerHash { peer: PeerId::simulated(peer), sequence: 1, head: Hash::from_bytes([9; 32]) }
}

fn service(peer: u64, hours: u64) -> Payload {
    let resources = Resources { class: Class::MediumCpu, duration: Span::from_secs(3_600 * hours) };
    Payload::Record(Box::new(Record::Verification(Verification {
        session: Hash::ZERO,
        subject: PeerId::simulated(peer),
        claimed: resources,
        measured: resources,
        score: Millionths::ONE,
        pass: true,
        panel: Hash::ZERO,
        commitment: Hash::ZERO,
        nonce: 0,
    })))
}

/// The consumer, 2: it has dealt with 14 once and with 15 six times.
fn consumer() -> Author {
    let mut author = Author::new(2);
    for peer in [14, 15, 15, 15, 15, 15, 15] {
        author.append(pay(PeerId::simulated(peer), 1));
    }
    author
}

fn request(provider: &Author, consumer: &Author, rule: Rule) -> Request {
    Request {
        session: Hash::from_bytes([3; 32]),
        consumer: consumer.id(),
        provider: provider.id(),
        head: consumer.blocks.last().unwrap().hash(),
        checkpoint: provider.blocks.last().unwrap().hash(),
        nonce: Hash::from_bytes([4; 32]),
        rule,
    }
}

fn book(authors: [&Author; 2]) -> Book {
    let (mut book, shared) = (Book::new(PeerId::simulated(7)), shared());
    for block in authors.iter().flat_map(|author| &author.blocks) {
        book.learn(block.block().clone(), &shared).unwrap();
    }
    book
}

fn numbers(selection: &Selection) -> Vec<u64> {
    selection.witnesses.iter().filter_map(PeerId::simulated_number).collect()
}

/// Ten hours a step: 1, 2, 3, 4 and 5 before recency, e^(−100/365) = 0.7604 of it after a hundred days: 11 falls below one.
/// Divided by one more than the dealings: 12 1.52, 13 2.28, 14 3.04 / 2 = 1.52, 15 3.80 / 7 = 0.54.
#[test]
fn the_ranked_are_the_trusted_by_trust_over_dealings() {
    let (provider, consumer) = (provider(), consumer());
    let book = book([&provider, &consumer]);
    let request = request(&provider, &consumer, Rule::Ranked);
    let candidates = candidates(
        book.account(&provider.id()).unwrap().chain(),
        book.account(&consumer.id()).unwrap().chain(),
        &request,
    )
    .unwrap();
    let scores: Vec<String> = candidates.values().map(|candidate| format!("{:.2}", candidate.score())).collect();
    assert_eq!(scores, ["0.76", "1.52", "2.28", "1.52", "0.54", "0.00", "0.00", "0.00", "0.00"]);
    let order: Vec<u64> = ranked(&candidates).iter().filter_map(PeerId::simulated_number).collect();
    assert_eq!(order, [13, 12, 14, 15], "11 is not trusted, and of equals the lower identity comes first");
    let selection = select(&book, &request).unwrap();
    assert_eq!((numbers(&selection), selection.trusted), (vec![12, 13, 14, 15], 4));
}

#[test]
fn the_drawn_are_fair_and_two_of_them_are_trusted() {
    let (provider, consumer) = (provider(), consumer());
    let book = book([&provider, &consumer]);
    let mut seen = std::collections::BTreeMap::<u64, u32>::new();
    for nonce in 0..=255 {
        let nonce = Hash::from_bytes([nonce; 32]);
        let request = Request { nonce, ..request(&provider, &consumer, Rule::Drawn) };
        let selection = select(&book, &request).unwrap();
        let numbers = numbers(&selection);
        assert_eq!(numbers.len(), COUNT);
        assert!(selection.trusted >= 2, "{numbers:?}");
        assert_eq!(select(&book, &request), Ok(selection));
        numbers.into_iter().for_each(|number| *seen.entry(number).or_default() += 1);
    }
    assert!(!seen.contains_key(&15), "six dealings with the consumer are too many");
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), [11, 12, 13, 14, 16, 17, 18, 19]);
    // Two of three trusted first, then three of the six that are left: 2/3 + 1/3 · 1/2 = 5/6, and 1/2 for the others.
    for (number, count) in seen {
        let share = f64::from(count) / 256.0;
        let expected = if (12..=14).contains(&number) { 5.0 / 6.0 } else { 0.5 };
        assert!((share - expected).abs() < 0.12, "{number}: {share}");
    }
}

#[test]
fn later_blocks_and_other_knowledge_change_nothing() {
    let (mut provider, mut consumer) = (provider(), consumer());
    let request = request(&provider, &consumer, Rule::Drawn);
    let before = select(&book([&provider, &consumer]), &request).unwrap();
    provider.append_at(Time::from_nanos(101 * DAY), head_of(20));
    provider.append_at(Time::from_nanos(101 * DAY), service(19, 900));
    consumer.append(pay(PeerId::simulated(16), 1));
    assert_eq!(select(&book([&provider, &consumer]), &request), Ok(before.clone()));
    let another = Request { checkpoint: provider.blocks[provider.blocks.len() - 2].hash(), ..request };
    assert_ne!(select(&book([&provider, &consumer]), &another), Ok(before));
}

#[test]
fn what_is_missing_is_said() {
    let (provider, consumer) = (provider(), consumer());
    let book = book([&provider, &consumer]);
    let request = || request(&provider, &consumer, Rule::Drawn);
    let refused = |request: Request| select(&book, &request).unwrap_err();
    assert_eq!(refused(Request { checkpoint: Hash::ZERO, ..request() }), NoSet::Checkpoint);
    assert_eq!(refused(Request { head: Hash::ZERO, ..request() }), NoSet::Head);
    assert_eq!(refused(Request { provider: consumer.id(), ..request() }), NoSet::OneParty);
    let early = Request { checkpoint: provider.blocks[2].hash(), ..request() };
    assert_eq!(refused(early.clone()), NoSet::TooFew(2), "two heads were recorded until then");
    let young = Request { checkpoint: provider.blocks[9].hash(), rule: Rule::Ranked, ..request() };
    assert_eq!(refused(young.clone()), NoSet::TooFew(0), "nobody is trusted yet");
    let drawn = select(&book, &Request { rule: Rule::Drawn, ..young }).unwrap();
    assert_eq!((drawn.witnesses.len(), drawn.trusted), (5, 0));
}

/// A node whose own chain is `own`, and which hears the other's.
fn node(own: &Author, other: &[Verified]) -> LedgerNode {
    let number = own.id().simulated_number().unwrap();
    let mut node = LedgerNode::new(Birth {
        signer: scheme().signer(&Seed::from_number(1), number),
        peers: vec![PeerId::simulated(5)],
        entropy: Entropy::Keyed(Draws::new(Seed::from_number(1).key("ledger"), number)),
        shared: Arc::new(shared()),
    });
    let entries = own.blocks.iter().map(|block| store::own_block(block)).collect();
    let (now, mut out) = (Time::from_nanos(200 * DAY), Effects::<Ledger>::default());
    node.handle(now, Input::Start(Recovered { entries }), &mut out);
    for block in other {
        let message = Message::Block(block.block().clone());
        node.handle(now, Input::Message { from: PeerId::simulated(5), message }, &mut out);
    }
    node
}

fn ask(node: &mut LedgerNode, request: &Request) -> Reply {
    let mut out = Effects::<Ledger>::default();
    let command = Command::Witnesses(Box::new(request.clone()));
    node.handle(Time::from_nanos(201 * DAY), Input::Command { call: CallId(1), command }, &mut out);
    let reply = out.take_from(0).into_iter().find_map(|effect| match effect {
        Effect::Reply { reply, .. } => Some(reply),
        _ => None,
    });
    reply.unwrap()
}

#[test]
fn both_parties_derive_the_same_set() {
    let (provider, consumer) = (provider(), consumer());
    let [mut one, mut other] = [node(&provider, &consumer.blocks), node(&consumer, &provider.blocks)];
    for rule in [Rule::Drawn, Rule::Ranked] {
        let request = request(&provider, &consumer, rule);
        let reply = ask(&mut one, &request);
        assert!(matches!(&reply, Reply::Witnesses(selection) if selection.witnesses.len() >= 4));
        assert_eq!(reply, ask(&mut other, &request));
    }
    let unknown = Request { head: Hash::ZERO, ..request(&provider, &consumer, Rule::Drawn) };
    assert_eq!(ask(&mut one, &unknown), Reply::Refused { why: Refusal::NoWitnesses(NoSet::Head) });
}

#[test]
fn a_request_is_read_from_json() {
    let (provider, consumer) = (provider(), consumer());
    let command = Command::Witnesses(Box::new(request(&provider, &consumer, Rule::Ranked)));
    let json = serde_json::to_string(&command).unwrap();
    assert!(json.starts_with("{\"witnesses\":{\"session\":\"0303"), "{json}");
    assert_eq!(serde_json::from_str::<Command>(&json).unwrap(), command);
}
