//! Expectations: what must come out, and whether it did.
//!
//! One kind compares a statistic over the seeds with a bound; it is inconclusive where no run gave the metric. The other
//! holds each run against a bound, in a mood: `always` and `eventually` fail with the first run that breaks it, `sometimes`
//! passes with the first that fulfils it. (Tests with error rates are the statistical gate's.)

use std::ops::Range;

use serde::Serialize;

use crate::batch::{Batch, Row};
use crate::gate::{Compare, Terms};
use crate::metric::Statistic;
use crate::pattern::Pattern;
use crate::sweep::Cell;

/// What must come out.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// What it is about.
    pub claim: Claim,
    /// Where that is written.
    pub place: Range<usize>,
    /// The least value that passes.
    pub at_least: Option<f64>,
    /// The largest value that passes.
    pub at_most: Option<f64>,
    /// Its error rates, where it is about all that could be run.
    pub terms: Terms,
    /// Only where these keys have these values, written as TOML.
    pub when: Vec<(String, String)>,
    /// Whether they have them in this scenario.
    pub applies: bool,
    /// Why it is expected.
    pub because: String,
}

/// What an expectation is about.
#[derive(Clone, Debug)]
pub enum Claim {
    /// A statistic of a metric over the seeds.
    Statistic {
        /// The metric's name.
        metric: String,
        /// The statistic.
        statistic: Statistic,
    },
    /// A metric in each run.
    Metric {
        /// The metric's name.
        metric: String,
        /// In which runs.
        mood: Mood,
    },
    /// The number of some observations in each run.
    Observed {
        /// In which runs, and when.
        mood: Mood,
        /// Which observations.
        pattern: Pattern,
    },
}

impl Claim {
    /// The metric, if it is about one.
    pub fn metric(&self) -> Option<&str> {
        match self {
            Claim::Statistic { metric, .. } | Claim::Metric { metric, .. } => Some(metric),
            Claim::Observed { .. } => None,
        }
    }
}

/// When, and in which runs, something must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// In every run, all the time.
    Always,
    /// In at least one run.
    Sometimes,
    /// In every run, at its end.
    Eventually,
}

impl Mood {
    /// Their names.
    pub const NAMES: [&str; 3] = ["always", "sometimes", "eventually"];

    /// The mood with this name.
    pub fn named(name: &str) -> Option<Mood> {
        let all = [Mood::Always, Mood::Sometimes, Mood::Eventually];
        Self::NAMES.iter().position(|known| *known == name).map(|at| all[at])
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

/// Whether it came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// It did.
    Pass,
    /// Nothing was measured, or not enough.
    Inconclusive,
    /// Nothing that was turned off made a difference.
    Vacuous,
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
    /// The value of the statistic; of a mood, in how many runs it held.
    pub value: Option<f64>,
    /// How many runs gave the metric.
    pub runs: usize,
    /// The verdict.
    pub verdict: Verdict,
    /// A seed that shows it: the first that broke `always` or `eventually`, that fulfilled `sometimes`, or whose value the range
    /// excludes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

impl Expectation {
    /// Whether it asks for one run out of many: `sometimes`, a largest value of at least so much, or a smallest of at most.
    pub fn is_existential(&self) -> bool {
        match &self.claim {
            Claim::Statistic { statistic: Statistic::Max, .. } => self.at_most.is_none(),
            Claim::Statistic { statistic: Statistic::Min, .. } => self.at_least.is_none(),
            Claim::Statistic { .. } => false,
            Claim::Metric { mood, .. } | Claim::Observed { mood, .. } => *mood == Mood::Sometimes,
        }
    }

    /// How far a value is beyond the bounds; negative inside of them.
    pub(crate) fn distance(&self, value: f64) -> f64 {
        let below = self.at_least.map_or(f64::NEG_INFINITY, |bound| bound - value);
        below.max(self.at_most.map_or(f64::NEG_INFINITY, |bound| value - bound))
    }

    /// Of what was found in several cells, the worst verdict with the value furthest beyond the bounds, or with the smallest
    /// share of runs in which the expectation held. The first of equals.
    pub fn worst<'a>(&self, judgements: impl Iterator<Item = &'a Judgement>) -> Option<&'a Judgement> {
        let badness = |judgement: &Judgement| match (&self.claim, judgement.value) {
            (_, None) => f64::INFINITY,
            (Claim::Statistic { .. }, Some(value)) => self.distance(value),
            (_, Some(held)) => -held / judgement.runs as f64,
        };
        let worse = |one: &Judgement, other: &Judgement| {
            one.verdict.cmp(&other.verdict).then(badness(one).total_cmp(&badness(other))).is_gt()
        };
        judgements.reduce(|worst, judgement| if worse(judgement, worst) { judgement } else { worst })
    }

    fn within(&self, value: f64) -> bool {
        !self.at_least.is_some_and(|bound| value < bound) && !self.at_most.is_some_and(|bound| value > bound)
    }

    fn verdict(&self, value: Option<f64>) -> Verdict {
        match value {
            None => Verdict::Inconclusive,
            Some(value) if value.is_nan() => Verdict::Inconclusive,
            Some(value) if self.within(value) => Verdict::Pass,
            Some(_) => Verdict::Fail,
        }
    }

    /// How far a run is beyond the bounds; `None` if the run does not say. `number` counts the expectations about observations.
    pub(crate) fn beyond(&self, row: &Row, number: usize) -> Option<f64> {
        match &self.claim {
            Claim::Statistic { metric, .. } | Claim::Metric { metric, .. } => {
                row.outcome.metrics.get(metric.as_str()).map(|value| self.distance(*value))
            }
            Claim::Observed { .. } => {
                let seen = row.outcome.seen.get(number)?;
                Some(self.distance(seen.least as f64).max(self.distance(seen.most as f64)))
            }
        }
    }

    /// Whether it holds in a run; `None` if the run does not say. `number` counts the expectations about observations.
    fn holds(&self, row: &Row, number: usize) -> Option<bool> {
        match &self.claim {
            Claim::Statistic { metric, .. } | Claim::Metric { metric, .. } => row
                .outcome
                .metrics
                .get(metric.as_str())
                .filter(|value| !value.is_nan())
                .map(|value| self.within(*value)),
            // A bound on the counts of several nodes holds for all if it holds for the smallest and the largest.
            Claim::Observed { .. } => {
                row.outcome.seen.get(number).map(|seen| self.within(seen.least as f64) && self.within(seen.most as f64))
            }
        }
    }

    /// The values of its metric, by seed; of a comparison, the differences to the other side.
    fn values(&self, metric: &str, batch: &Batch, cell: usize, other: &Other<'_>) -> Vec<(u64, f64)> {
        let value = |row: &Row| {
            let own = *row.outcome.metrics.get(metric)?;
            let beside = match &self.terms.compare {
                None => 0.0,
                Some(compare) => other(cell, compare, row.seed, metric)?,
            };
            Some((row.seed, own - beside))
        };
        batch.rows_of(cell).filter_map(value).collect()
    }

    fn judge(&self, batch: &Batch, (cell, number): (usize, usize), other: &Other<'_>) -> Judgement {
        let judgement = |value, runs, verdict, seed| Judgement { expectation: 0, cell, value, runs, verdict, seed };
        let mood = match &self.claim {
            Claim::Statistic { metric, statistic } => {
                let values = self.values(metric, batch, cell, other);
                let range = self
                    .terms
                    .range
                    .map(|range| if self.terms.compare.is_some() { range.of_difference() } else { range });
                // A rate is of what is 0 or 1, as the gate has it.
                let is_rate = *statistic == Statistic::Rate && self.terms.compare.is_none();
                let strays = |&&(_, value): &&(u64, f64)| {
                    range.is_some_and(|range| value < range.low || value > range.high)
                        || is_rate && value != 0.0 && value != 1.0
                };
                if let Some((seed, value)) = values.iter().find(strays) {
                    return judgement(Some(*value), values.len(), Verdict::Fail, Some(*seed));
                }
                let values: Vec<f64> = values.into_iter().map(|(_, value)| value).collect();
                let value = statistic.of(&values);
                return judgement(value, values.len(), self.verdict(value), None);
            }
            Claim::Metric { mood, .. } | Claim::Observed { mood, .. } => *mood,
        };
        let runs: Vec<(u64, bool)> =
            batch.rows_of(cell).filter_map(|row| Some((row.seed, self.holds(row, number)?))).collect();
        if runs.is_empty() {
            return judgement(None, 0, Verdict::Inconclusive, None);
        }
        let held = runs.iter().filter(|(_, held)| *held).count();
        let first = |wanted: bool| runs.iter().find(|(_, held)| *held == wanted).map(|(seed, _)| *seed);
        let seed = first(mood == Mood::Sometimes);
        let passes = if mood == Mood::Sometimes { held > 0 } else { held == runs.len() };
        judgement(Some(held as f64), runs.len(), if passes { Verdict::Pass } else { Verdict::Fail }, seed)
    }
}

/// The other side of a comparison: its value in a cell, of a seed and a metric.
pub(crate) type Other<'a> = dyn Fn(usize, &Compare, u64, &str) -> Option<f64> + 'a;

/// Holds the expectations of every cell against its runs. Comparisons are left out: [`crate::gate::judge`] runs their other sides.
pub fn judge(cells: &[Cell], batch: &Batch) -> Vec<Judgement> {
    let mut judgements = judge_beside(cells, batch, &|_, _, _, _| None);
    judgements.retain(|one| cells[one.cell].scenario.expectations[one.expectation].terms.compare.is_none());
    judgements
}

/// The same, with comparisons.
pub(crate) fn judge_beside(cells: &[Cell], batch: &Batch, other: &Other<'_>) -> Vec<Judgement> {
    let mut judgements = Vec::new();
    for (cell, scenario) in cells.iter().map(|cell| &cell.scenario).enumerate() {
        let mut observed = 0;
        for (expectation, expected) in scenario.expectations.iter().enumerate() {
            let number = observed;
            observed += usize::from(matches!(expected.claim, Claim::Observed { .. }));
            if expected.applies {
                judgements.push(Judgement { expectation, ..expected.judge(batch, (cell, number), other) });
            }
        }
    }
    // By expectation, then by cell.
    judgements.sort_by_key(|judgement| (judgement.expectation, judgement.cell));
    judgements
}

/// The expectations, counted from zero, that were held against no cell: none has the settings of their `when`, or nothing
/// was judged.
pub fn not_judged(cells: &[Cell], judgements: &[Judgement]) -> Vec<usize> {
    let expectations = cells.first().map_or(0, |cell| cell.scenario.expectations.len());
    (0..expectations).filter(|number| judgements.iter().all(|judgement| judgement.expectation != *number)).collect()
}

/// The verdict over all: the worst. Where nothing was judged, nothing failed.
pub fn overall(judgements: &[Judgement]) -> Verdict {
    judgements.iter().map(|judgement| judgement.verdict).max().unwrap_or(Verdict::Pass)
}

#[cfg(test)]
mod tests;
