//! One owner's chain: which block may follow, and what it leaves to spend.
//!
//! Every block keeps the balance after it, so the balance of a prefix is found in O(1); credits that are not verified yet
//! are kept apart and subtracted. A chain that a node holds is valid in itself; whether its credits are true is the
//! business of [`credits`](crate::credits).

use std::collections::{BTreeMap, BTreeSet};

use borsh::BorshSerialize;
use contract::{Amount, Canonical, Hash, PeerId, Verifier};

use crate::block::BadBlock;
use crate::{Block, Payload, Verified};

/// What a sender must burn of a transfer. Zero while there is no trust model.
pub const TRANSFER_BURN: Amount = Amount::ZERO;

/// Why a block cannot follow the blocks before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    /// It is somebody else's.
    #[error("another-owner")]
    Owner,
    /// Its position is not the next one.
    #[error("sequence-gap")]
    Sequence,
    /// It does not name the block before it.
    #[error("wrong-previous")]
    Previous,
    /// It is older than the block before it.
    #[error("time-backwards")]
    Time,
    /// It claims another endowment than the founding document gives.
    #[error("wrong-endowment")]
    Endowment,
    /// It burns another amount than the rule demands.
    #[error("wrong-burn")]
    Burn,
    /// It sends more than was left, even if every credit is true.
    #[error("overdraft")]
    Overdraft,
    /// It refers to a transfer that the chain has referred to before.
    #[error("referenced-twice")]
    ReferencedTwice,
    /// Its amounts do not fit.
    #[error("amount-overflow")]
    Overflow,
}

/// Why a list of blocks is no chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("block {position}: {why}")]
pub struct BadChain {
    /// The first wrong block.
    pub position: u64,
    /// What is wrong with it.
    pub why: WrongBlock,
}

/// What is wrong with a block of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongBlock {
    /// The block itself.
    #[error(transparent)]
    Block(#[from] BadBlock),
    /// Its place.
    #[error(transparent)]
    Link(#[from] BadLink),
}

/// Whether `block` may stand right after `before`, as far as the two alone can say.
///
/// # Errors
/// [`BadLink`] names the rule that is broken.
pub fn follows(before: &Block, block: &Block) -> Result<(), BadLink> {
    if block.owner != before.owner {
        return Err(BadLink::Owner);
    }
    if before.sequence.checked_add(1) != Some(block.sequence) {
        return Err(BadLink::Sequence);
    }
    if block.previous != before.hash() {
        return Err(BadLink::Previous);
    }
    if block.timestamp < before.timestamp {
        return Err(BadLink::Time);
    }
    match block.payload {
        Payload::TransferOut { burn, .. } if burn != TRANSFER_BURN => Err(BadLink::Burn),
        _ => Ok(()),
    }
}

/// A block, and what its owner has after it if every credit up to there is true.
#[derive(Clone, Debug)]
struct Entry {
    block: Verified,
    claimed: Amount,
}

/// The chain of one owner.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    entries: Vec<Entry>,
    /// Credits that are not verified, by position.
    unverified: BTreeMap<u64, Amount>,
    /// The transfers that the chain refers to.
    references: BTreeSet<Hash>,
}

/// Changing a chain.
impl Chain {
    /// Adds a block in O(log n) of the credits. `endowment` is what the founding document gives to the owner.
    ///
    /// # Errors
    /// [`BadLink`] if the block cannot follow; the chain is as before.
    pub fn append(&mut self, block: Verified, endowment: Amount) -> Result<(), BadLink> {
        let claimed = self.judge(&block, endowment)?;
        if let Payload::TransferIn { sender_block, amount, .. } = block.payload {
            self.references.insert(sender_block);
            self.unverified.insert(block.sequence, amount);
        }
        if self.entries.is_empty() {
            // Most chains of a large network never get a second block.
            self.entries.reserve_exact(1);
        }
        self.entries.push(Entry { block, claimed });
        Ok(())
    }

    /// What the owner would have after `block`, if it may follow.
    fn judge(&self, block: &Verified, endowment: Amount) -> Result<Amount, BadLink> {
        let Some(Entry { block: head, claimed }) = self.entries.last() else {
            return match block.payload {
                _ if block.sequence != 0 => Err(BadLink::Sequence),
                // A verified block at position 0 is a well-formed GENESIS.
                Payload::Genesis { endowment: stated, .. } if stated == endowment => Ok(endowment),
                _ => Err(BadLink::Endowment),
            };
        };
        follows(head, block)?;
        match block.payload {
            Payload::Genesis { .. } => Err(BadLink::Sequence),
            Payload::TransferOut { .. } => {
                let outflow = block.payload.outflow().ok_or(BadLink::Overflow)?;
                claimed.checked_sub(outflow).ok_or(BadLink::Overdraft)
            }
            Payload::TransferIn { sender_block, .. } if self.references.contains(&sender_block) => {
                Err(BadLink::ReferencedTwice)
            }
            Payload::TransferIn { amount, .. } => claimed.checked_add(amount).ok_or(BadLink::Overflow),
        }
    }

    /// Cuts the chain to `length` blocks and gives back what was cut off, in order.
    pub fn truncate(&mut self, length: u64) -> Vec<Verified> {
        let keep = usize::try_from(length).unwrap_or(usize::MAX).min(self.entries.len());
        let cut: Vec<Verified> = self.entries.drain(keep..).map(|entry| entry.block).collect();
        self.unverified.split_off(&length);
        for block in &cut {
            if let Some(reference) = block.payload.reference() {
                self.references.remove(&reference.hash);
            }
        }
        cut
    }

    /// Counts the credit at this position from now on.
    pub fn verify_credit(&mut self, sequence: u64) {
        self.unverified.remove(&sequence);
    }
}

/// Looking at a chain.
impl Chain {
    /// How many blocks it has.
    pub fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The block at a position.
    pub fn get(&self, sequence: u64) -> Option<&Verified> {
        let index = usize::try_from(sequence).ok()?;
        self.entries.get(index).map(|entry| &entry.block)
    }

    /// Whether exactly this block is at this position.
    pub fn contains(&self, sequence: u64, hash: Hash) -> bool {
        self.get(sequence).is_some_and(|block| block.hash() == hash)
    }

    /// The position of the block with this hash. Looks at every block.
    pub fn position(&self, hash: Hash) -> Option<u64> {
        self.entries.iter().position(|entry| entry.block.hash() == hash).map(|index| index as u64)
    }

    /// The last block.
    pub fn head(&self) -> Option<&Verified> {
        self.entries.last().map(|entry| &entry.block)
    }

    /// The hash of the last block; zero for an empty chain, which is what a GENESIS names as its predecessor.
    pub fn head_hash(&self) -> Hash {
        self.head().map_or(Hash::ZERO, |block| block.hash())
    }

    /// The blocks from a position on.
    pub fn from(&self, sequence: u64) -> impl Iterator<Item = &Verified> {
        let start = usize::try_from(sequence).unwrap_or(usize::MAX).min(self.entries.len());
        self.entries[start..].iter().map(|entry| &entry.block)
    }

    /// What the owner has after the block at this position if every credit is true.
    pub fn claimed_after(&self, sequence: u64) -> Option<Amount> {
        let index = usize::try_from(sequence).ok()?;
        self.entries.get(index).map(|entry| entry.claimed)
    }

    /// What the owner surely has after the block at this position, in micro-units: negative if outflows up to there
    /// lean on credits that are not verified.
    pub fn verified_after(&self, sequence: u64) -> Option<i128> {
        let claimed = self.claimed_after(sequence)?;
        let open: i128 = self.unverified.range(..=sequence).map(|(_, amount)| i128::from(amount.as_micro())).sum();
        Some(i128::from(claimed.as_micro()) - open)
    }

    /// The free balance after the block at this position; `None` where verified money does not cover all outflows.
    pub fn free_after(&self, sequence: u64) -> Option<Amount> {
        let micro = u64::try_from(self.verified_after(sequence)?).ok()?;
        Some(Amount::from_micro(micro))
    }

    /// Whether the credit at this position is not verified yet.
    pub fn is_unverified(&self, sequence: u64) -> bool {
        self.unverified.contains_key(&sequence)
    }

    /// The sum of the credits that are not verified yet.
    pub fn unverified(&self) -> u128 {
        self.unverified.values().map(|amount| u128::from(amount.as_micro())).sum()
    }

    /// Whether the chain refers to this transfer.
    pub fn refers_to(&self, transfer: Hash) -> bool {
        self.references.contains(&transfer)
    }

    /// Builds a chain from blocks that nobody has checked: signatures, shape, links, times, amounts.
    ///
    /// # Errors
    /// [`BadChain`] names the first wrong block.
    pub fn check(
        owner: PeerId,
        blocks: impl IntoIterator<Item = Block>,
        endowment: Amount,
        verifier: &Verifier,
    ) -> Result<Chain, BadChain> {
        let mut chain = Chain::default();
        for (block, position) in blocks.into_iter().zip(0..) {
            let bad = |why| BadChain { position, why };
            if block.owner != owner {
                return Err(bad(BadLink::Owner.into()));
            }
            let block = block.verify(verifier).map_err(|why| bad(why.into()))?;
            chain.append(block, endowment).map_err(|why| bad(why.into()))?;
        }
        Ok(chain)
    }

    /// Bytes allocated for the list of blocks, not counting the blocks themselves.
    #[cfg(test)]
    pub(crate) fn capacity_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>()
    }

    /// Appends the canonical bytes of the state.
    pub(crate) fn state(&self, bytes: &mut Vec<u8>) {
        self.len().encode(bytes);
        for entry in &self.entries {
            (entry.block.hash(), entry.claimed).encode(bytes);
        }
        // References follow from the blocks.
        let unverified: Vec<u64> = self.unverified.keys().copied().collect();
        unverified.serialize(bytes).expect("a vector takes any list of bounded length");
    }
}

#[cfg(test)]
mod tests;
