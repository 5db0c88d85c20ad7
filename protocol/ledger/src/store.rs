//! What a node keeps on disk, and what it makes of a damaged disk.
//!
//! | Key | Value |
//! |---|---|
//! | 1, position (8 bytes, big-endian) | a block of the own chain |
//! | 2 | the length of the own chain |
//! | 3, owner | the evidence by which the owner is judged |
//! | 4, owner, position (8 bytes, big-endian), hash | a block of another owner's main chain |
//! | 5, id | an agreement |
//! | 6, number (8 bytes, big-endian) | a [segment](crate::snapshot) of the own chain |
//! | 7 | never on disk: whoever runs the node has doubts about the store ([`of_old_copy`]) |
//!
//! Every value ends with eight bytes of SipHash-1-3 over key and value, against damage, not against malice: whoever can
//! write to the disk can do worse. A stored block was verified before it was stored, so at
//! start its checksum is compared and its signature is not verified again. Writes become durable in the order in which they
//! were made; a runtime promises that.
//!
//! All of it can be had again from peers, except the certainty about the own chain: a node that forgets a block and
//! writes another one in its place convicts itself. So an own block is written before it is sent, and a node that finds a gap
//! in its own chain writes nothing until peers have sent back what is missing. The loss of the whole store cannot be noticed
//! here, nor that it is an older copy: whoever runs the node says so ([`of_lost_chain`], [`of_old_copy`]).

use std::hash::Hasher;

use contract::{Canonical, PeerId, Recovered, Verifier, Write};
use siphasher::sip::SipHasher13;

use crate::snapshot::{self, Opened, Refused, Segment};
use crate::{Agreement, Block, Evidence, Verified};

const OWN: u8 = 1;
const LENGTH: u8 = 2;
const EVIDENCE: u8 = 3;
const BLOCK: u8 = 4;
const AGREEMENT: u8 = 5;
const SEGMENT: u8 = 6;
const OLD_COPY: u8 = 7;

const CHECKSUM: usize = 8;

/// A key and a value to be written.
pub type Entry = (Vec<u8>, Vec<u8>);

/// The entry of a block of the own chain.
pub fn own_block(block: &Block) -> Entry {
    let mut key = vec![OWN];
    key.extend_from_slice(&block.sequence.to_be_bytes());
    sealed(key, block)
}

/// The block of the own chain that an entry holds; `None` if it holds something else.
pub fn own_block_of(key: &[u8], value: &[u8]) -> Option<Block> {
    if key.first() == Some(&OWN) { opened(key, value) } else { None }
}

/// The entry of the length of the own chain. It is written after the blocks that it counts.
pub fn own_length(length: u64) -> Entry {
    sealed(vec![LENGTH], &length)
}

/// What a store says of which nothing else is left: that the own chain has one block at least. A node with that store asks
/// its peers for the chain, and begins a new one only if they know of none.
pub fn of_lost_chain() -> Vec<Write> {
    let (key, value) = own_length(1);
    vec![Write::Put { key, value }]
}

/// What whoever runs a node adds to the entries of its store if that may be an older copy of itself, for this start alone. A
/// node that finds it writes nothing until all the peers that it was born with have answered in full, and one at least if it
/// was born with none.
pub fn of_old_copy() -> Entry {
    sealed(vec![OLD_COPY], &1u64)
}

/// The entry of an evidence item.
pub fn evidence(evidence: &Evidence) -> Entry {
    let mut key = vec![EVIDENCE];
    key.extend_from_slice(evidence.owner().as_bytes());
    sealed(key, evidence)
}

/// The entry of a block of another owner.
pub fn block(block: &Block) -> Entry {
    let mut key = vec![BLOCK];
    key.extend_from_slice(block.owner.as_bytes());
    key.extend_from_slice(&block.sequence.to_be_bytes());
    key.extend_from_slice(block.hash().as_bytes());
    sealed(key, block)
}

/// The entry of an agreement.
pub fn agreement(agreement: &Agreement) -> Entry {
    let mut key = vec![AGREEMENT];
    key.extend_from_slice(agreement.id().as_bytes());
    sealed(key, agreement)
}

/// The entry of a segment of the own chain.
pub fn segment(segment: &Segment) -> Entry {
    let mut key = vec![SEGMENT];
    key.extend_from_slice(&segment.body.number.to_be_bytes());
    sealed(key, segment)
}

/// The segment that an entry holds; `None` if it holds something else.
pub fn segment_of(key: &[u8], value: &[u8]) -> Option<Segment> {
    if key.first() == Some(&SEGMENT) { opened(key, value) } else { None }
}

/// Whether an entry is the own block of this position, as it was written. It is not decoded.
pub(crate) fn is_own_block(key: &[u8], value: &[u8], sequence: u64) -> bool {
    let named = matches!(key, [OWN, position @ ..] if *position == sequence.to_be_bytes());
    let split = value.split_last_chunk::<CHECKSUM>();
    named && split.is_some_and(|(bytes, found)| checksum(key, bytes) == *found)
}

/// The block of a value whose checksum was compared before.
pub(crate) fn sealed_block(value: &[u8]) -> Option<Block> {
    Block::decode(&value[..value.len().checked_sub(CHECKSUM)?]).ok()
}

fn sealed(key: Vec<u8>, value: &impl Canonical) -> Entry {
    // Room for the longest block and the checksum.
    let mut bytes = Vec::with_capacity(256);
    value.encode(&mut bytes);
    let checksum = checksum(&key, &bytes);
    bytes.extend_from_slice(&checksum);
    (key, bytes)
}

fn checksum(key: &[u8], value: &[u8]) -> [u8; CHECKSUM] {
    let mut hasher = SipHasher13::new_with_key(b"dunbar/store/v1\0");
    hasher.write(&(key.len() as u64).to_le_bytes());
    hasher.write(key);
    hasher.write(value);
    hasher.finish().to_le_bytes()
}

fn opened<T: Canonical>(key: &[u8], value: &[u8]) -> Option<T> {
    let (bytes, found) = value.split_last_chunk::<CHECKSUM>()?;
    if checksum(key, bytes) == *found { T::decode(bytes).ok() } else { None }
}

/// What a store holds.
#[derive(Debug, Default)]
pub struct Stored {
    /// Whether nothing was ever stored: the node starts for the first time.
    pub fresh: bool,
    /// Whether it may be an older copy, as whoever runs the node says.
    pub old_copy: bool,
    /// Blocks of the own chain.
    pub own: Vec<Verified>,
    /// How long the own chain was at least.
    pub own_length: u64,
    /// Evidence items.
    pub evidence: Vec<Evidence>,
    /// Blocks of others.
    pub blocks: Vec<Verified>,
    /// Agreements.
    pub agreements: Vec<Agreement>,
    /// How many values of each sort are damaged: own blocks, the length, evidence, others' blocks, unknown keys,
    /// agreements, segments.
    pub damaged: [u64; 7],
}

/// The names of the sorts in [`Stored::damaged`].
pub const SORTS: [&str; 7] = ["own-block", "own-length", "evidence", "block", "unknown-key", "agreement", "segment"];

/// What the segments of a store have led to.
#[derive(Debug, Default)]
pub enum Snapshot {
    /// There are none.
    #[default]
    None,
    /// The beginning of the own chain.
    Opened(Box<Opened>),
    /// They are not believed.
    Refused(Refused),
}

/// Takes what the segments cover out of a store, and reads the rest. Where they are refused, the rest is everything.
pub fn open(recovered: Recovered, own: PeerId, verifier: &Verifier) -> (Stored, Snapshot) {
    let mut rest = recovered;
    let first = |byte: u8| rest.entries.partition_point(|(key, _)| key.first() < Some(&byte));
    let (begin, segments, after) = (first(OWN), first(SEGMENT), first(SEGMENT + 1));
    let found: Vec<Option<Segment>> = rest
        .entries
        .get(segments..after)
        .unwrap_or_default()
        .iter()
        .zip(0u64..)
        .map(|((key, value), number)| segment_of(key, value).filter(|_| key[1..] == number.to_be_bytes()))
        .collect();
    let snapshot = match found.is_empty() {
        true => Snapshot::None,
        false => match snapshot::open(&found, (&mut rest.entries, begin), own, verifier) {
            Ok(opened) => Snapshot::Opened(Box::new(opened)),
            Err(why) => Snapshot::Refused(why),
        },
    };
    let stored = read(rest, own);
    (stored, snapshot)
}

/// Reads a store, whole, and frees each entry when it is read. Nothing in it makes this fail; what is damaged is counted and
/// left out.
pub fn read(recovered: Recovered, own: PeerId) -> Stored {
    let mut stored = Stored { fresh: recovered.entries.is_empty(), ..Stored::default() };
    // A node with a store has written its GENESIS, whether it is readable or not.
    stored.own_length = u64::from(!stored.fresh);
    for (key, value) in recovered.entries {
        if let Err(sort) = stored.take(&key, &value, own) {
            stored.damaged[sort] += 1;
        }
    }
    stored
}

impl Stored {
    /// Takes one entry, or says of which sort the damaged value is.
    fn take(&mut self, key: &[u8], value: &[u8], own: PeerId) -> Result<(), usize> {
        match key {
            [OWN, position @ ..] => {
                let position = position.try_into().map(u64::from_be_bytes).map_err(|_| 4usize)?;
                // The key alone shows that the block existed.
                self.own_length = self.own_length.max(position.saturating_add(1));
                let block: Block = opened(key, value).ok_or(0usize)?;
                let fits = block.owner == own && block.sequence == position;
                self.own.push(fits.then(|| Verified::stored(block)).ok_or(0usize)?);
            }
            [LENGTH] => self.own_length = self.own_length.max(opened(key, value).ok_or(1usize)?),
            [EVIDENCE, ..] => self.evidence.push(opened(key, value).ok_or(2usize)?),
            [BLOCK, ..] => self.blocks.push(Verified::stored(opened(key, value).ok_or(3usize)?)),
            [SEGMENT, ..] => drop(opened::<Segment>(key, value).ok_or(6usize)?),
            [OLD_COPY] => self.old_copy = opened::<u64>(key, value).is_some(),
            [AGREEMENT, ..] => self.agreements.push(opened(key, value).ok_or(5usize)?),
            _ => return Err(4),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
