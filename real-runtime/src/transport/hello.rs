//! What an end says first on a connection: which of its lives this is, which of its connections, and that it is a member.
//!
//! | Bytes | Content, integers little-endian | Since version |
//! |---|---|---|
//! | 0–7 | the life of its sender, drawn when the transport was bound | 1 |
//! | 8–15 | which connection of that life | 1 |
//! | 16–47 | proof of membership (see [`Network`](crate::network::Network)) | 1 |
//! | 48– | where the other end seems to be: 4 or 6, address, port | 2 |
//!
//! Of two connections between the same lives the one with the larger ordinal was begun later by the end that says so.
//! That decides between a connection that replaces a dead one and the loser of two simultaneous dials.

use std::net::SocketAddr;

use borsh::{BorshDeserialize, BorshSerialize};
use contract::Canonical as _;

use super::version::Version;
use crate::address::Address;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hello {
    /// Drawn at random when the transport is bound.
    pub(crate) life: u64,
    /// Counts the connections that this life has begun or accepted.
    pub(crate) ordinal: u64,
    /// Shows membership, on this connection only.
    pub(crate) proof: [u8; 32],
    /// Where its sender sees the other end; nothing before version 2.
    pub(crate) observed: Option<SocketAddr>,
}

#[derive(BorshSerialize, BorshDeserialize)]
struct First {
    life: u64,
    ordinal: u64,
    proof: [u8; 32],
}

impl Hello {
    /// Bytes of the longest hello.
    pub(crate) const LENGTH_MAX: u32 = 48 + 19;

    pub(crate) fn encode(&self, version: Version) -> Vec<u8> {
        let mut bytes = First { life: self.life, ordinal: self.ordinal, proof: self.proof }.to_bytes();
        if let Some(observed) = self.observed.filter(|_| version.has_exchange()) {
            Address::from(observed).encode(&mut bytes);
        }
        bytes
    }

    pub(crate) fn decode(bytes: &[u8], version: Version) -> Option<Hello> {
        let (first, rest) = bytes.split_at_checked(48)?;
        let First { life, ordinal, proof } = First::decode(first).ok()?;
        let observed = match version.has_exchange() {
            true => Some(Address::decode(rest).ok()?.into()),
            false if rest.is_empty() => None,
            false => return None,
        };
        Some(Hello { life, ordinal, proof, observed })
    }

    /// Whether a connection with this hello replaces one that began with `current`.
    pub(crate) fn supersedes(&self, current: &Hello) -> bool {
        self.life != current.life || self.ordinal > current.ordinal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(life: u64, ordinal: u64) -> Hello {
        Hello { life, ordinal, proof: [7; 32], observed: None }
    }

    #[test]
    fn a_later_connection_supersedes_an_earlier_one_and_a_new_life_any() {
        assert!(hello(1, 5).supersedes(&hello(1, 4)));
        assert!(!hello(1, 4).supersedes(&hello(1, 5)));
        assert!(!hello(1, 5).supersedes(&hello(1, 5)));
        assert!(hello(2, 1).supersedes(&hello(1, 9)));
    }

    #[test]
    fn a_hello_is_read_as_it_was_written_in_each_version() {
        for address in ["127.0.0.1:4001", "[2001:db8::1]:4001"] {
            let second = Hello { observed: Some(address.parse().expect("an address")), ..hello(3, 4) };
            for (version, expected) in [(Version(1), hello(3, 4)), (Version(2), second)] {
                let bytes = second.encode(version);
                assert!(bytes.len() <= Hello::LENGTH_MAX as usize);
                assert_eq!(Hello::decode(&bytes, version), Some(expected));
                (0..bytes.len()).for_each(|length| assert_eq!(Hello::decode(&bytes[..length], version), None));
            }
            assert_eq!(Hello::decode(&second.encode(Version(2)), Version(1)), None);
        }
    }
}
