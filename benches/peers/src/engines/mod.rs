//! The engines under comparison. To add one: a module that implements [`Engine`], and its line in [`ENGINES`].

pub(crate) mod dunbar;
mod heap;
mod madsim;
mod nexosim_direct;
mod nexosim_ports;
mod quota;

use std::fmt;

use contract::trace::Level;

use crate::meter::Measured;
use crate::phold::Workload;

/// All engines, in the order in which they run and are printed.
///
/// The first of `dunbar` and `heap` is the base of the ratios, unless the command line names another.
pub(crate) const ENGINES: &[&dyn Engine] = &[
    &dunbar::Dunbar(Level::Off),
    &dunbar::Dunbar(Level::Digest),
    &heap::Heap,
    &nexosim_direct::NexosimDirect,
    &nexosim_ports::NexosimPorts,
    &madsim::Madsim(madsim::Style::Select),
    &madsim::Madsim(madsim::Style::Spawn),
];

/// An engine that can run PHOLD.
pub(crate) trait Engine: Sync {
    /// Name on the command line and in the tables.
    fn name(&self) -> &'static str;

    /// Largest number of nodes that it runs in reasonable time and memory. Larger sizes are skipped.
    fn nodes_max(&self) -> u32 {
        u32::MAX
    }

    /// Builds the world, runs `workload` on the calling thread and tears the world down.
    ///
    /// # Errors
    ///
    /// When the engine gives up before the last event.
    fn run(&self, workload: &Workload) -> Result<Measured, Failure>;
}

/// An engine gave up.
#[derive(Debug)]
pub(crate) struct Failure(pub String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The engine of that name.
pub(crate) fn by_name(name: &str) -> Option<&'static dyn Engine> {
    ENGINES.iter().copied().find(|engine| engine.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engine_runs_the_same_workload() {
        let workload = Workload { nodes: 100, events: 100_000, seed: 7, delay_ns_mean: 1_000_000 };
        for engine in ENGINES {
            let measured = engine.run(&workload).expect("a small run ends well");
            assert!(measured.events >= workload.events, "{}: {measured:?}", engine.name());
            let expected_ns = workload.virtual_ns_expected(measured.events).expect("many turnovers");
            let ratio = measured.virtual_ns as f64 / expected_ns;
            assert!((ratio - 1.0).abs() < 0.02, "{}: ran at {ratio} of the delay", engine.name());
        }
    }

    #[test]
    fn names_are_distinct() {
        for engine in ENGINES {
            assert_eq!(ENGINES.iter().filter(|other| other.name() == engine.name()).count(), 1);
        }
    }
}
