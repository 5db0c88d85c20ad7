//! The IO shell of the seam: it drives the actors of the pure crates on tokio, QUIC and a durable store.
//!
//! No protocol is known here. [`contract`] says what an actor may ask for; the simulator (`sim-core`) is its other
//! runtime.

mod address;
pub mod admin;
mod clock;
pub mod discovery;
pub mod driver;
pub mod key;
pub mod network;
pub mod node;
pub mod record;
pub mod store;
mod timers;
pub mod transport;
