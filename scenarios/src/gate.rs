//! The statistical gate: expectations that hold, or fail, with known error rates.
//!
//! Two kinds of expectations are kept apart. Exact ones (`min`, `max`, moods) are about the seeds that the scenario names:
//! one counterexample refutes them. Statistical ones are about all seeds there could be; they are tested while seeds come
//! in, and share the false alarms of a whole library (Holm). The budget is seeds, never seconds, so that a verdict is the
//! same on every machine.

mod claims;
mod compare;
mod examine;
pub mod mutate;

use statistics::{Bounds, Interval};

use crate::Verdict;

pub(crate) use claims::metric_of;
pub use claims::statistical;
pub use compare::{Baseline, Judged, Others, different, judge, testable};
pub use examine::{Unexamined, examine};

/// The error rates and the budget of an expectation, and with what it compares.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// The difference that does not matter, in the metric's unit.
    pub margin: Option<f64>,
    /// The chance to call it violated where it holds.
    pub alpha: f64,
    /// The chance to let it pass where it is violated by the margin.
    pub beta: f64,
    /// Seeds before it is decided.
    pub seeds_min: u32,
    /// Seeds at which it is given up.
    pub seeds_max: u32,
    /// Between which values the metric lies.
    pub range: Option<Bounds>,
    /// With what the metric is compared, seed by seed.
    pub compare: Option<Compare>,
}

impl Default for Terms {
    fn default() -> Terms {
        let (alpha, beta, seeds_min, seeds_max) = (0.01, 0.05, 32, 512);
        Terms { margin: None, alpha, beta, seeds_min, seeds_max, range: None, compare: None }
    }
}

/// With what a metric is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Compare {
    /// A variant of the same scenario.
    Variant(String),
    /// Another scenario file, relative to this one.
    Scenario(String),
    /// Saved results.
    Baseline,
    /// The same scenario with these keys set.
    Set(Vec<(String, String)>),
}

/// What came out of one expectation in one cell.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which expectation, counted from zero.
    pub expectation: usize,
    /// The verdict; of a statistical one, before [`settle`].
    pub verdict: Verdict,
    /// The value of the statistic over the runs; of a mood, in how many runs it held.
    pub value: Option<f64>,
    /// Where the mean or rate is, at 95 % and at every look.
    pub interval: Option<Interval>,
    /// How many runs gave a value.
    pub runs: usize,
    /// How many runs were made.
    pub made: usize,
    /// The p-value against it, over its α; `None` of an exact one.
    pub surprise: Option<f64>,
    /// The seed with the clearest violation.
    pub witness: Option<u64>,
    /// The correlation that pairing reached.
    pub correlation: Option<f64>,
    /// What else has to be said.
    pub note: String,
}

/// Takes the statistical findings of a library together: those that Holm's procedure rejects fail, and what is neither
/// shown to hold nor rejected stays inconclusive.
pub fn settle(findings: &mut [&mut Finding]) {
    let mut statistical: Vec<&mut &mut Finding> =
        findings.iter_mut().filter(|finding| finding.surprise.is_some()).collect();
    let surprises: Vec<f64> = statistical.iter().filter_map(|finding| finding.surprise).collect();
    for (finding, rejected) in statistical.iter_mut().zip(statistics::holm::holm(&surprises, 1.0)) {
        if finding.verdict != Verdict::Pass {
            finding.verdict = if rejected { Verdict::Fail } else { Verdict::Inconclusive };
        }
    }
}

#[cfg(test)]
mod tests;
