//! How many runs go on at the same time.

use clap::{Args, value_parser};

use crate::exit::Failure;

/// More threads than any machine has cores for; beyond it, threads only cost memory.
const JOBS_MAX: i64 = 1024;

#[derive(Debug, Args)]
pub(crate) struct Jobs {
    /// Runs at the same time, at most 1024 [default: one per core]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=JOBS_MAX))]
    jobs: Option<u16>,
}

impl Jobs {
    /// The threads that share the runs. One run stays on one thread.
    pub(crate) fn pool(&self) -> Result<rayon::ThreadPool, Failure> {
        let threads = self.jobs.map_or(0, usize::from);
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(Failure::internal)
    }
}
