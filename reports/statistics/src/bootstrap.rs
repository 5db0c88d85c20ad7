//! The BCa bootstrap over seeds: an interval for any statistic of one sample, for display.

use contract::Seed;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use statrs::distribution::{ContinuousCDF as _, Normal};

use crate::Interval;
use crate::descriptive::{mean, quantile};

/// How a bootstrap is done.
#[derive(Clone, Copy, Debug)]
pub struct Bootstrap {
    /// Resamples; 2,000 are enough for 95 %.
    pub resamples: usize,
    /// The level of the interval, between 0 and 1.
    pub level: f64,
    /// What the resamples are drawn from.
    pub seed: Seed,
}

impl Bootstrap {
    /// The bias-corrected and accelerated interval (Efron, "Better Bootstrap Confidence Intervals", JASA 82, 1987), of
    /// `statistic` over resampled `values`, one value for each seed. Ties with the estimate count half. The level is
    /// nominal: docs/statistics.md has what is covered with how many seeds. `None` of fewer than two values, and if the
    /// statistic is not finite.
    pub fn bca(&self, values: &[f64], statistic: impl Fn(&[f64]) -> f64) -> Option<Interval> {
        self.interval(values, &statistic, || jackknife(values, &statistic))
    }

    /// The BCa interval of a mean.
    pub fn mean(&self, values: &[f64]) -> Option<Interval> {
        let centre = mean(values)?;
        // Without x a mean is smaller by (x − x̄) / (n − 1), and the scale of all does not matter.
        let differences = || values.iter().map(|value| value - centre).collect();
        self.interval(values, &|values: &[f64]| mean(values).unwrap_or(f64::NAN), differences)
    }

    fn interval(
        &self,
        values: &[f64],
        statistic: &impl Fn(&[f64]) -> f64,
        differences: impl FnOnce() -> Vec<f64>,
    ) -> Option<Interval> {
        let estimate = statistic(values);
        if values.len() < 2 || !estimate.is_finite() {
            return None;
        }
        let resampled = self.resample(values, statistic);
        if resampled.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let normal = Normal::standard();
        let below = resampled.partition_point(|value| *value < estimate);
        let not_above = resampled.partition_point(|value| *value <= estimate);
        let share = (below + not_above) as f64 / (2 * resampled.len()) as f64;
        // All on one side: the bias has no finite estimate, and the ends are those of the resamples.
        let half = 0.5 / resampled.len() as f64;
        let bias = normal.inverse_cdf(share.clamp(half, 1.0 - half));
        let acceleration = acceleration(&differences());
        let end = |probability: f64| {
            let z = bias + normal.inverse_cdf(probability);
            let adjusted = bias + z / (1.0 - acceleration * z);
            quantile(&resampled, normal.cdf(adjusted))
        };
        let tail = (1.0 - self.level) / 2.0;
        Some(Interval { low: end(tail), high: end(1.0 - tail) })
    }

    fn resample(&self, values: &[f64], statistic: &impl Fn(&[f64]) -> f64) -> Vec<f64> {
        let mut chacha = ChaCha8Rng::from_seed(*self.seed.as_bytes());
        let mut sample = vec![0.0; values.len()];
        let mut resampled: Vec<f64> = (0..self.resamples.max(1))
            .map(|_| {
                sample.iter_mut().for_each(|slot| *slot = values[below(chacha.next_u32(), values.len())]);
                statistic(&sample)
            })
            .collect();
        resampled.sort_by(f64::total_cmp);
        resampled
    }
}

/// A uniform index; the bias is below n/2³².
fn below(bits: u32, n: usize) -> usize {
    ((u64::from(bits) * n as u64) >> 32) as usize
}

/// The jackknife's d = θ̄₍·₎ − θ₍ᵢ₎, which takes time with the square of the values.
fn jackknife(values: &[f64], statistic: &impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut rest = values[1..].to_vec();
    let mut without = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        without.push(statistic(&rest));
        // What was left out takes the place of what is left out next.
        if let Some(slot) = rest.get_mut(index) {
            *slot = *value;
        }
    }
    let centre = mean(&without).unwrap_or_default();
    without.iter().map(|value| centre - value).collect()
}

/// Efron's a: Σ d³ / (6 (Σ d²)^1.5).
fn acceleration(differences: &[f64]) -> f64 {
    let (mut squares, mut cubes) = (0.0, 0.0);
    for difference in differences {
        squares += difference * difference;
        cubes += difference * difference * difference;
    }
    if squares > 0.0 { cubes / (6.0 * squares * squares.sqrt()) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bootstrap(resamples: usize) -> Bootstrap {
        Bootstrap { resamples, level: 0.95, seed: Seed::from_number(1) }
    }

    /// Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 14: the spatial test data, whose variance
    /// (with n below the line) has the BCa interval [115.8, 259.6] at 90 % with 2,000 resamples.
    #[test]
    fn the_textbook_example_comes_out() {
        let spatial = [
            48.0, 36.0, 20.0, 29.0, 42.0, 42.0, 20.0, 42.0, 22.0, 41.0, 45.0, 14.0, 6.0, 0.0, 33.0, 28.0, 34.0, 4.0,
            32.0, 24.0, 47.0, 41.0, 24.0, 26.0, 30.0, 41.0,
        ];
        let variance = |values: &[f64]| {
            let centre = mean(values).unwrap();
            values.iter().map(|value| (value - centre) * (value - centre)).sum::<f64>() / values.len() as f64
        };
        assert!((variance(&spatial) - 171.5).abs() < 0.1);
        let interval = Bootstrap { level: 0.9, ..bootstrap(20_000) }.bca(&spatial, variance).unwrap();
        assert!((interval.low - 115.8).abs() < 3.0 && (interval.high - 259.6).abs() < 5.0, "{interval:?}");
        assert!((acceleration(&jackknife(&spatial, &variance)) - 0.061).abs() < 0.001);
    }

    #[test]
    fn it_is_reproducible_and_leans_to_the_tail() {
        let skewed: Vec<f64> = (1..=40).map(|i| 1.0 / f64::from(i)).collect();
        let once = bootstrap(2_000).mean(&skewed).unwrap();
        assert_eq!(Some(once), bootstrap(2_000).mean(&skewed));
        let centre = mean(&skewed).unwrap();
        assert!(once.high - centre > centre - once.low, "{once:?} around {centre}");
    }

    #[test]
    fn constant_values_have_a_point_and_single_ones_nothing() {
        assert_eq!(bootstrap(100).mean(&[2.0; 5]), Some(Interval { low: 2.0, high: 2.0 }));
        assert_eq!(bootstrap(100).mean(&[2.0]), None);
        assert_eq!(bootstrap(100).mean(&[2.0, f64::INFINITY]), None);
    }

    #[test]
    fn a_mean_needs_no_jackknife() {
        let values: Vec<f64> = (0..40).map(|number| f64::from(number * number % 17)).collect();
        let by_jackknife = bootstrap(500).bca(&values, |values| mean(values).unwrap()).unwrap();
        let interval = bootstrap(500).mean(&values).unwrap();
        assert!((interval.low - by_jackknife.low).abs() < 1e-9 && (interval.high - by_jackknife.high).abs() < 1e-9);
    }
}
