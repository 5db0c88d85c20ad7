//! Where in a list something is, found by its hash: a table of one word each that does not keep the things again.
//!
//! Linear probing, at most half of the words used, their number a power of two. A word is zero, or place + 1 in as many bits as
//! the number of words has, and above them those of the hash; so the list is hardly ever looked at in vain.
//! What is at a place, and what its hash is, only the list says, which every method is given as a function.
//!
//! In a large world every look at a node's memory is a look at cold memory, and every further megabyte has to come from
//! somewhere: four bytes a thing and one line a look are what this is for.

/// The table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    words: Box<[u32]>,
    used: u32,
}

impl Places {
    /// The bits of a word that say the place, and of a hash where to begin. There are words.
    fn mask(&self) -> u32 {
        self.words.len() as u32 - 1
    }

    fn word(&self, hash: u64, place: usize) -> u32 {
        (hash >> 32) as u32 & !self.mask() | (place as u32 + 1)
    }

    /// Where a thing is: its place in the list, and that of its word. `is_it` says whether it is at a place.
    fn locate(&self, hash: u64, is_it: impl Fn(usize) -> bool) -> Option<(usize, u32)> {
        if self.words.is_empty() {
            return None;
        }
        let (mask, mut at) = (self.mask(), hash as u32 & self.mask());
        loop {
            let word = self.words[at as usize];
            if word == 0 {
                return None;
            }
            let place = (word & mask) as usize - 1;
            if (word ^ (hash >> 32) as u32) & !mask == 0 && is_it(place) {
                return Some((place, at));
            }
            at = (at + 1) & mask;
        }
    }

    /// The place of a thing with this hash. `is_it` says whether it is at a place.
    pub(crate) fn find(&self, hash: u64, is_it: impl Fn(usize) -> bool) -> Option<usize> {
        self.locate(hash, is_it).map(|(place, _)| place)
    }

    /// Enters a thing that is not in the table.
    pub(crate) fn enter(&mut self, hash: u64, place: usize, hash_at: impl Fn(usize) -> u64) {
        // Room for the place in a word, and half of the words stay free.
        let least = (place + 2).max(2 * (self.used as usize + 1));
        if least > self.words.len() {
            self.grow(least, hash_at);
        }
        self.used += 1;
        self.put(hash, place);
    }

    fn put(&mut self, hash: u64, place: usize) {
        let (mask, mut at) = (self.mask(), hash as u32 & self.mask());
        while self.words[at as usize] != 0 {
            at = (at + 1) & mask;
        }
        self.words[at as usize] = self.word(hash, place);
    }

    #[cold]
    fn grow(&mut self, least: usize, hash_at: impl Fn(usize) -> u64) {
        let words = least.next_power_of_two();
        assert!(words <= 1 << 31, "fewer than 2^30 things in one list");
        let mask = self.words.len().saturating_sub(1) as u32;
        let old = std::mem::replace(&mut self.words, vec![0; words].into());
        for word in old.into_iter().filter(|word| *word != 0) {
            let place = (word & mask) as usize - 1;
            self.put(hash_at(place), place);
        }
    }

    /// Takes out the thing with this hash at this place, and moves up the words behind its own that a search would not find any more.
    pub(crate) fn remove(&mut self, hash: u64, place: usize, hash_at: impl Fn(usize) -> u64) {
        let Some((_, word)) = self.locate(hash, |other| other == place) else { return };
        self.used -= 1;
        let mask = self.mask();
        let (mut hole, mut at) = (word, word);
        loop {
            at = (at + 1) & mask;
            let word = self.words[at as usize];
            if word == 0 {
                break;
            }
            let home = hash_at((word & mask) as usize - 1) as u32;
            if at.wrapping_sub(home) & mask >= at.wrapping_sub(hole) & mask {
                self.words[hole as usize] = word;
                hole = at;
            }
        }
        self.words[hole as usize] = 0;
    }

    /// A thing has moved in the list to a place before its old one.
    pub(crate) fn moved(&mut self, hash: u64, from: usize, to: usize) {
        if let Some((_, word)) = self.locate(hash, |place| place == from) {
            self.words[word as usize] = self.word(hash, to);
        }
    }

    /// Reads where the words are.
    pub(crate) fn touch(&self) -> u64 {
        self.words.len() as u64
    }

    /// Reads the word where a search begins.
    pub(crate) fn touch_word(&self, hash: u64) -> u64 {
        let word = self.words.get(hash as usize & self.words.len().wrapping_sub(1));
        word.map_or(0, |word| u64::from(*word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Hashes of few bits, so that many begin at one word and many words have the same upper bits.
        #[test]
        fn what_was_entered_and_not_removed_is_found(
            changes in prop::collection::vec((0u64..4, 0u64..6, any::<bool>()), 0..80),
        ) {
            let (mut places, mut list) = (Places::default(), Vec::<u64>::new());
            for (low, high, add) in changes {
                let hash = low | high << 32;
                let known = list.iter().position(|other| *other == hash);
                prop_assert_eq!(places.find(hash, |place| list[place] == hash), known);
                match known {
                    None if add => {
                        list.push(hash);
                        places.enter(hash, list.len() - 1, |place| list[place]);
                    }
                    Some(place) if !add => {
                        places.remove(hash, place, |place| list[place]);
                        let last = list.len() - 1;
                        if place < last {
                            places.moved(list[last], last, place);
                        }
                        list.swap_remove(place);
                    }
                    _ => {}
                }
                for (place, hash) in list.iter().enumerate() {
                    prop_assert_eq!(places.find(*hash, |place| list[place] == *hash), Some(place));
                }
            }
        }

        #[test]
        fn a_list_of_which_only_some_are_entered_is_found_too(gaps in prop::collection::vec(0usize..40, 1..40)) {
            let at: Vec<usize> = gaps.iter().scan(0, |at, gap| { *at += gap + 1; Some(*at) }).collect();
            let hash = |place: usize| (place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut places = Places::default();
            at.iter().for_each(|place| places.enter(hash(*place), *place, hash));
            for place in 0..=at[at.len() - 1] + 1 {
                let found = places.find(hash(place), |other| hash(other) == hash(place));
                prop_assert_eq!(found, at.contains(&place).then_some(place));
            }
        }
    }
}
