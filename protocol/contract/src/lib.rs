//! The seam: what a protocol and the runtimes that drive it agree on.
//!
//! A protocol is an [`Actor`]: a pure state machine that takes one [`Input`] and writes [`Effect`]s into a
//! buffer. The simulator (`sim-core`) and the QUIC node (`real-runtime`) are its two runtimes. This crate knows
//! neither of them, and nothing in it has a clock, entropy, IO, a thread or a static.
//!
//! | Module | One idea |
//! |---|---|
//! | [`time`], [`money`], [`units`], `written` | integers with a unit, and their text form |
//! | [`peer`], [`keys`], [`hash`] | who signs, what is signed |
//! | [`canonical`], [`bounded`], [`envelope`] | one value, one byte string |
//! | [`draws`] | randomness keyed by (seed, purpose, entity, occurrence) |
//! | [`actor`], [`effects`], [`observation`] | the seam itself |
//! | [`trace`] | what happened: records, recorder, hash chain, replay |

pub mod actor;
pub mod bounded;
pub mod canonical;
pub mod draws;
pub mod effects;
pub mod envelope;
pub mod hash;
pub mod keys;
pub mod money;
pub mod observation;
pub mod peer;
pub mod time;
pub mod trace;
pub mod units;
mod written;

pub use actor::{Actor, CallId, Input, Kind, Protocol, Recovered, Runtime, Unready, Wire};
pub use bounded::Bounded;
pub use canonical::{Canonical, Malformed};
pub use draws::{Draws, Entropy, Seed};
pub use effects::{Effect, Effects, Write};
pub use hash::Hash;
pub use keys::{Domain, Signature, Signer, Verifier};
pub use money::Amount;
pub use observation::{Observation, Value};
pub use peer::{PeerId, PeerList};
pub use time::{Span, Time};
