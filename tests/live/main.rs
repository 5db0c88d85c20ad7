//! Live nodes as processes on loopback: what an operator does, and what goes wrong.
//!
//! Every process is a child that its guard kills, also when a test panics; every wait is bounded.

mod attack;
mod network;
mod refusals;
mod transfer;
