//! All that is known of one owner: its chain, blocks on no main chain, and the evidence by which it is judged.
//!
//! Where the owner signed several blocks for one position, the chain goes on with the lowest hash that may stand there. That is a
//! rule about the set of known blocks, so holders that know the same blocks have the same chain, in whatever order the
//! blocks came.

use std::borrow::Cow;
use std::ops::Range;

use contract::{Amount, Canonical, Hash};

use crate::chain::{BadLink, Chain, Grant, follows};
use crate::evidence::{DoubleReference, Overdraft};
use crate::loose::{Footing, Loose};
use crate::standing::{Lines, Settled, Standing};
use crate::{Block, Equivocation, Evidence, Payload, Verified};

/// All that is known of one owner.
#[derive(Clone, Debug, Default)]
pub struct Account {
    pub(crate) chain: Chain,
    loose: Loose,
    /// Boxed, as what is beside the chain is: most owners have neither, and an account is two lines of the cache.
    evidence: Option<Box<Evidence>>,
}

/// What one owner may take up in a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What the founding document gives to the owner.
    pub grant: Grant,
    /// The most loose blocks of it.
    pub loose: u32,
    /// Whether there is room for one more loose block in all.
    pub room: bool,
}

/// What became of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Whether it was new and is kept.
    pub stored: bool,
    /// The positions at which the main chain has new blocks.
    pub joined: Range<u64>,
    /// Blocks that were cut off the main chain.
    pub cut: Vec<Verified>,
    /// Blocks of other branches of which all before them is known now and was not before.
    pub connected: Vec<Verified>,
    /// The evidence that came of it, if the owner is judged by it from now on.
    pub evidence: Option<Evidence>,
    /// Why it is not kept.
    pub refused: Option<NotKept>,
}

/// Why a verified block is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotKept {
    /// It cannot follow the chain.
    #[error(transparent)]
    Link(#[from] BadLink),
    /// It is on no main chain, and there is no place for more of these.
    #[error("no-room")]
    NoRoom,
}

/// Taking in.
impl Account {
    /// Takes a block that is not known yet.
    pub fn take(&mut self, block: Verified, terms: Terms) -> Taken {
        let mut taken = self.nothing_taken();
        if let Some(conflict) = self.conflict(&block) {
            self.judge_by(conflict, &mut taken);
        }
        let placed = self.place(block, terms, &mut taken);
        taken.connected = self.loose.connect(&self.chain);
        (taken.stored, taken.refused) = (placed.is_ok(), placed.err());
        taken
    }

    /// Takes evidence that holds, and its blocks as far as they are well-formed. Nothing happens if the owner is
    /// judged by a weightier item already.
    pub fn convict(&mut self, evidence: &Evidence, blocks: Vec<Verified>, terms: Terms) -> Taken {
        let mut taken = self.nothing_taken();
        self.judge_by(evidence.clone(), &mut taken);
        if taken.evidence.is_none() {
            return taken;
        }
        for block in blocks {
            if !self.knows(block.sequence, block.hash()) {
                // The evidence itself keeps a block for which there is no place.
                let _ = self.place(block, Terms { room: true, ..terms }, &mut taken);
            }
        }
        taken.connected = self.loose.connect(&self.chain);
        taken.stored = true;
        taken
    }

    fn nothing_taken(&self) -> Taken {
        Taken { joined: self.chain.len()..self.chain.len(), ..Taken::default() }
    }

    /// Judges the owner by `evidence` from now on, if it outweighs what is known.
    fn judge_by(&mut self, evidence: Evidence, taken: &mut Taken) {
        if self.evidence.as_ref().is_none_or(|known| evidence.outweighs(known)) {
            self.evidence = Some(Box::new(evidence.clone()));
            taken.evidence = Some(evidence);
        }
    }

    /// Judges the owner by what a block proves that may not follow the main chain's prefix.
    fn judge_misplaced(&mut self, block: &Verified, why: BadLink, taken: &mut Taken) {
        let proof = match why {
            BadLink::Overdraft => {
                let prefix = self.chain.from(0).take(block.sequence as usize).chain([Cow::Borrowed(block)]);
                // Nobody can carry a longer one.
                let short = block.sequence < crate::evidence::PREFIX_MAX as u64;
                short
                    .then(|| prefix.map(|block| block.block().clone()).collect())
                    .and_then(Overdraft::of)
                    .map(Evidence::Overdraft)
            }
            BadLink::ReferencedTwice => {
                let cause = block.payload.cause().map(|cause| cause.key());
                let first = cause.and_then(|cause| self.chain.referring_to(cause));
                first.and_then(|first| DoubleReference::between(&first, block)).map(Evidence::DoubleReference)
            }
            _ => None,
        };
        if let Some(proof) = proof {
            self.judge_by(proof, taken);
        }
    }

    /// The weightiest conflict between a block and the known ones at its position.
    fn conflict(&self, block: &Block) -> Option<Evidence> {
        let main = self.chain.get(block.sequence).into_iter();
        let conflicts = main
            .chain(self.loose.at(block.sequence).map(Cow::Borrowed))
            .filter_map(|known| Equivocation::between(&known, block).map(Evidence::Equivocation));
        conflicts.reduce(|best, next| if next.outweighs(&best) { next } else { best })
    }

    /// Puts a block where it belongs, and moves the chain on. A block that breaks the rules at its place is kept apart:
    /// it may turn out to be half of a conflict.
    fn place(&mut self, block: Verified, terms: Terms, taken: &mut Taken) -> Result<(), NotKept> {
        let (sequence, length) = (block.sequence, self.chain.len());
        let tried = if sequence == length && block.previous == self.chain.head_hash() {
            Some(self.chain.append(block.clone(), terms.grant))
        } else if sequence < length && self.overtakes(&block) {
            Some(self.switch(&block, terms, taken))
        } else {
            None
        };
        if tried == Some(Ok(())) {
            self.advance(terms, taken);
            taken.joined = taken.joined.start.min(sequence)..self.chain.len();
            return Ok(());
        }
        if let Some(Err(why)) = tried {
            self.judge_misplaced(&block, why, taken);
        }
        let footing = if tried.is_some() { Footing::Refused } else { Footing::Orphan };
        let kept = self.loose.insert(block, footing, terms.loose, terms.room);
        match tried {
            Some(Err(why)) => Err(why.into()),
            _ if kept => Ok(()),
            _ => Err(NotKept::NoRoom),
        }
    }

    /// Whether a block stands on the main chain's prefix and has a lower hash than the block that follows it there.
    fn overtakes(&self, block: &Block) -> bool {
        let previous = block.sequence.checked_sub(1).and_then(|before| self.chain.get(before));
        let previous = previous.map_or(Hash::ZERO, |before| before.hash());
        let current = self.chain.get(block.sequence);
        block.previous == previous && current.is_some_and(|current| block.hash() < current.hash())
    }

    /// Moves the chain to the branch of `block`, if it may stand there.
    fn switch(&mut self, block: &Verified, terms: Terms, taken: &mut Taken) -> Result<(), BadLink> {
        // Conflicts are rare: a copy is the simplest way back.
        let before = self.chain.clone();
        let cut = self.chain.truncate(block.sequence);
        if let Err(why) = self.chain.append(block.clone(), terms.grant) {
            self.chain = before;
            return Err(why);
        }
        for block in &cut {
            // What finds no place is asked for again by whoever needs it.
            let _ = self.loose.insert(block.clone(), Footing::Connected, terms.loose, true);
        }
        taken.cut.extend(cut);
        Ok(())
    }

    /// Moves loose blocks that may follow the chain onto it, the lowest hash first.
    fn advance(&mut self, terms: Terms, taken: &mut Taken) {
        loop {
            let (length, head) = (self.chain.len(), self.chain.head_hash());
            let next = self.loose.at(length).find(|block| {
                block.previous == head && self.loose.footing(length, block.hash()) != Some(Footing::Refused)
            });
            let Some(block) = next.cloned() else { break };
            match self.chain.append(block.clone(), terms.grant) {
                Ok(()) => drop(self.loose.remove(length, block.hash())),
                Err(why) => {
                    self.loose.refuse(length, block.hash());
                    self.judge_misplaced(&block, why, taken);
                }
            }
        }
    }
}

/// Looking.
impl Account {
    /// The main chain.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The blocks on no main chain.
    pub fn loose(&self) -> &Loose {
        &self.loose
    }

    /// The evidence by which the owner is judged.
    pub fn evidence(&self) -> Option<&Evidence> {
        self.evidence.as_deref()
    }

    /// Whether the owner is trusted with anything.
    pub fn standing(&self) -> Standing {
        self.evidence.as_deref().map_or(Standing::Good, |evidence| Standing::Banned(evidence.id()))
    }

    /// Reads what the next block needs, to this depth: the account, the end of its chain, what is beside it.
    pub(crate) fn touch(&self, depth: u8, cause: Option<Hash>) -> u64 {
        match depth {
            0 => self.chain.len() ^ self.loose.len() as u64 ^ u64::from(self.evidence.is_some()),
            depth => self.chain.touch(self.chain.len().saturating_sub(1), depth, cause),
        }
    }

    /// Reads what a credit needs that refers to the block at this position, to this depth.
    pub(crate) fn touch_at(&self, sequence: u64, depth: u8) -> u64 {
        match depth {
            0 => self.chain.len(),
            depth => self.chain.touch(sequence, depth, None),
        }
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.chain.is_empty() && self.loose.is_empty() && self.evidence.is_none()
    }

    /// Whether others are told of the owner: a lone GENESIS concerns nobody.
    pub fn is_announced(&self) -> bool {
        self.chain.len() > 1 || self.evidence.is_some()
    }

    /// The block with this name, on whatever branch.
    pub fn find(&self, sequence: u64, hash: Hash) -> Option<Cow<'_, Block>> {
        match self.chain.get(sequence).filter(|block| block.hash() == hash) {
            Some(Cow::Borrowed(block)) => return Some(Cow::Borrowed(block.block())),
            Some(Cow::Owned(block)) => return Some(Cow::Owned(block.block().clone())),
            None => {}
        }
        if let Some(block) = self.loose.get(sequence, hash) {
            return Some(Cow::Borrowed(block.block()));
        }
        let proven = self.evidence.as_ref()?.blocks();
        proven.into_iter().find(|block| block.sequence == sequence && block.hash() == hash).map(Cow::Borrowed)
    }

    /// Whether the block with this name has its place. Evidence may hold one that has none.
    pub fn knows(&self, sequence: u64, hash: Hash) -> bool {
        self.chain.contains(sequence, hash) || self.loose.get(sequence, hash).is_some()
    }

    /// Whether verified money covers the block with this name and all before it on its branch. Credits that stand on
    /// another branch than the main one are not counted.
    pub fn covers(&self, sequence: u64, hash: Hash, endowment: Amount) -> bool {
        let Some(mut block) = self.find(sequence, hash) else { return false };
        let mut outflow = 0u128;
        while !self.chain.contains(block.sequence, block.hash()) {
            outflow += u128::from(block.outflow().unwrap_or_default().as_micro());
            let Some(sequence) = block.sequence.checked_sub(1) else {
                let stated = matches!(block.payload, Payload::Genesis { endowment: stated, .. } if stated == endowment);
                return stated && outflow <= u128::from(endowment.as_micro());
            };
            match self.find(sequence, block.previous) {
                Some(before) if follows(&before, &block).is_ok() => block = before,
                _ => return false,
            }
        }
        let free = self.chain.free_after(block.sequence);
        free.is_some_and(|free| outflow <= u128::from(free.as_micro()))
    }

    /// The owner's books, split at the conflict.
    pub fn lines(&self) -> Lines {
        let Some(evidence) = &self.evidence else {
            let last = self.chain.len().checked_sub(1);
            let before = last.and_then(|last| self.chain.verified_after(last)).unwrap_or(0);
            return Lines { before, ..Lines::default() };
        };
        let (conflict, smaller) = (evidence.sequence().min(self.chain.len()), evidence.smaller());
        let before = conflict.checked_sub(1).and_then(|last| self.chain.verified_after(last)).unwrap_or(0);
        let mut lines = Lines { before, credited: 0, spent: 0, smaller };
        for block in self.chain.from(conflict) {
            let outflow = block.outflow().unwrap_or_default();
            lines.spent += i128::from(outflow.as_micro());
            lines.credited += match block.payload {
                Payload::Genesis { endowment, .. } => i128::from(endowment.as_micro()),
                _ if self.chain.is_unverified(block.sequence) => 0,
                _ => i128::from(block.credit().as_micro()),
            };
        }
        lines
    }

    /// What the owner has, after every consequence. O(1) for an owner in good standing.
    pub fn settled(&self) -> Settled {
        self.lines().settle()
    }

    /// Appends the canonical bytes of the state.
    pub(crate) fn state(&self, bytes: &mut Vec<u8>) {
        self.chain.state(bytes);
        self.loose.state(bytes);
        self.evidence.as_deref().map(Evidence::id).encode(bytes);
    }
}

#[cfg(test)]
mod tests;
