//! The arguments of `dunbar omt`.

use std::path::PathBuf;

use ::omt::generate::Bounds;
use clap::{Args, Subcommand};

/// The OMT transaction language.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what is wrong with files and everything that they import
    #[command(after_help = "Exit codes: 0 no errors (there may be warnings), 1 errors, 2 a file cannot be read

Examples:
  dunbar omt check escrow.omt
  dunbar omt check protocol/*.omt --json")]
    Check(Check),
    /// Give files their one layout; comments stay
    #[command(
        after_help = "Exit codes: 0 done, 1 with --check a file has another layout, 2 a file cannot be read or parsed

Examples:
  dunbar omt fmt escrow.omt
  dunbar omt fmt --check protocol/*.omt"
    )]
    Fmt(Fmt),
    /// Explain a code, such as E-TO; without a code, list them all
    #[command(after_help = "Example:
  dunbar omt explain E-TO")]
    Explain(Explain),
    /// Document a transaction: Markdown with tables and a state diagram for each actor
    #[command(after_help = "Example:
  dunbar omt doc escrow.omt --out escrow.md")]
    Doc(Generate),
    /// Draw the states of all actors as SVG
    #[command(after_help = "Example:
  dunbar omt graph escrow.omt --out escrow.svg")]
    Graph(Generate),
    /// Print the local type of each actor, and whether each pair of them fits together
    #[command(after_help = "Of each pair between which messages go, this is looked for, with the shortest way to it:
  - a message that is sent, and that the receiver handles neither then nor later
  - a message that stays in the queue, because its receiver took another one and went where it is not handled
  - two that wait for one another without a timeout, or one that waits for somebody who has ended
  - a message that is awaited and never sent
Guards may hold or not, and time, owners and other actors may do anything at any time. A message that comes early waits,
as it does when the transaction runs, and a race is no mismatch. Of a role that several play, one is looked
at. docs/omt/project.md says more.

In a local type !M is sent, ?M received, &{} what others decide, +{} what the actor decides, mu S. a state that is
come back to.

Exit codes: 0 all pairs are dual, 1 there is a mismatch, 2 the file has errors, 3 a pair has too many configurations

Examples:
  dunbar omt project escrow.omt
  dunbar omt project escrow.omt --json | jq '.pairs[].mismatches[].text'
  dunbar omt project large.omt --queue 2 --configurations 200000")]
    Project(Project),
    /// Serve an editor on standard input and output, with the Language Server Protocol
    #[command(after_help = "Exit codes: 0 the editor shut it down, 1 it went away without that, 4 an internal error

Example, as an editor starts it; docs/omt/editors.md says how to set up VS Code, Neovim and Helix:
  dunbar omt lsp")]
    Lsp(Lsp),
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Print the findings as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Make the changes that findings propose; the file as it was stays beside it, as .FILE.bak
    #[arg(long)]
    pub(crate) fix: bool,
    /// With --fix, keep the file as it was before the first of several runs, too, as .FILE.orig; .FILE.fixed-hash tells
    /// whether it was edited in between
    #[arg(long, requires = "fix")]
    pub(crate) keep_original: bool,
    /// Treat warnings as errors
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Fmt {
    /// The files; `-` reads standard input and prints the result
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Change nothing; name the files whose layout differs
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// The file
    pub(crate) file: PathBuf,
    /// Where the result goes [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Project {
    /// The file
    pub(crate) file: PathBuf,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// How many messages may be under way in each direction
    #[arg(long, value_name = "N", default_value_t = Bounds::default().queue as u32, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub(crate) queue: u32,
    /// How many configurations of a pair are looked at
    #[arg(long, value_name = "N", default_value_t = Bounds::default().configurations as u32, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(crate) configurations: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Lsp {
    /// What editors pass to say how they speak; there is no other way
    #[arg(long)]
    pub(crate) stdio: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The code, as it stands in brackets behind `error` or `warning`
    pub(crate) code: Option<String>,
    /// Print the pages of all codes as one document
    #[arg(long, conflicts_with = "code")]
    pub(crate) all: bool,
}
