//! Everything that a program declares, with names resolved to numbers. Imports come first; the first declaration of a
//! name counts, and a second one is a finding.

mod build;

pub(crate) use build::{name_span, same_tokens};

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
}

/// A message, block or record.
#[derive(Clone, Debug)]
pub struct Shape<'p> {
    /// The name.
    pub name: &'p str,
    /// The declaration.
    pub ast: ast::Shape<'p>,
    /// The fields, in order.
    pub fields: Vec<Field<'p>>,
}

impl<'p> Shape<'p> {
    /// The field with this name.
    pub fn field(&self, name: &str) -> Option<&Field<'p>> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Message, block or record.
    pub fn kind(&self) -> ast::ShapeKind {
        self.ast.kind()
    }

    /// Whether a message names this actor as a receiver.
    pub fn is_named(&self, actor: &str) -> bool {
        self.ast.actors().any(|to| to.text() == actor)
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
    pub inputs: Vec<Field<'p>>,
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
    pub inputs: Vec<Field<'p>>,
}

/// An actor.
#[derive(Clone, Debug)]
pub struct Actor<'p> {
    /// The name.
    pub name: &'p str,
    /// The declaration.
    pub ast: ast::Actor<'p>,
    /// The variables.
    pub store: Vec<Field<'p>>,
    /// The triggers.
    pub triggers: Vec<Trigger<'p>>,
    /// The states.
    pub states: Vec<ast::State<'p>>,
    /// The transitions, in order.
    pub transitions: Vec<ast::Transition<'p>>,
    by_variable: ByName<'p>,
    by_state: ByName<'p>,
}

impl<'p> Actor<'p> {
    /// The variable with this name.
    pub fn variable(&self, name: &str) -> Option<&Field<'p>> {
        self.by_variable.get(name).map(|number| &self.store[*number as usize])
    }

    /// The number of the state with this name.
    pub fn state(&self, name: &str) -> Option<usize> {
        self.by_state.get(name).map(|number| *number as usize)
    }

    /// The trigger with this name.
    pub fn trigger(&self, name: &str) -> Option<&Trigger<'p>> {
        self.triggers.iter().find(|trigger| trigger.name == name)
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

    /// The parameter at the end of a chain of aliases; a circle ends where it was entered.
    pub(crate) fn resolved<'m>(&'m self, parameter: &'m Parameter<'p>) -> &'m Parameter<'p> {
        let mut at = parameter;
        for _ in 0..self.parameters.len() {
            let Some(ast::Expression::Name(name)) = at.ast.value() else { return at };
            let Some(next) = self.parameter(name.text()) else { return at };
            at = next;
        }
        at
    }
}
