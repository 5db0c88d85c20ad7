//! Warnings that a file allows, with a reason: `# allow W-STUCK: the operator intervenes` above a declaration or member
//! is for all of it, behind something for its line.

use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::program::Program;
use crate::span::Span;
use crate::token::Kind;
use crate::tree::{Node, Tree};

struct Allowance {
    codes: Vec<Code>,
    /// The comment.
    at: Span,
    /// Where the warnings are allowed.
    over: Span,
    used: bool,
}

/// Leaves out what the main file allows, and adds what is wrong with its allowances.
pub(super) fn filter(program: &Program, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut wrong = vec![];
    let tree = &program.main().tree;
    let mut allowances = vec![];
    for (at, token) in tree.tokens().iter().enumerate() {
        if token.kind == Kind::COMMENT {
            allowances.extend(allowance(program, tree, at, &mut wrong));
        }
    }
    let mut kept: Vec<Diagnostic> = vec![];
    for finding in found {
        let mut fitting = allowances.iter_mut().filter(|allowance| {
            !finding.is_error() && allowance.codes.contains(&finding.code) && allowance.over.contains(finding.span())
        });
        match fitting.next() {
            Some(allowance) => allowance.used = true,
            None => kept.push(finding),
        }
    }
    for allowance in allowances.iter().filter(|allowance| !allowance.used) {
        let finding = Diagnostic::new(Code::ALLOW, allowance.at, "this allowance has no effect");
        wrong.push(finding.hint("nothing of the kind is found here: remove it"));
    }
    kept.extend(wrong);
    kept
}

/// Reads a comment; most say nothing about warnings.
fn allowance(program: &Program, tree: &Tree, at: usize, wrong: &mut Vec<Diagnostic>) -> Option<Allowance> {
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
                let all: Vec<&str> = Code::all().map(Code::text).collect();
                let hint = crate::typo::suggest(name, span, "code", all.into_iter()).hint;
                wrong.push(Diagnostic::new(Code::ALLOW, span, format!("there is no code `{name}`")).hint(hint));
            }
        }
    }
    if reason.trim().is_empty() {
        let finding = Diagnostic::new(Code::ALLOW, span, "an allowance needs a reason");
        wrong.push(finding.hint("write `# allow CODE: why it is meant so`"));
        return None;
    }
    if codes.is_empty() {
        return None;
    }
    Some(Allowance { codes, at: span, over: over(program, tree, at), used: false })
}

/// The line of a comment that stands behind something, or else what follows it.
fn over(program: &Program, tree: &Tree, at: usize) -> Span {
    let lines = &program.main().lines;
    let span = tree.token_span(at);
    let line = lines.line_of(span.start);
    let start = lines.start_of(line, tree.text());
    let alone = tree.text()[start..span.start as usize].trim().is_empty();
    if !alone {
        return Span { start: start as u32, ..span };
    }
    let next = tree.tokens().iter().enumerate().skip(at).find(|(_, token)| !token.kind.is_trivia());
    let Some((next, _)) = next else { return span };
    let item = widest(tree.root(), next);
    item.map_or(span, Node::span)
}

/// The widest node below the root that begins with a token.
fn widest(root: Node<'_>, first: usize) -> Option<Node<'_>> {
    let mut node = root;
    loop {
        let around = node.children().find(|child| child.token_range().contains(&first))?;
        if around.token_range().start == first {
            return Some(around);
        }
        node = around;
    }
}
