//! Ids of connections that only this node can have given out, so that a datagram for no connection is known by its first bytes.
//!
//! An id is 12 random bytes and 4 that are computed from them with a key. The key follows from the node's identity: ids of a
//! former life are still known as its own, and their packets answered by a stateless reset ([`reset`](super::reset)). A guess
//! is right once in 2³²; who has seen an id knows it, so it proves nothing but that a packet is worth a look.

use std::hash::Hasher as _;

use quinn::{ConnectionId, ConnectionIdGenerator};
use rustls::crypto::SecureRandom;
use siphasher::sip::SipHasher13;

use super::identity::Identity;

const RANDOM: usize = 12;
const SEAL: usize = 4;

/// The length of an id, in bytes.
pub(crate) const LENGTH: usize = RANDOM + SEAL;

/// What tells own ids from others.
#[derive(Clone)]
pub(crate) struct Seal([u8; 16]);

impl Seal {
    pub(crate) fn of(identity: &Identity) -> Seal {
        let derived = identity.derive("dunbar 2026 ids of connections, version 1");
        Seal(derived.first_chunk().copied().unwrap_or_default())
    }

    fn over(&self, random: &[u8]) -> [u8; SEAL] {
        let mut hasher = SipHasher13::new_with_key(&self.0);
        hasher.write(random);
        (hasher.finish() as u32).to_le_bytes()
    }

    /// Whether this node has given the id out, in this life or a former one.
    pub(crate) fn fits(&self, id: &[u8]) -> bool {
        id.len() == LENGTH && self.over(&id[..RANDOM]) == id[RANDOM..]
    }
}

/// Gives out ids.
pub(crate) struct SealedIds {
    pub(crate) random: &'static dyn SecureRandom,
    pub(crate) seal: Seal,
}

impl ConnectionIdGenerator for SealedIds {
    fn generate_cid(&mut self) -> ConnectionId {
        let mut bytes = [0; LENGTH];
        let (random, seal) = bytes.split_at_mut(RANDOM);
        // The transport does not start without randomness, and Linux does not take it back.
        self.random.fill(random).expect("the operating system gives random bytes");
        seal.copy_from_slice(&self.seal.over(random));
        ConnectionId::new(&bytes)
    }

    fn cid_len(&self) -> usize {
        LENGTH
    }

    fn cid_lifetime(&self) -> Option<std::time::Duration> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_knows_its_own_ids_after_a_restart_and_nobody_elses() {
        let seal = |seed| Seal::of(&Identity::new(ed25519_dalek::SigningKey::from_bytes(&[seed; 32])));
        let random = rustls::crypto::ring::default_provider().secure_random;
        let id = SealedIds { random, seal: seal(1) }.generate_cid();
        assert!(seal(1).fits(&id));
        assert!(!seal(2).fits(&id));
        for bit in 0..LENGTH * 8 {
            let mut other = id.to_vec();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!seal(1).fits(&other), "bit {bit} is not covered");
        }
        assert!(!seal(1).fits(&id[..LENGTH - 1]) && !seal(1).fits(&[]));
    }
}
