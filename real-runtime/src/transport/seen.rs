//! Which datagrams were seen lately, so that a copy is known without its connection's key.

/// How many are remembered; 512 KiB. Each new one takes the place of some other.
const REMEMBERED: usize = 1 << 17;
/// The length of an authentication tag.
const TAG: usize = 16;

/// Fingerprints of the last datagrams' authentication tags.
///
/// Two different packets have the same tag once in 2¹²⁸. Who forges a packet with another one's tag, and comes first, makes the
/// right one look like a copy; so a few copies of each address are read all the same.
pub(crate) struct Seen(Box<[u32]>);

impl Default for Seen {
    fn default() -> Seen {
        Seen(vec![0; REMEMBERED].into_boxed_slice())
    }
}

impl Seen {
    /// Whether a datagram with the same tag was seen lately; this one is from now on.
    pub(crate) fn is_copy(&mut self, datagram: &[u8]) -> bool {
        let Some(tag) = datagram.last_chunk::<TAG>().map(|tag| u128::from_le_bytes(*tag)) else { return false };
        let folded = (tag >> 64) as u64 ^ tag as u64;
        // Nothing has the fingerprint 0.
        let fingerprint = (folded >> 32) as u32 | 1;
        let place = &mut self.0[folded as usize % REMEMBERED];
        std::mem::replace(place, fingerprint) == fingerprint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_known_and_other_datagrams_are_none() {
        let mut seen = Seen::default();
        let datagrams: Vec<_> = (0..10_000u32).map(|number| *blake3::hash(&number.to_le_bytes()).as_bytes()).collect();
        assert!(!datagrams.iter().any(|datagram| seen.is_copy(datagram)));
        let copies = datagrams.iter().filter(|datagram| seen.is_copy(&datagram[..])).count();
        // Some were displaced.
        assert!((8_500..=10_000).contains(&copies), "{copies} of 10,000 are known");
        assert!(!seen.is_copy(&[1; TAG - 1]));
    }
}
