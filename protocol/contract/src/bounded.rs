//! Lists with a limit that is checked before anything is allocated.

use std::ops::Deref;

use borsh::io::{Error, ErrorKind, Read, Result, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

/// A list of at most `MAX` values. A longer one can neither be built nor decoded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Bounded<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> Bounded<T, MAX> {
    /// The list, or the values back if there are more than `MAX`.
    ///
    /// # Errors
    /// Returns the values when there are too many.
    pub fn new(values: Vec<T>) -> std::result::Result<Self, Vec<T>> {
        if values.len() > MAX { Err(values) } else { Ok(Bounded(values)) }
    }

    /// The first `MAX` values.
    pub fn truncated(mut values: Vec<T>) -> Self {
        values.truncate(MAX);
        Bounded(values)
    }

    /// The values.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T, const MAX: usize> Default for Bounded<T, MAX> {
    fn default() -> Self {
        Bounded(Vec::new())
    }
}

impl<T, const MAX: usize> Deref for Bounded<T, MAX> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: BorshSerialize, const MAX: usize> BorshSerialize for Bounded<T, MAX> {
    fn serialize<W: Write>(&self, writer: &mut W) -> Result<()> {
        self.0.serialize(writer)
    }
}

impl<T: BorshDeserialize, const MAX: usize> BorshDeserialize for Bounded<T, MAX> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> Result<Self> {
        let length = u32::deserialize_reader(reader)? as usize;
        if length > MAX {
            let why = format!("a list of {length} values, where at most {MAX} are allowed");
            return Err(Error::new(ErrorKind::InvalidData, why));
        }
        // Grows as values arrive: a claimed length alone allocates nothing.
        let mut values = Vec::new();
        for _ in 0..length {
            values.push(T::deserialize_reader(reader)?);
        }
        Ok(Bounded(values))
    }
}
