//! Decisions that need more than one token: what begins a declaration, an action, a statement.

use super::Parser;
use crate::token::Kind;

const OPEN: Kind = Kind::sign(b'(');
const CLOSE: Kind = Kind::sign(b')');
const ASSIGN: Kind = Kind::sign(b'=');

/// Words that are operators or literals in expressions, in either case.
const OPERATORS: &[&str] = &["and", "or", "not", "if", "then", "else", "return", "for", "in"];

impl Parser {
    /// Whether a declaration begins here. It looks far enough not to take a field that is called `block` for one.
    pub(super) fn at_declaration(&self) -> bool {
        let (next, text) = (self.nth(1), self.nth(1) == Kind::TEXT);
        match self.word(0) {
            "transaction" => (next == Kind::NUMBER || next == Kind::WORD) && self.nth(2) == Kind::TEXT,
            "imports" => next == Kind::WORD && self.nth(2) != Kind::sign(b'<'),
            "parameters" => next == OPEN,
            "enum" | "actor" => next == Kind::WORD && (self.nth(2) == OPEN || self.nth(2) == Kind::TEXT),
            "message" => next == Kind::WORD && self.word(2) == "from",
            "block" => next == Kind::WORD && self.word(2) == "by",
            "record" | "function" => next == Kind::WORD && self.nth(2) == OPEN,
            "native" => self.word(1) == "function",
            _ => text && self.is_word("actor"),
        }
    }

    /// Whether a member of an actor begins here.
    pub(super) fn at_member(&self) -> bool {
        let next = self.nth(1);
        match self.word(0) {
            "store" => next == OPEN,
            "trigger" => next == Kind::WORD && self.nth(2) == OPEN,
            "state" => next == Kind::WORD,
            "" => false,
            _ => next == Kind::ARROW,
        }
    }

    /// Whether the tokens from `ahead` on begin an action.
    pub(super) fn action_ahead(&self, ahead: usize) -> bool {
        let next = self.nth(ahead + 1);
        match self.word(ahead) {
            "" => false,
            "store" | "lookup" => next == Kind::WORD,
            "STORE" | "SEND" | "BROADCAST" | "APPEND" => next == OPEN,
            _ => next == ASSIGN,
        }
    }

    /// Whether the parenthesis here opens the actions of a transition, and no call.
    pub(super) fn actions_ahead(&self) -> bool {
        if self.nth(1) != CLOSE {
            return self.action_ahead(1);
        }
        let after_name = self.at > 0 && self.token_at(self.at - 1).kind == Kind::WORD;
        let continues = match self.nth(2) {
            kind if kind == OPEN || kind == Kind::sign(b'.') || kind == Kind::sign(b'[') => true,
            Kind::WORD => ["and", "or"].iter().any(|word| self.word(2).eq_ignore_ascii_case(word)),
            kind => super::expressions::is_operator(kind),
        };
        !(after_name && continues)
    }

    /// Whether the parenthesis here opens the body of a loop, and no call.
    pub(super) fn body_ahead(&self) -> bool {
        let mut ahead = 1;
        while self.nth(ahead) == OPEN {
            ahead += 1;
        }
        let word = self.word(ahead);
        match self.nth(ahead + 1) {
            _ if word.eq_ignore_ascii_case("return") || word.eq_ignore_ascii_case("for") => true,
            kind if kind == ASSIGN && !word.is_empty() => true,
            kind if kind == Kind::sign(b'[') && !word.is_empty() => self.assigned_behind_index(ahead + 1),
            _ => false,
        }
    }

    /// Whether an `=` follows the bracket at `ahead`.
    pub(super) fn assigned_behind_index(&self, ahead: usize) -> bool {
        let mut depth = 0u32;
        for at in ahead.. {
            match self.nth(at) {
                Kind::END => return false,
                kind if kind == Kind::sign(b'[') => depth += 1,
                kind if kind == Kind::sign(b']') => {
                    depth -= 1;
                    if depth == 0 {
                        return self.nth(at + 1) == ASSIGN;
                    }
                }
                _ => {}
            }
        }
        false
    }

    /// Whether the word at `ahead` is an operator or literal of expressions.
    pub(super) fn operator_word(&self, ahead: usize) -> bool {
        OPERATORS.iter().any(|word| self.word(ahead).eq_ignore_ascii_case(word))
    }

    pub(super) fn is_keyword(&self, word: &str) -> bool {
        self.word(0).eq_ignore_ascii_case(word)
    }
}
