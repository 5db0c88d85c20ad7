//! The `dunbar` command as a library: a program that knows further protocols registers them and calls [`main`].
//!
//! One file per subcommand; arguments and printing only. What the commands do is in `scenarios` and `real-runtime`.

mod baseline;
mod check;
mod child;
mod cli;
mod conform;
mod diff;
mod exit;
mod explore;
mod faults;
mod interrupt;
mod jobs;
mod manifest;
mod net;
mod node;
mod omt;
mod output;
mod progress;
mod registry;
mod run;
mod scenario;
mod shrink;
mod sweep;
mod table;
mod trace;
mod verify;

use std::process::ExitCode;

pub use contract;
/// The memory allocator of the command. A world is millions of small pieces of a few sizes, and what they are scattered over decides how
/// long a large one takes: floods run a tenth faster with it. A program of its own names it as its `#[global_allocator]`, or another.
pub use mimalloc::MiMalloc as Allocator;
/// For a [`System`] that is no [`Own`]: the network on which its worlds run.
pub use net_model;
pub use registry::Registry;
/// For a [`System`] that is no [`Own`]: [`systems::plan`](scenarios::systems::plan) makes the plan of a world,
/// [`system::drive`](scenarios::system::drive) runs it, and
/// [`systems::name_peers`](scenarios::systems::name_peers) puts identities for names into what was written.
pub use scenarios;
pub use scenarios::System;
pub use scenarios::metric::{Metric, Show};
pub use scenarios::own::{Facts, Newborn, Own, metric};
/// For a [`System`] that is no [`Own`]: who plays in its worlds.
pub use sim_core;

/// The protocols that come with `dunbar`, for scenarios.
pub fn registry() -> scenarios::Registry {
    scenarios::systems::registry()
}

/// Runs the command line of this process with the protocols of `registry`: the whole of a program's `main`. A registry in which
/// two things have one name is refused with exit code 4.
pub fn main(registry: Registry) -> ExitCode {
    let reader = node::reader();
    if let Some(what) = registry.mistakes() {
        let hint = "every protocol, metric, role and strategy of a program has a name of its own, and every protocol an ID from 0x1000 on";
        return exit::report(Err(exit::Failure::program(what, hint)), reader);
    }
    let Registry { systems: registry, live, .. } = registry;
    let registry = &registry;
    let cli = match cli::parse(program()) {
        Ok(cli) => cli,
        // clap prints its own errors and exits with 2, which is our code for usage as well.
        Err(error) if reader == exit::Reader::Human || !error.use_stderr() => error.exit(),
        Err(error) => return exit::report(Err(cli::misused(&error)), reader),
    };
    if cli.is_silent() {
        output::silence();
    }
    let outcome = exit::guarded(|| match cli.command {
        cli::Command::Run(arguments) => run::run(registry, &arguments),
        cli::Command::Evidence(command) => evidence(registry, command),
        cli::Command::Verify(arguments) => verify::verify(registry, &arguments),
        cli::Command::Conform(arguments) => conform::conform(registry, &arguments),
        cli::Command::Net(arguments) => net::net(registry, arguments),
        cli::Command::Node(arguments) => node::node(arguments, &live),
        cli::Command::Trace(arguments) => trace::trace(registry, &arguments),
        cli::Command::Scenario(arguments) => scenario::scenario(registry, arguments),
        cli::Command::Completions { shell, json } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut <cli::Cli as clap::CommandFactory>::command(), program(), &mut script);
            let script = String::from_utf8_lossy(&script);
            match json {
                true => output::print(serde_json::json!({ "shell": shell.to_string(), "script": script }))?,
                false => output::print(script.trim_end())?,
            }
            Ok(exit::Finding::Pass)
        }
        cli::Command::Omt(arguments) => omt::omt(arguments),
        cli::Command::Child(arguments) => child::run(registry, &arguments),
    });
    exit::report(outcome, reader)
}

/// What this program is called: one with a protocol of its own has a name of its own.
fn program() -> String {
    let path = std::env::args_os().next().map(std::path::PathBuf::from);
    let name = path.and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()));
    name.unwrap_or_else(|| "dunbar".to_owned())
}

fn evidence(registry: &scenarios::Registry, command: cli::Evidence) -> Result<exit::Finding, exit::Failure> {
    match command {
        cli::Evidence::Check(arguments) => check::check(registry, &arguments),
        cli::Evidence::Baseline(arguments) => baseline::baseline(registry, &arguments),
        cli::Evidence::Diff(arguments) => diff::diff(registry, &arguments),
        cli::Evidence::Shrink(arguments) => shrink::shrink(registry, &arguments),
        cli::Evidence::Explore(arguments) => explore::explore(registry, &arguments),
        cli::Evidence::Sweep(arguments) => sweep::sweep(registry, &arguments),
        cli::Evidence::RunCell(arguments) => sweep::run_cell(registry, &arguments),
    }
}
