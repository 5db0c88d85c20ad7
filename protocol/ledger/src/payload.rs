//! What a block states: money, escrow, sessions, records about others.
//!
//! The groups follow `records.md`. A [`Payload`] knows what it moves and whether it can stand in any chain at all; whether it
//! may follow a given chain is for [`chain`](crate::chain) to say, and whether the reason of a credit is true for
//! [`credits`](crate::credits). The large groups are boxed, so that a transfer, of which there are most, stays small.

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Amount, Hash, PeerId, Time};

use crate::block::{BadBlock, Reference};

mod escrow;
mod record;
mod session;

pub use escrow::Escrow;
pub use record::{
    Accusation, Assertion, Classification, Donation, Millionths, Order, OrderMatch, ParameterChange, Record, Resources,
    Side, Verification,
};
pub use session::{EndReason, Outcome, Session, WITNESSES_MAX};

/// What a block states.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Payload {
    /// The first block.
    Genesis {
        /// When the chain was begun; the same as the block's timestamp.
        created_at: Time,
        /// What the founding document gives to the owner.
        endowment: Amount,
    },
    /// Money goes to somebody else.
    TransferOut {
        /// To whom.
        recipient: PeerId,
        /// How much arrives.
        amount: Amount,
        /// How much is destroyed on the way. Zero while there is no trust model.
        burn: Amount,
        /// The hash of a text that sender and recipient know; zero for none.
        memo: Hash,
    },
    /// Money that somebody sent was accepted.
    TransferIn {
        /// Who sent it.
        sender: PeerId,
        /// The position of the TRANSFER_OUT in the sender's chain.
        sender_sequence: u64,
        /// Its hash.
        sender_block: Hash,
        /// How much it was.
        amount: Amount,
    },
    /// Money that the network makes. Only where the founding document has a mint, at most its daily amount, once a day.
    MintClaim {
        /// Days since the Unix epoch.
        day: u32,
        /// How much.
        amount: Amount,
        /// The hash of what the claim is computed from.
        basis: Hash,
    },
    /// Money is destroyed.
    Burn {
        /// How much.
        amount: Amount,
        /// Why.
        reason: BurnReason,
        /// The id of the evidence that it answers; zero for none.
        evidence: Hash,
    },
    /// Money is set aside for a session, or leaves it.
    Escrow(Box<Escrow>),
    /// The head of another chain, as the owner saw it: entanglement.
    PeerHash {
        /// Whose chain.
        peer: PeerId,
        /// The position of its head.
        sequence: u64,
        /// The hash of its head.
        head: Hash,
    },
    /// The life of a session.
    Session(Box<Session>),
    /// What the owner says about others and about the market.
    Record(Box<Record>),
}

/// Why money is destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BurnReason {
    /// The owner wants to.
    Voluntary,
    /// A penalty that the owner pays of its own accord.
    Penalty,
    /// A donated session: see [`Donation`].
    Donation,
}

/// Why a credit is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Cause {
    /// Somebody's TRANSFER_OUT.
    Transfer(Reference),
    /// The settlement with this id.
    Settlement(Hash),
}

impl Cause {
    /// What a chain must not refer to twice: the transfer's block, or the settlement.
    pub const fn key(&self) -> Hash {
        match self {
            Cause::Transfer(reference) => reference.hash,
            Cause::Settlement(id) => *id,
        }
    }
}

impl Payload {
    /// What leaves `owner`, or `None` if the sum does not fit.
    pub(crate) fn outflow(&self, owner: &PeerId) -> Option<Amount> {
        match self {
            Payload::TransferOut { amount, burn, .. } => amount.checked_add(*burn),
            Payload::Burn { amount, .. } => Some(*amount),
            Payload::Escrow(escrow) => Some(escrow.set_aside(owner)),
            _ => Some(Amount::ZERO),
        }
    }

    /// What the owner receives if the cause holds.
    pub(crate) fn credit(&self) -> Amount {
        match self {
            Payload::TransferIn { amount, .. } | Payload::MintClaim { amount, .. } => *amount,
            Payload::Escrow(escrow) => escrow.credit(),
            _ => Amount::ZERO,
        }
    }

    /// What another party would receive: the amount by which a conflict is measured.
    pub fn sent(&self) -> Amount {
        match self {
            Payload::TransferOut { amount, .. } => *amount,
            Payload::Escrow(escrow) => match **escrow {
                Escrow::Lock { amount, .. } => amount,
                Escrow::TopUp { added, .. } => added,
                Escrow::Unlock { .. } | Escrow::Received { .. } => Amount::ZERO,
            },
            _ => Amount::ZERO,
        }
    }

    /// The TRANSFER_OUT that a TRANSFER_IN refers to.
    pub const fn reference(&self) -> Option<Reference> {
        match self {
            Payload::TransferIn { sender, sender_sequence, sender_block, .. } => {
                Some(Reference { owner: *sender, sequence: *sender_sequence, hash: *sender_block })
            }
            _ => None,
        }
    }

    /// Why the owner's credit is due. A mint's claim needs no cause: the chain and the founding document decide.
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Payload::Escrow(escrow) => escrow.settlement().map(Cause::Settlement),
            payload => payload.reference().map(Cause::Transfer),
        }
    }

    /// The agreement that the block refers to, if it refers to one.
    pub fn agreement(&self) -> Option<Hash> {
        match self {
            Payload::Escrow(escrow) => Some(escrow.agreement()),
            Payload::Session(session) => session.agreement(),
            _ => None,
        }
    }

    /// Whether it can stand anywhere but at the beginning of a chain of `owner`, at that time.
    ///
    /// # Errors
    /// [`BadBlock`] names the rule that it breaks.
    pub(crate) fn check(&self, owner: &PeerId, timestamp: Time) -> Result<(), BadBlock> {
        match self {
            Payload::Genesis { .. } => Err(BadBlock::Genesis),
            Payload::TransferOut { recipient: other, amount, .. }
            | Payload::TransferIn { sender: other, amount, .. } => match (other == owner, *amount) {
                (true, _) => Err(BadBlock::ToItself),
                (_, Amount::ZERO) => Err(BadBlock::Nothing),
                _ => Ok(()),
            },
            Payload::MintClaim { amount, .. } | Payload::Burn { amount, .. } => something(*amount),
            Payload::Escrow(escrow) => escrow.check(owner),
            Payload::PeerHash { peer, .. } if peer == owner => Err(BadBlock::ToItself),
            Payload::PeerHash { .. } => Ok(()),
            Payload::Session(session) => session.check(owner),
            Payload::Record(record) => record.check(owner, timestamp),
        }
    }
}

fn something(amount: Amount) -> Result<(), BadBlock> {
    if amount == Amount::ZERO { Err(BadBlock::Nothing) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
