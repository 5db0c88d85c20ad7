//! What a run counts, and the memory it takes.

use std::fmt;

use net_model::Loss;

/// Counts of a run. At any moment sent + duplicated = delivered + lost + in flight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events handled. A timer that was cancelled or moved is none, although its time comes in the queue.
    pub events: u64,
    /// Events at the same instant as the one before; the total order decided between them.
    pub ties: u64,
    /// Messages that left a node.
    pub sent: u64,
    /// Copies that the network made of datagrams.
    pub duplicated: u64,
    /// Messages that an actor received.
    pub delivered: u64,
    /// Messages on their way.
    pub in_flight: u64,
    /// Bytes of the messages that left a node.
    pub bytes_sent: u64,
    /// Messages that the network lost, by [`Loss`].
    pub lost_by_network: [u64; Loss::ALL.len()],
    /// Messages that arrived, and were not received.
    pub lost_at_recipient: LostAtRecipient,
    /// Messages on a stream that broke.
    pub lost_with_connection: u64,
    /// Messages to an identity that is not in the world.
    pub lost_unknown_peer: u64,
    /// Messages that waited for a write when their node crashed: they never left, so they do not count as sent.
    pub lost_before_durable: u64,
    /// Commands to a node that was down.
    pub lost_commands: u64,
    /// Timers that fired.
    pub timers: u64,
    /// Syncs that ended.
    pub syncs: u64,
}

impl Counts {
    /// Messages that were lost after they left.
    pub fn lost(&self) -> u64 {
        let network: u64 = self.lost_by_network.iter().sum();
        network + self.lost_at_recipient.sum() + self.lost_with_connection + self.lost_unknown_peer
    }

    /// Every message is somewhere.
    ///
    /// # Panics
    /// If one is missing or there is one too many: the engine is wrong.
    pub fn assert_conserved(&self) {
        let accounted = self.delivered + self.lost() + self.in_flight;
        assert_eq!(self.sent + self.duplicated, accounted, "messages are not conserved: {self:?}");
    }
}

/// Messages that arrived at a node which did not receive them, by the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LostAtRecipient {
    /// The node was down.
    pub down: u64,
    /// The node was paused, and its [inbox](crate::INBOX) of datagrams was full.
    pub inbox_full: u64,
}

impl LostAtRecipient {
    const fn sum(self) -> u64 {
        self.down + self.inbox_full
    }
}

/// Bytes of memory that a world takes. What actors own on the heap is not in it: only they know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Nodes: slots, actors (without their heap), timers.
    pub nodes: usize,
    /// Events that wait: queue and contents.
    pub events: usize,
    /// The network model.
    pub network: usize,
    /// How many nodes there are.
    pub node_count: usize,
    /// How many events wait.
    pub event_count: usize,
}

impl Memory {
    /// Bytes per node.
    pub fn per_node(&self) -> f64 {
        self.nodes as f64 / self.node_count.max(1) as f64
    }

    /// Bytes per event that waits.
    pub fn per_event(&self) -> f64 {
        self.events as f64 / self.event_count.max(1) as f64
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (node, event) = (self.per_node(), self.per_event());
        write!(f, "{node:.0} B per node, {event:.0} B per event in flight, {} B network", self.network)
    }
}

#[cfg(test)]
mod tests {
    use reference::phold::Phold;

    use crate::disk::Disk;
    use crate::world::{Event, Node, Rest};

    /// Of these there may be a million: a byte more in each is a megabyte.
    #[test]
    fn what_every_node_has_stays_within_its_budget() {
        assert_eq!(size_of::<Node<Phold>>(), 32, "two of them are one line of the cache");
        let (rest, disk) = (size_of::<Rest<Phold>>(), size_of::<Disk<Phold>>());
        assert!(rest <= 64 && disk <= 80, "{rest} and {disk}");
        assert!(size_of::<Event<Phold>>() <= 24, "{}", size_of::<Event<Phold>>());
    }
}
