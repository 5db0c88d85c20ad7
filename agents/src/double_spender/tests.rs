use std::sync::Arc;

use contract::draws::{Draws, Entropy};
use contract::keys::Scheme;
use contract::{Amount, CallId, Hash, Write};
use ledger::message::{Pull, Segment};
use ledger::{Birth, Equivocation, Evidence, Founding, LedgerNode, Parameters, Shared};

use super::*;

const ME: u64 = 0;
const NEIGHBOUR: u64 = 1;
const FIRST: u64 = 2;
const SECOND: u64 = 3;

fn peer(number: u64) -> PeerId {
    PeerId::simulated(number)
}

fn attacker(peers: &[u64]) -> DoubleSpender {
    let (seed, scheme) = (Seed::from_number(1), Scheme::simulated(&Seed::from_number(1)));
    let signer = scheme.signer(&seed, ME);
    let shared = Shared {
        verifier: scheme.verifier(),
        founding: Founding::new([(peer(ME), Amount::from_units(10))]).unwrap(),
        parameters: Parameters { keepalive: None, ..Parameters::default() },
    };
    let birth = Birth {
        signer: signer.clone(),
        peers: peers.iter().map(|number| peer(*number)).collect(),
        entropy: Entropy::Keyed(Draws::new(seed.key("ledger"), ME)),
        shared: Arc::new(shared),
    };
    DoubleSpender::new(Box::new(LedgerNode::new(birth)), signer, DoubleSpend { second: peer(SECOND) })
}

fn started(peers: &[u64]) -> DoubleSpender {
    let mut attacker = attacker(peers);
    step(&mut attacker, Input::Start(Recovered::default()));
    attacker
}

fn step(attacker: &mut DoubleSpender, input: Input<Ledger>) -> Vec<Effect<Ledger>> {
    let mut out = Effects::default();
    attacker.handle(Time::from_nanos(7), input, &mut out);
    out.take_list()
}

fn pay(to: u64) -> Input<Ledger> {
    let command = Command::Pay { to: peer(to), amount: Amount::from_units(1), memo: Hash::ZERO };
    Input::Command { call: CallId(1), command }
}

/// To whom which own block went: position and, for a payment, the recipient.
fn blocks(effects: &[Effect<Ledger>]) -> Vec<(u64, u64, Option<u64>)> {
    let sent = effects.iter().filter_map(|effect| match effect {
        Effect::Send { to, message: Message::Block(block) } => Some((to, block)),
        _ => None,
    });
    let sent = sent.map(|(to, block)| {
        let recipient = match block.payload {
            Payload::TransferOut { recipient, .. } => recipient.simulated_number(),
            _ => None,
        };
        (to.simulated_number().unwrap(), block.sequence, recipient)
    });
    sent.collect()
}

fn pull(attacker: &mut DoubleSpender, from: u64) -> Segment {
    let (least, most) = (PeerId::from_bytes([0; 32]), PeerId::from_bytes([0xff; 32]));
    let pull = Pull { from: least, listed: most, to: most, have: Bounded::default() };
    let input = Input::Message { from: peer(from), message: Message::Pull(Box::new(pull)) };
    let segments = step(attacker, input).into_iter().filter_map(|effect| match effect {
        Effect::Send { message: Message::Segment(segment), .. } => Some(*segment),
        _ => None,
    });
    segments.last().expect("every pull is answered")
}

#[test]
fn an_attacker_without_neighbours_reaches_both_victims() {
    let effects = step(&mut started(&[]), pay(FIRST));
    assert_eq!(blocks(&effects), [(SECOND, 1, Some(SECOND)), (FIRST, 1, Some(FIRST))]);
}

#[test]
fn each_victim_gets_its_own_payment_and_the_neighbour_none() {
    let effects = step(&mut started(&[NEIGHBOUR]), pay(FIRST));
    let mut sent = blocks(&effects);
    sent.sort_unstable();
    let expected =
        [(NEIGHBOUR, 0, None), (FIRST, 0, None), (FIRST, 1, Some(FIRST)), (SECOND, 0, None), (SECOND, 1, Some(SECOND))];
    assert_eq!(sent, expected);
}

#[test]
fn victims_that_are_neighbours_get_no_more_and_nothing_twice() {
    let effects = step(&mut started(&[NEIGHBOUR, FIRST, SECOND]), pay(FIRST));
    let mut sent = blocks(&effects);
    sent.sort_unstable();
    let expected =
        [(NEIGHBOUR, 0, None), (FIRST, 0, None), (FIRST, 1, Some(FIRST)), (SECOND, 0, None), (SECOND, 1, Some(SECOND))];
    assert_eq!(sent, expected);
}

#[test]
fn the_fork_is_durable_before_anybody_sees_it() {
    let effects = step(&mut started(&[NEIGHBOUR]), pay(FIRST));
    let fork =
        effects.iter().position(|effect| matches!(effect, Effect::Persist(Write::Put { key, .. }) if key == KEY));
    let sent = effects.iter().position(|effect| matches!(effect, Effect::Send { .. }));
    assert!(fork.unwrap() < sent.unwrap());
}

#[test]
fn a_question_is_answered_to_each_as_he_shall_see_it() {
    let mut attacker = started(&[NEIGHBOUR]);
    step(&mut attacker, pay(FIRST));
    let mut shown = |from| {
        let segment = pull(&mut attacker, from);
        let recipients = segment.blocks.iter().map(|block| match block.payload {
            Payload::TransferOut { recipient, .. } => recipient.simulated_number(),
            _ => None,
        });
        recipients.collect::<Vec<_>>()
    };
    assert_eq!(shown(FIRST), [None, Some(FIRST)]);
    assert_eq!(shown(SECOND), [None, Some(SECOND)]);
    assert_eq!(shown(NEIGHBOUR), [None]);
}

#[test]
fn it_stays_blind_to_its_own_conviction() {
    let mut attacker = started(&[NEIGHBOUR]);
    step(&mut attacker, pay(FIRST));
    let (honest, other) = (pull(&mut attacker, FIRST).blocks[1].clone(), pull(&mut attacker, SECOND).blocks[1].clone());
    let evidence = Evidence::Equivocation(Equivocation::between(&honest, &other).unwrap());
    let before = state(&attacker);
    let segment = Segment {
        to: peer(9),
        next: None,
        evidence: Bounded::truncated(vec![evidence.clone()]),
        blocks: Bounded::truncated(vec![honest, other.clone()]),
        agreements: Bounded::default(),
    };
    for message in [Message::Block(other), Message::Evidence(evidence), Message::Segment(Box::new(segment))] {
        assert_eq!(step(&mut attacker, Input::Message { from: peer(NEIGHBOUR), message }), []);
    }
    assert_eq!(state(&attacker), before);
}

#[test]
fn after_a_restart_the_fork_is_remembered() {
    let mut attacker = started(&[NEIGHBOUR]);
    let mut entries = Vec::new();
    for effect in step(&mut attacker, pay(FIRST)) {
        if let Effect::Persist(Write::Put { key, value }) = effect {
            entries.push((key, value));
        }
    }
    let mut again = self::attacker(&[NEIGHBOUR]);
    let effects = step(&mut again, Input::Start(Recovered { entries }));
    let odd = effects.iter().any(|effect| matches!(effect, Effect::Observe(odd) if odd.name == "store-damaged"));
    assert!(!odd, "the honest node does not see the attacker's key");
    assert_eq!(again.fork, attacker.fork);
}

#[test]
fn paying_the_second_victim_itself_is_honest() {
    let mut attacker = started(&[NEIGHBOUR]);
    let sent = blocks(&step(&mut attacker, pay(SECOND)));
    assert_eq!(sent, [(NEIGHBOUR, 0, None), (NEIGHBOUR, 1, Some(SECOND))]);
    assert_eq!(attacker.fork, None);
}

#[test]
fn a_payment_that_is_refused_forks_nothing() {
    let mut attacker = started(&[NEIGHBOUR]);
    let command = Command::Pay { to: peer(FIRST), amount: Amount::from_units(11), memo: Hash::ZERO };
    let effects = step(&mut attacker, Input::Command { call: CallId(1), command });
    assert!(matches!(effects[..], [Effect::Reply { .. }]));
    assert_eq!(attacker.fork, None);
}

#[test]
fn its_parameters_are_written_as_text() {
    let plan: DoubleSpend = serde_json::from_str(r##"{"second": "#3"}"##).unwrap();
    assert_eq!(plan, DoubleSpend { second: peer(SECOND) });
    assert!(serde_json::from_str::<DoubleSpend>(r##"{"second": "#3", "third": "#4"}"##).is_err());
}

fn state(attacker: &DoubleSpender) -> Vec<u8> {
    let mut bytes = Vec::new();
    attacker.state(&mut bytes);
    bytes
}
