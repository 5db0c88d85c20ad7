//! Blocks of one owner that are on no main chain: orphans, whose predecessor is unknown, and other branches.
//!
//! There are at most so many. At the bound the block with the lowest position is the one to keep: it is nearest to being
//! connected. What is refused or dropped here is not lost to the network: who needs it asks for it again. A refused
//! block is never forwarded, and a dropped one is not taken again while lower ones fill the place, so a sender that
//! overfills the place makes no traffic beyond its own messages.

use std::collections::BTreeMap;

use contract::{Canonical, Hash};

use crate::Verified;

/// The loose blocks of one owner, by position and hash.
#[derive(Clone, Debug, Default)]
pub struct Loose {
    blocks: BTreeMap<(u64, Hash), Verified>,
}

impl Loose {
    /// Keeps a block if there is a place for it, perhaps in place of a later one. `limit` counts this owner's blocks; without
    /// `room` there is no place for one more.
    pub fn insert(&mut self, block: Verified, limit: u32, room: bool) -> bool {
        let key = (block.sequence, block.hash());
        let full = !room || self.blocks.len() >= limit as usize;
        if full {
            match self.blocks.last_key_value() {
                Some((last, _)) if key < *last => self.blocks.pop_last(),
                _ => return false,
            };
        }
        self.blocks.insert(key, block);
        true
    }

    /// Takes a block out.
    pub fn remove(&mut self, sequence: u64, hash: Hash) -> Option<Verified> {
        self.blocks.remove(&(sequence, hash))
    }

    /// The block with this name.
    pub fn get(&self, sequence: u64, hash: Hash) -> Option<&Verified> {
        self.blocks.get(&(sequence, hash))
    }

    /// The blocks at a position, the lowest hash first.
    pub fn at(&self, sequence: u64) -> impl Iterator<Item = &Verified> {
        let (first, last) = ((sequence, Hash::ZERO), (sequence, Hash::from_bytes([0xff; 32])));
        self.blocks.range(first..=last).map(|(_, block)| block)
    }

    /// All blocks, the lowest position first.
    pub fn iter(&self) -> impl Iterator<Item = &Verified> {
        self.blocks.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Appends the canonical bytes of the state.
    pub(crate) fn state(&self, bytes: &mut Vec<u8>) {
        (self.blocks.len() as u64).encode(bytes);
        self.blocks.values().for_each(|block| block.hash().encode(bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Author;

    #[test]
    fn at_the_bound_the_lowest_positions_stay() {
        let mut author = Author::new(1);
        let blocks: Vec<Verified> = (0..6).map(|_| author.pay(2, 1)).collect();
        let mut loose = Loose::default();
        for (block, kept) in [(5, true), (3, true), (4, true), (5, false), (1, true), (4, false)] {
            assert_eq!(loose.insert(blocks[block].clone(), 2, true), kept, "block {block}");
        }
        let kept: Vec<u64> = loose.iter().map(|block| block.sequence).collect();
        assert_eq!(kept, [blocks[1].sequence, blocks[3].sequence]);
    }

    #[test]
    fn without_room_only_a_later_block_makes_place() {
        let mut author = Author::new(1);
        let (early, late) = (author.pay(2, 1), author.pay(2, 1));
        let mut loose = Loose::default();
        assert!(!loose.insert(late.clone(), 8, false));
        assert!(loose.insert(late, 8, true));
        assert!(loose.insert(early, 8, false));
        assert_eq!(loose.len(), 1);
    }
}
