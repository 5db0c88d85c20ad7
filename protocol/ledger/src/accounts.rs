//! The accounts of the owners that a node has heard of: found by identity at one look, listed in the order of identities.
//!
//! Every block is looked up several times, and in a large world each look at a node's memory is a look at cold memory: a
//! tree touches a path of nodes with eleven keys each. Here it is a word of a table, which says where in a list the account is, and
//! the account; a runtime that looks ahead reads both in passes of their own, so that no word is waited for alone.
//! The hash is fast and has no secret. An identity has an account only when something that it has signed was verified, so who
//! wants n owners at one place of the table makes about n · places keys that sign; each look there then costs n steps.

use std::collections::BTreeSet;
use std::hash::BuildHasher as _;
use std::ops::RangeInclusive;

use contract::PeerId;

use crate::account::Account;
use crate::places::Places;

/// Accounts by owner.
#[derive(Clone, Debug, Default)]
pub(crate) struct Accounts(Option<Box<Known>>);

#[derive(Clone, Debug, Default)]
struct Known {
    places: Places,
    /// In no order.
    list: Vec<(PeerId, Account)>,
    /// The owners that are in the list.
    order: BTreeSet<PeerId>,
}

/// Of the end of an identity, where stand-ins are numbered; of a key, each part is as good as another.
fn hash(owner: &PeerId) -> u64 {
    let end = owner.as_bytes().last_chunk().map_or(0, |end| u64::from_be_bytes(*end));
    rustc_hash::FxBuildHasher.hash_one(end)
}

impl Known {
    fn place(&self, owner: &PeerId) -> Option<usize> {
        self.places.find(hash(owner), |place| self.list[place].0 == *owner)
    }

    /// Adds an owner, and gives its place.
    fn add(&mut self, owner: PeerId) -> usize {
        let place = self.list.len();
        self.places.enter(hash(&owner), place, |place| hash(&self.list[place].0));
        self.list.push((owner, Account::default()));
        self.order.insert(owner);
        place
    }

    fn remove(&mut self, owner: &PeerId) {
        let Some(place) = self.place(owner) else { return };
        self.order.remove(owner);
        self.places.remove(hash(owner), place, |place| hash(&self.list[place].0));
        self.list.swap_remove(place);
        if let Some((moved, _)) = self.list.get(place) {
            // It was the last one.
            self.places.moved(hash(moved), self.list.len(), place);
        }
    }
}

impl Accounts {
    pub(crate) fn get(&self, owner: &PeerId) -> Option<&Account> {
        let known = self.0.as_ref()?;
        Some(&known.list[known.place(owner)?].1)
    }

    pub(crate) fn get_mut(&mut self, owner: &PeerId) -> Option<&mut Account> {
        let known = self.0.as_mut()?;
        let place = known.place(owner)?;
        Some(&mut known.list[place].1)
    }

    pub(crate) fn contains(&self, owner: &PeerId) -> bool {
        self.get(owner).is_some()
    }

    /// The account of an owner, an empty one if there was none.
    pub(crate) fn open(&mut self, owner: PeerId) -> &mut Account {
        let known = self.0.get_or_insert_default();
        let place = known.place(&owner).unwrap_or_else(|| known.add(owner));
        &mut known.list[place].1
    }

    pub(crate) fn remove(&mut self, owner: &PeerId) {
        if let Some(known) = &mut self.0 {
            known.remove(owner);
        }
    }

    /// Those of the owners in a range, in ascending order.
    pub(crate) fn range(&self, range: RangeInclusive<PeerId>) -> impl Iterator<Item = (PeerId, &Account)> {
        let known = self.0.as_deref().into_iter();
        known.flat_map(move |known| {
            known.order.range(range.clone()).filter_map(move |owner| Some((*owner, &known.list[known.place(owner)?].1)))
        })
    }

    /// How many there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |known| known.list.len())
    }

    /// Reads where the table and the list are.
    pub(crate) fn touch(&self) -> u64 {
        self.0.as_ref().map_or(0, |known| known.places.touch() ^ known.list.len() as u64)
    }

    /// Reads the word where a search for an owner begins.
    pub(crate) fn touch_word(&self, owner: &PeerId) -> u64 {
        self.0.as_ref().map_or(0, |known| known.places.touch_word(hash(owner)))
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
