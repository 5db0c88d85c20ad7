use super::*;
use contract::Seed;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

const RATE: Claim =
    Claim { statistic: Statistic::Rate, side: Side::AtLeast, bound: 0.9, margin: 0.1, alpha: 0.05, beta: 0.05 };
const MEAN: Claim = Claim { statistic: Statistic::Mean(Bounds::UNIT), side: Side::AtMost, bound: 0.3, ..RATE };
const MEDIAN: Claim = Claim { statistic: Statistic::Quantile(0.5), side: Side::AtMost, bound: 2.0, ..RATE };

struct Source(ChaCha8Rng);

impl Source {
    fn new(number: u64) -> Source {
        Source(ChaCha8Rng::from_seed(*Seed::from_number(number).as_bytes()))
    }

    fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn rate(&mut self, rate: f64) -> f64 {
        f64::from(u8::from(self.uniform() < rate))
    }
}

/// How a claim is decided, of `repetitions` times with up to 512 seeds.
fn decisions(claim: Claim, repetitions: u64, draw: impl Fn(&mut Source) -> f64) -> [u64; 3] {
    let mut counts = [0; 3];
    for number in 0..repetitions {
        let (mut source, mut test) = (Source::new(number), claim.test().unwrap());
        for _ in 0..512 {
            test.push(draw(&mut source));
            if test.decision() != Decision::Open {
                break;
            }
        }
        counts[test.decision() as usize] += 1;
    }
    counts
}

/// An error rate of at most 5 % in 1,000 repetitions: 72 would be three standard deviations above.
const ALARMS_MAX: u64 = 71;

#[test]
fn a_true_claim_is_violated_at_most_as_often_as_alpha() {
    for (claim, decisions) in [
        (RATE, decisions(RATE, 1_000, |source| source.rate(0.9))),
        (MEAN, decisions(MEAN, 1_000, |source| source.uniform() * 0.6)),
        (MEAN, decisions(MEAN, 1_000, |source| source.rate(0.3))),
        (MEDIAN, decisions(MEDIAN, 1_000, |source| 1.0 / (1.0 - source.uniform()))),
    ] {
        assert!(decisions[Decision::Violated as usize] <= ALARMS_MAX, "{claim:?}: {decisions:?}");
    }
}

#[test]
fn a_claim_false_by_the_margin_holds_at_most_as_often_as_beta() {
    for (claim, decisions) in [
        (RATE, decisions(RATE, 1_000, |source| source.rate(0.8))),
        (MEAN, decisions(MEAN, 1_000, |source| source.rate(0.4))),
        (MEDIAN, decisions(MEDIAN, 1_000, |source| 1.05 / (1.0 - source.uniform()))),
    ] {
        assert!(decisions[Decision::Holds as usize] <= ALARMS_MAX, "{claim:?}: {decisions:?}");
    }
}

#[test]
fn what_is_clearly_true_holds_and_what_is_clearly_false_is_violated() {
    let clear = |claim, draw: fn(&mut Source) -> f64, wanted: Decision| {
        let decisions = decisions(claim, 200, draw);
        assert!(decisions[wanted as usize] >= 195, "{claim:?}: {decisions:?}");
    };
    clear(RATE, |source| source.rate(0.97), Decision::Holds);
    clear(RATE, |source| source.rate(0.7), Decision::Violated);
    clear(MEAN, |source| source.uniform() * 0.3, Decision::Holds);
    clear(MEAN, |source| 0.2 + source.uniform() * 0.6, Decision::Violated);
    clear(MEDIAN, |source| 0.7 / (1.0 - source.uniform()), Decision::Holds);
    clear(MEDIAN, |source| 2.0 / (1.0 - source.uniform()), Decision::Violated);
}

#[test]
fn sides_mirror_each_other() {
    let mirrored =
        Claim { statistic: Statistic::Mean(Bounds { low: -1.0, high: 0.0 }), side: Side::AtLeast, bound: -0.3, ..MEAN };
    let (mut one, mut other) = (MEAN.test().unwrap(), mirrored.test().unwrap());
    let mut source = Source::new(7);
    for _ in 0..300 {
        let value = source.uniform();
        one.push(value);
        other.push(-value);
        assert_eq!((one.decision(), one.runs()), (other.decision(), other.runs()));
    }
    assert_eq!(one.decision(), Decision::Violated);
}

#[test]
fn what_cannot_be_tested_is_refused() {
    let refused = |claim: Claim| claim.test().unwrap_err();
    assert_eq!(refused(Claim { margin: 0.0, ..RATE }), BadClaim::Margin(0.0));
    assert_eq!(refused(Claim { alpha: 0.0, ..RATE }), BadClaim::ErrorRate { name: "alpha", value: 0.0 });
    assert_eq!(refused(Claim { beta: 0.7, ..RATE }), BadClaim::ErrorRate { name: "beta", value: 0.7 });
    assert_eq!(refused(Claim { bound: 1.2, ..RATE }), BadClaim::Bound { bound: 1.2, low: 0.0, high: 1.0 });
    let unreachable = refused(Claim { bound: 0.0, side: Side::AtLeast, ..MEAN });
    assert_eq!(unreachable, BadClaim::Unreachable { worse: -0.1, low: 0.0, high: 1.0 });
    assert_eq!(refused(Claim { statistic: Statistic::Quantile(1.0), ..MEDIAN }), BadClaim::Quantile(1.0));
    let flat = Bounds { low: 1.0, high: 1.0 };
    assert_eq!(refused(Claim { statistic: Statistic::Mean(flat), ..MEAN }), BadClaim::Bounds { low: 1.0, high: 1.0 });
    assert!(matches!(refused(Claim { bound: f64::NAN, ..MEDIAN }), BadClaim::Bound { .. }));
}

#[test]
fn values_outside_of_the_bounds_do_not_fit() {
    assert!(!RATE.test().unwrap().fits(0.5));
    assert!(!MEAN.test().unwrap().fits(1.5));
    assert!(!MEDIAN.test().unwrap().fits(f64::NAN));
    assert!(MEDIAN.test().unwrap().fits(f64::INFINITY));
}
