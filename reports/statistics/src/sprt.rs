//! Wald's sequential probability ratio test for a rate.

use crate::claim::Decision;

/// Whether the rate is what was claimed, or worse by a margin (Wald, "Sequential Tests of Statistical Hypotheses", 1945).
///
/// The boundaries are ln(1/α) and ln β, a little outside of Wald's approximate ones: by Ville's inequality the error rates
/// then hold exactly, whenever the test is stopped, and also for every rate that is better than claimed.
#[derive(Clone, Copy, Debug)]
pub struct Sprt {
    claimed: f64,
    worse: f64,
    alpha: f64,
    beta: f64,
    log_ratio: f64,
    /// The most that ever spoke against the claim.
    log_ratio_max: f64,
    decision: Decision,
}

impl Sprt {
    /// A test of the `claimed` rate against a `worse` one, both between 0 and 1 and different. It says [`Decision::Violated`] of a rate
    /// that is as claimed with probability at most `alpha`, and [`Decision::Holds`] of a worse one with at most `beta`.
    ///
    /// # Panics
    /// If the rates are equal or out of range.
    pub fn new(claimed: f64, worse: f64, alpha: f64, beta: f64) -> Sprt {
        let rates = 0.0..=1.0;
        assert!(rates.contains(&claimed) && rates.contains(&worse) && claimed != worse, "{claimed} against {worse}");
        Sprt { claimed, worse, alpha, beta, log_ratio: 0.0, log_ratio_max: 0.0, decision: Decision::Open }
    }

    /// Takes the next run. Once the test has decided it stays decided.
    pub fn push(&mut self, success: bool) {
        if self.decision != Decision::Open {
            return;
        }
        let of = |rate: f64| if success { rate } else { 1.0 - rate };
        // What is impossible under one of the two decides at once; nothing is impossible under both.
        self.log_ratio += libm::log(of(self.worse)) - libm::log(of(self.claimed));
        self.log_ratio_max = self.log_ratio_max.max(self.log_ratio);
        if self.log_ratio >= -libm::log(self.alpha) {
            self.decision = Decision::Violated;
        } else if self.log_ratio <= libm::log(self.beta) {
            self.decision = Decision::Holds;
        }
    }

    /// What it says so far.
    pub const fn decision(&self) -> Decision {
        self.decision
    }

    /// The p-value against the claim: the largest likelihood ratio so far, inverted. It is valid at every look.
    pub fn p_value(&self) -> f64 {
        libm::exp(-self.log_ratio_max)
    }

    /// The runs that the test takes on average at a rate, by Wald's approximation without overshoot. `None` near the rate
    /// where the drift is zero and the approximation fails, and where a single run may decide.
    pub fn expected_runs(&self, rate: f64) -> Option<f64> {
        let (against, in_favour) = (-libm::log(self.alpha), libm::log(self.beta));
        let step = |of: fn(f64) -> f64| libm::log(of(self.worse)) - libm::log(of(self.claimed));
        let drift = rate * step(|rate| rate) + (1.0 - rate) * step(|rate| 1.0 - rate);
        let runs = if drift > 0.0 { against / drift } else { in_favour / drift };
        (runs.is_finite() && drift.abs() > 1e-6).then_some(runs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(test: Sprt, runs: &[bool]) -> Sprt {
        let mut test = test;
        runs.iter().for_each(|success| test.push(*success));
        test
    }

    #[test]
    fn the_ratio_is_wald_s() {
        let test = after(Sprt::new(0.5, 0.25, 0.01, 0.05), &[false, false, true]);
        // (0.75/0.5)² · (0.25/0.5) = 1.125; the largest was 2.25.
        assert!((libm::exp(test.log_ratio) - 1.125).abs() < 1e-12);
        assert!((test.p_value() - 1.0 / 2.25).abs() < 1e-12);
        assert_eq!(test.decision(), Decision::Open);
    }

    #[test]
    fn a_claim_of_always_breaks_at_the_first_failure() {
        let always = Sprt::new(1.0, 0.95, 0.01, 0.05);
        assert_eq!(after(always, &[true, true, false]).decision(), Decision::Violated);
        assert_eq!(after(always, &[true, true, false]).p_value(), 0.0);
        // 0.95ⁿ ≤ 0.05 first at n = 59.
        assert_eq!(after(always, &[true; 58]).decision(), Decision::Open);
        assert_eq!(after(always, &[true; 59]).decision(), Decision::Holds);
    }

    #[test]
    fn a_decision_stays() {
        let test = after(Sprt::new(0.0, 0.5, 0.01, 0.05), &[true]);
        assert_eq!(after(test, &[false; 100]).decision(), Decision::Violated);
    }

    #[test]
    fn the_expected_number_of_runs_is_near_the_simulated_one() {
        // Deterministic alternation around the rate 0.8, where the claim of 0.9 against 0.7 has a drift.
        let test = Sprt::new(0.9, 0.7, 0.01, 0.05);
        let expected = test.expected_runs(0.7).unwrap();
        let runs = (1..).map(|i| i % 10 < 7).scan(test, |test, success| {
            test.push(success);
            (test.decision() == Decision::Open).then_some(())
        });
        let took = runs.count() as f64;
        assert!((took - expected).abs() < 15.0, "{took} where {expected} were expected");
    }
}
