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
    /// Code 4 as well: the fault of who wrote a protocol of the program, with a way out.
    Program { what: String, hint: String },
}

impl Failure {
    pub(crate) fn input(what: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure::Input { what: what.into(), hint: hint.into() }
    }

    pub(crate) fn program(what: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure::Program { what: what.into(), hint: hint.into() }
    }

    /// Whether the program is at fault, and not who uses it.
    pub(crate) fn is_defect(&self) -> bool {
        matches!(self, Failure::Internal(_) | Failure::Program { .. })
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

/// Whose defect it is that a run of this protocol panicked, and what to do about it.
pub(crate) fn whose(protocol: &str) -> String {
    match crate::registry().get(protocol) {
        Some(_) => "this is a defect of dunbar: please report it with the command line".to_owned(),
        None => {
            format!("this is a defect of the protocol `{protocol}`; the lines above say where the program panicked")
        }
    }
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
        Failure::Input { what, hint } | Failure::Program { what, hint } => format!("{what}; {hint}"),
        Failure::Internal(what) => what.clone(),
    }
}

/// Prints a failure that does not end the command.
pub(crate) fn remark(failure: Failure) {
    report(Err(failure), Reader::Human);
}

/// Who reads why a command failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Somebody at a terminal.
    Human,
    /// A program: it gets one JSON document on one line.
    Program,
}

/// Prints a failure and gives the exit code.
pub(crate) fn report(outcome: Result<Finding, Failure>, reader: Reader) -> ExitCode {
    let failure = match outcome {
        Ok(Finding::Pass) => return ExitCode::from(0),
        Ok(Finding::Fail) => return ExitCode::from(1),
        Ok(Finding::Inconclusive) => return ExitCode::from(3),
        Err(failure) => failure,
    };
    let code = if failure.is_defect() { 4 } else { 2 };
    match reader {
        Reader::Program => output::complain(in_json(&failure, code)),
        Reader::Human => output::complain(format_args!("{:?}", in_full(failure))),
    }
    ExitCode::from(code)
}

/// A failure with its place and the way out.
fn in_full(failure: Failure) -> miette::Report {
    let plain = |what, hint: String| Plain { what, hint: Some(hint).filter(|hint| !hint.is_empty()) };
    match failure {
        Failure::Scenario(bad) => miette::Report::new(*bad),
        Failure::Input { what, hint } | Failure::Program { what, hint } => miette::Report::new(plain(what, hint)),
        Failure::Internal(what) => miette::Report::new(plain(what, DEFECT.to_owned())),
    }
}

const DEFECT: &str = "this is a defect or the machine's: please report it with the command line";

/// A failure as a program reads it: `error`, `help` and `code`, and for a mistake in a file `file`, `line` and `column`.
fn in_json(failure: &Failure, code: u8) -> serde_json::Value {
    match failure {
        Failure::Scenario(bad) => {
            let (line, column) = bad.line_and_column().unzip();
            serde_json::json!({
                "error": bad.message(), "help": bad.hint(), "code": code, "file": bad.file(), "line": line, "column": column,
            })
        }
        Failure::Input { what, hint } | Failure::Program { what, hint } => {
            serde_json::json!({ "error": what, "help": hint, "code": code })
        }
        Failure::Internal(what) => serde_json::json!({ "error": what, "help": DEFECT, "code": code }),
    }
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
