//! Numbers that describe one sample: of seeds, or of the nodes of one world.

/// The arithmetic mean; `None` of nothing. The unit is that of the values.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The unbiased sample variance Σ(x − x̄)² / (n − 1), in two passes; `None` of fewer than two values.
pub fn variance(values: &[f64]) -> Option<f64> {
    let centre = mean(values).filter(|_| values.len() > 1)?;
    let squares: f64 = values.iter().map(|value| (value - centre) * (value - centre)).sum();
    Some(squares / (values.len() - 1) as f64)
}

/// The quantile of sorted values, interpolated linearly between order statistics (type 7 of Hyndman and Fan, "Sample
/// Quantiles in Statistical Packages", 1996). `q` is between 0 and 1.
///
/// # Panics
/// If there are no values.
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    let position = q * (sorted.len() - 1) as f64;
    let (below, part) = (position.floor() as usize, position.fract());
    let above = (below + 1).min(sorted.len() - 1);
    // Written so that two equal neighbours give exactly that value, infinite ones included.
    if part == 0.0 || sorted[below] == sorted[above] {
        return sorted[below];
    }
    sorted[below] + part * (sorted[above] - sorted[below])
}

/// The values in ascending order.
pub fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// The Gini coefficient: 0 if all have the same, (n − 1)/n if one has everything. The mean absolute difference of all
/// pairs over twice the mean, computed from ranks: Σ (2i − n − 1) x₍ᵢ₎ / (n Σ x) (Sen, "On Economic Inequality", 1973).
/// `None` if nobody has anything, or somebody has less than nothing: the ratio means nothing then.
pub fn gini(holdings: &[f64]) -> Option<f64> {
    let total = total_of_shares(holdings)?;
    let n = holdings.len() as f64;
    let ranked = sorted(holdings).into_iter().enumerate();
    let weighted: f64 = ranked.map(|(index, value)| (2.0 * (index + 1) as f64 - n - 1.0) * value).sum();
    Some((weighted / (n * total)).max(0.0))
}

/// The Herfindahl–Hirschman index Σ sᵢ² over shares sᵢ: between 1/n (all equal) and 1 (one has everything). Its inverse is
/// the number of equals that would be as concentrated (Hirschman, 1964). `None` as for [`gini`].
pub fn concentration(holdings: &[f64]) -> Option<f64> {
    let total = total_of_shares(holdings)?;
    Some(holdings.iter().map(|value| (value / total) * (value / total)).sum())
}

fn total_of_shares(holdings: &[f64]) -> Option<f64> {
    let total: f64 = holdings.iter().sum();
    let shares = total > 0.0 && total.is_finite() && holdings.iter().all(|value| *value >= 0.0);
    shares.then_some(total)
}

/// The skewness g₁ = m₃ / m₂^1.5 of a sample; 0 of a constant one, `None` of fewer than three values. Beyond 1, a
/// t-interval over few seeds covers less than it says.
pub fn skewness(values: &[f64]) -> Option<f64> {
    let centre = mean(values).filter(|_| values.len() > 2)?;
    let moment = |power: i32| {
        let sum: f64 = values.iter().map(|value| (0..power).map(|_| value - centre).product::<f64>()).sum();
        sum / values.len() as f64
    };
    let spread = moment(2);
    Some(if spread > 0.0 { moment(3) / (spread * spread.sqrt()) } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-12, "{left} is not {right}");
    }

    #[test]
    fn hand_computed_values() {
        near(mean(&[4.0, 1.0, 3.0, 2.0]).unwrap(), 2.5);
        near(variance(&[4.0, 1.0, 3.0, 2.0]).unwrap(), 5.0 / 3.0);
        near(quantile(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.9), 4.6);
        // One of four has everything: (4 - 1)/4, and one equal.
        near(gini(&[0.0, 0.0, 0.0, 8.0]).unwrap(), 0.75);
        near(concentration(&[0.0, 0.0, 0.0, 8.0]).unwrap(), 1.0);
        // 1, 2, 3, 4: pairs differ by 1,1,1,2,2,3 = 10; 2·10/16 over 2·2.5 = 0.25.
        near(gini(&[3.0, 1.0, 4.0, 2.0]).unwrap(), 0.25);
        near(concentration(&[1.0, 1.0, 2.0]).unwrap(), 0.375);
        near(skewness(&[0.0, 0.0, 0.0, 1.0]).unwrap(), 2.0 / 3.0_f64.sqrt());
    }

    #[test]
    fn what_has_no_value_has_none() {
        assert_eq!(mean(&[]), None);
        assert_eq!(variance(&[1.0]), None);
        assert_eq!(gini(&[0.0, 0.0]), None);
        assert_eq!(gini(&[-1.0, 2.0]), None);
        assert_eq!(concentration(&[]), None);
        assert_eq!(skewness(&[1.0, 2.0]), None);
    }

    proptest! {
        #[test]
        fn gini_is_the_mean_difference_of_pairs(holdings in prop::collection::vec(0u32..1000, 1..30)) {
            let holdings: Vec<f64> = holdings.into_iter().map(f64::from).collect();
            let n = holdings.len() as f64;
            let pairs: f64 = holdings.iter().flat_map(|a| holdings.iter().map(move |b| (a - b).abs())).sum();
            match gini(&holdings) {
                Some(gini) => {
                    let mean = holdings.iter().sum::<f64>() / n;
                    prop_assert!((gini - pairs / (n * n) / (2.0 * mean)).abs() < 1e-9);
                }
                None => prop_assert!(holdings.iter().all(|value| *value == 0.0)),
            }
        }
    }
}
