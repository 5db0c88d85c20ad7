//! The lossless syntax tree: every byte of the text belongs to a token, and a node covers a range of tokens.

use crate::span::Span;
use crate::token::{Kind, Token};

/// Defines the kinds of nodes as numbers with names, since there are more of them than an enum reads well with.
macro_rules! node_kinds {
    ($($name:ident),* $(,)?) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[repr(u8)]
        enum Number { $($name),* }

        /// What a node is.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub struct NodeKind(u8);

        #[allow(missing_docs)]
        impl NodeKind {
            $(pub const $name: NodeKind = NodeKind(Number::$name as u8);)*
            const TABLE: &'static [&'static str] = &[$(stringify!($name)),*];
        }
    };
}

node_kinds! {
    FILE, TRANSACTION, IMPORT, PARAMETERS, PARAMETER, ENUM, VALUE, MESSAGE, BLOCK, RECORD, FIELDS, FIELD,
    FUNCTION, NATIVE, INPUTS, RESULT, BODY, ACTOR, STORE, TRIGGER, STATE, TRANSITION, EVENT, GUARD, ELSE, ACTIONS,
    NAME, NAMES, SENDER, DESCRIPTION, KEY, UNIT, LITERAL, TYPE, REFINEMENT,
    COPY, SET, LOOKUP, ASSIGN, SEND, BROADCAST, APPEND,
    RETURN, LET, LET_INDEX, FOR, SEQUENCE,
    REFERENCE, BINARY, UNARY, CONDITIONAL, CALL, ACCESS, DYNAMIC, INDEX, LAMBDA, FIELDS_OF, ENTRY, SPREAD, LIST, GROUP,
    ERROR,
}

impl NodeKind {
    /// The name of the kind.
    pub fn name(self) -> &'static str {
        NodeKind::TABLE[self.0 as usize]
    }
}

impl std::fmt::Debug for NodeKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A node as it is stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) kind: NodeKind,
    /// How many nodes lie on the longest way down, this one included.
    pub(crate) height: u16,
    /// The token that says what it is: an operator, a literal, a name.
    pub(crate) main: u32,
    /// Its first token.
    pub(crate) first: u32,
    /// The token behind its last one.
    pub(crate) end: u32,
    /// Where its children stand in `Tree::kids`.
    pub(crate) kids: (u32, u32),
}

/// A text with its tokens and nodes.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(crate) file: u32,
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
    pub(crate) nodes: Vec<Entry>,
    pub(crate) kids: Vec<u32>,
}

impl Tree {
    /// The whole text, byte for byte as it was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All tokens in order, trivia included; the last one is [`Kind::END`].
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// Index of the file in its program.
    pub fn file(&self) -> u32 {
        self.file
    }

    /// The node of the whole file.
    pub fn root(&self) -> Node<'_> {
        Node { tree: self, id: self.nodes.len() as u32 - 1 }
    }

    /// The text of a token.
    pub fn token_text(&self, token: usize) -> &str {
        let end = self.tokens.get(token + 1).map_or(self.text.len(), |next| next.start as usize);
        &self.text[self.tokens[token].start as usize..end]
    }

    /// The range of a token.
    pub fn token_span(&self, token: usize) -> Span {
        let start = self.tokens[token].start;
        let end = self.tokens.get(token + 1).map_or(self.text.len() as u32, |next| next.start);
        Span { file: self.file, start, end }
    }

    /// The token that holds the byte.
    pub fn token_at(&self, offset: u32) -> usize {
        self.tokens.partition_point(|token| token.start <= offset).saturating_sub(1)
    }
}

/// A node of a tree.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    id: u32,
}

impl<'t> Node<'t> {
    pub(crate) fn entry(self) -> &'t Entry {
        &self.tree.nodes[self.id as usize]
    }

    /// The tree that it is part of.
    pub fn tree(self) -> &'t Tree {
        self.tree
    }

    /// A number that no other node of the tree has.
    pub fn id(self) -> u32 {
        self.id
    }

    /// What it is.
    pub fn kind(self) -> NodeKind {
        self.entry().kind
    }

    /// Its children in order.
    pub fn children(self) -> impl DoubleEndedIterator<Item = Node<'t>> + ExactSizeIterator + Clone {
        let (from, to) = self.entry().kids;
        self.tree.kids[from as usize..to as usize].iter().map(move |id| Node { tree: self.tree, id: *id })
    }

    /// The child that a token belongs to.
    pub(crate) fn child_over(self, token: usize) -> Option<Node<'t>> {
        let (from, to) = self.entry().kids;
        let kids = &self.tree.kids[from as usize..to as usize];
        let at = |id: &u32| Node { tree: self.tree, id: *id };
        let number = kids.partition_point(|id| at(id).token_range().end <= token);
        kids.get(number).map(at).filter(|child| child.token_range().contains(&token))
    }

    /// The first child of a kind.
    pub fn child(self, kind: NodeKind) -> Option<Node<'t>> {
        self.children().find(|child| child.kind() == kind)
    }

    /// The children of a kind.
    pub fn children_of(self, kind: NodeKind) -> impl DoubleEndedIterator<Item = Node<'t>> {
        self.children().filter(move |child| child.kind() == kind)
    }

    /// The tokens that it covers, trivia in between included.
    pub fn token_range(self) -> std::ops::Range<usize> {
        self.entry().first as usize..self.entry().end as usize
    }

    /// Its text; an empty node has none.
    pub fn text(self) -> &'t str {
        let span = self.span();
        &self.tree.text[span.start as usize..span.end as usize]
    }

    /// Its range of bytes.
    pub fn span(self) -> Span {
        let range = self.token_range();
        let start = self.tree.tokens[range.start].start;
        if range.is_empty() {
            return Span { file: self.tree.file, start, end: start };
        }
        self.tree.token_span(range.end - 1).to(Span { file: self.tree.file, start, end: start })
    }

    /// The kind of the token that says what the node is.
    pub fn main(self) -> Kind {
        self.tree.tokens[self.entry().main as usize].kind
    }

    /// The text of that token.
    pub fn main_text(self) -> &'t str {
        self.tree.token_text(self.entry().main as usize)
    }

    /// The range of that token.
    pub fn main_span(self) -> Span {
        self.tree.token_span(self.entry().main as usize)
    }

    /// Its words, in order, those of its children included.
    pub fn words(self) -> impl Iterator<Item = &'t str> {
        let words = self.token_range().filter(move |at| self.tree.tokens[*at].kind == Kind::WORD);
        words.map(move |at| self.tree.token_text(at))
    }

    /// Calls `visit` for the node and all below it, parents first.
    pub fn walk(self, visit: &mut dyn FnMut(Node<'t>)) {
        visit(self);
        for child in self.children() {
            child.walk(visit);
        }
    }
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut list = f.debug_tuple(self.kind().name());
        if self.children().len() == 0 {
            list.field(&self.text());
        }
        for child in self.children() {
            list.field(&child);
        }
        list.finish()
    }
}
