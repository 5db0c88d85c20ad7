//! The reference queue: a binary heap, obviously right.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Entry;

/// A queue of entries in the order of their keys.
#[derive(Clone, Debug, Default)]
pub struct Heap(BinaryHeap<Reverse<Entry>>);

impl Heap {
    /// Adds an entry.
    pub fn push(&mut self, entry: Entry) {
        self.0.push(Reverse(entry));
    }

    /// Takes the earliest entry, if it is not later than `limit` nanoseconds.
    pub fn pop_until(&mut self, limit: u64) -> Option<Entry> {
        if self.0.peek()?.0.key.time > limit {
            return None;
        }
        self.0.pop().map(|Reverse(entry)| entry)
    }

    /// How many entries wait.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
