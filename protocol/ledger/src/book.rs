//! All that a node knows: the accounts of all owners, its own among them.
//!
//! The book is also the memory of what was seen: a block is new if its owner's account does not know it, and it gets into an
//! account only when its signature holds. So nothing unverified is ever marked as seen. There is one evidence item per owner;
//! loose blocks are bounded, and so are owners whom the founding document does not list, and the blocks on their chains.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};

use contract::{Canonical, Hash, PeerId};

use crate::account::{Account, NotKept, Taken, Terms};
use crate::accounts::Accounts;
use crate::agreement::Agreements;
use crate::block::{BadBlock, Reference};
use crate::chain::Chain;
use crate::credits::{Credits, Touched};
use crate::evidence::WitnessConflict;
use crate::recent::Recent;
use crate::standing::Standing;
use crate::trust::Trust;
use crate::{Agreement, Block, Evidence, Payload, Shared, Verified};

/// The lowest and the highest identity there can be.
pub const ALL: (PeerId, PeerId) = (PeerId::from_bytes([0; 32]), PeerId::from_bytes([0xff; 32]));

/// All that a node knows.
#[derive(Clone, Debug)]
pub struct Book {
    own: PeerId,
    /// The own account stands apart, so that an idle node allocates no table.
    mine: Account,
    others: Accounts,
    pub(crate) credits: Credits,
    pub(crate) agreements: Agreements,
    trust: Option<Box<Trust>>,
    digest: Digest,
    loose: u32,
    /// Owners that the founding document does not list, and the blocks on their chains.
    strangers: (u32, u32),
    recent: Recent,
}

/// What became of a block or an evidence item.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// Whether it was new and is kept.
    pub stored: bool,
    /// The positions at which the owner's main chain has new blocks.
    pub joined: Range<u64>,
    /// Blocks of other branches of which all before them is known now and was not before.
    pub connected: Vec<Verified>,
    /// Evidence by which the owner is judged from now on.
    pub evidence: Option<Evidence>,
    /// Whether the item does not stand on what is known of the owner.
    pub orphan: bool,
    /// Owners of whom more is known or covered than before.
    pub touched: Touched,
    /// Blocks that new credits refer to and that are not known.
    pub unknown: Vec<Reference>,
    /// Agreements that new credits refer to and that are not known.
    pub unheard: Vec<Hash>,
    /// Why a verified block is not kept.
    pub refused: Option<NotKept>,
}

impl Learned {
    /// Whether the item was known, and nothing follows.
    pub fn is_nothing(&self) -> bool {
        !self.stored && self.evidence.is_none() && self.refused.is_none()
    }
}

/// What became of an agreement.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    /// Whether it was new, or brought further signatures.
    pub stored: bool,
    /// Evidence against those who also signed one that contradicts it.
    pub conflicts: Vec<Evidence>,
    /// Owners of whom more is covered than before.
    pub touched: Touched,
    /// Further agreements that credits refer to and that are not known.
    pub unheard: Vec<Hash>,
}

/// Why a block or an evidence item counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadItem {
    /// The block.
    #[error(transparent)]
    Block(#[from] BadBlock),
    /// The evidence proves nothing.
    #[error("false-evidence")]
    Evidence,
    /// Too few have signed the agreement, or a signature under it does not hold.
    #[error("unsigned-agreement")]
    Agreement,
}

/// Taking in.
impl Book {
    /// The empty book of `own`.
    pub fn new(own: PeerId) -> Book {
        Book {
            own,
            mine: Account::default(),
            others: Accounts::default(),
            credits: Credits::default(),
            agreements: Agreements::default(),
            trust: None,
            digest: Digest::default(),
            loose: 0,
            strangers: (0, 0),
            recent: Recent::default(),
        }
    }

    /// Takes a block that anybody may have sent.
    ///
    /// # Errors
    /// [`BadItem`] if it is unsigned or malformed. A block that is known already is not checked again.
    pub fn learn(&mut self, block: Block, shared: &Shared) -> Result<Learned, BadItem> {
        if self.account(&block.owner).is_some_and(|account| account.knows(block.sequence, block.hash())) {
            return Ok(Learned::default());
        }
        Ok(self.take(block.verify(&shared.verifier)?, shared))
    }

    /// Takes a block whose signature and shape were checked before.
    pub(crate) fn learn_verified(&mut self, block: Verified, shared: &Shared) -> Learned {
        let known = self.account(&block.owner).is_some_and(|account| account.knows(block.sequence, block.hash()));
        if known { Learned::default() } else { self.take(block, shared) }
    }

    /// Takes a verified block that is not known yet.
    pub fn take(&mut self, block: Verified, shared: &Shared) -> Learned {
        let Reference { owner, sequence, hash } = block.reference();
        if !self.has_room(&owner, shared) {
            return Learned { refused: Some(NotKept::NoRoom), ..Learned::default() };
        }
        // A flood brings blocks of others; a node that has written nothing but its own needs no table of them.
        let copy = (owner != self.own).then(|| block.block().clone());
        let taken = self.change(owner, shared, |account, terms| account.take(block, terms));
        if let Some(copy) = copy.filter(|_| taken.joined.contains(&sequence)) {
            self.recent.put(copy);
        }
        let kept_off = taken.stored && !taken.joined.contains(&sequence);
        let mut learned = self.after(owner, taken, kept_off.then_some(sequence), shared);
        learned.orphan = kept_off && !self.is_connected(Reference { owner, sequence, hash });
        learned
    }

    /// Takes the beginning of the own chain, and counts what it says about others. The book is empty.
    pub(crate) fn reopen(&mut self, chain: Chain, records: &[Verified]) {
        self.mine.chain = chain;
        self.digest.add(Digest::of(&self.mine));
        for block in records {
            self.trust.get_or_insert_default().add(block);
        }
    }

    /// Takes an evidence item that anybody may have sent.
    ///
    /// # Errors
    /// [`BadItem::Evidence`] if it proves nothing. An item that is outweighed by what is known is not checked.
    pub fn convict(&mut self, evidence: &Evidence, shared: &Shared) -> Result<Learned, BadItem> {
        let known = self.account(&evidence.owner()).and_then(Account::evidence);
        if known.is_some_and(|known| !evidence.outweighs(known)) {
            return Ok(Learned::default());
        }
        if !evidence.holds(&shared.verifier) {
            return Err(BadItem::Evidence);
        }
        if self.account(&evidence.owner()).is_none() && !self.has_room(&evidence.owner(), shared) {
            return Ok(Learned { refused: Some(NotKept::NoRoom), ..Learned::default() });
        }
        let blocks = evidence.blocks().into_iter();
        // A malformed block convicts as well, but it cannot stand in a chain.
        let blocks = blocks.filter_map(|block| block.clone().verify(&shared.verifier).ok()).collect();
        let (owner, sequence) = (evidence.owner(), evidence.sequence());
        let taken = self.change(owner, shared, |account, terms| account.convict(evidence, blocks, terms));
        let mut learned = self.after(owner, taken, Some(sequence), shared);
        learned.orphan = !evidence.blocks().iter().all(|block| self.is_connected(block.reference()));
        Ok(learned)
    }

    /// Takes an agreement that anybody may have sent.
    ///
    /// # Errors
    /// [`BadItem::Agreement`] if it does not hold. A known one is checked again only if it brings further signatures.
    pub fn agree(&mut self, agreement: &Agreement, shared: &Shared) -> Result<Agreed, BadItem> {
        let known = self.agreements.get(&agreement.id());
        if known.is_some_and(|known| known.merged(agreement).is_none()) {
            return Ok(Agreed::default());
        }
        if !agreement.holds(&shared.verifier) {
            return Err(BadItem::Agreement);
        }
        let mut agreed = Agreed::default();
        if let Some(other) = self.agreements.contradicted(agreement).cloned() {
            let blamed = agreement.common_signers(&other).into_iter();
            let conflicts = blamed.filter_map(|signer| WitnessConflict::of(signer, agreement, &other));
            agreed.conflicts.extend(conflicts.map(Evidence::WitnessConflict));
        }
        agreed.stored = self.agreements.keep(agreement.clone(), shared.parameters.bounds.agreements);
        let led = self.verify_settled(agreement, &shared.founding);
        (agreed.touched, agreed.unheard) = (led.touched, led.unheard);
        Ok(agreed)
    }

    /// Lets `change` work on an account and keeps digest and counters in step.
    fn change(&mut self, owner: PeerId, shared: &Shared, change: impl FnOnce(&mut Account, Terms) -> Taken) -> Taken {
        let parameters = &shared.parameters;
        let grant = shared.founding.grant(&owner);
        let room = self.loose < parameters.loose_total;
        let terms = Terms { grant, loose: parameters.loose_per_owner, room };
        let own = owner == self.own;
        let account = if own { &mut self.mine } else { self.others.open(owner) };
        let (digest, loose, length) = (Digest::of(account), account.loose().len(), account.chain().len());
        let before = !account.is_empty();
        let taken = change(account, terms);
        count_trust(&mut self.trust, account, &taken, length);
        if !taken.cut.is_empty() {
            self.recent.clear();
        }
        self.digest.remove(digest);
        self.digest.add(Digest::of(account));
        // Both are below the bound on loose blocks.
        self.loose = self.loose - loose as u32 + account.loose().len() as u32;
        let grown = account.chain().len();
        let known = !account.is_empty();
        if !own && !known {
            self.others.remove(&owner);
        }
        if !own && !shared.founding.lists(&owner) {
            let (owners, blocks) = &mut self.strangers;
            // Both are below their bounds, which fit.
            *owners = *owners - u32::from(before) + u32::from(known);
            *blocks = *blocks - length as u32 + grown as u32;
        }
        taken
    }

    /// Whether one more block of an owner has its place: see [`Bounds`](crate::parameters::Bounds).
    fn has_room(&self, owner: &PeerId, shared: &Shared) -> bool {
        let (owners, blocks) = self.strangers;
        let bounds = &shared.parameters.bounds;
        let room = (owners as usize) < bounds.owners || self.others.contains(owner);
        *owner == self.own || shared.founding.lists(owner) || (room && u64::from(blocks) < bounds.blocks)
    }

    fn after(&mut self, owner: PeerId, taken: Taken, stored: Option<u64>, shared: &Shared) -> Learned {
        let Taken { stored: kept, joined, connected, evidence, refused, .. } = taken;
        let led = self.verify_credits(owner, joined.clone(), stored, &shared.founding);
        let (mut touched, unknown, unheard) = (led.touched, led.unknown, led.unheard);
        if evidence.is_some() {
            touched.push(owner);
        }
        Learned { stored: kept, joined, connected, evidence, orphan: false, touched, unknown, unheard, refused }
    }
}

/// Counts what the blocks that joined the main chain say about others, and takes out what those said that were cut off.
fn count_trust(trust: &mut Option<Box<Trust>>, account: &Account, taken: &Taken, length: u64) {
    let speaks = |block: &Block| matches!(block.payload, Payload::Record(_));
    // Of several blocks that were cut off at one position, the first stood there before.
    let mut seen = BTreeSet::new();
    for block in taken.cut.iter().filter(|block| block.sequence < length && seen.insert(block.sequence)) {
        if let Some(trust) = trust.as_mut().filter(|_| speaks(block)) {
            trust.remove(block);
        }
    }
    let joined = account.chain().from(taken.joined.start).take((taken.joined.end - taken.joined.start) as usize);
    for block in joined.filter(|block| speaks(block)) {
        trust.get_or_insert_default().add(&block);
    }
}

/// Looking.
impl Book {
    /// Whose book it is.
    pub fn own(&self) -> PeerId {
        self.own
    }

    /// The own account.
    pub fn mine(&self) -> &Account {
        &self.mine
    }

    /// What is known of an owner.
    pub fn account(&self, owner: &PeerId) -> Option<&Account> {
        if *owner == self.own { Some(&self.mine) } else { self.others.get(owner) }
    }

    pub(crate) fn account_mut(&mut self, owner: &PeerId) -> Option<&mut Account> {
        if *owner == self.own { Some(&mut self.mine) } else { self.others.get_mut(owner) }
    }

    /// Whether this block joined a chain lately. What was so long ago that it is not remembered here is still known.
    pub fn heard_lately(&self, block: &Block) -> bool {
        self.recent.holds(block)
    }

    /// Whether an owner is trusted with anything.
    pub fn standing(&self, owner: &PeerId) -> Standing {
        self.account(owner).map_or(Standing::Good, Account::standing)
    }

    /// The block with this name, on whatever branch.
    pub fn find(&self, name: &Reference) -> Option<Cow<'_, Block>> {
        self.account(&name.owner)?.find(name.sequence, name.hash)
    }

    /// Whether the block with this name is known with all that is before it.
    pub fn is_connected(&self, name: Reference) -> bool {
        self.gap_below(name).is_none()
    }

    /// The nearest block that is missing below the one with this name, or that one itself.
    pub fn gap_below(&self, name: Reference) -> Option<Reference> {
        let Some(account) = self.account(&name.owner) else { return Some(name) };
        let mut name = name;
        while !account.chain().contains(name.sequence, name.hash) {
            let Some(block) = account.find(name.sequence, name.hash) else { return Some(name) };
            let sequence = name.sequence.checked_sub(1)?;
            name = Reference { owner: name.owner, sequence, hash: block.previous };
        }
        None
    }

    /// The accounts of the owners in a range, in ascending order, the own one in its place.
    pub fn accounts(&self, range: RangeInclusive<PeerId>) -> impl Iterator<Item = (PeerId, &Account)> {
        let own = Some((self.own, &self.mine)).filter(|(own, mine)| range.contains(own) && !mine.is_empty());
        let mut others = self.others.range(range).peekable();
        let mut own = own.into_iter().peekable();
        std::iter::from_fn(move || match (own.peek(), others.peek()) {
            (Some((mine, _)), Some((other, _))) if mine < other => own.next(),
            (Some(_), None) => own.next(),
            _ => others.next(),
        })
    }

    /// All accounts.
    pub fn all(&self) -> impl Iterator<Item = (PeerId, &Account)> {
        self.accounts(ALL.0..=ALL.1)
    }

    /// How many blocks are on no main chain.
    pub fn loose(&self) -> u32 {
        self.loose
    }

    /// The credits that are not verified.
    pub fn credits(&self) -> &Credits {
        &self.credits
    }

    /// The agreements that are known.
    pub fn agreements(&self) -> &Agreements {
        &self.agreements
    }

    /// What is on record about everybody; `None` while nothing is.
    pub fn trust(&self) -> Option<&Trust> {
        self.trust.as_deref()
    }

    /// What a peer has earned at the end of a day. Zero for whoever is banned.
    pub fn effective_trust(&self, peer: &PeerId, today: u32) -> f64 {
        let Some(trust) = &self.trust else { return 0.0 };
        let solved = trust.solve(today, |peer| self.standing(peer) != Standing::Good);
        solved.get(peer).copied().unwrap_or(0.0)
    }

    /// A digest of all heads and evidence that others are told of.
    pub fn digest(&self) -> Hash {
        self.digest.hash()
    }

    /// Reads what a block needs first: see [`Actor::touch`](contract::Actor::touch).
    pub(crate) fn touch(&self) -> u64 {
        self.own.as_bytes()[0] as u64 ^ self.mine.chain().len() ^ u64::from(self.loose)
    }

    /// Reads what tells a copy of a block from news, in two passes.
    pub(crate) fn touch_recent(&self, block: &Block, pass: u8) -> u64 {
        if pass == 0 { u64::from(self.recent.is_empty()) } else { self.recent.touch(block) }
    }

    /// Whether this copy of the block in memory joined a chain lately.
    pub(crate) fn heard_this_copy(&self, block: &Block) -> bool {
        self.recent.holds_copy(block)
    }

    /// Reads where the accounts of others are.
    pub(crate) fn touch_accounts(&self) -> u64 {
        self.others.touch()
    }

    /// Reads what a new block needs. Each pass follows one reference: to the words that say where the accounts are, of the owner
    /// and of who is said to have paid it; to the accounts; to the ends of their chains; to what is kept beside these.
    pub(crate) fn touch_for(&self, block: &Block, pass: u8) -> u64 {
        let reference = block.payload.reference();
        let Some(depth) = pass.checked_sub(1) else {
            let sender = reference.map_or(0, |paid| self.others.touch_word(&paid.owner));
            return self.others.touch_word(&block.owner) ^ sender;
        };
        let owner = self.account(&block.owner);
        let Some(Reference { owner: sender, sequence, hash }) = reference else {
            return owner.map_or(0, |account| account.touch(depth, None));
        };
        let sender = self.account(&sender).map_or(0, |account| account.touch_at(sequence, depth));
        sender ^ owner.map_or(0, |account| account.touch(depth, Some(hash)))
    }

    /// Appends the canonical bytes of the state.
    pub fn state(&self, bytes: &mut Vec<u8>) {
        // Digest and counters follow from the accounts.
        (self.all().count() as u64).encode(bytes);
        for (owner, account) in self.all() {
            owner.encode(bytes);
            account.state(bytes);
        }
        self.credits.state(bytes);
        self.agreements.state(bytes);
        if let Some(trust) = &self.trust {
            trust.state(bytes);
        }
    }
}

/// A digest of a set of hashes that can be changed one by one: their sum, in four lanes that wrap.
///
/// The sum says whether two honest books are the same. Whoever can choose the hashes could make two different books
/// look the same; all that comes of it is that a gap stays open until the next block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Digest([u64; 4]);

impl Digest {
    /// What an account adds.
    fn of(account: &Account) -> Digest {
        let mut digest = Digest::default();
        if account.is_announced() {
            digest.add(Digest::lanes(account.chain().head_hash()));
        }
        if let Some(evidence) = account.evidence() {
            digest.add(Digest::lanes(evidence.id()));
        }
        digest
    }

    fn lanes(hash: Hash) -> Digest {
        let mut lanes = [0; 4];
        for (lane, bytes) in lanes.iter_mut().zip(hash.as_bytes().chunks_exact(8)) {
            // The chunks have eight bytes.
            *lane = u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
        }
        Digest(lanes)
    }

    fn add(&mut self, other: Digest) {
        self.0.iter_mut().zip(other.0).for_each(|(lane, value)| *lane = lane.wrapping_add(value));
    }

    fn remove(&mut self, other: Digest) {
        self.0.iter_mut().zip(other.0).for_each(|(lane, value)| *lane = lane.wrapping_sub(value));
    }

    fn hash(self) -> Hash {
        let mut bytes = [0; 32];
        for (part, lane) in bytes.chunks_exact_mut(8).zip(self.0) {
            part.copy_from_slice(&lane.to_le_bytes());
        }
        Hash::from_bytes(bytes)
    }
}

#[cfg(test)]
mod tests;
