//! Records and maps that are made of a literal, `{a 1, b x / 2}`, and changed by `x[k] = e`: what is known of them by name.

use super::{Basic, Type, common};
use crate::model::Model;

/// How many fields are followed by name.
const FIELDS_MAX: usize = 32;

/// What is known of a record or map that no declaration names.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// Fields whose name is written, with what they are, in the order of their names.
    pub(crate) fields: Vec<(Box<str>, Type)>,
    /// The keys, those of `fields` included.
    pub(crate) keys: Type,
    /// The values whose keys are computed.
    pub(crate) others: Type,
    /// Whether it may be something else altogether, of which nothing is known.
    pub(crate) open: bool,
}

impl Default for Made {
    fn default() -> Made {
        Made { fields: vec![], keys: Type::Never, others: Type::Never, open: false }
    }
}

impl Made {
    /// What is known of the fields of a value; it is open if the value may be no record and no map.
    pub(crate) fn of(of: Type, model: &Model<'_>) -> Made {
        match of {
            Type::Made(made) => *made,
            Type::Never | Type::Null => Made::default(),
            Type::Map(of) => Made { keys: of.0, others: of.1, ..Made::default() },
            Type::Shape(number) => {
                let mut made = Made::default();
                let fields = &model.shapes[number as usize].fields;
                fields.iter().for_each(|field| made.set(field.name, field.of.clone(), model));
                made
            }
            Type::Basic(Basic::Dict) => Made { keys: Type::Any, others: Type::Any, ..Made::default() },
            of => {
                let others = if of.has_float(model) { Type::Mixed } else { Type::Any };
                Made { keys: Type::Any, others, open: true, ..Made::default() }
            }
        }
    }

    /// Sets a field that is named.
    pub(crate) fn set(&mut self, name: &str, of: Type, model: &Model<'_>) {
        join(&mut self.keys, Type::Basic(Basic::String), model);
        match self.fields.binary_search_by(|(known, _)| (**known).cmp(name)) {
            Ok(at) => self.fields[at].1 = of,
            Err(at) if self.fields.len() < FIELDS_MAX => self.fields.insert(at, (name.into(), of)),
            Err(_) => join(&mut self.others, of, model),
        }
    }

    /// Sets a value whose key is computed, which may be any of those that are there.
    pub(crate) fn set_any(&mut self, key: Type, of: Type, model: &Model<'_>) {
        join(&mut self.keys, key, model);
        self.fields.iter_mut().for_each(|field| join(&mut field.1, of.clone(), model));
        join(&mut self.others, of, model);
    }

    /// Takes over what another value has, and keeps what it may not have.
    pub(crate) fn spread(&mut self, of: Type, model: &Model<'_>) {
        *self = Made { open: false, ..std::mem::take(self).or(Made::of(of, model), model) };
    }

    /// Without what is under these names.
    pub(crate) fn hide<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        for name in names {
            match self.fields.binary_search_by(|(known, _)| (**known).cmp(name)) {
                Ok(at) => self.fields[at].1 = Type::Never,
                Err(at) => self.fields.insert(at, (name.into(), Type::Never)),
            }
        }
    }

    /// What a field is that is named.
    pub(crate) fn get(&self, name: &str) -> Type {
        let known = self.fields.iter().find(|(known, _)| **known == *name).map(|(_, of)| of);
        match (known, &self.others) {
            (Some(of), _) | (None, of) if *of != Type::Never => of.clone(),
            _ => Type::Any,
        }
    }

    /// What a value is whose key is computed.
    pub(crate) fn any(&self, model: &Model<'_>) -> Type {
        match common(self.values().cloned(), model) {
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

    /// What is known of one of the two. A field that one of them does not name may be among its computed ones.
    pub(crate) fn or(self, other: Made, model: &Model<'_>) -> Made {
        let mut fields = self.fields;
        let named = |name: &str| other.fields.iter().find(|(known, _)| **known == *name);
        for (name, of) in &mut fields {
            join(of, named(name).map_or(&other.others, |(_, of)| of).clone(), model);
        }
        let first = fields.len();
        for (name, of) in other.fields {
            if !fields[..first].iter().any(|(known, _)| *known == name) {
                fields.push((name, of.or(self.others.clone(), model)));
            }
        }
        // In one order, so that what is the same is equal, however it came about.
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        let others = self.others.or(other.others, model);
        // Of each field that much is known anyway; and what grows in a loop comes to an end.
        if others == Type::Mixed {
            fields.retain(|(_, of)| *of != Type::Mixed);
        }
        Made { fields, keys: self.keys.or(other.keys, model), others, open: self.open || other.open }
    }

    /// Records are shown as dict, and maps as what their keys and values are.
    pub(super) fn name(&self, model: &Model<'_>) -> String {
        if self.fields.is_empty() && self.others != Type::Never {
            return format!("map<{}, {}>", self.keys.name(model), self.others.name(model));
        }
        "dict".to_owned()
    }
}

fn join(known: &mut Type, of: Type, model: &Model<'_>) {
    *known = std::mem::replace(known, Type::Never).or(of, model);
}
