//! Exit codes, and how failures are printed.

use std::fmt;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;

use miette::Diagnostic;
use scenarios::{BadScenario, OpenError, UnreadableFolder, Verdict};

use crate::output;

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
            Verdict::Fail | Verdict::Vacuous => Finding::Fail,
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

    /// A scenario that cannot be opened.
    pub(crate) fn open(path: &Path, error: OpenError) -> Failure {
        match error {
            OpenError::Unreadable(error) => Failure::file("read", path, &error),
            OpenError::Bad(bad) => bad.into(),
        }
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(doing: &str, path: &Path, error: &io::Error) -> Failure {
        let hint = match error.kind() {
            ErrorKind::NotFound => "is the path right? it is relative to the folder in which you are",
            ErrorKind::IsADirectory => "it is a folder: name a file",
            ErrorKind::AlreadyExists | ErrorKind::NotADirectory => "there is a file where a folder should be",
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => "choose a place to which you have access",
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room, or choose another place",
            _ => "",
        };
        Failure::input(format!("cannot {doing} {}: {error}", path.display()), hint)
    }
}

impl From<UnreadableFolder> for Failure {
    fn from(bad: UnreadableFolder) -> Failure {
        Failure::file("read", &bad.folder, &bad.error)
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

/// Does the work of a command. A panic is our own fault, and has the exit code of one; its message is printed already.
pub(crate) fn guarded(work: impl FnOnce() -> Result<Finding, Failure>) -> Result<Finding, Failure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Failure::internal("the program panicked")))
}

/// A failure in one line: where, what, and what to do.
pub(crate) fn in_words(failure: &Failure) -> String {
    match failure {
        Failure::Scenario(bad) => {
            let place = bad.line_and_column().map_or(String::new(), |(line, column)| format!(":{line}:{column}"));
            format!("{}{place}: {}; {}", bad.file(), bad.message(), bad.hint().unwrap_or_default())
        }
        Failure::Input { what, hint } => format!("{what}; {hint}"),
        Failure::Internal(what) => what.clone(),
    }
}

/// Prints a failure that does not end the command.
pub(crate) fn remark(failure: Failure) {
    report(Err(failure));
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
    output::remark(format_args!("{report:?}"));
    ExitCode::from(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_internal_error() {
        assert!(matches!(guarded(|| panic!("on purpose")), Err(Failure::Internal(_))));
        assert!(matches!(guarded(|| Ok(Finding::Fail)), Ok(Finding::Fail)));
    }
}
