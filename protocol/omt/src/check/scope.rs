//! What names mean at a place.

use crate::model::Actor;
use crate::span::Span;
use crate::types::Type;

/// A name that is bound at a place: an input, a lambda's variable, a local of a function.
#[derive(Clone, Debug)]
pub(super) struct Local<'p> {
    pub(super) name: &'p str,
    pub(super) of: Type,
    pub(super) span: Span,
}

/// What `message` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// There is none here.
    Nothing,
    /// A message of this shape.
    Message(u32),
    /// A message that is not declared.
    Unknown,
}

/// The names around an expression.
pub(super) struct Scope<'m, 'p> {
    /// The actor whose store is visible; none in functions and types.
    pub(super) actor: Option<&'m Actor<'p>>,
    /// Inner names stand behind outer ones.
    pub(super) locals: Vec<Local<'p>>,
    pub(super) message: Bound,
    /// Whether this is the body of a function.
    pub(super) in_function: bool,
    /// The call of a native function that is allowed here, by its node.
    pub(super) native: Option<u32>,
}

impl<'m, 'p> Scope<'m, 'p> {
    pub(super) fn empty() -> Scope<'m, 'p> {
        Scope { actor: None, locals: vec![], message: Bound::Nothing, in_function: false, native: None }
    }

    pub(super) fn local(&self, name: &str) -> Option<&Local<'p>> {
        self.locals.iter().rev().find(|local| local.name == name)
    }
}
