//! Crashes and restarts of nodes. Faults of the network are the network model's.

use contract::{Protocol, Recovered};

use crate::world::World;

/// What goes wrong with a node.
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
}

impl<P: Protocol> World<P> {
    pub(crate) fn strike(&mut self, fault: Fault) {
        match fault {
            Fault::Crash { node } if self.is_up(node) => self.crash(node),
            Fault::Restart { node } if !self.is_up(node) => self.restart(node),
            Fault::Crash { .. } | Fault::Restart { .. } => {}
        }
    }

    fn crash(&mut self, node: u32) {
        self.nodes[node as usize].life += 1;
        let rest = &mut self.rests[node as usize];
        let timers = std::mem::take(&mut rest.timers);
        let lost = rest.disk.as_mut().map(|disk| disk.crash()).unwrap_or_default();
        let sends = lost.iter().filter(|effect| matches!(effect, contract::Effect::Send { .. }));
        self.counts.lost_before_durable += sends.count() as u64;
        timers.into_entries().into_iter().for_each(|(_, slot)| self.make_stale(slot));
        self.forget_connections(node);
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
}
