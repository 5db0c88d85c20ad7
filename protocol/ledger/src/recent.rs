//! The blocks of others that joined a chain last, so that the copies that a flood brings from the other peers are told at one look.
//!
//! A table of rows, each a line of the cache with the last few blocks whose hash begins with the row's number, the latest first.
//! It holds nothing that the [book](crate::book) does not know, so losing a block costs a look into the book, and whoever picks
//! hashes that share a row slows this node down by that much. One thing depends on it: who sends a copy that is told here does
//! not become a peer by it, as a sender that is none yet does by anything else. The whole hash is compared. Allocated with the first
//! block.

use contract::Hash;

use crate::Block;

/// Rows of the table: few, since a large world has many nodes and each look at one of them is at cold memory.
const ROWS: usize = 8;
/// Blocks in a row.
const WIDTH: usize = 8;

/// The blocks of a row, the latest first.
#[derive(Clone, Debug, Default)]
#[repr(align(64))]
struct Row([Option<Block>; WIDTH]);

/// The table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recent(Option<Box<[Row; ROWS]>>);

impl Recent {
    fn row(&self, hash: Hash) -> Option<&Row> {
        self.0.as_ref().map(|rows| &rows[number(hash)])
    }

    /// Whether this very block joined a chain lately.
    pub(crate) fn holds(&self, block: &Block) -> bool {
        // In a simulation a copy is mostly the same place in memory.
        self.holds_copy(block)
            || self.row(block.hash()).is_some_and(|row| row.0.iter().flatten().any(|held| held.hash() == block.hash()))
    }

    /// Whether nothing is remembered.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Reads the row of a block.
    pub(crate) fn touch(&self, block: &Block) -> u64 {
        self.row(block.hash()).map_or(0, |row| u64::from(row.0[0].is_some()))
    }

    /// Whether this copy of a block in memory is in its row. It looks at addresses only.
    pub(crate) fn holds_copy(&self, block: &Block) -> bool {
        self.row(block.hash()).is_some_and(|row| {
            row.0.iter().fold(false, |any, held| any | held.as_ref().is_some_and(|held| held.is_copy_of(block)))
        })
    }

    /// Remembers a block that is on a chain, and forgets the oldest of its row.
    pub(crate) fn put(&mut self, block: Block) {
        let rows = self.0.get_or_insert_default();
        let Row(row) = &mut rows[number(block.hash())];
        row.rotate_right(1);
        row[0] = Some(block);
    }

    /// Forgets everything: blocks were cut off a chain.
    pub(crate) fn clear(&mut self) {
        self.0 = None;
    }
}

fn number(hash: Hash) -> usize {
    usize::from(hash.as_bytes()[0]) % ROWS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Body;
    use crate::testing::Author;

    #[test]
    fn a_row_is_one_line_of_the_cache() {
        assert_eq!(size_of::<Row>(), 64);
    }

    #[test]
    fn the_last_blocks_of_each_row_are_held() {
        let (mut author, mut recent) = (Author::new(1), Recent::default());
        let blocks: Vec<Block> = (0..4 * ROWS * WIDTH).map(|_| author.pay(2, 1).block().clone()).collect();
        let mut rows = vec![Vec::new(); ROWS];
        for block in &blocks {
            assert!(!recent.holds(block));
            recent.put(block.clone());
            rows[number(block.hash())].push(block);
            assert!(recent.holds(block));
        }
        for row in rows {
            let (forgotten, held) = row.split_at(row.len().saturating_sub(WIDTH));
            assert!(held.iter().all(|block| recent.holds(block)));
            assert!(!forgotten.iter().any(|block| recent.holds(block)));
        }
        recent.clear();
        assert!(!blocks.iter().any(|block| recent.holds(block)));
    }

    #[test]
    fn a_copy_elsewhere_in_memory_is_held_too() {
        let (block, mut recent) = (Author::new(1).pay(2, 1).block().clone(), Recent::default());
        recent.put(block.clone());
        let copy = Block::new(Body::clone(&block), *block.signature());
        assert!(!recent.holds_copy(&copy) && recent.holds(&copy));
    }
}
