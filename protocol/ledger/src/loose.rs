//! Blocks of one owner that are on no main chain: orphans, whose predecessor is unknown; other branches; and blocks that
//! break the rules at their place, which may turn out to be half of a conflict.
//!
//! There are at most so many. At the bound the block with the lowest position is the one to keep: it is nearest to being
//! connected. What is refused or dropped here is not lost to the network: who needs it asks for it again. Only what is
//! connected is ever forwarded, so orphans that somebody makes up go nowhere.

use std::collections::BTreeMap;

use contract::{Canonical, Hash};

use crate::Verified;
use crate::chain::{Chain, follows};

/// The loose blocks of one owner, by position and hash.
#[derive(Clone, Debug, Default)]
pub struct Loose {
    /// None if there are none, which is so for nearly every owner.
    blocks: Option<Box<Blocks>>,
}

type Blocks = BTreeMap<(u64, Hash), (Verified, Footing)>;

/// What a loose block stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Footing {
    /// Something before it is missing.
    Orphan,
    /// All before it is known.
    Connected,
    /// It may not stand where it stands, and neither may what follows it.
    Refused,
}

impl Loose {
    /// Keeps a block if there is a place for it, perhaps in place of a later one. `limit` counts this owner's blocks; without
    /// `room` there is no place for one more.
    pub fn insert(&mut self, block: Verified, footing: Footing, limit: u32, room: bool) -> bool {
        let key = (block.sequence, block.hash());
        let full = !room || self.len() >= limit as usize;
        if full {
            let blocks = self.blocks.as_mut();
            match blocks.filter(|blocks| blocks.last_key_value().is_some_and(|(last, _)| key < *last)) {
                Some(blocks) => blocks.pop_last(),
                None => return false,
            };
        }
        self.blocks.get_or_insert_default().insert(key, (block, footing));
        true
    }

    /// Takes a block out.
    pub fn remove(&mut self, sequence: u64, hash: Hash) -> Option<Verified> {
        let blocks = self.blocks.as_mut()?;
        let (block, _) = blocks.remove(&(sequence, hash))?;
        if blocks.is_empty() {
            self.blocks = None;
        }
        Some(block)
    }

    /// Notes that a block may not stand where it stands.
    pub fn refuse(&mut self, sequence: u64, hash: Hash) {
        if let Some((_, footing)) = self.blocks.as_mut().and_then(|blocks| blocks.get_mut(&(sequence, hash))) {
            *footing = Footing::Refused;
        }
    }

    /// Connects the orphans whose predecessors are known by now, and gives them back, the lowest position first.
    pub fn connect(&mut self, chain: &Chain) -> Vec<Verified> {
        let Some(blocks) = &self.blocks else { return Vec::new() };
        let orphans = blocks.iter().filter(|(_, (_, footing))| *footing == Footing::Orphan);
        let orphans: Vec<(u64, Hash)> = orphans.map(|(key, _)| *key).collect();
        let mut connected = Vec::new();
        for key in orphans {
            if !self.stands(key, chain) {
                continue;
            }
            if let Some((block, footing)) = self.blocks.as_mut().and_then(|blocks| blocks.get_mut(&key)) {
                *footing = Footing::Connected;
                connected.push(block.clone());
            }
        }
        connected
    }

    /// Whether the predecessor of a block is known with all before it, and the block may follow it.
    fn stands(&self, key: (u64, Hash), chain: &Chain) -> bool {
        let Some(block) = self.get(key.0, key.1) else { return false };
        let Some(before) = block.sequence.checked_sub(1) else { return true };
        if let Some(main) = chain.get(before).filter(|main| main.hash() == block.previous) {
            return follows(&main, block).is_ok();
        }
        let branch = self.find(before, block.previous);
        branch.is_some_and(|(branch, footing)| *footing == Footing::Connected && follows(branch, block).is_ok())
    }

    fn find(&self, sequence: u64, hash: Hash) -> Option<&(Verified, Footing)> {
        self.blocks.as_ref()?.get(&(sequence, hash))
    }

    /// The block with this name.
    pub fn get(&self, sequence: u64, hash: Hash) -> Option<&Verified> {
        self.find(sequence, hash).map(|(block, _)| block)
    }

    /// What the block with this name stands on.
    pub fn footing(&self, sequence: u64, hash: Hash) -> Option<Footing> {
        self.find(sequence, hash).map(|(_, footing)| *footing)
    }

    /// The blocks at a position, the lowest hash first.
    pub fn at(&self, sequence: u64) -> impl Iterator<Item = &Verified> {
        let (first, last) = ((sequence, Hash::ZERO), (sequence, Hash::from_bytes([0xff; 32])));
        self.blocks.iter().flat_map(move |blocks| blocks.range(first..=last)).map(|(_, (block, _))| block)
    }

    /// All blocks, the lowest position first.
    pub fn iter(&self) -> impl Iterator<Item = &Verified> {
        self.blocks.iter().flat_map(|blocks| blocks.values()).map(|(block, _)| block)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.blocks.as_ref().map_or(0, |blocks| blocks.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends the canonical bytes of the state.
    pub(crate) fn state(&self, bytes: &mut Vec<u8>) {
        (self.len() as u64).encode(bytes);
        let blocks = self.blocks.iter().flat_map(|blocks| blocks.iter());
        blocks.for_each(|((_, hash), (_, footing))| (*hash, *footing as u8).encode(bytes));
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
            assert_eq!(loose.insert(blocks[block].clone(), Footing::Orphan, 2, true), kept, "block {block}");
        }
        let kept: Vec<u64> = loose.iter().map(|block| block.sequence).collect();
        assert_eq!(kept, [blocks[1].sequence, blocks[3].sequence]);
    }

    #[test]
    fn without_room_only_a_later_block_makes_place() {
        let mut author = Author::new(1);
        let (early, late) = (author.pay(2, 1), author.pay(2, 1));
        let mut loose = Loose::default();
        assert!(!loose.insert(late.clone(), Footing::Orphan, 8, false));
        assert!(loose.insert(late, Footing::Orphan, 8, true));
        assert!(loose.insert(early, Footing::Orphan, 8, false));
        assert_eq!(loose.len(), 1);
    }

    #[test]
    fn a_branch_is_connected_from_its_root_on() {
        let mut author = Author::new(1);
        let chain = chain_of(&author);
        let [first, second, third] = [(); 3].map(|()| author.pay(2, 1));
        let mut loose = Loose::default();
        let mut connect = |block: &Verified, footing| {
            assert!(loose.insert(block.clone(), footing, 8, true));
            loose.connect(&chain).iter().map(|block| block.sequence).collect::<Vec<_>>()
        };
        assert!(connect(&third, Footing::Orphan).is_empty());
        assert!(connect(&second, Footing::Orphan).is_empty());
        assert_eq!(connect(&first, Footing::Orphan), [1, 2, 3]);
        let (mut refused, root) = (Loose::default(), first);
        refused.insert(root, Footing::Refused, 8, true);
        refused.insert(second, Footing::Orphan, 8, true);
        assert_eq!(refused.connect(&chain), [], "nothing stands on what may not stand");
    }

    fn chain_of(author: &Author) -> Chain {
        let mut chain = Chain::default();
        for block in &author.blocks {
            chain.append(block.clone(), crate::testing::micro(crate::testing::ENDOWMENT)).unwrap();
        }
        chain
    }
}
