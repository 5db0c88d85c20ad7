//! Values as people write them in TOML and JSON: money and durations as text with a unit, identities and hashes as digits.
//!
//! A bare number is refused, since whoever writes 10 does not mean ten millionths. What is shown to programs (`Serialize`) stays in
//! whole micro-units and nanoseconds; canonical bytes are Borsh, always.

use std::fmt;
use std::fmt::Display;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use crate::units::{BadQuantity, parse_amount, parse_span};
use crate::{Amount, Bounded, Hash, PeerId, Span};

/// Text with a unit, such as `"10 OMC"` or `"250 uOMC"`.
impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Amount, D::Error> {
        from.deserialize_any(Quantity { expected: "an amount with its unit, such as \"10 OMC\"", parse: parse_amount })
    }
}

/// Text with a unit, such as `"1.5 s"`.
impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Span, D::Error> {
        from.deserialize_any(Quantity { expected: "a duration with its unit, such as \"1.5 s\"", parse: parse_span })
    }
}

/// 64 hexadecimal digits, or `#` and the number of a stand-in. In a scenario, the name of a node stands for it.
impl<'de> Deserialize<'de> for PeerId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<PeerId, D::Error> {
        parsed(from, PeerId::parse, "64 hexadecimal digits, or # and a number")
    }
}

/// 64 hexadecimal digits in lower case.
impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Hash, D::Error> {
        parsed(from, Hash::parse, "64 hexadecimal digits in lower case")
    }
}

/// A list that is not too long.
impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for Bounded<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let too_many =
            |all: Vec<T>| D::Error::custom(format_args!("{} values, where at most {MAX} are allowed", all.len()));
        Bounded::new(Vec::deserialize(from)?).map_err(too_many)
    }
}

fn parsed<'de, T, D: Deserializer<'de>>(
    from: D,
    parse: fn(&str) -> Option<T>,
    expected: &'static str,
) -> Result<T, D::Error> {
    let text = String::deserialize(from)?;
    parse(&text).ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &expected))
}

/// A number with its unit. One without is read too, so that the error says what is missing.
struct Quantity<T> {
    expected: &'static str,
    parse: fn(&str) -> Result<T, BadQuantity>,
}

impl<T> Quantity<T> {
    fn read<E: Error>(&self, written: impl Display) -> Result<T, E> {
        (self.parse)(&written.to_string()).map_err(E::custom)
    }
}

impl<T> Visitor<'_> for Quantity<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        self.read(text)
    }

    fn visit_u64<E: Error>(self, bare: u64) -> Result<T, E> {
        self.read(bare)
    }

    fn visit_i64<E: Error>(self, bare: i64) -> Result<T, E> {
        self.read(bare)
    }

    fn visit_f64<E: Error>(self, bare: f64) -> Result<T, E> {
        self.read(bare)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::value::{Error as Said, I64Deserializer, SeqDeserializer, StrDeserializer};
    use serde::de::{DeserializeOwned, IntoDeserializer};

    use super::*;

    fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
        let text: StrDeserializer<'_, Said> = text.into_deserializer();
        T::deserialize(text).map_err(|error| error.to_string())
    }

    #[test]
    fn quantities_and_identities_are_read_as_people_write_them() {
        assert_eq!(read("10.5 OMC"), Ok(Amount::from_micro(10_500_000)));
        assert_eq!(read("1.5 s"), Ok(Span::from_millis(1_500)));
        assert_eq!(read("#7"), Ok(PeerId::simulated(7)));
        let key = PeerId::from_bytes([0xab; 32]);
        assert_eq!(read(&key.to_string()), Ok(key));
        let hash = Hash::blake3(&[b"one"]);
        assert_eq!(read(&hash.to_string()), Ok(hash));
    }

    #[test]
    fn what_is_none_of_them_is_refused_with_what_is_missing() {
        let bare: I64Deserializer<Said> = 10i64.into_deserializer();
        let said = Amount::deserialize(bare).unwrap_err().to_string();
        assert_eq!(said, "`10` has no unit of money; the units are uOMC, OMC");
        assert_eq!(read::<Span>("soon").unwrap_err(), "`soon` does not start with a number; write for example `1.5 s`");
        let said = read::<PeerId>("carol").unwrap_err();
        assert_eq!(said, "invalid value: string \"carol\", expected 64 hexadecimal digits, or # and a number");
        assert!(read::<Hash>("0123").is_err());
    }

    #[test]
    fn a_list_has_its_limit() {
        let list = |length: u8| {
            let values: SeqDeserializer<_, Said> = SeqDeserializer::new(0..length);
            Bounded::<u8, 2>::deserialize(values).map(Bounded::into_vec).map_err(|error| error.to_string())
        };
        assert_eq!(list(2), Ok(vec![0, 1]));
        assert_eq!(list(3), Err("3 values, where at most 2 are allowed".to_owned()));
    }
}
