//! Arguments, and the help that shows them.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::exit::Failure;
use crate::jobs::Jobs;

/// A wind tunnel for economic protocols.
#[derive(Debug, Parser)]
#[command(name = "dunbar", version, about, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// Print what was asked for, and nothing beside it
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The command line of this process. A program with a protocol of its own has its own name in front of the command's version.
pub(crate) fn parse(program: String) -> Result<Cli, clap::Error> {
    let mut command = Cli::command();
    if program != command.get_name() {
        // A command line is read once.
        command = command.name(&*program.leak()).version(concat!("with dunbar ", env!("CARGO_PKG_VERSION")));
    }
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

impl Cli {
    /// Whether remarks are left out; a command that has a `--quiet` of its own knows better which.
    pub(crate) fn is_silent(&self) -> bool {
        let has_its_own = match &self.command {
            Command::Run(_) | Command::Verify(_) | Command::Conform(_) | Command::Trace(_) | Command::Scenario(_) => {
                true
            }
            Command::Evidence(Evidence::Check(_) | Evidence::Shrink(_)) => true,
            Command::Evidence(Evidence::Sweep(sweep)) => sweep.command.is_none(),
            _ => false,
        };
        self.quiet && !has_its_own
    }
}

const EXIT_CODES: &str = "\
Exit codes:
  0  everything passed
  1  an expectation failed, two runs differ, or a replay diverged
  2  usage, or bad input; also a run that needs more than world.events_max
  3  inconclusive: nothing was measured or judged, the run was interrupted, or a trace is truncated
  4  internal error, or a defect of a protocol that the program brings

Example:
  dunbar run scenarios/library/double-spend.toml";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a scenario: all cells of its sweep, with all its seeds
    #[command(after_help = "Examples:
  dunbar run scenarios/library/double-spend.toml
  dunbar run scenarios/library/double-spend.toml --seed 7 --set network.connectivity=0.1 --trace --out out/one")]
    Run(Run),
    #[command(flatten)]
    Evidence(Evidence),
    /// Run a scenario in two fresh processes and locate the first difference
    #[command(after_help = "Examples:
  dunbar verify scenarios/library/double-spend.toml --seed 1
  dunbar verify out/double-spend/1/manifest.json")]
    Verify(Verify),
    /// Replay a trace into fresh actors, which must do the same again
    #[command(after_help = "Examples:
  dunbar conform out/one/cell-0-seed-7.trace
  dunbar conform alice/node.trace --json

Exit codes:
  0  every effect is identical; also the trace of a live node that was killed, with a note, unless --strict
  1  the replay diverged
  2  no trace, one of another format, or a damaged one: every record has a checksum
  3  inconclusive: no step, or truncated: a simulated trace without its end record; with --strict, a live one, too

--json prints conforms, steps, nodes; whole: whether the trace has its end record; and cut_off: in which record the
file ends, or null.")]
    Conform(Conform),
    /// Show the steps of a trace: all, or those of a node, a time, a kind
    #[command(after_help = "Examples:
  dunbar trace out/one/cell-0-seed-7.trace --node double-spender --from '1 s' --to '1.5 s'
  dunbar trace out/one/cell-0-seed-7.trace --kind conflict-detected --json")]
    Trace(Trace),
    /// List, show, check, begin and explain scenario files
    #[command(after_help = "Examples:
  dunbar scenario list
  dunbar scenario new first.toml
  dunbar scenario explain network")]
    Scenario(crate::scenario::Arguments),
    /// Look at networks: profiles, measurements, and the graphs of scenarios
    #[command(after_help = "Examples:
  dunbar net list
  dunbar net show omerta --svg omerta.svg
  dunbar net fit rtt.csv --out measured.toml
  dunbar net graph scenarios/library/double-spend.toml --seed 7
  dunbar net graph scenarios/library/double-spend.toml --set network.connectivity=0.5 --json")]
    Net(crate::net::Arguments),
    /// Run and talk to a live node
    #[command(after_help = "Examples:
  dunbar node keygen alice
  dunbar node run alice.toml
  dunbar node send alice.toml '{\"pay\": {\"to\": \"IDENTITY\", \"amount\": \"10 OMC\"}}'")]
    Node(crate::node::Arguments),
    /// Print a completion script for a shell
    #[command(after_help = "Example:
  dunbar completions bash > ~/.local/share/bash-completion/completions/dunbar")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Check, format and document transactions in the OMT language
    #[command(after_help = "Examples:
  dunbar omt check escrow.omt
  dunbar omt fmt escrow.omt
  dunbar omt explain E-TO")]
    Omt(crate::omt::Arguments),
    /// One of the two processes of `verify`
    #[command(hide = true)]
    Child(Child),
}

/// What makes evidence of runs, and what one does with a failure.
#[derive(Debug, Subcommand)]
pub(crate) enum Evidence {
    /// Hold scenarios against their expectations, with known error rates
    #[command(after_help = "Examples:
  dunbar check scenarios/library
  dunbar check scenarios/library --junit check.xml --github --mutate")]
    Check(Check),
    /// Show the first step in which two traces differ, and what led to it
    #[command(after_help = "Example:
  dunbar diff out/one/cell-0-seed-7.trace out/two/cell-0-seed-7.trace")]
    Diff(Diff),
    /// Write a smaller scenario that fails as this one does
    #[command(after_help = "Example:
  dunbar shrink scenarios/library/double-spend.toml --seed 3 --set network.connectivity=0.5 --set horizon='1.05 s' --out small.toml")]
    Shrink(Shrink),
    /// Look for failures with fresh seeds and subsets of the faults, and keep them
    #[command(after_help = "Examples:
  dunbar explore scenarios/library --time '1 h'
  dunbar check found")]
    Explore(Explore),
    /// Keep results, and compare with them later
    #[command(
        subcommand,
        after_help = "Examples:
  dunbar baseline save scenarios/library --out baseline
  dunbar baseline diff baseline scenarios/library"
    )]
    Baseline(Baseline),
    /// Run all cells and seeds of a sweep; a killed one goes on where it was
    #[command(
        args_conflicts_with_subcommands = true,
        after_help = "Examples:
  dunbar sweep scenarios/library/double-spend.toml --seeds 200 --jobs 2 --out out/200
  dunbar sweep plan scenarios/library/double-spend.toml --out cells.jsonl"
    )]
    Sweep(Sweep),
    /// Run one line of a sweep's plan, for other schedulers
    #[command(after_help = "Example:
  dunbar run-cell \"$(head -n 1 cells.jsonl)\" --out results")]
    RunCell(RunCell),
}

/// How much is printed, and for whom.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Printing {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print what was asked for, and nothing beside it
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Arguments of `dunbar trace`.
#[derive(Debug, Args)]
pub(crate) struct Trace {
    /// The trace, of a simulation or of a live node
    pub(crate) file: PathBuf,
    /// Only steps of this node: its number, its identity, its name or its population's in the scenario, or a role
    #[arg(long, value_name = "NODE")]
    pub(crate) node: Option<String>,
    /// Only from this time on, such as '1.5 s'
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) from: Option<contract::Span>,
    /// Only up to this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) to: Option<contract::Span>,
    /// Only steps with this kind of input or effect, or with a message, command or observation of this name
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

/// A length of time with its unit.
pub(crate) fn time(text: &str) -> Result<contract::Span, String> {
    contract::units::parse_span(text).map_err(|error| error.to_string())
}

/// What clap says about a command line, for a program: its first lines, without the usage.
pub(crate) fn misused(error: &clap::Error) -> Failure {
    let said = error.to_string();
    let (what, hint) = said.split_once("\n\n").unwrap_or((&said, ""));
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let what = words(what.strip_prefix("error: ").unwrap_or(what));
    Failure::input(what, words(hint))
}

/// Which scenario, and what is changed in it.
#[derive(Clone, Debug, Args)]
pub(crate) struct Selection {
    /// The scenario file
    pub(crate) file: PathBuf,
    /// Run this variant of the scenario; `dunbar scenario show FILE` lists them
    #[arg(long, value_name = "NAME")]
    pub(crate) variant: Option<String>,
    /// Run only this seed, below 2^63 as in a scenario
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub(crate) seed: Option<u64>,
    /// Set a key of the scenario, such as network.connectivity=0.1 or, for an item of a list counted from 0,
    /// population.0.count=100; a swept key is no longer swept
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub(crate) set: Vec<(String, String)>,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// The folder for the results [default: out/NAME/1, 2, ...]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Replace results that are in the folder already; their traces are dropped, also where this run writes none
    #[arg(long)]
    pub(crate) force: bool,
    /// Write the full trace of every run
    #[arg(long)]
    pub(crate) trace: bool,
    /// The results with which `compare = { baseline = true }` compares
    #[arg(long, value_name = "DIR")]
    pub(crate) baseline: Option<PathBuf>,
    /// Print the manifest and the metrics as JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,
    /// Print neither the resolved scenario nor progress
    #[arg(long, short)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Scenario files, and folders of them
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The results with which `compare = { baseline = true }` compares
    #[arg(long, value_name = "DIR")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write a JUnit file
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Print annotations for GitHub
    #[arg(long)]
    pub(crate) github: bool,
    /// Turn off faults and declared mutations one by one, and report expectations that nothing flips
    #[arg(long)]
    pub(crate) mutate: bool,
    /// Print the findings as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print no progress
    #[arg(long, short)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Baseline {
    /// Run scenarios and keep what comes out
    #[command(after_help = "Example:
  dunbar baseline save scenarios/library --out baseline")]
    Save(BaselineSave),
    /// Run scenarios again and say what has changed
    #[command(after_help = "Example:
  dunbar baseline diff baseline scenarios/library")]
    Diff(BaselineDiff),
}

#[derive(Debug, Args)]
pub(crate) struct BaselineSave {
    /// Scenario files, and folders of them
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The folder for the results
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Replace results of these scenarios that are there
    #[arg(long)]
    pub(crate) force: bool,
    /// Print a line of JSON for each scenario
    #[arg(long)]
    pub(crate) json: bool,
    /// How many seeds are run [default: as each scenario says, and max_seeds where one compares with a baseline]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) seeds: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct BaselineDiff {
    /// The folder that `save` wrote
    pub(crate) baseline: PathBuf,
    /// Scenario files, and folders of them
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Print a line of JSON for each scenario
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// One trace
    pub(crate) left: PathBuf,
    /// The other
    pub(crate) right: PathBuf,
    /// Print the finding as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Shrink {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// The file that is written [default: NAME-seed-N.toml]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long)]
    pub(crate) force: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print no progress
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Explore {
    /// Scenario files, and folders of them
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How long, such as '1 h'
    #[arg(long, value_name = "TIME", default_value = "1 h")]
    pub(crate) time: String,
    /// End after this many runs
    #[arg(long, value_name = "N")]
    pub(crate) runs: Option<u64>,
    /// The first seed [default: drawn from the clock, and printed]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub(crate) seed: Option<u64>,
    /// Where failures are kept
    #[arg(long, value_name = "DIR", default_value = "found")]
    pub(crate) out: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Sweep {
    #[command(subcommand)]
    pub(crate) command: Option<SweepCommand>,
    #[command(flatten)]
    pub(crate) selection: Option<Selection>,
    /// How many seeds every cell is run with [default: as the scenario says]
    #[arg(long, value_name = "N", conflicts_with = "seed", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) seeds: Option<u32>,
    /// The folder for the results; one with the same sweep is continued [default: out/NAME/sweep]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Replace another sweep's results in the folder
    #[arg(long)]
    pub(crate) force: bool,
    /// Print a summary as JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,
    /// Print no progress
    #[arg(long, short)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SweepCommand {
    /// Write a line for each run, which `run-cell` takes
    #[command(after_help = "Example:
  dunbar sweep plan scenarios/library/double-spend.toml --out cells.jsonl")]
    Plan(SweepPlan),
}

#[derive(Debug, Args)]
pub(crate) struct SweepPlan {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// How many seeds every cell is run with [default: as the scenario says]
    #[arg(long, value_name = "N", conflicts_with = "seed", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) seeds: Option<u32>,
    /// The file that is written
    #[arg(long, value_name = "FILE", default_value = "cells.jsonl")]
    pub(crate) out: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

#[derive(Debug, Args)]
pub(crate) struct RunCell {
    /// A line of cells.jsonl
    pub(crate) cell: String,
    /// The folder in which cell-N-seed-S.json is written; a run that is there already is not run again
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The scenario file, or the manifest.json of an earlier run; a manifest's digests are compared as well
    #[command(flatten)]
    pub(crate) selection: Selection,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

#[derive(Debug, Args)]
pub(crate) struct Conform {
    /// The trace, of a simulation or of a live node
    pub(crate) trace: PathBuf,
    /// Of a live node, too, accept only a trace that ended in order
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

#[derive(Debug, Args)]
pub(crate) struct Child {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// Only this cell
    #[arg(long)]
    pub(crate) cell: Option<usize>,
    /// Steps between these two points in time, in nanoseconds, go to `steps`
    #[arg(long, num_args = 2, requires = "steps")]
    pub(crate) window: Vec<u64>,
    /// Where the steps of the window go
    #[arg(long)]
    pub(crate) steps: Option<PathBuf>,
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.trim().to_owned())),
        _ => Err("write KEY=VALUE, such as network.connectivity=0.1".to_owned()),
    }
}
