//! Smaller versions of what `benches/coverage.rs` tabulates for docs/statistics.md: on data whose truth is known.

use contract::Seed;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use statistics::bootstrap::Bootstrap;
use statistics::holm::holm;
use statistics::interval::t_interval;
use statistics::{Bounds, Claim, ConfidenceSequence, Decision, Interval, Side, Statistic};

struct Source(ChaCha8Rng);

impl Source {
    fn new(what: &str, repetition: u64) -> Source {
        Source(ChaCha8Rng::from_seed(*Seed::from_number(repetition).child(what).as_bytes()))
    }

    fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 12) as f64 + 0.5) / (1u64 << 52) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * libm::log(self.uniform())).sqrt() * libm::cos(2.0 * std::f64::consts::PI * self.uniform())
    }
}

/// The share of samples of `n` values whose interval contains `mean`.
fn covered(
    repetitions: u64,
    n: usize,
    mean: f64,
    draw: fn(&mut Source) -> f64,
    method: impl Fn(&[f64], u64) -> Option<Interval>,
) -> f64 {
    let holds = |repetition: &u64| {
        let mut source = Source::new("coverage", *repetition);
        let values: Vec<f64> = (0..n).map(|_| draw(&mut source)).collect();
        method(&values, *repetition).is_some_and(|interval| interval.contains(mean))
    };
    (0..repetitions).filter(holds).count() as f64 / repetitions as f64
}

fn bca(values: &[f64], repetition: u64) -> Option<Interval> {
    Bootstrap { resamples: 500, level: 0.95, seed: Seed::from_number(repetition) }.mean(values)
}

/// The standard error of a coverage near 95 % over 2,000 repetitions is 0.5 points.
#[test]
fn t_is_exact_for_normal_values() {
    for n in [5, 30] {
        let covered = covered(2_000, n, 0.0, Source::normal, |values, _| t_interval(values, 0.95));
        assert!((0.935..=0.965).contains(&covered), "{covered} with {n}");
    }
}

#[test]
fn t_and_bca_cover_less_than_they_say_where_values_are_skewed_and_few() {
    let lognormal = |source: &mut Source| libm::exp(source.normal());
    let t = covered(2_000, 20, libm::exp(0.5), lognormal, |values, _| t_interval(values, 0.95));
    let bootstrapped = covered(2_000, 20, libm::exp(0.5), lognormal, bca);
    assert!((0.83..0.91).contains(&t) && (0.85..0.92).contains(&bootstrapped), "t {t}, BCa {bootstrapped}");
}

#[test]
fn a_sequence_covers_at_every_look_whatever_the_values() {
    let tail: fn(&mut Source) -> f64 = |source| libm::pow(source.uniform(), -1.0 / 1.5).min(100.0);
    let rare: fn(&mut Source) -> f64 = |source| f64::from(u8::from(source.uniform() < 0.1));
    for (bounds, mean, draw) in
        [(Bounds { low: 0.0, high: 100.0 }, (1.5 - libm::pow(100.0, -0.5)) / 0.5, tail), (Bounds::UNIT, 0.1, rare)]
    {
        // Ends only move inwards, so the last interval tells of all looks.
        let covered = covered(500, 200, mean, draw, |values, _| {
            let mut sequence = ConfidenceSequence::new(bounds, 0.95);
            values.iter().for_each(|value| sequence.push(*value));
            Some(sequence.interval())
        });
        assert!(covered >= 0.92, "{covered}");
    }
}

#[test]
fn a_library_of_true_claims_alarms_at_most_at_alpha() {
    const CLAIMS: u64 = 10;
    const ALPHA: f64 = 0.1;
    let claim = Claim {
        statistic: Statistic::Mean(Bounds::UNIT),
        side: Side::AtMost,
        bound: 0.3,
        margin: 0.05,
        alpha: ALPHA / CLAIMS as f64,
        beta: 0.05,
    };
    let p_value = |number: u64| {
        let (mut source, mut test) = (Source::new("library", number), claim.test().unwrap());
        for _ in 0..256 {
            test.push(source.uniform() * 0.6);
            if test.decision() != Decision::Open {
                break;
            }
        }
        test.p_value()
    };
    let alarms = |library: &u64| {
        let p_values: Vec<f64> = (0..CLAIMS).map(|number| p_value(library * CLAIMS + number)).collect();
        holm(&p_values, ALPHA).contains(&true)
    };
    // 300 libraries, 30 alarms at α; 46 would be three standard deviations above.
    let alarmed = (0..300).filter(alarms).count();
    assert!(alarmed <= 46, "{alarmed} of 300");
}
