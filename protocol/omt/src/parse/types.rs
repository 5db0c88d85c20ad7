//! Names, types with their arguments and conditions, and lists of fields.

use super::{Mode, Parser};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::token::Kind;
use crate::tree::NodeKind;

impl Parser {
    /// A name that is declared or used here.
    pub(super) fn name(&mut self, what: &str) -> bool {
        if self.kind() != Kind::WORD {
            self.expected(what);
            return false;
        }
        self.leaf(NodeKind::NAME);
        true
    }

    /// A node of the token that is here.
    pub(super) fn leaf(&mut self, kind: NodeKind) {
        let mark = self.mark();
        self.advance();
        self.close(mark, kind);
    }

    /// A description, if there is one.
    pub(super) fn description(&mut self) {
        if self.kind() == Kind::TEXT {
            self.leaf(NodeKind::DESCRIPTION);
        }
    }

    /// `[A, B]`
    pub(super) fn names(&mut self, what: &str) {
        let mark = self.mark();
        let opened = self.at;
        if self.kind() == Kind::WORD && !self.is_word("signed") && !self.at_declaration() && !self.at_member() {
            self.bare_names();
            return self.close(mark, NodeKind::NAMES);
        }
        if !self.expect(b'[') {
            return self.close(mark, NodeKind::NAMES);
        }
        if self.is(b']') {
            self.expected(what);
        }
        while self.kind() == Kind::WORD {
            self.leaf(NodeKind::NAME);
            if !self.eat(b',') && self.kind() == Kind::WORD && !self.at_declaration() {
                self.expected_with("`,` or `]`", "names in a list are separated by commas");
            }
        }
        self.expect_close(b']', opened);
        self.close(mark, NodeKind::NAMES);
    }

    /// Names whose brackets were forgotten.
    fn bare_names(&mut self) {
        let name = self.found();
        self.expected_with(
            "`[`",
            &format!("write `[{}]`: names stand in brackets, also a single one", name.trim_matches('`')),
        );
        self.leaf(NodeKind::NAME);
        while self.is(b',') && self.nth(1) == Kind::WORD {
            self.advance();
            self.leaf(NodeKind::NAME);
        }
    }

    /// `name<type, …>{condition}`
    pub(super) fn a_type(&mut self) {
        if self.kind() != Kind::WORD {
            return self.expected("a type");
        }
        self.deeper(|parser| {
            let mark = parser.mark();
            parser.advance();
            let mut arguments = 0;
            if parser.is(b'<') {
                let opened = parser.at;
                parser.advance();
                arguments = parser.type_arguments();
                parser.expect_close(b'>', opened);
            }
            parser.arity(mark.at, arguments);
            if parser.is(b'{') {
                parser.refinement();
            }
            parser.close(mark, NodeKind::TYPE);
        });
    }

    fn type_arguments(&mut self) -> usize {
        let mut count = 0;
        loop {
            let before = self.at;
            self.a_type();
            count += usize::from(self.at > before);
            if !self.eat(b',') {
                return count;
            }
        }
    }

    fn arity(&mut self, name: usize, found: usize) {
        let text = self.tree.token_text(self.significant[name] as usize);
        let (needed, example) = match text {
            "list" => (1, "list<uint>"),
            "map" => (2, "map<string, uint>"),
            "uint" | "int" | "float" | "bool" | "string" | "bytes" | "hash" | "signature" | "peer_id" | "timestamp"
            | "any" | "dict" => (0, text),
            _ => return,
        };
        if found != needed && self.failed_at != Some(self.at) {
            let message = format!("`{text}` has {found} type arguments, and needs {needed}");
            let error = Diagnostic::new(Code::ARITY, self.span_at(name), message).hint(format!("write `{example}`"));
            self.report(error);
        }
    }

    fn refinement(&mut self) {
        let (mark, opened) = (self.mark(), self.at);
        self.advance();
        let before = std::mem::replace(&mut self.mode, Mode::Refinement);
        self.expression();
        self.mode = before;
        self.expect_close(b'}', opened);
        self.close(mark, NodeKind::REFINEMENT);
    }

    /// `( name type … )`
    pub(super) fn fields(&mut self) {
        let (mark, opened) = (self.mark(), self.at);
        if self.expect(b'(') {
            while !self.is(b')') && self.kind() != Kind::END && !self.at_declaration() && !self.ends_fields() {
                if self.kind() == Kind::WORD {
                    self.field();
                } else {
                    self.expected("the name of a field");
                    self.skip_one();
                }
            }
            self.expect_close(b')', opened);
        }
        self.close(mark, NodeKind::FIELDS);
    }

    /// Whether a member of an actor begins here that is no field called `state`.
    fn ends_fields(&self) -> bool {
        !self.is_word("state") && self.at_member()
    }

    pub(super) fn field(&mut self) {
        let mark = self.mark();
        self.leaf(NodeKind::NAME);
        if self.is(b':') {
            self.expected_with("a type", "remove the colon: name and type stand side by side");
            self.advance();
        }
        self.a_type();
        if self.is(b',') && !self.in_inputs {
            self.expected_with("a field or `)`", "remove the comma: nothing separates fields");
            self.advance();
        }
        self.close(mark, NodeKind::FIELD);
    }

    /// `( name type, … )`
    pub(super) fn inputs(&mut self) {
        let (mark, opened) = (self.mark(), self.at);
        let before = std::mem::replace(&mut self.in_inputs, true);
        if self.expect(b'(') {
            while self.kind() == Kind::WORD && !self.at_declaration() {
                self.field();
                if !self.eat(b',') {
                    break;
                }
            }
            self.expect_close(b')', opened);
        }
        self.in_inputs = before;
        self.close(mark, NodeKind::INPUTS);
    }

    /// Skips a token, or a whole bracket, into a node for what could not be read.
    pub(super) fn skip_one(&mut self) {
        let mark = self.mark();
        let before = self.at;
        self.skip_balanced();
        if self.at == before {
            self.advance();
        }
        self.failed_at = Some(self.at);
        self.close(mark, NodeKind::ERROR);
    }
}
