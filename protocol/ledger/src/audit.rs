//! Conservation of money, as somebody sees it who stands outside and has seen every block.
//!
//! Everything here is added up anew from the blocks: it shares no running balance with the [chains](crate::chain) that it
//! is there to check.

use std::collections::BTreeSet;

use contract::{Amount, PeerId};
use serde::Serialize;

use crate::account::Account;
use crate::block::Reference;
use crate::book::{BadItem, Book, Learned};
use crate::{Block, Evidence, Payload, Shared};

/// Sees blocks and evidence, and adds up.
#[derive(Clone, Debug)]
pub struct Auditor<'a> {
    book: Book,
    shared: &'a Shared,
}

/// Sums over all owners, in micro-units. Signed and wide, so that a wrong ledger shows as a wrong sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// What the founding document gave to the owners seen.
    pub endowments: i128,
    /// What all owners can spend.
    pub balances: i128,
    /// Sent and not accepted yet.
    pub in_flight: i128,
    /// Destroyed: transfer burns and penalties.
    pub burned: i128,
    /// Penalties that are still owed. Not money: a claim on later credits.
    pub debt: i128,
    /// Created by fraud: accepted payments that stand on no main chain, and what a convicted owner spent without
    /// having it.
    pub inflation: i128,
}

impl Totals {
    /// Whether no money was lost or made: balances + in flight = endowments − burned + inflation.
    pub fn conserved(&self) -> bool {
        self.balances + self.in_flight == self.endowments - self.burned + self.inflation
    }
}

impl<'a> Auditor<'a> {
    /// An auditor that has seen nothing.
    pub fn new(shared: &'a Shared) -> Auditor<'a> {
        // An identity that signs nothing: the auditor has no chain of its own.
        Auditor { book: Book::new(PeerId::from_bytes([0; 32])), shared }
    }

    /// Sees a block.
    ///
    /// # Errors
    /// [`BadItem`] if it is unsigned or malformed.
    pub fn see(&mut self, block: &Block) -> Result<Learned, BadItem> {
        self.book.learn(block.clone(), self.shared)
    }

    /// Sees an evidence item.
    ///
    /// # Errors
    /// [`BadItem`] if it proves nothing.
    pub fn see_evidence(&mut self, evidence: &Evidence) -> Result<Learned, BadItem> {
        self.book.convict(evidence, self.shared)
    }

    /// What was seen, put together.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// The sums.
    pub fn totals(&self) -> Totals {
        totals(&self.book)
    }
}

/// The sums over all that a book knows.
pub fn totals(book: &Book) -> Totals {
    let mut totals = Totals::default();
    let accepted: BTreeSet<Accepted> = book.all().flat_map(|(_, account)| accepted(account)).collect();
    for (_, account) in book.all() {
        let settled = account.settled();
        totals.balances += micro(settled.balance);
        totals.burned += micro(settled.burned);
        totals.debt += micro(settled.debt);
        totals.inflation += micro(settled.uncovered);
        for block in account.chain().from(0) {
            match block.payload {
                Payload::Genesis { endowment, .. } => totals.endowments += micro(endowment),
                Payload::TransferOut { amount, burn, .. } => {
                    totals.burned += micro(burn);
                    totals.in_flight += micro(amount);
                }
                Payload::TransferIn { .. } => {}
            }
        }
    }
    for Accepted { name, amount } in accepted {
        let sender = book.account(&name.owner).map(Account::chain);
        if sender.is_some_and(|sender| sender.contains(name.sequence, name.hash)) {
            totals.in_flight -= micro(amount);
        } else {
            totals.inflation += micro(amount);
        }
    }
    totals
}

/// A payment that its recipient has accepted with good reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Accepted {
    name: Reference,
    amount: Amount,
}

fn accepted(account: &Account) -> impl Iterator<Item = Accepted> {
    let chain = account.chain();
    let counted = chain.from(0).filter(|block| !chain.is_unverified(block.sequence));
    counted.filter_map(|block| match block.payload {
        Payload::TransferIn { amount, .. } => Some(Accepted { name: block.payload.reference()?, amount }),
        Payload::Genesis { .. } | Payload::TransferOut { .. } => None,
    })
}

fn micro(amount: Amount) -> i128 {
    i128::from(amount.as_micro())
}

#[cfg(test)]
mod tests;
