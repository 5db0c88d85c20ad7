//! `dunbar net`: networks, without running anything on them.

mod fit;
mod graph;
mod map;
mod show;

use clap::{Args, Subcommand};
use scenarios::Registry;

use crate::exit::{Failure, Finding};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the profiles that come with the program
    #[command(after_help = "Examples:
  dunbar net list
  dunbar net list --json")]
    List(show::ListArguments),
    /// Show a profile: latencies, shares, bandwidths, and a map
    #[command(after_help = "Examples:
  dunbar net show simblock-2019
  dunbar net show measured.toml --svg map.svg
  dunbar net show omerta --json")]
    Show(show::Arguments),
    /// Make a profile of measured round trips, and show how well it fits
    #[command(after_help = "Examples:
  dunbar net fit rtt.csv --out measured.toml
  dunbar net fit rtt.csv --within 5 --json

The file has a heading and the columns from, to (names of regions) and rtt_ms. A scenario uses the profile with
`profile = \"measured.toml\"`, if the file lies beside it.")]
    Fit(fit::Arguments),
    /// Show what the links of a scenario are like: degrees, components, distances
    #[command(after_help = "Examples:
  dunbar net graph scenarios/library/double-spend.toml
  dunbar net graph scenarios/library/double-spend.toml --seed 7 --set network.connectivity=0.1 --json")]
    Graph(graph::Arguments),
}

pub(crate) fn net(registry: &Registry, arguments: Arguments) -> Result<Finding, Failure> {
    match arguments.command {
        Command::List(arguments) => show::list(&arguments),
        Command::Show(arguments) => show::show(&arguments),
        Command::Fit(arguments) => fit::fit(&arguments),
        Command::Graph(arguments) => graph::graph(registry, &arguments),
    }
}
