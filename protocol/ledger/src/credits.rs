//! Credits that wait to be verified.
//!
//! A TRANSFER_IN counts when the TRANSFER_OUT that it refers to is known, goes to this owner with this amount, and is
//! covered by verified money on its branch. Until then it waits here, under the name of the sender's block, and is looked
//! at again when that block, or money before it, is verified. What a settlement gives counts when the settlement is known,
//! fits the lock result of the same panel, and the consumer's lock is covered; it waits under the name of the
//! consumer. A credit once counted stays counted: the recipient keeps it even if the sender is convicted later.

use std::collections::BTreeSet;
use std::ops::Range;

use contract::{Canonical, Hash, PeerId};
use smallvec::SmallVec;

use crate::agreement::{Matter, Text};
use crate::block::Reference;
use crate::book::Book;
use crate::payload::Cause;
use crate::{Agreement, Block, Escrow, Founding, Payload};

/// The credits that wait.
#[derive(Clone, Debug, Default)]
pub struct Credits {
    waiting: BTreeSet<Credit>,
}

/// A credit that waits: ordered by the block that it refers to. What waits for a settlement is named after the consumer,
/// at the highest position: whatever more is known of the consumer may be its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Credit {
    sender: PeerId,
    sender_sequence: u64,
    owner: PeerId,
    sequence: u64,
}

/// Credits to look at. One block seldom leads to more than one, so that most steps allocate nothing.
type Look = SmallVec<[Credit; 1]>;
/// Owners of whom more is known or covered than before, some of them perhaps twice.
pub type Touched = SmallVec<[PeerId; 2]>;

/// What is known of a credit.
enum Verdict {
    /// It counts.
    Counts,
    /// The block that it refers to is known, but not yet covered.
    Waits,
    /// The block that it refers to is not known.
    Unknown(Reference),
    /// The agreement that it refers to is not known.
    Unheard(Hash),
    /// It never counts, or it is not there any more.
    Void,
}

/// What verifying led to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Owners of whom more is known or covered than before.
    pub touched: Touched,
    /// Blocks that new credits refer to and that are not known.
    pub unknown: Vec<Reference>,
    /// Agreements that new credits refer to and that are not known.
    pub unheard: Vec<Hash>,
}

impl Credits {
    /// How many credits wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Appends the canonical bytes of the state.
    pub(crate) fn state(&self, bytes: &mut Vec<u8>) {
        (self.waiting.len() as u64).encode(bytes);
        for Credit { sender, sender_sequence, owner, sequence } in &self.waiting {
            (*sender, *sender_sequence, *owner, *sequence).encode(bytes);
        }
    }
}

impl Book {
    /// Verifies what can be verified now that `owner` has new blocks on its main chain (`joined`) or another new block
    /// at `stored`.
    pub(crate) fn verify_credits(
        &mut self,
        owner: PeerId,
        joined: Range<u64>,
        stored: Option<u64>,
        founding: &Founding,
    ) -> Verified {
        let mut led = Verified::default();
        let mut check = Look::new();
        for sequence in joined.clone() {
            check.extend(self.register(owner, sequence));
        }
        let registered = check.clone();
        // Blocks of these owners from these positions on may have become known or covered.
        let mut grown = SmallVec::new();
        let from = stored.into_iter().chain((!joined.is_empty()).then_some(joined.start)).min();
        grown.extend(from.map(|from| (owner, from)));
        self.spread(check, grown, founding, &mut led);
        // No verdict makes known what was not: what waits for something unknown has waited from the beginning.
        for credit in registered.iter().filter(|credit| self.credits.waiting.contains(*credit)) {
            match self.verdict(credit, founding) {
                Verdict::Unknown(reference) => led.unknown.push(reference),
                Verdict::Unheard(agreement) => led.unheard.push(agreement),
                Verdict::Counts | Verdict::Waits | Verdict::Void => {}
            }
        }
        led
    }

    /// Verifies what can be verified now that an agreement is known.
    pub(crate) fn verify_settled(&mut self, agreement: &Agreement, founding: &Founding) -> Verified {
        let mut led = Verified::default();
        let check = self.waiting_for(agreement.text().panel.consumer, u64::MAX);
        self.spread(check.clone(), SmallVec::new(), founding, &mut led);
        led.unheard.extend(check.iter().filter_map(|credit| match self.verdict(credit, founding) {
            Verdict::Unheard(other) => Some(other),
            _ => None,
        }));
        led
    }

    fn waiting_for(&self, sender: PeerId, from: u64) -> Look {
        let first = Credit { sender, sender_sequence: from, owner: PeerId::from_bytes([0; 32]), sequence: 0 };
        self.credits.waiting.range(first..).take_while(|credit| credit.sender == sender).copied().collect()
    }

    /// Verifies `check`, and what waits for the owners of whom more is known or covered, and so on.
    fn spread(
        &mut self,
        mut check: Look,
        mut grown: SmallVec<[(PeerId, u64); 2]>,
        founding: &Founding,
        led: &mut Verified,
    ) {
        loop {
            while let Some(credit) = check.pop() {
                match self.verdict(&credit, founding) {
                    Verdict::Counts => {
                        self.credits.waiting.remove(&credit);
                        self.count(credit.owner, credit.sequence);
                        grown.push((credit.owner, credit.sequence));
                    }
                    Verdict::Void => {
                        self.credits.waiting.remove(&credit);
                    }
                    Verdict::Waits | Verdict::Unknown(_) | Verdict::Unheard(_) => {
                        self.credits.waiting.insert(credit);
                    }
                }
            }
            let Some((sender, from)) = grown.pop() else { return };
            led.touched.push(sender);
            check.extend(self.waiting_for(sender, from));
        }
    }

    /// The credit at this position that is to be verified, if there is one. A credit on the node's own chain counts at once: the node has
    /// verified it before it wrote it.
    fn register(&mut self, owner: PeerId, sequence: u64) -> Option<Credit> {
        let block = self.account(&owner)?.chain().get(sequence)?;
        let (sender, sender_sequence) = place(&block)?;
        if owner == self.own() {
            self.count(owner, sequence);
            return None;
        }
        Some(Credit { sender, sender_sequence, owner, sequence })
    }

    fn count(&mut self, owner: PeerId, sequence: u64) {
        if let Some(account) = self.account_mut(&owner) {
            account.chain.verify_credit(sequence);
        }
    }

    fn verdict(&self, credit: &Credit, founding: &Founding) -> Verdict {
        let Some(account) = self.account(&credit.owner) else { return Verdict::Void };
        let Some(block) = account.chain().get(credit.sequence) else { return Verdict::Void };
        let same = place(&block) == Some((credit.sender, credit.sender_sequence));
        match block.payload.cause() {
            Some(cause) if same && account.chain().is_unverified(credit.sequence) => {
                self.judge_cause(cause, &block, founding)
            }
            _ => Verdict::Void,
        }
    }

    /// Whether the cause of a block's credit holds.
    fn judge_cause(&self, cause: Cause, block: &Block, founding: &Founding) -> Verdict {
        match cause {
            Cause::Transfer(reference) => self.judge_transfer(reference, block, founding),
            Cause::Settlement(id) => match self.agreements.get(&id) {
                Some(settlement) => self.judge_settlement(settlement.text(), block, founding),
                None => Verdict::Unheard(id),
            },
        }
    }

    fn judge_transfer(&self, out: Reference, block: &Block, founding: &Founding) -> Verdict {
        let sender = self.account(&out.owner);
        let found = sender.and_then(|sender| Some((sender, sender.find(out.sequence, out.hash)?)));
        let Some((sender, paid)) = found else { return Verdict::Unknown(out) };
        let fits = matches!(paid.payload, Payload::TransferOut { recipient, amount, .. }
            if recipient == block.owner && amount == block.credit());
        if !fits {
            return Verdict::Void;
        }
        let covered = sender.covers(out.sequence, out.hash, founding.endowment(&out.owner));
        if covered { Verdict::Counts } else { Verdict::Waits }
    }

    fn judge_settlement(&self, settlement: &Text, block: &Block, founding: &Founding) -> Verdict {
        let (panel, Payload::Escrow(escrow)) = (&settlement.panel, &block.payload) else { return Verdict::Void };
        let Matter::Settlement { locked, paid, returned, .. } = settlement.matter else { return Verdict::Void };
        let fits = match **escrow {
            Escrow::Received { consumer, amount, .. } => {
                (consumer, block.owner, amount) == (panel.consumer, panel.provider, paid)
            }
            Escrow::Unlock { returned: amount, .. } => (block.owner, amount) == (panel.consumer, returned),
            Escrow::Lock { .. } | Escrow::TopUp { .. } => false,
        };
        if !fits || escrow.session() != panel.session {
            return Verdict::Void;
        }
        let consumer = self.account(&panel.consumer);
        let lock = consumer.and_then(|consumer| Some((consumer, consumer.chain().lock(&panel.session)?)));
        let Some((consumer, lock)) = lock else { return Verdict::Waits };
        let at = |sequence| consumer.chain().get(sequence);
        let Some((first, last)) = at(lock.first).zip(at(lock.last)) else { return Verdict::Waits };
        for block in [&first, &last] {
            // The results that allowed to set the money aside are of the same panel.
            let Some(id) = block.payload.agreement() else { return Verdict::Void };
            match self.agreements.get(&id) {
                None => return Verdict::Unheard(id),
                Some(result) if result.text().panel != *panel => return Verdict::Void,
                Some(_) => {}
            }
        }
        let covered = consumer.covers(last.sequence, last.hash(), founding.endowment(&panel.consumer));
        if covered && lock.total >= locked { Verdict::Counts } else { Verdict::Waits }
    }

    /// Whether the credit of a block that is not written yet would count, on the own chain.
    pub fn is_due(&self, block: &Block, founding: &Founding) -> bool {
        let cause = block.payload.cause();
        cause.is_none_or(|cause| matches!(self.judge_cause(cause, block, founding), Verdict::Counts))
    }

    /// Blocks that waiting credits refer to and that are not known, at most `limit`.
    pub fn unknown_references(&self, limit: usize, founding: &Founding) -> Vec<Reference> {
        let unknown = |credit: &Credit| match self.verdict(credit, founding) {
            Verdict::Unknown(reference) => Some(reference),
            _ => None,
        };
        self.credits.waiting.iter().filter_map(unknown).take(limit).collect()
    }

    /// Agreements that waiting credits refer to and that are not known, at most `limit`.
    pub fn unheard_agreements(&self, limit: usize, founding: &Founding) -> Vec<Hash> {
        let unheard = |credit: &Credit| match self.verdict(credit, founding) {
            Verdict::Unheard(id) => Some(id),
            _ => None,
        };
        let unheard: BTreeSet<Hash> = self.credits.waiting.iter().filter_map(unheard).take(limit).collect();
        unheard.into_iter().collect()
    }

    /// Whether a payment to this node at this place of the sender's main chain is valid and can be accepted.
    pub fn is_payable(&self, sender: &PeerId, sequence: u64, hash: Hash, founding: &Founding) -> bool {
        let account = self.account(sender);
        account.is_some_and(|account| {
            account.chain().contains(sequence, hash) && account.covers(sequence, hash, founding.endowment(sender))
        })
    }
}

/// Under which name the credit of a block waits.
fn place(block: &Block) -> Option<(PeerId, u64)> {
    match (block.payload.cause()?, &block.payload) {
        (Cause::Transfer(reference), _) => Some((reference.owner, reference.sequence)),
        (Cause::Settlement(_), Payload::Escrow(escrow)) => match **escrow {
            Escrow::Received { consumer, .. } => Some((consumer, u64::MAX)),
            _ => Some((block.owner, u64::MAX)),
        },
        (Cause::Settlement(_), _) => None,
    }
}
