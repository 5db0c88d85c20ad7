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
use crate::snapshot::HEIGHT;
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

/// The trees over a chain, as far as they are known already: O(n) of the blocks that are in no [segment](crate::snapshot)
/// and of those in the segments that are looked into, O(1) for every other segment.
#[derive(Clone, Copy, Debug)]
pub struct Tree<'a> {
    chain: &'a Chain,
    /// The roots of the segments from the beginning on.
    roots: &'a [Hash],
}

impl<'a> Tree<'a> {
    /// The trees over a chain. `roots` are those of its first segments; none is a slow way to the same hashes.
    pub const fn new(chain: &'a Chain, roots: &'a [Hash]) -> Tree<'a> {
        Tree { chain, roots }
    }

    /// The hash over length and peaks.
    pub fn root(&self) -> Hash {
        let peaks: Vec<Hash> = trees(self.chain.len()).map(|(first, height)| self.node(first, height)).collect();
        root(self.chain.len(), &peaks)
    }

    /// The root of the perfect tree over the `2^height` blocks from `first` on, which the chain has.
    pub(crate) fn node(&self, first: u64, height: u32) -> Hash {
        let known = (height == HEIGHT).then(|| self.roots.get((first >> HEIGHT) as usize)).flatten();
        if let Some(root) = known {
            return *root;
        }
        match height.checked_sub(1) {
            None => leaf(self.chain.get(first).map_or(Hash::ZERO, |block| block.hash())),
            Some(below) => join(self.node(first, below), self.node(first + (1 << below), below)),
        }
    }
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
    /// Signs a summary of the own chain.
    pub fn sign(tree: &Tree<'_>, balance: Amount, signer: &Signer, out: &mut Effects<Ledger>) -> Summary {
        let (owner, length, head, root) = (signer.id(), tree.chain.len(), tree.chain.head_hash(), tree.root());
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
    /// another length.
    pub fn new(summary: Summary, tree: &Tree<'_>, sequence: u64) -> Option<Proof> {
        let chain = tree.chain;
        let block = chain.get(sequence).filter(|_| chain.len() == summary.length)?.block().clone();
        let (mut path, mut others) = (Vec::new(), Vec::new());
        for (first, height) in trees(summary.length) {
            if (first..first + (1 << height)).contains(&sequence) {
                let neighbour = |level: u32| first + ((((sequence - first) >> level) ^ 1) << level);
                path.extend((0..height).map(|level| tree.node(neighbour(level), level)));
            } else {
                others.push(tree.node(first, height));
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
