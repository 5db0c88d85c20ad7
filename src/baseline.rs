//! `dunbar baseline`: results that are kept, and what has changed since.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use scenarios::campaign::{self, Plan, Ran, RunRow};
use scenarios::gate::{self, Compare};
use scenarios::sweep::{self, Settings};
use scenarios::{Registry, Source};
use statistics::interval::t_interval;
use statistics::paired::pair;
use statistics::{Interval, mean};

use crate::check::{baseline_name, baseline_names, read_rows, scenarios_in, write_rows};
use crate::cli::{Baseline, BaselineDiff, BaselineSave};
use crate::exit::{Failure, Finding};
use crate::interrupt::Interrupt;
use crate::run::pairs;
use crate::{output, progress};

pub(crate) fn baseline(registry: &Registry, arguments: &Baseline) -> Result<Finding, Failure> {
    match arguments {
        Baseline::Save(arguments) => save(registry, arguments),
        Baseline::Diff(arguments) => diff(registry, arguments),
    }
}

/// The rows of a scenario; none if somebody wanted the end before.
fn rows(
    registry: &Registry,
    path: &Path,
    seeds: Option<u32>,
    interrupt: &Interrupt,
) -> Result<Option<Vec<RunRow>>, Failure> {
    let source = Source::open(path, None).map_err(|error| Failure::open(path, error))?;
    let settings = sweep::settings(&source)?;
    let cells = settings.len();
    let first = settings.into_iter().next().unwrap_or_default();
    let scenario = sweep::cell(&source, first, registry)?.scenario;
    let (from, count) = scenario.seeds;
    // An expectation that compares with a baseline may want more seeds than the scenario names.
    let compared =
        scenario.expectations.iter().map(|one| &one.terms).filter(|one| one.compare == Some(Compare::Baseline));
    let count = compared.map(|terms| terms.seeds_max).max().unwrap_or(0).max(count);
    let count = seeds.unwrap_or(count);
    sweep::affordable(cells, count).map_err(|(what, hint)| Failure::input(what, hint))?;
    let seeds = (from..from.saturating_add(u64::from(count))).collect();
    let plan = Plan::new(source, registry, seeds)?;
    let pool = rayon::ThreadPoolBuilder::new().build().map_err(Failure::internal)?;
    let mut rows = Vec::new();
    let bar = progress::bar(plan.len() as u64, "runs", false);
    let whole = campaign::run(&plan, registry, (&pool, 0), |row, _| {
        rows.push(row.clone());
        bar.inc(1);
        if interrupt.goes_on() { Ok(()) } else { Err(Stopped) }
    });
    bar.finish_and_clear();
    // The last row may have come with the signal.
    Ok(Some(rows).filter(|rows| whole.is_ok() || rows.len() == plan.len()))
}

/// Somebody wanted the end.
struct Stopped;

const WHEN_INTERRUPTED: &str = "# interrupted: the runs that have begun are finished; again to end at once";

/// What an interrupted command comes to.
fn interrupted(path: &Path) -> Finding {
    output::remark(format_args!("# interrupted: {} and what comes after it was left as it is", path.display()));
    Finding::Inconclusive
}

fn save(registry: &Registry, arguments: &BaselineSave) -> Result<Finding, Failure> {
    let paths = scenarios_in(&arguments.paths)?;
    baseline_names(&paths)?;
    std::fs::create_dir_all(&arguments.out).map_err(|error| Failure::file("create", &arguments.out, &error))?;
    for path in &paths {
        output::vacant(&arguments.out.join(baseline_name(path)), arguments.force)?;
    }
    let interrupt = Interrupt::listen(WHEN_INTERRUPTED)?;
    let mut finding = Finding::Pass;
    for path in paths {
        let Some(rows) = rows(registry, &path, arguments.seeds, &interrupt)? else { return Ok(interrupted(&path)) };
        let file = arguments.out.join(baseline_name(&path));
        write_rows(&file, &path, &rows)?;
        if saved(&rows, &file, arguments.json)? {
            finding = Finding::Fail;
        }
    }
    Ok(finding)
}

/// Says what was saved, and whether some of it failed.
fn saved(rows: &[RunRow], file: &Path, json: bool) -> Result<bool, Failure> {
    let failed: Vec<(&RunRow, &String)> = rows
        .iter()
        .filter_map(|row| match &row.ran {
            Ran::Failed(why) => Some((row, why)),
            Ran::Done { .. } => None,
        })
        .collect();
    if json {
        let shown = |(row, why): &(&RunRow, &String)| serde_json::json!({ "settings": row.settings, "seed": row.seed, "why": why });
        let failed: Vec<_> = failed.iter().map(shown).collect();
        output::print(serde_json::json!({ "file": file.to_string_lossy(), "runs": rows.len(), "failed": failed }))?;
    } else {
        output::print(format_args!("{} runs in {}", rows.len(), file.display()))?;
        for (row, why) in failed.iter().take(FAILURES_MAX) {
            output::print(format_args!("  failed: cell {}, seed {}: {why}", row.cell, row.seed))?;
        }
        if !failed.is_empty() {
            let (failed, all) = (failed.len(), rows.len());
            output::print(format_args!("  {failed} of {all} runs failed: nothing is compared with them"))?;
        }
    }
    Ok(!failed.is_empty())
}

/// Failures that are named.
const FAILURES_MAX: usize = 5;

/// The values of one metric in one cell, by seed.
type Values = BTreeMap<(Settings, String), Vec<(u64, f64)>>;

fn diff(registry: &Registry, arguments: &BaselineDiff) -> Result<Finding, Failure> {
    let mut changed = false;
    let paths = scenarios_in(&arguments.paths)?;
    baseline_names(&paths)?;
    let interrupt = Interrupt::listen(WHEN_INTERRUPTED)?;
    for path in paths {
        let file = arguments.baseline.join(baseline_name(&path));
        let before = read_rows(&file, &path)?;
        let seeds = before.iter().filter(|row| row.cell == 0).count() as u32;
        let now = rows(registry, &path, Some(seeds.max(1)), &interrupt)?;
        let Some(now) = now else { return Ok(interrupted(&path)) };
        let moved = moved(&before, &now).map_err(|what| {
            Failure::input(format!("{}: {what}", path.display()), "save the baseline again, if that was meant")
        })?;
        let lines = compared(&before, &now)?;
        changed |= moved > 0;
        if arguments.json {
            let metrics: Vec<_> = lines.iter().map(Shift::json).collect();
            let found = serde_json::json!({ "scenario": path.to_string_lossy(), "runs": now.len(), "changed": moved, "metrics": metrics });
            output::print(found)?;
            continue;
        }
        let count = if moved == 0 {
            format!("all {} runs as saved", now.len())
        } else {
            format!("{moved} of {} runs changed", now.len())
        };
        output::print(format_args!("{}: {count}", path.display()))?;
        lines.iter().try_for_each(output::print)?;
    }
    Ok(if changed { Finding::Fail } else { Finding::Pass })
}

/// How many runs have another digest, if they can be paired.
fn moved(before: &[RunRow], now: &[RunRow]) -> Result<usize, String> {
    let settings = |rows: &[RunRow]| -> Vec<Settings> { rows.iter().map(|row| row.settings.clone()).collect() };
    let (saved, wanted) = (settings(before), settings(now));
    if let Some(lacks) = wanted.iter().find(|one| !saved.contains(one)) {
        return Err(gate::different(lacks, saved.iter()));
    }
    let key = |row: &RunRow| (row.settings.clone(), row.seed);
    let before: BTreeMap<_, &Ran> = before.iter().map(|row| (key(row), &row.ran)).collect();
    if before.len() != now.len() {
        return Err(format!("{} runs are saved, and the scenario has {} now", before.len(), now.len()));
    }
    let mut moved = 0;
    for row in now {
        let Some(saved) = before.get(&key(row)) else {
            return Err(format!("there is no saved run with seed {} and {:?}", row.seed, row.settings));
        };
        moved += usize::from(**saved != row.ran);
    }
    Ok(moved)
}

fn values(rows: &[RunRow]) -> Values {
    let mut values = Values::new();
    for row in rows {
        if let Ran::Done { metrics, .. } = &row.ran {
            for (metric, value) in metrics {
                values.entry((row.settings.clone(), metric.clone())).or_default().push((row.seed, *value));
            }
        }
    }
    values
}

/// How far the mean of a metric has moved in a cell.
struct Shift {
    metric: String,
    settings: Settings,
    difference: f64,
    /// Around the difference, at 95 %.
    around: Option<Interval>,
    pairs: usize,
    correlation: Option<f64>,
}

impl Shift {
    fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "metric": self.metric, "settings": self.settings, "difference": self.difference, "interval": self.around,
            "pairs": self.pairs, "correlation": self.correlation,
        })
    }
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = if self.settings.is_empty() { String::new() } else { format!(" at {}", pairs(&self.settings)) };
        write!(f, "  {}{at}: {:+.6}", self.metric, self.difference)?;
        if let Some(around) = self.around {
            write!(f, " [{:.6}, {:.6}]", around.low, around.high)?;
        }
        write!(f, " over {} pairs", self.pairs)?;
        self.correlation.map_or(Ok(()), |correlation| write!(f, ", correlation {correlation:.2}"))
    }
}

/// The metrics whose means have moved.
fn compared(before: &[RunRow], now: &[RunRow]) -> Result<Vec<Shift>, Failure> {
    let (before, mut shifts) = (values(before), Vec::new());
    for ((settings, metric), now) in values(now) {
        let Some(saved) = before.get(&(settings.clone(), metric.clone())) else { continue };
        // A metric that has a value with other seeds than before is compared where both have one.
        let both = |side: &[(u64, f64)], other: &[(u64, f64)]| -> Vec<(u64, f64)> {
            side.iter().filter(|(seed, _)| other.iter().any(|(known, _)| known == seed)).copied().collect()
        };
        let (now, saved) = (both(&now, saved), both(saved, &now));
        let paired = pair(&now, &saved).map_err(Failure::internal)?;
        let Some(difference) = mean(&paired.differences).filter(|difference| *difference != 0.0) else { continue };
        let around = t_interval(&paired.differences, 0.95);
        let (pairs, correlation) = (now.len(), paired.correlation);
        shifts.push(Shift { metric, settings, difference, around, pairs, correlation });
    }
    Ok(shifts)
}
