//! One owner's chain: which block may follow, and what it leaves to spend.
//!
//! Every block keeps the balance after it, so the balance of a prefix is found in O(1); credits that are not verified yet
//! are kept apart and subtracted. A chain that a node holds is valid in itself; whether its credits are true is the
//! business of [`credits`](crate::credits).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Amount, Canonical, Hash, PeerId, Verifier};

use crate::block::BadBlock;
use crate::payload::Cause;
use crate::places::Places;
use crate::snapshot::{Cold, SegmentBody};
use crate::unverified::Unverified;
use crate::{Block, Escrow, Payload, Verified, trust};

/// What a sender must burn of a transfer. Zero while there is no trust model.
pub const TRANSFER_BURN: Amount = Amount::ZERO;

/// How many blocks of a chain are checked together.
const TOGETHER: usize = 256;

/// Why a block cannot follow the blocks before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, serde::Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
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
    /// It refers to a transfer or settlement that the chain has referred to before.
    #[error("referenced-twice")]
    ReferencedTwice,
    /// Its amounts do not fit.
    #[error("amount-overflow")]
    Overflow,
    /// It does not fit what is set aside for the session.
    #[error("wrong-lock")]
    Lock,
    /// It claims more, earlier or more often than the mint gives.
    #[error("wrong-mint-claim")]
    Mint,
}

/// What the founding document gives to an owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// At the beginning.
    pub endowment: Amount,
    /// At most so much a day; nothing where there is no mint.
    pub mint: Amount,
}

impl From<Amount> for Grant {
    fn from(endowment: Amount) -> Grant {
        Grant { endowment, mint: Amount::ZERO }
    }
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
    /// The blocks, or those behind the cold ones.
    entries: Vec<Entry>,
    /// The first blocks, where a start has left them as they were stored.
    cold: Option<Arc<Cold>>,
    /// What a chain without credits does not have.
    rare: Option<Box<Rare>>,
}

/// Looked up, never iterated. Who makes up hashes that meet in one bucket pays for finding them.
#[expect(clippy::disallowed_types, reason = "looked up by hash, never iterated")]
type Sealed = std::collections::HashSet<Hash, std::hash::BuildHasherDefault<siphasher::sip::SipHasher13>>;

/// One line of the cache, which every credit of a flood looks at.
#[derive(Clone, Debug, Default)]
#[repr(align(64))]
struct Rare {
    unverified: Unverified,
    /// Of the entries, those that refer to a transfer or a settlement, by it. Who makes up hashes that begin at one word pays for finding them.
    references: Places,
    beside: Option<Box<Beside>>,
}

/// What a chain has that sets money aside, claims from the mint, or was found by a start.
#[derive(Clone, Debug, Default)]
struct Beside {
    /// The transfers and settlements that the cold blocks refer to.
    sealed: Sealed,
    locks: BTreeMap<Hash, Lock>,
    /// The day of the last claim on the mint.
    claimed: Option<u32>,
}

/// The first bytes of a hash.
fn first_word(hash: Hash) -> u64 {
    hash.as_bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// The first bytes of what the entry at a place refers to.
fn cause_at(entries: &[Entry], place: usize) -> u64 {
    entries[place].block.payload.cause().map_or(0, |cause| first_word(cause.key()))
}

/// What an owner has set aside for a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Lock {
    /// How much, with all top-ups.
    pub total: Amount,
    /// The position of the lock.
    pub first: u64,
    /// The position of the last top-up, or of the lock.
    pub last: u64,
    /// What returned and where, once the lock has ended.
    pub ended: Option<(u64, Amount)>,
}

/// What a chain says up to one of its blocks: a checkpoint, from which others derive the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateAt {
    /// The position of the block.
    pub sequence: u64,
    /// What the owner has after it if every credit is true.
    pub claimed: Amount,
    /// The peers that the owner has recorded heads of, and the latest of each: its position and hash.
    pub heads: BTreeMap<PeerId, (u64, Hash)>,
    /// What is set aside, by session.
    pub locks: BTreeMap<Hash, Amount>,
}

/// Changing a chain.
impl Chain {
    /// Adds a block, in O(1) besides the credits that are not verified yet. `grant` is what the founding document gives to the owner.
    ///
    /// # Errors
    /// [`BadLink`] if the block cannot follow; the chain is as before.
    pub fn append(&mut self, block: Verified, grant: impl Into<Grant>) -> Result<(), BadLink> {
        let claimed = self.judge(&block, grant.into())?;
        if let Some(cause) = block.payload.cause() {
            let rare = self.rare.get_or_insert_default();
            rare.references.enter(first_word(cause.key()), self.entries.len(), |place| cause_at(&self.entries, place));
            rare.unverified.insert(block.sequence, block.credit());
        }
        self.note(&block);
        if self.entries.len() == self.entries.capacity() {
            // Most chains of a large network never get a second block. The others grow by half, from one line of the cache on, and
            // not to twice their length: a large world is as fast as it is small.
            let more = if self.entries.is_empty() { 1 } else { (self.entries.len() / 2).max(3) };
            self.entries.reserve_exact(more);
        }
        self.entries.push(Entry { block, claimed });
        Ok(())
    }

    /// What the owner would have after a block with this payload, if it may follow. The signature is not looked at.
    ///
    /// # Errors
    /// [`BadLink`] if it may not.
    pub fn judge(&self, block: &Block, grant: Grant) -> Result<Amount, BadLink> {
        let Some(Entry { block: head, claimed }) = self.entries.last() else {
            return match block.payload {
                _ if block.sequence != 0 => Err(BadLink::Sequence),
                // A verified block at position 0 is a well-formed GENESIS.
                Payload::Genesis { endowment: stated, .. } if stated == grant.endowment => Ok(stated),
                _ => Err(BadLink::Endowment),
            };
        };
        follows(head, block)?;
        let outflow = block.outflow().ok_or(BadLink::Overflow)?;
        let left = claimed.checked_sub(outflow).ok_or(BadLink::Overdraft)?;
        if block.payload.cause().is_some_and(|cause| self.refers_to(cause.key())) {
            return Err(BadLink::ReferencedTwice);
        }
        match &block.payload {
            Payload::Genesis { .. } => return Err(BadLink::Sequence),
            Payload::MintClaim { day, amount, .. } => {
                let due = *day <= trust::day(block.timestamp) && self.last_claim().is_none_or(|last| last < *day);
                if !due || *amount > grant.mint {
                    return Err(BadLink::Mint);
                }
            }
            Payload::Escrow(escrow) => self.judge_escrow(&block.owner, escrow)?,
            _ => {}
        }
        left.checked_add(block.credit()).ok_or(BadLink::Overflow)
    }

    /// Whether an entry of an escrow fits what is set aside.
    fn judge_escrow(&self, owner: &PeerId, escrow: &Escrow) -> Result<(), BadLink> {
        let lock = self.lock(&escrow.session());
        let open = lock.filter(|lock| lock.ended.is_none());
        let fits = match escrow {
            // A witness's copy concerns somebody else's money.
            Escrow::Lock { consumer, .. } | Escrow::TopUp { consumer, .. } if consumer != owner => true,
            Escrow::Lock { .. } => lock.is_none(),
            Escrow::TopUp { previous_total, .. } => open.is_some_and(|lock| lock.total == *previous_total),
            Escrow::Unlock { returned, .. } => open.is_some_and(|lock| *returned <= lock.total),
            Escrow::Received { .. } => true,
        };
        if fits { Ok(()) } else { Err(BadLink::Lock) }
    }

    /// Keeps in mind what a new block sets aside, ends or claims.
    fn note(&mut self, block: &Block) {
        match &block.payload {
            Payload::MintClaim { day, .. } => self.beside_mut().claimed = Some(*day),
            Payload::Escrow(escrow) => {
                let (session, at) = (escrow.session(), block.sequence);
                match **escrow {
                    Escrow::Lock { consumer, amount: total, .. } if consumer == block.owner => {
                        let lock = Lock { total, first: at, last: at, ended: None };
                        self.beside_mut().locks.insert(session, lock);
                    }
                    Escrow::TopUp { consumer, new_total, .. } if consumer == block.owner => {
                        self.change_lock(&session, |lock| (lock.total, lock.last) = (new_total, at));
                    }
                    Escrow::Unlock { returned, .. } => {
                        self.change_lock(&session, |lock| lock.ended = Some((at, returned)));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn change_lock(&mut self, session: &Hash, change: impl FnOnce(&mut Lock)) {
        let beside = self.rare.as_mut().and_then(|rare| rare.beside.as_mut());
        if let Some(lock) = beside.and_then(|beside| beside.locks.get_mut(session)) {
            change(lock);
        }
    }

    fn beside_mut(&mut self) -> &mut Beside {
        self.rare.get_or_insert_default().beside.get_or_insert_default()
    }

    /// Cuts the chain to `length` blocks and gives back what was cut off, in order.
    pub fn truncate(&mut self, length: u64) -> Vec<Verified> {
        if length <= self.cold_len() {
            self.thaw();
        }
        let keep = usize::try_from(length - self.cold_len().min(length)).unwrap_or(usize::MAX).min(self.entries.len());
        let cut: Vec<Verified> = self.entries.drain(keep..).map(|entry| entry.block).collect();
        let Some(mut rare) = self.rare.take() else { return cut };
        rare.unverified.truncate(length);
        // References, locks and claims are noted anew.
        let Rare { unverified, beside, .. } = *rare;
        let beside = beside.map(|beside| Box::new(Beside { sealed: beside.sealed, ..Beside::default() }));
        let references = Chain::references(&self.entries);
        self.rare = Some(Box::new(Rare { unverified, references, beside }));
        let left: Vec<Verified> = self.from(0).map(Cow::into_owned).collect();
        left.iter().for_each(|block| self.note(block));
        cut
    }

    /// A chain out of what was sealed of its blocks. All but `head`, the last of them, stay cold.
    pub(crate) fn reopened<'a>(
        cold: Arc<Cold>,
        head: Verified,
        sealed: impl Iterator<Item = &'a SegmentBody>,
    ) -> Chain {
        let claimed = cold.balances.last().copied().unwrap_or_default();
        let mut chain = Chain { entries: vec![Entry { block: head, claimed }], cold: Some(cold), rare: None };
        let beside = chain.beside_mut();
        for body in sealed {
            beside.sealed.extend(&body.causes);
            beside.locks.extend(body.locks.iter().copied());
            beside.claimed = body.claimed.or(beside.claimed);
        }
        chain
    }

    /// How many blocks are cold.
    pub(crate) fn cold_len(&self) -> u64 {
        self.cold.as_ref().map_or(0, |cold| cold.len())
    }

    /// Decodes all cold blocks.
    fn thaw(&mut self) {
        let Some(cold) = self.cold.take() else { return };
        let blocks = (0..cold.len()).filter_map(|sequence| cold.get(sequence)).zip(&cold.balances);
        let mut entries: Vec<Entry> = blocks.map(|(block, claimed)| Entry { block, claimed: *claimed }).collect();
        assert_eq!(entries.len() as u64, cold.len(), "a block whose checksum holds can be decoded");
        entries.append(&mut self.entries);
        self.entries = entries;
        if let Some(rare) = &mut self.rare {
            rare.references = Chain::references(&self.entries);
            if let Some(beside) = &mut rare.beside {
                beside.sealed = Sealed::default();
            }
        }
    }

    fn references(entries: &[Entry]) -> Places {
        let mut references = Places::default();
        for (place, entry) in entries.iter().enumerate() {
            if let Some(cause) = entry.block.payload.cause() {
                references.enter(first_word(cause.key()), place, |place| cause_at(entries, place));
            }
        }
        references
    }

    /// Counts the credit at this position from now on.
    pub fn verify_credit(&mut self, sequence: u64) {
        if let Some(rare) = &mut self.rare {
            rare.unverified.remove(sequence);
        }
    }
}

/// Looking at a chain.
impl Chain {
    /// How many blocks it has.
    pub fn len(&self) -> u64 {
        self.cold_len() + self.entries.len() as u64
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The block at a position.
    pub fn get(&self, sequence: u64) -> Option<Cow<'_, Verified>> {
        match sequence.checked_sub(self.cold_len()) {
            Some(index) => self.entries.get(usize::try_from(index).ok()?).map(|entry| Cow::Borrowed(&entry.block)),
            None => self.cold.as_ref()?.get(sequence).map(Cow::Owned),
        }
    }

    /// Whether exactly this block is at this position.
    pub fn contains(&self, sequence: u64, hash: Hash) -> bool {
        self.get(sequence).is_some_and(|block| block.hash() == hash)
    }

    /// The position of the block with this hash. Looks at the blocks from the head back.
    pub fn position(&self, hash: Hash) -> Option<u64> {
        (0..self.len()).rev().find(|sequence| self.contains(*sequence, hash))
    }

    /// The last `count` blocks, in order.
    pub fn segment(&self, count: u64) -> impl Iterator<Item = Cow<'_, Verified>> {
        self.from(self.len().saturating_sub(count))
    }

    /// What the chain says up to the block with this hash; `None` if it has no such block. O(n).
    pub fn state_at(&self, hash: Hash) -> Option<StateAt> {
        let last = self.position(hash)?;
        let mut state = StateAt { sequence: last, claimed: self.claimed_after(last)?, ..StateAt::default() };
        for block in self.from(0).take(usize::try_from(last).ok()? + 1) {
            match &block.payload {
                Payload::PeerHash { peer, sequence, head } => drop(state.heads.insert(*peer, (*sequence, *head))),
                Payload::Escrow(escrow) => match **escrow {
                    Escrow::Lock { session, consumer, amount, .. } if consumer == block.owner => {
                        state.locks.insert(session, amount);
                    }
                    Escrow::TopUp { session, consumer, new_total, .. } if consumer == block.owner => {
                        state.locks.insert(session, new_total);
                    }
                    Escrow::Unlock { session, .. } => drop(state.locks.remove(&session)),
                    _ => {}
                },
                _ => {}
            }
        }
        Some(state)
    }

    /// The last block.
    pub fn head(&self) -> Option<&Verified> {
        self.entries.last().map(|entry| &entry.block)
    }

    /// The hash of the last block; zero for an empty chain, which is what a GENESIS names as its predecessor.
    pub fn head_hash(&self) -> Hash {
        self.head().map_or(Hash::ZERO, |block| block.hash())
    }

    /// Reads the entry at a position and what is kept beside the entries; at a greater depth, what that refers to, and the place of
    /// a cause.
    pub(crate) fn touch(&self, sequence: u64, depth: u8, cause: Option<Hash>) -> u64 {
        if depth > 1 {
            let references = self.rare.as_ref().zip(cause);
            return references.map_or(0, |(rare, cause)| rare.references.touch_word(first_word(cause)));
        }
        let claimed = self.claimed_after(sequence).map_or(0, Amount::as_micro);
        claimed ^ self.rare.as_ref().map_or(0, |rare| rare.unverified.sum() ^ rare.references.touch())
    }

    /// The blocks from a position on.
    pub fn from(&self, sequence: u64) -> impl Iterator<Item = Cow<'_, Verified>> {
        let cold = self.cold_len();
        let start = usize::try_from(sequence.saturating_sub(cold)).unwrap_or(usize::MAX).min(self.entries.len());
        let cold = (sequence..cold).filter_map(|sequence| self.get(sequence));
        cold.chain(self.entries[start..].iter().map(|entry| Cow::Borrowed(&entry.block)))
    }

    /// What the owner has after the block at this position if every credit is true.
    pub fn claimed_after(&self, sequence: u64) -> Option<Amount> {
        match sequence.checked_sub(self.cold_len()) {
            Some(index) => self.entries.get(usize::try_from(index).ok()?).map(|entry| entry.claimed),
            None => self.cold.as_ref()?.balances.get(usize::try_from(sequence).ok()?).copied(),
        }
    }

    /// What the owner surely has after the block at this position, in micro-units: negative if outflows up to there
    /// lean on credits that are not verified. O(1) at the head.
    pub fn verified_after(&self, sequence: u64) -> Option<i128> {
        let claimed = self.claimed_after(sequence)?;
        let open = self.rare.as_ref().map_or(0, |rare| rare.unverified.sum_until(sequence));
        Some(i128::from(claimed.as_micro()) - i128::from(open))
    }

    /// The free balance after the block at this position; `None` where verified money does not cover all outflows.
    pub fn free_after(&self, sequence: u64) -> Option<Amount> {
        let micro = u64::try_from(self.verified_after(sequence)?).ok()?;
        Some(Amount::from_micro(micro))
    }

    /// Whether the credit at this position is not verified yet.
    pub fn is_unverified(&self, sequence: u64) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.unverified.contains(sequence))
    }

    /// The sum of the credits that are not verified yet.
    pub fn unverified(&self) -> u128 {
        self.rare.as_ref().map_or(0, |rare| u128::from(rare.unverified.sum()))
    }

    /// Whether the chain refers to this transfer or settlement.
    pub fn refers_to(&self, cause: Hash) -> bool {
        let Some(rare) = &self.rare else { return false };
        let is_it = |place: usize| self.entries[place].block.payload.cause().is_some_and(|other| other.key() == cause);
        rare.beside.as_ref().is_some_and(|beside| beside.sealed.contains(&cause))
            || rare.references.find(first_word(cause), is_it).is_some()
    }

    /// The block that refers to this transfer or settlement. Looks at every block.
    pub fn referring_to(&self, cause: Hash) -> Option<Cow<'_, Verified>> {
        let refers = |block: &Cow<'_, Verified>| block.payload.cause().as_ref().map(Cause::key) == Some(cause);
        if self.refers_to(cause) { self.from(0).find(refers) } else { None }
    }

    /// What the owner has set aside for a session, ended or not.
    pub fn lock(&self, session: &Hash) -> Option<&Lock> {
        self.beside()?.locks.get(session)
    }

    fn beside(&self) -> Option<&Beside> {
        self.rare.as_ref()?.beside.as_deref()
    }

    /// All that the owner ever set aside, by session.
    pub fn locks(&self) -> impl Iterator<Item = (&Hash, &Lock)> {
        self.beside().into_iter().flat_map(|beside| &beside.locks)
    }

    /// The day of the owner's last claim on the mint.
    pub fn last_claim(&self) -> Option<u32> {
        self.beside()?.claimed
    }

    /// Builds a chain from blocks that nobody has checked: signatures, shape, links, times, amounts.
    ///
    /// # Errors
    /// [`BadChain`] names the first wrong block.
    pub fn check(
        owner: PeerId,
        blocks: impl IntoIterator<Item = Block>,
        grant: impl Into<Grant>,
        verifier: &Verifier,
    ) -> Result<Chain, BadChain> {
        let (mut chain, grant) = (Chain::default(), grant.into());
        let mut blocks = blocks.into_iter();
        loop {
            let together: Vec<Block> = blocks.by_ref().take(TOGETHER).collect();
            if together.is_empty() {
                break;
            }
            // Somebody else's block is refused before its signature is.
            let own: Vec<bool> = together.iter().map(|block| block.owner == owner).collect();
            for (block, own) in Block::verify_all(together, verifier).into_iter().zip(own) {
                let bad = |why| BadChain { position: chain.len(), why };
                if !own {
                    return Err(bad(BadLink::Owner.into()));
                }
                let block = block.map_err(|why| bad(why.into()))?;
                let position = chain.len();
                chain.append(block, grant).map_err(|why| BadChain { position, why: why.into() })?;
            }
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
        for block in self.from(0) {
            (block.hash(), self.claimed_after(block.sequence).unwrap_or_default()).encode(bytes);
        }
        // References and locks follow from the blocks.
        let unverified: Vec<u64> = self.rare.iter().flat_map(|rare| rare.unverified.positions()).collect();
        unverified.serialize(bytes).expect("a vector takes any list of bounded length");
    }
}

#[cfg(test)]
mod tests;
