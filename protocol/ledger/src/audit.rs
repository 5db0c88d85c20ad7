//! Conservation of money, as somebody sees it who stands outside and has seen every block.
//!
//! Everything here is added up anew from the blocks: it shares no running balance with the [chains](crate::chain) that it
//! is there to check.

use std::collections::BTreeSet;

use contract::{Amount, Hash, PeerId};
use serde::Serialize;

use crate::account::Account;
use crate::agreement::Matter;
use crate::block::Reference;
use crate::book::{Agreed, BadItem, Book, Learned};
use crate::chain::Lock;
use crate::{Agreement, Block, Evidence, Payload, Shared};

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
    /// Set aside for sessions, and neither returned, received nor destroyed.
    pub escrowed: i128,
    /// Made by the mint.
    pub minted: i128,
    /// Destroyed: transfer burns and penalties.
    pub burned: i128,
    /// Penalties that are still owed. Not money: a claim on later credits.
    pub debt: i128,
    /// Created by fraud: accepted payments that stand on no main chain, and what a convicted owner spent without
    /// having it.
    pub inflation: i128,
}

impl Totals {
    /// Whether no money was lost or made: balances + in flight + escrowed = endowments + minted − burned +
    /// inflation.
    pub fn conserved(&self) -> bool {
        self.balances + self.in_flight + self.escrowed == self.endowments + self.minted - self.burned + self.inflation
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

    /// Sees an agreement.
    ///
    /// # Errors
    /// [`BadItem`] if it does not hold.
    pub fn see_agreement(&mut self, agreement: &Agreement) -> Result<Agreed, BadItem> {
        self.book.agree(agreement, self.shared)
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
                Payload::Burn { amount, .. } => totals.burned += micro(amount),
                Payload::MintClaim { amount, .. } => totals.minted += micro(amount),
                _ => {}
            }
        }
        for (session, lock) in account.chain().locks() {
            let Aside { left, burned } = Aside::of(book, account, session, lock);
            // Witnesses who settle twice can give more than there was.
            totals.escrowed += left.max(0);
            totals.inflation += (-left).max(0);
            totals.burned += burned;
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
        _ => None,
    })
}

/// What became of the money that a lock set aside.
struct Aside {
    left: i128,
    burned: i128,
}

impl Aside {
    /// A settlement splits a lock. Its parts leave one by one: the provider's when it is received, the rest when the
    /// consumer ends the lock. What is destroyed is destroyed as soon as either happened.
    fn of(book: &Book, consumer: &Account, session: &Hash, lock: &Lock) -> Aside {
        let chain = consumer.chain();
        let returned = lock.ended.filter(|(at, _)| !chain.is_unverified(*at)).map(|(_, back)| micro(back));
        let (mut gone, mut burns) = (returned.unwrap_or(0), None);
        for settlement in book.agreements().iter().filter(|known| known.text().panel.session == *session) {
            let Matter::Settlement { burned, paid, .. } = settlement.text().matter else { continue };
            let provider = book.account(&settlement.text().panel.provider).map(Account::chain);
            let received = provider.is_some_and(|provider| {
                let at = provider.referring_to(settlement.id()).map(|block| block.sequence);
                at.is_some_and(|at| !provider.is_unverified(at))
            });
            gone += if received { micro(paid) } else { 0 };
            if received || returned.is_some() {
                burns.get_or_insert(micro(burned));
            }
        }
        let burned = burns.unwrap_or(0);
        Aside { left: micro(lock.total) - burned - gone, burned }
    }
}

fn micro(amount: Amount) -> i128 {
    i128::from(amount.as_micro())
}

#[cfg(test)]
mod tests;
