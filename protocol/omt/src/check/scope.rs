//! What names mean at a place.

use crate::model::{Actor, ByName};
use crate::span::Span;
use crate::tree::Node;
use crate::types::Type;

/// A name that is bound at a place: an input, a lambda's variable, a local of a function.
#[derive(Clone, Debug)]
pub(super) struct Local<'p> {
    pub(super) name: &'p str,
    pub(super) of: Type,
    pub(super) span: Span,
    /// Whether its type is declared: then what is put into it has to fit, and does not change what it is.
    pub(super) declared: bool,
    /// Whether it was the variable of a loop that is over.
    pub(super) over: bool,
}

impl<'p> Local<'p> {
    /// A local of which nothing is declared.
    pub(super) fn new(name: Node<'p>, of: Type) -> Local<'p> {
        Local { name: name.text(), of, span: name.span(), declared: false, over: false }
    }

    /// An input, or the value that a condition is about.
    pub(super) fn declared(name: &'p str, of: Type, span: Span) -> Local<'p> {
        Local { name, of, span, declared: true, over: false }
    }
}

/// The locals at a place. Inner names hide outer ones.
#[derive(Debug, Default)]
pub(super) struct Locals<'p> {
    all: Vec<Local<'p>>,
    /// The innermost local of each name, and for each local the one that it hides.
    by_name: ByName<'p>,
    hidden: Vec<Option<u32>>,
    /// Which locals were changed, and what they were before; a loop goes back to where it began.
    changes: Vec<(usize, Local<'p>)>,
    /// Whether a loop is around, so that changes are kept.
    pub(super) looping: bool,
}

impl<'p> Locals<'p> {
    pub(super) fn push(&mut self, local: Local<'p>) {
        self.hidden.push(self.by_name.insert(local.name, self.all.len() as u32));
        self.all.push(local);
    }

    /// Forgets the innermost ones until only `count` are left.
    pub(super) fn truncate(&mut self, count: usize) {
        while self.all.len() > count {
            let (Some(local), Some(hidden)) = (self.all.pop(), self.hidden.pop()) else { return };
            match hidden {
                Some(outer) => drop(self.by_name.insert(local.name, outer)),
                None => drop(self.by_name.remove(local.name)),
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The number of the innermost local of this name.
    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).map(|number| *number as usize)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Local<'p>> {
        self.number(name).map(|number| &self.all[number])
    }

    pub(super) fn at(&self, number: usize) -> &Local<'p> {
        &self.all[number]
    }

    /// Changes what is known of a local.
    pub(super) fn change(&mut self, number: usize, of: Type, declared: bool) {
        if self.looping {
            self.changes.push((number, self.all[number].clone()));
        }
        (self.all[number].of, self.all[number].declared) = (of, declared);
    }

    /// The variable of a loop that is over may be used for another one.
    pub(super) fn end(&mut self, number: usize) {
        self.all[number].over = true;
    }

    /// How many changes there were until now.
    pub(super) fn mark(&self) -> usize {
        self.changes.len()
    }

    /// The first `count` locals that were changed since a mark, and what each was then. From now on they are one change each.
    pub(super) fn since(&mut self, mark: usize, count: usize) -> Vec<(usize, Local<'p>)> {
        let mut changed = self.changes.split_off(mark);
        // The first change of each one is the oldest.
        changed.sort_by_key(|(number, _)| *number);
        changed.dedup_by_key(|(number, _)| *number);
        changed.retain(|(number, _)| *number < count);
        self.changes.extend_from_slice(&changed);
        changed
    }

    /// Takes all changes since a mark back.
    pub(super) fn rewind(&mut self, mark: usize) {
        while self.changes.len() > mark {
            let Some((number, before)) = self.changes.pop() else { return };
            if let Some(local) = self.all.get_mut(number) {
                *local = before;
            }
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'p str> {
        self.all.iter().map(|local| local.name)
    }
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
    pub(super) locals: Locals<'p>,
    pub(super) message: Bound,
    /// Whether this is the body of a function.
    pub(super) in_function: bool,
    /// The call of a native function that is allowed here, by its node.
    pub(super) native: Option<u32>,
}

impl<'m, 'p> Scope<'m, 'p> {
    pub(super) fn empty() -> Scope<'m, 'p> {
        Scope { actor: None, locals: Locals::default(), message: Bound::Nothing, in_function: false, native: None }
    }

    pub(super) fn local(&self, name: &str) -> Option<&Local<'p>> {
        self.locals.get(name)
    }
}
