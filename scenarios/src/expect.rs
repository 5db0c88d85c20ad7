//! Expectations: what must come out, and whether it did.
//!
//! An expectation compares one statistic over the seeds with a bound. It is inconclusive where no run gave the metric:
//! that shows neither. (Tests with error rates are the statistical gate's.)

use std::ops::Range;

use serde::Serialize;

use crate::batch::Batch;
use crate::metric::Statistic;
use crate::sweep::Cell;

/// What must come out.
#[derive(Clone, Debug, Serialize)]
pub struct Expectation {
    /// The metric's name.
    pub metric: String,
    /// Where it is written.
    #[serde(skip)]
    pub place: Range<usize>,
    /// The statistic over the seeds.
    pub statistic: Statistic,
    /// The least value that passes.
    pub at_least: Option<f64>,
    /// The largest value that passes.
    pub at_most: Option<f64>,
    /// Only where these keys have these values, written as TOML.
    pub when: Vec<(String, String)>,
    /// Whether they have them in this scenario.
    pub applies: bool,
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
    fn verdict(&self, value: Option<f64>) -> Verdict {
        match value {
            None => Verdict::Inconclusive,
            Some(value) if value.is_nan() => Verdict::Inconclusive,
            Some(value) if self.at_least.is_some_and(|bound| value < bound) => Verdict::Fail,
            Some(value) if self.at_most.is_some_and(|bound| value > bound) => Verdict::Fail,
            Some(_) => Verdict::Pass,
        }
    }
}

/// Holds the expectations of every cell against its runs.
pub fn judge(cells: &[Cell], batch: &Batch) -> Vec<Judgement> {
    let mut judgements = Vec::new();
    for (number, cell) in cells.iter().enumerate() {
        for (expectation, expected) in
            cell.scenario.expectations.iter().enumerate().filter(|(_, expected)| expected.applies)
        {
            let values = batch.values(number, &expected.metric);
            let value = expected.statistic.of(&values);
            let verdict = expected.verdict(value);
            judgements.push(Judgement { expectation, cell: number, value, runs: values.len(), verdict });
        }
    }
    // By expectation, then by cell.
    judgements.sort_by_key(|judgement| (judgement.expectation, judgement.cell));
    judgements
}

/// The verdict over all: the worst.
pub fn overall(judgements: &[Judgement]) -> Verdict {
    judgements.iter().map(|judgement| judgement.verdict).max().unwrap_or(Verdict::Pass)
}

#[cfg(test)]
mod tests;
