//! What a node's steps stream through between two checkpoints: the four lanes of XXH64 (Collet, "xxHash fast digest algorithm",
//! 2012–2023), with all of their 256 bits as the result. What XXH64 does to squeeze them into 64 is left to BLAKE3.
//!
//! For a fixed word a lane goes to a different place from each place, and from a fixed place to a different one by each word. So a
//! single word that differs always shows, and several in one lane are overlooked once in about 2⁶⁴ times, unless somebody picks
//! them. The lanes do not wait for one another, which is why this takes a fraction of the time of a keyed hash.
//!
//! One stream per node, and a step goes to a random one: a stream is one cache line. A piece is taken with zeros up to a full
//! stripe and then its length, so that where one ends and the next begins shows.

/// The seed, which is part of the format.
const SEED: u64 = u64::from_le_bytes(*b"chain/v2");
const PRIMES: [u64; 2] = [0x9e37_79b1_85eb_ca87, 0xc2b2_ae3d_27d4_eb4f];
/// Bytes of a stripe: a word for each lane.
const STRIPE: usize = 32;
/// What follows a piece that is padded.
pub(super) const ZEROS: [u8; STRIPE] = [0; STRIPE];

/// What was absorbed so far.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(align(64))]
pub(super) struct Stream {
    lanes: [u64; 4],
    /// How many pieces were absorbed.
    pub(super) pieces: u64,
}

impl Default for Stream {
    fn default() -> Self {
        Stream { lanes: fresh(SEED), pieces: 0 }
    }
}

impl Stream {
    /// Takes the first `length` bytes of `padded`, behind which are at least [`STRIPE`] zeros. A caller that has room for the zeros
    /// spares the copy of the last stripe, whose length no processor predicts.
    #[inline]
    pub(super) fn absorb_padded(&mut self, padded: &[u8], length: usize) {
        debug_assert!(padded[length..].starts_with(&ZEROS), "zeros follow");
        self.absorb_stripes(padded[..length.next_multiple_of(STRIPE)].as_chunks().0, length);
    }

    /// Takes a piece of any length.
    pub(super) fn absorb(&mut self, piece: &[u8]) {
        let (stripes, rest) = piece.as_chunks();
        if rest.is_empty() {
            return self.absorb_stripes(stripes, piece.len());
        }
        let mut last = ZEROS;
        last[..rest.len()].copy_from_slice(rest);
        stripes.iter().for_each(|stripe| self.lanes = mixed(self.lanes, stripe));
        self.absorb_stripes(&[last], piece.len());
    }

    #[inline]
    fn absorb_stripes(&mut self, stripes: &[[u8; STRIPE]], length: usize) {
        self.pieces += 1;
        let mut lanes = self.lanes;
        stripes.iter().for_each(|stripe| lanes = mixed(lanes, stripe));
        lanes[0] = round(lanes[0], length as u64);
        self.lanes = lanes;
    }

    pub(super) fn finish(&self) -> [u8; STRIPE] {
        let mut bytes = [0; STRIPE];
        bytes.as_chunks_mut().0.iter_mut().zip(self.lanes).for_each(|(bytes, lane)| *bytes = lane.to_le_bytes());
        bytes
    }
}

/// The lanes before anything was absorbed.
const fn fresh(seed: u64) -> [u64; 4] {
    let [first, second] = PRIMES;
    [seed.wrapping_add(first).wrapping_add(second), seed.wrapping_add(second), seed, seed.wrapping_sub(first)]
}

#[inline]
fn mixed(lanes: [u64; 4], stripe: &[u8; STRIPE]) -> [u64; 4] {
    let words = stripe.as_chunks().0;
    std::array::from_fn(|lane| round(lanes[lane], u64::from_le_bytes(words[lane])))
}

#[inline]
const fn round(lane: u64, word: u64) -> u64 {
    lane.wrapping_add(word.wrapping_mul(PRIMES[1])).rotate_left(31).wrapping_mul(PRIMES[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_stream_is_one_cache_line() {
        assert_eq!(size_of::<Stream>(), 64);
    }

    /// The end of XXH64 as its specification has it, for texts of 32 to 39 bytes.
    fn xxh64(text: &[u8]) -> u64 {
        const MORE: [u64; 3] = [0x1656_67b1_9e37_79f9, 0x85eb_ca77_c2b2_ae63, 0x27d4_eb2f_1656_67c5];
        let lanes = mixed(fresh(0), text.first_chunk().unwrap());
        let turned = lanes.iter().zip([1, 7, 12, 18]).map(|(lane, by)| lane.rotate_left(by));
        let merge = |hash: u64, lane: &u64| (hash ^ round(0, *lane)).wrapping_mul(PRIMES[0]).wrapping_add(MORE[1]);
        let mut hash = lanes.iter().fold(turned.fold(0, u64::wrapping_add), merge).wrapping_add(text.len() as u64);
        let (words, bytes) = text[STRIPE..].as_chunks();
        for word in words {
            hash ^= u64::from(u32::from_le_bytes(*word)).wrapping_mul(PRIMES[0]);
            hash = hash.rotate_left(23).wrapping_mul(PRIMES[1]).wrapping_add(MORE[0]);
        }
        for byte in bytes {
            hash = (hash ^ u64::from(*byte).wrapping_mul(MORE[2])).rotate_left(11).wrapping_mul(PRIMES[0]);
        }
        hash = (hash ^ hash >> 33).wrapping_mul(PRIMES[1]);
        hash = (hash ^ hash >> 29).wrapping_mul(MORE[0]);
        hash ^ hash >> 32
    }

    #[test]
    fn the_lanes_are_those_of_xxh64() {
        assert_eq!(xxh64(b"Nobody inspects the spammish repetition"), 0xfbce_a83c_8a37_8bf1);
    }

    fn absorbed(pieces: &[Vec<u8>]) -> Stream {
        let mut stream = Stream::default();
        pieces.iter().for_each(|piece| stream.absorb(piece));
        stream
    }

    fn pieces() -> impl Strategy<Value = Vec<Vec<u8>>> {
        prop::collection::vec(prop::collection::vec(0u8..3, 0..70), 0..6)
    }

    proptest! {
        #[test]
        fn whatever_differs_shows(one in pieces(), other in pieces()) {
            prop_assert_eq!(absorbed(&one).finish() == absorbed(&other).finish(), one == other);
        }

        #[test]
        fn a_changed_bit_a_cut_and_a_swap_show(
            pieces in pieces().prop_filter("something to change", |pieces| pieces.iter().any(|piece| piece.len() > 1)),
            place in any::<prop::sample::Index>(), bit in 0u32..8,
        ) {
            let whole = absorbed(&pieces);
            let long: Vec<usize> = (0..pieces.len()).filter(|piece| pieces[*piece].len() > 1).collect();
            let piece = long[place.index(long.len())];
            let byte = place.index(pieces[piece].len());
            let mut changed = pieces.clone();
            changed[piece][byte] ^= 1 << bit;
            prop_assert_ne!(absorbed(&changed), whole.clone());
            let mut cut = pieces.clone();
            let end = cut[piece].split_off(byte.max(1));
            cut.insert(piece + 1, end);
            prop_assert_ne!(absorbed(&cut).finish(), whole.finish());
            let mut swapped = pieces.clone();
            swapped.reverse();
            prop_assert_eq!(absorbed(&swapped) == whole, swapped == pieces);
        }
    }
}
