//! What is measured in one run: formulas over what somebody outside saw. Each gives one number for a run, and seeds are
//! what statistics are made over.
//!
//! Whoever collects the numbers leaves out what an adversary observes about itself. Money comes in as integers and leaves
//! as a number in the same unit only at the end.

pub mod attack;
pub mod detector;
pub mod flow;
pub mod times;

pub use attack::Attack;
pub use detector::Detector;
pub use flow::{TimeWeighted, throughput, utilisation};
pub use times::Times;

use crate::descriptive::{gini, mean};

/// The share of `population` that is `reached`: between 0 and 1, `None` of nobody. Epidemic coverage (Demers et al.,
/// "Epidemic Algorithms for Replicated Database Maintenance", PODC 1987, call 1 − coverage the residue).
pub fn coverage(reached: u64, population: u64) -> Option<f64> {
    (population > 0 && reached <= population).then(|| reached as f64 / population as f64)
}

/// Utilitarian welfare: the sum of what everybody honest has at the end minus what they had at the start, in micro-units.
/// An attacker's gain does not count (Harsanyi, "Cardinal Welfare, Individualistic Ethics", 1955, leaves out antisocial
/// preferences).
pub fn welfare_micro(before: &[u64], after: &[u64]) -> i128 {
    let sum = |holdings: &[u64]| holdings.iter().map(|holding| i128::from(*holding)).sum::<i128>();
    sum(after) - sum(before)
}

/// Sen's welfare: the mean times (1 − Gini), in the unit of the holdings (Sen, "Real National Income", 1976). `None` as for
/// [`gini`].
pub fn sen_welfare(holdings: &[f64]) -> Option<f64> {
    Some(mean(holdings)? * (1.0 - gini(holdings)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hand_computed_values() {
        assert_eq!(coverage(3, 4), Some(0.75));
        assert_eq!(coverage(0, 0), None);
        assert_eq!(welfare_micro(&[100, 50], &[90, 20]), -40);
        // Mean 2.5, Gini 0.25.
        assert!((sen_welfare(&[1.0, 2.0, 3.0, 4.0]).unwrap() - 1.875).abs() < 1e-12);
    }
}
