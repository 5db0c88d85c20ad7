//! Actors: store, triggers, states and transitions.

use super::{Mode, Parser};
use crate::token::Kind;
use crate::tree::NodeKind;

const HINT: &str = "an actor has store, trigger, state, and transitions such as `A -> B auto`";

impl Parser {
    pub(super) fn actor(&mut self) -> NodeKind {
        self.advance();
        self.name("the name of the actor");
        self.description();
        let opened = self.at;
        if self.expect(b'(') {
            while !self.is(b')') && self.kind() != Kind::END && !self.at_declaration() {
                self.member();
            }
            self.expect_close(b')', opened);
        }
        NodeKind::ACTOR
    }

    fn member(&mut self) {
        let mark = self.mark();
        let kind = match self.word(0) {
            _ if self.nth(1) == Kind::ARROW && self.kind() == Kind::WORD => self.transition(),
            "store" => {
                self.advance();
                self.fields();
                NodeKind::STORE
            }
            "trigger" => self.trigger(),
            "state" => self.state(),
            _ => return self.skip_to("a member of the actor", HINT, Self::at_member),
        };
        self.close(mark, kind);
    }

    fn trigger(&mut self) -> NodeKind {
        self.advance();
        self.name("the name of the trigger");
        self.inputs();
        if self.eat_word("in") {
            self.names("a state in which it may fire");
        } else {
            self.expected_with("`in`", "write `trigger NAME(x uint) in [STATE]`");
        }
        self.description();
        NodeKind::TRIGGER
    }

    fn state(&mut self) -> NodeKind {
        self.advance();
        self.name("the name of the state");
        while ["initial", "terminal"].contains(&self.word(0)) && self.nth(1) != Kind::ARROW {
            self.advance();
        }
        self.description();
        NodeKind::STATE
    }

    fn transition(&mut self) -> NodeKind {
        self.leaf(NodeKind::NAME);
        self.advance();
        self.name("the state to which it leads");
        self.event();
        let slip = self.is_keyword("if") && !self.at_member();
        let guarded = self.is_word("when") || slip;
        if slip {
            self.expected_with("`when`", "a guard begins with `when`");
        }
        if guarded {
            self.guard();
        }
        if self.is(b'(') {
            self.actions();
        }
        if self.is_word("else") {
            if !guarded {
                self.expected_with("a transition", "`else` needs a guard: write `when CONDITION` before it");
            }
            self.otherwise();
        }
        NodeKind::TRANSITION
    }

    fn event(&mut self) {
        let mark = self.mark();
        if self.eat_word("on") {
            if self.is_word("timeout") {
                let main = self.at;
                self.advance();
                let opened = self.at;
                if self.expect(b'(') {
                    self.timeout_parameter();
                    self.expect_close(b')', opened);
                }
                return self.close_at(mark, NodeKind::EVENT, main);
            }
            self.name("a message, a trigger or `timeout(PARAMETER)`");
        } else if !self.eat_word("auto") {
            self.expected_with(
                "`on` or `auto`",
                "write `A -> B on MESSAGE`, `A -> B on timeout(PARAMETER)` or `A -> B auto`",
            );
        }
        self.close(mark, NodeKind::EVENT);
    }

    fn timeout_parameter(&mut self) {
        if self.kind() != Kind::NUMBER {
            self.name("a parameter in seconds");
            return;
        }
        let hint = format!(
            "declare it, `parameters ( NAME = {} seconds \"what for\" )`, and write `timeout(NAME)`",
            self.found().trim_matches('`')
        );
        self.expected_with("the name of a parameter", &hint);
        self.skip_one();
    }

    fn guard(&mut self) {
        let mark = self.mark();
        self.advance();
        let before = std::mem::replace(&mut self.mode, Mode::Guard);
        self.expression();
        self.mode = before;
        self.close(mark, NodeKind::GUARD);
    }

    fn otherwise(&mut self) {
        let mark = self.mark();
        self.advance();
        if self.kind() == Kind::ARROW {
            self.advance();
        } else {
            self.expected_with("`->`", "write `else -> STATE`");
        }
        self.name("the state to which it leads");
        if self.is(b'(') {
            self.actions();
        }
        self.close(mark, NodeKind::ELSE);
    }
}
