//! One world, one queue, one seed: the discrete-event engine.
//!
//! A [`World`] holds actors, asks the network model when each message arrives, and delivers it. A run is a pure function of
//! the [`Plan`]: there is no clock, no entropy and no thread here. The other runtime of the same actors is
//! `real-runtime`.
//!
//! | Module | One idea |
//! |---|---|
//! | [`key`] | the total order of events in one integer |
//! | [`queue`] | the radix wheel, and the plain heap it is compared with |
//! | [`slab`] | events in flight, in fixed segments |
//! | [`clock`] | a node's own clock: offset and drift |
//! | [`disk`] | what is durable, what waits for it, what a crash loses; `packed` keeps both |
//! | [`directory`] | identities and node numbers |
//! | [`world`] | building, driving and forking; `steps` is the inside of the loop |
//! | `perform` | does what effects ask |
//! | `fault`, `pause` | crashes, restarts, pauses, clocks that are set |
//! | `timers` | which timers of a node are set |
//! | `connections` | who learns of a broken connection, and when |
//! | [`report`] | counts and memory |

pub mod clock;
mod connections;
pub mod directory;
pub mod disk;
mod fault;
pub mod key;
mod packed;
mod pause;
mod perform;
mod plan;
pub mod queue;
pub mod report;
pub mod slab;
mod steps;
mod timers;
pub mod world;

pub use clock::Clock;
pub use directory::Directory;
pub use disk::Storage;
pub use fault::Fault;
pub use pause::INBOX;
pub use plan::{BadPlan, Cast, Limits, Nursery, Origin, Plan, Register};
pub use report::{Counts, LostAtRecipient, Memory};
pub use world::{Observed, Pause, Replied, World};
