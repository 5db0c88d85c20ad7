//! Warnings that a file allows, with a reason: `# allow W-STUCK: the operator intervenes` above a declaration or member
//! is for all of it, behind something for its line.

use std::collections::BTreeMap;

use super::findings::Findings;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::program::Program;
use crate::span::Span;
use crate::token::Kind;
use crate::tree::{Node, Tree};

#[derive(Debug)]
struct Allowance {
    /// The comment.
    at: Span,
    used: bool,
}

/// Where warnings of a code are allowed; items are one in another or side by side.
#[derive(Debug)]
struct Item {
    over: Span,
    allowance: usize,
    /// The smallest item around it.
    around: Option<usize>,
}

/// What the main file allows.
#[derive(Debug, Default)]
pub(crate) struct Allowances {
    all: Vec<Allowance>,
    /// By code, in the order of the file.
    items: BTreeMap<Code, Vec<Item>>,
    /// By code and line: what stands behind something, and until where it counts.
    lines: BTreeMap<(Code, usize), (u32, usize)>,
    starts: Option<crate::span::Lines>,
    wrong: Vec<Diagnostic>,
}

impl Allowances {
    /// Reads the comments of the main file.
    pub(super) fn of(program: &Program) -> Allowances {
        let tree = &program.main().tree;
        let mut allowances = Allowances::default();
        let mut wrong = Findings::default();
        let mut comments = vec![];
        for (at, token) in tree.tokens().iter().enumerate() {
            if token.kind == Kind::COMMENT {
                comments.extend(read(tree, at, &mut wrong).map(|codes| (at, codes)));
            } else if !token.kind.is_trivia() {
                comments.drain(..).for_each(|(comment, codes)| allowances.add(program, (comment, at), codes));
            }
        }
        let end = tree.tokens().len();
        comments.into_iter().for_each(|(comment, codes)| allowances.add(program, (comment, end), codes));
        if !allowances.all.is_empty() {
            allowances.starts = Some(program.main().lines.clone());
        }
        allowances.wrong = wrong.finish(true);
        allowances
    }

    /// A comment that stands behind something is for its line, any other for what follows it.
    fn add(&mut self, program: &Program, (comment, next): (usize, usize), codes: Vec<Code>) {
        let tree = &program.main().tree;
        let lines = &program.main().lines;
        let span = tree.token_span(comment);
        let number = self.all.len();
        self.all.push(Allowance { at: span, used: false });
        let line = lines.line_of(span.start);
        let start = lines.start_of(line, tree.text());
        if !tree.text()[start..span.start as usize].trim().is_empty() {
            for code in codes {
                self.lines.entry((code, line)).or_insert((span.end, number));
            }
            return;
        }
        let over = widest(tree.root(), next).map_or(span, Node::span);
        for code in codes {
            let items = self.items.entry(code).or_default();
            let mut around = items.len().checked_sub(1);
            while let Some(outer) = around.filter(|outer| items[*outer].over.end < over.end) {
                around = items[outer].around;
            }
            if around.is_none_or(|outer| items[outer].over != over) {
                items.push(Item { over, allowance: number, around });
            }
        }
    }

    /// Whether a warning is allowed; then its allowance has an effect.
    pub(super) fn allows(&mut self, finding: &Diagnostic) -> bool {
        let (Some(starts), span) = (&self.starts, finding.span()) else { return false };
        if span.file != 0 {
            return false;
        }
        let line = self.lines.get(&(finding.code, starts.line_of(span.start)));
        let mut found = line.filter(|(end, _)| span.end <= *end).map(|(_, allowance)| *allowance);
        if let Some(items) = self.items.get(&finding.code).filter(|_| found.is_none()) {
            let mut at = items.partition_point(|item| item.over.start <= span.start).checked_sub(1);
            while let Some(item) = at.map(|at| &items[at]) {
                if item.over.contains(span) {
                    found = Some(item.allowance);
                    break;
                }
                at = item.around;
            }
        }
        found.into_iter().for_each(|allowance| self.all[allowance].used = true);
        found.is_some()
    }

    /// What is wrong with the allowances themselves.
    pub(super) fn wrong(&mut self) -> Vec<Diagnostic> {
        let mut wrong = std::mem::take(&mut self.wrong);
        for allowance in self.all.iter().filter(|allowance| !allowance.used) {
            let finding = Diagnostic::new(Code::ALLOW, allowance.at, "this allowance has no effect");
            wrong.push(finding.hint("nothing of the kind is found here: remove it"));
        }
        wrong
    }
}

/// Reads the codes of a comment; most say nothing about warnings.
fn read(tree: &Tree, at: usize, wrong: &mut Findings) -> Option<Vec<Code>> {
    let text = tree.token_text(at).trim_start_matches('#').trim();
    let rest = text.strip_prefix("allow ")?;
    if !rest.trim_start().starts_with("W-") && !rest.trim_start().starts_with("E-") {
        return None; // Prose that happens to begin so.
    }
    let (names, reason) = rest.split_once(':').unwrap_or((rest, ""));
    let span = tree.token_span(at);
    let mut codes = vec![];
    for name in names.split([',', ' ']).filter(|name| !name.is_empty()) {
        match Code::named(name) {
            Some(code) if code.text().starts_with('W') => codes.push(code),
            Some(code) => {
                let finding = Diagnostic::new(Code::ALLOW, span, format!("`{code}` is an error and cannot be allowed"));
                wrong.push(finding.hint("mend what it is about"));
            }
            None => {
                let hint = crate::typo::suggest(name, span, "code", Code::all().map(Code::text)).hint;
                wrong.push(Diagnostic::new(Code::ALLOW, span, format!("there is no code `{name}`")).hint(hint));
            }
        }
    }
    if reason.trim().is_empty() {
        let finding = Diagnostic::new(Code::ALLOW, span, "an allowance needs a reason");
        wrong.push(finding.hint("write `# allow CODE: why it is meant so`"));
        return None;
    }
    Some(codes).filter(|codes| !codes.is_empty())
}

/// The widest node below the root that begins with a token.
fn widest(root: Node<'_>, first: usize) -> Option<Node<'_>> {
    let mut node = root;
    loop {
        let around = node.child_over(first)?;
        if around.token_range().start == first {
            return Some(around);
        }
        node = around;
    }
}
