//! A whole file: three groups of keys that stand side by side in it.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Error as _, IgnoredAny, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};

use super::{RawAbout, RawSetting, RawTrial, Spanned};
use crate::schema::explain;
use crate::source::{BadScenario, Source, closest};

/// A whole file.
#[derive(Debug)]
pub struct RawScenario {
    /// What it is, and what it is made of.
    pub about: RawAbout,
    /// What runs.
    pub setting: RawSetting,
    /// How often, what is measured, and what must come out.
    pub trial: RawTrial,
}

impl RawScenario {
    /// Reads a whole file.
    ///
    /// # Errors
    /// [`BadScenario`] at the first key that is unknown, missing or has no fitting value.
    pub fn read(source: &Source) -> Result<RawScenario, BadScenario> {
        let written: BTreeMap<Spanned<String>, IgnoredAny> = source.read()?;
        let keys = keys();
        for key in written.keys() {
            if !keys.contains(&key.get_ref().as_str()) {
                let what = format!("unknown field `{}`", key.get_ref());
                let hint = closest(key.get_ref(), keys.iter().copied()).unwrap_or_default();
                return Err(source.error(key.span(), what, hint));
            }
        }
        let read = || Ok(RawScenario { about: source.read()?, setting: source.read()?, trial: source.read()? });
        read().map_err(|bad| listed(source).unwrap_or(bad))
    }
}

/// A table that is written as a list, such as `[[measure]]`: the reader of TOML would take the items of the list for the keys of
/// the table, and complain of the first of them.
fn listed(source: &Source) -> Option<BadScenario> {
    let whole: toml::Table = source.read().ok()?;
    let of_network = whole.get("network").and_then(toml::Value::as_table).into_iter().flatten();
    let of_network = of_network.map(|(key, value)| (vec!["network", key.as_str()], value));
    let mut all = whole.iter().map(|(key, value)| (vec![key.as_str()], value)).chain(of_network);
    let path = all.find_map(|(path, value)| {
        let is_table = || explain(&path.join(".")).is_ok_and(|key| key.kind == "table");
        (value.is_array() && is_table()).then_some(path)
    })?;
    let (place, key) = (source.place_of_key(&path).unwrap_or(0..0), path.join("."));
    Some(source.error(place, format!("`{key}` is one table, not a list"), format!("write `[{key}]`")))
}

/// The keys of a file, as its groups name them.
pub fn keys() -> Vec<&'static str> {
    [fields::<RawAbout>(), fields::<RawSetting>(), fields::<RawTrial>()].concat()
}

/// The fields that a struct asks for.
fn fields<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut fields: &[&str] = &[];
    let _ = T::deserialize(Asked(&mut fields));
    fields
}

/// Notes what it is asked for, and gives nothing.
struct Asked<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(Self::Error::custom("no struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        Err(Self::Error::custom("nothing is there"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
