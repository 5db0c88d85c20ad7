//! The accounts of the owners that a node has heard of: found by identity at one look, listed in the order of identities.
//!
//! Every block is looked up several times, and in a large world each look at a node's memory is a look at cold memory: a
//! tree touches a path of nodes with eleven keys each, a table one line and the account. The hash is fast and
//! has no secret. An identity has an account only when something that it has signed was verified, so who wants n owners in
//! one place of the table makes about n · places keys that sign; each look at that place then costs n / 16 steps.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use contract::PeerId;

use crate::account::Account;

#[expect(clippy::disallowed_types, reason = "looked up by identity, never iterated: the order is beside it")]
type Table = std::collections::HashMap<PeerId, Account, rustc_hash::FxBuildHasher>;

/// Accounts by owner.
#[derive(Clone, Debug, Default)]
pub(crate) struct Accounts(Option<Box<Known>>);

#[derive(Clone, Debug, Default)]
struct Known {
    table: Table,
    /// The owners that are in the table.
    order: BTreeSet<PeerId>,
}

impl Accounts {
    pub(crate) fn get(&self, owner: &PeerId) -> Option<&Account> {
        self.0.as_ref()?.table.get(owner)
    }

    pub(crate) fn get_mut(&mut self, owner: &PeerId) -> Option<&mut Account> {
        self.0.as_mut()?.table.get_mut(owner)
    }

    pub(crate) fn contains(&self, owner: &PeerId) -> bool {
        self.get(owner).is_some()
    }

    /// The account of an owner, an empty one if there was none.
    pub(crate) fn open(&mut self, owner: PeerId) -> &mut Account {
        let Known { table, order } = &mut **self.0.get_or_insert_default();
        table.entry(owner).or_insert_with(|| {
            order.insert(owner);
            Account::default()
        })
    }

    pub(crate) fn remove(&mut self, owner: &PeerId) {
        if let Some(known) = &mut self.0 {
            known.table.remove(owner);
            known.order.remove(owner);
        }
    }

    /// Those of the owners in a range, in ascending order.
    pub(crate) fn range(&self, range: RangeInclusive<PeerId>) -> impl Iterator<Item = (PeerId, &Account)> {
        let known = self.0.as_deref().into_iter();
        known.flat_map(move |Known { table, order }| {
            order.range(range.clone()).filter_map(move |owner| Some((*owner, table.get(owner)?)))
        })
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |known| known.table.len())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_are_found_and_listed_as_in_a_tree(
            changes in prop::collection::vec((0u64..20, any::<bool>()), 0..80), bounds in (0u64..20, 0u64..20),
        ) {
            let (mut accounts, mut tree) = (Accounts::default(), BTreeSet::new());
            for (number, opens) in changes {
                let owner = PeerId::simulated(number);
                if opens {
                    accounts.open(owner);
                    tree.insert(owner);
                } else {
                    accounts.remove(&owner);
                    tree.remove(&owner);
                }
                prop_assert_eq!((accounts.len(), accounts.contains(&owner)), (tree.len(), opens));
            }
            let (first, last) = (bounds.0.min(bounds.1), bounds.0.max(bounds.1));
            let range = PeerId::simulated(first)..=PeerId::simulated(last);
            let listed: Vec<PeerId> = accounts.range(range.clone()).map(|(owner, _)| owner).collect();
            prop_assert_eq!(listed, tree.range(range).copied().collect::<Vec<_>>());
        }
    }
}
