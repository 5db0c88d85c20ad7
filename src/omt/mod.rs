//! `dunbar omt …`: the transaction language on the command line. What it means is in the package `omt`; here are files,
//! the terminal, and exit codes.

mod arguments;
mod check;
mod explain;
mod files;
mod fix;
mod fmt;
mod generate;
mod lsp;

pub(crate) use arguments::Arguments;

use crate::exit::{Failure, Finding};
use arguments::Command;

/// Runs a subcommand.
pub(crate) fn omt(arguments: Arguments) -> Result<Finding, Failure> {
    match arguments.command {
        Command::Check(arguments) => check::check(&arguments),
        Command::Fmt(arguments) => fmt::fmt(&arguments),
        Command::Doc(arguments) => generate::doc(&arguments),
        Command::Graph(arguments) => generate::graph(&arguments),
        Command::Project(arguments) => generate::project(&arguments),
        Command::Explain(arguments) => explain::explain(&arguments),
        Command::Lsp(arguments) => lsp::lsp(&arguments),
    }
}
