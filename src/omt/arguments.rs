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
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Print the findings as JSON
    #[arg(long)]
    pub(crate) json: bool,
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
pub(crate) struct Explain {
    /// The code, as it stands in brackets behind `error` or `warning`
    pub(crate) code: Option<String>,
    /// Print the pages of all codes as one document
    #[arg(long, conflicts_with = "code")]
    pub(crate) all: bool,
}
