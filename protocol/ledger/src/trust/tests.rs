use contract::{Hash, PeerId};
use proptest::prelude::*;

use super::*;
use crate::payload::{Classification, Millionths, Resources};
use crate::testing::Author;

fn close(value: f64, expected: f64, digits: i32) {
    let tolerance = 0.5 * libm::pow(10.0, -f64::from(digits));
    assert!((value - expected).abs() <= tolerance, "{value} is not {expected}");
}

#[test]
fn transactions_are_worth_what_the_specification_works_out() {
    let term = |weight, hours, score, cluster, age| transaction(weight, hours, score, cluster) * recency(age);
    let terms = [term(1.0, 8.0, 0.95, 1.0, 0.0), term(4.0, 10.0, 0.9, 1.0, 100.0), term(2.0, 5.0, 1.0, 0.2, 30.0)];
    close(terms[0], 0.7600, 4);
    close(terms[1], 2.7373, 4);
    close(terms[2], 0.1842, 4);
    close(terms.iter().sum(), 3.6815, 4);
    let without_recency = transaction(1.0, 8.0, 0.95, 1.0) + transaction(4.0, 10.0, 0.9, 1.0) + 0.2;
    close(without_recency, 4.56, 2);
    close(term(1.0, 4.0, 0.5, 1.0, 10.0), -0.3892, 4);
}

#[test]
fn credibility_and_decay_are_those_of_the_tables() {
    for (trust, expected) in [(1.0, 0.150), (10.0, 0.520), (20.0, 0.660), (50.0, 0.852), (100.0, 1.0), (500.0, 1.347)] {
        close(credibility(trust), expected, 3);
    }
    assert_eq!([credibility(0.0), credibility(-5.0)], [0.0, 0.0]);
    for (days, expected) in [(0.0, 1.0), (30.0, 0.745), (90.0, 0.431), (365.0, 0.116)] {
        close(decay(days), expected, 3);
    }
}

#[test]
fn assertions_are_worth_what_the_specification_works_out() {
    let term = |score: f64, by: f64, age: f64, evidence: f64| score * credibility(by) * decay(age) * evidence;
    let terms = [term(0.3, 20.0, 30.0, 1.0), term(-0.5, 50.0, 10.0, 1.0), term(0.8, 100.0, 90.0, WITHOUT_EVIDENCE)];
    close(terms[0], 0.1474, 4);
    close(terms[1], -0.3857, 4);
    close(terms[2], 0.1724, 4);
    close(terms.iter().sum(), -0.0658, 4);
}

#[test]
fn trust_matures_over_ninety_days() {
    close(3.6157 * maturity(30.0), 1.205, 3);
    close(3.6157 * maturity(90.0), 3.6157, 4);
    close(3.6157 * maturity(900.0), 3.6157, 4);
    assert_eq!(maturity(0.0), 0.0);
}

#[test]
fn local_trust_is_one_half_at_a_hundred() {
    assert_eq!([local(0.0), local(-3.0), local(100.0)], [0.0, 0.0, 0.5]);
    assert!(local(1e12) < 1.0 + f64::EPSILON);
}

/// A log of `author` that `subject` served an hour or more of a medium machine.
fn log(author: &mut Author, subject: u64, hours: u64, score: i32, day: u32) -> Block {
    let duration = Span::from_secs(3_600 * hours);
    let claimed = Resources { class: Class::MediumCpu, duration };
    let score = Millionths(score);
    say(
        author,
        day,
        Record::Verification(Verification {
            session: Hash::ZERO,
            subject: PeerId::simulated(subject),
            claimed,
            measured: claimed,
            score,
            pass: score.as_f64() >= PASS_MARK,
            panel: Hash::ZERO,
            commitment: Hash::ZERO,
            nonce: 0,
        }),
    )
}

fn assertion(author: &mut Author, subject: u64, score: i32, day: u32) -> Block {
    say(
        author,
        day,
        Record::Assertion(Assertion {
            subject: PeerId::simulated(subject),
            score: Millionths(score),
            classification: Classification::ExcellentService,
            evidence: contract::Bounded::truncated(vec![Hash::from_bytes([1; 32])]),
            reasoning: Hash::ZERO,
            impact: Millionths::ONE,
            context: Millionths::ONE,
        }),
    )
}

fn say(author: &mut Author, day: u32, record: Record) -> Block {
    let at = Time::from_nanos(u64::from(day) * DAY + 1_000_000);
    author.append_at(at, Payload::Record(Box::new(record))).block().clone()
}

fn solved(trust: &Trust, today: u32) -> impl Fn(u64) -> f64 + use<> {
    let solved = trust.solve(today, |_| false);
    move |number| solved.get(&PeerId::simulated(number)).copied().unwrap_or(0.0)
}

#[test]
fn mutual_praise_converges_to_the_worked_fixed_point() {
    // Both are as old as trust needs; what they earned is fresh: 100 and 40 hours of the day.
    let (mut verifier, mut a, mut b) = (Author::new(9), Author::new(1), Author::new(2));
    let today = 400;
    let blocks = [
        log(&mut verifier, 1, 1, 1, 0),
        log(&mut verifier, 2, 1, 1, 0),
        log(&mut verifier, 1, 100, 1_000_000, today),
        log(&mut verifier, 2, 40, 1_000_000, today),
        assertion(&mut a, 2, 500_000, today),
        assertion(&mut b, 1, 500_000, today),
    ];
    let mut trust = Trust::default();
    blocks[2..].iter().for_each(|block| trust.add(block));
    assert_eq!(solved(&trust, today)(1), 0.0, "a first contribution of today has no age");
    // What was earned on the first day is a failed check of an hour; its penalty is taken out below.
    blocks[..2].iter().for_each(|block| trust.add(block));
    let penalty = transaction(1.0, 1.0, 1e-6, 1.0) * recency(400.0);
    let of = solved(&trust, today);
    close(of(1) - penalty, 10.180, 2);
    close(of(2) - penalty, 4.262, 2);
}

#[test]
fn an_old_unused_identity_has_no_trust_and_no_age() {
    let mut sleeper = Author::new(1);
    sleeper.pay(2, 1);
    let mut trust = Trust::default();
    sleeper.blocks.iter().for_each(|block| trust.add(block));
    assert!(trust.is_empty());
    // Praise alone does not wake it up: age counts from the first service that somebody else recorded.
    let mut verifier = Author::new(9);
    trust.add(&log(&mut verifier, 3, 900, 1_000_000, 10));
    trust.add(&assertion(&mut Author::new(3), 1, 1_000_000, 200));
    assert_eq!(solved(&trust, 500)(1), 0.0);
    assert!(solved(&trust, 500)(3) > 10.0);
}

#[test]
fn whoever_is_banned_has_no_trust_and_gives_none() {
    let mut verifier = Author::new(9);
    let mut trust = Trust::default();
    [1, 2].into_iter().for_each(|subject| trust.add(&log(&mut verifier, subject, 100, 1_000_000, 0)));
    trust.add(&assertion(&mut Author::new(1), 2, 1_000_000, 100));
    let praised = trust.solve(100, |_| false)[&PeerId::simulated(2)];
    let without = trust.solve(100, |peer| *peer == PeerId::simulated(1));
    assert!(!without.contains_key(&PeerId::simulated(1)));
    assert!(without[&PeerId::simulated(2)] < praised);
}

proptest! {
    #[test]
    fn trust_does_not_depend_on_the_order_of_blocks_and_forgets_what_is_taken_out(
        entries in prop::collection::vec((1u64..4, 1u64..4, 1u64..50, 0i32..1_000_000, 0u32..300, any::<bool>()), 1..20),
        cut in 0usize..20,
    ) {
        let blocks: Vec<Block> = entries.iter().map(|(by, subject, hours, score, day, praise)| {
            // Every record by an author of its own, so that times need not ascend.
            let mut author = Author::new(10 + by);
            let subject = *subject;
            if *praise { assertion(&mut author, subject, *score, *day) } else { log(&mut author, subject, *hours, *score, *day) }
        }).collect();
        let (mut forward, mut backward) = (Trust::default(), Trust::default());
        blocks.iter().for_each(|block| forward.add(block));
        blocks.iter().rev().for_each(|block| backward.add(block));
        prop_assert_eq!(forward.solve(300, |_| false), backward.solve(300, |_| false));
        let cut = cut.min(blocks.len());
        let mut part = Trust::default();
        blocks[..cut].iter().for_each(|block| part.add(block));
        blocks[cut..].iter().for_each(|block| forward.remove(block));
        let bytes = |trust: &Trust| { let mut bytes = Vec::new(); trust.state(&mut bytes); bytes };
        // A day whose sum is zero leaves nothing, whatever made it zero.
        prop_assert_eq!(bytes(&forward), bytes(&part));
    }
}
