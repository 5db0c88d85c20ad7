//! Who learns of the end of which connection, and when: once for each connection, however many messages were on it.
//!
//! A node learns that a peer crashed from the silence, when the idle timeout ends. If it reaches the peer's next life
//! before, it learns it then: the fresh process answers with a stateless reset (RFC 9000, section 10.3), whose way back
//! is not modelled. Until it has learnt it, what it sends on streams is lost.

use std::collections::BTreeMap;

use contract::{Kind, Protocol, Time};
use net_model::network::Retransmission;

use crate::key::Class;
use crate::world::{Event, World};

/// What nodes will be told and know about the other ends of their connections, by (who is told, the other end).
#[derive(Clone, Debug, Default)]
pub(crate) struct Notices {
    /// When a node will be told, and the event that tells it.
    pending: BTreeMap<(u32, u32), (Time, u32)>,
    /// The last life of the other end of which it was told that it is over.
    known: BTreeMap<(u32, u32), u32>,
}

impl<P: Protocol> World<P> {
    /// Tells `node` at a time that its connection to `peer` is gone, or earlier if it is to be told earlier.
    pub(crate) fn break_connection(&mut self, at: Time, node: u32, peer: u32) {
        match self.notices.pending.get(&(node, peer)) {
            Some((earlier, _)) if *earlier <= at => return,
            Some((_, slot)) => self.make_stale(*slot),
            None => {}
        }
        let slot = self.schedule(node, at, Class::Broken, Event::Broken { node, peer });
        self.notices.pending.insert((node, peer), (at, slot));
    }

    /// The time has come to tell `node`.
    pub(crate) fn told(&mut self, node: u32, peer: u32) {
        self.notices.pending.remove(&(node, peer));
        let over = self.nodes[peer as usize].life - 1;
        self.notices.known.insert((node, peer), over);
    }

    /// `node` crashed: nobody is left to be told anything, and its peers hear nothing more of it.
    pub(crate) fn forget_connections(&mut self, node: u32) {
        let own: Vec<_> = self.notices.pending.range((node, 0)..=(node, u32::MAX)).map(|(ends, _)| *ends).collect();
        for ends in own {
            if let Some((_, slot)) = self.notices.pending.remove(&ends) {
                self.make_stale(slot);
            }
        }
        let noticed = self.now + Retransmission::IDLE;
        for peer in self.plan.network.forget(node) {
            self.break_connection(noticed, peer, node);
        }
    }

    /// The life of `to` that a message from `from` is meant for. A sender that has yet to be told of the end of its
    /// connection still uses the old one. A datagram is meant for any life.
    #[inline]
    pub(crate) fn life_addressed(&self, from: u32, to: u32, kind: Kind) -> u32 {
        if kind == Kind::Datagram {
            // Not even looked up: the receiver is seldom in the cache when the message leaves.
            return 0;
        }
        let old = !self.notices.pending.is_empty() && self.notices.pending.contains_key(&(from, to));
        self.nodes[to as usize].life - u32::from(old)
    }

    /// A message found nobody, or somebody whom its stream was not opened to. The sender of a stream message learns it,
    /// unless it knows.
    #[cold]
    pub(crate) fn undeliverable(&mut self, from: u32, to: u32, life: u32, kind: Kind) {
        let up = self.is_up(to);
        if up {
            self.counts.lost_with_connection += 1;
        } else {
            self.counts.lost_at_recipient.down += 1;
        }
        let known = self.notices.known.get(&(from, to)).is_some_and(|over| life <= *over);
        if kind == Kind::Stream && self.is_up(from) && !known {
            let at = if up { self.now } else { self.now + Retransmission::IDLE };
            self.break_connection(at, from, to);
        }
    }
}
