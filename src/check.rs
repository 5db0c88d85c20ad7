//! `dunbar check`: the gate over scenarios and folders of them.

mod files;
mod junit;
mod lines;
mod mutate;

use std::path::{Path, PathBuf};

use scenarios::expect::Expectation;
use scenarios::gate::{self, Baseline, Finding as Found};
use scenarios::sweep::{self, Cell};
use scenarios::{BadScenario, Registry, Source, Verdict};

use self::mutate::Mutated;
use crate::cli::Check;
use crate::exit::{self, Failure, Finding};
use crate::interrupt::Interrupt;
use crate::{output, progress};

pub(crate) use lines::alone;

pub(crate) use files::{baseline_name, baseline_names, read_rows, scenarios_in, write_rows};

/// A scenario of the library with what came out of its cells.
struct Checked {
    path: PathBuf,
    cells: Vec<Cell>,
    /// By cell, and then by expectation.
    findings: Vec<Vec<Found>>,
    /// What turning things off showed, if that was asked for.
    mutated: Option<Mutated>,
    /// The folder of the baseline, if there is one.
    baseline: Option<PathBuf>,
    /// Why it, or a cell of it, could not be judged.
    trouble: Vec<Failure>,
}

pub(crate) fn check(registry: &Registry, arguments: &Check) -> Result<Finding, Failure> {
    let paths = scenarios_in(&arguments.paths)?;
    if let Some(folder) = &arguments.baseline {
        files::baseline_names(&paths)?;
        files::is_baseline(folder)?;
    }
    if let Some(report) = &arguments.junit {
        junit::may_replace(report)?;
    }
    let mut library: Vec<Checked> =
        paths.into_iter().map(|path| Checked::open(registry, path, arguments.baseline.clone())).collect();
    let family: usize = library.iter().flat_map(|one| &one.cells).map(gate::statistical).sum();
    let pool = arguments.jobs.pool()?;
    let interrupt = Interrupt::listen(WHEN_INTERRUPTED)?;
    let cells: usize = library.iter().map(|one| one.cells.len()).sum();
    let rounds = 1 + usize::from(arguments.mutate);
    let bar = progress::bar((cells * rounds) as u64, "cells", arguments.quiet);
    let goes_on = || {
        bar.inc(1);
        interrupt.goes_on()
    };
    for one in &mut library {
        if let Err(why) = pool.install(|| one.examine(registry, family, &goes_on)) {
            one.trouble.push(why);
        }
    }
    gate::settle(&mut library.iter_mut().flat_map(|one| one.findings.iter_mut().flatten()).collect::<Vec<_>>());
    for one in library.iter_mut().filter(|_| arguments.mutate && interrupt.goes_on()) {
        match pool.install(|| mutate::mutate(registry, one, family)) {
            Ok((mutated, wrong)) => {
                one.blame(wrong);
                one.mutated = Some(mutated);
            }
            Err(why) => one.trouble.push(why),
        }
        bar.inc(one.cells.len() as u64);
    }
    bar.finish_and_clear();
    report(&library, arguments)?;
    if interrupt.goes_on() {
        return conclude(&library);
    }
    let judged = library.iter().filter(|one| one.findings.len() == one.cells.len()).count();
    output::remark(format_args!("# interrupted: {judged} of {} scenarios were judged whole", library.len()));
    conclude(&library).map(|found| if found == Finding::Fail { found } else { Finding::Inconclusive })
}

const WHEN_INTERRUPTED: &str = "# interrupted: the cell that has begun is finished; again to end at once";

/// What the whole comes to: what could not be judged, or else the worst verdict.
fn conclude(library: &[Checked]) -> Result<Finding, Failure> {
    let trouble = || library.iter().flat_map(|one| &one.trouble);
    let internal = trouble().any(|why| why.is_defect());
    let scenarios = library.iter().filter(|one| !one.trouble.is_empty()).count();
    let what = format!("{scenarios} of {} scenarios could not be judged whole", library.len());
    if internal {
        return Err(Failure::internal(what));
    }
    if scenarios > 0 {
        return Err(Failure::input(what, "the lines with ERROR say why"));
    }
    let judged = library.iter().any(|one| one.findings.iter().any(|found| !found.is_empty()));
    let asked = library.iter().flat_map(|one| &one.cells).any(|cell| !cell.scenario.expectations.is_empty());
    if asked && !judged {
        return Ok(Finding::Inconclusive);
    }
    Ok(library.iter().map(Checked::worst).max().unwrap_or(Verdict::Pass).into())
}

/// What a cell gives; a panic is a defect of the program that names the cell.
fn examined(examine: impl FnOnce() -> Result<Vec<Found>, gate::Unexamined>) -> Result<Vec<Found>, gate::Unexamined> {
    scenarios::caught(examine).unwrap_or_else(|panic| Err(gate::Unexamined::Broken(format!("a run panicked: {panic}"))))
}

/// A run that panicked, and the command that shows it again.
pub(crate) fn panicked(what: String, (cell, alone): (&Cell, &str)) -> Failure {
    Failure::program(what, format!("`{alone}` does it again; {}", exit::whose(&cell.scenario.protocol)))
}

fn unexamined(cell: &Cell, why: gate::Unexamined) -> Failure {
    let file = cell.source.name().split(" (with ").next().unwrap_or_default();
    let at =
        if cell.settings.is_empty() { String::new() } else { format!(" at {}", crate::run::pairs(&cell.settings)) };
    match why {
        gate::Unexamined::Bad(bad) => (*bad).into(),
        gate::Unexamined::Run { what, seed } => {
            let alone = alone((Path::new(file), None), &cell.settings, seed);
            Failure::input(format!("{file}{at}: {what}"), format!("run this seed alone: `{alone}`"))
        }
        gate::Unexamined::Panicked { what, seed } => {
            let alone = alone((Path::new(file), None), &cell.settings, seed);
            panicked(format!("{file}{at}: {what}"), (cell, &alone))
        }
        gate::Unexamined::Broken(what) => Failure::internal(format_args!("{file}{at}: {what}")),
    }
}

/// The saved rows of a scenario, if the folder has some.
pub(crate) fn baseline(folder: &Path, scenario: &Path) -> Result<Option<Baseline>, Failure> {
    files::is_baseline(folder)?;
    let path = folder.join(baseline_name(scenario));
    Ok(if path.exists() { Some(Baseline::new(read_rows(&path, scenario)?)) } else { None })
}

impl Checked {
    fn open(registry: &Registry, path: PathBuf, baseline: Option<PathBuf>) -> Checked {
        let source = Source::open(&path, None).map_err(|error| Failure::open(&path, error));
        let cells = source.and_then(|source| Ok(sweep::cells(&source, registry)?));
        let (cells, mut trouble) = cells.map_or_else(|why| (Vec::new(), vec![why]), |cells| (cells, Vec::new()));
        // A mutation that fits nothing is wrong, whether it is asked for or not.
        if let Some(cell) = cells.first() {
            match gate::mutate::mutants(registry, cell) {
                Ok(mutants) => trouble.extend(mutants.into_iter().filter_map(|one| one.err()).map(Failure::from)),
                Err(why) => trouble.push(why.into()),
            }
        }
        Checked { path, cells, findings: Vec::new(), mutated: None, baseline, trouble }
    }

    /// Examines cell after cell, as long as that goes on.
    fn examine(
        &mut self,
        registry: &Registry,
        family: usize,
        goes_on: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), Failure> {
        let baseline = self.baseline.as_deref().map(|folder| baseline(folder, &self.path)).transpose()?.flatten();
        for cell in &self.cells {
            if !goes_on() {
                break;
            }
            let found = examined(|| gate::examine(registry, cell, family, baseline.as_ref()));
            let found = found.unwrap_or_else(|why| {
                self.trouble.push(unexamined(cell, why));
                Vec::new()
            });
            self.findings.push(found);
        }
        Ok(())
    }

    /// How much was judged, if somebody wanted the end before all was.
    fn cut(&self) -> Option<String> {
        let (judged, all) = (self.findings.len(), self.cells.len());
        (judged < all && self.trouble.is_empty()).then(|| format!("interrupted: {judged} of {all} cells were judged"))
    }

    /// Takes further mistakes; one that is known is said once.
    fn blame(&mut self, wrong: Vec<BadScenario>) {
        for bad in wrong.into_iter().map(Failure::from) {
            let said = exit::in_words(&bad);
            if !self.trouble.iter().any(|known| exit::in_words(known) == said) {
                self.trouble.push(bad);
            }
        }
    }

    /// Expectations that no cell is asked for, with their numbers.
    fn not_judged(&self) -> Vec<(usize, &Expectation)> {
        let whole = self.trouble.is_empty() && self.findings.len() == self.cells.len();
        let Some(cell) = self.cells.first().filter(|_| whole) else { return Vec::new() };
        let found = |number: usize| self.findings.iter().flatten().any(|finding| finding.expectation == number);
        let all = cell.scenario.expectations.iter().enumerate();
        all.filter(|(number, _)| !found(*number)).collect()
    }

    /// Expectations that nothing flips, and what was turned off in vain.
    fn vacuous(&self) -> &[(usize, String)] {
        self.mutated.as_ref().map_or(&[], |mutated| &mutated.vacuous)
    }

    fn worst(&self) -> Verdict {
        let vacuous = if self.vacuous().is_empty() { Verdict::Pass } else { Verdict::Vacuous };
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
        output::write_whole(path, xml.as_bytes())?;
    }
    if arguments.json {
        output::print(lines::json(library))?;
    } else {
        output::print(lines::text(library))?;
    }
    if arguments.github { output::print(lines::github(library)) } else { Ok(()) }
}
