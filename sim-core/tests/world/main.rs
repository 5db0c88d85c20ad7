//! The world from outside: what a plan promises, what a crash loses, what a fork shares.
//!
//! One binary, so that it is linked once. [`common`] has the test protocol and the plans; [`naive`] is a second, obvious
//! implementation of the world that random plans are compared with.

mod clocks;
mod common;
mod connections;
mod conservation;
mod digest;
mod durability;
mod forks;
mod limits;
mod naive;
mod order;
mod pauses;
mod replay;
mod timers;
