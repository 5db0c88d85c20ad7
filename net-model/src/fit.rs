//! Laws of latency for measured round trips.

use serde::Serialize;

use crate::latency::{Law, standard_normal_quantile};

/// The share of samples below the lower of the two outer quantiles that a fit goes through; the upper one is at 1 minus it.
const OUTER: f64 = 0.05;
/// The shares at which measured and fitted quantiles are compared.
pub const SHARES: [f64; 6] = [0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/// A law for one pair of regions, and how well it fits. Times are one way, in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// How many round trips were measured.
    pub samples: usize,
    /// The latency that is always there.
    pub least_ms: f64,
    /// The median of what comes on top.
    pub median_ms: f64,
    /// The standard deviation of its natural logarithm.
    pub sigma: f64,
    /// The largest distance between the measured and the fitted distribution function: Kolmogorov and Smirnov's D.
    pub ks: f64,
    /// Measured quantiles, at [`SHARES`].
    pub measured_ms: [f64; 6],
    /// Fitted quantiles, at [`SHARES`].
    pub fitted_ms: [f64; 6],
}

impl Fit {
    /// Fits a shifted lognormal law to half of each round trip, in milliseconds, so that the 5th, the 50th and the 95th percentile are
    /// met: least = (q05·q95 − q50²) / (q05 + q95 − 2·q50), which is where (q − least) is symmetric in the logarithm. Where
    /// that is below zero, or samples are skewed to the left, least is 0. None without samples, or if one is not a number above 0.
    pub fn of_round_trips(round_trips_ms: &[f64]) -> Option<Fit> {
        let mut sorted: Vec<f64> = round_trips_ms.iter().map(|rtt| rtt / 2.0).collect();
        if sorted.is_empty() || sorted.iter().any(|ms| !(ms.is_finite() && *ms > 0.0)) {
            return None;
        }
        sorted.sort_by(f64::total_cmp);
        let [low, middle, high] = [OUTER, 0.5, 1.0 - OUTER].map(|share| quantile(&sorted, share));
        let skew = low + high - 2.0 * middle;
        let least =
            if skew > 0.0 { ((low * high - middle * middle) / skew).clamp(0.0, sorted[0] * 0.999) } else { 0.0 };
        let spread = 2.0 * standard_normal_quantile(1.0 - OUTER);
        let sigma = libm::log((high - least) / (low - least)) / spread;
        let median = middle - least;
        let law = Law::Lognormal { least_ns: least * 1e6, median_ns: median * 1e6, sigma };
        Some(Fit {
            samples: sorted.len(),
            least_ms: least,
            median_ms: median,
            sigma,
            ks: distance(&sorted, least, median, sigma),
            measured_ms: SHARES.map(|share| quantile(&sorted, share)),
            fitted_ms: SHARES.map(|share| law.percentile_ns(share) / 1e6),
        })
    }
}

/// The quantile of a sorted sample, linear between its members (type 7 of Hyndman and Fan 1996).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (libm::floor(place) as usize, libm::ceil(place) as usize);
    sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
}

/// Kolmogorov and Smirnov's D against a shifted lognormal distribution.
fn distance(sorted: &[f64], least: f64, median: f64, sigma: f64) -> f64 {
    let count = sorted.len() as f64;
    let share = |ms: f64| match (ms > least, sigma > 0.0) {
        (false, _) => 0.0,
        (true, true) => 0.5 * libm::erfc(-libm::log((ms - least) / median) / sigma / libm::sqrt(2.0)),
        (true, false) => f64::from(u8::from(ms >= least + median)),
    };
    let gap = |(rank, ms): (usize, &f64)| {
        let share = share(*ms);
        (share - rank as f64 / count).max((rank as f64 + 1.0) / count - share)
    };
    sorted.iter().enumerate().map(gap).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::key;

    fn sampled(law: Law, count: u64) -> Vec<f64> {
        let key = key("fit");
        (0..count).map(|i| 2.0 * law.sample(key.draw(0, i)[0]).as_nanos() as f64 / 1e6).collect()
    }

    #[test]
    fn what_was_drawn_from_a_law_gives_the_law_back() {
        let law = Law::Lognormal { least_ns: 40e6, median_ns: 8e6, sigma: 0.7 };
        let fit = Fit::of_round_trips(&sampled(law, 20_000)).unwrap();
        assert!((fit.least_ms - 40.0).abs() < 0.5 && (fit.median_ms - 8.0).abs() < 0.5, "{fit:?}");
        assert!((fit.sigma - 0.7).abs() < 0.05 && fit.ks < 0.015, "{fit:?}");
        for (measured, fitted) in fit.measured_ms.iter().zip(fit.fitted_ms) {
            assert!((measured - fitted).abs() < 0.03 * measured, "{fit:?}");
        }
    }

    /// Two ways of very different length make two humps, which no such law has.
    #[test]
    fn what_does_not_fit_shows_in_its_distance() {
        let mut humps = sampled(Law::Lognormal { least_ns: 10e6, median_ns: 1e6, sigma: 0.3 }, 2_000);
        humps.extend(sampled(Law::Lognormal { least_ns: 90e6, median_ns: 1e6, sigma: 0.3 }, 2_000));
        assert!(Fit::of_round_trips(&humps).unwrap().ks > 0.2);
    }

    #[test]
    fn few_and_equal_and_skewed_samples_have_a_law_and_bad_ones_have_none() {
        let one = Fit::of_round_trips(&[20.0]).unwrap();
        assert_eq!((one.least_ms, one.median_ms, one.sigma), (0.0, 10.0, 0.0));
        assert_eq!(Fit::of_round_trips(&[20.0; 50]).unwrap().measured_ms, [10.0; 6]);
        let left: Vec<f64> = (1..100).map(|i| 200.0 - f64::from(i * i) / 100.0).collect();
        let fit = Fit::of_round_trips(&left).unwrap();
        assert!(fit.least_ms == 0.0 && fit.sigma > 0.0 && fit.sigma.is_finite());
        for bad in [&[][..], &[0.0], &[-1.0], &[f64::NAN], &[f64::INFINITY]] {
            assert_eq!(Fit::of_round_trips(bad), None);
        }
    }
}
