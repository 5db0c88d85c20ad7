//! Exit codes, and how failures are printed.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use miette::Diagnostic;
use scenarios::{BadScenario, Verdict};

/// How a command ended when nothing went wrong with the command itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Code 0.
    Pass,
    /// Code 1: an expectation failed, two runs differ, a replay diverged.
    Fail,
    /// Code 3: nothing was measured.
    Inconclusive,
}

impl From<Verdict> for Finding {
    fn from(verdict: Verdict) -> Finding {
        match verdict {
            Verdict::Pass => Finding::Pass,
            Verdict::Fail => Finding::Fail,
            Verdict::Inconclusive => Finding::Inconclusive,
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Code 2: usage or bad input.
    Scenario(Box<BadScenario>),
    /// Code 2: usage or bad input, with a way out.
    Input { what: String, hint: String },
    /// Code 4: our own fault, or the machine's.
    Internal(String),
}

impl Failure {
    pub(crate) fn input(what: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure::Input { what: what.into(), hint: hint.into() }
    }

    pub(crate) fn internal(what: impl fmt::Display) -> Failure {
        Failure::Internal(what.to_string())
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(doing: &str, path: &Path, error: &std::io::Error) -> Failure {
        Failure::input(format!("cannot {doing} {}: {error}", path.display()), "")
    }
}

impl From<BadScenario> for Failure {
    fn from(bad: BadScenario) -> Failure {
        Failure::Scenario(Box::new(bad))
    }
}

/// A failure without a place in a file.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{what}")]
struct Plain {
    what: String,
    #[help]
    hint: Option<String>,
}

/// Prints a failure and gives the exit code.
pub(crate) fn report(outcome: Result<Finding, Failure>) -> ExitCode {
    let plain = |what, hint: String| Plain { what, hint: Some(hint).filter(|hint| !hint.is_empty()) };
    let (code, report) = match outcome {
        Ok(Finding::Pass) => return ExitCode::from(0),
        Ok(Finding::Fail) => return ExitCode::from(1),
        Ok(Finding::Inconclusive) => return ExitCode::from(3),
        Err(Failure::Scenario(bad)) => (2, miette::Report::new(*bad)),
        Err(Failure::Input { what, hint }) => (2, miette::Report::new(plain(what, hint))),
        Err(Failure::Internal(what)) => {
            let hint = "this is a defect or the machine's: please report it with the command line".to_owned();
            (4, miette::Report::new(plain(what, hint)))
        }
    };
    eprintln!("{report:?}");
    ExitCode::from(code)
}
