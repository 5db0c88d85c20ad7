//! The upload slot: one block at a time, in the order of the requests.

use std::collections::VecDeque;

use borsh::BorshSerialize;
use contract::Time;

use super::Block;

/// The most requests that wait; further ones are not answered. A neighbour asks at most twice for a block, so this is
/// reached by misbehaviour alone.
const WAITING_MAX: usize = 4_096;

/// A block that somebody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize)]
pub(super) struct Upload {
    /// The neighbour's place in the list.
    pub(super) to: u32,
    pub(super) block: Block,
    /// Only what was missing in the compact block.
    pub(super) missing: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Uploads {
    waiting: VecDeque<Upload>,
    busy_until: Time,
}

impl Uploads {
    pub(super) fn add(&mut self, upload: Upload) {
        if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back(upload);
        }
    }

    /// The next upload, if the slot is free.
    pub(super) fn next(&mut self, now: Time) -> Option<Upload> {
        if self.busy_until <= now { self.waiting.pop_front() } else { None }
    }

    pub(super) fn occupy(&mut self, until: Time) {
        self.busy_until = until;
    }

    /// When the slot is free again, if somebody waits for it.
    pub(super) fn wait_until(&self, now: Time) -> Option<Time> {
        (!self.waiting.is_empty() && self.busy_until > now).then_some(self.busy_until)
    }

    pub(super) fn state(&self, bytes: &mut Vec<u8>) {
        let waiting: Vec<Upload> = self.waiting.iter().copied().collect();
        // Writing to a vector does not fail.
        (waiting, self.busy_until).serialize(bytes).expect("a vector takes any value of bounded length");
    }
}
