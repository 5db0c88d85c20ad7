//! Comparing two variants seed by seed: common random numbers, and what they gained.

use serde::Serialize;

use crate::descriptive::{mean, variance};

/// Below this correlation, pairing gains little: variant and base do not share their randomness.
pub const CORRELATION_MIN: f64 = 0.3;

/// Two variants over the same seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Paired {
    /// Variant minus base, by seed.
    pub differences: Vec<f64>,
    /// Pearson's correlation between variant and base over the seeds; `None` if either is constant.
    pub correlation: Option<f64>,
    /// Var(variant) + Var(base) over Var(difference): how many times as many independent runs would be needed.
    pub gain: Option<f64>,
}

/// Why two sets of results cannot be paired.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unpaired {
    /// Their seeds are not the same.
    #[error("seeds {only_variant:?} are only in the variant, seeds {only_base:?} only in the base")]
    Seeds {
        /// Up to ten seeds that the base lacks.
        only_variant: Vec<u64>,
        /// Up to ten seeds that the variant lacks.
        only_base: Vec<u64>,
    },
    /// A seed stands there twice.
    #[error("seed {0} stands there twice")]
    Twice(u64),
}

/// How many seeds an error names.
const NAMED_MAX: usize = 10;

/// Pairs by seed. Both sides may be in any order; a seed that only one side has is an error, since leaving it out would
/// compare different worlds.
///
/// # Errors
/// [`Unpaired`] names the seeds.
pub fn pair(variant: &[(u64, f64)], base: &[(u64, f64)]) -> Result<Paired, Unpaired> {
    let (variant, base) = (by_seed(variant)?, by_seed(base)?);
    let missing = |from: &[(u64, f64)], other: &[(u64, f64)]| -> Vec<u64> {
        let lacks = |seed: &u64| other.binary_search_by_key(seed, |(seed, _)| *seed).is_err();
        from.iter().map(|(seed, _)| *seed).filter(lacks).take(NAMED_MAX).collect()
    };
    let (only_variant, only_base) = (missing(&variant, &base), missing(&base, &variant));
    if !only_variant.is_empty() || !only_base.is_empty() {
        return Err(Unpaired::Seeds { only_variant, only_base });
    }
    let values = |side: &[(u64, f64)]| -> Vec<f64> { side.iter().map(|(_, value)| *value).collect() };
    Ok(paired(&values(&variant), &values(&base)))
}

fn by_seed(side: &[(u64, f64)]) -> Result<Vec<(u64, f64)>, Unpaired> {
    let mut side = side.to_vec();
    side.sort_by_key(|(seed, _)| *seed);
    match side.windows(2).find(|two| two[0].0 == two[1].0) {
        Some(two) => Err(Unpaired::Twice(two[0].0)),
        None => Ok(side),
    }
}

fn paired(variant: &[f64], base: &[f64]) -> Paired {
    let differences: Vec<f64> = variant.iter().zip(base).map(|(variant, base)| variant - base).collect();
    let correlation = correlation(variant, base);
    let positive = |variance: &f64| *variance > 0.0;
    let gain = match (variance(variant), variance(base), variance(&differences).filter(positive)) {
        (Some(variant), Some(base), Some(difference)) => Some((variant + base) / difference),
        _ => None,
    };
    Paired { differences, correlation, gain }
}

/// Pearson's correlation; `None` if either side is constant or there are fewer than two pairs.
///
/// # Panics
/// If the sides have different lengths.
pub fn correlation(left: &[f64], right: &[f64]) -> Option<f64> {
    assert_eq!(left.len(), right.len(), "pairs have two sides");
    let (spread_left, spread_right) = (variance(left)?, variance(right)?);
    let (centre_left, centre_right) = (mean(left)?, mean(right)?);
    let products: f64 = left.iter().zip(right).map(|(l, r)| (l - centre_left) * (r - centre_right)).sum();
    let scale = (spread_left * spread_right).sqrt() * (left.len() - 1) as f64;
    (scale > 0.0).then(|| (products / scale).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_found_whatever_the_order() {
        let paired = pair(&[(2, 5.0), (1, 3.0), (3, 8.0)], &[(1, 1.0), (3, 3.0), (2, 2.0)]).unwrap();
        assert_eq!(paired.differences, [2.0, 3.0, 5.0]);
        // Deviations (-7/3, -1/3, 8/3) and (-1, 0, 1): 5 over √(38/3 · 2).
        assert!((paired.correlation.unwrap() - 5.0 / (38.0_f64 / 3.0 * 2.0).sqrt()).abs() < 1e-12);
        // Variances 19/3, 1 and 7/3.
        assert!((paired.gain.unwrap() - (19.0 / 3.0 + 1.0) / (7.0 / 3.0)).abs() < 1e-12);
    }

    #[test]
    fn seeds_without_a_partner_are_named() {
        let error = pair(&[(1, 0.0), (2, 0.0)], &[(2, 0.0), (7, 0.0)]).unwrap_err();
        assert_eq!(error, Unpaired::Seeds { only_variant: vec![1], only_base: vec![7] });
        assert_eq!(pair(&[(1, 0.0), (1, 0.0)], &[(1, 0.0)]), Err(Unpaired::Twice(1)));
    }

    #[test]
    fn constants_have_no_correlation() {
        let paired = pair(&[(1, 2.0), (2, 2.0)], &[(1, 1.0), (2, 5.0)]).unwrap();
        assert_eq!(paired.correlation, None);
        assert_eq!(pair(&[], &[]).unwrap().differences, [0.0; 0]);
    }
}
