//! The bodies of functions.

use super::{Mode, NESTING_MAX, Parser};
use crate::token::Kind;
use crate::tree::NodeKind;

impl Parser {
    /// Statements up to a closing parenthesis.
    pub(super) fn statements(&mut self) {
        while !self.is(b')') && self.kind() != Kind::END && !self.at_declaration() {
            self.statement();
        }
    }

    fn statement(&mut self) {
        let before = self.at;
        self.deeper(Self::statement_here);
        if self.at == before {
            self.advance();
        }
        // Nested too deeply: what follows would be, too.
        while self.depth == NESTING_MAX && !self.is(b')') && self.kind() != Kind::END {
            self.skip_token();
        }
    }

    fn statement_here(&mut self) {
        let mark = self.mark();
        let kind = match self.kind() {
            Kind::WORD if self.is_keyword("return") => {
                self.advance();
                self.expression();
                NodeKind::RETURN
            }
            Kind::WORD if self.is_keyword("for") => self.a_loop(),
            Kind::WORD if self.nth(1) == Kind::sign(b'=') => {
                self.leaf(NodeKind::NAME);
                self.advance();
                self.expression();
                NodeKind::LET
            }
            Kind::WORD if self.nth(1) == Kind::sign(b'[') && self.assigned_behind_index(1) => self.indexed(),
            kind if kind == Kind::sign(b'(') => {
                let opened = self.at;
                self.advance();
                self.statements();
                self.expect_close(b')', opened);
                NodeKind::SEQUENCE
            }
            _ => return self.no_statement(),
        };
        self.close(mark, kind);
    }

    fn no_statement(&mut self) {
        let hint = if self.is_keyword("if") {
            "IF is an expression: write `RETURN IF c THEN a ELSE b`"
        } else {
            "statements are `x = e`, `x[k] = e`, `FOR x IN xs ( … )` and `RETURN e`"
        };
        self.expected_with("a statement", hint);
        let mark = self.mark();
        self.skip_token();
        while !self.starts_statement() && !self.is(b')') && self.kind() != Kind::END && !self.at_declaration() {
            self.skip_token();
        }
        self.failed_at = Some(self.at);
        self.close(mark, NodeKind::ERROR);
    }

    fn skip_token(&mut self) {
        let at = self.at;
        self.skip_balanced();
        if self.at == at {
            self.advance();
        }
    }

    fn starts_statement(&self) -> bool {
        self.kind() == Kind::WORD
            && (self.is_keyword("return") || self.is_keyword("for") || self.nth(1) == Kind::sign(b'='))
    }

    fn indexed(&mut self) -> NodeKind {
        self.leaf(NodeKind::NAME);
        let opened = self.at;
        self.advance();
        self.plain(Self::expression);
        self.expect_close(b']', opened);
        self.expect(b'=');
        self.expression();
        NodeKind::LET_INDEX
    }

    fn a_loop(&mut self) -> NodeKind {
        self.advance();
        self.name("a variable");
        if self.is_keyword("in") {
            self.advance();
        } else {
            self.expected("`IN`");
        }
        let before = std::mem::replace(&mut self.mode, Mode::Loop);
        self.expression();
        self.mode = before;
        self.statement();
        NodeKind::FOR
    }
}
