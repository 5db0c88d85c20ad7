//! What a store knows about itself.
//!
//! | Bytes | Content, integers little-endian |
//! |---|---|
//! | 0–3 | format |
//! | 4–11 | number of commits |
//! | 12–19 | the largest time, in nanoseconds |
//! | 20–27 | number of entries |
//! | 28–59 | sum of the hashes of all entries |
//! | 60–67 | bytes of all keys and values; not in format 1 |
//! | 68– | owner, UTF-8; in format 1 from byte 60 on |
//! | last 16 | first half of the blake3 hash of everything before |
//!
//! A store of format 1 is read, measured and written in format 2 when it is opened.

use contract::Time;

/// The version of the store's content.
pub(crate) const FORMAT: u32 = 2;
/// The oldest version that is read.
const OLDEST: u32 = 1;

const CHECK: usize = 16;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) owner: String,
    pub(crate) commits: u64,
    pub(crate) now: Time,
    entries: u64,
    /// Of all keys and values.
    bytes: u64,
    /// Lane by lane, so that a change of one entry changes the sum without reading the others. It finds accidents; who
    /// can write the file can also write the sum.
    sum: [u64; 4],
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum MetaError {
    Damaged,
    Format(u32),
}

impl Meta {
    pub(crate) fn new(owner: &str) -> Meta {
        Meta { owner: owner.to_owned(), commits: 0, now: Time::ZERO, entries: 0, bytes: 0, sum: [0; 4] }
    }

    /// An entry came.
    pub(crate) fn add(&mut self, key: &[u8], value: &[u8]) {
        self.entries = self.entries.wrapping_add(1);
        self.bytes = self.bytes.wrapping_add((key.len() + value.len()) as u64);
        for (lane, part) in self.sum.iter_mut().zip(lanes(key, value)) {
            *lane = lane.wrapping_add(part);
        }
    }

    /// An entry went.
    pub(crate) fn remove(&mut self, key: &[u8], value: &[u8]) {
        self.entries = self.entries.wrapping_sub(1);
        self.bytes = self.bytes.wrapping_sub((key.len() + value.len()) as u64);
        for (lane, part) in self.sum.iter_mut().zip(lanes(key, value)) {
            *lane = lane.wrapping_sub(part);
        }
    }

    /// Whether these are the entries.
    pub(crate) fn describes(&self, entries: &[(Vec<u8>, Vec<u8>)]) -> bool {
        let halves = entries.split_at(entries.len() / 2);
        let (first, second) = std::thread::scope(|scope| {
            let first = scope.spawn(|| Meta::of(halves.0));
            let second = Meta::of(halves.1);
            (first.join(), second)
        });
        let Ok(found) = first.map(|first| first.with(&second)) else { return false };
        (found.entries, found.sum) == (self.entries, self.sum)
    }

    fn of(entries: &[(Vec<u8>, Vec<u8>)]) -> Meta {
        let mut found = Meta::new("");
        entries.iter().for_each(|(key, value)| found.add(key, value));
        found
    }

    /// What describes these entries and those of `other`.
    fn with(mut self, other: &Meta) -> Meta {
        self.entries = self.entries.wrapping_add(other.entries);
        self.sum.iter_mut().zip(other.sum).for_each(|(lane, part)| *lane = lane.wrapping_add(part));
        self
    }

    /// How many bytes all keys and values have.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Counts the bytes of these entries, which are all: format 1 has not counted them.
    pub(crate) fn measure(&mut self, entries: &[(Vec<u8>, Vec<u8>)]) {
        self.bytes = entries.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum();
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = FORMAT.to_le_bytes().to_vec();
        for number in [self.commits, self.now.as_nanos(), self.entries].iter().chain(&self.sum).chain([&self.bytes]) {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(self.owner.as_bytes());
        let check = blake3::hash(&bytes);
        bytes.extend_from_slice(&check.as_bytes()[..CHECK]);
        bytes
    }

    /// Reads a record, and says of which format it is. A record of any format ends with the same check.
    pub(crate) fn decode(bytes: &[u8]) -> Result<(Meta, u32), MetaError> {
        let (body, check) = bytes.split_last_chunk::<CHECK>().ok_or(MetaError::Damaged)?;
        if blake3::hash(body).as_bytes()[..CHECK] != check[..] {
            return Err(MetaError::Damaged);
        }
        let format = u32::from_le_bytes(*body.first_chunk().ok_or(MetaError::Damaged)?);
        if !(OLDEST..=FORMAT).contains(&format) {
            return Err(MetaError::Format(format));
        }
        let fixed = if format == 1 { 60 } else { 68 };
        let (fixed, owner) = body.split_at_checked(fixed).ok_or(MetaError::Damaged)?;
        let owner = std::str::from_utf8(owner).map_err(|_| MetaError::Damaged)?.to_owned();
        let (numbers, _) = fixed[4..].as_chunks::<8>();
        let [commits, now, entries, a, b, c, d, ref bytes @ ..] = *numbers else { return Err(MetaError::Damaged) };
        let number = u64::from_le_bytes;
        let meta = Meta {
            owner,
            commits: number(commits),
            now: Time::from_nanos(number(now)),
            entries: number(entries),
            bytes: bytes.first().copied().map_or(0, number),
            sum: [a, b, c, d].map(number),
        };
        Ok((meta, format))
    }
}

fn lanes(key: &[u8], value: &[u8]) -> [u64; 4] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(key.len() as u64).to_le_bytes()).update(key).update(value);
    let hash = hasher.finalize();
    let (lanes, _) = hash.as_bytes().as_chunks::<8>();
    std::array::from_fn(|lane| u64::from_le_bytes(lanes[lane]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written_and_no_flipped_bit_passes() {
        let mut meta = Meta::new("testnet/ledger");
        (meta.commits, meta.now) = (7, Time::from_nanos(1_800_000_000_000_000_000));
        meta.add(b"key", b"value");
        let bytes = meta.encode();
        assert_eq!(Meta::decode(&bytes), Ok((meta, FORMAT)));
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Meta::decode(&flipped), Err(MetaError::Damaged), "bit {bit}");
        }
        (0..bytes.len()).for_each(|length| assert_eq!(Meta::decode(&bytes[..length]), Err(MetaError::Damaged)));
    }

    #[test]
    fn the_sum_depends_on_the_entries_and_not_on_their_history() {
        let entry = |key: &str, value: &str| (key.as_bytes().to_vec(), value.as_bytes().to_vec());
        let mut meta = Meta::new("");
        meta.add(b"a", b"1");
        meta.add(b"b", b"2");
        meta.remove(b"a", b"1");
        meta.add(b"a", b"3");
        assert!(meta.describes(&[entry("a", "3"), entry("b", "2")]));
        assert!(!meta.describes(&[entry("a", "1"), entry("b", "2")]));
        assert!(!meta.describes(&[entry("a", "3")]));
        assert!(!meta.describes(&[entry("a3", ""), entry("b", "2")]));
    }
}
