//! Faults of a scenario: what is written becomes, for each seed, what goes wrong in its run.

mod draw;
mod lasting;
mod select;
mod shown;
mod swarm;
#[cfg(test)]
mod tests;

use contract::{Span, Time};
use net_model::Harm;

pub(crate) use draw::OCCURRENCES_MAX;
pub use draw::{Drawn, LINES_MAX, Map, draw};
pub use lasting::{Lasting, Law};
pub use select::{Pick, Selection};

/// One `[[fault]]`, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultSpec {
    /// When it happens.
    pub when: When,
    /// What happens.
    pub what: What,
}

/// When a fault happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Once.
    Once {
        /// When it begins.
        from: Time,
        /// When it ends; never in this run, if there is none.
        until: Option<Time>,
    },
    /// At the moments of a Poisson process.
    Drawn {
        /// From when on.
        from: Time,
        /// Until when one may begin.
        until: Time,
        /// The mean time between two beginnings.
        every: Span,
        /// The mean of the exponential time that each lasts.
        lasts: Span,
    },
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Links.
    Links {
        /// Their ends.
        sides: [Selection; 2],
        /// Only from the first side to the second.
        one_way: bool,
        /// What happens to them.
        harm: Harm,
    },
    /// Nodes: all that are selected, or one of them at each moment that is drawn.
    Nodes {
        /// Which.
        who: Selection,
        /// What happens to them.
        ill: Ill,
    },
    /// Nodes come and go.
    Churn {
        /// Which.
        who: Selection,
        /// How long they are up.
        session: Lasting,
        /// How long they are down.
        gap: Lasting,
    },
    /// A node reaches nobody but the attackers, who are linked with it.
    Eclipse {
        /// The node.
        victim: u32,
        /// Whom it reaches.
        attackers: Vec<u32>,
    },
    /// A random subset of the faults with random weights.
    Swarm {
        /// Which nodes may be struck.
        who: Selection,
    },
}

/// What happens to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ill {
    /// It crashes, and restarts at the end.
    Crash,
    /// It stands still, and goes on at the end.
    Pause,
    /// Its clock jumps; that has no end.
    Step {
        /// Nanoseconds forward.
        by_ns: i64,
    },
    /// Its clock runs faster, until the end.
    Drift {
        /// Parts per billion.
        by_ppb: i64,
    },
}

impl FaultSpec {
    /// The links that this fault needs in a graph: an eclipsed node's to its attackers.
    pub fn links(&self) -> Vec<[u32; 2]> {
        match &self.what {
            What::Eclipse { victim, attackers } => attackers.iter().map(|attacker| [*victim, *attacker]).collect(),
            _ => Vec::new(),
        }
    }
}
