//! The node's timers: keyed, so that setting one again moves it, and a cancelled one never fires.

use std::cmp::Reverse;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use contract::{Canonical, Time};
use priority_queue::PriorityQueue;
use rustc_hash::FxHasher;

/// A timer as a key: two are the same if their canonical bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key<T>(T);

impl<T: Canonical> Hash for Key<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.0.to_bytes());
    }
}

/// The timers of one node.
#[derive(Debug)]
pub(crate) struct Timers<T: Canonical + Ord + Copy> {
    /// By time, and at one time by the timers' own order.
    queue: PriorityQueue<Key<T>, Due<T>, BuildHasherDefault<FxHasher>>,
}

/// The earliest first.
type Due<T> = Reverse<(Time, Key<T>)>;

impl<T: Canonical + Ord + Copy> Default for Timers<T> {
    fn default() -> Self {
        Timers { queue: PriorityQueue::with_default_hasher() }
    }
}

impl<T: Canonical + Ord + Copy> Timers<T> {
    /// Sets a timer, or moves it.
    pub(crate) fn set(&mut self, timer: T, at: Time) {
        self.queue.push(Key(timer), Reverse((at, Key(timer))));
    }

    /// Cancels a timer.
    pub(crate) fn cancel(&mut self, timer: T) {
        self.queue.remove(&Key(timer));
    }

    /// When the next one is due.
    pub(crate) fn next_at(&self) -> Option<Time> {
        self.queue.peek().map(|(_, Reverse((at, _)))| *at)
    }

    /// Takes a timer that is due.
    pub(crate) fn take_due(&mut self, now: Time) -> Option<T> {
        if self.next_at()? > now {
            return None;
        }
        self.queue.pop().map(|(Key(timer), _)| timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_is_moved_cancelled_and_fires_in_order() {
        let at = Time::from_nanos;
        let mut timers = Timers::<u8>::default();
        for (timer, time) in [(1, 30), (2, 20), (3, 20), (4, 10)] {
            timers.set(timer, at(time));
        }
        timers.set(1, at(5));
        timers.cancel(4);
        timers.cancel(9);
        assert_eq!(timers.next_at(), Some(at(5)));
        let due: Vec<u8> = std::iter::from_fn(|| timers.take_due(at(20))).collect();
        assert_eq!(due, [1, 2, 3]);
        assert_eq!(timers.take_due(Time::MAX), None);
    }
}
