//! `dunbar net`: networks, without running anything on them.

mod graph;

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
    /// Show what the links of a scenario are like: degrees, components, distances
    #[command(after_help = "Examples:
  dunbar net graph scenarios/library/double-spend.toml
  dunbar net graph scenarios/library/double-spend.toml --seed 7 --set network.connectivity=0.1 --json")]
    Graph(graph::Arguments),
}

pub(crate) fn net(registry: &Registry, arguments: Arguments) -> Result<Finding, Failure> {
    match arguments.command {
        Command::Graph(arguments) => graph::graph(registry, &arguments),
    }
}
