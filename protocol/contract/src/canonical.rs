//! One value, one byte string.
//!
//! The encoding is [borsh](https://borsh.io): fixed-width little-endian integers, `u32` lengths, enum tags of one
//! byte, no padding. Decoding is strict: every byte is consumed, booleans and options have one form, maps are sorted.
//! Types that cross a trust boundary bound their lists with [`Bounded`](crate::Bounded).

use borsh::{BorshDeserialize, BorshSerialize};

/// Why bytes are not a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed at byte {offset} of {length}: {why}")]
pub struct Malformed {
    /// How many bytes had been read when it went wrong.
    pub offset: usize,
    /// How many bytes there were.
    pub length: usize,
    /// What was wrong there.
    pub why: String,
}

/// A value with canonical bytes.
pub trait Canonical: BorshSerialize + BorshDeserialize {
    /// Appends the canonical bytes to `bytes`.
    fn encode(&self, bytes: &mut Vec<u8>) {
        // Writing to a vector fails only for a list longer than u32::MAX, which no bounded type can hold.
        BorshSerialize::serialize(self, bytes).expect("a vector takes any value of bounded length");
    }

    /// The canonical bytes.
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.encode(&mut bytes);
        bytes
    }

    /// The value that has exactly these bytes.
    ///
    /// # Errors
    /// [`Malformed`] with the place, if the bytes are not canonical, too few, or too many.
    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut rest = bytes;
        let outcome = Self::deserialize(&mut rest);
        let offset = bytes.len() - rest.len();
        let malformed = |why| Malformed { offset, length: bytes.len(), why };
        let value = outcome.map_err(|error| malformed(error.to_string()))?;
        match rest.len() {
            0 => Ok(value),
            left => Err(malformed(format!("{left} bytes too many"))),
        }
    }
}

impl<T: BorshSerialize + BorshDeserialize> Canonical for T {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Amount, Bounded, PeerId, Time};
    use proptest::prelude::*;

    type Sample = (Time, Amount, PeerId, Option<bool>, Bounded<u16, 4>);

    fn samples() -> impl Strategy<Value = Sample> {
        (
            any::<u64>(),
            any::<u64>(),
            any::<[u8; 32]>(),
            any::<Option<bool>>(),
            prop::collection::vec(any::<u16>(), 0..=4),
        )
            .prop_map(|(time, micro, key, flag, list)| {
                let list = Bounded::truncated(list);
                (Time::from_nanos(time), Amount::from_micro(micro), PeerId::from_bytes(key), flag, list)
            })
    }

    proptest! {
        #[test]
        fn a_value_comes_back(value in samples()) {
            prop_assert_eq!(Sample::decode(&value.to_bytes()), Ok(value));
        }

        #[test]
        fn whatever_decodes_has_no_second_encoding(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(value) = Sample::decode(&bytes) {
                prop_assert_eq!(value.to_bytes(), bytes);
            }
        }

        #[test]
        fn one_byte_more_or_less_is_refused(value in samples(), extra: u8) {
            let mut bytes = value.to_bytes();
            bytes.push(extra);
            prop_assert!(Sample::decode(&bytes).is_err());
            bytes.truncate(bytes.len() - 2);
            prop_assert!(Sample::decode(&bytes).is_err());
        }
    }

    #[test]
    fn a_claimed_length_is_refused_before_anything_is_allocated() {
        let claimed = u32::MAX.to_le_bytes();
        let error = Bounded::<u64, 8>::decode(&claimed).unwrap_err();
        assert_eq!(error.why, "a list of 4294967295 values, where at most 8 are allowed");
    }

    #[test]
    fn the_place_of_an_error_is_named() {
        let error = <(u64, bool)>::decode(&[0, 0, 0, 0, 0, 0, 0, 0, 2]).unwrap_err();
        assert_eq!((error.offset, error.length), (9, 9));
    }
}
