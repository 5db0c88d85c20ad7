use contract::{Bounded, Canonical as _, Span};

use super::*;
use crate::testing::{Author, micro, shared};
use crate::trust::Class;

const OWNER: u64 = 1;

fn peer(number: u64) -> PeerId {
    PeerId::simulated(number)
}

fn hash(byte: u8) -> Hash {
    Hash::from_bytes([byte; 32])
}

fn resources(hours: u64) -> Resources {
    Resources { class: Class::SmallCpu, duration: Span::from_secs(3_600 * hours) }
}

fn verification() -> Verification {
    Verification {
        session: hash(1),
        subject: peer(2),
        claimed: resources(10),
        measured: resources(8),
        score: Millionths(800_000),
        pass: true,
        panel: hash(2),
        commitment: hash(3),
        nonce: 4,
    }
}

fn assertion() -> Assertion {
    Assertion {
        subject: peer(2),
        score: Millionths(-500_000),
        classification: Classification::VerificationFailure,
        evidence: Bounded::truncated(vec![hash(1)]),
        reasoning: hash(2),
        impact: Millionths::ONE,
        context: Millionths::ONE,
    }
}

fn order() -> Order {
    let (minimum, maximum, expires_in) = (Span::from_secs(60), Span::from_secs(3_600), Span::from_secs(600));
    Order {
        side: Side::Ask,
        class: Class::GpuPro,
        price_per_hour: -5,
        minimum,
        maximum,
        quantity: 3,
        expires_in,
        standing: true,
    }
}

fn record(record: Record) -> Payload {
    Payload::Record(Box::new(record))
}

fn session(session: Session) -> Payload {
    Payload::Session(Box::new(session))
}

fn escrow(escrow: Escrow) -> Payload {
    Payload::Escrow(Box::new(escrow))
}

/// One payload of every type of block but the transfers, all of them sound.
fn one_of_each() -> Vec<Payload> {
    let (session_id, amount, witnesses) = (hash(7), micro(5), Bounded::truncated(vec![peer(6), peer(7), peer(8)]));
    let (previous_total, added, new_total) = (micro(5), micro(2), micro(7));
    vec![
        Payload::MintClaim { day: 0, amount, basis: hash(1) },
        Payload::Burn { amount, reason: BurnReason::Penalty, evidence: hash(1) },
        escrow(Escrow::Lock { session: session_id, consumer: peer(OWNER), amount, result: hash(1) }),
        escrow(Escrow::TopUp {
            session: session_id,
            consumer: peer(OWNER),
            previous_total,
            added,
            new_total,
            result: hash(2),
        }),
        escrow(Escrow::Unlock { session: session_id, returned: amount, settlement: hash(3) }),
        escrow(Escrow::Received { session: session_id, consumer: peer(2), amount, settlement: hash(3) }),
        Payload::PeerHash { peer: peer(2), sequence: 4, head: hash(9) },
        session(Session::Start {
            session: session_id,
            terms: hash(1),
            provider: peer(2),
            witnesses: witnesses.clone(),
        }),
        session(Session::End { session: session_id, reason: EndReason::Timeout, duration: Span::from_secs(9) }),
        session(Session::Attestation {
            session: session_id,
            passes: 2,
            fails: 1,
            outcome: Outcome::Pass,
            result: hash(4),
        }),
        session(Session::WitnessCommitment {
            session: session_id,
            consumer: peer(2),
            amount,
            accept: true,
            observed_balance: amount,
        }),
        session(Session::WitnessReplacement { session: session_id, old: peer(5), new: peer(6), remaining: witnesses }),
        record(Record::Verification(verification())),
        record(Record::Assertion(assertion())),
        record(Record::Accusation(Accusation {
            subject: peer(2),
            kind: Classification::Unclassified,
            evidence: hash(1),
            sessions: Bounded::truncated(vec![hash(2)]),
        })),
        record(Record::Order(order())),
        record(Record::OrderMatch(OrderMatch {
            own: hash(1),
            other: hash(2),
            partner: peer(2),
            price_per_hour: 5,
            session: session_id,
        })),
        record(Record::Donation(Donation { session: session_id, burned: amount, multiplier: Millionths(2_500_000) })),
        record(Record::ParameterChange(ParameterChange {
            parameter: hash(1),
            old: Millionths(1),
            new: Millionths(2),
            metrics: hash(3),
            effective: Time::from_nanos(1_000),
        })),
    ]
}

#[test]
fn every_type_of_block_is_signed_checked_and_comes_back() {
    let mut author = Author::new(OWNER);
    for payload in one_of_each() {
        let block = author.append(payload);
        let again = crate::Block::decode(&block.block().to_bytes()).unwrap();
        assert_eq!((&again, again.hash()), (block.block(), block.hash()));
        assert!(again.verify(&shared().verifier).is_ok());
    }
}

#[test]
fn golden_payloads_do_not_change() {
    let lines: Vec<String> = one_of_each().iter().map(|payload| crate::testing::hex(&payload.to_bytes())).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_payload_is_small_because_there_are_many_transfers() {
    assert!(size_of::<Payload>() <= 88, "{}", size_of::<Payload>());
}

#[test]
fn a_payload_that_contradicts_itself_stands_nowhere() {
    let witnesses = Bounded::truncated(vec![peer(7), peer(6)]);
    let cases = [
        (
            BadBlock::Nothing,
            Payload::Burn { amount: Amount::ZERO, reason: BurnReason::Voluntary, evidence: Hash::ZERO },
        ),
        (
            BadBlock::Nothing,
            escrow(Escrow::Lock { session: hash(1), consumer: peer(OWNER), amount: Amount::ZERO, result: hash(1) }),
        ),
        (
            BadBlock::Sum,
            escrow(Escrow::TopUp {
                session: hash(1),
                consumer: peer(OWNER),
                previous_total: micro(1),
                added: micro(2),
                new_total: micro(4),
                result: hash(1),
            }),
        ),
        (
            BadBlock::ToItself,
            escrow(Escrow::Received { session: hash(1), consumer: peer(OWNER), amount: micro(1), settlement: hash(1) }),
        ),
        (BadBlock::ToItself, Payload::PeerHash { peer: peer(OWNER), sequence: 0, head: hash(1) }),
        (BadBlock::Range, session(Session::Start { session: hash(1), terms: hash(1), provider: peer(2), witnesses })),
        (
            BadBlock::Sum,
            session(Session::Attestation {
                session: hash(1),
                passes: 1,
                fails: 1,
                outcome: Outcome::Pass,
                result: hash(1),
            }),
        ),
        (
            BadBlock::Sum,
            session(Session::WitnessReplacement {
                session: hash(1),
                old: peer(5),
                new: peer(5),
                remaining: Bounded::default(),
            }),
        ),
        (BadBlock::ToItself, record(Record::Assertion(Assertion { subject: peer(OWNER), ..assertion() }))),
        (BadBlock::Range, record(Record::Assertion(Assertion { score: Millionths(1_000_001), ..assertion() }))),
        (BadBlock::Range, record(Record::Assertion(Assertion { impact: Millionths(-1), ..assertion() }))),
        (BadBlock::Sum, record(Record::Verification(Verification { score: Millionths(900_000), ..verification() }))),
        (BadBlock::Sum, record(Record::Verification(Verification { pass: false, ..verification() }))),
        (BadBlock::Range, record(Record::Order(Order { quantity: 0, ..order() }))),
        (
            BadBlock::Range,
            record(Record::ParameterChange(ParameterChange {
                parameter: hash(1),
                old: Millionths(1),
                new: Millionths(2),
                metrics: hash(3),
                effective: Time::from_nanos(1),
            })),
        ),
    ];
    for (why, payload) in cases {
        assert_eq!(payload.check(&peer(OWNER), Time::from_nanos(500)), Err(why), "{payload:?}");
    }
}

#[test]
fn records_are_written_in_json_with_decimal_scores() {
    for payload in one_of_each() {
        let Payload::Record(record) = payload else { continue };
        let json = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), *record, "{json}");
    }
    let json = serde_json::to_string(&Record::Assertion(assertion())).unwrap();
    assert!(json.contains("\"score\":-0.5"), "{json}");
}
