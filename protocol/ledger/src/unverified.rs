//! The credits of one chain that are not verified yet, by position, and their sum.
//!
//! In a flood a credit comes right behind the payment that it refers to, and is verified in the step that brings it. So one
//! has its place here, where the sum is; only further ones go into a tree.

use std::collections::BTreeMap;

use contract::Amount;

/// The credits that are not verified.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unverified {
    /// The sum of all in micro-units. Each is part of a claimed balance, so it fits.
    sum: u64,
    /// One of them, if there are any outside the tree: its position and its amount.
    one: Option<(u64, Amount)>,
    /// The others.
    more: BTreeMap<u64, Amount>,
}

impl Unverified {
    /// Adds the credit at a position that has none.
    pub(crate) fn insert(&mut self, sequence: u64, amount: Amount) {
        self.sum += amount.as_micro();
        match self.one {
            None => self.one = Some((sequence, amount)),
            Some(_) => drop(self.more.insert(sequence, amount)),
        }
    }

    /// Takes out the credit at a position, if there is one.
    pub(crate) fn remove(&mut self, sequence: u64) {
        let amount = match self.one.take_if(|(place, _)| *place == sequence) {
            Some((_, amount)) => Some(amount),
            None => self.more.remove(&sequence),
        };
        self.sum -= amount.map_or(0, Amount::as_micro);
    }

    /// Takes out those from position `length` on.
    pub(crate) fn truncate(&mut self, length: u64) {
        let one = self.one.take_if(|(place, _)| *place >= length);
        let gone = self.more.split_off(&length).into_values().chain(one.map(|(_, amount)| amount));
        self.sum -= gone.map(Amount::as_micro).sum::<u64>();
    }

    /// Whether there is one at a position.
    pub(crate) fn contains(&self, sequence: u64) -> bool {
        self.one.is_some_and(|(place, _)| place == sequence) || self.more.contains_key(&sequence)
    }

    /// The sum of all, in micro-units.
    pub(crate) const fn sum(&self) -> u64 {
        self.sum
    }

    /// The sum of those up to a position and at it, in micro-units. O(1) but for those behind it.
    pub(crate) fn sum_until(&self, sequence: u64) -> u64 {
        let one = self.one.iter().filter(|(place, _)| *place > sequence).map(|(_, amount)| amount);
        let more = self.more.range(sequence.saturating_add(1)..).map(|(_, amount)| amount);
        self.sum - one.chain(more).map(|amount| amount.as_micro()).sum::<u64>()
    }

    /// Their positions, ascending.
    pub(crate) fn positions(&self) -> Vec<u64> {
        let mut positions: Vec<u64> =
            self.one.iter().map(|(place, _)| *place).chain(self.more.keys().copied()).collect();
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
