//! `dunbar check`: the gate over scenarios and folders of them.

mod files;
mod junit;
mod lines;
mod mutate;

use std::path::{Path, PathBuf};

use scenarios::gate::{self, Baseline, Finding as Found};
use scenarios::sweep::{self, Cell};
use scenarios::{Registry, Source, Verdict};

use crate::cli::Check;
use crate::exit::{Failure, Finding};
use crate::output;

pub(crate) use files::{baseline_name, read_rows, scenarios_in};

/// A scenario of the library with what came out of its cells.
struct Checked {
    path: PathBuf,
    cells: Vec<Cell>,
    /// By cell, and then by expectation.
    findings: Vec<Vec<Found>>,
    /// Expectations that nothing flips, and what was turned off in vain.
    vacuous: Vec<(usize, String)>,
}

pub(crate) fn check(registry: &Registry, arguments: &Check) -> Result<Finding, Failure> {
    let paths = scenarios_in(&arguments.paths)?;
    let mut library: Vec<Checked> = Vec::new();
    for path in paths {
        let source = Source::open(&path, None).map_err(|error| Failure::open(&path, error))?;
        let cells = sweep::cells(&source, registry)?;
        library.push(Checked { path, cells, findings: Vec::new(), vacuous: Vec::new() });
    }
    let family: usize = library.iter().flat_map(|one| &one.cells).map(gate::statistical).sum();
    let pool = arguments.jobs.pool()?;
    for one in &mut library {
        let baseline = arguments.baseline.as_deref().map(|folder| baseline(folder, &one.path)).transpose()?.flatten();
        for cell in &one.cells {
            let found = pool.install(|| gate::examine(registry, cell, family, baseline.as_ref()));
            one.findings.push(found.map_err(|why| unexamined(&one.path, why))?);
        }
    }
    gate::settle(&mut library.iter_mut().flat_map(|one| one.findings.iter_mut().flatten()).collect::<Vec<_>>());
    if arguments.mutate {
        for one in &mut library {
            one.vacuous = pool.install(|| mutate::vacuous(registry, one, family))?;
        }
    }
    report(&library, arguments)?;
    Ok(library.iter().map(Checked::worst).max().unwrap_or(Verdict::Pass).into())
}

fn unexamined(path: &Path, why: gate::Unexamined) -> Failure {
    match why {
        gate::Unexamined::Bad(bad) => (*bad).into(),
        gate::Unexamined::Run(what) => {
            Failure::input(format!("{}: {what}", path.display()), "run this seed alone: `dunbar run … --seed N`")
        }
        gate::Unexamined::Broken(what) => Failure::internal(format_args!("{}: {what}", path.display())),
    }
}

/// The saved rows of a scenario, if the folder has some.
fn baseline(folder: &Path, scenario: &Path) -> Result<Option<Baseline>, Failure> {
    if !folder.is_dir() {
        let what = format!("{} is no folder of a baseline", folder.display());
        return Err(Failure::input(what, "make one with `dunbar baseline save`"));
    }
    let path = folder.join(baseline_name(scenario));
    Ok(if path.exists() { Some(Baseline::new(read_rows(&path)?)) } else { None })
}

impl Checked {
    fn worst(&self) -> Verdict {
        let vacuous = if self.vacuous.is_empty() { Verdict::Pass } else { Verdict::Vacuous };
        let found = self.findings.iter().flatten().map(|finding| finding.verdict);
        found.chain([vacuous]).max().unwrap_or(Verdict::Pass)
    }

    /// Findings with their cells, by expectation.
    fn all(&self) -> Vec<(&Cell, &Found)> {
        let cells = self.cells.iter().zip(&self.findings);
        let mut all: Vec<(&Cell, &Found)> =
            cells.flat_map(|(cell, found)| found.iter().map(move |one| (cell, one))).collect();
        all.sort_by_key(|(_, finding)| finding.expectation);
        all
    }
}

fn report(library: &[Checked], arguments: &Check) -> Result<(), Failure> {
    if let Some(path) = &arguments.junit {
        let xml = junit::report(library)?;
        crate::sweep::write_whole(path, xml.as_bytes())?;
    }
    if arguments.json {
        output::print(lines::json(library))?;
    } else {
        output::print(lines::text(library))?;
    }
    if arguments.github { output::print(lines::github(library)) } else { Ok(()) }
}
