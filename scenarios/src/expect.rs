//! Expectations: what must come out, and whether it did.
//!
//! An expectation compares one statistic over the seeds with a bound. It is inconclusive where no run gave the metric:
//! that shows neither. (Tests with error rates are the statistical gate's.)

use serde::Serialize;

use crate::batch::Batch;
use crate::metric::Statistic;

/// What must come out.
#[derive(Clone, Debug, Serialize)]
pub struct Expectation {
    /// The metric's name.
    pub metric: String,
    /// The statistic over the seeds.
    pub statistic: Statistic,
    /// The least value that passes.
    pub at_least: Option<f64>,
    /// The largest value that passes.
    pub at_most: Option<f64>,
    /// Only cells whose swept keys have these values, written as TOML.
    pub when: Vec<(String, String)>,
    /// Why it is expected.
    pub because: String,
}

/// Whether it came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// It did.
    Pass,
    /// Nothing was measured.
    Inconclusive,
    /// It did not.
    Fail,
}

/// An expectation held against one cell of a sweep.
#[derive(Clone, Debug, Serialize)]
pub struct Judgement {
    /// Which expectation, counted from zero.
    pub expectation: usize,
    /// Which cell, counted from zero.
    pub cell: usize,
    /// The value of the statistic.
    pub value: Option<f64>,
    /// How many runs gave the metric.
    pub runs: usize,
    /// The verdict.
    pub verdict: Verdict,
}

impl Expectation {
    fn applies_to(&self, settings: &[(String, String)]) -> bool {
        self.when.iter().all(|wanted| settings.contains(wanted))
    }

    fn verdict(&self, value: Option<f64>) -> Verdict {
        match value {
            None => Verdict::Inconclusive,
            Some(value) if self.at_least.is_some_and(|bound| value < bound) => Verdict::Fail,
            Some(value) if self.at_most.is_some_and(|bound| value > bound) => Verdict::Fail,
            Some(_) => Verdict::Pass,
        }
    }
}

/// Holds every expectation against every cell that it applies to.
pub fn judge(expectations: &[Expectation], batch: &Batch) -> Vec<Judgement> {
    let mut judgements = Vec::new();
    for (number, expectation) in expectations.iter().enumerate() {
        for (cell, settings) in batch.cells.iter().enumerate() {
            if expectation.applies_to(settings) {
                let values = batch.values(cell, &expectation.metric);
                let value = expectation.statistic.of(&values);
                let verdict = expectation.verdict(value);
                judgements.push(Judgement { expectation: number, cell, value, runs: values.len(), verdict });
            }
        }
    }
    judgements
}

/// The verdict over all: the worst.
pub fn overall(judgements: &[Judgement]) -> Verdict {
    judgements.iter().map(|judgement| judgement.verdict).max().unwrap_or(Verdict::Pass)
}
