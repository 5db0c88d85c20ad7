//! One of the two processes of `verify`: runs, and prints digests and checkpoints as JSON lines.

use std::io::Write as _;

use contract::Time;
use contract::trace::file::append;
use contract::trace::{Level, Reader, Record};
use rayon::prelude::*;
use scenarios::sweep::{self, Cell};
use scenarios::{Job, Registry, RunError};
use serde::{Deserialize, Serialize};

use crate::cli::Child;
use crate::exit::{self, Failure, Finding};
use crate::interrupt::INTERRUPTED;
use crate::output;

/// The digests of one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Digests {
    pub(crate) cell: usize,
    pub(crate) seed: u64,
    pub(crate) digest: String,
    /// Times in nanoseconds, and the digests up to them.
    pub(crate) checkpoints: Vec<(u64, String)>,
}

pub(crate) fn run(registry: &Registry, arguments: &Child) -> Result<Finding, Failure> {
    end_with_input();
    let source = crate::run::source(&arguments.selection)?;
    let cells = sweep::cells(&source, registry)?;
    let seeds = crate::run::seeds(&arguments.selection, &cells);
    let wanted = |number: &usize| arguments.cell.is_none_or(|only| only == *number);
    let jobs: Vec<_> =
        (0..cells.len()).filter(wanted).flat_map(|cell| seeds.iter().map(move |seed| (cell, *seed))).collect();
    let all: Result<Vec<Digests>, Failure> = match (&arguments.steps, arguments.window.as_slice()) {
        (Some(path), &[from, to]) => {
            let mut window = Window::create(path, from, to)?;
            jobs.iter().map(|job| digests(registry, &cells, *job, Some(&mut window))).collect()
        }
        // As many threads as the environment says: it must not matter.
        _ => jobs.par_iter().map(|job| digests(registry, &cells, *job, None)).collect(),
    };
    for digests in all? {
        output::print(serde_json::to_string(&digests).map_err(Failure::internal)?)?;
    }
    Ok(Finding::Pass)
}

/// Ends this process when its input ends, as it does when the one that started it is gone.
fn end_with_input() {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        std::process::exit(INTERRUPTED);
    });
}

fn digests(
    registry: &Registry,
    cells: &[Cell],
    (number, seed): (usize, u64),
    mut window: Option<&mut Window>,
) -> Result<Digests, Failure> {
    let cell = &cells[number];
    let system = registry.system_of(&cell.source, &cell.scenario)?;
    let stop = window.as_ref().map(|window| Time::from_nanos(window.to));
    let level = if window.is_some() { Level::Full } else { Level::Digest };
    let mut keep = |bytes: Vec<u8>| window.as_mut().map_or(Ok(()), |window| window.keep(&bytes));
    let job = Job { cell, seed, level, trace: Some(&mut keep), stop, go_on: None };
    let outcome = scenarios::system::run(system, job).map_err(|why| match why {
        RunError::Panicked { .. } => {
            Failure::program(format!("cell {number}, seed {seed}: {why}"), exit::whose(&cell.scenario.protocol))
        }
        why => Failure::internal(why),
    })?;
    let checkpoints = outcome.checkpoints.iter().map(|(at, digest)| (at.as_nanos(), digest.to_string()));
    Ok(Digests { cell: number, seed, digest: outcome.digest.to_string(), checkpoints: checkpoints.collect() })
}

/// Keeps the steps between two points in time, and drops all others as they come.
struct Window {
    from: u64,
    to: u64,
    file: std::io::BufWriter<std::fs::File>,
    /// Bytes of a record that is not complete yet.
    rest: Vec<u8>,
}

impl Window {
    fn create(path: &std::path::Path, from: u64, to: u64) -> Result<Window, Failure> {
        let file = std::fs::File::create(path).map_err(|error| Failure::file("create", path, &error))?;
        Ok(Window { from, to, file: std::io::BufWriter::new(file), rest: contract::trace::file::MAGIC.to_vec() })
    }

    fn keep(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        // The trace begins with its magic line; what the reader sees always does.
        let magic = contract::trace::file::MAGIC;
        self.rest.extend_from_slice(bytes.strip_prefix(magic).unwrap_or(bytes));
        let mut reader = Reader::new(&self.rest).map_err(std::io::Error::other)?;
        let mut kept = Vec::new();
        while let Ok(Some(record)) = reader.next_record() {
            let wanted = match &record {
                Record::Step(step) => (self.from..=self.to).contains(&step.at.as_nanos()),
                _ => false,
            };
            if wanted {
                append(&record, &mut kept);
            }
        }
        let read = reader.offset();
        self.rest.drain(magic.len()..read);
        self.file.write_all(&kept)?;
        self.file.flush()
    }
}
