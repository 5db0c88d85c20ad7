//! Campaigns: all cells of a sweep with all their seeds, in constant memory, resumable.
//!
//! One run is on one thread. Workers take runs in order and may be ahead of the slowest one by a bounded number, so rows
//! leave in the order of the plan, whatever the number of workers. A run that panics or uses up its events is a row as
//! well, with its seed: it is found again, and the others go on. Nothing is kept but the settings of the cells; a cell is
//! resolved when its first run begins.

mod plan;
mod row;
mod workers;

pub use plan::Plan;
pub use row::{BadRow, Ran, RunRow};
pub use workers::{Progress, run};

#[cfg(test)]
mod tests;
