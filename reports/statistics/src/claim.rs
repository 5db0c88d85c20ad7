//! Claims about a metric over seeds, decided while the seeds come in.
//!
//! A claim says that a statistic is at least, or at most, a bound. Two hypotheses are tested against each other: that the
//! claim is true, and that it is false by at least the *margin*. What is true is called violated with probability at most
//! α; what is false by the margin or more is said to hold with probability at most β. Between the two either answer is
//! right, or none: whoever writes the margin says that such a difference does not matter. All tests are valid at every
//! look, so one may stop as soon as one knows.

use serde::Serialize;

use crate::betting::{Bounds, MeanTest};
use crate::sprt::Sprt;

/// What of the metric is compared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Statistic {
    /// How often a metric that is 0 or 1 is 1.
    Rate,
    /// The mean of a metric between known bounds.
    Mean(Bounds),
    /// The quantile at this probability, strictly between 0 and 1; the median is at ½. It needs no bounds.
    Quantile(f64),
}

/// On which side of the bound the statistic is claimed to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Not below it.
    AtLeast,
    /// Not above it.
    AtMost,
}

/// A claim with its error rates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Claim {
    /// What is compared.
    pub statistic: Statistic,
    /// With which side.
    pub side: Side,
    /// Of which bound, in the metric's unit.
    pub bound: f64,
    /// What does not matter, in the metric's unit; above zero.
    pub margin: f64,
    /// The chance to call a true claim violated.
    pub alpha: f64,
    /// The chance to let a claim hold that is false by the margin.
    pub beta: f64,
}

/// Why a claim cannot be tested.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BadClaim {
    /// The margin is zero, negative or no number.
    #[error("a margin of {0}: the difference that does not matter has to be above zero")]
    Margin(f64),
    /// The bound, with the margin added on the side that violates the claim, is not possible.
    #[error("no value of the metric violates this by the margin: {worse} is outside of {low} to {high}")]
    Unreachable {
        /// Bound and margin together.
        worse: f64,
        /// The least possible value.
        low: f64,
        /// The largest possible value.
        high: f64,
    },
    /// The bound itself is not possible.
    #[error("the bound {bound} is outside of {low} to {high}")]
    Bound {
        /// The bound.
        bound: f64,
        /// The least possible value.
        low: f64,
        /// The largest possible value.
        high: f64,
    },
    /// An error rate that is none.
    #[error("{name} is {value}: an error rate lies between 0 and 0.5")]
    ErrorRate {
        /// `alpha` or `beta`.
        name: &'static str,
        /// What it is.
        value: f64,
    },
    /// A quantile at or outside of 0 and 1.
    #[error("the quantile at {0}: it lies between 0 and 1")]
    Quantile(f64),
    /// Bounds that are no interval.
    #[error("values from {low} to {high}: both have to be numbers, the first below the second")]
    Bounds {
        /// The lower one.
        low: f64,
        /// The upper one.
        high: f64,
    },
}

impl Claim {
    /// The value at which the claim is false by exactly the margin.
    pub fn worse(&self) -> f64 {
        match self.side {
            Side::AtLeast => self.bound - self.margin,
            Side::AtMost => self.bound + self.margin,
        }
    }

    /// Checks that it can be tested.
    ///
    /// # Errors
    /// [`BadClaim`] says why not.
    pub fn check(&self) -> Result<(), BadClaim> {
        if !(self.margin > 0.0 && self.margin.is_finite()) {
            return Err(BadClaim::Margin(self.margin));
        }
        for (name, value) in [("alpha", self.alpha), ("beta", self.beta)] {
            if !(value > 0.0 && value < 0.5) {
                return Err(BadClaim::ErrorRate { name, value });
            }
        }
        let Bounds { low, high } = match self.statistic {
            Statistic::Rate => Bounds::UNIT,
            Statistic::Mean(bounds) => bounds,
            Statistic::Quantile(q) if q > 0.0 && q < 1.0 => Bounds { low: f64::MIN, high: f64::MAX },
            Statistic::Quantile(q) => return Err(BadClaim::Quantile(q)),
        };
        if !(low.is_finite() && high.is_finite() && low < high) {
            return Err(BadClaim::Bounds { low, high });
        }
        let (bound, worse) = (self.bound, self.worse());
        if !(low..=high).contains(&bound) {
            return Err(BadClaim::Bound { bound, low, high });
        }
        if !(low..=high).contains(&worse) {
            return Err(BadClaim::Unreachable { worse, low, high });
        }
        Ok(())
    }

    /// Its test, before any value.
    ///
    /// # Errors
    /// [`BadClaim`] if it cannot be tested.
    pub fn test(&self) -> Result<Test, BadClaim> {
        self.check()?;
        let (bound, worse, alpha, beta) = (self.bound, self.worse(), self.alpha, self.beta);
        let kind = match (self.statistic, self.side) {
            (Statistic::Rate, _) => Kind::Rate(Sprt::new(bound, worse, alpha, beta)),
            (Statistic::Mean(bounds), Side::AtLeast) => Kind::Means {
                against: MeanTest::below(bound, bounds, alpha),
                in_favour: MeanTest::above(worse, bounds, beta),
            },
            (Statistic::Mean(bounds), Side::AtMost) => Kind::Means {
                against: MeanTest::above(bound, bounds, alpha),
                in_favour: MeanTest::below(worse, bounds, beta),
            },
            // A quantile is a rate in disguise: the q-quantile is at most b exactly if values up to b have rate q or more.
            (Statistic::Quantile(q), Side::AtMost) => Kind::Ranks {
                against: MeanTest::below(q, Bounds::UNIT, alpha),
                in_favour: MeanTest::above(q, Bounds::UNIT, beta),
            },
            (Statistic::Quantile(q), Side::AtLeast) => Kind::Ranks {
                against: MeanTest::below(1.0 - q, Bounds::UNIT, alpha),
                in_favour: MeanTest::above(1.0 - q, Bounds::UNIT, beta),
            },
        };
        Ok(Test { claim: *self, kind, runs: 0, decision: Decision::Open })
    }
}

/// How far a test is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Neither is shown yet.
    Open,
    /// The claim holds, up to the margin.
    Holds,
    /// The claim is violated.
    Violated,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Rate(Sprt),
    Means {
        against: MeanTest,
        in_favour: MeanTest,
    },
    /// On how often values are on the claimed side: of the bound, and of what is worse by the margin.
    Ranks {
        against: MeanTest,
        in_favour: MeanTest,
    },
}

/// A claim under test.
#[derive(Clone, Copy, Debug)]
pub struct Test {
    claim: Claim,
    kind: Kind,
    runs: u64,
    decision: Decision,
}

impl Test {
    /// Takes the value of the next seed. Once decided, it stays decided.
    ///
    /// # Panics
    /// If a mean's value lies outside of its bounds, or a rate's is neither 0 nor 1: [`Self::fits`] tells.
    pub fn push(&mut self, value: f64) {
        assert!(self.fits(value), "{value} cannot be a value of {:?}", self.claim.statistic);
        if self.decision != Decision::Open {
            return;
        }
        self.runs += 1;
        let on_side = |limit: f64| match self.claim.side {
            Side::AtLeast => f64::from(u8::from(value >= limit)),
            Side::AtMost => f64::from(u8::from(value <= limit)),
        };
        let (claimed, tolerated) = (on_side(self.claim.bound), on_side(self.claim.worse()));
        self.decision = match &mut self.kind {
            Kind::Rate(sprt) => {
                sprt.push(value == 1.0);
                sprt.decision()
            }
            Kind::Means { against, in_favour } => both(against, in_favour, value, value),
            Kind::Ranks { against, in_favour } => both(against, in_favour, claimed, tolerated),
        };
    }

    /// Whether a value can be one of the metric.
    pub fn fits(&self, value: f64) -> bool {
        match self.claim.statistic {
            Statistic::Rate => value == 0.0 || value == 1.0,
            Statistic::Mean(bounds) => bounds.contain(value),
            Statistic::Quantile(_) => !value.is_nan(),
        }
    }

    /// How far it is.
    pub const fn decision(&self) -> Decision {
        self.decision
    }

    /// How many values it took to decide, or came so far.
    pub const fn runs(&self) -> u64 {
        self.runs
    }

    /// The p-value against the claim, valid at every look; [`crate::holm`] compares it with those of others.
    pub fn p_value(&self) -> f64 {
        match &self.kind {
            Kind::Rate(sprt) => sprt.p_value(),
            Kind::Means { against, .. } | Kind::Ranks { against, .. } => against.p_value(),
        }
    }
}

/// A claim that is violated by less than the margin can be shown to be both: it holds then, since the difference does
/// not matter.
fn both(against: &mut MeanTest, in_favour: &mut MeanTest, claimed: f64, tolerated: f64) -> Decision {
    against.push(claimed);
    in_favour.push(tolerated);
    match (in_favour.rejects(), against.rejects()) {
        (true, _) => Decision::Holds,
        (false, true) => Decision::Violated,
        (false, false) => Decision::Open,
    }
}

#[cfg(test)]
mod tests;
