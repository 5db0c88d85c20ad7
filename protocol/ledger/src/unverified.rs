//! The credits of one chain that are not verified yet, by position, and their sum.
//!
//! In a flood a credit comes right behind the payment that it refers to, and is verified in the step that brings it. So one
//! has its place here, where the sum is; only further ones go into a tree.

use std::collections::BTreeMap;

use contract::Amount;

/// The credits that are not verified: half a line of the cache.
#[derive(Clone, Debug)]
pub(crate) struct Unverified {
    /// The sum of all in micro-units. Each is part of a claimed balance, so it fits.
    sum: u64,
    /// One of them: its position, [`NONE`] if all are in the tree, and its amount.
    one: (u64, Amount),
    /// The others: one word, as long as there are none.
    more: Option<Box<More>>,
}

type More = BTreeMap<u64, Amount>;

/// Where no block stands: a chain never gets so long.
const NONE: u64 = u64::MAX;

impl Default for Unverified {
    fn default() -> Self {
        Unverified { sum: 0, one: (NONE, Amount::ZERO), more: None }
    }
}

impl Unverified {
    /// Adds the credit at a position that has none.
    pub(crate) fn insert(&mut self, sequence: u64, amount: Amount) {
        self.sum += amount.as_micro();
        if self.one.0 == NONE {
            self.one = (sequence, amount);
        } else {
            self.more.get_or_insert_default().insert(sequence, amount);
        }
    }

    /// Takes out the one beside the tree, if `gone` says so of its position.
    fn take_one(&mut self, gone: impl FnOnce(u64) -> bool) -> Option<Amount> {
        let (place, amount) = self.one;
        let taken = place != NONE && gone(place);
        if taken {
            self.one = (NONE, Amount::ZERO);
        }
        taken.then_some(amount)
    }

    /// Takes out the credit at a position, if there is one.
    pub(crate) fn remove(&mut self, sequence: u64) {
        let one = self.take_one(|place| place == sequence);
        let amount = one.or_else(|| self.more.as_mut()?.remove(&sequence));
        self.sum -= amount.map_or(0, Amount::as_micro);
    }

    /// Takes out those from position `length` on.
    pub(crate) fn truncate(&mut self, length: u64) {
        let one = self.take_one(|place| place >= length);
        let more = self.more.as_mut().map(|more| more.split_off(&length)).unwrap_or_default();
        self.sum -= more.into_values().chain(one).map(Amount::as_micro).sum::<u64>();
    }

    fn one(&self) -> Option<(u64, Amount)> {
        (self.one.0 != NONE).then_some(self.one)
    }

    /// Whether there is one at a position.
    pub(crate) fn contains(&self, sequence: u64) -> bool {
        let more = || self.more.as_ref().is_some_and(|more| more.contains_key(&sequence));
        self.one().is_some_and(|(place, _)| place == sequence) || more()
    }

    /// The sum of all, in micro-units.
    pub(crate) const fn sum(&self) -> u64 {
        self.sum
    }

    /// The sum of those up to a position and at it, in micro-units. O(1) but for those behind it.
    pub(crate) fn sum_until(&self, sequence: u64) -> u64 {
        let one = self.one().filter(|(place, _)| *place > sequence).map(|(_, amount)| amount);
        let more = self.more.iter().flat_map(|more| more.range(sequence.saturating_add(1)..));
        self.sum - one.into_iter().chain(more.map(|(_, amount)| *amount)).map(Amount::as_micro).sum::<u64>()
    }

    /// Their positions, ascending.
    pub(crate) fn positions(&self) -> Vec<u64> {
        let more = self.more.iter().flat_map(|more| more.keys().copied());
        let mut positions: Vec<u64> = self.one().map(|(place, _)| place).into_iter().chain(more).collect();
        positions.sort_unstable();
        positions
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Change {
        Insert(u64),
        Remove(u64),
        Truncate(u64),
    }

    fn changes() -> impl Strategy<Value = Vec<Change>> {
        let change = prop_oneof![
            4 => (0u64..12).prop_map(Change::Insert),
            3 => (0u64..12).prop_map(Change::Remove),
            1 => (0u64..14).prop_map(Change::Truncate),
        ];
        prop::collection::vec(change, 0..60)
    }

    proptest! {
        #[test]
        fn they_are_those_of_a_tree(changes in changes()) {
            let (mut unverified, mut tree) = (Unverified::default(), BTreeMap::new());
            for change in changes {
                match change {
                    Change::Insert(place) if !tree.contains_key(&place) => {
                        tree.insert(place, 1 << place);
                        unverified.insert(place, Amount::from_micro(1 << place));
                    }
                    Change::Insert(_) => {}
                    Change::Remove(place) => {
                        tree.remove(&place);
                        unverified.remove(place);
                    }
                    Change::Truncate(length) => {
                        tree.split_off(&length);
                        unverified.truncate(length);
                    }
                }
                prop_assert_eq!(unverified.positions(), tree.keys().copied().collect::<Vec<_>>());
                prop_assert_eq!(unverified.sum(), tree.values().sum::<u64>());
                for place in 0..14 {
                    prop_assert_eq!(unverified.contains(place), tree.contains_key(&place));
                    prop_assert_eq!(unverified.sum_until(place), tree.range(..=place).map(|(_, sum)| sum).sum::<u64>());
                }
            }
        }
    }
}
