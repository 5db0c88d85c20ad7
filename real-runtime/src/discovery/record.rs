//! What a peer says about where it is.

use std::net::SocketAddr;

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Bounded, Canonical as _, Domain, PeerId, Signature, Verifier};
use ed25519_dalek::{Signer as _, SigningKey};

use crate::address::Address;
use crate::network::NetworkId;

/// The most addresses in a record.
pub const ADDRESSES_MAX: usize = 4;
/// The longest that a record holds, in milliseconds: an hour.
pub const TTL_MS: u64 = 3_600_000;
/// How far ahead of ours the clock of an issuer may be, in milliseconds: five minutes.
const SKEW_MS: u64 = 300_000;

const DOMAIN: &str = "dunbar/endpoint/v1";

/// Where a peer can be reached, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Record {
    /// In which network.
    pub network: NetworkId,
    /// Who.
    pub peer: PeerId,
    pub(super) addresses: Bounded<Address, ADDRESSES_MAX>,
    /// When it was said, in milliseconds of Unix time; of two records the later one holds.
    pub issued_ms: u64,
    /// How long it holds from then on, in milliseconds; at most [`TTL_MS`].
    pub ttl_ms: u64,
}

/// A record with its peer's signature.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Signed {
    /// What was signed.
    pub record: Record,
    signature: Signature,
}

/// Why a record is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRecord {
    /// Of another network.
    #[error("another network")]
    Network,
    /// It holds no longer, for too long, or from a time that is yet to come.
    #[error("its time is past, too long or yet to come")]
    Time,
    /// It names no address, or one that nobody can dial.
    #[error("no address that can be dialled")]
    Addresses,
    /// The peer has not signed it.
    #[error("a bad signature")]
    Signature,
}

impl Record {
    /// The addresses, the preferred one first.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        self.addresses.iter().map(|address| (*address).into())
    }

    /// When it ceases to hold, in milliseconds of Unix time.
    pub fn expires_ms(&self) -> u64 {
        self.issued_ms.saturating_add(self.ttl_ms)
    }

    /// The checks that cost nothing.
    fn check(&self, network: NetworkId, now_ms: u64) -> Result<(), BadRecord> {
        if self.network != network {
            return Err(BadRecord::Network);
        }
        let ahead = self.issued_ms > now_ms.saturating_add(SKEW_MS);
        if ahead || self.ttl_ms > TTL_MS || self.expires_ms() <= now_ms {
            return Err(BadRecord::Time);
        }
        let dialable =
            |address: SocketAddr| address.port() != 0 && !address.ip().is_unspecified() && !address.ip().is_multicast();
        match self.addresses.is_empty() || !self.addresses().all(dialable) {
            true => Err(BadRecord::Addresses),
            false => Ok(()),
        }
    }
}

impl Signed {
    /// The record of the peer whose key this is.
    pub fn issue(key: &SigningKey, network: NetworkId, addresses: Vec<SocketAddr>, issued_ms: u64) -> Signed {
        let peer = PeerId::from_bytes(key.verifying_key().to_bytes());
        let addresses = Bounded::truncated(addresses.into_iter().map(Address::from).collect());
        let record = Record { network, peer, addresses, issued_ms, ttl_ms: TTL_MS };
        let message = [DOMAIN.as_bytes(), &[0], &record.to_bytes()].concat();
        Signed { record, signature: Signature::from_bytes(key.sign(&message).to_bytes()) }
    }

    /// Whether it may be believed.
    ///
    /// # Errors
    /// [`BadRecord`] says why not. The signature is looked at last.
    pub fn verify(&self, network: NetworkId, now_ms: u64) -> Result<(), BadRecord> {
        self.record.check(network, now_ms)?;
        let Record { peer, .. } = &self.record;
        match Verifier::ed25519().verify(peer, Domain::new(DOMAIN), &self.record.to_bytes(), &self.signature) {
            true => Ok(()),
            false => Err(BadRecord::Signature),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::unix_ms;
    use crate::network::Network;
    use zeroize::Zeroizing;

    fn network(byte: u8) -> NetworkId {
        Network::from_secret(Zeroizing::new([byte; 32])).id()
    }

    fn issue(address: &str, issued_ms: u64) -> Signed {
        let addresses = vec![address.parse().expect("an address")];
        Signed::issue(&SigningKey::from_bytes(&[1; 32]), network(1), addresses, issued_ms)
    }

    #[test]
    fn a_record_holds_for_its_time_and_network_as_it_was_signed() {
        let now = unix_ms();
        let good = issue("127.0.0.1:4001", now);
        assert_eq!(good.verify(network(1), now), Ok(()));
        assert_eq!(good.verify(network(2), now), Err(BadRecord::Network));
        assert_eq!(good.verify(network(1), now + TTL_MS), Err(BadRecord::Time));
        assert_eq!(good.verify(network(1), now - SKEW_MS - 1), Err(BadRecord::Time));
        for address in ["127.0.0.1:0", "0.0.0.0:4001", "224.0.0.1:4001", "[::]:1"] {
            assert_eq!(issue(address, now).verify(network(1), now), Err(BadRecord::Addresses), "{address}");
        }
        let mut longer = good.clone();
        longer.record.ttl_ms += 1;
        assert_eq!(longer.verify(network(1), now), Err(BadRecord::Time));
        let bytes = good.to_bytes();
        for at in (16..bytes.len()).step_by(5) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            if let Ok(changed) = Signed::decode(&changed) {
                assert!(changed.verify(network(1), now).is_err(), "byte {at}");
            }
        }
    }
}
