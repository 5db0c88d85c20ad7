//! Which value may go where. The one place that decides it: every slot that has a type asks here.

use super::{Basic, Made, Type};
use crate::model::Model;

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

impl Fit {
    fn when(yes: bool) -> Fit {
        if yes { Fit::Yes } else { Fit::No }
    }

    /// The first that says something against it.
    fn and(self, other: impl FnOnce() -> Fit) -> Fit {
        if self == Fit::Yes { other() } else { self }
    }
}

impl Type {
    /// Whether a value of this type may go where `to` is needed.
    pub(crate) fn fits(&self, to: &Type, model: &Model<'_>) -> Fit {
        match (self, to) {
            (Type::Any | Type::Never | Type::Null, _) | (_, Type::Any | Type::Never | Type::Mixed) => Fit::Yes,
            (Type::Mixed, to) => {
                if to.has_whole(model) {
                    Fit::Float
                } else {
                    Fit::Yes
                }
            }
            (Type::Basic(from), Type::Basic(to)) => basic_fits(*from, *to),
            (Type::List(from), Type::List(to)) => from.fits(to, model),
            (Type::Map(from), Type::Map(to)) => from.0.fits(&to.0, model).and(|| from.1.fits(&to.1, model)),
            (Type::Map(_) | Type::Shape(_) | Type::Made(_), Type::Basic(Basic::Dict)) => Fit::Yes,
            (Type::Basic(Basic::Dict), Type::Map(_) | Type::Shape(_) | Type::Made(_)) => Fit::Yes,
            (Type::Made(from), to) => from.fits(to, model),
            (_, Type::Made(to)) => Fit::when(to.open || matches!(self, Type::Map(_) | Type::Shape(_))),
            (Type::Enum(_), Type::Basic(Basic::String)) => Fit::Yes,
            (from, to) => Fit::when(from == to),
        }
    }

    /// Whether a float is somewhere in a value of this type, so that it must not get into a block.
    pub(crate) fn has_float(&self, model: &Model<'_>) -> bool {
        match self {
            Type::Basic(Basic::Float) | Type::Mixed => true,
            Type::List(of) => of.has_float(model),
            Type::Map(of) => of.0.has_float(model) || of.1.has_float(model),
            Type::Made(made) => made.parts().any(|part| part.has_float(model)),
            Type::Shape(number) => model.shapes[*number as usize].holds.float,
            _ => false,
        }
    }

    /// Whether a declared type has a place somewhere into which no float may get.
    fn has_whole(&self, model: &Model<'_>) -> bool {
        match self {
            Type::Basic(basic) => basic.is_number() && *basic != Basic::Float,
            Type::List(of) => of.has_whole(model),
            Type::Map(of) => of.0.has_whole(model) || of.1.has_whole(model),
            Type::Shape(number) => model.shapes[*number as usize].holds.whole,
            _ => false,
        }
    }
}

impl Made {
    /// A literal is a map if its values are those of the map, and a record if its fields are.
    fn fits(&self, to: &Type, model: &Model<'_>) -> Fit {
        match to {
            Type::Made(_) => Fit::Yes,
            Type::Map(of) => {
                // The names of fields may stand for enum values, peers and the like; a float is none of them.
                let keys = Some(self.keys.fits(&of.0, model)).filter(|fit| *fit == Fit::Float);
                let start = keys.unwrap_or(Fit::Yes);
                self.values().fold(start, |fit, value| fit.and(|| value.fits(&of.1, model)))
            }
            Type::Shape(number) => {
                let shape = &model.shapes[*number as usize];
                let pairs = self.fields.iter().filter_map(|(name, of)| Some((of, &shape.field(name)?.of)));
                let named = pairs.fold(Fit::Yes, |fit, (of, to)| fit.and(|| of.fits(to, model)));
                let hidden =
                    || self.float_field(*number, model).is_some() || self.hidden_float(*number, model).is_some();
                named.and(|| if hidden() { Fit::Float } else { Fit::Yes })
            }
            _ => Fit::when(self.open),
        }
    }
}

impl Made {
    /// A field with a float that a declared record does not have: nobody would see it there.
    pub(crate) fn hidden_float(&self, shape: u32, model: &Model<'_>) -> Option<(&str, &Type)> {
        let shape = &model.shapes[shape as usize];
        let mut fields = self.fields.iter().filter(|(name, of)| of.has_float(model) && shape.field(name).is_none());
        fields.next().map(|(name, of)| (&**name, of))
    }

    /// A field into which a float would get under a computed key, by number.
    pub(crate) fn float_field(&self, shape: u32, model: &Model<'_>) -> Option<usize> {
        let named = |name: &str| self.fields.iter().any(|(known, _)| **known == *name);
        let mut fields = model.shapes[shape as usize].fields.iter();
        let floats = self.others.has_float(model);
        fields.position(|field| floats && self.others.fits(&field.of, model) == Fit::Float && !named(field.name))
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
