//! The types of values: what is declared, and what is inferred. Which value may go where is in `fit`, what a value is that
//! comes from several places in `join`, and records and maps that no declaration names are in `made`.

mod fit;
mod join;
mod made;

pub(crate) use fit::Fit;
pub(crate) use join::{bounded, common};
pub use made::Made;

use crate::model::Model;

/// Types without arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Basic {
    Uint,
    Int,
    Float,
    Bool,
    String,
    Bytes,
    Hash,
    Signature,
    PeerId,
    Timestamp,
    Dict,
    Void,
}

const BASICS: &[(&str, Basic)] = &[
    ("uint", Basic::Uint),
    ("int", Basic::Int),
    ("float", Basic::Float),
    ("bool", Basic::Bool),
    ("string", Basic::String),
    ("bytes", Basic::Bytes),
    ("hash", Basic::Hash),
    ("signature", Basic::Signature),
    ("peer_id", Basic::PeerId),
    ("timestamp", Basic::Timestamp),
    ("dict", Basic::Dict),
    ("void", Basic::Void),
    // Older spellings.
    ("boolean", Basic::Bool),
    ("str", Basic::String),
];

impl Basic {
    /// The type with this name.
    pub fn named(name: &str) -> Option<Basic> {
        BASICS.iter().find(|basic| basic.0 == name).map(|basic| basic.1)
    }

    /// As it is written.
    pub fn name(self) -> &'static str {
        BASICS.iter().find(|basic| basic.1 == self).expect("every basic type has a name").0
    }

    /// All names, for suggestions.
    pub(crate) fn names<'a>() -> impl Iterator<Item = &'a str> {
        BASICS.iter().map(|basic| basic.0)
    }

    pub(crate) fn is_number(self) -> bool {
        matches!(self, Basic::Uint | Basic::Int | Basic::Float | Basic::Timestamp)
    }
}

/// What is known of a value before anything runs. Numbers are indices into the tables of a [`Model`].
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// Nothing is known.
    Any,
    /// There is no value yet: the elements of an empty list.
    Never,
    /// Something of which nothing is known but that it may be a float, or have one inside.
    Mixed,
    /// It is `null`.
    Null,
    /// One of the types without arguments.
    Basic(Basic),
    /// `list<T>`
    List(Box<Type>),
    /// `map<K, V>`
    Map(Box<(Type, Type)>),
    /// A value of an enum.
    Enum(u32),
    /// A message, block or record.
    Shape(u32),
    /// A record or map that is made of a literal, whose declaration nobody named yet.
    Made(Box<Made>),
    /// A lambda.
    Function,
    /// The actor's own chain of blocks.
    Chain,
}

impl Type {
    pub(crate) const BOOL: Type = Type::Basic(Basic::Bool);
    pub(crate) const UINT: Type = Type::Basic(Basic::Uint);

    pub(crate) fn list(of: Type) -> Type {
        Type::List(Box::new(of))
    }

    pub(crate) fn basic(&self) -> Option<Basic> {
        if let Type::Basic(basic) = self { Some(*basic) } else { None }
    }

    pub(crate) fn is_number(&self) -> bool {
        self.basic().is_some_and(Basic::is_number)
    }

    /// Whether nothing is known that could be wrong.
    pub(crate) fn is_any(&self) -> bool {
        match self {
            Type::Any | Type::Never | Type::Mixed => true,
            Type::Made(made) => made.open,
            _ => false,
        }
    }

    /// The elements of a list.
    pub(crate) fn element(&self) -> Type {
        match self {
            Type::List(of) => (**of).clone(),
            other => other.inside(),
        }
    }

    /// What is known of a part of something of which nothing else is known: a float that may be inside stays visible.
    pub(crate) fn inside(&self) -> Type {
        if *self == Type::Mixed { Type::Mixed } else { Type::Any }
    }

    /// As it is written.
    pub fn name(&self, model: &Model<'_>) -> String {
        match self {
            Type::Any | Type::Never => "any".to_owned(),
            Type::Mixed => "perhaps float".to_owned(),
            Type::Null => "null".to_owned(),
            Type::Basic(basic) => basic.name().to_owned(),
            Type::List(of) => format!("list<{}>", of.name(model)),
            Type::Map(of) => format!("map<{}, {}>", of.0.name(model), of.1.name(model)),
            Type::Enum(number) => model.enums[*number as usize].name.to_owned(),
            Type::Shape(number) => model.shapes[*number as usize].name.to_owned(),
            Type::Made(made) => made.name(model),
            Type::Function => "a lambda".to_owned(),
            Type::Chain => "the chain".to_owned(),
        }
    }
}

/// The type of the sum of two numbers.
pub(crate) fn joined(a: Basic, b: Basic) -> Basic {
    let either = |basic| a == basic || b == basic;
    if either(Basic::Float) {
        Basic::Float
    } else if either(Basic::Timestamp) {
        Basic::Timestamp
    } else if either(Basic::Int) {
        Basic::Int
    } else {
        Basic::Uint
    }
}
