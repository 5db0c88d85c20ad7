//! What stands before each token.

use crate::token::Kind;
use crate::tree::{Node, NodeKind, Tree};

/// Whether an empty line stands before a line break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blank {
    /// Never.
    No,
    /// If the author put one there.
    Keep,
    /// Always.
    Always,
}

/// What stands before a token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    /// How many blanks, where no line ends.
    pub(super) blanks: usize,
    /// Whether the token begins a line.
    pub(super) breaks: bool,
    /// Whether it begins a line if it does so already.
    pub(super) flexible: bool,
    /// How deep the line is, if one begins.
    pub(super) indent: usize,
    /// How deep comments before the token are.
    pub(super) comments: usize,
    pub(super) blank: Blank,
}

const TIGHT: Gap = Gap { blanks: 0, breaks: false, flexible: false, indent: 1, comments: 1, blank: Blank::No };

/// Columns are no wider than this, so that one long name does not move all types away.
const COLUMN_MAX: usize = 40;

/// A record that is wider, on one line, has each of its fields on a line of its own.
const RECORD_MAX: usize = 100;

/// The gaps of a file.
pub(super) struct Layout<'t> {
    tree: &'t Tree,
    gaps: Vec<Gap>,
}

impl<'t> Layout<'t> {
    pub(super) fn of(tree: &'t Tree) -> Layout<'t> {
        let mut layout = Layout { tree, gaps: vec![TIGHT; tree.tokens().len()] };
        layout.by_neighbours();
        layout.file(tree.root());
        layout
    }

    pub(super) fn gap(&self, token: usize) -> Gap {
        self.gaps[token]
    }

    /// A blank between tokens, except around brackets, commas and points.
    fn by_neighbours(&mut self) {
        let mut before = Kind::END;
        for (at, token) in self.tree.tokens().iter().enumerate() {
            if token.kind.is_trivia() {
                continue;
            }
            let sign = |kind: Kind, signs: &[u8]| signs.iter().any(|sign| kind == Kind::sign(*sign));
            let tight =
                sign(token.kind, b")]},.") || sign(before, b"([{.") || before == Kind::DOTS || before == Kind::END;
            self.gaps[at].blanks = usize::from(!tight);
            before = token.kind;
        }
        if let Some(end) = self.gaps.last_mut() {
            (end.comments, end.blank) = (0, Blank::Keep);
        }
    }

    /// The token that means something at or behind a position.
    fn significant(&self, at: usize) -> usize {
        let tokens = &self.tree.tokens()[at..];
        at + tokens.iter().position(|token| !token.kind.is_trivia()).unwrap_or(0)
    }

    fn line(&mut self, token: usize, indent: usize, blank: Blank) {
        let gap = &mut self.gaps[token];
        (gap.breaks, gap.indent, gap.comments, gap.blank) = (true, indent, indent, blank);
    }

    fn tight(&mut self, token: usize) {
        self.gaps[token].blanks = 0;
        self.gaps[token].flexible = false;
    }

    fn file(&mut self, root: Node<'t>) {
        let mut before = None;
        for child in root.children() {
            let short = |kind| [NodeKind::IMPORT, NodeKind::NATIVE].contains(&kind);
            let grouped = before == Some(child.kind()) && short(child.kind());
            let blank = if grouped || before.is_none() { Blank::Keep } else { Blank::Always };
            self.line(child.token_range().start, 0, blank);
            self.node(child, 0);
            before = Some(child.kind());
        }
    }

    fn node(&mut self, node: Node<'t>, indent: usize) {
        match node.kind() {
            NodeKind::PARAMETERS | NodeKind::FIELDS | NodeKind::ACTIONS | NodeKind::BODY | NodeKind::SEQUENCE => {
                return self.block(node, indent);
            }
            NodeKind::ENUM | NodeKind::ACTOR => return self.block(node, indent),
            NodeKind::INPUTS | NodeKind::NAMES => self.inline(node, indent),
            NodeKind::EVENT | NodeKind::SET | NodeKind::SEND | NodeKind::BROADCAST | NodeKind::APPEND => {
                self.tight_bracket(node);
            }
            NodeKind::IMPORT => self.path(node),
            NodeKind::LET_INDEX => {
                let bracket = self.significant(node.token_range().start + 1);
                self.tight(bracket);
            }
            NodeKind::TYPE => return self.a_type(node, indent),
            _ if crate::ast::Expression::cast(node).is_some() => return self.expression(node, indent),
            _ => {}
        }
        for child in node.children() {
            self.node(child, indent);
        }
    }

    /// `name (`, the content on lines of its own, and `)`.
    fn block(&mut self, node: Node<'t>, indent: usize) {
        let head = |kind| [NodeKind::NAME, NodeKind::DESCRIPTION].contains(&kind);
        let items: Vec<_> = node.children().filter(|child| !head(child.kind())).collect();
        let column = columns(&items);
        for (number, item) in items.iter().enumerate() {
            let blank = if number == 0 { Blank::No } else { Blank::Keep };
            self.line(item.token_range().start, indent + 1, blank);
            self.node(*item, indent + 1);
            if let (Some(column), Some(of)) = (column, item.child(NodeKind::TYPE)) {
                let name = item.children().next().map_or(0, |name| name.text().len());
                self.gaps[of.token_range().start].blanks = column.saturating_sub(name).max(1);
            }
        }
        let close = node.token_range().end - 1;
        let open = self.tree.tokens()[..close].iter().rposition(|token| token.kind == Kind::sign(b'('));
        let commented = open.is_some_and(|open| {
            let inside = &self.tree.tokens()[open..close];
            items.is_empty() && inside.iter().any(|token| token.kind == Kind::COMMENT)
        });
        if !items.is_empty() || commented {
            self.line(close, indent, Blank::No);
        }
        self.gaps[close].comments = indent + 1;
    }

    /// Slashes have no blanks around them.
    fn path(&mut self, node: Node<'t>) {
        for at in node.token_range() {
            let slash = Kind::sign(b'/');
            if self.tree.tokens()[at].kind == slash || self.before(at) == Some(slash) {
                self.tight(at);
            }
        }
    }

    /// The bracket behind the first word of a node stands close to it.
    fn tight_bracket(&mut self, node: Node<'t>) {
        let open = node.token_range().find(|at| self.tree.tokens()[*at].kind == Kind::sign(b'('));
        if let Some(open) = open {
            self.tight(open);
        }
    }

    fn a_type(&mut self, node: Node<'t>, indent: usize) {
        for at in node.token_range().skip(1) {
            let kind = self.tree.tokens()[at].kind;
            let before = self.before(at);
            if [b'<', b'>'].iter().any(|sign| kind == Kind::sign(*sign)) || before == Some(Kind::sign(b'<')) {
                self.tight(at);
            }
        }
        if let Some(refinement) = node.child(NodeKind::REFINEMENT) {
            self.tight(refinement.token_range().start);
        }
        for child in node.children() {
            match child.kind() {
                NodeKind::TYPE => self.a_type(child, indent),
                _ => child.children().for_each(|inner| self.restore(inner, indent)),
            }
        }
    }

    /// Inside of a condition `<` compares, and has blanks around it.
    fn restore(&mut self, node: Node<'t>, indent: usize) {
        for at in node.token_range().skip(1) {
            let kind = self.tree.tokens()[at].kind;
            let compares = |kind: Kind| kind == Kind::sign(b'<') || kind == Kind::sign(b'>');
            if compares(kind) || self.before(at).is_some_and(compares) {
                self.gaps[at].blanks = 1;
            }
        }
        self.node(node, indent);
    }

    fn before(&self, at: usize) -> Option<Kind> {
        self.tree.tokens()[..at].iter().rev().map(|token| token.kind).find(|kind| !kind.is_trivia())
    }

    /// Line breaks between the tokens of a node stay.
    fn inline(&mut self, node: Node<'t>, indent: usize) {
        let range = node.token_range();
        for at in range.clone().skip(1) {
            let kind = self.tree.tokens()[at].kind;
            if kind.is_trivia() {
                continue;
            }
            let closes = [b')', b']', b'}'].iter().any(|sign| kind == Kind::sign(*sign));
            let gap = &mut self.gaps[at];
            gap.flexible = kind != Kind::sign(b',') && kind != Kind::sign(b'.');
            gap.indent = if closes { indent } else { indent + 1 };
            gap.comments = indent + 1;
        }
        if node.kind() == NodeKind::INPUTS {
            self.tight(range.start);
        }
    }

    fn expression(&mut self, node: Node<'t>, indent: usize) {
        self.inline(node, indent);
        self.long_records(node, indent);
        node.walk(&mut |inner| self.inside(inner));
    }

    /// Breaks the lines of the records in an expression that are too wide.
    fn long_records(&mut self, node: Node<'t>, indent: usize) {
        if node.kind() != NodeKind::FIELDS_OF || self.width(node) <= RECORD_MAX {
            return node.children().for_each(|child| self.long_records(child, indent));
        }
        for entry in node.children() {
            self.inline(entry, indent + 1);
            self.line(entry.token_range().start, indent + 1, Blank::No);
            self.long_records(entry, indent + 1);
        }
        let close = node.token_range().end - 1;
        self.line(close, indent, Blank::No);
        self.gaps[close].comments = indent + 1;
    }

    /// How wide a node is on one line.
    fn width(&self, node: Node<'t>) -> usize {
        let tokens = node.token_range().filter(|at| !self.tree.tokens()[*at].kind.is_trivia());
        tokens.map(|at| self.gaps[at].blanks + self.tree.token_text(at).chars().count()).sum()
    }

    fn inside(&mut self, node: Node<'t>) {
        let first = node.children().next().map(|child| self.significant(child.token_range().end));
        match node.kind() {
            NodeKind::CALL | NodeKind::INDEX | NodeKind::DYNAMIC | NodeKind::ACCESS => {
                first.into_iter().for_each(|at| self.tight(at));
                if node.kind() == NodeKind::DYNAMIC
                    && let Some(point) = first
                {
                    let bracket = self.significant(point + 1);
                    self.tight(bracket);
                }
                if node.kind() == NodeKind::ACCESS {
                    self.tight(node.token_range().end - 1);
                }
            }
            NodeKind::UNARY if node.main() != Kind::WORD => {
                let operand = self.significant(node.token_range().start + 1);
                self.tight(operand);
            }
            _ => {}
        }
    }
}

/// Where the types of fields begin, for blocks that have only fields.
fn columns(items: &[Node<'_>]) -> Option<usize> {
    let fields = items.iter().all(|item| item.kind() == NodeKind::FIELD);
    let widths = items.iter().filter_map(|item| item.children().next().map(|name| name.text().len()));
    let widest = widths.filter(|width| *width < COLUMN_MAX).max()?;
    fields.then_some(widest + 1)
}
