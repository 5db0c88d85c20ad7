//! Runs a plan on several threads, and gives the rows in order.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use contract::trace::Level;

use super::{Plan, Ran, RunRow};
use crate::caught::caught;
use crate::sweep::Cell;
use crate::{Job, Registry};

/// Rows that workers may be ahead of the slowest one, for each worker.
const AHEAD_MAX: usize = 256;

/// How far a campaign is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Runs that are written.
    pub done: usize,
    /// How many of them failed, in this process.
    pub failed: usize,
}

/// Runs all of a plan but the first `skip` runs, on all threads of a pool. `sink` gets the rows in the order of the plan, on
/// the caller's thread, which must not be one of the pool's.
///
/// # Errors
/// The first error of `sink`; no further run begins after it.
pub fn run<E>(
    plan: &Plan,
    registry: &Registry,
    (pool, skip): (&rayon::ThreadPool, usize),
    mut sink: impl FnMut(&RunRow, Progress) -> Result<(), E>,
) -> Result<(), E> {
    let workers = pool.current_num_threads();
    let desk = Desk::new(skip, workers * AHEAD_MAX);
    let cells = Cells { plan, registry, recent: Mutex::new(VecDeque::new()), keep: workers + 1 };
    let mut result = Ok(());
    pool.in_place_scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|_| {
                while let Some(index) = desk.take(plan.len()) {
                    desk.give(index, row(&cells, index));
                }
            });
        }
        let mut failed = 0;
        for index in skip..plan.len() {
            let row = desk.wait_for(index);
            failed += usize::from(matches!(row.ran, Ran::Failed(_)));
            result = sink(&row, Progress { done: index + 1, failed });
            if result.is_err() {
                desk.stop();
                break;
            }
        }
    });
    result
}

fn row(cells: &Cells<'_>, index: usize) -> RunRow {
    let (number, seed) = cells.plan.job(index);
    let ran = caught(|| cells.get(number).and_then(|cell| run_one(cells.registry, &cell, seed)));
    let ran = ran.unwrap_or_else(|panic| Err(format!("panicked: {panic}")));
    let ran = ran.unwrap_or_else(Ran::Failed);
    RunRow { cell: number, settings: cells.plan.cells()[number].clone(), seed, ran }
}

fn run_one(registry: &Registry, cell: &Cell, seed: u64) -> Result<Ran, String> {
    let system = registry.get(&cell.scenario.protocol).ok_or("its protocol is not in this program")?;
    let job = Job { cell, seed, level: Level::Digest, trace: None, stop: None, go_on: None };
    system.run(job).map(|outcome| Ran::of(&outcome)).map_err(|error| error.to_string())
}

/// The cells that are in use, so that the runs of one share it.
struct Cells<'a> {
    plan: &'a Plan,
    registry: &'a Registry,
    recent: Mutex<VecDeque<(usize, Arc<Cell>)>>,
    keep: usize,
}

impl Cells<'_> {
    fn get(&self, number: usize) -> Result<Arc<Cell>, String> {
        if let Some((_, cell)) = locked(&self.recent).iter().find(|(known, _)| *known == number) {
            return Ok(Arc::clone(cell));
        }
        // Two workers may resolve the same cell at once; neither waits for the other.
        let cell = self.plan.cell(number, self.registry).map_err(|bad| bad.message().to_owned())?;
        let cell = Arc::new(cell);
        let mut recent = locked(&self.recent);
        recent.push_back((number, Arc::clone(&cell)));
        if recent.len() > self.keep {
            recent.pop_front();
        }
        Ok(cell)
    }
}

/// A worker that panicked while it held a lock left a value that is still whole: each change is one operation.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where workers take runs and leave rows.
struct Desk {
    next: AtomicUsize,
    stopped: AtomicBool,
    ahead_max: usize,
    finished: Mutex<Finished>,
    changed: Condvar,
}

struct Finished {
    rows: BTreeMap<usize, RunRow>,
    /// The first run whose row has not left yet.
    wanted: usize,
}

impl Desk {
    fn new(first: usize, ahead_max: usize) -> Desk {
        let finished = Mutex::new(Finished { rows: BTreeMap::new(), wanted: first });
        let (next, stopped) = (AtomicUsize::new(first), AtomicBool::new(false));
        Desk { next, stopped, ahead_max, finished, changed: Condvar::new() }
    }

    /// The next run, once it is not too far ahead.
    fn take(&self, runs: usize) -> Option<usize> {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        if index >= runs {
            return None;
        }
        let mut finished = locked(&self.finished);
        while index >= finished.wanted + self.ahead_max && !self.stopped.load(Ordering::Relaxed) {
            finished = self.changed.wait(finished).unwrap_or_else(PoisonError::into_inner);
        }
        (!self.stopped.load(Ordering::Relaxed)).then_some(index)
    }

    fn give(&self, index: usize, row: RunRow) {
        let mut finished = locked(&self.finished);
        finished.rows.insert(index, row);
        if index == finished.wanted {
            self.changed.notify_all();
        }
    }

    fn wait_for(&self, index: usize) -> RunRow {
        let mut finished = locked(&self.finished);
        loop {
            if let Some(row) = finished.rows.remove(&index) {
                finished.wanted = index + 1;
                self.changed.notify_all();
                return row;
            }
            finished = self.changed.wait(finished).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn stop(&self) {
        let _finished = locked(&self.finished);
        self.stopped.store(true, Ordering::Relaxed);
        self.changed.notify_all();
    }
}
