//! The PHOLD workload: what every engine has to do.
//!
//! - There are `nodes` nodes, and [`IN_FLIGHT_PER_NODE`] messages per node in flight at any time.
//! - A node that receives a message picks a node uniformly (itself included) and sends it one message, which arrives
//!   after a lookahead plus an exponential delay, in whole nanoseconds of virtual time. One message in, one out.
//! - The lookahead is a tenth of the mean delay: with the default of 1 ms it is 0.1 ms + Exp(0.9 ms).
//! - The first messages leave at time 0, [`IN_FLIGHT_PER_NODE`] from every node, with the same distributions.
//! - An event is one message handled. A run ends when the given number of events has been handled.
//!
//! A node computes nothing else, so the rate is the cost of the engine: its queue, its dispatch and its message.
//! The order of events within one nanosecond is left to the engine, and no two engines draw the same numbers;
//! the distributions are the same, which every run checks by the virtual time that it takes.

use std::fmt;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Messages in flight per node, from the first event to the last.
pub(crate) const IN_FLIGHT_PER_NODE: u32 = 16;

/// One PHOLD run: its size, its length and its delays.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Workload {
    /// Number of nodes, at least 1.
    pub nodes: u32,
    /// Number of events after which the run ends, at least 1. An engine that handles simultaneous events as a batch
    /// may handle a few more and reports how many.
    pub events: u64,
    /// Seed of all draws.
    pub seed: u64,
    /// Mean delay from send to arrival, in nanoseconds, at least 10.
    pub delay_ns_mean: u64,
}

impl Workload {
    /// Number of messages in flight.
    pub(crate) fn in_flight(&self) -> u64 {
        u64::from(self.nodes) * u64::from(IN_FLIGHT_PER_NODE)
    }

    /// The nodes that send the first messages: every node, [`IN_FLIGHT_PER_NODE`] times.
    pub(crate) fn first_senders(&self) -> impl Iterator<Item = u32> + use<> {
        (0..self.nodes).flat_map(|node| std::iter::repeat_n(node, IN_FLIGHT_PER_NODE as usize))
    }

    /// The virtual time at which `events` have been handled, by renewal theory; none below five turnovers of
    /// the messages in flight, too few for the theory and for a small error.
    ///
    /// A message arrives once per mean delay, less a constant (1 − 0.9²) / 2 of a turnover, because all first messages
    /// leave at time 0 and none arrives within the lookahead.
    pub(crate) fn virtual_ns_expected(&self, events: u64) -> Option<f64> {
        let turnovers = events as f64 / self.in_flight() as f64;
        (turnovers >= 5.0).then_some((turnovers + 0.095) * self.delay_ns_mean as f64)
    }

    /// Smallest delay from send to arrival, in nanoseconds.
    fn lookahead_ns(&self) -> u64 {
        self.delay_ns_mean / 10
    }

    /// Draws where the next message goes and how long it takes, from two words of `words`.
    #[inline]
    pub(crate) fn draw(&self, words: &mut impl Words) -> Hop {
        let to = ((words.word() >> 32) * u64::from(self.nodes)) >> 32;
        // In (0, 1], so that the logarithm is finite.
        let uniform = ((words.word() >> 11) + 1) as f64 * (1.0 / (1u64 << 53) as f64);
        let mean = (self.delay_ns_mean - self.lookahead_ns()) as f64;
        let exponential_ns = (-libm::log(uniform) * mean) as u64;
        Hop { to: to as u32, delay_ns: self.lookahead_ns() + exponential_ns }
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} events on {} nodes", self.events, self.nodes)
    }
}

/// Where a message goes, and how long it takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hop {
    /// Index of the receiving node.
    pub to: u32,
    /// Virtual time from send to arrival, in nanoseconds, at least 1.
    pub delay_ns: u64,
}

/// A source of random words.
pub(crate) trait Words {
    /// Returns the next 64 random bits.
    fn word(&mut self) -> u64;
}

impl Words for ChaCha8Rng {
    #[inline]
    fn word(&mut self) -> u64 {
        self.next_u64()
    }
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): the cheapest generator that is good enough here.
///
/// Peers that keep a generator per node get this one, 8 bytes a node, so that randomness does not count against them.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct SplitMix(u64);

impl SplitMix {
    /// The generator of `node` under `seed`.
    pub(crate) fn of_node(seed: u64, node: u32) -> Self {
        let mut parent = SplitMix(seed ^ (u64::from(node) << 32));
        SplitMix(parent.word())
    }
}

impl Words for SplitMix {
    #[inline]
    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// One ChaCha8 for a whole run.
pub(crate) fn chacha8(seed: u64) -> ChaCha8Rng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    ChaCha8Rng::from_seed(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_have_the_stated_mean_and_lookahead() {
        let workload = Workload { nodes: 10, events: 1, seed: 1, delay_ns_mean: 1_000_000 };
        let mut words = SplitMix::of_node(1, 0);
        let hops: Vec<Hop> = (0..100_000).map(|_| workload.draw(&mut words)).collect();
        let mean = hops.iter().map(|hop| hop.delay_ns as f64).sum::<f64>() / hops.len() as f64;
        assert!((mean / 1e6 - 1.0).abs() < 0.02, "{mean}");
        assert!(hops.iter().all(|hop| hop.delay_ns >= 100_000 && hop.to < 10));
        assert!((0..10).all(|node| hops.iter().any(|hop| hop.to == node)));
    }
}
