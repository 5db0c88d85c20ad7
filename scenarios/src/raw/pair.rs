//! A list of two.

use std::borrow::Cow;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Exactly two values: of an array of two, the reader of TOML takes the first two of any list, and leaves the others out.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair<T>(pub [T; 2]);

impl<T> Deref for Pair<T> {
    type Target = [T; 2];

    fn deref(&self) -> &[T; 2] {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pair<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Pair::of(Vec::deserialize(deserializer)?)
    }
}

impl<T> Pair<T> {
    /// The two items of a list.
    pub(super) fn of<E: Error>(items: Vec<T>) -> Result<Pair<T>, E> {
        let length = items.len();
        <[T; 2]>::try_from(items).map(Pair).map_err(|_| E::invalid_length(length, &"a list of length 2"))
    }
}

impl<T: JsonSchema> JsonSchema for Pair<T> {
    fn inline_schema() -> bool {
        <[T; 2]>::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        <[T; 2]>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <[T; 2]>::json_schema(generator)
    }
}
