//! The timers of one node: which are set, and the event that waits for each.
//!
//! The event says only whose timer it is. Which one is found here, so that a timer that names a peer, as the ledger's do, is
//! kept once, and an event in flight stays as small as a message allows. Few timers are a sorted list: a tree's first node has
//! room for eleven entries, which would cost a million idle nodes with one timer each half a kilobyte apiece.

use std::collections::BTreeMap;

/// The most entries of a list.
const LIST_MAX: usize = 32;

/// Timers by name and by the number of their event.
#[derive(Clone, Debug)]
pub(crate) enum Timers<T> {
    /// Sorted by timer.
    Few(Vec<(T, u32)>),
    Many(Box<Many<T>>),
}

#[derive(Clone, Debug)]
pub(crate) struct Many<T> {
    slots: BTreeMap<T, u32>,
    timers: BTreeMap<u32, T>,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Timers::Few(Vec::new())
    }
}

impl<T: Ord + Copy> Timers<T> {
    /// Sets a timer, and gives the number of the event that waited for it before.
    pub(crate) fn set(&mut self, timer: T, slot: u32) -> Option<u32> {
        let list = match self {
            Timers::Many(many) => return many.set(timer, slot),
            Timers::Few(list) => list,
        };
        match list.binary_search_by(|(other, _)| other.cmp(&timer)) {
            Ok(place) => return Some(std::mem::replace(&mut list[place].1, slot)),
            Err(place) => {
                list.reserve_exact(1);
                list.insert(place, (timer, slot));
            }
        }
        if list.len() > LIST_MAX {
            let mut many = Many { slots: BTreeMap::new(), timers: BTreeMap::new() };
            for (timer, slot) in list {
                many.set(*timer, *slot);
            }
            *self = Timers::Many(Box::new(many));
        }
        None
    }

    /// Cancels a timer, and gives the number of its event.
    pub(crate) fn cancel(&mut self, timer: &T) -> Option<u32> {
        match self {
            Timers::Few(list) => {
                let place = list.binary_search_by(|(other, _)| other.cmp(timer)).ok()?;
                Some(list.remove(place).1)
            }
            Timers::Many(many) => {
                let slot = many.slots.remove(timer)?;
                many.timers.remove(&slot);
                Some(slot)
            }
        }
    }

    /// The timer whose event has come; it is not set any more.
    pub(crate) fn fire(&mut self, slot: u32) -> Option<T> {
        match self {
            Timers::Few(list) => {
                let place = list.iter().position(|(_, other)| *other == slot)?;
                Some(list.remove(place).0)
            }
            Timers::Many(many) => {
                let timer = many.timers.remove(&slot)?;
                many.slots.remove(&timer);
                Some(timer)
            }
        }
    }

    /// How many are set.
    pub(crate) fn len(&self) -> usize {
        match self {
            Timers::Few(list) => list.len(),
            Timers::Many(many) => many.slots.len(),
        }
    }

    /// Reads what the next change will look at, and does nothing else. What it returns means nothing.
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        match self {
            Timers::Few(list) => list.first().map_or(0, |(_, slot)| u64::from(*slot)),
            Timers::Many(many) => many.slots.len() as u64,
        }
    }

    /// The numbers of their events, in ascending order.
    pub(crate) fn slots(&self) -> Vec<u32> {
        let mut slots: Vec<u32> = match self {
            Timers::Few(list) => list.iter().map(|(_, slot)| *slot).collect(),
            Timers::Many(many) => many.timers.keys().copied().collect(),
        };
        slots.sort_unstable();
        slots
    }

    /// Bytes on the heap, roughly where they are many.
    pub(crate) fn memory_bytes(&self) -> usize {
        match self {
            Timers::Few(list) => list.capacity() * size_of::<(T, u32)>(),
            Timers::Many(many) => size_of::<Many<T>>() + 2 * many.slots.len() * size_of::<(T, u32)>(),
        }
    }
}

impl<T: Ord + Copy> Many<T> {
    fn set(&mut self, timer: T, slot: u32) -> Option<u32> {
        let before = self.slots.insert(timer, slot);
        if let Some(before) = before {
            self.timers.remove(&before);
        }
        self.timers.insert(slot, timer);
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_hold_what_a_tree_holds(changes in prop::collection::vec((0u8..60, 0u8..4), 0..300)) {
            let (mut timers, mut tree) = (Timers::default(), BTreeMap::new());
            for (slot, (timer, change)) in (0..).zip(changes) {
                match change {
                    0 => prop_assert_eq!(timers.cancel(&timer), tree.remove(&timer)),
                    1 => {
                        if let Some((timer, slot)) = tree.pop_first() {
                            prop_assert_eq!(timers.fire(slot), Some(timer));
                            prop_assert_eq!(timers.fire(slot), None);
                        }
                    }
                    _ => {
                        prop_assert_eq!(timers.set(timer, slot), tree.insert(timer, slot));
                    }
                }
                prop_assert_eq!(timers.len(), tree.len());
                let mut slots: Vec<u32> = tree.values().copied().collect();
                slots.sort_unstable();
                prop_assert_eq!(timers.slots(), slots);
            }
        }
    }
}
