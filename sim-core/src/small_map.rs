//! A map that costs little while it is small: a sorted list for a few entries, a tree for many.
//!
//! A million idle nodes have a timer each. A tree's first node has room for eleven entries, so a tree alone would cost each of
//! them half a kilobyte.

use std::borrow::Borrow;
use std::collections::BTreeMap;

/// The most entries of a list.
const LIST_MAX: usize = 32;

/// A sorted map.
#[derive(Clone, Debug)]
pub(crate) enum SmallMap<K, V> {
    /// Sorted by key.
    List(Vec<(K, V)>),
    Tree(BTreeMap<K, V>),
}

impl<K, V> Default for SmallMap<K, V> {
    fn default() -> Self {
        SmallMap::List(Vec::new())
    }
}

impl<K: Ord, V> SmallMap<K, V> {
    /// Sets the value of a key, and gives the former one.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let list = match self {
            SmallMap::Tree(tree) => return tree.insert(key, value),
            SmallMap::List(list) => list,
        };
        match list.binary_search_by(|(other, _)| other.cmp(&key)) {
            Ok(place) => return Some(std::mem::replace(&mut list[place].1, value)),
            Err(place) => {
                list.reserve_exact(1);
                list.insert(place, (key, value));
            }
        }
        if list.len() > LIST_MAX {
            *self = SmallMap::Tree(std::mem::take(list).into_iter().collect());
        }
        None
    }

    /// Removes a key, and gives its value.
    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        match self {
            SmallMap::Tree(tree) => tree.remove(key),
            SmallMap::List(list) => {
                let place = list.binary_search_by(|(other, _)| other.borrow().cmp(key)).ok()?;
                Some(list.remove(place).1)
            }
        }
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            SmallMap::List(list) => list.len(),
            SmallMap::Tree(tree) => tree.len(),
        }
    }

    /// Everything, in the order of the keys.
    pub(crate) fn into_entries(self) -> Vec<(K, V)> {
        match self {
            SmallMap::List(list) => list,
            SmallMap::Tree(tree) => tree.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_holds_what_a_tree_holds(changes in prop::collection::vec((0u8..60, any::<Option<u8>>()), 0..200)) {
            let (mut small, mut tree) = (SmallMap::default(), BTreeMap::new());
            for (key, value) in changes {
                match value {
                    Some(value) => prop_assert_eq!(small.insert(key, value), tree.insert(key, value)),
                    None => prop_assert_eq!(small.remove(&key), tree.remove(&key)),
                }
                prop_assert_eq!(small.len(), tree.len());
            }
            prop_assert_eq!(small.into_entries(), tree.into_iter().collect::<Vec<_>>());
        }
    }
}
