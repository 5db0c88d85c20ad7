//! The parser: recursive descent with recovery, so that one run reports all errors of a file.
//!
//! Nodes are closed over what was parsed since a [`Mark`]; closing twice over the same mark wraps the earlier node,
//! which is how operators take their left side. Bounds: brackets nest [`NESTING_MAX`] deep, a tree is [`HEIGHT_MAX`]
//! high, a file has [`SIZE_MAX`] bytes, and [`ERRORS_MAX`] errors are reported.

mod actions;
mod actor;
mod declarations;
mod expressions;
mod lookahead;
mod statements;
mod types;

use crate::codes::Code;
use crate::diagnostic::{Diagnostic, Fix};
use crate::span::{Lines, Span};
use crate::token::{Kind, Token, tokens};
use crate::tree::{Entry, NodeKind, Tree};

/// How deeply constructs may be nested.
pub const NESTING_MAX: u32 = 128;
/// How many operators may build on each other, as in `a + b + c + …`.
pub const HEIGHT_MAX: u16 = 512;
/// How large a file may be, in bytes.
pub const SIZE_MAX: usize = 64 << 20;
/// How many errors of the syntax are reported for a file.
pub const ERRORS_MAX: usize = 1_000;

/// A tree, and what was wrong with the text.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// Complete for the parts that could be read.
    pub tree: Tree,
    /// In the order of the text.
    pub errors: Vec<Diagnostic>,
}

/// Reads the text of file number `file`.
pub fn parse(file: u32, text: impl Into<String>) -> Parsed {
    let text = text.into();
    if text.len() > SIZE_MAX {
        let at = Span { file, start: 0, end: 0 };
        let message = format!("the file has more than {SIZE_MAX} bytes, and no more are read");
        let error = Diagnostic::new(Code::SIZE, at, message).hint("split it, and import the parts");
        return Parsed { errors: vec![error], ..parse(file, "") };
    }
    let all = tokens(&text);
    let significant = (0..all.len() as u32).filter(|at| !all[*at as usize].kind.is_trivia()).collect();
    let nodes = Vec::with_capacity(all.len());
    let tree = Tree { file, text, tokens: all, nodes, kids: vec![] };
    let mut parser = Parser {
        tree,
        significant,
        at: 0,
        open: vec![],
        depth: 0,
        errors: vec![],
        failed_at: None,
        mode: Mode::Plain,
        in_inputs: false,
    };
    parser.file();
    parser.characters();
    parser.finish()
}

/// Reads bytes, which may not be text at all.
pub fn parse_bytes(file: u32, bytes: Vec<u8>) -> Parsed {
    let error = match String::from_utf8(bytes) {
        Ok(text) => return parse(file, text),
        Err(error) => error,
    };
    let good = error.utf8_error().valid_up_to();
    let bytes = error.into_bytes();
    let text = String::from_utf8_lossy(&bytes[..good]).into_owned();
    let position = Lines::new(&text).position(&text, good as u32);
    let message =
        format!("byte 0x{:02x} in line {}, column {} is not UTF-8", bytes[good], position.line, position.column);
    let mut parsed = parse(file, text);
    let at = Span { file, start: good as u32, end: good as u32 };
    let hint = "save the file as UTF-8; what follows this byte was not read";
    parsed.errors = vec![Diagnostic::new(Code::ENCODING, at, message).hint(hint)];
    parsed
}

/// What an opening parenthesis may mean behind an expression.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// A call.
    Plain,
    /// A call, or the actions of a guarded transition.
    Guard,
    /// A call, or the body of a loop.
    Loop,
    /// A call; and `=` compares.
    Refinement,
}

/// Where a node begins.
#[derive(Clone, Copy)]
struct Mark {
    /// How many nodes were open.
    open: usize,
    /// The significant token.
    at: usize,
}

struct Parser {
    tree: Tree,
    /// Indices of the tokens that mean something.
    significant: Vec<u32>,
    /// Index into `significant`.
    at: usize,
    /// Nodes that have no parent yet.
    open: Vec<u32>,
    depth: u32,
    errors: Vec<Diagnostic>,
    /// Where the last error was: one place has one error.
    failed_at: Option<usize>,
    mode: Mode,
    /// Whether fields are separated by commas.
    in_inputs: bool,
}

impl Parser {
    fn kind(&self) -> Kind {
        self.nth(0)
    }

    fn nth(&self, ahead: usize) -> Kind {
        self.token_at(self.at + ahead).kind
    }

    fn token_at(&self, at: usize) -> Token {
        let at = self.significant[at.min(self.significant.len() - 1)];
        self.tree.tokens[at as usize]
    }

    fn word(&self, ahead: usize) -> &str {
        let at = self.significant[(self.at + ahead).min(self.significant.len() - 1)] as usize;
        if self.tree.tokens[at].kind == Kind::WORD { self.tree.token_text(at) } else { "" }
    }

    fn is_word(&self, word: &str) -> bool {
        self.word(0) == word
    }

    fn is(&self, sign: u8) -> bool {
        self.kind() == Kind::sign(sign)
    }

    /// The range of a significant token.
    fn span_at(&self, at: usize) -> Span {
        self.tree.token_span(self.significant[at.min(self.significant.len() - 1)] as usize)
    }

    fn here(&self) -> Span {
        self.span_at(self.at)
    }

    fn advance(&mut self) {
        if self.kind() != Kind::END {
            self.at += 1;
        }
    }

    fn eat(&mut self, sign: u8) -> bool {
        let is = self.is(sign);
        if is {
            self.at += 1;
        }
        is
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        if is {
            self.at += 1;
        }
        is
    }

    fn mark(&self) -> Mark {
        Mark { open: self.open.len(), at: self.at }
    }

    /// Makes what was parsed since the mark one node; its main token is the first one.
    fn close(&mut self, mark: Mark, kind: NodeKind) {
        self.close_at(mark, kind, mark.at);
    }

    /// The same with another significant token as the main one.
    fn close_at(&mut self, mark: Mark, kind: NodeKind, main: usize) {
        let height =
            self.open[mark.open..].iter().map(|id| self.tree.nodes[*id as usize].height).max().unwrap_or(0) + 1;
        let kids = self.tree.kids.len() as u32;
        let too_high = height > HEIGHT_MAX && kind != NodeKind::FILE;
        if too_high {
            let at = self.span_at(main);
            self.too_deep(at);
        } else {
            self.tree.kids.extend_from_slice(&self.open[mark.open..]);
        }
        self.open.truncate(mark.open);
        let first = self.significant[mark.at.min(self.significant.len() - 1)];
        let end = if self.at > mark.at { self.significant[self.at - 1] + 1 } else { first };
        let (kind, height) = if too_high { (NodeKind::ERROR, 1) } else { (kind, height) };
        let main = self.significant[main.min(self.significant.len() - 1)];
        let kids = (kids, self.tree.kids.len() as u32);
        self.open.push(self.tree.nodes.len() as u32);
        self.tree.nodes.push(Entry { kind, height, main, first, end, kids });
    }

    /// Parses one level deeper, or skips a bracket that is nested too deeply.
    fn deeper(&mut self, parse: impl FnOnce(&mut Self)) {
        if self.depth < NESTING_MAX {
            self.depth += 1;
            parse(self);
            self.depth -= 1;
            return;
        }
        let at = self.here();
        self.too_deep(at);
        let mark = self.mark();
        self.skip_balanced();
        self.close(mark, NodeKind::ERROR);
    }

    fn too_deep(&mut self, at: Span) {
        if self.errors.iter().rev().take(8).any(|error| error.code == Code::NESTING) {
            return;
        }
        let message =
            format!("nested deeper than {NESTING_MAX} levels, or a chain of more than {HEIGHT_MAX} operators");
        self.report(Diagnostic::new(Code::NESTING, at, message).hint("split it: name the parts with assignments"));
        self.failed_at = Some(self.at);
    }

    /// Skips a token, and if it opens a bracket everything up to its end.
    fn skip_balanced(&mut self) {
        let mut depth = 0u32;
        loop {
            match self.kind() {
                Kind::END => return,
                kind if kind == Kind::sign(b'(') || kind == Kind::sign(b'[') || kind == Kind::sign(b'{') => depth += 1,
                kind if kind == Kind::sign(b')') || kind == Kind::sign(b']') || kind == Kind::sign(b'}') => {
                    if depth == 0 {
                        return;
                    }
                    depth -= 1;
                }
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }

    fn report(&mut self, error: Diagnostic) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(error);
        } else if self.errors.len() == ERRORS_MAX {
            let message = format!("more than {ERRORS_MAX} errors: the others are not shown");
            self.errors.push(Diagnostic::new(Code::MANY, error.span(), message).hint("is this an OMT file?"));
        }
    }

    /// Reports that something else was expected here, unless this place has an error already.
    fn expected(&mut self, what: &str) {
        self.expected_with(what, "");
    }

    fn expected_with(&mut self, what: &str, hint: &str) {
        if self.failed_at == Some(self.at) {
            return;
        }
        self.failed_at = Some(self.at);
        if self.kind() == Kind::BAD || self.kind() == Kind::OPEN_TEXT {
            return; // `characters` reports these.
        }
        let found = self.found();
        let message = format!("expected {what}, found {found}");
        let before = self.token_at(self.at.saturating_sub(1)).kind;
        let slashes = self.is(b'/') && [self.nth(1), before].contains(&self.kind());
        let hint = match (hint, self.kind()) {
            _ if slashes => "comments begin with `#`".to_owned(),
            ("", Kind::END) => "the file ends too early: is a bracket open?".to_owned(),
            ("", kind) if kind == Kind::sign(b';') => "remove it: nothing separates statements".to_owned(),
            ("", kind) if kind == Kind::sign(b':') => "remove it: name and type or value stand side by side".to_owned(),
            ("", _) => format!("write {what} here, or remove {found}"),
            (hint, _) => hint.to_owned(),
        };
        let removable = [b';', b':'].iter().any(|sign| self.is(*sign));
        let here = self.here();
        let fix = removable.then(|| Fix { span: here, with: String::new() });
        self.report(Diagnostic::new(Code::SYNTAX, here, message).here(format!("expected {what}")).hint(hint).fix(fix));
    }

    /// Reports that something else was expected here, and makes what is skipped up to where one `goes_on`, or up to the
    /// end of the bracket or declaration, one node: a token at least.
    fn skip_to(&mut self, what: &str, hint: &str, goes_on: impl Fn(&Self) -> bool) {
        self.expected_with(what, hint);
        let (mark, before) = (self.mark(), self.at);
        while !goes_on(self) && !self.is(b')') && self.kind() != Kind::END && !self.at_declaration() {
            let at = self.at;
            self.skip_balanced();
            if self.at == at {
                self.advance();
            }
        }
        if self.at == before {
            self.advance();
        }
        self.failed_at = Some(self.at);
        self.close(mark, NodeKind::ERROR);
    }

    fn found(&self) -> String {
        match self.kind() {
            Kind::END => "the end of the file".to_owned(),
            _ => {
                let text = self.tree.token_text(self.significant[self.at] as usize);
                let short: String = text.chars().take(40).collect();
                if short.len() < text.len() { format!("`{short}…`") } else { format!("`{short}`") }
            }
        }
    }

    fn expect(&mut self, sign: u8) -> bool {
        let found = self.eat(sign);
        if !found {
            self.expected(&format!("`{}`", sign as char));
        }
        found
    }

    /// Ends a bracket that was opened by the significant token `opened`.
    fn expect_close(&mut self, sign: u8, opened: usize) {
        if self.eat(sign) || self.failed_at == Some(self.at) {
            return;
        }
        if self.kind() != Kind::END && !self.at_declaration() {
            return self.expected(&format!("`{}`", sign as char));
        }
        self.failed_at = Some(self.at);
        let opener = self.span_at(opened);
        let message = format!("this bracket is not closed before {}", self.found());
        let error = Diagnostic::new(Code::UNCLOSED, opener, message).here("opened here");
        let error = error.label(self.here(), format!("`{}` should stand before this", sign as char));
        self.report(error.hint(format!("add a `{}`", sign as char)));
    }

    fn finish(mut self) -> Parsed {
        self.errors.sort_by_key(|error| error.span().start);
        Parsed { tree: self.tree, errors: self.errors }
    }

    /// Reports what no production can report: characters without meaning, strings without end.
    fn characters(&mut self) {
        for at in 0..self.tree.tokens.len() {
            let span = self.tree.token_span(at);
            match self.tree.tokens[at].kind {
                Kind::BAD => self.bad_characters(at, span),
                Kind::OPEN_TEXT => {
                    let error = Diagnostic::new(Code::STRING, span, "the string does not end on its line");
                    self.report(
                        error.here("begins here").hint("close it with `\"`; a string has no escapes and one line"),
                    );
                }
                Kind::TEXT | Kind::COMMENT => self.control_characters(at, span),
                _ => {}
            }
        }
    }

    fn bad_characters(&mut self, at: usize, span: Span) {
        let shown: String = self.tree.token_text(at).chars().take(8).flat_map(char::escape_default).collect();
        let error = Diagnostic::new(Code::CHARACTER, span, format!("`{shown}` means nothing here"));
        let hint = match self.tree.token_text(at).chars().next() {
            Some('!') => "write `NOT` for negation and `!=` for inequality",
            Some('&' | '|') => "write `AND` or `OR`",
            Some('\'' | '`') => "strings stand in double quotes",
            Some('%') => "there is no remainder",
            _ => "remove it; names have ASCII letters, digits and `_`",
        };
        self.report(error.hint(hint));
    }

    fn control_characters(&mut self, at: usize, span: Span) {
        let text = self.tree.token_text(at);
        let is_control = |byte: &u8| (*byte < 0x20 && *byte != b'\t' && *byte != b'\r') || *byte == 0x7f;
        let Some(inside) = text.as_bytes().iter().position(is_control) else { return };
        let start = span.start + inside as u32;
        let message = format!("the control character 0x{:02x} may not stand here", text.as_bytes()[inside]);
        let at = Span { start, end: start + 1, ..span };
        self.report(Diagnostic::new(Code::CHARACTER, at, message).hint("remove it"));
    }
}

#[cfg(test)]
mod tests;
