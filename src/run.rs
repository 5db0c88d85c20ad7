//! `dunbar run`: all cells and seeds of a scenario, a table, and the files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use contract::Time;
use scenarios::batch::{Pulse, TraceSink};
use scenarios::expect::{Claim, Judgement, overall};
use scenarios::gate::{self, Compare, Judged};
use scenarios::metric::Metric;
use scenarios::sweep::{self, Cell};
use scenarios::{Batch, Registry, Row, RunError, Source, Verdict};

use crate::check;
use crate::cli::{Run, Selection};
use crate::exit::{Failure, Finding};
use crate::faults;
use crate::interrupt::Interrupt;
use crate::manifest::Manifest;
use crate::output::{self, Folder, STOPPED};
use crate::progress;
use crate::table::table;

/// The text of the selected scenario with its overrides applied.
pub(crate) fn source(selection: &Selection) -> Result<Source, Failure> {
    let source = Source::open(&selection.file, selection.variant.as_deref());
    with_overrides(source.map_err(|error| Failure::open(&selection.file, error))?, selection)
}

/// Applies `--set`. A key that is swept is fixed: it leaves the sweep.
pub(crate) fn with_overrides(source: Source, selection: &Selection) -> Result<Source, Failure> {
    let mut source = source;
    for (key, value) in &selection.set {
        source = source.without_sweep(key)?.with(key, value)?;
    }
    Ok(source)
}

/// The seeds that are run.
pub(crate) fn seeds(selection: &Selection, cells: &[Cell]) -> Vec<u64> {
    match (selection.seed, cells.first()) {
        (Some(seed), _) => vec![seed],
        (None, Some(cell)) => {
            let (first, count) = cell.scenario.seeds;
            (first..first.saturating_add(u64::from(count))).collect()
        }
        (None, None) => Vec::new(),
    }
}

pub(crate) fn run(registry: &Registry, arguments: &Run) -> Result<Finding, Failure> {
    let source = source(&arguments.selection)?;
    let cells = sweep::cells(&source, registry)?;
    let seeds = seeds(&arguments.selection, &cells);
    let metrics = metrics(registry, &source, &cells)?;
    let metrics = metrics.as_slice();
    let name = arguments.selection.file.file_stem().map(|name| name.to_string_lossy()).unwrap_or_default();
    let folder = Folder::open(arguments.out.as_deref(), &name, arguments.force)?;
    let interrupt = Interrupt::listen(WHEN_INTERRUPTED)?;
    if !arguments.quiet {
        introduce(&cells, &seeds);
    }
    let batch = run_batch(registry, &cells, &seeds, &folder, (arguments, &interrupt))?;
    let missing = cells.len() * seeds.len() - batch.rows.len();
    let exhausted = batch.rows.iter().filter(|row| row.outcome.exhausted).count();
    // A run that was stopped before its horizon says nothing about the whole.
    let judged = if exhausted == 0 { judged(registry, arguments, &cells, &batch)? } else { Judged::default() };
    // Of an interrupted run, the manifest stands for the seeds with which every cell was run.
    let whole = |seed: &u64| batch.rows.iter().filter(|row| row.seed == *seed).count() == cells.len();
    let done: Vec<u64> = if missing == 0 { seeds.clone() } else { seeds.iter().copied().filter(whole).collect() };
    let mut manifest = Manifest::of(&source, &cells, &done, &batch, judged.judgements);
    manifest.interrupted_of = (missing > 0).then_some(cells.len() * seeds.len());
    let written = write_files(folder, &manifest, &batch, metrics);
    let faults = faults::shown(&batch);
    if arguments.json {
        print_json(&manifest, &batch)?;
    } else {
        let judgements = if exhausted == 0 { shown_judgements(&cells, &manifest.judgements) } else { String::new() };
        // What cannot be written is shown at least.
        let place = written.as_ref().map_or("no files".to_owned(), |path| format!("files in {}", path.display()));
        let last = format!("digest {}  {place}", &manifest.digest[..16]);
        output::print(format_args!("{}\n{faults}{judgements}{last}", table(&batch, metrics)))?;
    }
    for row in &batch.cut {
        let cut = cut_in_words(row, &cells[row.cell]);
        output::remark(format_args!("# cell {}, seed {}: {cut}", row.cell, row.seed));
    }
    if let Some(line) = refusals(&batch, &cells) {
        output::remark(line);
    }
    for why in &judged.silent {
        output::remark(format_args!("# nothing is compared with {why}"));
    }
    written?;
    conclude(&manifest, (missing, exhausted))
}

/// The expectations, held against the runs; the other sides of comparisons are run with the same seeds.
fn judged(registry: &Registry, arguments: &Run, cells: &[Cell], batch: &Batch) -> Result<Judged, Failure> {
    let folder = arguments.baseline.as_deref();
    let baseline = folder.map(|folder| check::baseline(folder, &arguments.selection.file)).transpose()?.flatten();
    gate::judge(registry, cells, batch, baseline.as_ref()).map_err(|why| match why {
        gate::Unexamined::Bad(bad) => (*bad).into(),
        gate::Unexamined::Run { what, .. } => {
            Failure::input(what, "the other side of a comparison has to give its runs too")
        }
        gate::Unexamined::Panicked { what, .. } | gate::Unexamined::Broken(what) => Failure::internal(what),
    })
}

/// What the whole comes to: the worst verdict, unless runs are missing or were stopped early.
fn conclude(manifest: &Manifest, (missing, exhausted): (usize, usize)) -> Result<Finding, Failure> {
    if missing > 0 {
        let done = manifest.runs.len();
        output::remark(format_args!("# interrupted: {done} of {} runs are done, and only they count", missing + done));
        return Ok(Finding::Inconclusive);
    }
    if exhausted > 0 {
        let what = format!("{exhausted} runs used up their events before the horizon; nothing was judged");
        return Err(Failure::input(what, "raise world.events_max, or shorten the horizon"));
    }
    if manifest.judgements.is_empty() && !manifest.not_judged.is_empty() {
        output::remark("# inconclusive: no expectation is about these cells");
        return Ok(Finding::Inconclusive);
    }
    Ok(overall(&manifest.judgements).into())
}

const WHEN_INTERRUPTED: &str =
    "# interrupted: what began has two seconds to finish, and is cut then; again to end at once, without results";

/// How far a run came that was cut.
fn cut_in_words(row: &Row, cell: &Cell) -> String {
    let seconds = |at: Time| at.since(Time::ZERO).as_secs_f64();
    let (at, horizon) = (seconds(row.outcome.stopped.unwrap_or_default()), seconds(cell.scenario.horizon));
    format!("cut at {at:.3} s of {horizon:.3} s of virtual time; what it measured until then is in {STOPPED}")
}

/// How many commands were refused in which runs, and the first of them.
fn refusals(batch: &Batch, cells: &[Cell]) -> Option<String> {
    let count: u64 = batch.rows.iter().map(|row| row.outcome.refused.count).sum();
    let mut runs = batch.rows.iter().filter(|row| row.outcome.refused.count > 0);
    let first = runs.next()?;
    let (at, node, why) = first.outcome.refused.first.as_ref()?;
    let (name, at) = (cells[first.cell].scenario.name_of(*node), at.since(Time::ZERO).as_secs_f64());
    let (runs, all) = (runs.count() + 1, batch.rows.len());
    let commands = if count == 1 { "command was" } else { "commands were" };
    Some(format!(
        "# {count} {commands} refused, in {runs} of {all} runs; the first by {name} at {at} s (cell {}, seed {}): {why}",
        first.cell, first.seed
    ))
}

/// The metrics that are shown: those that the scenario asks for, or all.
fn metrics(registry: &Registry, source: &Source, cells: &[Cell]) -> Result<Vec<Metric>, Failure> {
    let Some(cell) = cells.first() else { return Ok(Vec::new()) };
    let all = registry.system_of(source, &cell.scenario)?.metrics();
    let asked = &cell.scenario.measure.metrics;
    if asked.is_empty() {
        return Ok(all.to_vec());
    }
    let named = |name: &str| all.iter().find(|metric| metric.name == name).copied();
    // What is asked for is shown, also if it is hidden among all.
    let shown = |metric: Metric| Metric { show: metric.show.visible(), ..metric };
    Ok(asked.iter().filter_map(|name| named(name.get_ref()).map(shown)).collect())
}

/// The whole resolved scenario under its seeds, before anything runs.
fn introduce(cells: &[Cell], seeds: &[u64]) {
    let (Some(cell), Some(first), Some(last)) = (cells.first(), seeds.first(), seeds.last()) else { return };
    let runs = cells.len() * seeds.len();
    output::remark(format_args!("# seeds {first}..={last}, {} cells, {runs} runs", cells.len()));
    if !cell.settings.is_empty() {
        let all: Vec<String> = cells.iter().map(|cell| pairs(&cell.settings)).collect();
        output::remark(format_args!("# swept: {}", all.join(" | ")));
    }
    output::remark(cell.scenario.shown());
}

fn run_batch(
    registry: &Registry,
    cells: &[Cell],
    seeds: &[u64],
    folder: &Folder,
    (arguments, interrupt): (&Run, &Interrupt),
) -> Result<Batch, Failure> {
    let runs = cells.len() as u64 * seeds.len() as u64;
    let bar = progress::bar(runs, "runs", arguments.quiet);
    let sink = |cell: usize, seed: u64| folder.stream(&output::trace_name(cell, seed));
    let trace: Option<&TraceSink<'_>> = if arguments.trace { Some(&sink) } else { None };
    let pool = arguments.jobs.pool()?;
    let batch = pool.install(|| {
        let pulse = Pulse { done: &|| bar.inc(1), begin: &|| interrupt.goes_on(), go_on: &|| interrupt.is_patient() };
        Batch::run_while(registry, cells, seeds, trace, pulse)
    });
    bar.finish_and_clear();
    batch.map_err(|error| {
        let hint = match error.why {
            RunError::Broken { .. } => return Failure::internal(error),
            RunError::Panicked { .. } => {
                let cell = &cells[error.cell];
                let Selection { file, variant, set, .. } = &arguments.selection;
                let set = [set.as_slice(), &cell.settings].concat();
                let alone = check::alone((file, variant.as_deref()), &set, error.seed);
                return check::panicked(error.to_string(), (cell, &alone));
            }
            RunError::Trace(_) => "is there room for the traces? --seed and --set choose fewer runs",
            _ => "run only this one with --seed and --set",
        };
        Failure::input(error.to_string(), hint)
    })
}

fn write_files(folder: Folder, manifest: &Manifest, batch: &Batch, metrics: &[Metric]) -> Result<PathBuf, Failure> {
    folder.write("metrics.csv", &metrics_csv(batch, &batch.rows, metrics)?)?;
    if !batch.cut.is_empty() {
        folder.write(STOPPED, &metrics_csv(batch, &batch.cut, metrics)?)?;
    }
    if batch.rows.iter().any(|row| !row.outcome.windows.is_empty()) {
        folder.write("windows.csv", &windows_csv(batch)?)?;
    }
    let json = serde_json::to_vec_pretty(manifest).map_err(Failure::internal)?;
    folder.commit(&json)
}

/// A row for each run: settings, seed, metrics. An empty field is a metric without a value.
fn metrics_csv(batch: &Batch, rows: &[Row], metrics: &[Metric]) -> Result<Vec<u8>, Failure> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let keys = batch.cells.first().map(|cell| cell.iter().map(|(key, _)| key.clone())).into_iter().flatten();
    let names = metrics.iter().map(|metric| format!("{} [{}]", metric.name, metric.unit()));
    csv.write_record(["cell".to_owned()].into_iter().chain(keys).chain(["seed".to_owned()]).chain(names))
        .map_err(Failure::internal)?;
    for row in rows {
        let settings = batch.cells[row.cell].iter().map(|(_, value)| value.clone());
        let value = |metric: &Metric| row.outcome.metrics.get(metric.name).map_or(String::new(), f64::to_string);
        let start = [row.cell.to_string()].into_iter().chain(settings).chain([row.seed.to_string()]);
        csv.write_record(start.chain(metrics.iter().map(value))).map_err(Failure::internal)?;
    }
    csv.into_inner().map_err(Failure::internal)
}

/// A row for each window of each run and what was counted in it.
fn windows_csv(batch: &Batch) -> Result<Vec<u8>, Failure> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["cell", "seed", "from [s]", "until [s]", "counted", "count"]).map_err(Failure::internal)?;
    for row in &batch.rows {
        for window in &row.outcome.windows {
            let [from, until] = [window.from, window.until].map(|at| at.since(contract::Time::ZERO).as_secs_f64());
            for (name, count) in &window.counts {
                let place = [row.cell.to_string(), row.seed.to_string(), from.to_string(), until.to_string()];
                let fields = place.into_iter().chain([name.clone(), count.to_string()]);
                csv.write_record(fields).map_err(Failure::internal)?;
            }
        }
    }
    csv.into_inner().map_err(Failure::internal)
}

fn print_json(manifest: &Manifest, batch: &Batch) -> Result<(), Failure> {
    let metrics: Vec<_> = batch.metrics().collect();
    let both = serde_json::json!({ "manifest": manifest, "metrics": metrics });
    output::print(serde_json::to_string_pretty(&both).map_err(Failure::internal)?)
}

/// A line for each expectation; of several cells, the worst is shown.
fn shown_judgements(cells: &[Cell], judgements: &[Judgement]) -> String {
    let Some(cell) = cells.first() else { return String::new() };
    let mut lines = String::new();
    for (number, expectation) in cell.scenario.expectations.iter().enumerate() {
        let what = expectation.shown();
        let of_this: Vec<&Judgement> = judgements.iter().filter(|judgement| judgement.expectation == number).collect();
        let Some(worst) = expectation.worst(of_this.iter().copied()) else {
            let why = match &expectation.terms.compare {
                Some(Compare::Baseline) if expectation.when.is_empty() => {
                    "--baseline DIR names the saved runs".to_owned()
                }
                Some(Compare::Variant(_)) if expectation.when.is_empty() => {
                    "no variant of this name here; a variant itself is compared with none".to_owned()
                }
                _ => format!("no cell has {}", pairs(&expectation.when)),
            };
            let _ = writeln!(lines, "NOT JUDGED   {what}: {why}");
            continue;
        };
        let word = match worst.verdict {
            Verdict::Pass => "PASS",
            Verdict::Fail => "FAIL",
            Verdict::Inconclusive => "INCONCLUSIVE",
            Verdict::Vacuous => "VACUOUS",
        };
        let value = match (&expectation.claim, worst.value) {
            (_, None) => "no value over".to_owned(),
            (Claim::Statistic { .. }, Some(value)) => format!("{value:.6} over"),
            (_, Some(value)) => format!("held in {value} of"),
        };
        let seed = worst.seed.map_or(String::new(), |seed| match &expectation.claim {
            Claim::Statistic { .. } => format!("; this is the value of seed {seed}, which its range excludes"),
            _ => format!(", first with seed {seed}"),
        });
        let settings = &cells[worst.cell].settings;
        let alike = of_this.iter().all(|one| (one.verdict, one.value) == (worst.verdict, worst.value));
        let at = match of_this.len() {
            _ if settings.is_empty() => String::new(),
            cells if cells > 1 && alike => format!(" in each of {cells} cells"),
            _ => format!(" at {}", pairs(settings)),
        };
        let _ = writeln!(lines, "{word:12} {what}: {value} {} runs{at}{seed}", worst.runs);
    }
    lines
}

/// Settings as they are written.
pub(crate) fn pairs(settings: &[(String, String)]) -> String {
    let pairs: Vec<String> = settings.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    pairs.join(", ")
}

/// Whether a path is a manifest rather than a scenario.
pub(crate) fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}
