//! What a node is born with.

use contract::{PeerId, Span};
use serde::{Deserialize, Serialize};

use super::Message;

/// What all nodes have in common. The defaults are SimBlock's for Bitcoin in 2019.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameters {
    /// How many nodes mine.
    pub nodes: u32,
    /// The mean time between two blocks of the whole network, in nanoseconds.
    pub interval_ns: u64,
    /// Bytes of a block.
    pub block_bytes: u32,
    /// Bytes of a compact block.
    pub compact_bytes: u32,
    /// How long a block is checked when it has come, in nanoseconds.
    pub processing_ns: u64,
    /// What an `inv`, a `getdata` and a `getblocktxn` wait before they leave, in nanoseconds.
    pub overhead_ns: u64,
    /// How long an upload keeps the next one from beginning.
    pub slot: Slot,
}

impl Default for Parameters {
    fn default() -> Self {
        Parameters {
            nodes: 600,
            interval_ns: 600_000_000_000,
            block_bytes: 535_000,
            compact_bytes: 18_000,
            processing_ns: 2_000_000,
            overhead_ns: 10_000_000,
            slot: Slot::UntilArrival,
        }
    }
}

/// When the next block may be uploaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Slot {
    /// When the last bit of the one before has left, as on a line that is shared by all peers. The network's upload queue
    /// does it.
    UntilSent,
    /// When the one before has arrived and was checked, as in SimBlock: an upload costs a latency, however small it is. The node
    /// expects the mean latency to the receiver.
    #[default]
    UntilArrival,
}

/// Another node, as a node knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbour {
    /// Its number: the identities of this workload are numbered stand-ins.
    pub number: u32,
    /// Whether it uses compact relay: negotiated when the connection is made.
    pub compact: bool,
    /// The mean latency to it, in nanoseconds.
    pub latency_ns: u64,
    /// Bits per second to it: the smaller of the own upload and its download; `u64::MAX` if there is no limit.
    pub bps: u64,
}

/// What one node is born with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Birth {
    /// Its number among the miners.
    pub number: u32,
    /// Whether it uses compact relay.
    pub compact: bool,
    /// Whether it is online only at times: compact blocks miss more then.
    pub churns: bool,
    /// Whom it announces blocks to.
    pub neighbours: Vec<Neighbour>,
    /// What all nodes have in common.
    pub parameters: Parameters,
}

/// The share of nodes that use compact relay, and of those that churn: SimBlock, `SimulationConfiguration`.
pub const COMPACT_SHARE: f64 = 0.964;
/// The share of nodes that are online only at times, from the same source.
pub const CHURN_SHARE: f64 = 0.976;

impl Neighbour {
    /// Its identity.
    pub fn peer(&self) -> PeerId {
        PeerId::simulated(u64::from(self.number))
    }
}

impl Birth {
    /// The probability that a compact block is not enough for this node, from the same source.
    pub(super) fn incomplete(&self) -> f64 {
        if self.churns { 0.27 } else { 0.13 }
    }

    /// How long the upload slot is taken by a message.
    pub(super) fn occupied(&self, to: &Neighbour, message: &Message) -> Span {
        match (self.parameters.slot, message) {
            (Slot::UntilSent, _) => Span::ZERO,
            (Slot::UntilArrival, Message::Compact { bytes, .. } | Message::Block { bytes, .. }) => {
                let nanos = u128::from(*bytes) * 8_000_000_000 / u128::from(to.bps.max(1));
                let sent = Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
                Span::from_nanos(to.latency_ns + self.parameters.processing_ns) + sent
            }
            (Slot::UntilArrival, _) => Span::ZERO,
        }
    }
}
