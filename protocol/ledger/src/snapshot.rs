//! What a node keeps so that it need not go through its own chain again when it starts.
//!
//! Every [`SEGMENT`] blocks the node seals what it has worked out about them: the balance after each, what they refer to, what
//! they set aside, and the root of the tree over their hashes. A [`Segment`] is written once, after its blocks; it names
//! the segment before it by its hash, and its owner has signed it, so the signature under the last one vouches for all.
//! A start takes the segments as they are, and goes through the blocks behind the last one only. Blocks of
//! segments stay as the bytes that the store had, and are decoded when somebody asks for one.
//!
//! Before anything is believed, a start compares the checksum of every block, the hashes that join the segments, the
//! signature under the last, and the hash of the last block. If one of them is wrong, [`Refused`] says which, and the node goes
//! through the whole chain as if there were no segments, and seals them again. Whoever has the node's key can forge
//! a segment; whoever has it can also write blocks.
//!
//! Chains of others have no segments: what is verified of them may still change.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Amount, Domain, Effects, Hash, PeerId, Signature, Signer, Verifier};

use crate::chain::{Chain, Lock};
use crate::history::Tree;
use crate::{Ledger, Payload, Verified, store};

/// How many blocks a segment has: a power of two, so that each is a tree of its own in the [history](crate::history).
pub const SEGMENT: u64 = 1 << HEIGHT;

/// The height of a segment's tree.
pub(crate) const HEIGHT: u32 = 12;

/// What a signature under a segment is for; what is signed is the segment's hash.
pub const DOMAIN: Domain = Domain::new("dunbar/ledger/segment/v1");

const FORMAT: &[u8] = b"dunbar/ledger/segment/v1\0";

/// What a node knows about [`SEGMENT`] blocks of its own chain.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Segment {
    /// What is signed.
    pub body: SegmentBody,
    /// The owner's signature over the hash.
    pub signature: Signature,
}

/// All of a segment but its signature.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SegmentBody {
    /// Whose chain.
    pub owner: PeerId,
    /// Which segment, from 0.
    pub number: u64,
    /// The hash of the segment before; zero for the first.
    pub before: Hash,
    /// The hash of its last block.
    pub last: Hash,
    /// The root of the tree over the hashes of its blocks.
    pub root: Hash,
    /// What the owner has after each of its blocks.
    pub balances: Vec<Amount>,
    /// The transfers and settlements that its blocks refer to.
    pub causes: Vec<Hash>,
    /// The locks that its blocks changed, as they are after it, by session.
    pub locks: Vec<(Hash, Lock)>,
    /// The day of the last claim on the mint up to its end.
    pub claimed: Option<u32>,
    /// The positions of its blocks that say something about others.
    pub records: Vec<u64>,
}

impl SegmentBody {
    /// What is sealed of a chain that has all blocks of segment `number`.
    fn of(chain: &Chain, tree: &Tree<'_>, number: u64, before: Hash) -> Option<SegmentBody> {
        let (first, next) = (number * SEGMENT, (number + 1) * SEGMENT);
        let last = chain.get(next - 1)?;
        let mut body = SegmentBody {
            owner: last.owner,
            number,
            before,
            last: last.hash(),
            root: tree.node(first, HEIGHT),
            balances: Vec::with_capacity(SEGMENT as usize),
            causes: Vec::new(),
            locks: Vec::new(),
            claimed: None,
            records: Vec::new(),
        };
        for sequence in first..next {
            body.balances.push(chain.claimed_after(sequence)?);
        }
        for block in chain.from(first).take(SEGMENT as usize) {
            body.causes.extend(block.payload.cause().map(|cause| cause.key()));
            match &block.payload {
                Payload::MintClaim { day, .. } => body.claimed = Some(*day),
                Payload::Record(_) => body.records.push(block.sequence),
                _ => {}
            }
        }
        let touched = |lock: &Lock| {
            let ended = lock.ended.map(|(at, _)| at);
            [Some(lock.first), Some(lock.last), ended].into_iter().flatten().any(|at| (first..next).contains(&at))
        };
        body.locks = chain.locks().filter(|(_, lock)| touched(lock)).map(|(session, lock)| (*session, *lock)).collect();
        Some(body)
    }

    fn hash(&self) -> Hash {
        crate::sha256(FORMAT, self)
    }
}

/// What a node remembers of the segments that it has sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seals {
    /// The root of each.
    pub(crate) roots: Vec<Hash>,
    /// The hash of the last.
    head: Hash,
}

impl Seals {
    /// How many blocks are in segments.
    pub fn covered(&self) -> u64 {
        self.roots.len() as u64 * SEGMENT
    }

    /// Seals the next segment, if the chain is so long.
    pub(crate) fn seal(&mut self, chain: &Chain, signer: &Signer, out: &mut Effects<Ledger>) -> Option<Segment> {
        let number = self.roots.len() as u64;
        if chain.len() < (number + 1) * SEGMENT {
            return None;
        }
        let body = SegmentBody::of(chain, &Tree::new(chain, &self.roots), number, self.head)?;
        self.head = body.hash();
        self.roots.push(body.root);
        let signature = out.sign(signer, DOMAIN, self.head.as_bytes());
        Some(Segment { body, signature })
    }
}

/// Why segments are not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// One is damaged, or of another owner, or does not have as many balances as blocks.
    #[error("segment {0} is damaged")]
    Damaged(u64),
    /// One does not name the one before it.
    #[error("segment {0} does not follow the one before it")]
    Unlinked(u64),
    /// The owner did not sign the last.
    #[error("the signature under segment {0} does not hold")]
    Unsigned(u64),
    /// A block of one is missing or damaged.
    #[error("block {0} is missing or damaged")]
    Block(u64),
    /// The last block is not the one that was sealed.
    #[error("block {0} is not the one that was sealed")]
    Another(u64),
}

/// The blocks at the beginning of a chain, as their bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Cold {
    values: Vec<Vec<u8>>,
    /// What the owner has after each, and after the first block that is not cold.
    pub(crate) balances: Vec<Amount>,
}

impl Cold {
    /// How many blocks there are.
    pub(crate) fn len(&self) -> u64 {
        self.values.len() as u64
    }

    /// The block at a position.
    pub(crate) fn get(&self, sequence: u64) -> Option<Verified> {
        let value = self.values.get(usize::try_from(sequence).ok()?)?;
        // The checksum was compared when the store was opened.
        store::sealed_block(value).map(Verified::stored)
    }
}

/// What segments give to a node that starts.
#[derive(Debug)]
pub struct Opened {
    /// The chain, up to the last block of the last segment.
    pub chain: Chain,
    /// The segments, to go on from.
    pub seals: Seals,
    /// Its blocks that say something about others.
    pub records: Vec<Verified>,
}

/// Takes the segments of a store and the blocks that they cover, but for the last of these. `entries` are the store's, with
/// the own blocks in the order of their positions from `begin` on.
///
/// # Errors
/// [`Refused`] says what is wrong; nothing is taken then.
pub(crate) fn open(
    segments: &[Option<Segment>],
    (entries, begin): (&mut Vec<store::Entry>, usize),
    own: PeerId,
    verifier: &Verifier,
) -> Result<Opened, Refused> {
    let mut seals = Seals::default();
    for (segment, number) in segments.iter().zip(0..) {
        let segment = segment.as_ref().filter(|segment| is_whole(&segment.body, number, own));
        let body = &segment.ok_or(Refused::Damaged(number))?.body;
        if body.before != seals.head {
            return Err(Refused::Unlinked(number));
        }
        seals.head = body.hash();
        seals.roots.push(body.root);
    }
    let bodies = || segments.iter().flatten().map(|segment| &segment.body);
    let Some(last) = segments.last().and_then(Option::as_ref) else { return Err(Refused::Damaged(0)) };
    if !verifier.verify(&own, DOMAIN, seals.head.as_bytes(), &last.signature) {
        return Err(Refused::Unsigned(last.body.number));
    }
    let covered = seals.covered() as usize;
    for (position, sequence) in (begin..begin + covered).zip(0..) {
        let intact = entries.get(position).is_some_and(|(key, value)| store::is_own_block(key, value, sequence));
        if !intact {
            return Err(Refused::Block(sequence));
        }
    }
    let at = covered as u64 - 1;
    let head =
        store::sealed_block(&entries[begin + covered - 1].1).filter(|block| block.owner == own && block.sequence == at);
    let head = head.filter(|block| block.hash() == last.body.last).ok_or(Refused::Another(at))?;
    let balances = bodies().flat_map(|body| body.balances.iter().copied()).collect();
    // Nothing is refused from here on.
    let values = entries.drain(begin..begin + covered - 1).map(|(_, value)| value).collect();
    let cold = Arc::new(Cold { values, balances });
    let records = bodies().flat_map(|body| &body.records).filter_map(|sequence| match *sequence {
        sequence if sequence == at => Some(Verified::stored(head.clone())),
        sequence => cold.get(sequence),
    });
    let records = records.collect();
    let chain = Chain::reopened(cold, Verified::stored(head), bodies());
    Ok(Opened { chain, seals, records })
}

fn is_whole(body: &SegmentBody, number: u64, own: PeerId) -> bool {
    let within = |sequence: &u64| (number * SEGMENT..(number + 1) * SEGMENT).contains(sequence);
    let numbered = body.owner == own && body.number == number;
    numbered && body.balances.len() as u64 == SEGMENT && body.records.iter().all(within)
}

#[cfg(test)]
mod tests;
