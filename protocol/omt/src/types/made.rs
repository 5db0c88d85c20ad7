//! Records and maps that are made of a literal, `{a 1, b x / 2}`, and changed by `x[k] = e`: what is known of them by name.

use super::{Type, common};
use crate::model::Model;

/// How many fields are followed by name.
const FIELDS_MAX: usize = 32;

/// What is known of a record or map that no declaration names.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// Fields whose name is written, with what they are.
    pub(crate) fields: Vec<(Box<str>, Type)>,
    /// The keys, those of `fields` included.
    pub(crate) keys: Type,
    /// The values whose keys are computed.
    pub(crate) others: Type,
}

impl Default for Made {
    fn default() -> Made {
        Made { fields: vec![], keys: Type::Never, others: Type::Never }
    }
}

impl Made {
    /// Sets a field that is named.
    pub(crate) fn set(&mut self, name: &str, of: Type) {
        self.keys = std::mem::replace(&mut self.keys, Type::Never).or(Type::Basic(super::Basic::String));
        match self.fields.iter().position(|(known, _)| **known == *name) {
            Some(at) => self.fields[at].1 = of,
            None if self.fields.len() < FIELDS_MAX => self.fields.push((name.into(), of)),
            None => {
                let others = std::mem::replace(&mut self.others, Type::Never);
                self.others = common([others, of].into_iter());
            }
        }
    }

    /// Sets a value whose key is computed, and which may be any of those that are there.
    pub(crate) fn set_any(&mut self, key: Type, of: Type) {
        self.keys = std::mem::replace(&mut self.keys, Type::Never).or(key);
        self.others = common([std::mem::replace(&mut self.others, Type::Never), of].into_iter());
    }

    /// Takes over what another value has.
    pub(crate) fn spread(&mut self, of: Type, model: &Model<'_>) {
        match of {
            Type::Made(other) => {
                other.fields.into_iter().for_each(|(name, of)| self.set(&name, of));
                if other.others != Type::Never {
                    self.set_any(other.keys, other.others);
                }
            }
            Type::Shape(number) => {
                let fields = &model.shapes[number as usize].fields;
                fields.iter().take(FIELDS_MAX).for_each(|field| self.set(field.name, field.of.clone()));
                if fields.len() > FIELDS_MAX {
                    self.set_any(Type::Any, Type::Any);
                }
            }
            Type::Map(of) => self.set_any(of.0, of.1),
            Type::Null | Type::Never => {}
            _ => self.set_any(Type::Any, Type::Any),
        }
    }

    /// What a field is that is named. Computed keys are taken to be others than those that are written.
    pub(crate) fn get(&self, name: &str) -> Type {
        let known = self.fields.iter().find(|(known, _)| **known == *name).map(|(_, of)| of);
        match (known, &self.others) {
            (Some(of), _) | (None, of) if *of != Type::Never => of.clone(),
            _ => Type::Any,
        }
    }

    /// What a value is whose key is computed.
    pub(crate) fn any(&self) -> Type {
        if self.others == Type::Any {
            return Type::Any;
        }
        match common(self.values().cloned()) {
            Type::Never => Type::Any,
            of => of,
        }
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Type> {
        self.fields.iter().map(|(_, of)| of).chain([&self.others])
    }

    pub(crate) fn parts(&self) -> impl Iterator<Item = &Type> {
        self.values().chain([&self.keys])
    }

    /// What is known of one of the two.
    pub(super) fn or(mut self, other: Made) -> Made {
        self.keys = self.keys.or(other.keys);
        self.others = self.others.or(other.others);
        for (name, of) in other.fields {
            match self.fields.iter_mut().find(|(known, _)| *known == name) {
                Some(field) => field.1 = std::mem::replace(&mut field.1, Type::Never).or(of),
                None => self.fields.push((name, of)),
            }
        }
        self
    }

    /// Records are shown as dict, and maps as what their keys and values are.
    pub(super) fn name(&self, model: &Model<'_>) -> String {
        if self.fields.is_empty() && self.others != Type::Never {
            return format!("map<{}, {}>", self.keys.name(model), self.others.name(model));
        }
        "dict".to_owned()
    }
}
