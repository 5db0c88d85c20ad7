//! Live nodes as processes on loopback: what an operator does, and what goes wrong.
//!
//! Every process is a child that its guard kills, also when a test panics; every wait is bounded; and a test that fails
//! prints what its nodes said.

mod admin;
mod attack;
mod browser;
mod command;
mod deploy;
mod durability;
mod long_chain;
mod network;
mod page;
mod refusals;
mod transfer;
