//! The newest record of each peer, as many as there is room for.
//!
//! At the bound, whoever brought the most records loses its oldest one: so one member that invents peers displaces what it
//! brought itself, and what a peer says about itself is the last to go.

use std::collections::BTreeMap;

use contract::{Canonical as _, PeerId};

use super::{BadRecord, Signed};
use crate::network::NetworkId;

/// Records of one network.
#[derive(Clone, Debug)]
pub struct AddressBook {
    network: NetworkId,
    me: PeerId,
    max: usize,
    entries: BTreeMap<PeerId, Known>,
    revision: u64,
}

/// A record and how it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The record.
    pub signed: Signed,
    /// Who brought it; the peer itself if it is first-hand.
    pub from: PeerId,
    /// Counts the changes of the book: a later change has a larger number.
    pub revision: u64,
}

/// What a record was worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// News of a peer that was not known.
    New,
    /// A newer record of a peer that was known.
    Newer,
    /// Nothing new.
    Known,
}

impl AddressBook {
    /// An empty book of the peer `me` with room for `max` records besides its own.
    pub fn new(network: NetworkId, me: PeerId, max: usize) -> AddressBook {
        AddressBook { network, me, max: max.max(1), entries: BTreeMap::new(), revision: 0 }
    }

    /// Takes a record that `from` brought.
    ///
    /// # Errors
    /// [`BadRecord`] if it cannot be believed. A signature is verified only if the record would be news.
    pub fn hear(&mut self, now_ms: u64, from: PeerId, signed: Signed) -> Result<Heard, BadRecord> {
        let peer = signed.record.peer;
        let known = self.entries.get(&peer);
        if peer == self.me && from != self.me {
            // Nobody knows better than this node.
            return Ok(Heard::Known);
        }
        if known.is_some_and(|known| known.signed.record.issued_ms >= signed.record.issued_ms) {
            return Ok(Heard::Known);
        }
        signed.verify(self.network, now_ms)?;
        let heard = if known.is_some() { Heard::Newer } else { Heard::New };
        self.revision += 1;
        self.entries.insert(peer, Known { signed, from, revision: self.revision });
        self.make_room(now_ms);
        Ok(heard)
    }

    /// Forgets what has expired. Returns whose records those were.
    pub fn expire(&mut self, now_ms: u64) -> Vec<PeerId> {
        let expired = |known: &Known| known.signed.record.expires_ms() <= now_ms;
        let gone: Vec<PeerId> =
            self.entries.iter().filter(|(_, known)| expired(known)).map(|(peer, _)| *peer).collect();
        gone.iter().for_each(|peer| {
            self.entries.remove(peer);
        });
        gone
    }

    fn make_room(&mut self, now_ms: u64) {
        if self.others() <= self.max {
            return;
        }
        self.expire(now_ms);
        while self.others() > self.max {
            let Some(victim) = self.victim() else { return };
            self.entries.remove(&victim);
        }
    }

    fn others(&self) -> usize {
        self.entries.len() - usize::from(self.entries.contains_key(&self.me))
    }

    fn victim(&self) -> Option<PeerId> {
        let others = || self.entries.iter().filter(|(peer, _)| **peer != self.me);
        let mut brought = BTreeMap::<PeerId, usize>::new();
        others().filter(|(peer, known)| known.from != **peer).for_each(|(_, known)| {
            *brought.entry(known.from).or_default() += 1;
        });
        let greediest = brought.into_iter().max_by_key(|(_, count)| *count).map(|(from, _)| from);
        let candidates = others().filter(|(peer, known)| match greediest {
            Some(from) => known.from == from && known.from != **peer,
            None => true,
        });
        candidates.min_by_key(|(_, known)| known.signed.record.issued_ms).map(|(peer, _)| *peer)
    }

    /// Up to `max` records that changed after `revision` and did not come from `peer`, the earliest change first, with the
    /// revision up to which nothing else has changed.
    pub fn since(&self, revision: u64, peer: PeerId, max: usize) -> (Vec<Signed>, u64) {
        let mut changed: Vec<&Known> = self.entries.values().filter(|known| known.revision > revision).collect();
        changed.sort_unstable_by_key(|known| known.revision);
        let (mut records, mut seen) = (Vec::new(), revision);
        for known in changed {
            if records.len() == max {
                return (records, seen);
            }
            seen = known.revision;
            if known.from != peer && known.signed.record.peer != peer {
                records.push(known.signed.clone());
            }
        }
        (records, self.revision)
    }

    /// All that is known, in the order of the peers.
    pub fn known(&self) -> impl Iterator<Item = &Known> {
        self.entries.values()
    }

    /// The record of one peer.
    pub fn get(&self, peer: &PeerId) -> Option<&Known> {
        self.entries.get(peer)
    }

    /// How often something has changed.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The records of others, for a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let others = self.entries.values().filter(|known| known.signed.record.peer != self.me);
        others.map(|known| known.signed.clone()).collect::<Vec<_>>().to_bytes()
    }

    /// Takes the records in a file. What cannot be believed any more is left out; a file that is damaged holds nothing.
    /// Returns how many were taken.
    pub fn read(&mut self, now_ms: u64, bytes: &[u8]) -> usize {
        let records = Vec::<Signed>::decode(bytes).unwrap_or_default().into_iter().take(self.max);
        let me = self.me;
        records.filter(|signed| self.hear(now_ms, me, signed.clone()).is_ok_and(|heard| heard == Heard::New)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::TTL_MS;
    use crate::network::Network;
    use ed25519_dalek::SigningKey;
    use zeroize::Zeroizing;

    const NOW: u64 = 1_800_000_000_000;

    fn network() -> NetworkId {
        Network::from_secret(Zeroizing::new([1; 32])).id()
    }

    fn key(number: u8) -> SigningKey {
        SigningKey::from_bytes(&[number; 32])
    }

    fn id(number: u8) -> PeerId {
        PeerId::from_bytes(key(number).verifying_key().to_bytes())
    }

    fn record(number: u8, issued_ms: u64) -> Signed {
        Signed::issue(&key(number), network(), vec![([127, 0, 0, 1], 4000 + u16::from(number)).into()], issued_ms)
    }

    fn book(max: usize) -> AddressBook {
        AddressBook::new(network(), id(0), max)
    }

    #[test]
    fn the_newest_record_of_a_peer_holds_until_it_expires() {
        let mut book = book(10);
        assert_eq!(book.hear(NOW, id(2), record(1, NOW - 5)), Ok(Heard::New));
        assert_eq!(book.hear(NOW, id(2), record(1, NOW - 5)), Ok(Heard::Known));
        assert_eq!(book.hear(NOW, id(3), record(1, NOW)), Ok(Heard::Newer));
        assert_eq!(book.hear(NOW, id(2), record(1, NOW - 1)), Ok(Heard::Known));
        assert_eq!(book.hear(NOW, id(2), record(0, NOW)), Ok(Heard::Known), "nobody else speaks for this node");
        assert_eq!(book.get(&id(1)).map(|known| known.from), Some(id(3)));
        assert_eq!(book.expire(NOW + TTL_MS - 1), []);
        assert_eq!(book.expire(NOW + TTL_MS), [id(1)]);
    }

    #[test]
    fn each_neighbour_is_sent_what_it_has_not_been_sent_and_did_not_bring() {
        let mut book = book(10);
        for number in 1..=5 {
            book.hear(NOW, id(number % 2 + 10), record(number, NOW)).expect("it is good");
        }
        let (first, seen) = book.since(0, id(10), 2);
        assert_eq!(first.iter().map(|signed| signed.record.peer).collect::<Vec<_>>(), [id(1), id(3)]);
        let (second, seen) = book.since(seen, id(10), 2);
        assert_eq!(second.iter().map(|signed| signed.record.peer).collect::<Vec<_>>(), [id(5)]);
        assert_eq!(book.since(seen, id(10), 2), (vec![], book.revision()));
        assert_eq!(book.since(0, id(3), 10).0.len(), 4, "and not what it says itself");
    }

    #[test]
    fn a_member_that_invents_peers_displaces_its_own_inventions() {
        let mut book = book(8);
        for number in 1..=3 {
            book.hear(NOW, id(number), record(number, NOW)).expect("it is good");
        }
        book.hear(NOW, id(1), record(4, NOW)).expect("it is good");
        for number in 100..200 {
            book.hear(NOW, id(2), record(number, NOW)).expect("it is good");
        }
        assert_eq!(book.entries.len(), 8);
        assert!((1..=4).all(|number| book.get(&id(number)).is_some()));
    }

    #[test]
    fn a_book_is_read_as_it_was_written_and_damage_does_no_harm() {
        let mut one = book(10);
        for number in 1..=3 {
            one.hear(NOW, id(number), record(number, NOW)).expect("it is good");
        }
        let bytes = one.to_bytes();
        assert_eq!(book(10).read(NOW, &bytes), 3);
        assert_eq!(book(2).read(NOW, &bytes), 2);
        assert_eq!(book(10).read(NOW + TTL_MS, &bytes), 0);
        for at in (0..bytes.len()).step_by(11) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 64;
            assert!(book(10).read(NOW, &damaged) < 3, "byte {at}");
        }
    }
}
