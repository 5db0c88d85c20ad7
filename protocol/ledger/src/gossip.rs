//! Rumours on keepalives: every new item goes to a few peers, a few items at a time.
//!
//! An item that was learned, and therefore verified, waits until it was sent to `fanout` peers, never twice to the same one and
//! never back to where it came from; then it is dropped. Of a keepalive's items evidence comes first, then the oldest.
//! The expected share s of nodes that an item reaches among randomly chosen peers solves s = 1 − e^(−fanout·s): 94.0 % at 3,
//! 98.0 % at 4 (`chain-gossip-trust.md` 2.2). What rumours miss, anti-entropy brings.
//!
//! What was seen needs no memory here: the [book](crate::book) knows, and it is bounded where it can be.

use std::collections::VecDeque;

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Canonical, Hash, PeerId, PeerList};

use crate::{Agreement, Block, Evidence, Message};

/// The most items that wait; at the bound the oldest that is no evidence is dropped.
pub const QUEUE_MAX: usize = 4_096;
/// The most items on one keepalive.
pub const ITEMS_MAX: usize = 16;

/// What travels as a rumour.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Item {
    /// A block.
    Block(Block),
    /// An evidence item.
    Evidence(Evidence),
    /// An agreement.
    Agreement(Agreement),
}

impl Item {
    fn id(&self) -> Hash {
        match self {
            Item::Block(block) => block.hash(),
            Item::Evidence(evidence) => evidence.id(),
            Item::Agreement(agreement) => agreement.id(),
        }
    }

    const fn is_evidence(&self) -> bool {
        matches!(self, Item::Evidence(_))
    }

    /// The message that brings it alone.
    pub fn into_message(self) -> Message {
        match self {
            Item::Block(block) => Message::Block(block),
            Item::Evidence(evidence) => Message::Evidence(evidence),
            Item::Agreement(agreement) => Message::Agreement(agreement),
        }
    }
}

#[derive(Clone, Debug)]
struct Rumour {
    item: Item,
    /// Whom it was sent to, and who it came from.
    told: Vec<PeerId>,
    /// How many more peers it goes to.
    left: usize,
}

/// The items that wait for keepalives: evidence first, then in the order in which they were learned.
#[derive(Clone, Debug, Default)]
pub struct Gossip {
    queue: VecDeque<Rumour>,
}

impl Gossip {
    /// Lets an item wait until it was sent to `fanout` of these peers.
    pub fn add(&mut self, item: Item, source: Option<PeerId>, fanout: usize, peers: &PeerList) {
        let told: Vec<PeerId> = source.into_iter().collect();
        let left = fanout.min(peers.iter().filter(|peer| !told.contains(peer)).count());
        if left == 0 {
            return;
        }
        if self.queue.len() >= QUEUE_MAX {
            let oldest = self.queue.iter().position(|rumour| !rumour.item.is_evidence()).unwrap_or(0);
            self.queue.remove(oldest);
        }
        let rumour = Rumour { item, told, left };
        if rumour.item.is_evidence() {
            let place = self.queue.iter().position(|rumour| !rumour.item.is_evidence()).unwrap_or(self.queue.len());
            self.queue.insert(place, rumour);
        } else {
            self.queue.push_back(rumour);
        }
    }

    /// At most `limit` items that `peer` was not told yet, and is told now.
    pub fn take(&mut self, peer: PeerId, limit: usize) -> Vec<Item> {
        let mut items = Vec::new();
        for rumour in self.queue.iter_mut().filter(|rumour| !rumour.told.contains(&peer)).take(limit) {
            rumour.told.push(peer);
            rumour.left -= 1;
            items.push(rumour.item.clone());
        }
        if !items.is_empty() {
            self.queue.retain(|rumour| rumour.left > 0);
        }
        items
    }

    /// How many items wait.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Appends the canonical bytes of the state.
    pub(crate) fn state(&self, bytes: &mut Vec<u8>) {
        (self.queue.len() as u64).encode(bytes);
        for rumour in &self.queue {
            (rumour.item.id(), rumour.told.clone(), rumour.left as u64).encode(bytes);
        }
    }
}

#[cfg(test)]
mod tests;
