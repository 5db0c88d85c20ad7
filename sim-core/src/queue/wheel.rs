//! The event queue: a monotone radix wheel with 256 slots a level.
//!
//! An entry lies at the level of the highest byte in which its time differs from the base, in the slot of that byte.
//! When the entries at hand run out, the earliest slot is opened: one with few entries is sorted and used up, a crowded one is
//! dealt out to the levels below. Entries that are pushed behind the opened slot's end meanwhile wait in a small heap;
//! if that grows, the slot was opened too early, and all at hand goes back into the levels. There is nothing to
//! tune, and the order is exact.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Entry;
use super::pool::{Bag, Pool};
use crate::key::Key;

const LEVELS: usize = 8;
/// A slot of at most this many entries is sorted, whatever its level.
const FEW: usize = 64;
/// A slot of at most this many entries is sorted if it is short.
const MANY: usize = 16_384;
/// Slots of this level and below are short: 2¹⁶ ns.
const SHORT: usize = 2;
/// As many entries in the heap say that the opened slot is too long.
const CROWD: usize = 512;
/// At most as many of the coming entries are shown ahead: what they refer to should stay in the fastest cache until it is
/// used.
pub const AHEAD: usize = 32;

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
    /// The opened slot, in order; those before `at` were popped.
    near: Vec<Entry>,
    at: usize,
    /// Those before were shown ahead.
    shown: usize,
    /// What was pushed into the opened slot's time after it was sorted.
    fresh: BinaryHeap<Reverse<Entry>>,
    /// The last nanosecond that belongs to `near` and `fresh`; later entries lie in the levels.
    near_last: u64,
    /// Where the levels' times are counted from. Every entry in the levels is later.
    base: u64,
    levels: Box<[Level; LEVELS]>,
    pool: Pool,
    len: usize,
    /// Entries of a slot before they are sorted.
    unsorted: Vec<Entry>,
}

impl Default for Wheel {
    fn default() -> Self {
        Wheel {
            near: Vec::new(),
            at: 0,
            shown: 0,
            fresh: BinaryHeap::new(),
            near_last: 0,
            base: 0,
            levels: Box::new([Level::EMPTY; LEVELS]),
            pool: Pool::default(),
            len: 0,
            unsorted: Vec::new(),
        }
    }
}

impl Wheel {
    /// Adds an entry. It may be earlier than entries that were looked at, but not than one that was popped.
    #[inline]
    pub fn push(&mut self, entry: Entry) {
        self.len += 1;
        if entry.key.time > self.near_last {
            place(&mut self.levels, &mut self.pool, self.base, entry);
        } else {
            self.push_near(entry.key.time, entry.key.rest, entry.slot);
        }
    }

    /// Takes the entry in parts, so that a caller keeps them in registers.
    #[cold]
    fn push_near(&mut self, time: u64, rest: u64, slot: u32) {
        self.fresh.push(Reverse(Entry { key: Key { time, rest }, slot }));
        // Twice what is left of the slot, so that what cannot be put back is not looked at again and again.
        if self.fresh.len() > CROWD.max(2 * (self.near.len() - self.at)) {
            self.put_back();
        }
    }

    /// Takes the earliest entry, if it is not later than `limit` nanoseconds.
    pub fn pop_until(&mut self, limit: u64) -> Option<Entry> {
        self.pop_with(limit, |_| ())
    }

    /// Takes the earliest entry, if it is not later than `limit` nanoseconds. Now and then `ahead` sees some of the entries
    /// that will come next: a caller reads what they refer to, so that the cache misses of many events overlap instead of
    /// following one another.
    #[inline]
    pub fn pop_with(&mut self, limit: u64, ahead: impl FnOnce(&[Entry])) -> Option<Entry> {
        if self.at == self.shown {
            if self.at == self.near.len() && self.fresh.is_empty() && !self.open_next_slot(limit) {
                return None;
            }
            self.shown = self.near.len().min(self.at + AHEAD);
            ahead(&self.near[self.at..self.shown]);
        }
        if !self.fresh.is_empty() {
            return self.pop_either(limit);
        }
        let entry = *self.near.get(self.at).filter(|entry| entry.key.time <= limit)?;
        self.at += 1;
        self.len -= 1;
        Some(entry)
    }

    /// The same where the earliest entry may be in the heap.
    #[inline(never)]
    fn pop_either(&mut self, limit: u64) -> Option<Entry> {
        let near = self.near.get(self.at).map_or(u128::MAX, |entry| entry.key.packed());
        let fresh = self.fresh.peek_mut().filter(|fresh| fresh.0.key.packed() < near);
        let key = fresh.as_ref().map_or(near, |fresh| fresh.0.key.packed());
        if (key >> 64) as u64 > limit {
            return None;
        }
        self.len -= 1;
        if let Some(fresh) = fresh {
            return Some(std::collections::binary_heap::PeekMut::pop(fresh).0);
        }
        self.at += 1;
        Some(self.near[self.at - 1])
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
            if bag.len() <= FEW || level == 0 || (level <= SHORT && bag.len() <= MANY) {
                self.near_last = start | ((1u64 << shift) - 1);
                if self.near.capacity() > 2 * MANY {
                    // One nanosecond had so many; their room is not kept.
                    self.near = Vec::new();
                }
                self.unsorted.clear();
                self.pool.drain_into(bag, &mut self.unsorted);
                sort_into(&mut self.unsorted, &mut self.near, shift.saturating_sub(8));
                (self.at, self.shown) = (0, 0);
                return true;
            }
            let levels = &mut self.levels;
            self.pool.drain(bag, |pool, entries| {
                entries.iter().for_each(|entry| place(levels, pool, start, *entry));
            });
            // The levels count from `start` now. Nothing waits before it, but something may still be pushed there.
            self.near_last = self.near_last.max(start.saturating_sub(1));
        }
    }

    /// Puts all at hand back into the levels, except for its earliest nanosecond and what is earlier than their base.
    #[cold]
    fn put_back(&mut self) {
        let fresh = std::mem::take(&mut self.fresh).into_vec();
        self.unsorted.clear();
        self.unsorted.extend(self.near.drain(..).skip(self.at));
        self.unsorted.extend(fresh.into_iter().map(|Reverse(entry)| entry));
        (self.at, self.shown) = (0, 0);
        let earliest = self.unsorted.iter().map(|entry| entry.key.time).min().unwrap_or(self.near_last);
        self.near_last = earliest.max(self.base.saturating_sub(1));
        for entry in &self.unsorted {
            if entry.key.time > self.near_last {
                place(&mut self.levels, &mut self.pool, self.base, *entry);
            } else {
                self.near.push(*entry);
            }
        }
        self.near.sort_unstable_by_key(|entry| entry.key.packed());
    }

    /// A time, in nanoseconds, before which no entry is due; none if there is no entry.
    pub fn not_before(&self) -> Option<u64> {
        let near = self.near.get(self.at).map(|entry| entry.key.time);
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
        self.near.drain(..self.at);
        self.near.retain(&mut count);
        (self.at, self.shown) = (0, 0);
        self.fresh.retain(|Reverse(entry)| count(entry));
        let (base, levels, pool) = (self.base, &mut self.levels, &mut self.pool);
        let mut rest = Vec::new();
        for level in levels.iter_mut() {
            while let Some(slot) = level.first_occupied() {
                let bag = level.take(slot);
                pool.drain(bag, |_, entries| rest.extend(entries.iter().filter(|entry| count(entry))));
            }
        }
        rest.into_iter().for_each(|entry| place(levels, pool, base, entry));
        self.len = kept;
    }

    /// Bytes of memory.
    pub fn memory_bytes(&self) -> usize {
        let lists = self.near.capacity() + self.fresh.capacity() + self.unsorted.capacity();
        lists * size_of::<Entry>() + size_of::<Level>() * LEVELS + self.pool.memory_bytes()
    }
}

/// Puts an entry that is not earlier than `base` where it belongs.
#[inline]
fn place(levels: &mut [Level; LEVELS], pool: &mut Pool, base: u64, entry: Entry) {
    let difference = entry.key.time ^ base;
    let level = (63 - (difference | 1).leading_zeros()) / 8;
    let slot = (entry.key.time >> (8 * level)) as usize & 255;
    let level = &mut levels[level as usize & (LEVELS - 1)];
    level.occupied[slot / 64] |= 1 << (slot % 64);
    pool.add(&mut level.bags[slot], entry);
}

/// Fewer entries are sorted as fast without counting.
const COUNTED: usize = 96;
/// As many entries with the same byte are a crowd.
const EQUALS: u32 = 32;

/// Sorts `unsorted` into `sorted`. Their times differ below bit `shift` + 8 only.
fn sort_into(unsorted: &mut Vec<Entry>, sorted: &mut Vec<Entry>, shift: u32) {
    if !(COUNTED..=MANY).contains(&unsorted.len()) {
        unsorted.sort_unstable_by_key(|entry| entry.key.packed());
        std::mem::swap(unsorted, sorted);
        return;
    }
    // One pass of a radix sort, on the highest byte that differs.
    let byte = |entry: &Entry| (entry.key.time >> shift) as usize & 255;
    let mut next = [0u32; 256];
    unsorted.iter().for_each(|entry| next[byte(entry)] += 1);
    let (mut sum, mut most) = (0, 0);
    for count in &mut next {
        most = most.max(*count);
        sum += std::mem::replace(count, sum);
    }
    sorted.resize(unsorted.len(), Entry::default());
    for entry in unsorted.iter() {
        let place = &mut next[byte(entry)];
        sorted[*place as usize] = *entry;
        *place += 1;
    }
    if most > EQUALS {
        // Each place is the end of its byte now.
        let mut start = 0;
        for end in next {
            sorted[start..end as usize].sort_unstable_by_key(|entry| entry.key.packed());
            start = end as usize;
        }
    } else {
        insertion_sort(sorted);
    }
}

/// Sorts entries that are close to their places.
fn insertion_sort(entries: &mut [Entry]) {
    for i in 1..entries.len() {
        let (entry, mut hole) = (entries[i], i);
        while hole > 0 && entries[hole - 1].key.packed() > entry.key.packed() {
            entries[hole] = entries[hole - 1];
            hole -= 1;
        }
        entries[hole] = entry;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let mut pair = Pair::new();
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
    }

    impl Pair {
        fn new() -> Pair {
            Pair { wheel: Wheel::default(), heap: Heap::default(), now: 0, pushed: 0 }
        }
    }

    /// Pops the earliest entry and pushes one after a delay, again and again: with so many entries that slots are dealt out,
    /// and with delays so short that the heap fills up and is put back.
    #[test]
    fn a_steady_load_of_any_delay_keeps_the_order() {
        let key = contract::Seed::from_number(1).key("wheel");
        for (scale, bits) in [3u64, 8, 14, 17, 22, 30, 40].into_iter().zip(0u64..) {
            let mut pair = Pair::new();
            let delay = |i: u64| 1 + (key.draw(bits, i)[0] >> (64 - scale));
            (0..6_000).for_each(|i| pair.push(delay(i), i % 3));
            for i in 0..20_000 {
                assert!(pair.pop(u64::MAX).unwrap());
                pair.push(delay(6_000 + i), i % 3);
            }
            while pair.pop(u64::MAX).unwrap() {}
        }
    }

    /// What was pushed before a slot that is dealt out already cannot be put back into the levels.
    #[test]
    fn a_crowd_before_a_slot_that_was_dealt_out_keeps_the_order() {
        let mut pair = Pair::new();
        let start = 2 << 24;
        (0..2 * MANY as u64).for_each(|i| pair.push(start + 70_000 + i % 7, i));
        assert!(!pair.pop(start + 20).unwrap());
        (0..3 * CROWD as u64).for_each(|i| pair.push(5 + i * 7_919 % 50_000_000, i % 2));
        while pair.pop(u64::MAX).unwrap() {}
        assert!(pair.wheel.is_empty());
    }

    /// After a look that found nothing within its limit, an earlier entry may still come.
    #[test]
    fn an_entry_may_be_pushed_before_one_that_was_looked_at() {
        let mut pair = Pair::new();
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
        let mut pair = Pair::new();
        let start = 2 << 16;
        (0..2 * MANY as u64).for_each(|i| pair.push(start + 300 + i % 7, i));
        assert!(!pair.pop(start + 20).unwrap());
        [5, start - 1, start, start + 1, start + 21].into_iter().for_each(|time| pair.push(time, 0));
        while pair.pop(u64::MAX).unwrap() {}
        assert!(pair.wheel.is_empty());
    }

    #[test]
    fn the_end_of_time_is_an_ordinary_time() {
        let mut pair = Pair::new();
        pair.push(u64::MAX, 1);
        pair.push(u64::MAX - 1, 0);
        pair.push(u64::MAX, 0);
        while pair.pop(u64::MAX).unwrap() {}
    }
}
