//! How a restarted node tells the peers of its former self that their connections are gone.
//!
//! A packet for an unknown connection is answered by a stateless reset, which proves itself by a token that only this
//! node can compute. The key of the tokens follows from the node's identity, so that it survives a restart: a peer
//! learns of the restart when it sends, not by its idle timeout. In return an id of a connection must never repeat
//! (RFC 9000, section 10.3.2), so [ids](super::ids) have 12 random bytes.

use quinn::crypto::{CryptoError, HmacKey};

use super::identity::Identity;

/// The key of the reset tokens.
pub(crate) struct ResetKey([u8; 32]);

impl ResetKey {
    pub(crate) fn of(identity: &Identity) -> ResetKey {
        ResetKey(identity.derive("dunbar 2026 stateless reset of connections, version 1"))
    }
}

impl HmacKey for ResetKey {
    fn sign(&self, data: &[u8], out: &mut [u8]) {
        out.copy_from_slice(blake3::keyed_hash(&self.0, data).as_bytes());
    }

    fn signature_len(&self) -> usize {
        blake3::OUT_LEN
    }

    fn verify(&self, data: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        // Comparison of blake3 hashes takes constant time.
        let found = blake3::Hash::from_slice(signature).map_err(|_| CryptoError)?;
        (blake3::keyed_hash(&self.0, data) == found).then_some(()).ok_or(CryptoError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_survive_a_restart_and_differ_between_nodes() {
        let key = |seed| ResetKey::of(&Identity::new(ed25519_dalek::SigningKey::from_bytes(&[seed; 32])));
        let mut token = [0; blake3::OUT_LEN];
        key(1).sign(b"id", &mut token);
        assert!(key(1).verify(b"id", &token).is_ok());
        assert!(key(1).verify(b"ie", &token).is_err());
        assert!(key(2).verify(b"id", &token).is_err());
    }
}
