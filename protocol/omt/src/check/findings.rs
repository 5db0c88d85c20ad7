//! What is found. So that a file of megabytes in which everything is wrong has an answer that can be read, [`FOUND_MAX`]
//! errors and as many warnings are kept, and the others are counted.

use super::allow::Allowances;
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, Severity};
use crate::span::Span;

/// How many errors, and how many warnings, are kept.
pub const FOUND_MAX: usize = 1_000;

/// How many findings of one severity there are.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    kept: usize,
    more: usize,
    /// The first one that is not kept.
    first: Option<Span>,
}

/// Findings as they are made.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    kept: Vec<Diagnostic>,
    errors: Count,
    warnings: Count,
    allowances: Allowances,
}

/// A place among findings, to go back to.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    kept: usize,
    errors: Count,
    warnings: Count,
}

impl Findings {
    /// None yet; warnings that are allowed are left out.
    pub(super) fn new(allowances: Allowances) -> Findings {
        Findings { allowances, ..Findings::default() }
    }

    pub(crate) fn push(&mut self, finding: Diagnostic) {
        if !finding.is_error() && self.allowances.allows(&finding) {
            return;
        }
        let span = finding.span();
        let count = self.count_mut(finding.severity());
        if count.kept < FOUND_MAX {
            count.kept += 1;
            self.kept.push(finding);
        } else {
            count.more += 1;
            count.first.get_or_insert(span);
        }
    }

    /// Whether a finding of this code would be counted only, so that it needs no hint.
    pub(crate) fn is_full(&self, code: Code) -> bool {
        let count = if code.severity() == Severity::Error { self.errors } else { self.warnings };
        count.kept >= FOUND_MAX
    }

    fn count_mut(&mut self, severity: Severity) -> &mut Count {
        if severity == Severity::Error { &mut self.errors } else { &mut self.warnings }
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { kept: self.kept.len(), errors: self.errors, warnings: self.warnings }
    }

    /// Forgets what was found since a mark.
    pub(super) fn rewind(&mut self, mark: Mark) {
        self.kept.truncate(mark.kept);
        (self.errors, self.warnings) = (mark.errors, mark.warnings);
    }

    /// Takes what was found since a mark out.
    pub(super) fn split_off(&mut self, mark: Mark) -> Vec<Diagnostic> {
        let found = self.kept.split_off(mark.kept);
        self.rewind(mark);
        found
    }

    /// All of them in the order of files and lines; at the end, how many more there are. Without `warnings`, only errors.
    pub(super) fn finish(mut self, warnings: bool) -> Vec<Diagnostic> {
        for wrong in self.allowances.wrong() {
            self.push(wrong);
        }
        let mut found = self.kept;
        if !warnings {
            found.retain(Diagnostic::is_error);
        }
        found.sort_by(|a, b| a.span().cmp(&b.span()).then(a.code.cmp(&b.code)));
        found.dedup();
        let many = [(Code::MANY, self.errors, "errors"), (Code::MANYWARNINGS, self.warnings, "warnings")];
        for (code, count, what) in many {
            if let Some(first) = count.first.filter(|_| warnings || code == Code::MANY) {
                let message = format!("and {} more {what}, which are not shown", count.more);
                let finding = Diagnostic::new(code, first, message).here("the first of them");
                found.push(finding.hint("mend those that are shown, and check again"));
            }
        }
        found
    }
}
