//! Nodes that stand still: a process that is stopped, swapped out or in a long collection of garbage.
//!
//! What comes to a paused node waits, and is handled in its order when the node goes on: messages, timers that fell due,
//! writes that became durable, commands. Of datagrams the kernel keeps [`INBOX`]; further ones are lost. Peers hear nothing: after
//! the idle timeout its connections break at both ends, and what came on them and was not handled is lost with them.

use std::collections::BTreeMap;

use contract::{Kind, Protocol, Time, Wire};
use net_model::network::Retransmission;

use crate::fault::Strike;
use crate::key::Class;
use crate::queue::Entry;
use crate::world::{Event, World};

/// How many datagrams wait for a paused node: as many of about 830 bytes as fit into Linux's default receive buffer of
/// 212,992 bytes.
pub const INBOX: usize = 256;

/// What waits for one paused node.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    since: Time,
    /// In the order in which they would have been handled. The events stay where they are.
    entries: Vec<Entry>,
    datagrams: usize,
}

/// The paused nodes.
pub(crate) type Paused = BTreeMap<u32, Held>;

impl<P: Protocol> World<P> {
    pub(crate) fn pause(&mut self, node: u32) {
        let held = Held { since: self.now, entries: Vec::new(), datagrams: 0 };
        self.paused.insert(node, held);
        let silence = Strike::Silence { node, since: self.now };
        self.schedule_strike(self.now + Retransmission::IDLE, silence);
    }

    /// The node goes on, or dies: in either case what waited is handled now.
    pub(crate) fn release(&mut self, node: u32) {
        let Some(held) = self.paused.remove(&node) else { return };
        for entry in held.entries {
            let event = self.events.take(entry.slot);
            self.dispatch(entry, event);
        }
    }

    /// Keeps an event that is due for a paused node; whether it was for one.
    #[cold]
    pub(crate) fn hold(&mut self, entry: Entry) -> bool {
        let (node, datagram) = match self.events.get(entry.slot) {
            Some(Event::Message { to, message, .. }) => (*to, message.kind() == Kind::Datagram),
            Some(Event::Timer { node } | Event::Synced { node, .. } | Event::Broken { node, .. }) => (*node, false),
            Some(Event::Command { number }) => match self.script.commands.get(*number) {
                Some((node, ..)) => (*node, false),
                None => return false,
            },
            Some(Event::Strike { .. } | Event::Stale) | None => return false,
        };
        let Some(held) = self.paused.get_mut(&node) else { return false };
        held.datagrams += usize::from(datagram);
        if datagram && held.datagrams > INBOX {
            drop(self.events.take(entry.slot));
            self.counts.events += 1;
            self.counts.in_flight -= 1;
            self.counts.lost_at_recipient.inbox_full += 1;
        } else {
            held.entries.push(entry);
        }
        true
    }

    /// The idle timeout after a pause began: if it lasts still, connections are over.
    pub(crate) fn fall_silent(&mut self, node: u32, since: Time) {
        let Some(held) = self.paused.get_mut(&node).filter(|held| held.since == since) else { return };
        let events = &mut self.events;
        let before = held.entries.len();
        held.entries.retain(|entry| {
            let stream =
                |event: &Event<P>| matches!(event, Event::Message { message, .. } if message.kind() == Kind::Stream);
            let lost = events.get(entry.slot).is_some_and(stream);
            if lost {
                drop(events.take(entry.slot));
            }
            !lost
        });
        let lost = (before - held.entries.len()) as u64;
        self.counts.in_flight -= lost;
        self.counts.lost_with_connection += lost;
        for peer in self.plan.network.forget(node) {
            self.break_connection(self.now, peer, node);
            self.break_connection(self.now, node, peer);
        }
    }

    pub(crate) fn schedule_strike(&mut self, at: Time, strike: Strike) {
        let number = self.script.strikes.insert(strike);
        self.schedule_from_script(at, Class::Fault, Event::Strike { number });
    }
}
