//! What may be seen of a node.

use contract::{Amount, Hash, PeerId};
use serde::Serialize;

use crate::account::Account;
use crate::evidence::Compact;
use crate::{Evidence, LedgerNode, Payload};

/// A node as players, the admin API and the viewer see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Who it is.
    pub peer: PeerId,
    /// Its own chain and balance.
    pub own: ChainView,
    /// Whether a part of the own chain is missing, so that the node writes nothing.
    pub damaged: bool,
    /// The chains of others that it knows, in the order of their owners.
    pub chains: Vec<ChainView>,
    /// How many blocks it keeps that are on no main chain.
    pub loose: u64,
    /// The evidence by which it judges owners, in the order of the owners.
    pub evidence: Vec<Compact>,
    /// Payments that it made, in the order of its chain.
    pub sent: Vec<Payment>,
    /// Payments that it accepted, in the order of its chain.
    pub accepted: Vec<Payment>,
}

/// One owner's chain and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChainView {
    /// Whose it is.
    pub owner: PeerId,
    /// How many blocks are known.
    pub length: u64,
    /// The hash of the last; zero if none is known.
    pub head: Hash,
    /// What the owner can spend, as far as it is verified.
    pub balance: Amount,
    /// Credits that could not be verified yet.
    pub unverified: Amount,
    /// What was burned as a penalty.
    pub burned: Amount,
    /// What is left of the penalty; later credits pay it first.
    pub debt: Amount,
    /// The id of the evidence by which the owner is banned.
    pub banned: Option<Hash>,
}

/// A payment made or accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Payment {
    /// The other side.
    pub peer: PeerId,
    /// How much.
    pub amount: Amount,
    /// The hash of the payer's TRANSFER_OUT.
    pub block: Hash,
}

impl View {
    /// The view of a node.
    pub(crate) fn of(node: &LedgerNode) -> View {
        let book = node.book();
        let mine = book.mine();
        let (mut sent, mut accepted) = (Vec::new(), Vec::new());
        for block in mine.chain().from(0) {
            match block.payload {
                Payload::TransferOut { recipient: peer, amount, .. } => {
                    sent.push(Payment { peer, amount, block: block.hash() });
                }
                Payload::TransferIn { sender: peer, amount, sender_block: block, .. } => {
                    accepted.push(Payment { peer, amount, block });
                }
                _ => {}
            }
        }
        let others = book.all().filter(|(owner, _)| *owner != book.own());
        View {
            peer: book.own(),
            own: ChainView::of(book.own(), mine),
            damaged: mine.chain().len() < node.own_length,
            chains: others.map(|(owner, account)| ChainView::of(owner, account)).collect(),
            loose: u64::from(book.loose()),
            evidence: book.all().filter_map(|(_, account)| account.evidence().map(Evidence::compact)).collect(),
            sent,
            accepted,
        }
    }
}

impl ChainView {
    fn of(owner: PeerId, account: &Account) -> ChainView {
        let (chain, settled) = (account.chain(), account.settled());
        let unverified = u64::try_from(chain.unverified()).unwrap_or(u64::MAX);
        ChainView {
            owner,
            length: chain.len(),
            head: chain.head_hash(),
            balance: settled.balance,
            unverified: Amount::from_micro(unverified),
            burned: settled.burned,
            debt: settled.debt,
            banned: account.evidence().map(Evidence::id),
        }
    }
}
