//! The records of a trace.
//!
//! A trace is a [`Header`], a [`Birth`] for each life of each node, and the [`Step`]s in the order in which they
//! happened. Inputs and effects are kept as bytes: whoever knows the protocol decodes them, everybody else
//! can still compare them.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::effects::Witness;
use crate::{Hash, PeerId, Seed, Time};

/// The version of the trace format. It changes when a record changes, or what is in it.
pub const FORMAT: u16 = 4;

/// One record of a trace.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Record {
    /// The first record.
    Header(Header),
    /// A node was born, or born again after a crash.
    Birth(Birth),
    /// A node took one step.
    Step(Step),
    /// The digest of the run up to a point in time.
    Checkpoint {
        /// The time of the checkpoint.
        at: Time,
        /// The digest over the heads of all nodes.
        digest: Hash,
    },
    /// The last record of a trace that ended in order; the digest of a simulated run stands in the checkpoint before it. In
    /// a live trace the births and steps of later lives may follow.
    End {
        /// How many steps the trace has up to here.
        steps: u64,
        /// How many records it has before this one.
        records: u64,
    },
}

/// What a trace is of.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Header {
    /// [`FORMAT`].
    pub format: u16,
    /// The protocol's name.
    pub protocol: String,
    /// The version of the protocol's messages.
    pub version: u16,
    /// The program and version that wrote it.
    pub producer: String,
    /// What ran: a scenario's resolved text, or `live`.
    pub source: String,
    /// What all births have in common, as JSON.
    pub common: String,
    /// The seed of the simulated signatures, which are no secret; `None` where signatures are Ed25519.
    pub simulated: Option<Seed>,
}

impl Header {
    /// What [`source`](Header::source) says in the trace of a live node.
    pub const LIVE: &str = "live";

    /// Whether a live node wrote the trace, and not a simulation.
    pub fn is_live(&self) -> bool {
        self.source == Header::LIVE
    }
}

/// The birth of a node: all that is needed to build the same actor again, except secrets.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Birth {
    /// The number by which steps refer to the node.
    pub node: u32,
    /// Its identity.
    pub peer: PeerId,
    /// The role that was played, as the registry names it.
    pub role: String,
    /// The role's parameters as JSON, without secrets.
    pub parameters: String,
}

/// What scheduled an event: the node, and the position among all that this node ever scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Cause {
    /// The node that scheduled it.
    pub node: u32,
    /// Its position.
    pub sequence: u64,
}

/// One input of a node and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Step {
    /// The node's number.
    pub node: u32,
    /// The world's time of the step; live, the node's own.
    pub at: Time,
    /// The time on the node's clock, which the actor was told.
    pub now: Time,
    /// What scheduled the input, where that is known.
    pub cause: Option<Cause>,
    /// How much the node had scheduled before this step.
    pub scheduled: u64,
    /// Canonical bytes of the input.
    pub input: Vec<u8>,
    /// The effects, as [`list`](super::list) writes them.
    pub effects: Vec<u8>,
    /// Random bits and signatures that the step was given.
    pub witness: Vec<Witness>,
}
