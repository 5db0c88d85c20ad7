//! The count of handled events, for engines whose nodes must be `Send` though everything runs on one thread.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts events up to a limit.
pub(super) struct Quota {
    handled: AtomicU64,
    limit: u64,
}

impl Quota {
    /// Nothing handled yet, of `limit` events.
    pub(super) fn new(limit: u64) -> Self {
        Quota { handled: AtomicU64::new(0), limit }
    }

    /// Counts one event. True if it is the last.
    ///
    /// A load and a store, not a locked addition: there is only one thread, and the peers should not pay for two.
    #[inline]
    pub(super) fn count_one(&self) -> bool {
        let handled = self.handled() + 1;
        self.handled.store(handled, Relaxed);
        handled == self.limit
    }

    /// Events handled so far.
    pub(super) fn handled(&self) -> u64 {
        self.handled.load(Relaxed)
    }
}
