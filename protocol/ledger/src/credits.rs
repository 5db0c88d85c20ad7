//! Credits that wait to be verified.
//!
//! A TRANSFER_IN counts when the TRANSFER_OUT that it refers to is known, goes to this owner with this amount, and is
//! covered by verified money on its branch. Until then it waits here, under the name of the sender's block, and is looked
//! at again when that block, or money before it, is verified. A credit once counted stays counted: the recipient keeps it
//! even if the sender is convicted later.

use std::collections::BTreeSet;
use std::ops::Range;

use contract::{Canonical, Hash, PeerId};

use crate::block::Reference;
use crate::book::Book;
use crate::{Founding, Payload};

/// The credits that wait.
#[derive(Clone, Debug, Default)]
pub struct Credits {
    waiting: BTreeSet<Credit>,
}

/// A TRANSFER_IN that waits: ordered by the block that it refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Credit {
    sender: PeerId,
    sender_sequence: u64,
    owner: PeerId,
    sequence: u64,
}

/// What is known of a credit.
enum Verdict {
    /// It counts.
    Counts,
    /// The block that it refers to is known, but not yet covered.
    Waits,
    /// The block that it refers to is not known.
    Unknown(Reference),
    /// It never counts, or it is not there any more.
    Void,
}

/// What verifying led to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Owners of whom more is known or covered than before, some of them perhaps twice.
    pub touched: Vec<PeerId>,
    /// Blocks that new credits refer to and that are not known.
    pub unknown: Vec<Reference>,
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
        let mut check: Vec<Credit> = Vec::new();
        for sequence in joined.clone() {
            check.extend(self.register(owner, sequence));
        }
        for credit in &check {
            if let Verdict::Unknown(reference) = self.verdict(credit, founding) {
                led.unknown.push(reference);
            }
        }
        // Blocks of these owners from these positions on may have become known or covered.
        let mut grown: Vec<(PeerId, u64)> = Vec::new();
        let from = stored.into_iter().chain((!joined.is_empty()).then_some(joined.start)).min();
        grown.extend(from.map(|from| (owner, from)));
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
                    Verdict::Waits | Verdict::Unknown(_) => {}
                }
            }
            let Some((sender, sender_sequence)) = grown.pop() else { return led };
            led.touched.push(sender);
            let first = Credit { sender, sender_sequence, owner: PeerId::from_bytes([0; 32]), sequence: 0 };
            check.extend(self.credits.waiting.range(first..).take_while(|credit| credit.sender == sender));
        }
    }

    /// Lets the credit at this position wait, if there is one. A credit on the node's own chain counts at once: the node has
    /// verified it before it wrote it.
    fn register(&mut self, owner: PeerId, sequence: u64) -> Option<Credit> {
        let block = self.account(&owner)?.chain().get(sequence)?;
        let Reference { owner: sender, sequence: sender_sequence, .. } = block.payload.reference()?;
        if owner == self.own() {
            self.count(owner, sequence);
            return None;
        }
        let credit = Credit { sender, sender_sequence, owner, sequence };
        self.credits.waiting.insert(credit);
        Some(credit)
    }

    fn count(&mut self, owner: PeerId, sequence: u64) {
        if let Some(account) = self.account_mut(&owner) {
            account.chain.verify_credit(sequence);
        }
    }

    fn verdict(&self, credit: &Credit, founding: &Founding) -> Verdict {
        let Some(account) = self.account(&credit.owner) else { return Verdict::Void };
        let Some(block) = account.chain().get(credit.sequence) else { return Verdict::Void };
        let Payload::TransferIn { sender, sender_sequence, sender_block, amount } = block.payload else {
            return Verdict::Void;
        };
        let same = (sender, sender_sequence) == (credit.sender, credit.sender_sequence);
        if !same || !account.chain().is_unverified(credit.sequence) {
            return Verdict::Void;
        }
        let unknown = Reference { owner: sender, sequence: sender_sequence, hash: sender_block };
        let sender_account = self.account(&sender);
        let found = sender_account.and_then(|account| Some((account, account.find(sender_sequence, sender_block)?)));
        let Some((sender_account, out)) = found else { return Verdict::Unknown(unknown) };
        let fits = matches!(out.payload, Payload::TransferOut { recipient, amount: sent, .. }
            if recipient == credit.owner && sent == amount);
        if !fits {
            return Verdict::Void;
        }
        let covered = sender_account.covers(sender_sequence, sender_block, founding.endowment(&sender));
        if covered { Verdict::Counts } else { Verdict::Waits }
    }

    /// Blocks that waiting credits refer to and that are not known, at most `limit`.
    pub fn unknown_references(&self, limit: usize, founding: &Founding) -> Vec<Reference> {
        let unknown = |credit: &Credit| match self.verdict(credit, founding) {
            Verdict::Unknown(reference) => Some(reference),
            Verdict::Counts | Verdict::Waits | Verdict::Void => None,
        };
        self.credits.waiting.iter().filter_map(unknown).take(limit).collect()
    }

    /// Whether a payment to this node at this place of the sender's main chain is valid and can be accepted.
    pub fn is_payable(&self, sender: &PeerId, sequence: u64, hash: Hash, founding: &Founding) -> bool {
        let account = self.account(sender);
        account.is_some_and(|account| {
            account.chain().contains(sequence, hash) && account.covers(sequence, hash, founding.endowment(sender))
        })
    }
}
