//! Who belongs to a network: whoever knows its secret.
//!
//! The secret never crosses the wire. On every connection each end proves that it knows it, by a keyed hash over what TLS
//! exports for this connection alone (RFC 8446, section 7.5), its role and its identity: so a proof is worth nothing on another
//! connection, in the other direction, or in another peer's hands. The messages themselves are under keys that the two
//! ends agree on for each connection: who learns the secret later reads none of them.
//!
//! [`Invitation`] is what a member hands to somebody who is to become one; [`mod@file`] is where a node keeps it.

pub mod file;
mod invitation;

use std::fmt;
use std::sync::Arc;

use contract::PeerId;
use zeroize::Zeroizing;

pub use invitation::{BOOTSTRAP_MAX, BadInvitation, Bootstrap, Invitation};

const ID: &str = "dunbar 2026 network id, version 1";
const PROOF: &str = "dunbar 2026 membership proof key, version 1";

/// The public name of a network: 16 bytes that follow from its secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, borsh::BorshSerialize, borsh::BorshDeserialize)]
pub struct NetworkId([u8; 16]);

/// 32 hexadecimal digits.
impl fmt::Display for NetworkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for NetworkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Which end of a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The end that dialled.
    Dialler,
    /// The end that was dialled.
    Acceptor,
}

/// Membership of one network: its secret. It is never printed, and erased when the last copy goes.
#[derive(Clone)]
pub struct Network {
    id: NetworkId,
    secret: Arc<Zeroizing<[u8; 32]>>,
}

impl Network {
    /// The network with this secret.
    pub fn from_secret(secret: Zeroizing<[u8; 32]>) -> Network {
        let derived = blake3::derive_key(ID, &secret[..]);
        let mut id = [0; 16];
        id.copy_from_slice(&derived[..16]);
        Network { id: NetworkId(id), secret: Arc::new(secret) }
    }

    /// Its public name.
    pub fn id(&self) -> NetworkId {
        self.id
    }

    /// The proof of `peer`, which has the role `role` on the connection for which TLS exports `exported`.
    pub(crate) fn proof(&self, exported: &[u8; 32], role: Role, peer: &PeerId) -> blake3::Hash {
        let key = Zeroizing::new(blake3::derive_key(PROOF, &self.secret[..]));
        let mut hasher = blake3::Hasher::new_keyed(&key);
        hasher.update(exported).update(&[role as u8]).update(peer.as_bytes());
        hasher.finalize()
    }
}

/// Shows the public name only.
impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Network({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_fits_one_connection_one_end_and_one_peer_of_one_network() {
        let network = |byte| Network::from_secret(Zeroizing::new([byte; 32]));
        let (one, peer) = (network(1), |byte| PeerId::from_bytes([byte; 32]));
        let proof = one.proof(&[7; 32], Role::Dialler, &peer(1));
        assert_eq!(proof, one.clone().proof(&[7; 32], Role::Dialler, &peer(1)));
        for other in [
            one.proof(&[8; 32], Role::Dialler, &peer(1)),
            one.proof(&[7; 32], Role::Acceptor, &peer(1)),
            one.proof(&[7; 32], Role::Dialler, &peer(2)),
            network(2).proof(&[7; 32], Role::Dialler, &peer(1)),
        ] {
            assert_ne!(proof, other);
        }
        assert_ne!(one.id(), network(2).id());
    }

    #[test]
    fn the_secret_is_never_printed() {
        let network = Network::from_secret(Zeroizing::new([0xab; 32]));
        assert_eq!(format!("{network:?}"), format!("Network({})", network.id()));
        assert!(!format!("{network:?}").contains("abab"));
    }
}
