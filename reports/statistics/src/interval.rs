//! Intervals over a fixed number of seeds, for display. They are not for looking at after every run: see [`crate::claim`].

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF as _, StudentsT};

use crate::descriptive::{mean, variance};

/// An interval, in the unit of the values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Interval {
    /// Whether a value lies in it; its ends do.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Its length.
    pub fn width(&self) -> f64 {
        self.high - self.low
    }
}

/// Student's t-interval for a mean: x̄ ± t₍₁₊level₎⁄₂,ₙ₋₁ · s/√n (Student, 1908). Exact for normal values; docs/statistics.md
/// has what it covers on others. `level` is between 0 and 1. `None` of fewer than two values.
pub fn t_interval(values: &[f64], level: f64) -> Option<Interval> {
    let (centre, variance) = (mean(values)?, variance(values)?);
    let half = t_quantile(0.5 + level / 2.0, values.len() - 1) * (variance / values.len() as f64).sqrt();
    Some(Interval { low: centre - half, high: centre + half })
}

/// The quantile of Student's t distribution.
///
/// # Panics
/// If there is no degree of freedom.
pub fn t_quantile(probability: f64, degrees: usize) -> f64 {
    let t = StudentsT::new(0.0, 1.0, degrees as f64).expect("at least one degree of freedom");
    t.inverse_cdf(probability)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published tables: t at 97.5 % with 1, 4, 29 and 1000 degrees of freedom.
    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (degrees, wanted) in [(1, 12.706_204_736), (4, 2.776_445_105), (29, 2.045_229_642), (1000, 1.962_339_081)] {
            let got = t_quantile(0.975, degrees);
            assert!((got - wanted).abs() < 1e-6, "{degrees}: {got}");
        }
        assert!((t_quantile(0.995, 9) - 3.249_835_542).abs() < 1e-6);
    }

    #[test]
    fn the_interval_of_a_hand_computed_sample() {
        // Mean 3, variance 2.5, so ± 2.776445 · √0.5.
        let interval = t_interval(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95).unwrap();
        assert!((interval.low - 1.036_757).abs() < 1e-5 && (interval.high - 4.963_243).abs() < 1e-5, "{interval:?}");
        assert!(interval.contains(3.0) && !interval.contains(5.0));
        assert_eq!(t_interval(&[1.0], 0.95), None);
    }
}
