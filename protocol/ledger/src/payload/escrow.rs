//! Money set aside for a session: what the consumer and its witnesses write, and what provider and consumer take out.

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Amount, Hash, PeerId};
use serde::{Deserialize, Serialize};

use super::something;
use crate::block::BadBlock;
use crate::text;

/// An entry of an escrow (`transactions.md` 00 and 02). Locks and top-ups also stand on the chains of witnesses, where they
/// move nothing: `consumer` says whose money it is.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Escrow {
    /// BALANCE_LOCK.
    #[serde(rename_all = "kebab-case")]
    Lock {
        /// The session.
        #[serde(with = "text::hash")]
        session: Hash,
        /// Whose money is set aside.
        #[serde(with = "text::peer")]
        consumer: PeerId,
        /// How much.
        #[serde(with = "text::money")]
        amount: Amount,
        /// The id of the lock result that allows it.
        #[serde(with = "text::hash")]
        result: Hash,
    },
    /// BALANCE_TOPUP.
    #[serde(rename_all = "kebab-case")]
    TopUp {
        /// The session.
        #[serde(with = "text::hash")]
        session: Hash,
        /// Whose money is set aside.
        #[serde(with = "text::peer")]
        consumer: PeerId,
        /// How much was set aside before.
        #[serde(with = "text::money")]
        previous_total: Amount,
        /// How much more.
        #[serde(with = "text::money")]
        added: Amount,
        /// How much is set aside from now on.
        #[serde(with = "text::money")]
        new_total: Amount,
        /// The id of the top-up result that allows it.
        #[serde(with = "text::hash")]
        result: Hash,
    },
    /// BALANCE_UNLOCK: the consumer's lock ends, and what was not spent returns.
    #[serde(rename_all = "kebab-case")]
    Unlock {
        /// The session.
        #[serde(with = "text::hash")]
        session: Hash,
        /// How much returns.
        #[serde(with = "text::money")]
        returned: Amount,
        /// The id of the settlement.
        #[serde(with = "text::hash")]
        settlement: Hash,
    },
    /// PAYMENT_RECEIVED: the provider's share.
    #[serde(rename_all = "kebab-case")]
    Received {
        /// The session.
        #[serde(with = "text::hash")]
        session: Hash,
        /// Who pays.
        #[serde(with = "text::peer")]
        consumer: PeerId,
        /// How much.
        #[serde(with = "text::money")]
        amount: Amount,
        /// The id of the settlement.
        #[serde(with = "text::hash")]
        settlement: Hash,
    },
}

impl Escrow {
    /// The session.
    pub const fn session(&self) -> Hash {
        match self {
            Escrow::Lock { session, .. }
            | Escrow::TopUp { session, .. }
            | Escrow::Unlock { session, .. }
            | Escrow::Received { session, .. } => *session,
        }
    }

    /// The agreement that allows it.
    pub const fn agreement(&self) -> Hash {
        match self {
            Escrow::Lock { result, .. } | Escrow::TopUp { result, .. } => *result,
            Escrow::Unlock { settlement, .. } | Escrow::Received { settlement, .. } => *settlement,
        }
    }

    /// The settlement that its credit is due to.
    pub(super) const fn settlement(&self) -> Option<Hash> {
        match self {
            Escrow::Lock { .. } | Escrow::TopUp { .. } => None,
            Escrow::Unlock { settlement, .. } | Escrow::Received { settlement, .. } => Some(*settlement),
        }
    }

    /// What `owner` sets aside.
    pub(super) fn set_aside(&self, owner: &PeerId) -> Amount {
        match self {
            Escrow::Lock { consumer, amount: aside, .. } | Escrow::TopUp { consumer, added: aside, .. }
                if consumer == owner =>
            {
                *aside
            }
            _ => Amount::ZERO,
        }
    }

    /// What its owner takes out.
    pub(super) const fn credit(&self) -> Amount {
        match self {
            Escrow::Lock { .. } | Escrow::TopUp { .. } => Amount::ZERO,
            Escrow::Unlock { returned: amount, .. } | Escrow::Received { amount, .. } => *amount,
        }
    }

    pub(super) fn check(&self, owner: &PeerId) -> Result<(), BadBlock> {
        match self {
            Escrow::Lock { amount, .. } => something(*amount),
            Escrow::TopUp { previous_total, added, new_total, .. } => {
                something(*added)?;
                let sum = previous_total.checked_add(*added);
                if sum == Some(*new_total) { Ok(()) } else { Err(BadBlock::Sum) }
            }
            Escrow::Unlock { .. } => Ok(()),
            Escrow::Received { consumer, .. } if consumer == owner => Err(BadBlock::ToItself),
            Escrow::Received { amount, .. } => something(*amount),
        }
    }
}
