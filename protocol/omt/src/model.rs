//! Everything that a program declares, with names resolved to numbers. Imports come first; the first declaration of a
//! name counts, and a second one is a finding.

mod build;
mod holds;

pub(crate) use build::{name_span, same_tokens};
pub(crate) use holds::Holds;

use std::collections::{BTreeMap, BTreeSet};

use crate::ast;
use crate::program::Program;
use crate::span::Span;
use crate::tree::Node;
use crate::types::Type;

/// A table for look-up by name.
#[expect(clippy::disallowed_types, reason = "looked up by name, never iterated")]
pub(crate) type ByName<'p> = rustc_hash::FxHashMap<&'p str, u32>;

/// A declared name with a type.
#[derive(Clone, Debug)]
pub struct Field<'p> {
    /// The name.
    pub name: &'p str,
    /// What its values are.
    pub of: Type,
    /// The condition in braces.
    pub refinement: Option<ast::Expression<'p>>,
    /// The declaration.
    pub node: Node<'p>,
}

/// Declared names with types, in order.
#[derive(Clone, Debug, Default)]
pub struct Fields<'p> {
    all: Vec<Field<'p>>,
    by_name: ByName<'p>,
}

impl<'p> Fields<'p> {
    /// The one with this name.
    pub fn named(&self, name: &str) -> Option<&Field<'p>> {
        self.by_name.get(name).map(|number| &self.all[*number as usize])
    }

    fn push(&mut self, field: Field<'p>) {
        self.by_name.insert(field.name, self.all.len() as u32);
        self.all.push(field);
    }
}

impl<'p> std::ops::Deref for Fields<'p> {
    type Target = [Field<'p>];

    fn deref(&self) -> &[Field<'p>] {
        &self.all
    }
}

impl<'s, 'p> IntoIterator for &'s Fields<'p> {
    type Item = &'s Field<'p>;
    type IntoIter = std::slice::Iter<'s, Field<'p>>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.iter()
    }
}

impl Field<'_> {
    /// Where the name stands.
    pub fn span(&self) -> Span {
        self.node.children().next().map_or(self.node.span(), Node::span)
    }
}

/// A named constant.
#[derive(Clone, Debug)]
pub struct Parameter<'p> {
    /// The name.
    pub name: &'p str,
    /// The declaration.
    pub ast: ast::Parameter<'p>,
}

/// An enum.
#[derive(Clone, Debug)]
pub struct Enum<'p> {
    /// The name.
    pub name: &'p str,
    /// The declaration.
    pub ast: ast::Enum<'p>,
    /// The values, in order.
    pub values: Vec<&'p str>,
    /// Where each is declared.
    pub(crate) by_value: BTreeMap<&'p str, Node<'p>>,
}

impl<'p> Enum<'p> {
    /// Where a value is declared.
    pub fn value(&self, name: &str) -> Option<Node<'p>> {
        self.by_value.get(name).copied()
    }
}

/// A message, block or record.
#[derive(Clone, Debug)]
pub struct Shape<'p> {
    /// The name.
    pub name: &'p str,
    /// The declaration.
    pub ast: ast::Shape<'p>,
    /// The fields, in order.
    pub fields: Fields<'p>,
    /// Who receives or appends it.
    pub(crate) actors: BTreeSet<&'p str>,
    /// What is somewhere in it, records inside of it included.
    pub(crate) holds: Holds,
}

impl<'p> Shape<'p> {
    /// The field with this name.
    pub fn field(&self, name: &str) -> Option<&Field<'p>> {
        self.fields.named(name)
    }

    /// Message, block or record.
    pub fn kind(&self) -> ast::ShapeKind {
        self.ast.kind()
    }

    /// Whether a message names this actor as a receiver.
    pub fn is_named(&self, actor: &str) -> bool {
        self.actors.contains(actor)
    }

    /// Whether a message is for this actor; `Network` is everybody.
    pub fn is_for(&self, actor: &str) -> bool {
        self.is_named(actor) || self.is_named("Network")
    }
}

/// A function, native ones included.
#[derive(Clone, Debug)]
pub struct Function<'p> {
    /// The name.
    pub name: &'p str,
    /// The declaration.
    pub ast: ast::Function<'p>,
    /// The inputs, in order.
    pub inputs: Fields<'p>,
    /// What it returns.
    pub result: Type,
}

/// A trigger of an actor.
#[derive(Clone, Debug)]
pub struct Trigger<'p> {
    /// The name.
    pub name: &'p str,
    /// The declaration.
    pub ast: ast::Trigger<'p>,
    /// The inputs, in order.
    pub inputs: Fields<'p>,
    /// In which states it fires.
    pub(crate) states: BTreeSet<&'p str>,
}

/// An actor.
#[derive(Clone, Debug)]
pub struct Actor<'p> {
    /// The name.
    pub name: &'p str,
    /// The declaration.
    pub ast: ast::Actor<'p>,
    /// The variables.
    pub store: Fields<'p>,
    /// The triggers.
    pub triggers: Vec<Trigger<'p>>,
    /// The states.
    pub states: Vec<ast::State<'p>>,
    /// The transitions, in order.
    pub transitions: Vec<ast::Transition<'p>>,
    by_trigger: ByName<'p>,
    by_state: ByName<'p>,
}

impl<'p> Actor<'p> {
    /// The variable with this name.
    pub fn variable(&self, name: &str) -> Option<&Field<'p>> {
        self.store.named(name)
    }

    /// The number of the state with this name.
    pub fn state(&self, name: &str) -> Option<usize> {
        self.by_state.get(name).map(|number| *number as usize)
    }

    /// The trigger with this name.
    pub fn trigger(&self, name: &str) -> Option<&Trigger<'p>> {
        self.by_trigger.get(name).map(|number| &self.triggers[*number as usize])
    }

    /// The names of the states.
    pub fn state_names(&self) -> impl Iterator<Item = &'p str> {
        self.states.iter().filter_map(|state| state.name()).map(Node::text)
    }
}

/// Everything that a program declares.
#[derive(Debug)]
pub struct Model<'p> {
    /// Where it comes from.
    pub program: &'p Program,
    /// The transaction of the main file.
    pub transaction: Option<ast::Transaction<'p>>,
    /// All parameters.
    pub parameters: Vec<Parameter<'p>>,
    /// All enums.
    pub enums: Vec<Enum<'p>>,
    /// All messages, blocks and records.
    pub shapes: Vec<Shape<'p>>,
    /// All functions.
    pub functions: Vec<Function<'p>>,
    /// All actors.
    pub actors: Vec<Actor<'p>>,
    pub(crate) names: Names<'p>,
    /// For each parameter the number of the one at the end of its chain of aliases.
    ends: Vec<u32>,
}

/// Tables for look-up.
#[derive(Debug, Default)]
pub(crate) struct Names<'p> {
    pub(crate) parameters: ByName<'p>,
    pub(crate) enums: ByName<'p>,
    pub(crate) shapes: ByName<'p>,
    pub(crate) functions: ByName<'p>,
    pub(crate) actors: ByName<'p>,
    /// Enum values: the first enum that has it.
    pub(crate) values: ByName<'p>,
}

impl<'p> Model<'p> {
    /// The parameter with this name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter<'p>> {
        self.names.parameters.get(name).map(|number| &self.parameters[*number as usize])
    }

    /// The number of the message, block or record with this name.
    pub fn shape(&self, name: &str, kind: ast::ShapeKind) -> Option<u32> {
        let number = *self.names.shapes.get(name)?;
        (self.shapes[number as usize].kind() == kind).then_some(number)
    }

    /// The function with this name.
    pub fn function(&self, name: &str) -> Option<&Function<'p>> {
        self.names.functions.get(name).map(|number| &self.functions[*number as usize])
    }

    /// The actor with this name.
    pub fn actor(&self, name: &str) -> Option<&Actor<'p>> {
        self.names.actors.get(name).map(|number| &self.actors[*number as usize])
    }

    /// The names of all shapes of a kind.
    pub(crate) fn shape_names(&self, kind: ast::ShapeKind) -> impl Iterator<Item = &'p str> {
        self.shapes.iter().filter(move |shape| shape.kind() == kind).map(|shape| shape.name)
    }

    /// The unit of a parameter, through aliases.
    pub fn unit(&self, parameter: &Parameter<'p>) -> Option<&'p str> {
        self.resolved(parameter).ast.unit().or(parameter.ast.unit())
    }

    /// The parameter at the end of a chain of aliases; a circle ends somewhere in it.
    pub(crate) fn resolved<'m>(&'m self, parameter: &'m Parameter<'p>) -> &'m Parameter<'p> {
        let number = self.names.parameters.get(parameter.name).and_then(|number| self.ends.get(*number as usize));
        number.map_or(parameter, |number| &self.parameters[*number as usize])
    }

    /// Follows each chain of aliases once.
    fn follow_aliases(&mut self) {
        const OPEN: u32 = u32::MAX;
        let next = |at: usize| match self.parameters[at].ast.value() {
            Some(ast::Expression::Name(name)) => self.names.parameters.get(name.text()).copied(),
            _ => None,
        };
        let mut ends = vec![None; self.parameters.len()];
        for start in 0..ends.len() {
            let (mut at, mut way) = (start as u32, vec![]);
            let end = loop {
                match ends[at as usize] {
                    Some(OPEN) => break at,
                    Some(end) => break end,
                    None => {}
                }
                ends[at as usize] = Some(OPEN);
                way.push(at);
                match next(at as usize) {
                    Some(further) => at = further,
                    None => break at,
                }
            };
            way.into_iter().for_each(|at| ends[at as usize] = Some(end));
        }
        self.ends = ends.into_iter().flatten().collect();
    }
}
