//! What a node remembers of its peers: their heads, when they were heard of, how often.
//!
//! Volatile: after a restart it fills again. It is bounded: besides the node's own peers, at most [`STRANGERS_MAX`] others.

use std::collections::VecDeque;

use contract::{Canonical, Hash, PeerId, PeerList, Span, Time};

/// The most peers that are remembered besides the node's own.
pub const STRANGERS_MAX: usize = 256;
/// How many recent heads of each are kept.
pub const HEADS_MAX: usize = 8;

/// What is remembered of one peer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// The heads that it told, the latest last: position and hash.
    pub heads: VecDeque<(u64, Hash)>,
    /// When it was last heard of.
    pub last_seen: Time,
    /// How many keepalives it sent.
    pub keepalives: u64,
    /// The head that was last recorded on the own chain.
    pub recorded: Option<Hash>,
}

impl Contact {
    /// The latest head.
    pub fn head(&self) -> Option<(u64, Hash)> {
        self.heads.back().copied()
    }
}

/// All that is remembered.
#[derive(Clone, Debug, Default)]
pub struct Contacts {
    /// In the order of the peers. A list and not a tree, whose first leaf has room for eleven, 1.3 KB.
    known: Vec<(PeerId, Contact)>,
}

impl Contacts {
    /// Notes a keepalive. `own` are the node's peers.
    pub fn heard(&mut self, peer: PeerId, head: (u64, Hash), now: Time, own: &PeerList) -> Option<&mut Contact> {
        let place = match self.place(&peer) {
            Ok(place) => place,
            Err(_) if self.known.len() >= own.len() + STRANGERS_MAX && !own.contains(&peer) => return None,
            Err(place) => {
                self.known.reserve_exact(1);
                self.known.insert(place, (peer, Contact::default()));
                place
            }
        };
        let contact = &mut self.known[place].1;
        (contact.last_seen, contact.keepalives) = (contact.last_seen.max(now), contact.keepalives + 1);
        if contact.head() != Some(head) {
            if contact.heads.len() == HEADS_MAX {
                contact.heads.pop_front();
            }
            // The second head is rare in an idle network of a million nodes.
            contact.heads.reserve_exact(1);
            contact.heads.push_back(head);
        }
        Some(contact)
    }

    /// What is remembered of a peer.
    pub fn get(&self, peer: &PeerId) -> Option<&Contact> {
        Some(&self.known[self.place(peer).ok()?].1)
    }

    /// The place of a peer, or where it belongs.
    fn place(&self, peer: &PeerId) -> Result<usize, usize> {
        self.known.binary_search_by_key(peer, |(known, _)| *known)
    }

    /// How many of these peers were heard of within `span` before `now`.
    pub fn recent(&self, peers: &[PeerId], now: Time, span: Span) -> usize {
        let recent = |peer: &&PeerId| self.get(peer).is_some_and(|contact| now.since(contact.last_seen) <= span);
        peers.iter().filter(recent).count()
    }

    /// Appends the canonical bytes of the state.
    pub(crate) fn state(&self, bytes: &mut Vec<u8>) {
        (self.known.len() as u64).encode(bytes);
        for (peer, Contact { heads, last_seen, keepalives, recorded }) in &self.known {
            (*peer, heads.clone(), *last_seen, *keepalives, *recorded).encode(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: (u64, Hash) = (3, Hash::ZERO);

    #[test]
    fn only_changes_of_the_head_are_kept_and_the_latest_few() {
        let (peer, mut contacts) = (PeerId::simulated(1), Contacts::default());
        for step in 0..20u64 {
            contacts.heard(peer, (step / 2, Hash::ZERO), Time::from_nanos(step), &PeerList::from(&[peer][..]));
        }
        let contact = contacts.get(&peer).unwrap();
        assert_eq!((contact.keepalives, contact.heads.len(), contact.head()), (20, HEADS_MAX, Some((9, Hash::ZERO))));
        assert_eq!(contacts.recent(&[peer], Time::from_nanos(29), Span::from_nanos(10)), 1);
        assert_eq!(contacts.recent(&[peer], Time::from_nanos(30), Span::from_nanos(10)), 0);
    }

    #[test]
    fn strangers_are_bounded_and_own_peers_always_have_room() {
        let (peers, mut contacts) = ([PeerId::simulated(1_000_000)], Contacts::default());
        let own = PeerList::from(&peers[..]);
        for number in 0..2 * STRANGERS_MAX as u64 {
            contacts.heard(PeerId::simulated(number), HEAD, Time::ZERO, &own);
        }
        assert_eq!(contacts.known.len(), STRANGERS_MAX + 1);
        assert!(contacts.heard(peers[0], HEAD, Time::ZERO, &own).is_some());
        assert!(contacts.heard(PeerId::simulated(999), HEAD, Time::ZERO, &own).is_none());
    }
}
