//! Smaller scenarios that fail as a large one does.
//!
//! Steps are tried in a fixed order, each one kept if the expectation still fails with the same seeds, until none helps:
//! fewer faults, commands and populations, fewer nodes, a shorter horizon, parameters left out, simpler numbers. (Zeller and
//! Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 28(2), 2002, without its bisection: scenarios
//! have few parts.) Everything is deterministic, so the same input gives the same result.

use contract::units;
use toml::Value;

use crate::batch::{Batch, BatchError};
use crate::caught::caught;
use crate::gate::{self, Compare, Unexamined};
use crate::raw::RawScenario;
use crate::source::{BadScenario, Source};
use crate::sweep::{self, Cell};
use crate::{Registry, RunError, Verdict};

/// Rounds over all steps; each must have helped for another to follow.
const ROUNDS_MAX: usize = 20;
/// What is in the file for other purposes than this failure.
pub const ASIDE: [&str; 5] = ["sweep", "design", "variants", "mutation", "invariants"];

/// Seeds that a scenario names whose failure is about all seeds there could be; the gate runs as many as it needs.
const BLOCK: u32 = 16;

/// What must stay.
#[derive(Clone, Debug)]
pub struct Failing {
    /// Which expectation fails, as [`crate::expect::Expectation::shown`] writes it.
    pub shown: String,
    /// With which seed, or from which one on.
    pub seed: u64,
    /// Whether it is about all seeds there could be. It fails then if the gate says so.
    pub statistical: bool,
}

impl Failing {
    /// How many seeds show it.
    pub const fn seeds(&self) -> u32 {
        if self.statistical { BLOCK } else { 1 }
    }

    /// Whether it fails in this scenario.
    fn fails(&self, registry: &Registry, source: &Source) -> Result<bool, BadScenario> {
        let failed = match self.statistical {
            true => rejected(registry, source, self.seed, Some(&self.shown))?,
            false => failing(registry, source, &[self.seed])?,
        };
        Ok(failed.iter().any(|failed| failed.shown == self.shown))
    }
}

/// An expectation that fails: a written one, or one that every scenario has: no invariant breaks, no run panics, and the horizon is
/// reached within the events that a run may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Which of the written ones, counted from zero; none for one that every scenario has.
    pub index: Option<usize>,
    /// What it says.
    pub shown: String,
    /// The metric that it is about, if it is about one.
    pub metric: Option<String>,
    /// Whether it is about all seeds there could be, so that one seed shows little.
    pub statistical: bool,
    /// Whether it asks for one run out of many, so that one that is not it shows nothing.
    pub existential: bool,
}

/// Which expectations fail with these seeds. A scenario whose world cannot be built fails nothing.
///
/// # Errors
/// [`BadScenario`] if the scenario cannot be run.
pub fn failing(registry: &Registry, source: &Source, seeds: &[u64]) -> Result<Vec<Failed>, BadScenario> {
    let cell = sweep::cell(source, Vec::new(), registry)?;
    let batch = match Batch::run(registry, std::slice::from_ref(&cell), seeds, None, &|| {}) {
        Err(BatchError { why: RunError::Panicked { .. }, .. }) => return Ok(vec![Failed::implied("no run panics")]),
        Err(BatchError { why: RunError::Broken { .. }, .. }) => {
            return Ok(vec![Failed::implied("no invariant breaks")]);
        }
        Err(_) => return Ok(Vec::new()),
        Ok(batch) => batch,
    };
    if batch.rows.iter().any(|row| row.outcome.exhausted) {
        return Ok(vec![Failed::implied("the horizon is reached")]);
    }
    let judged = match gate::judge(registry, std::slice::from_ref(&cell), &batch, None) {
        Ok(judged) => judged.judgements.into_iter(),
        Err(Unexamined::Bad(bad)) => return Err(*bad),
        // The other side of a comparison gave nothing, so nothing was compared.
        Err(Unexamined::Run { .. } | Unexamined::Broken(_) | Unexamined::Panicked { .. }) => return Ok(Vec::new()),
    };
    let failed = judged.filter(|judgement| judgement.verdict == Verdict::Fail);
    Ok(failed.map(|judgement| Failed::written(&cell, judgement.expectation)).collect())
}

/// Which expectations about all seeds there could be the gate rejects, with seeds from `first` on; only the one that is `shown`, if
/// that is asked for. A comparison with a baseline is left out: what was saved is of the whole scenario, not of a smaller one.
///
/// # Errors
/// [`BadScenario`] if the scenario cannot be run, or an expectation cannot be tested.
pub fn rejected(
    registry: &Registry,
    source: &Source,
    first: u64,
    shown: Option<&str>,
) -> Result<Vec<Failed>, BadScenario> {
    let mut cell = sweep::cell(source, Vec::new(), registry)?;
    cell.scenario.seeds = (first, BLOCK);
    let family = gate::statistical(&cell);
    for expectation in &mut cell.scenario.expectations {
        expectation.applies &= gate::metric_of(expectation).is_some()
            && expectation.terms.compare != Some(Compare::Baseline)
            && shown.is_none_or(|shown| expectation.shown() == shown);
    }
    let findings = match caught(|| gate::examine(registry, &cell, family, None)) {
        Ok(Ok(findings)) => findings,
        Ok(Err(Unexamined::Bad(bad))) => return Err(*bad),
        Ok(Err(_)) | Err(_) => return Ok(Vec::new()),
    };
    let failed = findings.iter().filter(|finding| finding.verdict == Verdict::Fail);
    Ok(failed.map(|finding| Failed::written(&cell, finding.expectation)).collect())
}

impl Failed {
    fn implied(shown: &str) -> Failed {
        Failed { index: None, shown: shown.to_owned(), metric: None, statistical: false, existential: false }
    }

    fn written(cell: &Cell, number: usize) -> Failed {
        let expectation = &cell.scenario.expectations[number];
        Failed {
            index: Some(number),
            shown: expectation.shown(),
            metric: expectation.claim.metric().map(str::to_owned),
            statistical: gate::metric_of(expectation).is_some(),
            existential: expectation.is_existential(),
        }
    }
}

/// The smallest scenario that was found, which stands alone. `tried` is told of each step and whether it helped, and says whether to
/// go on.
///
/// # Errors
/// [`BadScenario`] if the scenario itself cannot be read.
pub fn shrink(
    registry: &Registry,
    source: &Source,
    failing: &Failing,
    tried: &mut dyn FnMut(&str, bool) -> bool,
) -> Result<Source, BadScenario> {
    let mut best = source.clone();
    let mut goes_on = true;
    let mut attempt = |best: &mut Source, what: &str, candidate: Result<Source, BadScenario>| {
        if !goes_on {
            return false;
        }
        let Ok(candidate) = candidate.and_then(|candidate| {
            let fails = failing.fails(registry, &candidate)?;
            if fails { Ok(candidate) } else { Err(candidate.error_beside("", "")) }
        }) else {
            goes_on = tried(what, false);
            return false;
        };
        goes_on = tried(what, true);
        *best = candidate;
        true
    };
    for key in ASIDE {
        if best.value(key)?.is_some() {
            let candidate = best.without(&[key.to_owned()]);
            attempt(&mut best, key, candidate);
        }
    }
    for _ in 0..ROUNDS_MAX {
        let mut helped = false;
        for list in ["fault", "script", "workload", "population", "expect"] {
            for index in (0..items(&best, list)?).rev() {
                let candidate = best.without_item(list, index);
                helped |= attempt(&mut best, &format!("{list} {index}"), candidate);
            }
        }
        for (key, smaller) in smaller(&best)? {
            for value in smaller {
                let candidate = best.with(&key, &value);
                if attempt(&mut best, &format!("{key} = {value}"), candidate) {
                    helped = true;
                    break;
                }
            }
        }
        for path in parameters(&best)? {
            let candidate = best.without(&path);
            helped |= attempt(&mut best, &path.join("."), candidate);
        }
        if !helped {
            break;
        }
    }
    best.with("first_seed", &failing.seed.to_string())?.with("seeds", &failing.seeds().to_string())
}

fn items(source: &Source, list: &str) -> Result<usize, BadScenario> {
    Ok(source.value(list)?.as_ref().and_then(Value::as_array).map_or(0, Vec::len))
}

/// Keys with a size, and smaller values of them, the smallest first.
fn smaller(source: &Source) -> Result<Vec<(String, Vec<String>)>, BadScenario> {
    let raw = RawScenario::read(source)?;
    let mut keys = Vec::new();
    for (number, population) in raw.setting.population.iter().enumerate() {
        let count = *population.count.get_ref();
        let counts: Vec<String> = [1, count / 4, count / 2, count.saturating_sub(1)]
            .into_iter()
            .filter(|less| (1..count).contains(less))
            .map(|less| less.to_string())
            .collect();
        keys.push((format!("population.{number}.count"), counts));
    }
    if let Ok(horizon) = units::parse_span(raw.setting.horizon.get_ref()) {
        let part = |divisor: u64| horizon.as_nanos() / divisor / 1_000_000;
        let shorter = [8, 4, 2].into_iter().map(part).filter(|ms| *ms > 0).map(|ms| format!("\"{ms} ms\""));
        keys.push(("horizon".to_owned(), shorter.collect()));
    }
    for key in ["network.connectivity", "network.degree"] {
        if let Some(Value::Float(value)) = source.value(key)? {
            // A number with fewer digits is simpler.
            let simple = format!("{value:.0e}").parse::<f64>().unwrap_or(value);
            let simpler = if simple == value { Vec::new() } else { vec![format!("{simple:?}")] };
            keys.push((key.to_owned(), simpler));
        }
    }
    Ok(keys)
}

/// The keys of the protocol's parameters and of the world, each of which may be left to its default.
fn parameters(source: &Source) -> Result<Vec<Vec<String>>, BadScenario> {
    let mut paths = Vec::new();
    for section in ["world", "parameters"] {
        let mut open = vec![(vec![section.to_owned()], source.value(section)?)];
        while let Some((path, value)) = open.pop() {
            let Some(Value::Table(table)) = value else { continue };
            for (key, value) in table {
                let path = [path.clone(), vec![key]].concat();
                paths.push(path.clone());
                open.push((path, Some(value)));
            }
        }
    }
    Ok(paths)
}
