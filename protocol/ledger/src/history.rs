//! Proofs that a block stands in a chain, without the chain.
//!
//! Over the hashes of a chain's blocks stands a Merkle mountain range: perfect binary trees, from the largest to the smallest,
//! whose sizes are the binary digits of the chain's length. Its root is a hash over the length and the peaks. A new
//! block changes O(1) peaks on average. The owner signs length, head, root and balance as a [`Summary`]; with it, a
//! [`Proof`] of one block is the block, its position and at most 64 hashes of neighbours and peaks. For a million blocks that is
//! below 1 KiB, where the chain is 200 MB.
//!
//! A summary says what its owner says: it is as true as any signed statement, and it is checked against the chain by whoever
//! has the chain. Whoever signs a summary that contradicts its chain gives out proofs that contradict its blocks.

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Amount, Bounded, Domain, Effects, Hash, PeerId, Signature, Signer, Verifier};

use crate::chain::Chain;
use crate::{Block, Ledger};

/// What a signature under a summary is for; what is signed is the summary's hash.
pub const DOMAIN: Domain = Domain::new("dunbar/ledger/summary/v1");

const LEAF: &[u8] = b"dunbar/ledger/history-leaf/v1\0";
const NODE: &[u8] = b"dunbar/ledger/history-node/v1\0";
const ROOT: &[u8] = b"dunbar/ledger/history-root/v1\0";
const SUMMARY: &[u8] = b"dunbar/ledger/summary/v1\0";

/// The most hashes of a proof: a path in the largest tree and all other peaks.
pub const HASHES_MAX: usize = 64;

/// The peaks over the blocks seen so far, the largest tree first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peaks {
    length: u64,
    peaks: Vec<Hash>,
}

impl Peaks {
    /// The peaks over a chain. O(n).
    pub fn of(chain: &Chain) -> Peaks {
        let mut peaks = Peaks::default();
        chain.from(0).for_each(|block| peaks.push(block.hash()));
        peaks
    }

    /// Adds a block. O(1) on average.
    pub fn push(&mut self, block: Hash) {
        let mut node = leaf(block);
        // Every trailing one of the length is a tree as large as the one that was just completed.
        for _ in 0..self.length.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = join(left, node);
            }
        }
        self.peaks.push(node);
        self.length += 1;
    }

    /// The hash over length and peaks.
    pub fn root(&self) -> Hash {
        root(self.length, &self.peaks)
    }
}

fn leaf(block: Hash) -> Hash {
    crate::sha256(LEAF, &block)
}

fn join(left: Hash, right: Hash) -> Hash {
    crate::sha256(NODE, &(left, right))
}

fn root(length: u64, peaks: &[Hash]) -> Hash {
    crate::sha256(ROOT, &(length, peaks))
}

/// The trees over `length` blocks: for each the position of its first block and its height, the largest first.
fn trees(length: u64) -> impl Iterator<Item = (u64, u32)> {
    let heights = (0..u64::BITS).rev().filter(move |height| length >> height & 1 == 1);
    heights.scan(0u64, |first, height| {
        let tree = (*first, height);
        *first += 1 << height;
        Some(tree)
    })
}

/// What an owner says of its whole chain, signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Summary {
    /// Whose chain.
    pub owner: PeerId,
    /// How many blocks.
    pub length: u64,
    /// The hash of the last.
    pub head: Hash,
    /// The root of the range over all of them.
    pub root: Hash,
    /// The free balance after the last.
    pub balance: Amount,
    /// The owner's signature over the rest.
    pub signature: Signature,
}

impl Summary {
    /// Signs a summary of the own chain. O(n) of its length.
    pub fn sign(chain: &Chain, balance: Amount, signer: &Signer, out: &mut Effects<Ledger>) -> Summary {
        let peaks = Peaks::of(chain);
        let (owner, length, head, root) = (signer.id(), chain.len(), chain.head_hash(), peaks.root());
        let hash = crate::sha256(SUMMARY, &(owner, length, head, root, balance));
        let signature = out.sign(signer, DOMAIN, hash.as_bytes());
        Summary { owner, length, head, root, balance, signature }
    }

    /// Whether the owner signed it.
    pub fn holds(&self, verifier: &Verifier) -> bool {
        let Summary { owner, length, head, root, balance, signature } = self;
        let hash = crate::sha256(SUMMARY, &(owner, length, head, root, balance));
        verifier.verify(owner, DOMAIN, hash.as_bytes(), signature)
    }
}

/// A block and what shows that it stands in a summarised chain.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Proof {
    /// The chain.
    pub summary: Summary,
    /// The block.
    pub block: Block,
    /// The neighbours on the way up to the peak of its tree, then the other peaks, the largest tree first.
    pub hashes: Bounded<Hash, HASHES_MAX>,
}

impl Proof {
    /// The proof of the block at a position of the chain that the summary is of; `None` if the chain has no such block or
    /// another length. O(n) of the chain's length.
    pub fn new(summary: Summary, chain: &Chain, sequence: u64) -> Option<Proof> {
        let block = chain.get(sequence).filter(|_| chain.len() == summary.length)?.block().clone();
        let leaves =
            |first: u64, count: u64| chain.from(first).take(count as usize).map(|block| leaf(block.hash())).collect();
        let (mut path, mut others) = (Vec::new(), Vec::new());
        for (first, height) in trees(summary.length) {
            let mut level: Vec<Hash> = leaves(first, 1 << height);
            let mut place =
                sequence.checked_sub(first).filter(|place| *place < 1 << height).map(|place| place as usize);
            let within = place.is_some();
            while level.len() > 1 {
                path.extend(place.map(|place| level[place ^ 1]));
                place = place.map(|place| place / 2);
                level = level.chunks_exact(2).map(|pair| join(pair[0], pair[1])).collect();
            }
            if !within {
                others.push(level[0]);
            }
        }
        path.extend(others);
        Some(Proof { summary, block, hashes: Bounded::truncated(path) })
    }

    /// Whether owner and chain are whose the summary says, and the block stands in it.
    pub fn holds(&self, verifier: &Verifier) -> bool {
        let Proof { summary, block, hashes } = self;
        let own = block.owner == summary.owner && block.sequence < summary.length;
        own && summary.holds(verifier) && block.is_signed(verifier) && self.root(hashes) == Some(summary.root)
    }

    fn root(&self, hashes: &[Hash]) -> Option<Hash> {
        let (length, sequence) = (self.summary.length, self.block.sequence);
        let tree = |(first, height): &(u64, u32)| (*first..first + (1 << height)).contains(&sequence);
        let (first, height) = trees(length).find(tree)?;
        let (path, others) = hashes.split_at_checked(height as usize)?;
        let mut node = leaf(self.block.hash());
        for (level, neighbour) in path.iter().enumerate() {
            let right = (sequence - first) >> level & 1 == 1;
            node = if right { join(*neighbour, node) } else { join(node, *neighbour) };
        }
        let mut others = others.iter().copied();
        let peaks: Vec<Hash> = trees(length)
            .map(|(start, _)| if start == first { Some(node) } else { others.next() })
            .collect::<Option<_>>()?;
        others.next().is_none().then(|| root(length, &peaks))
    }
}

#[cfg(test)]
mod tests;
