//! Faults of nodes: crashes, pauses, clocks. Faults of the network are the network model's.

use contract::{Protocol, Recovered, Time};

use crate::clock::Running;
use crate::key::Key;
use crate::queue::Entry;
use crate::world::World;

/// What goes wrong with a node. A fault that does not apply, such as the crash of a node that is down, is nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process dies: memory, timers, and writes that were not durable yet are gone, and what waited for them. Messages
    /// that already left still arrive. Peers with an open connection learn it when the idle timeout ends.
    Crash {
        /// The node's number.
        node: u32,
    },
    /// A fresh process starts with what is on the disk. Nothing if the node is up.
    Restart {
        /// The node's number.
        node: u32,
    },
    /// The process stands still. What comes waits for it, datagrams up to a bound; its connections break after the idle
    /// timeout. A sync under way ends, for the node, when it goes on.
    Pause {
        /// The node's number.
        node: u32,
    },
    /// A paused process goes on, and first handles what waited, in its order.
    Resume {
        /// The node's number.
        node: u32,
    },
    /// The node's clock jumps. Back: it stands still until it has caught up, since no clock here runs backwards. Timers
    /// that are set stay set for what the clock shows.
    StepClock {
        /// The node's number.
        node: u32,
        /// Nanoseconds forward; negative is back.
        by_ns: i64,
    },
    /// The node's clock runs faster from now on, on top of the drift that it had; what ends a drift is its opposite.
    DriftClock {
        /// The node's number.
        node: u32,
        /// Parts per billion; negative is slower. Whatever they sum to, a clock moves.
        by_ppb: i64,
    },
}

/// What is scheduled: a fault, or what follows from one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Strike {
    Fault(Fault),
    /// The idle timeout of a pause that began then.
    Silence {
        node: u32,
        since: Time,
    },
}

impl<P: Protocol> World<P> {
    pub(crate) fn strike(&mut self, strike: Strike) {
        let fault = match strike {
            Strike::Fault(fault) => fault,
            Strike::Silence { node, since } => return self.fall_silent(node, since),
        };
        match fault {
            Fault::Crash { node } if self.is_up(node) => self.crash(node),
            Fault::Restart { node } if !self.is_up(node) => self.restart(node),
            Fault::Pause { node } if self.is_up(node) && !self.is_paused(node) => self.pause(node),
            Fault::Resume { node } => self.release(node),
            Fault::StepClock { node, by_ns } => self.change_clock(node, |clock, now| clock.stepped(now, by_ns)),
            Fault::DriftClock { node, by_ppb } => {
                self.change_clock(node, |clock, now| clock.drifting(now, by_ppb));
            }
            Fault::Crash { .. } | Fault::Restart { .. } | Fault::Pause { .. } => {}
        }
    }

    fn crash(&mut self, node: u32) {
        self.nodes[node as usize].life += 1;
        let rest = &mut self.rests[node as usize];
        let timers = std::mem::take(&mut rest.timers);
        let lost = rest.disk.as_mut().map(|disk| disk.crash()).unwrap_or_default();
        let sends = lost.iter().filter(|effect| matches!(effect, contract::Effect::Send { .. }));
        self.counts.lost_before_durable += sends.count() as u64;
        timers.slots().into_iter().for_each(|slot| self.make_stale(slot));
        self.forget_connections(node);
        // What waited for a paused node has nobody to come to.
        self.release(node);
    }

    fn restart(&mut self, node: u32) {
        let Some(slot) = self.nodes.get_mut(node as usize) else { return };
        slot.life += 1;
        slot.actor = (self.plan.cast.nursery)(node);
        // A fresh process does not draw again what its former life drew.
        slot.actor.rekey(&self.plan.noise_seed.child(&format!("life/{}", slot.life)));
        let disk = self.rests[node as usize].disk.as_ref();
        let recovered = disk.map_or_else(Recovered::default, |disk| disk.recovered());
        self.start(node, recovered);
    }

    /// Sets a clock, and moves the node's timers: each stays set for what the old clock would have shown when it was due.
    /// It looks through the whole queue.
    fn change_clock(&mut self, node: u32, change: impl FnOnce(Running, Time) -> Running) {
        let Some(rest) = self.rests.get_mut(node as usize) else { return };
        let old = rest.clock;
        rest.clock = change(old, self.now);
        self.nodes[node as usize].make_special(true);
        let (new, slots) = (rest.clock, rest.timers.slots());
        if slots.is_empty() {
            return;
        }
        let mut moved = Vec::new();
        self.agenda.queue.retain(|entry| {
            let moves = slots.binary_search(&entry.slot).is_ok();
            moved.extend(moves.then_some(*entry));
            !moves
        });
        let soonest = self.now + contract::Span::from_nanos(1);
        for Entry { key, slot } in moved {
            let at = new.world(old.local(key.at())).max(soonest);
            self.agenda.queue.push(Entry { key: Key { time: at.as_nanos(), ..key }, slot });
        }
    }
}
