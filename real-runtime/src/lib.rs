//! The IO shell of the seam: it drives the actors of the pure crates on tokio, QUIC and a durable store.
//!
//! No protocol is known here. [`contract`] says what an actor may ask for; the simulator (`sim-core`) is its other
//! runtime.

pub mod store;
pub mod transport;
