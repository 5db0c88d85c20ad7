//! The blocks of others that joined a chain last, so that the copies that a flood brings from the other peers are told at one look.
//!
//! A table with one place for each first byte of a hash: a block takes the place of the one before. It holds nothing that
//! the [book](crate::book) does not know, so losing a place costs a look into the book and nothing else, and whoever picks
//! hashes that share a place slows this node down by that much. The whole hash is compared. Allocated with the first block.

use contract::Hash;

use crate::Block;

/// How many blocks are remembered at most.
const PLACES: usize = 256;

/// The table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recent(Option<Box<[Option<Block>; PLACES]>>);

impl Recent {
    /// Whether this very block joined a chain lately.
    pub(crate) fn holds(&self, hash: Hash) -> bool {
        let table = self.0.as_ref();
        table.and_then(|table| table[place(hash)].as_ref()).is_some_and(|block| block.hash() == hash)
    }

    /// Reads the place of a block.
    pub(crate) fn touch(&self, block: &Block) -> u64 {
        let table = self.0.as_ref();
        table.map_or(0, |table| u64::from(table[place(block.hash())].is_some()))
    }

    /// Whether this copy of a block in memory is the one at its place. It looks at addresses only, so it tells nothing but
    /// what is worth reading ahead.
    pub(crate) fn is_likely(&self, block: &Block) -> bool {
        let table = self.0.as_ref();
        table.and_then(|table| table[place(block.hash())].as_ref()).is_some_and(|held| held.is_copy_of(block))
    }

    /// Remembers a block that is on a chain.
    pub(crate) fn put(&mut self, block: Block) {
        let table = self.0.get_or_insert_with(|| Box::new([const { None }; PLACES]));
        let place = place(block.hash());
        table[place] = Some(block);
    }

    /// Forgets everything: blocks were cut off a chain.
    pub(crate) fn clear(&mut self) {
        self.0 = None;
    }
}

fn place(hash: Hash) -> usize {
    usize::from(hash.as_bytes()[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Author;

    #[test]
    fn a_block_is_held_until_another_takes_its_place() {
        let (mut author, mut recent) = (Author::new(1), Recent::default());
        let blocks: Vec<Block> = (0..2 * PLACES).map(|_| author.pay(2, 1).block().clone()).collect();
        for block in &blocks {
            assert!(!recent.holds(block.hash()));
            recent.put(block.clone());
            assert!(recent.holds(block.hash()));
        }
        let held = blocks.iter().filter(|block| recent.holds(block.hash())).count();
        assert!((PLACES / 2..=PLACES).contains(&held), "{held}");
        recent.clear();
        assert!(!blocks.iter().any(|block| recent.holds(block.hash())));
    }
}
