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

/// Some peers in a fixed order, in as little memory as their kind of identity allows: four bytes for a stand-in whose number is
/// below 2³², 32 for a key. A million simulated nodes with eight neighbours each need 32 MB instead of 256.
#[derive(Clone, Debug)]
pub struct PeerList(Listed);

#[derive(Clone, Debug)]
enum Listed {
    /// The numbers of stand-ins.
    Numbers(Box<[u32]>),
    Keys(Box<[PeerId]>),
}

impl PeerList {
    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Listed::Numbers(numbers) => numbers.len(),
            Listed::Keys(keys) => keys.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = PeerId> + '_ {
        let (numbers, keys): (&[u32], &[PeerId]) = match &self.0 {
            Listed::Numbers(numbers) => (numbers, &[]),
            Listed::Keys(keys) => (&[], keys),
        };
        numbers.iter().map(|number| PeerId::simulated(u64::from(*number))).chain(keys.iter().copied())
    }

    /// Reads the first of them from memory, for [`Actor::touch`](crate::Actor::touch).
    #[inline]
    pub fn touch(&self) -> u64 {
        match &self.0 {
            Listed::Numbers(numbers) => numbers.first().map_or(0, |number| u64::from(*number)),
            Listed::Keys(keys) => keys.first().map_or(0, |key| u64::from(key.0[31])),
        }
    }

    /// Whether `peer` is one of them.
    pub fn contains(&self, peer: &PeerId) -> bool {
        match &self.0 {
            Listed::Numbers(numbers) => small_number(peer).is_some_and(|number| numbers.contains(&number)),
            Listed::Keys(keys) => keys.contains(peer),
        }
    }
}

impl From<&[PeerId]> for PeerList {
    fn from(peers: &[PeerId]) -> PeerList {
        let numbers: Option<Box<[u32]>> = peers.iter().map(small_number).collect();
        PeerList(numbers.map_or_else(|| Listed::Keys(peers.into()), Listed::Numbers))
    }
}

fn small_number(peer: &PeerId) -> Option<u32> {
    u32::try_from(peer.simulated_number()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_holds_what_it_was_made_of_whatever_the_identities_are() {
        let (number, large, key) = (PeerId::simulated(7), PeerId::simulated(1 << 40), PeerId::from_bytes([7; 32]));
        for peers in [vec![], vec![number], vec![number, large], vec![key, number], vec![key]] {
            let list = PeerList::from(peers.as_slice());
            assert_eq!(list.iter().collect::<Vec<_>>(), peers);
            assert_eq!((list.len(), list.is_empty()), (peers.len(), peers.is_empty()));
            for peer in [number, large, key] {
                assert_eq!(list.contains(&peer), peers.contains(&peer));
            }
        }
    }

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
