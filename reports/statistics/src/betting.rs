//! The mean of a bounded metric, at every look: confidence sequences by betting.
//!
//! Somebody bets against the hypothesis that the mean is m. If it is, he cannot expect to win, and by Ville's inequality
//! his wealth ever exceeds 1/α with probability at most α, however often one looks. Nothing is assumed of the values but
//! that they lie in known bounds and that each has the same mean given those before. Waudby-Smith and Ramdas, "Estimating
//! means of bounded random variables by betting", JRSS B 86(1), 2024: theorem 3 with the predictable plug-in bets of
//! equation (26), each side at its own level. Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric,
//! nonasymptotic confidence sequences", Annals of Statistics 49(2), 2021, is the theory behind it.

use serde::{Deserialize, Serialize};

use crate::Interval;

/// The largest share of what could be lost that is bet.
const STAKE_MAX: f64 = 0.75;
/// Bisections for an end of an interval: enough for twelve digits of the bounds' width.
const BISECTIONS: usize = 42;

/// Between which values a metric lies, in its unit. A metric that is gated by its mean needs them: without bounds, no
/// number of runs excludes a rare and enormous one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// The least possible value.
    pub low: f64,
    /// The largest possible value.
    pub high: f64,
}

impl Bounds {
    /// Of shares and rates.
    pub const UNIT: Bounds = Bounds { low: 0.0, high: 1.0 };

    /// Whether a value lies in them.
    pub fn contain(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Those of a difference between two values that lie in these.
    #[must_use]
    pub fn of_difference(&self) -> Bounds {
        let width = self.high - self.low;
        Bounds { low: -width, high: width }
    }

    fn scale(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    fn unscale(&self, value: f64) -> f64 {
        self.low + value * (self.high - self.low)
    }
}

/// What is known about past values when the next bet is made: none of it looks at the value that is bet on.
#[derive(Clone, Copy, Debug)]
struct Past {
    count: f64,
    sum: f64,
    /// Σ (xᵢ − μ̂ᵢ)², with the mean as it was estimated with xᵢ.
    squares: f64,
}

impl Past {
    const NONE: Past = Past { count: 0.0, sum: 0.0, squares: 0.0 };

    /// λₜ = √(2 ln(1/α) / (σ̂²ₜ₋₁ t ln(t + 1))), from the regularised variance of what came before.
    fn bet(&self, alpha: f64) -> f64 {
        let variance = (0.25 + self.squares) / (self.count + 1.0);
        let time = self.count + 1.0;
        (-2.0 * libm::log(alpha) / (variance * time * libm::log(time + 1.0))).sqrt()
    }

    fn take(&mut self, value: f64) {
        self.count += 1.0;
        self.sum += value;
        let centre = (0.5 + self.sum) / (self.count + 1.0);
        self.squares += (value - centre) * (value - centre);
    }
}

/// Bets that a mean is above what a hypothesis says, on values between 0 and 1.
#[derive(Clone, Copy, Debug)]
struct Gambler {
    hypothesis: f64,
    alpha: f64,
    past: Past,
    log_wealth: f64,
    log_wealth_max: f64,
}

impl Gambler {
    const fn new(hypothesis: f64, alpha: f64) -> Gambler {
        Gambler { hypothesis, alpha, past: Past::NONE, log_wealth: 0.0, log_wealth_max: 0.0 }
    }

    fn push(&mut self, value: f64) {
        self.log_wealth += log_growth(self.past.bet(self.alpha), value, self.hypothesis);
        self.log_wealth_max = self.log_wealth_max.max(self.log_wealth);
        self.past.take(value);
    }
}

/// ln(1 + λ (x − m)), where λ is at most [`STAKE_MAX`]/m: it falls as m grows, whatever x is, so that the hypotheses that
/// survive are an interval.
fn log_growth(bet: f64, value: f64, hypothesis: f64) -> f64 {
    if hypothesis <= 0.0 {
        // Nothing can be lost against a mean of zero: one value above it refutes it.
        return if value > 0.0 { f64::INFINITY } else { 0.0 };
    }
    libm::log1p(bet.min(STAKE_MAX / hypothesis) * (value - hypothesis))
}

/// A test at every look of whether a mean lies on the wrong side of a bound.
#[derive(Clone, Copy, Debug)]
pub struct MeanTest {
    gambler: Gambler,
    bounds: Bounds,
    mirrored: bool,
}

impl MeanTest {
    /// Gathers evidence that the mean is above `hypothesis`. If it is not, [`Self::rejects`] ever comes true with
    /// probability at most `alpha`.
    pub fn above(hypothesis: f64, bounds: Bounds, alpha: f64) -> MeanTest {
        let scaled = bounds.scale(hypothesis);
        MeanTest { gambler: Gambler::new(scaled, alpha), bounds, mirrored: false }
    }

    /// Gathers evidence that the mean is below `hypothesis`.
    pub fn below(hypothesis: f64, bounds: Bounds, alpha: f64) -> MeanTest {
        let scaled = 1.0 - bounds.scale(hypothesis);
        MeanTest { gambler: Gambler::new(scaled, alpha), bounds, mirrored: true }
    }

    /// Takes the next value.
    ///
    /// # Panics
    /// If it lies outside of the bounds: the error rates would be void. Whoever reads values checks them first.
    pub fn push(&mut self, value: f64) {
        assert!(self.bounds.contain(value), "{value} outside of {:?}", self.bounds);
        let scaled = self.bounds.scale(value);
        self.gambler.push(if self.mirrored { 1.0 - scaled } else { scaled });
    }

    /// Whether the hypothesis was ever rejected.
    pub fn rejects(&self) -> bool {
        self.gambler.log_wealth_max >= -libm::log(self.gambler.alpha)
    }

    /// The p-value against the hypothesis, valid at every look: the most wealth so far, inverted.
    pub fn p_value(&self) -> f64 {
        libm::exp(-self.gambler.log_wealth_max)
    }
}

/// An interval for the mean of a bounded metric that may be looked at after every run.
#[derive(Clone, Debug)]
pub struct ConfidenceSequence {
    bounds: Bounds,
    /// For each side.
    alpha: f64,
    values: Vec<f64>,
    bets: Vec<f64>,
    past: [Past; 2],
    mirrored_bets: Vec<f64>,
}

impl ConfidenceSequence {
    /// A sequence of which all intervals together contain the mean with probability `level`, between 0 and 1.
    pub const fn new(bounds: Bounds, level: f64) -> ConfidenceSequence {
        let (alpha, past) = ((1.0 - level) / 2.0, [Past::NONE; 2]);
        ConfidenceSequence { bounds, alpha, past, values: Vec::new(), bets: Vec::new(), mirrored_bets: Vec::new() }
    }

    /// Takes the next value.
    ///
    /// # Panics
    /// If it lies outside of the bounds.
    pub fn push(&mut self, value: f64) {
        assert!(self.bounds.contain(value), "{value} outside of {:?}", self.bounds);
        let scaled = self.bounds.scale(value);
        self.bets.push(self.past[0].bet(self.alpha));
        self.mirrored_bets.push(self.past[1].bet(self.alpha));
        self.values.push(scaled);
        self.past[0].take(scaled);
        self.past[1].take(1.0 - scaled);
    }

    /// The interval after the values so far, in the metric's unit; the bounds themselves before the first.
    pub fn interval(&self) -> Interval {
        let low = self.end(&self.bets, |value| value);
        let high = 1.0 - self.end(&self.mirrored_bets, |value| 1.0 - value);
        // Both ends are wrong at once with less than α; crossed ends are a point between them.
        let (low, high) = if low <= high { (low, high) } else { (high, low) };
        Interval { low: self.bounds.unscale(low), high: self.bounds.unscale(high) }
    }

    /// The largest mean against which the bets on a larger one have won enough: all smaller ones are refuted.
    fn end(&self, bets: &[f64], turn: impl Fn(f64) -> f64) -> f64 {
        let refuted = |hypothesis: f64| {
            let (mut wealth, mut most) = (0.0_f64, 0.0_f64);
            for (bet, value) in bets.iter().zip(&self.values) {
                wealth += log_growth(*bet, turn(*value), hypothesis);
                most = most.max(wealth);
            }
            most >= -libm::log(self.alpha)
        };
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..BISECTIONS {
            let middle = (low + high) / 2.0;
            if refuted(middle) { low = middle } else { high = middle }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIXTY: Bounds = Bounds { low: 0.0, high: 60.0 };

    #[test]
    fn the_first_steps_are_those_of_the_paper() {
        // α = 0.05: λ₁ = √(2 ln 20 / (¼ · 1 · ln 2)), cut to ¾ / ½; then 1 + 1.5 · (1 − ½).
        let mut test = MeanTest::above(0.5, Bounds::UNIT, 0.05);
        test.push(1.0);
        assert!((test.gambler.log_wealth - 1.75_f64.ln()).abs() < 1e-12);
        // μ̂₁ = 1.5/2, so Σ = 1/16 and σ̂² = (1/4 + 1/16)/2.
        let bet = (2.0 * 20.0_f64.ln() / (0.156_25 * 2.0 * 3.0_f64.ln())).sqrt();
        assert!((test.gambler.past.bet(0.05) - bet).abs() < 1e-12);
    }

    #[test]
    fn interval_and_tests_agree() {
        let values = [3.0, 9.0, 1.5, 4.0, 2.5, 6.0, 3.5, 2.0, 0.5, 5.0].repeat(8);
        let mut sequence = ConfidenceSequence::new(SIXTY, 0.98);
        values.iter().for_each(|value| sequence.push(*value));
        let interval = sequence.interval();
        assert!(interval.contains(3.7), "{interval:?}");
        let rejects = |test: MeanTest| {
            let mut test = test;
            values.iter().for_each(|value| test.push(*value));
            test.rejects()
        };
        assert!(rejects(MeanTest::above(interval.low - 1e-6, SIXTY, 0.01)));
        assert!(!rejects(MeanTest::above(interval.low + 1e-6, SIXTY, 0.01)));
        assert!(rejects(MeanTest::below(interval.high + 1e-6, SIXTY, 0.01)));
        assert!(!rejects(MeanTest::below(interval.high - 1e-6, SIXTY, 0.01)));
    }

    #[test]
    fn without_values_everything_is_possible() {
        let interval = ConfidenceSequence::new(SIXTY, 0.95).interval();
        assert!(interval.low < 1e-9 && interval.high > 60.0 - 1e-9);
    }

    #[test]
    fn a_mean_of_zero_is_refuted_by_one_value_above_it() {
        let mut test = MeanTest::above(0.0, Bounds::UNIT, 0.01);
        test.push(0.0);
        assert!(!test.rejects());
        test.push(0.001);
        assert!(test.rejects() && test.p_value() == 0.0);
    }

    proptest! {
        #[test]
        fn growth_falls_as_the_hypothesis_rises(
            bet in 0.0..50.0_f64, value in 0.0..=1.0_f64, low in 0.0..=1.0_f64, up in 0.0..=1.0_f64,
        ) {
            let (low, high) = (low.min(up), low.max(up));
            prop_assert!(log_growth(bet, value, low) >= log_growth(bet, value, high) - 1e-12);
        }

        #[test]
        fn an_interval_mirrors_with_its_values(values in prop::collection::vec(0.0..=60.0_f64, 1..40)) {
            let (mut one, mut other) = (ConfidenceSequence::new(SIXTY, 0.9), ConfidenceSequence::new(SIXTY, 0.9));
            for value in values {
                one.push(value);
                other.push(60.0 - value);
            }
            let (one, other) = (one.interval(), other.interval());
            prop_assert!((one.low - (60.0 - other.high)).abs() < 1e-6 && (one.high - (60.0 - other.low)).abs() < 1e-6);
        }
    }
}
