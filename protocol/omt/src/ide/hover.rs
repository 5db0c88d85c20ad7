//! What is known of the name under the cursor.

use super::declared::{Declared, DeclaredKind, declared, targets, word_at};
use super::words::{meaning, plain};
use crate::check::{Analysis, builtins};
use crate::codes::Code;
use crate::span::Span;
use crate::token::Kind;
use crate::tree::{Node, NodeKind};

/// What is shown for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The name in the main file.
    pub span: Span,
    /// Markdown.
    pub text: String,
}

/// Longer declarations are cut.
const LINES_MAX: usize = 40;

/// What is known of the name at a byte of the main file: its declaration with the comment above it, the signature of a
/// function, the meaning of a word of the language or of a code in `# allow CODE`.
pub fn hover(analysis: &Analysis<'_>, offset: u32) -> Option<Hover> {
    if let Some((span, of)) = targets(analysis, offset) {
        let mut texts: Vec<String> = of.iter().filter_map(|of| declaration(analysis, *of)).collect();
        texts.dedup();
        return Some(Hover { span, text: texts.join("\n\n---\n\n") });
    }
    let tree = &analysis.model.program.main().tree;
    if tree.tokens()[tree.token_at(offset)].kind == Kind::COMMENT {
        return code(analysis, offset);
    }
    let token = word_at(tree, offset)?;
    let (span, word) = (tree.token_span(token), tree.token_text(token));
    let builtin = builtins().iter().find(|builtin| builtin.name.eq_ignore_ascii_case(word));
    let called = tree.tokens()[token + 1..].iter().find(|token| !token.kind.is_trivia());
    if let Some(builtin) = builtin.filter(|_| called.is_some_and(|next| next.kind == Kind::sign(b'('))) {
        let text = format!("{}\n{}.", fenced(&format!("{}{}", builtin.name, builtin.signature)), builtin.text);
        return Some(Hover { span, text });
    }
    let known = meaning(word)?;
    Some(Hover { span, text: format!("{}\n{}.", fenced(&plain(known.form)), known.text) })
}

fn fenced(text: &str) -> String {
    format!("```omt\n{text}\n```\n")
}

fn declaration(analysis: &Analysis<'_>, of: Span) -> Option<String> {
    let declared = declared(analysis, of)?;
    let code = match declared.kind {
        DeclaredKind::Actor => head(declared.node, NodeKind::STORE),
        DeclaredKind::Function => head(declared.node, NodeKind::BODY),
        DeclaredKind::Local => local(analysis, declared),
        _ => shortened(declared.node.text()),
    };
    let noun = declared.kind.noun();
    let owner = declared.owner.and_then(|owner| owner.child(NodeKind::NAME));
    let owner = owner.map_or(String::new(), |owner| format!(" of `{}`", owner.text()));
    let file = &analysis.model.program.files[of.file as usize];
    let from = if of.file == 0 { String::new() } else { format!(", from {}", file.path) };
    let comment = comment(declared.node);
    let more = if declared.kind == DeclaredKind::State { exits(declared) } else { String::new() };
    Some(format!("{}\n{noun}{owner}{from}{comment}{more}", fenced(&code)))
}

/// A declaration up to its first part of a kind, and without its brackets.
fn head(node: Node<'_>, until: NodeKind) -> String {
    let end = node.child(until).map_or(node.span().end, |body| body.span().start);
    let text = &node.tree().text()[node.span().start as usize..end as usize];
    let first = text.trim_end().trim_end_matches('(').trim_end();
    if until == NodeKind::STORE {
        first.lines().next().unwrap_or("").trim_end_matches(['(', ' ']).to_owned()
    } else {
        shortened(first)
    }
}

fn local(analysis: &Analysis<'_>, declared: Declared<'_>) -> String {
    let known = analysis.locals.iter().find(|(span, _)| *span == declared.name.span());
    let of = known.map_or_else(String::new, |(_, of)| format!(" {}", of.name(&analysis.model)));
    format!("{}{of}", declared.name.text())
}

/// The ways that leave a state, as a list.
fn exits(declared: Declared<'_>) -> String {
    let Some(actor) = declared.owner.and_then(crate::ast::Actor::cast) else { return String::new() };
    let from = |transition: &crate::ast::Transition<'_>| {
        transition.from().is_some_and(|from| from.text() == declared.name.text())
    };
    let exits = actor.transitions().filter(from).map(|transition| {
        let to = transition.to().map_or("?", Node::text);
        let event = transition.event_node().map_or("", Node::text);
        let otherwise = transition.otherwise().and_then(|otherwise| otherwise.to());
        let otherwise = otherwise.map_or(String::new(), |to| format!(", else `{}`", to.text()));
        format!("\n- `{to}` {event}{otherwise}")
    });
    let exits: String = exits.collect();
    if exits.is_empty() { exits } else { format!("\n\nleads to\n{exits}") }
}

fn shortened(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let margin =
        lines.iter().skip(1).filter(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start().len());
    let margin = margin.min().unwrap_or(0);
    let cut =
        |(at, line): (usize, &&str)| if at == 0 { (*line).to_owned() } else { line.chars().skip(margin).collect() };
    let mut shown: Vec<String> = lines.iter().enumerate().take(LINES_MAX).map(cut).collect();
    // What stands on the lines behind the first one keeps its shape, closed by the bracket in the first column.
    if lines.len() > LINES_MAX {
        shown.push("…".to_owned());
    }
    shown.join("\n")
}

/// The comment on the lines above a declaration, if nothing stands between them.
fn comment(node: Node<'_>) -> String {
    let tree = node.tree();
    let mut lines = vec![];
    for at in (0..node.token_range().start).rev() {
        let text = tree.token_text(at);
        match tree.tokens()[at].kind {
            Kind::SPACE if text.matches('\n').count() <= 1 => {}
            Kind::COMMENT => lines.push(text.trim_start_matches('#').trim()),
            _ => break,
        }
    }
    // A comment behind the declaration before this one belongs to that one; it has no line of its own.
    if let Some(first) = lines.last().copied()
        && !alone(node, first)
    {
        lines.pop();
    }
    lines.reverse();
    if lines.is_empty() { String::new() } else { format!("\n\n{}", lines.join("\n")) }
}

/// Whether a comment before a node begins its line.
fn alone(node: Node<'_>, comment: &str) -> bool {
    let before = &node.tree().text()[..node.span().start as usize];
    let Some(at) = before.rfind(comment) else { return true };
    let line = before[..at].rsplit('\n').next().unwrap_or("");
    line.trim_start().trim_start_matches('#').trim().is_empty()
}

/// The title of the code under the cursor in a comment.
fn code(analysis: &Analysis<'_>, offset: u32) -> Option<Hover> {
    let text = analysis.model.program.main().tree.text();
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let start = text[..offset as usize].rfind(|c| !inside(c)).map_or(0, |at| at + 1);
    let end = text[offset as usize..].find(|c| !inside(c)).map_or(text.len(), |at| at + offset as usize);
    let code = Code::named(text.get(start..end)?)?;
    let span = Span { file: 0, start: start as u32, end: end as u32 };
    Some(Hover { span, text: format!("**{code}**: {}\n\n{}", code.title(), code.page()) })
}
