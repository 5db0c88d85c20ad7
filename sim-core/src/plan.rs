//! What a world is made of.

use std::sync::Arc;

use contract::trace::record::FORMAT;
use contract::trace::{Birth, Header, Level};
use contract::{Actor, PeerId, Protocol, Seed, Span};
use net_model::Network;

use crate::clock::PPB;
use crate::key::NODES_MAX;
use crate::{Clock, Directory, Storage};

/// Builds the actor of a node. It is called at the start and at each restart; a restarted actor is re-keyed, so that it
/// does not draw again what its former life drew.
pub type Nursery<P> = Arc<dyn Fn(u32) -> Box<dyn Actor<P>> + Send + Sync>;
/// Describes the birth of a node for the trace.
pub type Register = Arc<dyn Fn(u32) -> Birth + Send + Sync>;

/// Who plays.
#[derive(Clone)]
pub struct Cast<P: Protocol> {
    /// The identities, by node number.
    pub directory: Directory,
    /// Their actors.
    pub nursery: Nursery<P>,
    /// Their description in a full trace.
    pub register: Register,
    /// Their clocks; empty if all are exact.
    pub clocks: Vec<Clock>,
}

/// Bounds on a run and on what it keeps between two looks of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most events that a run handles.
    pub events: u64,
    /// The most events that may wait at once.
    pub waiting: usize,
    /// Observations and replies that are kept before the run pauses for the caller to take them.
    pub observations: usize,
    /// Bytes of trace that are kept before the run pauses for the caller to take them.
    pub trace_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { events: u64::MAX, waiting: 1 << 28, observations: 1 << 16, trace_bytes: 8 << 20 }
    }
}

/// All that a run depends on.
#[derive(Clone)]
pub struct Plan<P: Protocol> {
    /// Who plays.
    pub cast: Cast<P>,
    /// What connects them.
    pub network: Network,
    /// Ranks of the nodes: who comes first at one instant.
    pub world_seed: Seed,
    /// Behaviour that is not in the actors or the network: sync times, and what restarted actors draw.
    pub noise_seed: Seed,
    /// How long a sync takes; `None` means that writes are durable at once and nothing waits.
    pub storage: Option<Storage>,
    /// How much is recorded.
    pub level: Level,
    /// The virtual time between two checkpoints of the digest.
    pub checkpoint_every: Span,
    /// Bounds.
    pub limits: Limits,
    /// What a full trace says about its origin.
    pub origin: Origin,
}

/// What the header of a full trace says about the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The resolved scenario as text.
    pub source: String,
    /// What all births have in common, as JSON.
    pub common: String,
    /// The seed of the simulated signatures; `None` where signatures are Ed25519.
    pub simulated: Option<Seed>,
}

/// Why a plan cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPlan {
    /// There is nobody in it.
    #[error("a world needs at least one node")]
    Empty,
    /// The total order has 24 bits for the rank of a node.
    #[error("{nodes} nodes; a world holds at most {NODES_MAX}")]
    TooManyNodes {
        /// How many there are.
        nodes: u32,
    },
    /// There is not one clock for each node.
    #[error("{clocks} clocks for {nodes} nodes; give one for each node, or none")]
    Clocks {
        /// How many clocks.
        clocks: usize,
        /// How many nodes.
        nodes: u32,
    },
    /// A clock would stand still or run backwards.
    #[error("node {node} has a drift of {drift_ppb} ppb; it must be above -1000000000")]
    Drift {
        /// Whose clock.
        node: usize,
        /// Its drift.
        drift_ppb: i64,
    },
    /// Two nodes have one identity.
    #[error("node {node} has the identity of another node: {peer}")]
    Twins {
        /// The one with the higher number.
        node: u32,
        /// The identity.
        peer: PeerId,
    },
    /// The network is for another number of nodes.
    #[error("a network for {network} nodes, and {nodes} nodes")]
    Network {
        /// How many nodes the network has.
        network: u32,
        /// How many nodes there are.
        nodes: u32,
    },
    /// Checkpoints would never end.
    #[error("the time between checkpoints is zero")]
    NoCheckpoints,
}

impl<P: Protocol> Plan<P> {
    pub(crate) fn header(&self) -> Header {
        let Origin { source, common, simulated } = self.origin.clone();
        let producer = concat!("dunbar ", env!("CARGO_PKG_VERSION")).to_owned();
        let (protocol, version) = (P::NAME.to_owned(), P::VERSION);
        Header { format: FORMAT, protocol, version, producer, source, common, simulated }
    }

    /// Checks what the types do not.
    ///
    /// # Errors
    /// [`BadPlan`] says which part is impossible.
    pub fn check(&self) -> Result<(), BadPlan> {
        let (nodes, clocks) = (self.cast.directory.len(), &self.cast.clocks);
        if nodes == 0 {
            return Err(BadPlan::Empty);
        }
        if nodes > NODES_MAX {
            return Err(BadPlan::TooManyNodes { nodes });
        }
        if let Some((node, peer)) = self.cast.directory.twin() {
            return Err(BadPlan::Twins { node, peer });
        }
        if self.network.nodes() != nodes {
            return Err(BadPlan::Network { network: self.network.nodes(), nodes });
        }
        if !clocks.is_empty() && clocks.len() != nodes as usize {
            return Err(BadPlan::Clocks { clocks: clocks.len(), nodes });
        }
        if let Some((node, clock)) = clocks.iter().enumerate().find(|(_, clock)| clock.drift_ppb <= -PPB) {
            return Err(BadPlan::Drift { node, drift_ppb: clock.drift_ppb });
        }
        if self.checkpoint_every == Span::ZERO {
            return Err(BadPlan::NoCheckpoints);
        }
        Ok(())
    }
}
