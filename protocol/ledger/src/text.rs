//! How values of `contract` are written in JSON and TOML, for `#[serde(with = "…")]`.
//!
//! What is written can be read again: peers and hashes as text, amounts as whole micro-units, spans with their unit. An
//! amount may also be read from text such as `"10 OMC"`, and [`money`] is read from nothing else.

use std::fmt;

use contract::{Amount, Hash, PeerId, Span, units};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A [`PeerId`]: 64 hexadecimal digits, or `#` and the number of a stand-in.
pub mod peer {
    use super::*;

    /// Writes it.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(peer: &PeerId, serializer: S) -> Result<S::Ok, S::Error> {
        peer.serialize(serializer)
    }

    /// Reads it.
    ///
    /// # Errors
    /// If the text is no peer.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PeerId, D::Error> {
        let text = String::deserialize(deserializer)?;
        let expected = "64 hexadecimal digits, or # and a number";
        PeerId::parse(&text).ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &expected))
    }
}

/// A [`struct@Hash`]: 64 hexadecimal digits.
pub mod hash {
    use super::*;

    /// Writes it.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
        hash.serialize(serializer)
    }

    /// Reads it.
    ///
    /// # Errors
    /// If the text is no hash.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        let text = String::deserialize(deserializer)?;
        Hash::parse(&text)
            .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &"64 hexadecimal digits in lower case"))
    }
}

/// An [`Amount`]: whole micro-units, or text such as `"10 OMC"`.
pub mod amount {
    use super::*;

    /// Writes whole micro-units.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
        amount.serialize(serializer)
    }

    /// Reads either form.
    ///
    /// # Errors
    /// If it is neither.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
        deserializer.deserialize_any(Either)
    }

    struct Either;

    impl Visitor<'_> for Either {
        type Value = Amount;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("whole micro-units, or text such as \"10 OMC\"")
        }

        fn visit_u64<E: Error>(self, micro: u64) -> Result<Amount, E> {
            Ok(Amount::from_micro(micro))
        }

        fn visit_i64<E: Error>(self, micro: i64) -> Result<Amount, E> {
            let positive = u64::try_from(micro).map_err(|_| E::invalid_value(Unexpected::Signed(micro), &self))?;
            Ok(Amount::from_micro(positive))
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
            units::parse_amount(text).map_err(E::custom)
        }
    }
}

/// An [`Amount`] that a person says: text with a unit, such as `"10 OMC"`. A bare number is refused, since whoever writes 10
/// does not mean ten millionths.
pub mod money {
    use super::*;

    /// Writes it with its unit.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{amount} OMC"))
    }

    /// Reads it.
    ///
    /// # Errors
    /// If it is no text with a unit.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
        deserializer.deserialize_any(WithUnit)
    }

    struct WithUnit;

    impl Visitor<'_> for WithUnit {
        type Value = Amount;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an amount with its unit, such as \"10 OMC\"")
        }

        fn visit_u64<E: Error>(self, bare: u64) -> Result<Amount, E> {
            Err(E::custom(format_args!(
                "`{bare}` has no unit: write \"{bare} OMC\", or \"{bare} uOMC\" for millionths of it"
            )))
        }

        fn visit_f64<E: Error>(self, bare: f64) -> Result<Amount, E> {
            Err(E::custom(format_args!("`{bare}` has no unit: write \"{bare} OMC\"")))
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
            units::parse_amount(text).map_err(E::custom)
        }
    }
}

/// A [`Span`] such as `"1.5 s"`.
pub mod span {
    use super::*;

    /// Writes it with its unit.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(span: &Span, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(span)
    }

    /// Reads it.
    ///
    /// # Errors
    /// If the text is no span.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        let text = String::deserialize(deserializer)?;
        units::parse_span(&text).map_err(D::Error::custom)
    }
}

/// An interval such as `"30 s"`, or `"off"`.
pub mod interval {
    use super::*;

    /// Writes it.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(interval: &Option<Span>, serializer: S) -> Result<S::Ok, S::Error> {
        match interval {
            Some(span) => serializer.collect_str(span),
            None => serializer.serialize_str("off"),
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// If the text is neither a span above zero nor `off`.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Span>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "off" {
            return Ok(None);
        }
        match units::parse_span(&text).map_err(D::Error::custom)? {
            Span::ZERO => Err(D::Error::custom("an interval of no time; write \"off\" for never")),
            span => Ok(Some(span)),
        }
    }
}

/// A list of hashes, each 64 hexadecimal digits.
pub mod hashes {
    use super::*;
    use contract::Bounded;

    /// Writes it.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer, const MAX: usize>(
        hashes: &Bounded<Hash, MAX>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        hashes.serialize(serializer)
    }

    /// Reads it.
    ///
    /// # Errors
    /// If a text is no hash, or there are too many.
    pub fn deserialize<'de, D: Deserializer<'de>, const MAX: usize>(
        deserializer: D,
    ) -> Result<Bounded<Hash, MAX>, D::Error> {
        let hashes = Vec::<One>::deserialize(deserializer)?.into_iter().map(|one| one.0).collect();
        Bounded::new(hashes).map_err(|all: Vec<Hash>| D::Error::invalid_length(all.len(), &"fewer hashes"))
    }

    #[derive(Deserialize)]
    struct One(#[serde(with = "super::hash")] Hash);
}

/// A [`Time`](contract::Time) as the span since the Unix epoch, such as `"90 s"`.
pub mod time {
    use super::*;
    use contract::Time;

    /// Writes it as a span since the epoch.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&time.since(Time::ZERO))
    }

    /// Reads it.
    ///
    /// # Errors
    /// If the text is no span.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        let text = String::deserialize(deserializer)?;
        units::parse_span(&text).map(|span| Time::ZERO + span).map_err(D::Error::custom)
    }
}

/// A value as the hexadecimal digits of its canonical bytes.
pub mod canonical {
    use super::*;
    use contract::Canonical;

    /// Writes it.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<T: Canonical, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        let digits: String = value.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        serializer.serialize_str(&digits)
    }

    /// Reads it.
    ///
    /// # Errors
    /// If the text is not the digits of such a value.
    pub fn deserialize<'de, T: Canonical, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
        let pairs = digits.filter(|digits| digits.len() % 2 == 0);
        let bytes: Option<Vec<u8>> =
            pairs.map(|digits| digits.chunks_exact(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect());
        let bytes = bytes.ok_or_else(|| D::Error::custom("not pairs of hexadecimal digits"))?;
        T::decode(&bytes).map_err(D::Error::custom)
    }
}
