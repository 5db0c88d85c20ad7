//! `dunbar sweep`: all cells and seeds of a scenario, resumable; and the two halves of it that other schedulers need.

mod folder;
mod print;
mod summary;

use std::collections::BTreeMap;
use std::path::Path;

use scenarios::campaign::{self, Plan, Progress, RunRow};
use scenarios::{Registry, sweep};
use serde::{Deserialize, Serialize};

use crate::cli::{RunCell, Sweep, SweepCommand, SweepPlan};
use crate::exit::{Failure, Finding};
use crate::interrupt::Interrupt;
use crate::{manifest, output};
use folder::Folder;
use summary::Summary;

pub(crate) fn sweep(registry: &Registry, arguments: &Sweep) -> Result<Finding, Failure> {
    if let Some(SweepCommand::Plan(arguments)) = &arguments.command {
        return write_plan(registry, arguments);
    }
    let Some(selection) = &arguments.selection else {
        return Err(Failure::input("no scenario", "dunbar sweep scenarios/library/double-spend.toml"));
    };
    let plan = plan(registry, selection, arguments.seeds)?;
    let name = selection.file.file_stem().map(|name| name.to_string_lossy()).unwrap_or_default();
    let path = arguments.out.clone().unwrap_or_else(|| Path::new("out").join(&*name).join("sweep"));
    let mut folder = Folder::open(&path, &plan, arguments.force)?;
    let first = plan.cell(0, registry)?;
    let metrics = registry.system_of(&first.source, &first.scenario)?.metrics();
    let mut summary = Summary::new(metrics, plan.seeds().len());
    let skip = folder.replay(&plan, |row| summary.take(row))?;
    if skip > 0 && !arguments.quiet {
        output::remark(format_args!("{skip} of {} runs are there already; going on", plan.len()));
    }
    let pool = arguments.jobs.pool()?;
    let progress = print::Bar::new(&plan, skip, arguments.quiet);
    let interrupt = Interrupt::listen(WHEN_INTERRUPTED)?;
    let ended = campaign::run(&plan, registry, (&pool, skip), |row, done: Progress| {
        folder.append(row)?;
        summary.take(row)?;
        progress.show(done);
        if interrupt.goes_on() { Ok(()) } else { Err(Ended::Interrupted(done.done)) }
    });
    progress.clear();
    match ended {
        Ok(()) => {}
        Err(Ended::Failed(why)) => return Err(why),
        Err(Ended::Interrupted(done)) if done == plan.len() => {}
        Err(Ended::Interrupted(done)) => {
            let all = plan.len();
            output::remark(format_args!(
                "# interrupted: {done} of {all} runs are kept; the same command goes on with the rest"
            ));
            return Ok(Finding::Inconclusive);
        }
    }
    let summary = summary.finish()?;
    folder.finish(&summary)?;
    print::results(&plan, &summary, metrics, (&path, arguments.json))?;
    Ok(if summary.failures.is_empty() { Finding::Pass } else { Finding::Fail })
}

const WHEN_INTERRUPTED: &str = "# interrupted: what has begun comes to its end; again to end at once";

/// Why a sweep ended before its last run.
enum Ended {
    Failed(Failure),
    /// After so many runs.
    Interrupted(usize),
}

impl From<Failure> for Ended {
    fn from(why: Failure) -> Ended {
        Ended::Failed(why)
    }
}

fn plan(registry: &Registry, selection: &crate::cli::Selection, seeds: Option<u32>) -> Result<Plan, Failure> {
    let source = crate::run::source(selection)?;
    let settings = sweep::settings(&source)?;
    let cells = settings.len();
    let first = settings.into_iter().next().unwrap_or_default();
    let first = [sweep::cell(&source, first, registry)?];
    let seeds = match (seeds, first[0].scenario.seeds) {
        (Some(0), _) => return Err(Failure::input("no seeds", "--seeds is at least 1")),
        (Some(count), (from, _)) => {
            sweep::affordable(cells, count).map_err(|(what, hint)| Failure::input(what, hint))?;
            (from..from.saturating_add(u64::from(count))).collect()
        }
        (None, _) => crate::run::seeds(selection, &first),
    };
    Ok(Plan::new(source, registry, seeds)?)
}

/// One run, as another scheduler is given it: a line of `cells.jsonl`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CellLine {
    format: u32,
    /// The scenario's file, and BLAKE3 of its text with the overrides in it.
    scenario: String,
    hash: String,
    #[serde(default)]
    variant: Option<String>,
    /// BLAKE3 of the files beside it that the plan reads, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    files: BTreeMap<String, String>,
    /// What `--set` changed.
    #[serde(default)]
    set: Vec<(String, String)>,
    cell: usize,
    settings: Vec<(String, String)>,
    seed: u64,
}

/// The version of a line of `cells.jsonl`.
const FORMAT: u32 = 1;

fn write_plan(registry: &Registry, arguments: &SweepPlan) -> Result<Finding, Failure> {
    let plan = plan(registry, &arguments.selection, arguments.seeds)?;
    let scenario = arguments.selection.file.display().to_string();
    let (hash, variant) = (manifest::hash(plan.source().text()), &arguments.selection.variant);
    let files = manifest::hashes(plan.source());
    let lines = (0..plan.len()).map(|index| {
        let (cell, seed) = plan.job(index);
        let (scenario, hash, set) = (scenario.clone(), hash.clone(), arguments.selection.set.clone());
        let (variant, settings, files) = (variant.clone(), plan.cells()[cell].clone(), files.clone());
        CellLine { format: FORMAT, scenario, hash, variant, files, set, cell, settings, seed }
    });
    let mut text = String::new();
    for line in lines {
        text.push_str(&serde_json::to_string(&line).map_err(Failure::internal)?);
        text.push('\n');
    }
    output::apart(&arguments.out, std::slice::from_ref(&arguments.selection.file))?;
    output::vacant(&arguments.out, arguments.force)?;
    output::write_whole(&arguments.out, text.as_bytes())?;
    match (arguments.printing.json, arguments.printing.quiet) {
        (true, _) => output::print(serde_json::json!({ "runs": plan.len(), "file": arguments.out.to_string_lossy() }))?,
        (false, false) => output::print(format_args!("{} runs in {}", plan.len(), arguments.out.display()))?,
        (false, true) => {}
    }
    Ok(Finding::Pass)
}

pub(crate) fn run_cell(registry: &Registry, arguments: &RunCell) -> Result<Finding, Failure> {
    let hint = "give a line of the cells.jsonl that `dunbar sweep plan` wrote, in single quotes";
    let line: CellLine = serde_json::from_str(&arguments.cell)
        .map_err(|error| Failure::input(format!("the cell is not understood: {error}"), hint))?;
    if line.format != FORMAT {
        return Err(Failure::input(format!("a cell of format {}", line.format), "this program reads format 1"));
    }
    let selection =
        crate::cli::Selection { file: line.scenario.into(), variant: line.variant, seed: None, set: line.set };
    let source = crate::run::source(&selection)?;
    if manifest::hash(source.text()) != line.hash {
        let what = format!("{} is not what was planned: its hash is another", selection.file.display());
        return Err(Failure::input(what, "write the plan again, or bring the scenario back"));
    }
    if sweep::settings(&source)?.get(line.cell) != Some(&line.settings) {
        let what = format!("cell {} of {} has other settings", line.cell, selection.file.display());
        return Err(Failure::input(what, hint));
    }
    let plan = Plan::one(source, registry, line.settings.clone(), line.seed)?;
    let read = manifest::hashes(plan.source());
    if let Some((name, _)) = read.iter().find(|(name, hash)| line.files.get(*name) != Some(*hash)) {
        let what = format!("{name} is not what was planned: its hash is another");
        return Err(Failure::input(what, "write the plan again, or bring the file back"));
    }
    std::fs::create_dir_all(&arguments.out).map_err(|error| Failure::file("create", &arguments.out, &error))?;
    let of_files: String = line.files.iter().map(|(name, hash)| format!(" {name} {hash}")).collect();
    folder::claim(&arguments.out, &(line.hash + &of_files))?;
    let path = arguments.out.join(format!("cell-{}-seed-{}.json", line.cell, line.seed));
    if let Some(row) = folder::read_cell(&path)? {
        if (row.cell, row.seed, &row.settings) != (line.cell, line.seed, &line.settings) {
            let what = format!("{} holds another run", path.display());
            return Err(Failure::input(what, "give each plan a folder of its own"));
        }
        return report_cell(&row, (&path, "there already"), arguments.json);
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().map_err(Failure::internal)?;
    let mut made = None;
    campaign::run(&plan, registry, (&pool, 0), |row, _| {
        made = Some(RunRow { cell: line.cell, ..row.clone() });
        Ok::<(), Failure>(())
    })?;
    let row = made.ok_or_else(|| Failure::internal("the run gave no row"))?;
    output::write_whole(&path, format!("{}\n", row.to_line()).as_bytes())?;
    report_cell(&row, (&path, "written"), arguments.json)
}

fn report_cell(row: &RunRow, (path, how): (&Path, &str), json: bool) -> Result<Finding, Failure> {
    match json {
        true => output::print(serde_json::json!({ "file": path.to_string_lossy(), "is": how, "row": row }))?,
        false => output::print(format_args!("{} {how}", path.display()))?,
    }
    match &row.ran {
        campaign::Ran::Done { .. } => Ok(Finding::Pass),
        campaign::Ran::Failed(why) => {
            output::remark(format_args!("cell {}, seed {}: {why}", row.cell, row.seed));
            Ok(Finding::Fail)
        }
    }
}
