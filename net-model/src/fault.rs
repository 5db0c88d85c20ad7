//! Faults of the network: what goes wrong with which links, and when.
//!
//! Any number of faults may be active at once, and each counts for itself: the end of one leaves the others. What is active
//! together adds up as independent causes do: a link is cut while any fault cuts it, factors multiply, and a transmission gets
//! through if no burst loses it.
//!
//! What counts for a message is the moment at which a transmission of it **leaves** its sender, after the upload queue; the
//! bandwidth is that of the moment at which its upload begins. So what left before a fault began is not touched by it, and
//! what leaves after its end neither, whatever happens while it is on its way. A node's link to itself has no faults.

use contract::{Span, Time};

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// When it begins.
    pub from: Time,
    /// When it ends; the first moment that is not struck.
    pub until: Time,
    /// Which links it strikes.
    pub links: Links,
    /// What it does to them.
    pub harm: Harm,
}

/// The links between two groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    /// The ends. A node may be in both, except where the links are cut.
    pub sides: [Group; 2],
    /// Whether only what the first side sends the second is struck, and not the way back.
    pub one_way: bool,
}

/// Who is at one end of the links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Group {
    /// Every node.
    Everyone,
    /// These nodes, in any order.
    Nodes(Vec<u32>),
    /// Every node of these regions, by their place in the profile.
    Regions(Vec<u16>),
}

/// What a fault does to the links that it strikes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Harm {
    /// Nothing that leaves gets through. A datagram is lost, a stream repeats it.
    Cut,
    /// Latency, without the time that bandwidth takes, is multiplied by a number above 0.
    Slow {
        /// The number.
        factor: f64,
    },
    /// A transmission is lost with this probability, on top of the profile's.
    Lose {
        /// The probability, from 0 to 1.
        probability: f64,
    },
    /// The sender's upload and the receiver's download are multiplied by a number above 0.
    Narrow {
        /// The number.
        factor: f64,
    },
}

/// Why a fault cannot be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BadFault {
    /// It ends before it begins, or at once.
    #[error("it lasts from {from} until {until}: it must end after it begins")]
    Reversed {
        /// When it begins.
        from: Time,
        /// When it ends.
        until: Time,
    },
    /// A side has nobody in it.
    #[error("nobody is on side {side}: name at least one node on each side, or remove the fault")]
    Empty {
        /// The empty side, 0 or 1.
        side: usize,
    },
    /// It names a node that does not exist.
    #[error("there is no node {node}: the nodes are 0 to {last}")]
    UnknownNode {
        /// The node.
        node: u32,
        /// The last node that exists.
        last: u32,
    },
    /// It names a region that does not exist.
    #[error("there is no region {region}: the regions are 0 to {last}")]
    UnknownRegion {
        /// The region.
        region: u16,
        /// The last region that exists.
        last: usize,
    },
    /// A node is on both sides of a cut.
    #[error("node {node} is on both sides: remove it from one of them")]
    Torn {
        /// The node.
        node: u32,
    },
    /// A number has no meaning.
    #[error("{what} of {value}: it is {range}")]
    Range {
        /// Which number.
        what: &'static str,
        /// What was given.
        value: f64,
        /// What is allowed.
        range: &'static str,
    },
    /// So many faults are active at once that the list of them does not fit.
    #[error(
        "too many faults are active at once: the sum over their beginnings and ends exceeds {max}; let them be shorter or fewer"
    )]
    TooMany {
        /// The most.
        max: usize,
    },
}

impl Fault {
    /// Two groups that cannot reach each other.
    pub fn partition(from: Time, until: Time, groups: [Vec<u32>; 2]) -> Fault {
        let links = Links { sides: groups.map(Group::Nodes), one_way: false };
        Fault { from, until, links, harm: Harm::Cut }
    }

    /// The same, but only what the first side sends the second is struck.
    #[must_use]
    pub fn one_way(mut self) -> Fault {
        self.links.one_way = true;
        self
    }
}

impl Links {
    /// Every link.
    pub fn all() -> Links {
        Links { sides: [Group::Everyone, Group::Everyone], one_way: false }
    }

    /// All links of these nodes, in both directions.
    pub fn of(nodes: Vec<u32>) -> Links {
        Links { sides: [Group::Nodes(nodes), Group::Everyone], one_way: false }
    }
}

/// All that strikes one transmission at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Struck {
    pub(crate) cut: bool,
    /// What latency is multiplied by.
    pub(crate) slow: f64,
    /// The probability that no burst loses it.
    pub(crate) keep: f64,
    /// What bandwidth is multiplied by.
    pub(crate) narrow: f64,
}

impl Struck {
    pub(crate) const NOT: Struck = Struck { cut: false, slow: 1.0, keep: 1.0, narrow: 1.0 };

    pub(crate) fn add(&mut self, harm: Harm) {
        match harm {
            Harm::Cut => self.cut = true,
            Harm::Slow { factor } => self.slow *= factor,
            Harm::Lose { probability } => self.keep *= 1.0 - probability,
            Harm::Narrow { factor } => self.narrow *= factor,
        }
    }

    /// The latency of this transmission, at least 1 ns.
    #[inline]
    pub(crate) fn slowed(&self, latency: Span) -> Span {
        if self.slow == 1.0 {
            return latency;
        }
        // The cast saturates.
        Span::from_nanos(((latency.as_nanos() as f64 * self.slow + 0.5) as u64).max(1))
    }

    /// The probability that the transmission is lost, if it would be lost with probability `loss` without faults.
    #[inline]
    pub(crate) fn loss(&self, loss: f64) -> f64 {
        1.0 - (1.0 - loss) * self.keep
    }

    /// A bandwidth under this fault, at least 1 bit per second.
    #[inline]
    pub(crate) fn narrowed(&self, bps: u64) -> u64 {
        if self.narrow == 1.0 { bps } else { ((bps as f64 * self.narrow) as u64).max(1) }
    }
}
