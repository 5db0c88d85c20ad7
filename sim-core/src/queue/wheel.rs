//! The event queue: a monotone radix wheel with 256 slots a level.
//!
//! An entry lies at the level of the highest byte in which its time differs from the base, in the slot of that byte.
//! When the entries at hand run out, the earliest slot is opened: a slot of up to [`SORTED`] entries is sorted and used up from
//! its end, a fuller one is dealt out to the levels below. Entries that are pushed behind the opened slot's end meanwhile
//! wait in a small heap. There is nothing to tune, and the order is exact.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Entry;
use super::pool::{Bag, Pool};

/// A slot of at most this many entries is sorted at once.
const SORTED: usize = 512;
const LEVELS: usize = 8;

#[derive(Clone)]
struct Level {
    occupied: [u64; 4],
    bags: [Bag; 256],
}

impl Level {
    const EMPTY: Level = Level { occupied: [0; 4], bags: [Bag::EMPTY; 256] };

    fn first_occupied(&self) -> Option<usize> {
        let word = self.occupied.iter().position(|word| *word != 0)?;
        Some(word * 64 + self.occupied[word].trailing_zeros() as usize)
    }

    fn take(&mut self, slot: usize) -> Bag {
        self.occupied[slot / 64] &= !(1 << (slot % 64));
        std::mem::replace(&mut self.bags[slot], Bag::EMPTY)
    }
}

/// A queue of entries in the order of their keys.
#[derive(Clone)]
pub struct Wheel {
    /// The opened slot, latest first.
    near: Vec<Entry>,
    /// What was pushed into the opened slot's time after it was sorted.
    fresh: BinaryHeap<Reverse<Entry>>,
    /// The last nanosecond that belongs to `near` and `fresh`; later entries lie in the levels.
    near_last: u64,
    /// Where the levels' times are counted from. Every entry in the levels is later.
    base: u64,
    levels: Box<[Level; LEVELS]>,
    pool: Pool,
    len: usize,
}

impl Default for Wheel {
    fn default() -> Self {
        Wheel {
            near: Vec::with_capacity(SORTED),
            fresh: BinaryHeap::new(),
            near_last: 0,
            base: 0,
            levels: Box::new([Level::EMPTY; LEVELS]),
            pool: Pool::default(),
            len: 0,
        }
    }
}

impl Wheel {
    /// Adds an entry. It may be earlier than entries that were looked at, but not than one that was popped.
    #[inline]
    pub fn push(&mut self, entry: Entry) {
        self.len += 1;
        if entry.key.time <= self.near_last {
            self.fresh.push(Reverse(entry));
        } else {
            place(&mut self.levels, &mut self.pool, self.base, entry);
        }
    }

    /// Takes the earliest entry, if it is not later than `limit` nanoseconds.
    pub fn pop_until(&mut self, limit: u64) -> Option<Entry> {
        self.pop_with(limit, |_| ())
    }

    /// Takes the earliest entry, if it is not later than `limit` nanoseconds. When a slot is opened for it, `opened` sees all
    /// of the slot's entries, latest first: a caller touches what they refer to, so that the cache misses of a hundred
    /// events overlap instead of following one another.
    #[inline]
    pub fn pop_with(&mut self, limit: u64, opened: impl FnOnce(&[Entry])) -> Option<Entry> {
        if self.near.is_empty() && self.fresh.is_empty() {
            if !self.open_next_slot(limit) {
                return None;
            }
            opened(&self.near);
        }
        let from_fresh = match (self.near.last(), self.fresh.peek()) {
            (Some(near), Some(Reverse(fresh))) => fresh.key < near.key,
            (near, _) => near.is_none(),
        };
        let next = if from_fresh { self.fresh.peek().map(|Reverse(entry)| entry) } else { self.near.last() };
        if next.is_none_or(|entry| entry.key.time > limit) {
            return None;
        }
        self.len -= 1;
        if from_fresh { self.fresh.pop().map(|Reverse(entry)| entry) } else { self.near.pop() }
    }

    /// Opens the earliest slot that holds anything, unless all of it lies after `limit`. False if there is nothing to open.
    fn open_next_slot(&mut self, limit: u64) -> bool {
        loop {
            let Some((level, slot, start)) = self.first_slot() else { return false };
            let shift = 8 * level as u32;
            if start > limit {
                return false;
            }
            let bag = self.levels[level].take(slot);
            self.base = start;
            if bag.len() <= SORTED || level == 0 {
                self.near_last = start | ((1u64 << shift) - 1);
                let near = &mut self.near;
                self.pool.drain(bag, |_, entry| near.push(entry));
                near.sort_unstable_by(|a, b| b.key.cmp(&a.key));
                return true;
            }
            let levels = &mut self.levels;
            self.pool.drain(bag, |pool, entry| place(levels, pool, start, entry));
            // The levels count from `start` now. Nothing waits before it, but something may still be pushed there.
            self.near_last = self.near_last.max(start.saturating_sub(1));
        }
    }

    /// A time, in nanoseconds, before which no entry is due; none if there is no entry.
    pub fn not_before(&self) -> Option<u64> {
        let near = self.near.last().map(|entry| entry.key.time);
        let fresh = self.fresh.peek().map(|Reverse(entry)| entry.key.time);
        match (near, fresh) {
            (Some(near), Some(fresh)) => Some(near.min(fresh)),
            (None, None) => self.first_slot().map(|(_, _, start)| start),
            (near, fresh) => near.or(fresh),
        }
    }

    /// The level, number and first nanosecond of the earliest slot that holds anything.
    fn first_slot(&self) -> Option<(usize, usize, u64)> {
        let mut levels = self.levels.iter().enumerate();
        let (level, slot) = levels.find_map(|(level, slots)| slots.first_occupied().map(|slot| (level, slot)))?;
        let shift = 8 * level as u32;
        // All bytes above this level are those of the base.
        let above = if shift == 56 { 0 } else { self.base >> (shift + 8) << (shift + 8) };
        Some((level, slot, above | (slot as u64) << shift))
    }

    /// How many entries wait.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether none waits.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Keeps the entries that `keep` accepts. It costs a pass over all of them.
    pub fn retain(&mut self, mut keep: impl FnMut(&Entry) -> bool) {
        let mut kept = 0;
        let mut count = |entry: &Entry| {
            let keep = keep(entry);
            kept += usize::from(keep);
            keep
        };
        self.near.retain(&mut count);
        self.fresh.retain(|Reverse(entry)| count(entry));
        let (base, levels, pool) = (self.base, &mut self.levels, &mut self.pool);
        let mut rest = Vec::new();
        for level in levels.iter_mut() {
            while let Some(slot) = level.first_occupied() {
                let bag = level.take(slot);
                pool.drain(bag, |_, entry| rest.extend(count(&entry).then_some(entry)));
            }
        }
        rest.into_iter().for_each(|entry| place(levels, pool, base, entry));
        self.len = kept;
    }

    /// Bytes of memory.
    pub fn memory_bytes(&self) -> usize {
        let lists = (self.near.capacity() + self.fresh.capacity()) * size_of::<Entry>();
        lists + size_of::<Level>() * LEVELS + self.pool.memory_bytes()
    }
}

/// Puts an entry that is not earlier than `base` where it belongs.
#[inline]
fn place(levels: &mut [Level; LEVELS], pool: &mut Pool, base: u64, entry: Entry) {
    let difference = entry.key.time ^ base;
    let level = (63 - (difference | 1).leading_zeros()) / 8;
    let slot = (entry.key.time >> (8 * level)) as usize & 255;
    let level = &mut levels[level as usize & (LEVELS - 1)];
    let bag = &mut level.bags[slot];
    if bag.is_empty() {
        level.occupied[slot / 64] |= 1 << (slot % 64);
    }
    pool.add(bag, entry);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::queue::Heap;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Action {
        Push { delay: u64, rest: u64 },
        Pop,
        PopUntil { ahead: u64 },
        Retain { modulus: u32 },
    }

    /// Delays of every magnitude, so that every level is used, with many ties.
    fn delays() -> impl Strategy<Value = u64> {
        (0u32..63, any::<u64>()).prop_map(|(bits, value)| value & ((1 << bits) - 1))
    }

    fn actions() -> impl Strategy<Value = Vec<Action>> {
        let push = (delays(), 0u64..4).prop_map(|(delay, rest)| Action::Push { delay, rest });
        let until = delays().prop_map(|ahead| Action::PopUntil { ahead });
        let retain = (2u32..5).prop_map(|modulus| Action::Retain { modulus });
        let one = prop_oneof![8 => push, 6 => Just(Action::Pop), 2 => until, 1 => retain];
        prop::collection::vec(one, 0..600)
    }

    struct Pair {
        wheel: Wheel,
        heap: Heap,
        now: u64,
        pushed: u32,
    }

    impl Pair {
        fn push(&mut self, delay: u64, rest: u64) {
            let time = self.now.saturating_add(delay);
            // The slot makes keys distinct in content; equal keys are told apart by it in both queues.
            let key = Key { time, rest: rest << 32 | u64::from(self.pushed) };
            let entry = Entry { key, slot: self.pushed };
            self.pushed += 1;
            self.wheel.push(entry);
            self.heap.push(entry);
        }

        fn pop(&mut self, limit: u64) -> Result<bool, TestCaseError> {
            let (got, expected) = (self.wheel.pop_until(limit), self.heap.pop_until(limit));
            prop_assert_eq!(got, expected);
            prop_assert_eq!(self.wheel.len(), self.heap.len());
            self.now = got.map_or(self.now, |entry| entry.key.time);
            Ok(got.is_some())
        }

        fn retain(&mut self, modulus: u32) {
            self.wheel.retain(|entry| entry.slot % modulus != 0);
            let mut rest = Heap::default();
            while let Some(entry) = self.heap.pop_until(u64::MAX) {
                if entry.slot % modulus != 0 {
                    rest.push(entry);
                }
            }
            self.heap = rest;
        }
    }

    fn run(actions: Vec<Action>) -> Result<(), TestCaseError> {
        let mut pair = Pair { wheel: Wheel::default(), heap: Heap::default(), now: 0, pushed: 0 };
        for action in actions {
            match action {
                Action::Push { delay, rest } => pair.push(delay, rest),
                Action::Pop => drop(pair.pop(u64::MAX)?),
                Action::PopUntil { ahead } => {
                    let limit = pair.now.saturating_add(ahead);
                    pair.pop(limit)?;
                }
                Action::Retain { modulus } => pair.retain(modulus),
            }
        }
        while pair.pop(u64::MAX)? {}
        prop_assert!(pair.wheel.is_empty());
        Ok(())
    }

    proptest! {
        #[test]
        fn the_wheel_gives_what_the_heap_gives(actions in actions()) {
            run(actions)?;
        }

        /// Slots above the sorting limit are dealt out to the levels below.
        #[test]
        fn crowded_slots_keep_the_order(delays in prop::collection::vec(0u64..100_000, 300..900)) {
            run(delays.into_iter().map(|delay| Action::Push { delay, rest: 0 }).collect())?;
        }
    }

    /// After a look that found nothing within its limit, an earlier entry may still come.
    #[test]
    fn an_entry_may_be_pushed_before_one_that_was_looked_at() {
        let mut pair = Pair { wheel: Wheel::default(), heap: Heap::default(), now: 0, pushed: 0 };
        pair.push(1 << 40, 0);
        assert!(!pair.pop(1 << 20).unwrap());
        pair.push(1 << 30, 0);
        pair.push(5, 0);
        while pair.pop(u64::MAX).unwrap() {}
        assert_eq!(pair.pushed, 3);
    }

    /// The same where the look dealt a crowded slot out and moved the base beyond what it found.
    #[test]
    fn an_entry_may_be_pushed_before_a_slot_that_was_dealt_out() {
        let mut pair = Pair { wheel: Wheel::default(), heap: Heap::default(), now: 0, pushed: 0 };
        let start = 2 << 16;
        (0..2 * SORTED as u64).for_each(|i| pair.push(start + 300 + i % 7, i));
        assert!(!pair.pop(start + 20).unwrap());
        [5, start - 1, start, start + 1, start + 21].into_iter().for_each(|time| pair.push(time, 0));
        while pair.pop(u64::MAX).unwrap() {}
        assert!(pair.wheel.is_empty());
    }

    #[test]
    fn the_end_of_time_is_an_ordinary_time() {
        let mut pair = Pair { wheel: Wheel::default(), heap: Heap::default(), now: 0, pushed: 0 };
        pair.push(u64::MAX, 1);
        pair.push(u64::MAX - 1, 0);
        pair.push(u64::MAX, 0);
        while pair.pop(u64::MAX).unwrap() {}
    }
}
