//! What a transition does.

use super::Parser;
use crate::token::Kind;
use crate::tree::NodeKind;

const HINT: &str = "actions are `store a, b`, `x = e`, `STORE(x, e)`, `lookup x = e`, `SEND(peer, MESSAGE)`, \
                    `BROADCAST(peers, MESSAGE)` and `APPEND(list, e)`";

impl Parser {
    pub(super) fn actions(&mut self) {
        let (mark, opened) = (self.mark(), self.at);
        self.advance();
        while !self.is(b')') && self.kind() != Kind::END && !self.at_declaration() && !self.leaves_actions() {
            self.action();
        }
        self.expect_close(b')', opened);
        self.close(mark, NodeKind::ACTIONS);
    }

    /// Whether a member of the actor begins here, so that the bracket was forgotten.
    fn leaves_actions(&self) -> bool {
        self.at_member() && !self.action_ahead(0)
    }

    fn action(&mut self) {
        let mark = self.mark();
        let called = self.nth(1) == Kind::sign(b'(');
        let kind = match self.word(0) {
            "store" if self.nth(1) == Kind::WORD => self.copy(),
            "lookup" if self.nth(1) == Kind::WORD => {
                self.advance();
                self.assignment();
                NodeKind::LOOKUP
            }
            "STORE" if called => self.name_first(NodeKind::SET),
            "APPEND" if called => self.name_first(NodeKind::APPEND),
            "SEND" if called => self.name_last(NodeKind::SEND),
            "BROADCAST" if called => self.name_last(NodeKind::BROADCAST),
            _ if self.nth(1) == Kind::sign(b'=') && self.kind() == Kind::WORD => {
                self.assignment();
                NodeKind::ASSIGN
            }
            _ => return self.skip_to("an action", HINT, |parser| parser.action_ahead(0)),
        };
        self.close(mark, kind);
    }

    fn copy(&mut self) -> NodeKind {
        self.advance();
        self.leaf(NodeKind::NAME);
        while self.eat(b',') {
            self.name("a field of the event");
        }
        NodeKind::COPY
    }

    fn assignment(&mut self) {
        self.name("a variable");
        if self.expect(b'=') {
            self.expression();
        }
    }

    /// `WORD(name, expression)`
    fn name_first(&mut self, kind: NodeKind) -> NodeKind {
        self.advance();
        let opened = self.at;
        self.advance();
        if self.name("a variable") && self.expect(b',') {
            self.plain(Self::expression);
        }
        self.end_call(opened);
        kind
    }

    /// `WORD(expression, name)`
    fn name_last(&mut self, kind: NodeKind) -> NodeKind {
        self.advance();
        let opened = self.at;
        self.advance();
        self.plain(Self::expression);
        if self.expect(b',') {
            self.name("the name of a message");
        }
        self.end_call(opened);
        kind
    }

    fn end_call(&mut self, opened: usize) {
        if !self.is(b')') && self.kind() != Kind::END && !self.at_declaration() {
            self.expected("`)`");
            while !self.is(b')') && !self.action_ahead(0) && self.kind() != Kind::END && !self.at_declaration() {
                self.skip_one();
            }
        }
        self.expect_close(b')', opened);
    }
}
