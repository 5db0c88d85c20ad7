//! SipHash-1-3 with 128 bits of output, streamed (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; the
//! output as in its reference implementation).
//!
//! One stream per node, and a step goes to a random one: the state of a stream is one cache line, half of what a
//! general-purpose implementation keeps. A test compares the two.

/// The key, which is part of the format: `dunbar/chain/v1` and a zero.
const KEY: [u64; 2] = [u64::from_le_bytes(*b"dunbar/c"), u64::from_le_bytes(*b"hain/v1\0")];

/// What was absorbed so far.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(align(64))]
pub(super) struct Stream {
    state: [u64; 4],
    /// Bytes that do not fill a word yet.
    tail: u64,
    length: u64,
    /// How many pieces were absorbed.
    pub(super) pieces: u64,
}

impl Default for Stream {
    fn default() -> Self {
        let [k0, k1] = KEY;
        // "somepseudorandomlygeneratedbytes", and 0xee for the long output.
        let state = [
            k0 ^ 0x736f_6d65_7073_6575,
            k1 ^ 0x646f_7261_6e64_6f6d ^ 0xee,
            k0 ^ 0x6c79_6765_6e65_7261,
            k1 ^ 0x7465_6462_7974_6573,
        ];
        Stream { state, tail: 0, length: 0, pieces: 0 }
    }
}

impl Stream {
    #[inline]
    pub(super) fn absorb(&mut self, piece: &[u8]) {
        self.pieces += 1;
        let held = self.length as usize % 8;
        self.length += piece.len() as u64;
        let (Some(first), Some(last)) = (piece.first_chunk(), piece.last_chunk()) else {
            return self.absorb_bytes(held, piece);
        };
        let mut state = self.state;
        let mut rest = piece;
        if held > 0 {
            // The bytes of the first word that find no room are shifted out.
            compress(&mut state, self.tail | u64::from_le_bytes(*first) << (8 * held));
            rest = &piece[8 - held..];
        }
        let (words, left) = rest.as_chunks();
        words.iter().for_each(|word| compress(&mut state, u64::from_le_bytes(*word)));
        self.state = state;
        // Those of the last word that were taken already, too.
        self.tail = if left.is_empty() { 0 } else { u64::from_le_bytes(*last) >> (64 - 8 * left.len()) };
    }

    /// For pieces that are shorter than a word.
    #[cold]
    fn absorb_bytes(&mut self, mut held: usize, piece: &[u8]) {
        for byte in piece {
            self.tail |= u64::from(*byte) << (8 * held);
            held += 1;
            if held == 8 {
                compress(&mut self.state, self.tail);
                (self.tail, held) = (0, 0);
            }
        }
    }

    pub(super) fn finish(&self) -> [u8; 16] {
        let mut state = self.state;
        compress(&mut state, self.length << 56 | self.tail);
        let half = |state: &mut [u64; 4]| {
            (0..3).for_each(|_| round(state));
            (state[0] ^ state[1] ^ state[2] ^ state[3]).to_le_bytes()
        };
        let mut output = [0; 16];
        state[2] ^= 0xee;
        output[..8].copy_from_slice(&half(&mut state));
        state[1] ^= 0xdd;
        output[8..].copy_from_slice(&half(&mut state));
        output
    }
}

#[inline]
fn compress(state: &mut [u64; 4], word: u64) {
    state[3] ^= word;
    round(state);
    state[0] ^= word;
}

#[inline]
fn round(state: &mut [u64; 4]) {
    let [mut a, mut b, mut c, mut d] = *state;
    a = a.wrapping_add(b);
    c = c.wrapping_add(d);
    b = b.rotate_left(13) ^ a;
    d = d.rotate_left(16) ^ c;
    a = a.rotate_left(32);
    c = c.wrapping_add(b);
    a = a.wrapping_add(d);
    b = b.rotate_left(17) ^ c;
    d = d.rotate_left(21) ^ a;
    c = c.rotate_left(32);
    *state = [a, b, c, d];
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use siphasher::sip128::{Hasher128, SipHasher13};
    use std::hash::Hasher;

    #[test]
    fn a_stream_is_one_cache_line() {
        assert_eq!(size_of::<Stream>(), 64);
    }

    proptest! {
        #[test]
        fn it_is_siphash_however_the_bytes_are_cut(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..12),
        ) {
            let (mut stream, mut reference) = (Stream::default(), SipHasher13::new_with_key(b"dunbar/chain/v1\0"));
            for piece in &pieces {
                stream.absorb(piece);
                reference.write(piece);
                prop_assert_eq!(stream.finish(), reference.finish128().as_bytes());
            }
            prop_assert_eq!(stream.pieces, pieces.len() as u64);
        }
    }
}
