//! Event queues: the wheel that the world uses, and the heap that property tests and benchmarks compare it with.

pub mod heap;
mod pool;
pub mod wheel;

pub use heap::Heap;
pub use wheel::Wheel;

use crate::key::Key;

/// One waiting event: its place in the order, and the slot that holds its content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The place in the total order.
    pub key: Key,
    /// Where the content is.
    pub slot: u32,
}
