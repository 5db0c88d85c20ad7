//! What a metric is compared with: other cells that run with the same seeds, or saved rows.

use std::collections::BTreeMap;
use std::path::Path;

use super::claims::claims;
use super::mutate::mutants;
use super::{Compare, Unexamined};
use crate::batch::Batch;
use crate::campaign::{Ran, RunRow};
use crate::expect::{Expectation, Judgement, judge_beside};
use crate::hint::choices;
use crate::source::BadScenario;
use crate::sweep::{self, Cell, Settings};
use crate::{OpenError, Registry, Source};

/// Saved rows of one scenario, by cell.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    cells: BTreeMap<Settings, BTreeMap<u64, Ran>>,
}

impl Baseline {
    /// The baseline of these rows.
    pub fn new(rows: impl IntoIterator<Item = RunRow>) -> Baseline {
        let mut cells: BTreeMap<Settings, BTreeMap<u64, Ran>> = BTreeMap::new();
        for row in rows {
            cells.entry(row.settings).or_default().insert(row.seed, row.ran);
        }
        Baseline { cells }
    }

    /// The runs of a cell, by seed.
    pub fn cell(&self, settings: &Settings) -> Option<&BTreeMap<u64, Ran>> {
        self.cells.get(settings)
    }

    /// The settings of all cells.
    pub fn settings(&self) -> impl Iterator<Item = &Settings> {
        self.cells.keys()
    }
}

/// The values of what is compared with, made as they are asked for.
pub struct Others<'a> {
    registry: &'a Registry,
    /// The saved runs of the cell.
    saved: Option<&'a BTreeMap<u64, Ran>>,
    cells: BTreeMap<Compare, Cell>,
    values: BTreeMap<Compare, BTreeMap<u64, BTreeMap<String, f64>>>,
    /// The sides of which a run stopped before its horizon, and which one.
    silent: BTreeMap<Compare, String>,
}

impl<'a> Others<'a> {
    /// What the expectations of a cell compare with.
    ///
    /// # Errors
    /// [`BadScenario`] at an expectation whose other side is not there.
    pub fn new(
        registry: &'a Registry,
        cell: &'a Cell,
        baseline: Option<&'a Baseline>,
    ) -> Result<Others<'a>, BadScenario> {
        let (cells, values, silent) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut others = Others { registry, saved: None, cells, values, silent };
        for expectation in cell.scenario.expectations.iter().filter(|expectation| expectation.applies) {
            let Some(compare) = &expectation.terms.compare else { continue };
            let refuse = |what: &str, hint: &str| cell.source.error(expectation.place.clone(), what, hint);
            let other = match compare {
                Compare::Baseline => {
                    others.saved = Some(saved(baseline, cell, expectation)?);
                    continue;
                }
                Compare::Set(set) => others.vary(cell.source.clone(), set)?,
                Compare::Variant(name) => {
                    let source = cell.source.clone().flatten(Some(name), &|path: &Path| std::fs::read(path));
                    let source = source.map_err(|bad| match bad.line_and_column() {
                        None => refuse(bad.message(), bad.hint().unwrap_or_default()),
                        Some(_) => bad,
                    })?;
                    // A variant may sweep what this scenario does not.
                    let settings = sweep::settings(&source)?;
                    if settings != [Settings::new()] && !settings.contains(&cell.settings) {
                        let keys = different(&cell.settings, settings.iter());
                        let what = format!("it cannot be paired with variant {name}: {keys}");
                        return Err(refuse(&what, "sweep the same keys with the same values in both"));
                    }
                    others.vary(source, &[])?
                }
                Compare::Scenario(file) => {
                    let path = Path::new(cell.source.name().split(" (").next().unwrap_or_default());
                    let path = path.parent().unwrap_or(Path::new("")).join(file);
                    let source = Source::open(&path, None).map_err(|error| match error {
                        OpenError::Bad(bad) => bad,
                        OpenError::Unreadable(error) => {
                            refuse(&format!("cannot read {}: {error}", path.display()), "it is relative to this file")
                        }
                    })?;
                    let all = sweep::settings(&source)?;
                    let Some(settings) = partner(cell, &all)? else {
                        let keys = different(&cell.settings, all.iter());
                        return Err(refuse(
                            &format!("it cannot be paired with {}: {keys}", path.display()),
                            "sweep the same keys with the same values in both",
                        ));
                    };
                    let other = sweep::cell(&source, settings, registry)?;
                    measures(registry, &other, cell, expectation)?;
                    other
                }
            };
            others.cells.insert(compare.clone(), other);
        }
        Ok(others)
    }

    fn vary(&self, source: Source, set: &[(String, String)]) -> Result<Cell, BadScenario> {
        let mut source = source;
        for (key, value) in set {
            source = source.with(key, value)?;
        }
        // What was set in this cell is in the text already.
        sweep::cell(&source, Vec::new(), self.registry)
    }

    /// Runs the other cells with these seeds. One of which a run stops before its horizon is silent from then on.
    ///
    /// # Errors
    /// [`Unexamined`] says which run gave nothing, and why.
    pub fn run(&mut self, seeds: &[u64]) -> Result<(), Unexamined> {
        for (compare, cell) in &self.cells {
            if self.silent.contains_key(compare) {
                continue;
            }
            let batch = Batch::run(self.registry, std::slice::from_ref(cell), seeds, None, &|| {})?;
            if let Err((why, _)) = batch.whole() {
                self.silent.insert(compare.clone(), format!("{}: {why}", compare.name()));
                self.values.remove(compare);
                continue;
            }
            let values = self.values.entry(compare.clone()).or_default();
            for row in batch.rows {
                let metrics = row.outcome.metrics.iter().map(|(name, value)| ((*name).to_owned(), *value));
                values.insert(row.seed, metrics.collect());
            }
        }
        Ok(())
    }

    /// Why nothing is compared with this side, if that is so.
    pub fn silence(&self, compare: &Compare) -> Option<&str> {
        self.silent.get(compare).map(String::as_str)
    }

    /// The other side's value of a metric with a seed.
    pub fn value(&self, compare: &Compare, seed: u64, metric: &str) -> Option<f64> {
        if *compare != Compare::Baseline {
            return self.values.get(compare)?.get(&seed)?.get(metric).copied();
        }
        match self.saved?.get(&seed)? {
            Ran::Done { metrics, .. } => metrics.get(metric).copied(),
            Ran::Failed(_) => None,
        }
    }
}

/// Whether the other scenario's protocol has the metric of an expectation.
fn measures(registry: &Registry, other: &Cell, cell: &Cell, expectation: &Expectation) -> Result<(), BadScenario> {
    let Some(metric) = expectation.claim.metric() else { return Ok(()) };
    let known = registry.system_of(&other.source, &other.scenario)?.metrics();
    if known.iter().any(|known| known.name == metric) {
        return Ok(());
    }
    let what = format!("{}, with which it is compared, has no metric `{metric}`", other.source.name());
    let hint = choices(metric, known.iter().map(|known| known.name)).unwrap_or_default();
    Err(cell.source.error(expectation.place.clone(), what, hint))
}

/// The saved runs of a cell, which may be one of a sweep that `--set` has fixed; an error if an expectation needs others.
fn saved<'a>(
    baseline: Option<&'a Baseline>,
    cell: &Cell,
    expectation: &Expectation,
) -> Result<&'a BTreeMap<u64, Ran>, BadScenario> {
    let refuse = |what: &str, hint: &str| cell.source.error(expectation.place.clone(), what, hint);
    let Some(baseline) = baseline else {
        let hint = "add `--baseline DIR` with the folder that `dunbar baseline save` filled from this file";
        return Err(refuse("compared with a baseline, and there is none of this scenario", hint));
    };
    let all: Vec<Settings> = baseline.settings().cloned().collect();
    let Some(rows) = partner(cell, &all)?.and_then(|settings| baseline.cell(&settings)) else {
        let keys = different(&cell.settings, all.iter());
        return Err(refuse(&format!("the baseline has no such cell: {keys}"), "save it again"));
    };
    let first = cell.scenario.seeds.0;
    let end = first + u64::from(expectation.terms.seeds_min);
    if let Some(seed) = (first..end).find(|seed| !rows.contains_key(seed)) {
        let what = format!("the baseline has no run with seed {seed}: at least {first}..={} are needed", end - 1);
        return Err(refuse(&what, "save it again; `baseline save` runs as many seeds as an expectation may need"));
    }
    let metric = expectation.claim.metric().unwrap_or_default();
    let has = |ran: &Ran| matches!(ran, Ran::Done { metrics, .. } if metrics.contains_key(metric));
    if !rows.values().any(has) {
        let what = format!("no run of the baseline has a value of `{metric}`, so there is nothing to compare with");
        return Err(refuse(&what, "save it again if the metric is new; or compare a metric that every run has"));
    }
    Ok(rows)
}

/// The other side's cell with the values of this one. A key that only the other side sweeps has the value that is fixed here, as a
/// witness's `--set` fixes it.
fn partner(cell: &Cell, others: &[Settings]) -> Result<Option<Settings>, BadScenario> {
    for other in others {
        let mut fits = cell.settings.iter().all(|one| other.contains(one));
        for (key, value) in other {
            fits &= cell.settings.iter().any(|(own, _)| own == key)
                || cell.source.value(key)?.is_some_and(|fixed| fixed.to_string() == *value);
        }
        if fits {
            return Ok(Some(other.clone()));
        }
    }
    Ok(None)
}

impl Compare {
    /// The other side in words.
    pub fn name(&self) -> String {
        match self {
            Compare::Variant(name) => format!("variant {name}"),
            Compare::Scenario(file) => file.clone(),
            Compare::Baseline => "the baseline".to_owned(),
            Compare::Set(set) => {
                let pairs: Vec<String> = set.iter().map(|(key, value)| format!("{key} = {value}")).collect();
                format!("the same with {}", pairs.join(", "))
            }
        }
    }
}

/// What [`judge`] found.
#[derive(Debug, Default)]
pub struct Judged {
    /// The expectations of the cells.
    pub judgements: Vec<Judgement>,
    /// Why nothing was compared with some other sides, in words.
    pub silent: Vec<String>,
}

/// Holds the expectations of every cell against its runs. The other side of a comparison is run with the same seeds; what is
/// compared with a baseline is left out if there is none.
///
/// # Errors
/// [`Unexamined`] if the other side is not there, or a run of it gave nothing.
pub fn judge(
    registry: &Registry,
    cells: &[Cell],
    batch: &Batch,
    baseline: Option<&Baseline>,
) -> Result<Judged, Unexamined> {
    let cells = cells.iter().map(|cell| asked(cell, baseline.is_some())).collect::<Result<Vec<Cell>, _>>()?;
    let mut sides = Vec::new();
    for (number, cell) in cells.iter().enumerate() {
        let seeds: Vec<u64> = batch.rows_of(number).map(|row| row.seed).collect();
        let mut others = Others::new(registry, cell, baseline)?;
        others.run(&seeds)?;
        sides.push(others);
    }
    let other = |cell: usize, compare: &Compare, seed: u64, metric: &str| -> Option<f64> {
        sides.get(cell)?.value(compare, seed, metric)
    };
    let judgements = judge_beside(&cells, batch, &other);
    let mut silent: Vec<String> = sides.iter().flat_map(|others| others.silent.values().cloned()).collect();
    silent.dedup();
    Ok(Judged { judgements, silent })
}

/// Whether the expectations of a cell can be tested: margins, error rates and ranges fit, what they compare with is there, and each
/// mutation turns something off. A baseline is not looked for, and of a variant no other one.
///
/// # Errors
/// [`BadScenario`] at the first that cannot.
pub fn testable(registry: &Registry, cell: &Cell, is_variant: bool) -> Result<(), BadScenario> {
    let metrics = registry.system_of(&cell.source, &cell.scenario)?.metrics();
    for expectation in cell.scenario.expectations.iter().filter(|expectation| expectation.applies) {
        claims(cell, expectation, metrics, 1)?;
    }
    mutants(registry, cell)?.into_iter().try_for_each(|mutant| mutant.map(drop))?;
    Others::new(registry, &judgeable(cell, false, is_variant), None).map(drop)
}

/// The cell without the comparisons whose other side cannot be had.
fn asked(cell: &Cell, has_baseline: bool) -> Result<Cell, BadScenario> {
    // A variant stands alone, without the others.
    let is_variant = cell.source.value("variants")?.is_none();
    Ok(judgeable(cell, has_baseline, is_variant))
}

fn judgeable(cell: &Cell, has_baseline: bool, is_variant: bool) -> Cell {
    let mut cell = cell.clone();
    let left_out = |compare: &Compare| match compare {
        Compare::Baseline => !has_baseline,
        Compare::Variant(_) => is_variant,
        Compare::Scenario(_) | Compare::Set(_) => false,
    };
    for expectation in &mut cell.scenario.expectations {
        expectation.applies &= !expectation.terms.compare.as_ref().is_some_and(left_out);
    }
    cell
}

/// Which keys or values keep cells from being paired, in words.
pub fn different<'a>(settings: &Settings, others: impl Iterator<Item = &'a Settings>) -> String {
    let others: Vec<&Settings> = others.collect();
    let known = |key: &str| others.iter().any(|other| other.iter().any(|(name, _)| name == key));
    if let Some((key, _)) = settings.iter().find(|(key, _)| !known(key)) {
        return format!("`{key}` is set on one side only");
    }
    let extra =
        others.iter().flat_map(|other| other.iter()).find(|(key, _)| !settings.iter().any(|(own, _)| own == key));
    if let Some((key, _)) = extra {
        return format!("`{key}` is set on the other side only");
    }
    let lacks =
        |(key, value): &&(String, String)| !others.iter().any(|other| other.contains(&(key.clone(), value.clone())));
    match settings.iter().find(lacks) {
        Some((key, value)) => format!("`{key} = {value}` is on one side only"),
        None => "this combination of values is on one side only".to_owned(),
    }
}
