//! Runs all cells and seeds of a scenario, one run on one thread, and collects the rows in a fixed order.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use contract::trace::Level;
use rayon::prelude::*;

use crate::metric::Values;
use crate::sweep::Cell;
use crate::{Job, Outcome, Registry, RunError, system};

/// One run: its cell, its seed, what came of it.
#[derive(Debug)]
pub struct Row {
    /// The cell, counted from zero.
    pub cell: usize,
    /// The seed's number.
    pub seed: u64,
    /// What came of it.
    pub outcome: Outcome,
}

/// All runs of a scenario.
#[derive(Debug, Default)]
pub struct Batch {
    /// The settings of each cell.
    pub cells: Vec<Vec<(String, String)>>,
    /// The runs, by cell and then by seed.
    pub rows: Vec<Row>,
    /// Runs that were ended before the horizon, since somebody wanted the end. What they measured is not what a whole run would have.
    pub cut: Vec<Row>,
}

/// Why a run of a batch gave nothing.
#[derive(Debug, thiserror::Error)]
#[error("cell {cell}, seed {seed}: {why}")]
pub struct BatchError {
    /// The cell, counted from zero.
    pub cell: usize,
    /// The seed's number.
    pub seed: u64,
    /// What went wrong.
    pub why: RunError,
}

/// Who is told of runs, and asked about them.
#[derive(Clone, Copy)]
pub struct Pulse<'a> {
    /// Told of each run that is done.
    pub done: &'a (dyn Fn() + Sync),
    /// Whether further runs begin.
    pub begin: &'a (dyn Fn() -> bool + Sync),
    /// Whether a run that has begun goes on.
    pub go_on: &'a (dyn Fn() -> bool + Sync),
}

/// Where the trace of a run goes.
pub type TraceSink<'a> = dyn Fn(usize, u64) -> std::io::Result<Box<dyn std::io::Write + Send>> + Sync + 'a;

impl Batch {
    /// Runs every cell with every seed. The rows do not depend on the number of threads. `done` is told of each run.
    ///
    /// # Errors
    /// [`BatchError`] of the first run, in the order of the rows, that gave nothing.
    pub fn run(
        registry: &Registry,
        cells: &[Cell],
        seeds: &[u64],
        trace: Option<&TraceSink<'_>>,
        done: &(dyn Fn() + Sync),
    ) -> Result<Batch, BatchError> {
        Batch::run_while(registry, cells, seeds, trace, Pulse { done, begin: &|| true, go_on: &|| true })
    }

    /// The same, as long as somebody wants it. The rows of runs that did not begin are missing, and those that were ended early
    /// are kept apart.
    ///
    /// # Errors
    /// [`BatchError`] of the first run, in the order of the rows, that gave nothing.
    pub fn run_while(
        registry: &Registry,
        cells: &[Cell],
        seeds: &[u64],
        trace: Option<&TraceSink<'_>>,
        pulse: Pulse<'_>,
    ) -> Result<Batch, BatchError> {
        let stopped = AtomicBool::new(false);
        // Runs behind one that gave nothing are not wanted; those before it are, since the first in order is the one that is told.
        let failed = AtomicUsize::new(usize::MAX);
        let jobs: Vec<(usize, u64)> =
            (0..cells.len()).flat_map(|cell| seeds.iter().map(move |seed| (cell, *seed))).collect();
        let run = |(index, &(cell, seed)): (usize, &(usize, u64))| {
            if stopped.load(Ordering::Relaxed) || index > failed.load(Ordering::Relaxed) {
                return None;
            }
            let outcome = run_one(registry, &cells[cell], (cell, seed), (trace, pulse.go_on));
            if outcome.is_err() {
                failed.fetch_min(index, Ordering::Relaxed);
            }
            (pulse.done)();
            if !(pulse.begin)() {
                stopped.store(true, Ordering::Relaxed);
            }
            Some(match outcome {
                Ok(outcome) => Ok(Row { cell, seed, outcome }),
                Err(why) => Err(BatchError { cell, seed, why }),
            })
        };
        let rows: Vec<Result<Row, BatchError>> = jobs.par_iter().enumerate().filter_map(run).collect();
        let rows = rows.into_iter().collect::<Result<Vec<Row>, _>>()?;
        let (cut, rows) = rows.into_iter().partition(|row| row.outcome.stopped.is_some());
        Ok(Batch { cells: cells.iter().map(|cell| cell.settings.clone()).collect(), rows, cut })
    }

    /// Whether every run reached its horizon.
    ///
    /// # Errors
    /// The first run, in words and its seed, that used up its events before.
    pub fn whole(&self) -> Result<(), (String, u64)> {
        match self.rows.iter().find(|row| row.outcome.exhausted) {
            Some(row) => Err((format!("seed {} used up its events before the horizon", row.seed), row.seed)),
            None => Ok(()),
        }
    }

    /// The rows of a cell.
    pub fn rows_of(&self, cell: usize) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.cell == cell)
    }

    /// The values of a metric in a cell, for the runs that have one.
    pub fn values(&self, cell: usize, metric: &str) -> Vec<f64> {
        let value = |row: &Row| row.outcome.metrics.get(metric).copied();
        self.rows_of(cell).filter_map(value).collect()
    }

    /// The metrics of all runs.
    pub fn metrics(&self) -> impl Iterator<Item = &Values> {
        self.rows.iter().map(|row| &row.outcome.metrics)
    }
}

fn run_one(
    registry: &Registry,
    cell: &Cell,
    (number, seed): (usize, u64),
    (trace, go_on): (Option<&TraceSink<'_>>, &(dyn Fn() -> bool + Sync)),
) -> Result<Outcome, RunError> {
    let Some(system) = registry.get(&cell.scenario.protocol) else {
        return Err(RunError::Scenario(format!("no protocol `{}`", cell.scenario.protocol)));
    };
    let Some(sink) = trace else {
        let job = Job { cell, seed, level: Level::Digest, trace: None, stop: None, go_on: Some(go_on) };
        return system::run(system, job);
    };
    let mut file = sink(number, seed)?;
    let mut write = |bytes: Vec<u8>| file.write_all(&bytes);
    let job = Job { cell, seed, level: Level::Full, trace: Some(&mut write), stop: None, go_on: Some(go_on) };
    let outcome = system::run(system, job)?;
    file.flush()?;
    Ok(outcome)
}
