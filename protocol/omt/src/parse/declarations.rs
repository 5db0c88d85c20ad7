//! What stands at the top of a file.

use super::Parser;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::token::Kind;
use crate::tree::NodeKind;

impl Parser {
    pub(super) fn file(&mut self) {
        let mark = self.mark();
        while self.kind() != Kind::END {
            if !self.declaration() {
                self.expected_with(
                    "a declaration",
                    "a file has transaction, imports, parameters, enum, record, message, block, function, native and actor",
                );
                self.skip_to_declaration();
            }
        }
        // The root covers trivia at both ends, so that nothing is lost.
        self.close(mark, NodeKind::FILE);
        let tokens = self.tree.tokens.len() as u32;
        let root = self.tree.nodes.last_mut().expect("the root was closed");
        (root.first, root.end) = (0, tokens - 1);
    }

    fn skip_to_declaration(&mut self) {
        let mark = self.mark();
        self.advance();
        while self.kind() != Kind::END && !self.at_declaration() {
            self.advance();
        }
        self.close(mark, NodeKind::ERROR);
    }

    fn declaration(&mut self) -> bool {
        let mark = self.mark();
        let kind = match self.word(0) {
            "transaction" => self.transaction(),
            "imports" => self.import(),
            "parameters" => self.parameters(),
            "enum" => self.enumeration(),
            "record" => self.record(),
            "message" => self.message(),
            "block" => self.block(),
            "function" => self.function(),
            "native" => self.native(),
            "actor" => self.actor(),
            _ => return false,
        };
        self.close(mark, kind);
        true
    }

    fn transaction(&mut self) -> NodeKind {
        self.advance();
        match self.kind() {
            Kind::NUMBER | Kind::WORD => self.leaf(NodeKind::NAME),
            _ => self.expected("the number or name of the transaction"),
        }
        match self.kind() {
            Kind::TEXT => self.description(),
            _ => self.expected("the title of the transaction in quotes"),
        }
        self.description();
        if self.is_word("keyed") {
            let mark = self.mark();
            self.advance();
            self.name("the field that is the key of a session");
            self.close(mark, NodeKind::KEY);
        }
        NodeKind::TRANSACTION
    }

    fn import(&mut self) -> NodeKind {
        self.advance();
        if ![Kind::NUMBER, Kind::TEXT].contains(&self.kind()) {
            self.name("the path of a file");
            while self.eat(b'/') && self.kind() != Kind::NUMBER {
                self.name("a part of the path");
            }
        }
        self.bad_path();
        NodeKind::IMPORT
    }

    /// What is no name and yet stands in a path, or close behind it: `escrow-lock`, `common.omt`, `00`, `"common"`.
    fn bad_path(&mut self) {
        let touches = |parser: &Self| {
            parser.kind() != Kind::END && parser.span_at(parser.at).start == parser.span_at(parser.at - 1).end
        };
        let begins = [Kind::NUMBER, Kind::TEXT].contains(&self.kind());
        if !begins && !touches(self) {
            return;
        }
        let (mark, start) = (self.mark(), self.here());
        self.advance();
        while touches(self) {
            self.advance();
        }
        let all = self.span_at(mark.at - usize::from(!begins)).to(self.span_at(self.at - 1));
        let whole = self.tree.text[all.start as usize..all.end as usize].to_owned();
        let hint = if whole.starts_with('"') {
            format!("leave out the quotes: `imports {}`", whole.trim_matches('"'))
        } else if whole.ends_with(".omt") && !whole.contains('-') {
            format!("leave out the ending: `{}`", whole.trim_end_matches(".omt"))
        } else {
            let part = whole.trim_end_matches(".omt").replace(['-', '.'], "_");
            let digit = if part.starts_with(|c: char| c.is_ascii_digit()) { "_" } else { "" };
            format!("rename the file to `{digit}{part}.omt` and write `{digit}{part}` here")
        };
        let message = format!("`{whole}` cannot stand in a path: its parts are names of letters, digits and `_`");
        let span = start.to(self.span_at(self.at - 1));
        self.failed_at = Some(self.at);
        self.report(Diagnostic::new(Code::SYNTAX, span, message).here("no part of a name").hint(hint));
        self.close(mark, NodeKind::ERROR);
    }

    fn parameters(&mut self) -> NodeKind {
        self.advance();
        let opened = self.at;
        if self.expect(b'(') {
            while !self.is(b')') && self.kind() != Kind::END && !self.at_declaration() {
                if self.kind() == Kind::WORD {
                    self.parameter();
                } else {
                    self.expected("the name of a parameter");
                    self.skip_one();
                }
            }
            self.expect_close(b')', opened);
        }
        NodeKind::PARAMETERS
    }

    fn parameter(&mut self) {
        let mark = self.mark();
        self.leaf(NodeKind::NAME);
        if self.expect(b'=') {
            let value = self.mark();
            self.eat(b'-');
            match self.kind() {
                Kind::NUMBER => self.leaf(NodeKind::LITERAL),
                Kind::WORD => self.leaf(NodeKind::REFERENCE),
                _ => self.expected("a number or the name of a parameter"),
            }
            if self.at > value.at + 1 {
                self.close(value, NodeKind::UNARY);
            }
        }
        if self.kind() == Kind::WORD && self.nth(1) != Kind::sign(b'=') {
            self.leaf(NodeKind::UNIT);
        }
        self.description();
        self.close(mark, NodeKind::PARAMETER);
    }

    fn enumeration(&mut self) -> NodeKind {
        self.advance();
        self.name("the name of the enum");
        self.description();
        let opened = self.at;
        if self.expect(b'(') {
            while !self.is(b')') && self.kind() != Kind::END && !self.at_declaration() {
                if self.kind() == Kind::WORD {
                    self.leaf(NodeKind::VALUE);
                } else {
                    self.expected_with("a value or `)`", "an enum has names, separated by blanks");
                    self.skip_one();
                }
            }
            self.expect_close(b')', opened);
        }
        NodeKind::ENUM
    }

    fn record(&mut self) -> NodeKind {
        self.advance();
        self.name("the name of the record");
        self.description();
        self.fields();
        NodeKind::RECORD
    }

    fn message(&mut self) -> NodeKind {
        self.advance();
        self.name("the name of the message");
        if self.marker("from", "write `message NAME from SENDER to [RECEIVER] ( … )`") {
            let mark = self.mark();
            self.name("the actor that sends it");
            self.close(mark, NodeKind::SENDER);
        }
        if self.marker("to", "write `message NAME from SENDER to [RECEIVER] ( … )`") {
            self.names("an actor that receives it");
        }
        self.eat_word("signed");
        self.fields();
        NodeKind::MESSAGE
    }

    /// A word that must stand here. Another word in its place is taken for a slip of the pen.
    fn marker(&mut self, word: &str, hint: &str) -> bool {
        if self.eat_word(word) {
            return true;
        }
        self.expected_with(&format!("`{word}`"), hint);
        let slip = self.kind() == Kind::WORD && !self.at_declaration();
        if slip {
            self.advance();
        }
        slip
    }

    fn block(&mut self) -> NodeKind {
        self.advance();
        self.name("the name of the block");
        if self.marker("by", "write `block NAME by [ACTOR] ( … )`") {
            self.names("an actor that appends it");
        }
        self.fields();
        NodeKind::BLOCK
    }

    fn signature(&mut self) {
        self.name("the name of the function");
        self.inputs();
        let mark = self.mark();
        if self.kind() == Kind::ARROW {
            self.advance();
            self.a_type();
        } else {
            self.expected_with("`->` and the type of the result", "write `function NAME(x uint) -> uint ( RETURN x )`");
        }
        self.close(mark, NodeKind::RESULT);
    }

    fn function(&mut self) -> NodeKind {
        self.advance();
        self.signature();
        let (mark, opened) = (self.mark(), self.at);
        if self.expect(b'(') {
            if self.is(b')') {
                self.expected_with("a statement", "a function needs at least a RETURN");
            }
            self.statements();
            self.expect_close(b')', opened);
        }
        self.close(mark, NodeKind::BODY);
        NodeKind::FUNCTION
    }

    fn native(&mut self) -> NodeKind {
        self.advance();
        if !self.eat_word("function") {
            self.expected("`function`");
        }
        self.signature();
        match self.kind() {
            Kind::TEXT => self.description(),
            _ => self.expected("the path of the function in quotes"),
        }
        NodeKind::NATIVE
    }
}
