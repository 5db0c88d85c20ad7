//! Decides when a message arrives, or why it does not; never delivers it.
//!
//! A driver (`sim-core`, or the latency injection of `real-runtime`'s testnet) asks [`Network::route`] about every
//! message and acts on the answer. Given the profile, the seeds and the faults, the answer is a function of the
//! sequence of questions: there is no clock, entropy or IO here. Times are integer nanoseconds; a float exists only
//! between a draw and the span that it becomes.
//!
//! | Module | One idea |
//! |---|---|
//! | [`profile`] | where the parameters come from: regions, latencies, bandwidths, loss |
//! | [`latency`] | the distributions of one-way latency |
//! | [`network`] | the routing decision: upload queue, faults, loss, streams |
//! | [`fault`] | what goes wrong with which links, and when |
//! | [`placement`] | who is where |
//! | [`course`] | latencies that change by a schedule |
//! | [`fit`] | laws for measured round trips |
//! | [`topology`] | who knows whom |
//!
//! # The model
//!
//! A message of `size` bytes that is sent at `now`:
//!
//! 1. **leaves** at `max(now, uplink free) + 8·size / upload`: messages of one sender wait for each other. The first one of a connection
//!    waits for its set-up as well.
//! 2. **is lost** if the link is cut at the moment it leaves, or else by chance. What left before a cut began arrives. For a
//!    datagram that is the end; a stream repeats it ([`network::Retransmission`]).
//! 3. **arrives** one latency after it left, when the receiver's download, which all senders share, has taken it in; and on a
//!    stream after everything that the same sender sent the same receiver on a stream before.
//!
//! Latency and loss of a message depend on (noise seed, tag, sender, receiver, occurrence) and nothing else. Region and
//! connection of a node depend on (world seed, node). `docs/network.md` has the formulas, and where they are known to be wrong.

pub mod course;
pub mod error;
pub mod fault;
pub mod fit;
pub mod latency;
pub mod network;
pub mod placement;
pub mod profile;
pub mod topology;

pub use course::{BadCourse, Between, Course};
pub use error::{BadNetwork, BadProfile, BadTopology};
pub use fault::{BadFault, Fault, Group, Harm, Links};
pub use network::{Fate, Loss, Network, Parcel, Seeds};
pub use placement::{Override, Placement};
pub use profile::{Behaviour, Profile};
pub use topology::{Graph, OutboundDegrees, Topology};

#[cfg(test)]
mod testing;
