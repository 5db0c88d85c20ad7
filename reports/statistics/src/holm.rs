//! Many claims at once: Holm's procedure keeps the chance of any false alarm in a library below α.

/// Which hypotheses are rejected at family-wise level `alpha` (Holm, "A Simple Sequentially Rejective Multiple Test
/// Procedure", 1979). It holds whatever the dependence between the claims. A p-value that is no number is not rejected.
pub fn holm(p_values: &[f64], alpha: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut rejected = vec![false; p_values.len()];
    for (rank, index) in order.into_iter().enumerate() {
        let still = (p_values.len() - rank) as f64;
        // Written so that a NaN ends the procedure.
        if p_values[index] * still <= alpha {
            rejected[index] = true;
        } else {
            break;
        }
    }
    rejected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_must_be_below_alpha_over_their_number() {
        assert_eq!(holm(&[0.01, 0.04, 0.03, 0.005], 0.05), [true, false, false, true]);
        assert_eq!(holm(&[0.02, 0.04, 0.03], 0.05), [false, false, false]);
        assert_eq!(holm(&[0.05], 0.05), [true]);
        assert_eq!(holm(&[], 0.05), [false; 0]);
    }

    #[test]
    fn what_is_no_number_is_not_rejected_and_does_not_help_others() {
        assert_eq!(holm(&[f64::NAN, 0.001], 0.05), [false, true]);
        assert_eq!(holm(&[f64::NAN, 0.03], 0.05), [false, false]);
    }
}
