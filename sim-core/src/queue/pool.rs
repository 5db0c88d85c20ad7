//! Bags of entries in chunks from a common pool, so that two thousand slots of a wheel neither keep nor double
//! memory of their own.

use super::Entry;

/// Entries in a chunk. A bag wastes half a chunk on average.
const CHUNK: usize = 32;
/// Chunks that are allocated together.
const BLOCK: usize = 64;
const NONE: u32 = u32::MAX;

#[derive(Clone)]
struct Chunk {
    entries: [Entry; CHUNK],
    /// The next chunk of the bag, or of those that are free.
    next: u32,
}

/// An unordered collection of entries; its chunks are in the [`Pool`]. All but the first chunk are full.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bag {
    head: u32,
    len: u32,
}

impl Bag {
    pub(super) const EMPTY: Bag = Bag { head: NONE, len: 0 };

    pub(super) const fn len(self) -> usize {
        self.len as usize
    }
}

/// All chunks. They are boxed in blocks, so that growth never copies or doubles them.
#[derive(Clone)]
pub(super) struct Pool {
    blocks: Vec<Box<[Chunk; BLOCK]>>,
    free: u32,
}

impl Default for Pool {
    fn default() -> Self {
        Pool { blocks: Vec::new(), free: NONE }
    }
}

impl Pool {
    #[inline]
    pub(super) fn add(&mut self, bag: &mut Bag, entry: Entry) {
        let place = bag.len as usize % CHUNK;
        if place == 0 {
            bag.head = self.new_chunk(bag.head);
        }
        let target = &mut self.chunk(bag.head).entries[place];
        // One by one: an entry that is put together in memory first cannot be copied before it has arrived there.
        target.key.time = entry.key.time;
        target.key.rest = entry.key.rest;
        target.slot = entry.slot;
        bag.len += 1;
    }

    #[inline]
    fn chunk(&mut self, number: u32) -> &mut Chunk {
        &mut self.blocks[number as usize / BLOCK][number as usize % BLOCK]
    }

    fn new_chunk(&mut self, next: u32) -> u32 {
        if self.free == NONE {
            self.grow();
        }
        let number = self.free;
        let chunk = self.chunk(number);
        let free = std::mem::replace(&mut chunk.next, next);
        self.free = free;
        number
    }

    #[cold]
    fn grow(&mut self) {
        let first = self.blocks.len() * BLOCK;
        assert!(first + BLOCK < NONE as usize, "fewer than 2^32 chunks of events");
        let after = |place: usize| if place + 1 < BLOCK { (first + place + 1) as u32 } else { NONE };
        let chunk = |place| Chunk { entries: [Entry::default(); CHUNK], next: after(place) };
        let block: Box<[Chunk]> = (0..BLOCK).map(chunk).collect();
        self.blocks.push(block.try_into().ok().expect("as many chunks as a block has"));
        self.free = first as u32;
    }

    /// Hands the entries of `bag` to `take`, a chunk at a time, and gives its chunks back.
    #[inline]
    pub(super) fn drain(&mut self, bag: Bag, mut take: impl FnMut(&mut Pool, &[Entry])) {
        let (mut head, mut left) = (bag.head, bag.len());
        while left > 0 {
            let count = (left - 1) % CHUNK + 1;
            let free = self.free;
            let chunk = self.chunk(head);
            // A copy: the chunk may be the next one that `take` fills.
            let (entries, next) = (chunk.entries, chunk.next);
            chunk.next = free;
            self.free = head;
            (head, left) = (next, left - count);
            take(self, &entries[..count]);
        }
    }

    /// Moves the entries of `bag` to the end of `list`, and gives its chunks back.
    pub(super) fn drain_into(&mut self, bag: Bag, list: &mut Vec<Entry>) {
        let (mut head, mut left) = (bag.head, bag.len());
        while left > 0 {
            let (count, free) = ((left - 1) % CHUNK + 1, self.free);
            let chunk = self.chunk(head);
            list.extend_from_slice(&chunk.entries[..count]);
            let next = std::mem::replace(&mut chunk.next, free);
            self.free = head;
            (head, left) = (next, left - count);
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.blocks.len() * size_of::<[Chunk; BLOCK]>() + self.blocks.capacity() * size_of::<usize>()
    }
}
