//! Anti-entropy: two nodes compare digests, and the one that differs pulls what it lacks.
//!
//! A [`Pull`] lists heads; the answer is a [`Segment`] with what the other side lacks, as much as fits; rounds follow until
//! nothing is left. Where the two have different blocks at one position, the answer holds the block that conflicts, so
//! a fork is found even when both chains are equally long.
//!
//! Pulls begin when a keepalive shows another digest, after a restart, after a connection broke, and when a block comes
//! whose prefix is unknown. The last three work when keepalives are off.

use std::collections::BTreeMap;

use contract::{Bounded, Canonical, Hash, PeerId};

use crate::account::Account;
use crate::book::{ALL, Book};
use crate::message::{
    AGREEMENTS_MAX, BLOCKS_MAX, EVIDENCE_BYTES_MAX, EVIDENCE_MAX, HAVE_MAX, Have, Keepalive, Pull, Segment,
};
use crate::{Agreement, Block, Evidence};

/// The most pulls that one peer owes an answer to.
const OPEN_MAX: usize = 32;
/// How often the waiting time before a repair is doubled at most.
const DOUBLINGS_MAX: u32 = 6;

/// Which pulls are under way, and which peers are being asked again and again.
#[derive(Clone, Debug, Default)]
pub struct AntiEntropy {
    /// By peer and last owner asked for: the first owner asked for.
    open: BTreeMap<(PeerId, PeerId), PeerId>,
    /// Peers whose full answer is missing since a restart or a break, and how often they were asked.
    repairs: BTreeMap<PeerId, u32>,
}

/// What a segment means for the pull that it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// There is more to ask for, from this owner on.
    Continue(PeerId),
    /// Everything was answered.
    Finished,
    /// Nobody had asked.
    Unasked,
}

/// Why a pull is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPull {
    /// The range is no range.
    #[error("bad-range")]
    Range,
    /// The list is not in ascending order, or not within the range.
    #[error("unsorted-list")]
    Unsorted,
}

impl AntiEntropy {
    /// A pull from `peer` about the owners `from..=to`, unless one is under way or too many are.
    pub fn request(&mut self, peer: PeerId, from: PeerId, to: PeerId, book: &Book) -> Option<Pull> {
        let owed = self.open.range((peer, ALL.0)..=(peer, ALL.1)).count();
        if owed >= OPEN_MAX || self.open.contains_key(&(peer, to)) {
            return None;
        }
        self.open.insert((peer, to), from);
        Some(pull(book, from, to))
    }

    /// What follows from a segment of `peer`. `progress` says whether anything in it was new.
    pub fn answered(&mut self, peer: PeerId, segment: &Segment, progress: bool) -> Round {
        let Some(from) = self.open.remove(&(peer, segment.to)) else { return Round::Unasked };
        // A round that brings neither news nor another owner is skipped, so that rounds end.
        let next = segment.next.and_then(|next| if progress || next > from { Some(next) } else { successor(next) });
        match next {
            Some(next) if next <= segment.to && next >= from => Round::Continue(next),
            _ => {
                if segment.to == ALL.1 {
                    self.repairs.remove(&peer);
                }
                Round::Finished
            }
        }
    }

    /// Forgets which pulls of `peer` are under way: their answers are lost.
    pub fn forget(&mut self, peer: PeerId) {
        let owed: Vec<_> = self.open.range((peer, ALL.0)..=(peer, ALL.1)).map(|(key, _)| *key).collect();
        for key in owed {
            self.open.remove(&key);
        }
    }

    /// Counts how often `peer` was asked for everything in vain. The answer is by how much the waiting time before the next
    /// try is multiplied.
    pub fn repair(&mut self, peer: PeerId) -> u64 {
        let tries = self.repairs.entry(peer).or_default();
        let factor = 1 << *tries;
        *tries = (*tries + 1).min(DOUBLINGS_MAX);
        factor
    }

    /// Whether `peer` still owes a full answer since a restart or a break.
    pub fn needs_repair(&self, peer: &PeerId) -> bool {
        self.repairs.contains_key(peer)
    }

    /// Whether `peer` was asked for everything and its answer is under way.
    pub fn is_asked(&self, peer: &PeerId) -> bool {
        self.open.contains_key(&(*peer, ALL.1))
    }

    /// Appends the canonical bytes of the state.
    pub(crate) fn state(&self, bytes: &mut Vec<u8>) {
        (self.open.len() as u64).encode(bytes);
        self.open.iter().for_each(|((peer, to), from)| (*peer, *to, *from).encode(bytes));
        (self.repairs.len() as u64).encode(bytes);
        self.repairs.iter().for_each(|(peer, tries)| (*peer, *tries).encode(bytes));
    }
}

/// The sign of life of the owner of `book`.
pub fn keepalive(book: &Book, digest: Option<Hash>) -> Keepalive {
    let chain = book.mine().chain();
    Keepalive { length: chain.len(), head: chain.head_hash(), digest, items: Bounded::default() }
}

/// A request for what `book` lacks of the owners `from..=to`.
fn pull(book: &Book, from: PeerId, to: PeerId) -> Pull {
    let known = book.accounts(from..=to).filter(|(_, account)| account.is_announced());
    let mut have: Vec<Have> = known.take(HAVE_MAX + 1).map(|(owner, account)| have(owner, account)).collect();
    let mut listed = to;
    if have.len() > HAVE_MAX {
        have.truncate(HAVE_MAX);
        listed = have.last().map_or(to, |last| last.owner);
    }
    Pull { from, listed, to, have: Bounded::truncated(have) }
}

fn have(owner: PeerId, account: &Account) -> Have {
    let chain = account.chain();
    Have { owner, length: chain.len(), head: chain.head_hash(), evidence: account.evidence().map(Evidence::id) }
}

/// What `book` has and the sender of `pull` lacks, as much as fits.
///
/// # Errors
/// [`BadPull`] if the request contradicts itself.
pub fn answer(book: &Book, pull: &Pull) -> Result<Segment, BadPull> {
    let Pull { from, listed, to, have } = pull;
    if from > listed || listed > to {
        return Err(BadPull::Range);
    }
    let ascending = have.windows(2).all(|pair| pair[0].owner < pair[1].owner);
    if !ascending || have.iter().any(|have| have.owner < *from || have.owner > *listed) {
        return Err(BadPull::Unsorted);
    }
    let mut have = have.iter().peekable();
    let (mut evidence, mut blocks) = (Vec::new(), Vec::new());
    let mut next = successor(*listed).filter(|next| next <= to);
    for (owner, account) in book.accounts(*from..=*listed).filter(|(_, account)| account.is_announced()) {
        while have.next_if(|have| have.owner < owner).is_some() {}
        let theirs = have.next_if(|have| have.owner == owner);
        if !fill(account, theirs, &mut evidence, &mut blocks) {
            next = Some(owner);
            break;
        }
    }
    let agreements = agreements_of(book, &blocks);
    let (evidence, blocks) = (Bounded::truncated(evidence), Bounded::truncated(blocks));
    Ok(Segment { to: *to, next, evidence, blocks, agreements })
}

/// The agreements that blocks refer to, each once.
fn agreements_of(book: &Book, blocks: &[Block]) -> Bounded<Agreement, AGREEMENTS_MAX> {
    let mut ids: Vec<Hash> = blocks.iter().filter_map(|block| block.payload.agreement()).collect();
    ids.sort_unstable();
    ids.dedup();
    Bounded::truncated(ids.iter().filter_map(|id| book.agreements().get(id).cloned()).collect())
}

/// Adds what they lack of one owner. Whether everything fitted.
fn fill(account: &Account, theirs: Option<&Have>, evidence: &mut Vec<Evidence>, blocks: &mut Vec<Block>) -> bool {
    if let Some(item) = account.evidence().filter(|item| theirs.and_then(|have| have.evidence) != Some(item.id())) {
        let bytes = |items: &[Evidence]| {
            items.iter().map(|item| borsh::object_length(item).unwrap_or(usize::MAX)).sum::<usize>()
        };
        if evidence.len() == EVIDENCE_MAX || (!evidence.is_empty() && bytes(evidence) > EVIDENCE_BYTES_MAX) {
            return false;
        }
        evidence.push(item.clone());
    }
    let chain = account.chain();
    let start = theirs.map_or(0, |have| match have.length.checked_sub(1) {
        // The same head, or one that is not known here: what follows it is missing.
        Some(last) if chain.contains(last, have.head) || last >= chain.len() => have.length,
        // Another block at the place of their head: that is the conflict.
        Some(last) => last,
        None => 0,
    });
    for block in chain.from(start) {
        if blocks.len() == BLOCKS_MAX {
            return false;
        }
        blocks.push(block.block().clone());
    }
    true
}

/// The identity after this one, if there is one.
fn successor(peer: PeerId) -> Option<PeerId> {
    let mut bytes = *peer.as_bytes();
    for byte in bytes.iter_mut().rev() {
        let (next, overflow) = byte.overflowing_add(1);
        *byte = next;
        if !overflow {
            return Some(PeerId::from_bytes(bytes));
        }
    }
    None
}

#[cfg(test)]
mod tests;
