//! What a name is, and where it is declared.

use crate::ast::{Import, ShapeKind};
use crate::check::Analysis;
use crate::program::candidates;
use crate::span::Span;
use crate::token::Kind;
use crate::tree::{Node, NodeKind, Tree};

/// A range in a file that is known by its path: it means the same in all programs that have the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// The path by which programs know the file.
    pub path: String,
    /// First byte.
    pub start: u32,
    /// The byte behind the last one.
    pub end: u32,
}

impl Site {
    pub(super) fn of(analysis: &Analysis<'_>, span: Span) -> Site {
        let path = analysis.model.program.files[span.file as usize].path.clone();
        Site { path, start: span.start, end: span.end }
    }
}

/// What a declared name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum DeclaredKind {
    Parameter,
    Enum,
    Value,
    Shape(ShapeKind),
    Field,
    Function,
    Input,
    Actor,
    Variable,
    Trigger,
    State,
    Local,
}

impl DeclaredKind {
    /// For people.
    pub fn noun(self) -> &'static str {
        match self {
            DeclaredKind::Parameter => "parameter",
            DeclaredKind::Enum => "enum",
            DeclaredKind::Value => "value",
            DeclaredKind::Shape(ShapeKind::Message) => "message",
            DeclaredKind::Shape(ShapeKind::Block) => "block",
            DeclaredKind::Shape(ShapeKind::Record) => "record",
            DeclaredKind::Field => "field",
            DeclaredKind::Function => "function",
            DeclaredKind::Input => "input",
            DeclaredKind::Actor => "actor",
            DeclaredKind::Variable => "variable",
            DeclaredKind::Trigger => "trigger",
            DeclaredKind::State => "state",
            DeclaredKind::Local => "local",
        }
    }
}

/// A name where it is declared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Declared<'t> {
    pub(super) kind: DeclaredKind,
    pub(super) name: Node<'t>,
    /// The whole declaration.
    pub(super) node: Node<'t>,
    /// The declaration around it: the actor of a state, the message of a field.
    pub(super) owner: Option<Node<'t>>,
}

/// The nodes around a byte, the widest first. Between two nodes it is the one behind it.
pub(super) fn around(tree: &Tree, offset: u32) -> Vec<Node<'_>> {
    let mut path = vec![tree.root()];
    let inside = |node: &Node<'_>| node.span().start <= offset && offset < node.span().end;
    while let Some(next) = path[path.len() - 1].children().find(inside) {
        path.push(next);
    }
    path
}

/// The word that holds the byte or ends before it.
pub(super) fn word_at(tree: &Tree, offset: u32) -> Option<usize> {
    let is_word = |at: &usize| tree.tokens()[*at].kind == Kind::WORD;
    let token = tree.token_at(offset);
    let before = || token.checked_sub(1).filter(|at| tree.token_span(*at).end == offset);
    Some(token).filter(is_word).or_else(|| before().filter(is_word))
}

/// The declaration whose name begins with this byte.
pub(super) fn declared_at(tree: &Tree, start: u32) -> Option<Declared<'_>> {
    let path = around(tree, start);
    let (name, parents) = path.split_last()?;
    if name.span().start != start {
        return None;
    }
    if name.kind() == NodeKind::VALUE {
        let node = *parents.last()?;
        return Some(Declared { kind: DeclaredKind::Value, name: *name, node: *name, owner: Some(node) });
    }
    if name.kind() != NodeKind::NAME {
        return None;
    }
    let (node, outer) = parents.split_last()?;
    // A transition names two states and declares neither; other declarations begin with their name.
    let first = node.child(NodeKind::NAME)?;
    let kind = kind(*node, outer).filter(|_| first.id() == name.id())?;
    let owner = outer.iter().rev().find(|node| OWNERS.contains(&node.kind())).copied();
    Some(Declared { kind, name: *name, node: *node, owner })
}

const OWNERS: &[NodeKind] = &[
    NodeKind::MESSAGE,
    NodeKind::BLOCK,
    NodeKind::RECORD,
    NodeKind::TRIGGER,
    NodeKind::ACTOR,
    NodeKind::FUNCTION,
    NodeKind::NATIVE,
];

fn kind(node: Node<'_>, outer: &[Node<'_>]) -> Option<DeclaredKind> {
    Some(match node.kind() {
        NodeKind::PARAMETER => DeclaredKind::Parameter,
        NodeKind::ENUM => DeclaredKind::Enum,
        NodeKind::MESSAGE => DeclaredKind::Shape(ShapeKind::Message),
        NodeKind::BLOCK => DeclaredKind::Shape(ShapeKind::Block),
        NodeKind::RECORD => DeclaredKind::Shape(ShapeKind::Record),
        NodeKind::FUNCTION | NodeKind::NATIVE => DeclaredKind::Function,
        NodeKind::ACTOR => DeclaredKind::Actor,
        NodeKind::TRIGGER => DeclaredKind::Trigger,
        NodeKind::STATE => DeclaredKind::State,
        NodeKind::LET | NodeKind::FOR | NodeKind::LAMBDA => DeclaredKind::Local,
        NodeKind::FIELD if outer.iter().any(|node| node.kind() == NodeKind::STORE) => DeclaredKind::Variable,
        NodeKind::FIELD if outer.iter().any(|node| node.kind() == NodeKind::INPUTS) => DeclaredKind::Input,
        NodeKind::FIELD => DeclaredKind::Field,
        _ => return None,
    })
}

/// The declaration of a name, in whichever file it is.
pub(super) fn declared<'p>(analysis: &Analysis<'p>, of: Span) -> Option<Declared<'p>> {
    declared_at(&analysis.model.program.files[of.file as usize].tree, of.start)
}

/// The name at a byte of the main file, and where it is declared: several places where one name copies a field of an
/// event into a variable.
pub(super) fn targets(analysis: &Analysis<'_>, offset: u32) -> Option<(Span, Vec<Span>)> {
    let uses = &analysis.uses;
    let behind = uses.partition_point(|used| (used.at.file, used.at.start) <= (0, offset));
    let last = uses[..behind].last().filter(|used| used.at.file == 0 && offset <= used.at.end);
    if let Some(last) = last {
        let same = uses[..behind].iter().rev().take_while(|used| used.at == last.at);
        return Some((last.at, same.map(|used| used.of).collect()));
    }
    let tree = &analysis.model.program.main().tree;
    let word = tree.token_span(word_at(tree, offset)?);
    declared_at(tree, word.start)?;
    Some((word, vec![word]))
}

/// Where the name at a byte of the main file is declared; for an import, the file that it means.
pub fn definition(analysis: &Analysis<'_>, offset: u32) -> Vec<Site> {
    if let Some((_, of)) = targets(analysis, offset) {
        return of.into_iter().map(|span| Site::of(analysis, span)).collect();
    }
    let program = analysis.model.program;
    let import = around(&program.main().tree, offset).into_iter().find(|node| node.kind() == NodeKind::IMPORT);
    let Some(import) = import.and_then(Import::cast) else { return vec![] };
    let searched = candidates(&program.main().path, &import.path());
    let file = searched.iter().find_map(|path| program.files.iter().find(|file| file.path == *path));
    file.map(|file| Site { path: file.path.clone(), start: 0, end: 0 }).into_iter().collect()
}
