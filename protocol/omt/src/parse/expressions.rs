//! Expressions, by precedence climbing.

use super::{Mark, Mode, Parser};
use crate::token::Kind;
use crate::tree::NodeKind;

/// Precedence from loose to tight, as in the table of the language guide.
const LOOSEST: u8 = 0;
const OR: u8 = 2;
const AND: u8 = 3;
const NOT: u8 = 4;
const IF: u8 = 5;
const COMPARE: u8 = 6;
const ADD: u8 = 7;
const MULTIPLY: u8 = 8;
const NEGATE: u8 = 9;

/// How tightly an operator sign binds.
fn level(kind: Kind) -> Option<u8> {
    Some(match kind {
        Kind::EQUAL | Kind::UNEQUAL | Kind::AT_MOST | Kind::AT_LEAST => COMPARE,
        kind if kind == Kind::sign(b'<') || kind == Kind::sign(b'>') => COMPARE,
        kind if kind == Kind::sign(b'+') || kind == Kind::sign(b'-') => ADD,
        kind if kind == Kind::sign(b'*') || kind == Kind::sign(b'/') => MULTIPLY,
        _ => return None,
    })
}

/// Whether the sign is an operator with two sides.
pub(super) fn is_operator(kind: Kind) -> bool {
    level(kind).is_some()
}

impl Parser {
    pub(super) fn expression(&mut self) {
        self.climb(LOOSEST);
    }

    /// Parses inside of brackets, where a parenthesis always is a call or a group.
    pub(super) fn plain(&mut self, parse: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.mode, Mode::Plain);
        parse(self);
        self.mode = before;
    }

    fn climb(&mut self, min: u8) {
        let mark = self.mark();
        self.deeper(|parser| parser.prefix(min));
        if self.open.len() == mark.open || !self.is_lambda(mark) {
            self.operators(min, mark);
        }
    }

    /// A lambda takes everything to its right, so no operator follows.
    fn is_lambda(&self, mark: Mark) -> bool {
        let last = self.open.last().filter(|_| self.open.len() == mark.open + 1);
        last.is_some_and(|id| self.tree.nodes[*id as usize].kind == NodeKind::LAMBDA)
    }

    fn operator(&self) -> Option<u8> {
        if self.kind() != Kind::WORD {
            // In a guard it is a slip of the pen.
            let equal = matches!(self.mode, Mode::Refinement | Mode::Guard) && self.is(b'=');
            return if equal { Some(COMPARE) } else { level(self.kind()) };
        }
        if self.is_keyword("and") {
            Some(AND)
        } else if self.is_keyword("or") {
            Some(OR)
        } else {
            None
        }
    }

    fn operators(&mut self, min: u8, mark: Mark) {
        let mut compared = false;
        while let Some(level) = self.operator().filter(|level| *level >= min.max(OR)) {
            let chained = level == COMPARE && compared;
            if chained {
                self.expected_with(
                    "an operator that may follow a comparison",
                    "comparisons do not chain: write `a < b AND b < c`",
                );
            }
            if self.mode == Mode::Guard && self.is(b'=') {
                self.expected_with("a comparison", "write `==` to compare; `=` sets a variable");
            }
            compared = level == COMPARE;
            let main = self.at;
            self.advance();
            self.climb(level + 1);
            self.close_at(mark, if chained { NodeKind::ERROR } else { NodeKind::BINARY }, main);
        }
    }

    fn prefix(&mut self, min: u8) {
        let mark = self.mark();
        match self.kind() {
            Kind::WORD if self.is_keyword("not") => {
                self.too_tight(min, NOT, "NOT");
                self.advance();
                self.climb(NOT);
                self.close(mark, NodeKind::UNARY);
            }
            Kind::WORD if self.is_keyword("if") => {
                self.too_tight(min, IF, "IF");
                self.conditional(mark);
            }
            Kind::WORD if self.nth(1) == Kind::MAPS => {
                self.too_tight(min, LOOSEST, "a lambda");
                self.leaf(NodeKind::NAME);
                self.advance();
                self.expression();
                self.close_at(mark, NodeKind::LAMBDA, mark.at + 1);
            }
            kind if kind == Kind::sign(b'-') => {
                self.advance();
                self.climb(NEGATE);
                self.close(mark, NodeKind::UNARY);
            }
            _ => self.postfix(),
        }
    }

    fn too_tight(&mut self, min: u8, level: u8, what: &str) {
        if min > level {
            self.expected_with("an operand", &format!("put {what} into parentheses"));
        }
    }

    fn conditional(&mut self, mark: Mark) {
        self.advance();
        self.expression();
        for (word, what) in [("then", "`THEN`"), ("else", "`ELSE`")] {
            if self.is_keyword(word) {
                self.advance();
            } else {
                self.expected_with(what, "write `IF condition THEN a ELSE b`; both branches are needed");
            }
            self.climb(IF);
        }
        self.close(mark, NodeKind::CONDITIONAL);
    }

    fn postfix(&mut self) {
        let mark = self.mark();
        if !self.primary() {
            return;
        }
        loop {
            match self.kind() {
                kind if kind == Kind::sign(b'(') => {
                    let ends = match self.mode {
                        Mode::Guard => self.actions_ahead(),
                        Mode::Loop => self.body_ahead(),
                        Mode::Plain | Mode::Refinement => false,
                    };
                    if ends {
                        return;
                    }
                    self.arguments(b')');
                    self.close(mark, NodeKind::CALL);
                }
                kind if kind == Kind::sign(b'[') => {
                    self.bracketed();
                    self.close(mark, NodeKind::INDEX);
                }
                kind if kind == Kind::sign(b'.') => self.access(mark),
                _ => return,
            }
        }
    }

    fn access(&mut self, mark: Mark) {
        self.advance();
        if self.is(b'[') {
            self.bracketed();
            return self.close(mark, NodeKind::DYNAMIC);
        }
        let main = self.at;
        self.name("the name of a field");
        self.close_at(mark, NodeKind::ACCESS, main);
    }

    fn bracketed(&mut self) {
        let opened = self.at;
        self.advance();
        self.plain(Self::expression);
        self.expect_close(b']', opened);
    }

    /// `(a, b)` or `[a, b]`
    fn arguments(&mut self, close: u8) {
        let opened = self.at;
        self.advance();
        if !self.is(close) {
            loop {
                self.plain(Self::expression);
                if !self.eat(b',') {
                    break;
                }
            }
        }
        self.end_bracket(close, opened);
    }

    /// Ends a bracket of an expression; what does not belong into it is skipped if the bracket ends soon.
    fn end_bracket(&mut self, close: u8, opened: usize) {
        if !self.is(close) && self.kind() != Kind::END && !self.at_declaration() {
            self.expected_with(&format!("`,` or `{}`", close as char), "");
            let is_close = |kind: Kind| [b')', b']', b'}'].iter().any(|sign| kind == Kind::sign(*sign));
            while !is_close(self.kind()) && !self.at_sync() {
                self.skip_one();
            }
        }
        self.expect_close(close, opened);
    }

    fn at_sync(&self) -> bool {
        self.kind() == Kind::END || self.at_declaration() || self.action_ahead(0) || self.at_member()
    }

    fn primary(&mut self) -> bool {
        let mark = self.mark();
        match self.kind() {
            Kind::NUMBER | Kind::TEXT | Kind::OPEN_TEXT => self.leaf(NodeKind::LITERAL),
            Kind::WORD if self.literal_word() => self.leaf(NodeKind::LITERAL),
            Kind::WORD if !self.operator_word(0) => self.leaf(NodeKind::REFERENCE),
            kind if kind == Kind::sign(b'(') => {
                let opened = self.at;
                self.advance();
                self.plain(Self::expression);
                self.end_bracket(b')', opened);
                self.close(mark, NodeKind::GROUP);
            }
            kind if kind == Kind::sign(b'[') => {
                self.arguments(b']');
                self.close(mark, NodeKind::LIST);
            }
            kind if kind == Kind::sign(b'{') => {
                self.plain(Self::entries);
                self.close(mark, NodeKind::FIELDS_OF);
            }
            _ => {
                self.expected("an expression");
                return false;
            }
        }
        true
    }

    fn literal_word(&self) -> bool {
        ["true", "false", "null"].iter().any(|word| self.is_keyword(word))
    }

    fn entries(&mut self) {
        let opened = self.at;
        self.advance();
        while !self.is(b'}') && self.kind() != Kind::END {
            let mark = self.mark();
            if self.kind() == Kind::DOTS {
                self.advance();
                self.expression();
                self.close(mark, NodeKind::SPREAD);
            } else if self.name("a field or `}`") {
                if self.is(b':') || self.is(b'=') {
                    self.expected_with("a value", "a record has neither colon nor `=`: write `{a 1, b x}`");
                    self.advance();
                }
                self.expression();
                self.close(mark, NodeKind::ENTRY);
            }
            if !self.eat(b',') {
                break;
            }
        }
        self.end_bracket(b'}', opened);
    }
}
