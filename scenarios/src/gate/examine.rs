//! Runs a cell until its expectations are decided.

use statistics::binomial::clopper_pearson;
use statistics::paired::{CORRELATION_MIN, correlation};
use statistics::{Bounds, Claim, ConfidenceSequence, Decision, Interval, Side, Statistic, Test};

use super::claims::{claims, metric_of};
use super::{Baseline, Finding, Others};
use crate::batch::{Batch, BatchError, Row};
use crate::expect::{self, Expectation, judge};
use crate::source::BadScenario;
use crate::sweep::Cell;
use crate::{Registry, RunError, Verdict};

/// Seeds between two looks.
const BATCH: usize = 16;
/// The level of displayed intervals.
const LEVEL: f64 = 0.95;

/// Why a cell gave no findings.
#[derive(Debug, thiserror::Error)]
pub enum Unexamined {
    /// An expectation cannot be tested.
    #[error(transparent)]
    Bad(#[from] Box<BadScenario>),
    /// A run gave nothing.
    #[error("{what}")]
    Run {
        /// Why, with its seed.
        what: String,
        /// The seed.
        seed: u64,
    },
    /// A run broke an invariant, which only a wrong program does.
    #[error("{0}")]
    Broken(String),
    /// A run panicked, which only a wrong program does.
    #[error("{what}")]
    Panicked {
        /// Where, and what it said.
        what: String,
        /// The seed.
        seed: u64,
    },
}

impl From<BadScenario> for Unexamined {
    fn from(bad: BadScenario) -> Unexamined {
        Unexamined::Bad(Box::new(bad))
    }
}

impl From<BatchError> for Unexamined {
    fn from(error: BatchError) -> Unexamined {
        let (what, seed) = (error.to_string(), error.seed);
        match error.why {
            RunError::Broken { .. } => Unexamined::Broken(what),
            RunError::Panicked { .. } => Unexamined::Panicked { what, seed },
            _ => Unexamined::Run { what, seed },
        }
    }
}

/// Runs a cell, beginning with the scenario's first seed, until each of its expectations is decided or has used up its
/// seeds. α is shared by a `family` of claims.
///
/// # Errors
/// [`Unexamined`] if an expectation cannot be tested, or if a run gave nothing.
pub fn examine(
    registry: &Registry,
    cell: &Cell,
    family: usize,
    baseline: Option<&Baseline>,
) -> Result<Vec<Finding>, Unexamined> {
    let metrics = registry.system_of(&cell.source, &cell.scenario)?.metrics();
    let mut trials = Vec::new();
    for (number, expectation) in cell.scenario.expectations.iter().enumerate().filter(|(_, one)| one.applies) {
        let claims = claims(cell, expectation, metrics, family)?;
        if !claims.is_empty() {
            trials.push(Trial::new(number, expectation, &claims, cell)?);
        }
    }
    let mut others = Others::new(registry, cell, baseline)?;
    let (first, count) = cell.scenario.seeds;
    let mut rows: Vec<Row> = Vec::new();
    loop {
        let exact = (count as usize).saturating_sub(rows.len());
        let wanted = exact.max(if trials.iter().any(Trial::is_open) { BATCH } else { 0 });
        if wanted == 0 {
            break;
        }
        let begin = first + rows.len() as u64;
        let seeds: Vec<u64> = (begin..begin + wanted as u64).collect();
        let batch = Batch::run(registry, std::slice::from_ref(cell), &seeds, None, &|| {})?;
        batch.whole().map_err(|(what, seed)| Unexamined::Run { what, seed })?;
        if trials.iter().any(Trial::is_open) {
            others.run(&seeds)?;
        }
        for row in &batch.rows {
            trials.iter_mut().for_each(|trial| trial.take(row, &others));
        }
        rows.extend(batch.rows);
    }
    let mut findings: Vec<Finding> = trials.iter().map(Trial::finding).collect();
    rows.truncate(count as usize);
    findings.extend(exact(cell, rows));
    findings.sort_by_key(|finding| finding.expectation);
    Ok(findings)
}

/// What the scenario's own seeds say about the exact expectations.
fn exact(cell: &Cell, rows: Vec<Row>) -> Vec<Finding> {
    let batch = Batch {
        cells: vec![cell.settings.clone()],
        rows: rows.into_iter().map(|row| Row { cell: 0, ..row }).collect(),
        cut: Vec::new(),
    };
    let expectations = &cell.scenario.expectations;
    let judgements = judge(std::slice::from_ref(cell), &batch);
    let exact = judgements.into_iter().filter(|one| metric_of(&expectations[one.expectation]).is_none());
    exact
        .map(|judgement| {
            let expectation = &expectations[judgement.expectation];
            let failed = judgement.verdict == Verdict::Fail;
            let number = expectations[..judgement.expectation].iter().filter(|one| one.is_observed()).count();
            let beyond = batch.rows.iter().filter_map(|row| Some((row.seed, expectation.beyond(row, number)?)));
            let witness = furthest(beyond).or(judgement.seed).filter(|_| failed);
            Finding {
                expectation: judgement.expectation,
                verdict: judgement.verdict,
                value: judgement.value,
                interval: None,
                runs: judgement.runs,
                made: batch.rows.len(),
                surprise: None,
                witness,
                correlation: None,
                note: String::new(),
            }
        })
        .collect()
}

/// The first seed with the largest distance, if that is a violation.
fn furthest(distances: impl Iterator<Item = (u64, f64)>) -> Option<u64> {
    let mut most: Option<(u64, f64)> = None;
    for (seed, distance) in distances.filter(|(_, distance)| *distance > 0.0) {
        if most.is_none_or(|(_, known)| distance > known) {
            most = Some((seed, distance));
        }
    }
    most.map(|(seed, _)| seed)
}

/// A statistical expectation under test.
struct Trial<'a> {
    number: usize,
    expectation: &'a Expectation,
    metric: &'a str,
    tests: Vec<Test>,
    statistic: Statistic,
    values: Vec<(u64, f64)>,
    /// Both sides of a comparison, for their correlation.
    sides: (Vec<f64>, Vec<f64>),
    made: usize,
    /// A value that cannot be.
    stray: Option<(u64, f64)>,
    /// Why there is nothing to compare with.
    silent: Option<String>,
}

impl<'a> Trial<'a> {
    fn new(
        number: usize,
        expectation: &'a Expectation,
        claims: &[Claim],
        cell: &Cell,
    ) -> Result<Trial<'a>, BadScenario> {
        let tests: Result<Vec<Test>, _> = claims.iter().map(Claim::test).collect();
        let tests = tests.map_err(|bad| cell.source.error(expectation.place.clone(), bad.to_string(), ""))?;
        let (metric, _) = metric_of(expectation).expect("only statistical expectations have claims");
        let statistic = claims[0].statistic;
        let (values, sides) = (Vec::new(), (Vec::new(), Vec::new()));
        Ok(Trial { number, expectation, metric, tests, statistic, values, sides, made: 0, stray: None, silent: None })
    }

    fn is_open(&self) -> bool {
        let terms = &self.expectation.terms;
        let decided = self.tests.iter().all(|test| test.decision() != Decision::Open)
            || self.tests.iter().any(|test| test.decision() == Decision::Violated);
        let early = self.values.len() < terms.seeds_min as usize;
        self.stray.is_none() && self.silent.is_none() && self.made < terms.seeds_max as usize && (!decided || early)
    }

    fn take(&mut self, row: &Row, others: &Others<'_>) {
        if self.made >= self.expectation.terms.seeds_max as usize || self.stray.is_some() || self.silent.is_some() {
            return;
        }
        self.made += 1;
        let compare = self.expectation.terms.compare.as_ref();
        self.silent = compare.and_then(|compare| others.silence(compare)).map(str::to_owned);
        let Some(own) = row.outcome.metrics.get(self.metric).copied().filter(|value| !value.is_nan()) else { return };
        let value = match &self.expectation.terms.compare {
            None => own,
            Some(compare) => {
                let Some(other) = others.value(compare, row.seed, self.metric) else { return };
                self.sides.0.push(own);
                self.sides.1.push(other);
                own - other
            }
        };
        if !self.tests[0].fits(value) {
            self.stray = Some((row.seed, value));
            return;
        }
        self.values.push((row.seed, value));
        self.tests.iter_mut().for_each(|test| test.push(value));
    }

    fn finding(&self) -> Finding {
        let values: Vec<f64> = self.values.iter().map(|(_, value)| *value).collect();
        let (_, statistic) = metric_of(self.expectation).expect("only statistical expectations are tried");
        let enough = values.len() >= self.expectation.terms.seeds_min as usize && self.silent.is_none();
        let violated = self.tests.iter().any(|test| test.decision() == Decision::Violated);
        let holds = self.tests.iter().all(|test| test.decision() == Decision::Holds);
        let verdict = match (self.stray, enough) {
            (Some(_), _) => Verdict::Fail,
            (None, false) => Verdict::Inconclusive,
            (None, true) if violated => Verdict::Fail,
            (None, true) if holds => Verdict::Pass,
            (None, true) => Verdict::Inconclusive,
        };
        let share = self.expectation.terms.alpha;
        let p_value = self.tests.iter().map(Test::p_value).fold(1.0, f64::min);
        // A stray value is no matter of chance; too few values are no evidence.
        let surprise = (self.stray.is_none() && enough).then_some(p_value / share);
        let beyond = self.values.iter().map(|(seed, value)| (*seed, self.expectation.distance(*value)));
        let witness = self.stray.map(|(seed, _)| seed).or_else(|| furthest(beyond));
        let correlation = correlation(&self.sides.0, &self.sides.1);
        let note = self.note(values.len(), enough, correlation);
        Finding {
            expectation: self.number,
            verdict,
            value: statistic.of(&values),
            interval: self.interval(&values),
            runs: values.len(),
            made: self.made,
            surprise,
            witness,
            correlation,
            note,
        }
    }

    fn note(&self, values: usize, enough: bool, correlation: Option<f64>) -> String {
        let mut notes = Vec::new();
        if let Some((seed, value)) = self.stray {
            notes.push(format!("seed {seed} gave {value}, which its range excludes"));
        } else if let Some(why) = &self.silent {
            notes.push(why.clone());
        } else if !enough {
            let saved = self.expectation.terms.compare == Some(super::Compare::Baseline);
            let why = if saved { " that the baseline has too" } else { "" };
            notes.push(format!("only {values} of {} runs gave a value{why}; min_seeds asks for more", self.made));
        } else if values < self.made {
            notes.push(format!("{} of {} runs gave no value", self.made - values, self.made));
        }
        if let Some(correlation) = correlation.filter(|correlation| *correlation < CORRELATION_MIN) {
            notes.push(format!(
                "the correlation between both sides is {correlation:.2}: pairing gains little below {CORRELATION_MIN}"
            ));
        }
        notes.join("; ")
    }

    fn interval(&self, values: &[f64]) -> Option<Interval> {
        let bounds: Bounds = match self.statistic {
            Statistic::Rate if values.is_empty() => return None,
            Statistic::Rate => {
                let successes = values.iter().filter(|value| **value == 1.0).count() as u64;
                return Some(clopper_pearson(successes, values.len() as u64, LEVEL));
            }
            Statistic::Mean(bounds) => bounds,
            Statistic::Quantile(_) => return None,
        };
        let mut sequence = ConfidenceSequence::new(bounds, LEVEL);
        values.iter().for_each(|value| sequence.push(*value));
        Some(sequence.interval())
    }
}

/// In words, what an expectation says.
impl Expectation {
    /// Whether it is about observations.
    fn is_observed(&self) -> bool {
        matches!(self.claim, expect::Claim::Observed { .. })
    }

    /// What is expected, without its margin: `mean spread >= 0.9`.
    pub fn shown(&self) -> String {
        let what = match &self.claim {
            expect::Claim::Statistic { metric, statistic } => format!("{} {metric}", statistic.name()),
            expect::Claim::Metric { metric, mood } => format!("{} {metric}", mood.name()),
            expect::Claim::Observed { mood, pattern } => format!("{} observed {pattern}", mood.name()),
        };
        let bound = |side: Side, bound: Option<f64>| {
            let sign = if side == Side::AtLeast { ">=" } else { "<=" };
            bound.map_or(String::new(), |bound| format!(" {sign} {bound}"))
        };
        let against = self.terms.compare.as_ref().map_or(String::new(), |other| format!(" against {}", other.name()));
        what + &against + &bound(Side::AtLeast, self.at_least) + &bound(Side::AtMost, self.at_most)
    }
}
