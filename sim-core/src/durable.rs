//! Keys and values on a simulated disk: a sorted list while they are few, a tree when they are many.
//!
//! A million idle nodes have two entries each. A tree node has room for eleven, so a tree alone would cost each of them half
//! a kilobyte.

use std::collections::BTreeMap;

/// The most entries of a list.
const LIST_MAX: usize = 32;

type Bytes = Box<[u8]>;

/// What a disk holds.
#[derive(Clone, Debug)]
pub(crate) enum Durable {
    /// Sorted by key.
    List(Vec<(Bytes, Bytes)>),
    Tree(BTreeMap<Bytes, Bytes>),
}

impl Default for Durable {
    fn default() -> Self {
        Durable::List(Vec::new())
    }
}

impl Durable {
    pub(crate) fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        let (key, value) = (key.into_boxed_slice(), value.into_boxed_slice());
        match self {
            Durable::Tree(tree) => drop(tree.insert(key, value)),
            Durable::List(list) => match list.binary_search_by(|(other, _)| other.cmp(&key)) {
                Ok(place) => list[place].1 = value,
                Err(place) => {
                    list.reserve_exact(1);
                    list.insert(place, (key, value));
                    if list.len() > LIST_MAX {
                        *self = Durable::Tree(std::mem::take(list).into_iter().collect());
                    }
                }
            },
        }
    }

    pub(crate) fn delete(&mut self, key: &[u8]) {
        match self {
            Durable::Tree(tree) => drop(tree.remove(key)),
            Durable::List(list) => list.retain(|(other, _)| **other != *key),
        }
    }

    /// Everything, in the order of the keys.
    pub(crate) fn entries(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let copy = |(key, value): (&Bytes, &Bytes)| (key.to_vec(), value.to_vec());
        match self {
            Durable::List(list) => list.iter().map(|(key, value)| copy((key, value))).collect(),
            Durable::Tree(tree) => tree.iter().map(copy).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_holds_what_a_map_holds(changes in prop::collection::vec((0u8..60, any::<Option<u8>>()), 0..200)) {
            let (mut durable, mut map) = (Durable::default(), BTreeMap::new());
            for (key, value) in changes {
                match value {
                    Some(value) => {
                        durable.put(vec![key], vec![value]);
                        map.insert(vec![key], vec![value]);
                    }
                    None => {
                        durable.delete(&[key]);
                        map.remove(&vec![key]);
                    }
                }
            }
            prop_assert_eq!(durable.entries(), map.into_iter().collect::<Vec<_>>());
        }
    }
}
