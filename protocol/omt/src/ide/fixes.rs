//! The changes that findings propose, and those that can be made together.

use crate::check::{Analysis, FOUND_MAX};
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, Fix};
use crate::span::Span;

/// A change of the main file that an editor offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it does.
    pub title: String,
    /// The finding that it mends.
    pub code: Code,
    /// Where that finding is.
    pub at: Span,
    /// What it replaces, and by what.
    pub fix: Fix,
}

/// The changes for findings that touch the range of bytes, in the order of the text.
pub fn changes(analysis: &Analysis<'_>, start: u32, end: u32) -> Vec<Change> {
    let own = analysis.found.iter().filter(|found| found.span().file == 0);
    let touching = own.filter(|found| found.span().start <= end && start <= found.span().end);
    touching.filter_map(|found| change(analysis, found)).collect()
}

fn change(analysis: &Analysis<'_>, found: &Diagnostic) -> Option<Change> {
    let fix = found.fix.clone().filter(|fix| fix.span.file == 0)?;
    let old = analysis.model.program.text(fix.span);
    let title =
        if fix.with.is_empty() { format!("Remove `{old}`") } else { format!("Change `{old}` to `{}`", fix.with) };
    Some(Change { title, code: found.code, at: found.span(), fix })
}

/// All fixes of the main file that do not overlap, in the order of the text; of two that overlap the later one is taken.
pub fn compatible(found: &[Diagnostic]) -> Vec<&Fix> {
    let mut fixes: Vec<_> =
        found.iter().filter_map(|found| found.fix.as_ref()).filter(|fix| fix.span.file == 0).collect();
    fixes.sort_by_key(|fix| std::cmp::Reverse(fix.span.start));
    let mut end = u32::MAX;
    fixes.retain(|fix| {
        let fits = fix.span.end <= end;
        if fits {
            end = fix.span.start;
        }
        fits
    });
    fixes.reverse();
    fixes
}

/// How often a program is checked again to find the changes that do harm.
const CHECKS_MAX: usize = 64;

/// Those of several changes, which are in the order of the text, after which there is less to mend, and nothing that was not there
/// before: what was hidden behind a wrong name may not fit, and two changes may undo each other. `found` says which errors, and which
/// other findings with a change, a text has. Where one does harm, halves are tried; what has not been tried after some time is left
/// out.
pub fn harmless<'f>(text: &str, fixes: Vec<&'f Fix>, found: &mut dyn FnMut(&str) -> Vec<Code>) -> Vec<&'f Fix> {
    let before = found(text);
    let mut least = before.len();
    let count = |codes: &[Code], code: Code| codes.iter().filter(|other| **other == code).count();
    let mut kept: Vec<&'f Fix> = vec![];
    let mut open = vec![fixes];
    for _ in 0..CHECKS_MAX {
        let Some(mut next) = open.pop() else { break };
        let mut together: Vec<&'f Fix> = kept.iter().chain(&next).copied().collect();
        together.sort_by_key(|fix| fix.span.start);
        let after = found(&mend(text, together.iter().copied()));
        // Beyond so many, findings are only counted.
        let fewer = after.len() < least || least >= FOUND_MAX;
        if fewer && after.iter().all(|code| count(&after, *code) <= count(&before, *code)) {
            (kept, least) = (together, after.len());
        } else if next.len() > 1 {
            let second = next.split_off(next.len() / 2);
            open.push(second);
            open.push(next);
        }
    }
    kept
}

/// The text after changes that do not overlap, which are in its order.
pub fn mend<'f>(text: &str, fixes: impl DoubleEndedIterator<Item = &'f Fix>) -> String {
    let mut text = text.to_owned();
    for fix in fixes.rev() {
        text.replace_range(fix.span.start as usize..fix.span.end as usize, &fix.with);
    }
    text
}
