//! The arguments of `dunbar omt`.

use std::path::PathBuf;

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
    /// Print the local type of each actor, and for each pair the messages without a handler
    #[command(
        after_help = "What is checked: each message that one actor may send has a transition at the other, then or later. What is
not: that it is sent in the order in which it is awaited, that the two never wait for each other, guards.

In a local type !M is sent, ?M received, &{} what others decide, +{} what the actor decides, mu S. a state that is
come back to. Pairs between which no message goes are left out.

Exit codes: 0 no message without a handler, 1 somebody may send what is never handled, 2 the file has errors

Example:
  dunbar omt project escrow.omt"
    )]
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
