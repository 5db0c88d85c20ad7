//! The links of all senders, each sender's side by side, and where each looked last.

use std::cmp::Ordering;

use contract::Time;

/// Links in one line of the cache.
const SLOTS: usize = 5;
/// The number of no node: in slots and blocks that nobody uses.
const NOBODY: u32 = u32::MAX;
/// A place that there is not, and neither is the next.
const NOWHERE: u32 = u32::MAX - 1;
/// Which part of the blocks may be nobody's before all move together, and which part is added where room is needed.
const SPARE: usize = 8;

/// Both directions of the open connections, by sender and then in the order of the receivers: who sends mostly sends to several at
/// once, and finds them side by side in the cache.
///
/// They are in one list of blocks, of which each sender has a run. A run that is full moves to the end, with more room. A place is the
/// number of a slot, counted through all blocks.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    blocks: Vec<Block>,
    /// By sender. They grow to the highest node that has a link.
    guesses: Vec<Guess>,
    runs: Vec<Run>,
    /// How many blocks are nobody's.
    left_behind: usize,
}

/// Some links of one sender, in one line of the cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Block {
    /// When the last parcel arrives; what follows arrives later. Zero if there was none.
    last: [Time; SLOTS],
    to: [u32; SLOTS],
    /// Whose they are. It stands here because a guess may point into the run of another sender.
    from: u32,
}

/// Where the next link of a sender may be. Apart from what is needed less often, so that eight senders share a line of the cache.
#[derive(Clone, Copy, Debug)]
struct Guess {
    /// The place of the last one that was used.
    at: u32,
    /// The place of the last one that was searched for: where a walk from peer to peer begins.
    start: u32,
}

/// The blocks of one sender.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    first: u32,
    blocks: u32,
    /// How many links there are, from the first slot on.
    links: u32,
}

impl Block {
    const NOBODYS: Block = Block { last: [Time::ZERO; SLOTS], to: [NOBODY; SLOTS], from: NOBODY };
}

impl Guess {
    const NONE: Guess = Guess { at: NOWHERE, start: NOWHERE };
}

impl Run {
    fn begin(&self) -> u32 {
        self.first * SLOTS as u32
    }

    /// The place behind the last link.
    fn end(&self) -> u32 {
        self.begin() + self.links
    }

    fn all_blocks(&self) -> std::ops::Range<usize> {
        self.first as usize..(self.first + self.blocks) as usize
    }
}

impl Links {
    /// Where the search for a link of a sender begins. To ask long before it is needed gives the memory time to answer.
    #[inline(always)]
    pub(super) fn hint(&self, from: u32) -> u32 {
        self.guesses.get(from as usize).map_or(NOWHERE, |guess| guess.at)
    }

    /// When the last parcel between `ends` (sender, receiver) arrives, if there is a link. Quick if it is the next behind the hint.
    #[inline(always)]
    pub(super) fn last(&mut self, hint: u32, ends: [u32; 2]) -> Option<&mut Time> {
        let next = hint + 1;
        let place = if self.is_at(next, ends) { next } else { self.elsewhere(hint, ends)? };
        self.guesses.get_mut(ends[0] as usize)?.at = place;
        let block = self.blocks.get_mut(place as usize / SLOTS)?;
        Some(&mut block.last[place as usize % SLOTS])
    }

    /// The place of a link that is not the next: the same again, the one where the last walk began, or one that is searched for. There,
    /// a walk may begin again.
    #[inline(never)]
    fn elsewhere(&mut self, hint: u32, ends: [u32; 2]) -> Option<u32> {
        let start = self.guesses.get(ends[0] as usize)?.start;
        if let Some(place) = [hint, start].into_iter().find(|place| self.is_at(*place, ends)) {
            return Some(place);
        }
        let place = self.search(ends).ok()?;
        self.guesses[ends[0] as usize].start = place;
        Some(place)
    }

    /// Whether there is a link between `ends`.
    #[inline]
    pub(super) fn has(&self, ends: [u32; 2]) -> bool {
        self.is_at(self.hint(ends[0]) + 1, ends) || self.search(ends).is_ok()
    }

    #[inline(always)]
    fn is_at(&self, place: u32, [from, to]: [u32; 2]) -> bool {
        let block = self.blocks.get(place as usize / SLOTS);
        block.is_some_and(|block| block.to[place as usize % SLOTS] == to && block.from == from)
    }

    /// The place of a link, or where it belongs.
    fn search(&self, [from, to]: [u32; 2]) -> Result<u32, u32> {
        let run = self.runs.get(from as usize).copied().unwrap_or_default();
        let (mut low, mut high) = (run.begin(), run.end());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.link(middle).0.cmp(&to) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Ok(middle),
                Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    fn link(&self, place: u32) -> (u32, Time) {
        let (block, slot) = (&self.blocks[place as usize / SLOTS], place as usize % SLOTS);
        (block.to[slot], block.last[slot])
    }

    fn put(&mut self, place: u32, (to, last): (u32, Time)) {
        let (block, slot) = (&mut self.blocks[place as usize / SLOTS], place as usize % SLOTS);
        (block.to[slot], block.last[slot]) = (to, last);
    }

    /// Adds a link if there is none; returns when its last parcel arrives.
    pub(super) fn add(&mut self, ends: [u32; 2]) -> &mut Time {
        let known = self.runs.len().max(ends[0] as usize + 1);
        self.guesses.resize(known, Guess::NONE);
        self.runs.resize(known, Run::default());
        let place = self.search(ends).unwrap_or_else(|place| self.insert(place, ends));
        &mut self.blocks[place as usize / SLOTS].last[place as usize % SLOTS]
    }

    /// Makes room at a place, and returns where it is then.
    fn insert(&mut self, place: u32, [from, to]: [u32; 2]) -> u32 {
        let before = self.runs[from as usize];
        if before.links as usize == before.blocks as usize * SLOTS {
            self.grow(from);
        }
        let run = self.runs[from as usize];
        let place = place - before.begin() + run.begin();
        for place in (place..run.end()).rev() {
            self.put(place + 1, self.link(place));
        }
        self.put(place, (to, Time::ZERO));
        self.runs[from as usize].links += 1;
        place
    }

    /// Removes a link, and returns when its last parcel arrives; zero if there is none.
    pub(super) fn remove(&mut self, ends: [u32; 2]) -> Time {
        let Ok(place) = self.search(ends) else { return Time::ZERO };
        let (_, last) = self.link(place);
        let end = self.runs[ends[0] as usize].end() - 1;
        for place in place..end {
            self.put(place, self.link(place + 1));
        }
        self.put(end, (NOBODY, Time::ZERO));
        self.runs[ends[0] as usize].links -= 1;
        last
    }

    /// Removes all links of a sender, and returns the receivers, in ascending order.
    pub(super) fn take(&mut self, from: u32) -> Vec<u32> {
        let Some(run) = self.runs.get_mut(from as usize).map(std::mem::take) else { return Vec::new() };
        let peers = (run.begin()..run.end()).map(|place| self.link(place).0).collect();
        self.leave(run);
        peers
    }

    fn leave(&mut self, run: Run) {
        self.blocks[run.all_blocks()].fill(Block::NOBODYS);
        self.left_behind += run.blocks as usize;
    }

    /// Moves the run of a sender to the end, where it has more room.
    fn grow(&mut self, from: u32) {
        if self.left_behind * SPARE > self.blocks.len() {
            self.gather();
        }
        let old = self.runs[from as usize];
        // An odd number: after a power of two, what all senders use at the same time would fall into the same few sets of the cache.
        let blocks = old.blocks * 2 + 1;
        let first = self.blocks.len();
        let needed = first + blocks as usize;
        if self.blocks.capacity() < needed {
            self.blocks.reserve_exact((blocks as usize).max(first / SPARE));
        }
        assert!(needed * SLOTS < NOWHERE as usize, "more links than places");
        self.blocks.extend_from_within(old.all_blocks());
        self.blocks.resize(needed, Block { from, ..Block::NOBODYS });
        self.leave(old);
        self.runs[from as usize] = Run { first: first as u32, blocks, links: old.links };
        self.guesses[from as usize] = Guess::NONE;
    }

    /// Moves all runs together, where blocks between them were left behind.
    fn gather(&mut self) {
        let mut blocks = Vec::with_capacity(self.blocks.len());
        for run in &mut self.runs {
            let old = run.all_blocks();
            run.first = blocks.len() as u32;
            blocks.extend_from_slice(&self.blocks[old]);
        }
        self.blocks = blocks;
        self.left_behind = 0;
        self.guesses.fill(Guess::NONE);
    }

    /// How many links there are.
    pub(super) fn count(&self) -> usize {
        self.runs.iter().map(|run| run.links as usize).sum()
    }

    /// Reads the link that a sender uses next if it goes on as it did.
    #[inline]
    pub(super) fn touch(&self, from: u32) -> u64 {
        let Some(guess) = self.guesses.get(from as usize) else { return 0 };
        let last = |place: u32| {
            let (block, slot) = (self.blocks.get(place as usize / SLOTS)?, place as usize % SLOTS);
            (block.from == from && block.to[slot] != NOBODY).then_some(block.last[slot])
        };
        last(guess.at + 1).or_else(|| last(guess.start)).map_or(0, Time::as_nanos)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.blocks.capacity() * size_of::<Block>()
            + self.guesses.capacity() * size_of::<Guess>()
            + self.runs.capacity() * size_of::<Run>()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// Runs cover what is not left behind, ascend, and know their sender.
    fn sound(links: &Links) -> bool {
        let of_sender = |(from, run): (u32, &Run)| {
            let places = run.begin()..run.begin() + run.blocks * SLOTS as u32;
            let to: Vec<u32> = places.map(|place| links.link(place).0).collect();
            let (used, empty) = to.split_at(run.links as usize);
            links.blocks[run.all_blocks()].iter().all(|block| block.from == from)
                && used.windows(2).all(|pair| pair[0] < pair[1])
                && empty.iter().all(|to| *to == NOBODY)
        };
        let used: usize = links.runs.iter().map(|run| run.blocks as usize).sum();
        let nobodys = links.blocks.iter().filter(|block| block.from == NOBODY).count();
        (0..).zip(&links.runs).all(of_sender) && nobodys == links.left_behind && used + nobodys == links.blocks.len()
    }

    proptest! {
        /// Against a map of all pairs, wherever the search begins.
        #[test]
        fn a_link_is_found_wherever_the_search_begins(
            steps in prop::collection::vec(([0..5u32, 0..40u32], 0..300u32, 0..40u8), 1..400),
        ) {
            let (mut links, mut map) = (Links::default(), BTreeMap::new());
            for (at, (ends, hint, what)) in (1..).zip(steps) {
                let time = Time::from_nanos(at);
                match what {
                    0 => {
                        let of_sender: Vec<u32> = map.range([ends[0], 0]..[ends[0] + 1, 0]).map(|(ends, _): (&[u32; 2], _)| ends[1]).collect();
                        prop_assert_eq!(links.take(ends[0]), of_sender);
                        map.retain(|known, _| known[0] != ends[0]);
                    }
                    1..10 => prop_assert_eq!(links.remove(ends), map.remove(&ends).unwrap_or(Time::ZERO)),
                    10..20 => prop_assert_eq!(links.last(hint, ends).copied(), map.get(&ends).copied()),
                    _ => {
                        *links.add(ends) = time;
                        map.insert(ends, time);
                    }
                }
                prop_assert_eq!(links.has(ends), map.contains_key(&ends));
                prop_assert_eq!(links.count(), map.len());
                prop_assert!(sound(&links), "{links:?}");
            }
        }
    }

    #[test]
    fn a_walk_searches_once() {
        let mut links = Links::default();
        (0..20).for_each(|to| *links.add([3, to]) = Time::from_nanos(u64::from(to)));
        for _ in 0..3 {
            for to in 0..20 {
                assert_eq!(links.touch(3), if links.hint(3) == NOWHERE { 0 } else { u64::from(to) });
                assert_eq!(links.last(links.hint(3), [3, to]), Some(&mut Time::from_nanos(u64::from(to))));
                assert_eq!(links.guesses[3].start, links.runs[3].begin());
            }
        }
    }

    /// However connections were opened: 20 bytes for each node, and for each link what a block takes that is a third full, and what
    /// may be left behind or held ready.
    #[test]
    fn what_is_left_behind_is_bounded() {
        let mut links = Links::default();
        for to in 0..32 {
            (0..1_000).for_each(|from| *links.add([from, to]) = Time::ZERO);
            assert!(
                links.left_behind * SPARE <= links.blocks.len() + 8 * SPARE * SLOTS,
                "{} blocks",
                links.left_behind
            );
        }
        assert!(links.memory_bytes() < 1_000 * 7 * 64 * 5 / 4 + 2_048 * 20, "{} bytes", links.memory_bytes());
        (0..1_000).for_each(|from| drop(links.take(from)));
        links.add([0, 1]);
        assert!(links.blocks.len() < 10, "nothing is kept for who forgot all");
    }

    #[test]
    fn a_block_is_one_line_of_the_cache() {
        assert_eq!(size_of::<Block>(), 64);
    }
}
