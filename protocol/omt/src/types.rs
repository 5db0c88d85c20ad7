//! The types of values, and which value fits where.

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
    /// A lambda.
    Function,
}

/// Whether a value may go to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    Yes,
    No,
    /// A float would get into an integer.
    Float,
    /// A negative number could get into a `uint`.
    Sign,
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
        *self == Type::Any
    }

    /// As it is written.
    pub fn name(&self, model: &Model<'_>) -> String {
        match self {
            Type::Any => "any".to_owned(),
            Type::Null => "null".to_owned(),
            Type::Basic(basic) => basic.name().to_owned(),
            Type::List(of) => format!("list<{}>", of.name(model)),
            Type::Map(of) => format!("map<{}, {}>", of.0.name(model), of.1.name(model)),
            Type::Enum(number) => model.enums[*number as usize].name.to_owned(),
            Type::Shape(number) => model.shapes[*number as usize].name.to_owned(),
            Type::Function => "a lambda".to_owned(),
        }
    }

    /// Whether a value of this type may go where `to` is needed.
    pub(crate) fn fits(&self, to: &Type) -> Fit {
        let yes = |yes: bool| if yes { Fit::Yes } else { Fit::No };
        match (self, to) {
            (Type::Any | Type::Null, _) | (_, Type::Any) => Fit::Yes,
            (Type::Basic(from), Type::Basic(to)) => basic_fits(*from, *to),
            (Type::List(from), Type::List(to)) => from.fits(to),
            (Type::Map(from), Type::Map(to)) => match from.0.fits(&to.0) {
                Fit::Yes => from.1.fits(&to.1),
                other => other,
            },
            (Type::Map(_) | Type::Shape(_), Type::Basic(Basic::Dict)) => Fit::Yes,
            (Type::Basic(Basic::Dict), Type::Map(_) | Type::Shape(_)) => Fit::Yes,
            (Type::Enum(_), Type::Basic(Basic::String)) => Fit::Yes,
            (from, to) => yes(from == to),
        }
    }

    /// The type of a value that is one or the other.
    pub(crate) fn or(self, other: Type) -> Type {
        if self == other || self == Type::Null {
            return other;
        }
        if other == Type::Null {
            return self;
        }
        match (self.basic(), other.basic()) {
            (Some(a), Some(b)) if a.is_number() && b.is_number() => Type::Basic(joined(a, b)),
            _ => Type::Any,
        }
    }
}

fn basic_fits(from: Basic, to: Basic) -> Fit {
    use Basic::{Bytes, Float, Hash, Int, PeerId, Signature, Timestamp, Uint};
    match (from, to) {
        (from, to) if from == to => Fit::Yes,
        (Uint, Int | Float | Timestamp) | (Int | Timestamp, Float) | (Timestamp, Uint | Int) => Fit::Yes,
        (Float, Uint | Int | Timestamp) => Fit::Float,
        (Int, Uint | Timestamp) => Fit::Sign,
        (Hash | PeerId | Signature, Bytes) => Fit::Yes,
        _ => Fit::No,
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
