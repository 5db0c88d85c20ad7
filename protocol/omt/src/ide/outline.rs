//! What a file declares, for the outline of an editor.

use super::declared::{DeclaredKind, declared_at};
use crate::span::Span;
use crate::tree::{Node, NodeKind, Tree};

/// A declaration of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: DeclaredKind,
    /// The whole declaration.
    pub span: Span,
    /// Its name.
    pub at: Span,
    /// What is declared inside.
    pub inside: Vec<Entry>,
}

/// The declarations of a file, in order: those of a message, an enum or an actor stand inside of it.
pub fn outline(tree: &Tree) -> Vec<Entry> {
    entries(tree.root())
}

fn entries(node: Node<'_>) -> Vec<Entry> {
    let mut result = vec![];
    for child in node.children() {
        let transparent = [NodeKind::PARAMETERS, NodeKind::FIELDS, NodeKind::STORE].contains(&child.kind());
        match entry(child) {
            Some(entry) => result.push(entry),
            None if transparent => result.extend(entries(child)),
            None => {}
        }
    }
    result
}

fn entry(node: Node<'_>) -> Option<Entry> {
    let name = if node.kind() == NodeKind::VALUE { node } else { node.child(NodeKind::NAME)? };
    let declared = declared_at(node.tree(), name.span().start)?;
    let inner = [DeclaredKind::Local, DeclaredKind::Input];
    if declared.node.id() != node.id() || inner.contains(&declared.kind) {
        return None;
    }
    let leaf = matches!(declared.kind, DeclaredKind::Function | DeclaredKind::Trigger);
    let inside = if leaf { vec![] } else { entries(node) };
    Some(Entry { name: name.text().to_owned(), kind: declared.kind, span: node.span(), at: name.span(), inside })
}
