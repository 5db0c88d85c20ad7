//! Rates: exact intervals for how often something happens in a world.

use statrs::distribution::{Beta, ContinuousCDF as _};

use crate::Interval;

/// The exact interval of Clopper and Pearson ("The use of confidence or fiducial limits illustrated in the case of the
/// binomial", 1934) for a rate: it covers at least `level`, whatever the rate is.
///
/// # Panics
/// If there were no runs, or more successes than runs.
pub fn clopper_pearson(successes: u64, runs: u64, level: f64) -> Interval {
    assert!(runs > 0 && successes <= runs, "{successes} successes in {runs} runs");
    let tail = (1.0 - level) / 2.0;
    let (successes, failures) = (successes as f64, (runs - successes) as f64);
    Interval {
        low: if successes == 0.0 { 0.0 } else { beta_quantile(tail, successes, failures + 1.0) },
        high: if failures == 0.0 { 1.0 } else { beta_quantile(1.0 - tail, successes + 1.0, failures) },
    }
}

/// The largest rate that `successes` in `runs` leave possible, one-sided: thirty clean seeds leave 9.5 % at 95 %.
///
/// # Panics
/// As [`clopper_pearson`].
pub fn rate_at_most(successes: u64, runs: u64, level: f64) -> f64 {
    // A one-sided bound at `level` is the end of a two-sided one whose two tails together hold twice as much.
    clopper_pearson(successes, runs, 2.0 * level - 1.0).high
}

fn beta_quantile(probability: f64, a: f64, b: f64) -> f64 {
    Beta::new(a, b).expect("positive shapes").inverse_cdf(probability)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-5, "{left} is not {right}");
    }

    /// Closed forms at the edges, and R's `binom.test(7, 20)`.
    #[test]
    fn intervals_are_the_published_ones() {
        let none = clopper_pearson(0, 30, 0.95);
        near(none.low, 0.0);
        near(none.high, 1.0 - 0.025_f64.powf(1.0 / 30.0));
        let all = clopper_pearson(30, 30, 0.95);
        near(all.low, 0.025_f64.powf(1.0 / 30.0));
        near(all.high, 1.0);
        let some = clopper_pearson(7, 20, 0.95);
        near(some.low, 0.153_909_2);
        near(some.high, 0.592_188_5);
    }

    #[test]
    fn clean_seeds_leave_what_the_rule_of_three_says() {
        for (runs, left) in [(30, 0.095), (100, 0.030), (300, 0.010), (1000, 0.003)] {
            assert!((rate_at_most(0, runs, 0.95) - left).abs() < 0.0006, "{runs}");
        }
    }

    /// Coverage is a finite sum, so it is computed instead of sampled.
    #[test]
    fn it_covers_at_least_its_level_at_every_rate() {
        for runs in [1u64, 5, 20, 60] {
            let intervals: Vec<Interval> = (0..=runs).map(|k| clopper_pearson(k, runs, 0.95)).collect();
            for rate in (1..100).map(|percent| f64::from(percent) / 100.0) {
                let mut probability = (1.0 - rate).powi(runs as i32);
                let mut covered = 0.0;
                for (k, interval) in intervals.iter().enumerate() {
                    covered += if interval.contains(rate) { probability } else { 0.0 };
                    probability *= (runs as f64 - k as f64) / (k as f64 + 1.0) * rate / (1.0 - rate);
                }
                assert!(covered >= 0.95 - 1e-9, "{covered} at {rate} with {runs} runs");
            }
        }
    }
}
