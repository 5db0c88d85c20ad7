//! Writes and durable values in one piece of memory each: length of the key, length of the value, key, value, again and again.
//!
//! A million idle nodes have two values on their disk each. A list of keys and values would cost each of them five
//! allocations, once while they wait for the disk and once when they are there; packed they are one.

use std::collections::BTreeMap;

use contract::Write;

/// Bytes up to which a store is packed. A change copies all of it, which costs less than an allocation or two.
const PACKED_MAX: usize = 1_024;
/// The length of a value that is none: the key is deleted.
const DELETED: u32 = u32::MAX;
const HEAD: usize = 8;

/// Writes in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writes(Vec<u8>);

impl Writes {
    /// Packs them.
    ///
    /// # Panics
    /// If a key or a value has 4 GiB.
    pub(crate) fn of(writes: &[Write]) -> Writes {
        let length = |write: &Write| match write {
            Write::Put { key, value } => HEAD + key.len() + value.len(),
            Write::Delete { key } => HEAD + key.len(),
        };
        let mut bytes = Vec::with_capacity(writes.iter().map(length).sum());
        for write in writes {
            match write {
                Write::Put { key, value } => append(&mut bytes, key, Some(value)),
                Write::Delete { key } => append(&mut bytes, key, None),
            }
        }
        Writes(bytes)
    }

    fn iter(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        Entries(&self.0)
    }
}

/// Values by key.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    /// In the order of the keys, none deleted.
    Packed(Box<[u8]>),
    Tree(BTreeMap<Box<[u8]>, Box<[u8]>>),
}

impl Default for Store {
    fn default() -> Self {
        Store::Packed(Box::default())
    }
}

impl Store {
    /// Carries out writes in their order.
    pub(crate) fn apply(&mut self, writes: &Writes) {
        for (key, value) in writes.iter() {
            self.set(key, value);
        }
    }

    fn set(&mut self, key: &[u8], value: Option<&[u8]>) {
        match self {
            Store::Packed(bytes) => {
                let changed = changed(bytes, key, value);
                if changed.len() <= PACKED_MAX {
                    *bytes = changed.into();
                } else {
                    let entries = Entries(&changed).filter_map(|(key, value)| Some((key.into(), value?.into())));
                    *self = Store::Tree(entries.collect());
                }
            }
            Store::Tree(tree) => match value {
                Some(value) => drop(tree.insert(key.into(), value.into())),
                None => drop(tree.remove(key)),
            },
        }
    }

    /// Everything, in the order of the keys.
    pub(crate) fn entries(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        match self {
            Store::Packed(bytes) => {
                Entries(bytes).filter_map(|(key, value)| Some((key.into(), value?.into()))).collect()
            }
            Store::Tree(tree) => tree.iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect(),
        }
    }
}

/// A packed store with one key set or deleted, exactly as long as it has to be.
fn changed(bytes: &[u8], key: &[u8], value: Option<&[u8]>) -> Vec<u8> {
    // Of what stands before the key, and of what stands behind it.
    let (mut before, mut behind) = (0, 0);
    for (other, value) in Entries(bytes) {
        let length = HEAD + other.len() + value.map_or(0, <[u8]>::len);
        before += if other < key { length } else { 0 };
        behind += if other > key { length } else { 0 };
    }
    let added = value.map_or(0, |value| HEAD + key.len() + value.len());
    let mut changed = Vec::with_capacity(before + added + behind);
    changed.extend_from_slice(&bytes[..before]);
    if value.is_some() {
        append(&mut changed, key, value);
    }
    changed.extend_from_slice(&bytes[bytes.len() - behind..]);
    changed
}

fn append(bytes: &mut Vec<u8>, key: &[u8], value: Option<&[u8]>) {
    let length = |part: &[u8]| {
        let length = u32::try_from(part.len()).ok().filter(|length| *length < DELETED);
        length.expect("a key or a value on a disk has fewer than 4 GiB")
    };
    bytes.extend_from_slice(&length(key).to_le_bytes());
    bytes.extend_from_slice(&value.map_or(DELETED, length).to_le_bytes());
    bytes.extend_from_slice(key);
    bytes.extend_from_slice(value.unwrap_or_default());
}

/// What is packed, piece by piece.
struct Entries<'a>(&'a [u8]);

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a [u8], Option<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, rest) = self.0.split_first_chunk::<HEAD>()?;
        let [a, b, c, d, e, f, g, h] = *head;
        let (key, value) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        let (key, rest) = rest.split_at(key as usize);
        let (value, rest) = if value == DELETED { (None, rest) } else { some(rest.split_at(value as usize)) };
        self.0 = rest;
        Some((key, value))
    }
}

fn some<'a>((value, rest): (&'a [u8], &'a [u8])) -> (Option<&'a [u8]>, &'a [u8]) {
    (Some(value), rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn writes() -> impl Strategy<Value = Write> {
        let key = || prop::collection::vec(0u8..4, 0..3);
        prop_oneof![
            3 => (key(), prop::collection::vec(any::<u8>(), 0..90)).prop_map(|(key, value)| Write::Put { key, value }),
            1 => key().prop_map(|key| Write::Delete { key }),
        ]
    }

    proptest! {
        #[test]
        fn a_store_holds_what_a_tree_holds(batches in prop::collection::vec(prop::collection::vec(writes(), 0..4), 0..60)) {
            let (mut store, mut tree) = (Store::default(), BTreeMap::new());
            for batch in batches {
                store.apply(&Writes::of(&batch));
                for write in batch {
                    match write {
                        Write::Put { key, value } => drop(tree.insert(key, value)),
                        Write::Delete { key } => drop(tree.remove(&key)),
                    }
                }
                prop_assert_eq!(store.entries(), tree.clone().into_iter().collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn a_store_is_packed_until_it_is_large() {
        let mut store = Store::default();
        for key in 0..20u8 {
            store.apply(&Writes::of(&[Write::Put { key: vec![key], value: vec![0; 100] }]));
            let bytes = (usize::from(key) + 1) * (HEAD + 101);
            assert_eq!(matches!(store, Store::Packed(_)), bytes <= PACKED_MAX);
        }
        assert_eq!(store.entries().len(), 20);
    }
}
