//! What may stand behind a point.

use super::complete::{Completion, CompletionKind};
use super::expression::{Cursor, Source};
use crate::token::Kind;
use crate::types::{Basic, Type};

impl Cursor<'_, '_> {
    /// Fields of the value before the point, or values of the enum.
    pub(super) fn members(&self) -> Vec<Completion> {
        let Some(way) = self.way() else { return vec![] };
        let model = &self.analysis.model;
        let [first, ref rest @ ..] = way[..] else { return vec![] };
        let is_value = self.actor().is_some_and(|actor| actor.variable(first).is_some())
            || self.locals().iter().any(|local| local.0 == first);
        if let (Some(number), [], false) = (model.names.enums.get(first), rest, is_value) {
            let of = &model.enums[*number as usize];
            return of.values.iter().map(|value| Completion::new(*value, CompletionKind::Value, of.name)).collect();
        }
        if first == "message" && !is_value {
            return self.of_message(rest);
        }
        self.of_type(self.type_of(first), rest)
    }

    /// The names before the point, from the first one: `a.b.` is `[a, b]`.
    fn way(&self) -> Option<Vec<&str>> {
        let mut names = vec![];
        let mut tokens = self.tokens().peekable();
        while tokens.next_if(|token| token.0 == Kind::sign(b'.')).is_some() {
            let (kind, name) = tokens.next()?;
            if kind != Kind::WORD {
                return None;
            }
            names.push(name);
        }
        names.reverse();
        Some(names)
    }

    fn of_message(&self, rest: &[&str]) -> Vec<Completion> {
        let Source::Message(shape) = self.source() else { return vec![] };
        match rest {
            ["payload"] => self.fields(&shape.fields),
            ["payload", rest @ ..] | rest if !rest.is_empty() => {
                let Some(field) = shape.field(rest[0]) else { return vec![] };
                self.of_type(field.of.clone(), &rest[1..])
            }
            _ => {
                let mut all = self.fields(&shape.fields);
                all.push(Completion::new("sender", CompletionKind::Field, "peer_id").about("who sent it"));
                all.push(Completion::new("payload", CompletionKind::Field, shape.name).about("all fields together"));
                if shape.ast.is_signed() {
                    let of = Basic::Signature.name();
                    all.push(Completion::new("signature", CompletionKind::Field, of).about("over all fields"));
                }
                all
            }
        }
    }

    fn of_type(&self, of: Type, rest: &[&str]) -> Vec<Completion> {
        let Type::Shape(number) = of else { return vec![] };
        let shape = &self.analysis.model.shapes[number as usize];
        match rest {
            [] => self.fields(&shape.fields),
            [first, rest @ ..] => {
                shape.field(first).map_or_else(Vec::new, |field| self.of_type(field.of.clone(), rest))
            }
        }
    }
}
