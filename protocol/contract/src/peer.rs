//! Who is who: a peer's identity is its public key.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Serialize, Serializer};

/// The identity of a peer: its Ed25519 public key, or a numbered stand-in inside a simulation.
///
/// A stand-in begins with a fixed prefix that no Ed25519 key has except with probability 2⁻¹⁹², and a verifier of
/// real signatures refuses it. Order is the order of the bytes, which for stand-ins is the order of their numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct PeerId([u8; 32]);

const SIMULATED: [u8; 24] = *b"dunbar/simulated-peer/\0\0";

impl PeerId {
    /// The identity whose public key is `bytes`.
    pub const fn from_bytes(bytes: [u8; 32]) -> PeerId {
        PeerId(bytes)
    }

    /// The 32 bytes of the public key.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The stand-in with this number.
    #[inline]
    pub fn simulated(number: u64) -> PeerId {
        let mut bytes = [0; 32];
        bytes[..24].copy_from_slice(&SIMULATED);
        bytes[24..].copy_from_slice(&number.to_be_bytes());
        PeerId(bytes)
    }

    /// The number of a stand-in; `None` for a real key.
    #[inline]
    pub fn simulated_number(&self) -> Option<u64> {
        let (prefix, number) = self.0.split_at(24);
        let number: [u8; 8] = number.try_into().ok()?;
        (prefix == SIMULATED).then(|| u64::from_be_bytes(number))
    }

    /// Reads the form that [`Display`](fmt::Display) writes: 64 hexadecimal digits, or `#` and a number.
    pub fn parse(text: &str) -> Option<PeerId> {
        match text.strip_prefix('#') {
            Some(number) => number.parse().ok().map(PeerId::simulated),
            None => crate::hash::parse_hex32(text).map(PeerId),
        }
    }
}

/// `#7` for a stand-in, 64 hexadecimal digits for a key.
impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.simulated_number() {
            Some(number) => write!(f, "#{number}"),
            None => crate::hash::write_hex(f, &self.0),
        }
    }
}

/// The first eight digits of a key, so that a trace stays readable.
impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.simulated_number() {
            Some(number) => write!(f, "#{number}"),
            None => crate::hash::write_hex(f, &self.0[..4]),
        }
    }
}

impl Serialize for PeerId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_are_numbered_ordered_and_readable() {
        let (two, ten) = (PeerId::simulated(2), PeerId::simulated(10));
        assert!(two < ten);
        assert_eq!(ten.simulated_number(), Some(10));
        assert_eq!(PeerId::from_bytes([7; 32]).simulated_number(), None);
        assert_eq!(PeerId::parse("#10"), Some(ten));
        let key = PeerId::from_bytes([0xab; 32]);
        assert_eq!(PeerId::parse(&key.to_string()), Some(key));
        assert_eq!(PeerId::parse("abc"), None);
    }
}
