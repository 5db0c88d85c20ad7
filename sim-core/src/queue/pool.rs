//! Bags of entries in chunks from a common pool, so that two thousand slots of a wheel neither keep nor double
//! memory of their own.

use super::Entry;
use crate::key::Key;

/// Entries in a chunk. A bag wastes half a chunk on average.
const CHUNK: usize = 32;
const NONE: u32 = u32::MAX;

#[derive(Clone)]
struct Chunk {
    entries: [Entry; CHUNK],
    len: u32,
    next: u32,
}

/// An unordered collection of entries; its chunks are in the [`Pool`].
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

    pub(super) const fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// All chunks. A chunk is boxed, so that growth never copies or doubles them.
#[derive(Clone, Default)]
pub(super) struct Pool {
    #[expect(clippy::vec_box, reason = "a vector of chunks would double, and with it the bytes per message in flight")]
    chunks: Vec<Box<Chunk>>,
    free: Vec<u32>,
}

impl Pool {
    #[inline]
    pub(super) fn add(&mut self, bag: &mut Bag, entry: Entry) {
        let room = self.chunks.get(bag.head as usize).is_some_and(|chunk| (chunk.len as usize) < CHUNK);
        if !room {
            bag.head = self.new_chunk(bag.head);
        }
        let chunk = &mut self.chunks[bag.head as usize];
        chunk.entries[chunk.len as usize] = entry;
        chunk.len += 1;
        bag.len += 1;
    }

    #[cold]
    fn new_chunk(&mut self, next: u32) -> u32 {
        if let Some(index) = self.free.pop() {
            let chunk = &mut self.chunks[index as usize];
            (chunk.len, chunk.next) = (0, next);
            return index;
        }
        let empty = Entry { key: Key { time: 0, rest: 0 }, slot: 0 };
        self.chunks.push(Box::new(Chunk { entries: [empty; CHUNK], len: 0, next }));
        u32::try_from(self.chunks.len() - 1).expect("fewer than 2^32 chunks of events")
    }

    /// Hands every entry of `bag` to `take` and gives its chunks back.
    pub(super) fn drain(&mut self, bag: Bag, mut take: impl FnMut(&mut Pool, Entry)) {
        let mut head = bag.head;
        while head != NONE {
            let (len, next) = (self.chunks[head as usize].len as usize, self.chunks[head as usize].next);
            for place in 0..len {
                let entry = self.chunks[head as usize].entries[place];
                take(self, entry);
            }
            self.free.push(head);
            head = next;
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.chunks.len() * size_of::<Chunk>() + self.chunks.capacity() * 8 + self.free.capacity() * 4
    }
}
