//! What is durable, what waits to become so, and what a crash loses.
//!
//! A step that writes begins a sync, which takes a sampled time. What a node sends after a write leaves when the write is
//! durable; later steps queue behind it, so that nothing a node says can be contradicted by what it finds after a
//! crash. Syncs of one node end in the order in which they began.

use std::collections::VecDeque;

use contract::draws::{Key, open_unit};
use contract::{Effect, Protocol, Recovered, Span, Time};

use crate::packed::{Store, Writes};

/// How long a sync takes: a fixed part, and an exponential part with the given mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Storage {
    /// The least time a sync takes.
    pub base: Span,
    /// The mean of what comes on top.
    pub mean_extra: Span,
}

impl Default for Storage {
    /// 1 ms and 1 ms on average on top: a flash drive's flush.
    fn default() -> Self {
        Storage { base: Span::from_millis(1), mean_extra: Span::from_millis(1) }
    }
}

impl Storage {
    /// The time that the sync with this number takes at this node.
    pub fn sync_time(&self, key: Key, node: u32, occurrence: u64) -> Span {
        let unit = open_unit(key.draw(u64::from(node), occurrence)[0]);
        let extra = -libm::log(unit) * self.mean_extra.as_nanos() as f64;
        self.base + Span::from_nanos(extra as u64)
    }
}

/// Writes that are on their way to the disk, and what may leave when they are there.
#[derive(Clone, Debug)]
pub(crate) struct Batch<P: Protocol> {
    pub(crate) writes: Writes,
    pub(crate) outputs: Vec<Effect<P>>,
}

/// A node's disk.
#[derive(Clone, Debug)]
pub(crate) struct Disk<P: Protocol> {
    durable: Store,
    pending: VecDeque<Batch<P>>,
    /// When the last sync that began will end.
    busy_until: Time,
    /// How many syncs were begun.
    syncs: u64,
}

impl<P: Protocol> Default for Disk<P> {
    fn default() -> Self {
        Disk { durable: Store::default(), pending: VecDeque::new(), busy_until: Time::ZERO, syncs: 0 }
    }
}

impl<P: Protocol> Disk<P> {
    /// The batch that outputs must wait for, if a sync is under way.
    pub(crate) fn barrier(&mut self) -> Option<&mut Batch<P>> {
        self.pending.back_mut()
    }

    /// Begins a sync, and says when it ends: after those that began before.
    pub(crate) fn begin(&mut self, now: Time, takes: impl FnOnce(u64) -> Span, batch: Batch<P>) -> Time {
        let end = (now + takes(self.syncs)).max(self.busy_until + Span::from_nanos(1));
        self.syncs += 1;
        self.busy_until = end;
        if self.pending.is_empty() {
            // Room for one: more than one sync at a time is rare, and there may be a million disks.
            self.pending.reserve_exact(1);
        }
        self.pending.push_back(batch);
        end
    }

    /// Ends the oldest sync: its writes are durable, and its outputs may leave.
    pub(crate) fn end(&mut self) -> Vec<Effect<P>> {
        let Some(batch) = self.pending.pop_front() else { return Vec::new() };
        if self.pending.is_empty() {
            // Most nodes are idle most of the time, and there may be a million of them.
            self.pending = VecDeque::new();
        }
        self.durable.apply(&batch.writes);
        batch.outputs
    }

    /// The power goes: what is not durable is gone, and everything that waited for it. Gives the lost outputs.
    pub(crate) fn crash(&mut self) -> Vec<Effect<P>> {
        self.busy_until = Time::ZERO;
        self.pending.drain(..).flat_map(|batch| batch.outputs).collect()
    }

    /// What a start after a crash finds.
    pub(crate) fn recovered(&self) -> Recovered {
        Recovered { entries: self.durable.entries() }
    }
}
