//! Evidence that an owner broke the rules: anyone can check it, alone, and nobody can make it against an honest node.
//!
//! | Kind | What it holds | Why an honest node never gives it |
//! |---|---|---|
//! | [`Equivocation`] | two blocks of one owner at one position | it writes each position once |
//! | [`Overdraft`] | a chain from its GENESIS on, and one more block that sends more than is left even if every credit is true | it sends what is free |
//! | [`DoubleReference`] | two blocks of one owner that take the same transfer or settlement | it takes each once |
//! | [`WitnessConflict`] | two agreements that contradict each other, both signed by one peer | it signs one |
//!
//! Every block and agreement in it is signed by the accused, and its id does not depend on the signatures: who signs a block
//! twice makes no second item.

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Amount, Hash, PeerId, Verifier};
use serde::Serialize;

use crate::Block;

mod overdraft;
mod pairs;

pub use overdraft::{Overdraft, PREFIX_MAX};
pub use pairs::{DoubleReference, Equivocation, WitnessConflict};

/// What the id of an evidence item begins with: the version of its format.
const FORMAT: &[u8] = b"dunbar/ledger/evidence/v1\0";

/// A proof that an owner broke the rules.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Evidence {
    /// Two blocks at one position.
    Equivocation(Equivocation),
    /// More sent than there was.
    Overdraft(Overdraft),
    /// One credit taken twice.
    DoubleReference(DoubleReference),
    /// Two agreements that contradict each other.
    WitnessConflict(WitnessConflict),
}

impl Evidence {
    /// Who, what, where, and the hashes of what proves it: what is kept for ever.
    pub fn compact(&self) -> Compact {
        *match self {
            Evidence::Equivocation(pair) => pair.compact(),
            Evidence::Overdraft(overdraft) => overdraft.compact(),
            Evidence::DoubleReference(pair) => pair.compact(),
            Evidence::WitnessConflict(pair) => pair.compact(),
        }
    }

    /// Against whom it is.
    pub fn owner(&self) -> PeerId {
        self.compact().owner
    }

    /// The position in the owner's chain at which the rules were broken; the highest there can be where that was not on
    /// the chain: then the penalty is taken from what the owner has at its head.
    pub fn sequence(&self) -> u64 {
        self.compact().sequence
    }

    /// SHA-256 over a format tag and the canonical bytes of the compact form. Signatures are not in it.
    pub fn id(&self) -> Hash {
        match self {
            Evidence::Equivocation(pair) => pair.id(),
            Evidence::Overdraft(overdraft) => overdraft.id(),
            Evidence::DoubleReference(pair) => pair.id(),
            Evidence::WitnessConflict(pair) => pair.id(),
        }
    }

    /// The amount that the penalty is a multiple of: the smaller of two payments, what was overdrawn, what was taken
    /// twice, the smaller of what two agreements move.
    pub fn smaller(&self) -> Amount {
        match self {
            Evidence::Equivocation(pair) => pair.smaller(),
            Evidence::Overdraft(overdraft) => overdraft.excess(),
            Evidence::DoubleReference(pair) => pair.amount(),
            Evidence::WitnessConflict(pair) => pair.smaller(),
        }
    }

    /// The owner's blocks in it.
    pub fn blocks(&self) -> Vec<&Block> {
        match self {
            Evidence::Equivocation(pair) => vec![pair.lower(), pair.higher()],
            Evidence::Overdraft(overdraft) => overdraft.blocks().iter().collect(),
            Evidence::DoubleReference(pair) => vec![pair.first(), pair.second()],
            Evidence::WitnessConflict(_) => Vec::new(),
        }
    }

    /// Whether it proves what it says. What does not depend on signatures holds for every value of the type.
    pub fn holds(&self, verifier: &Verifier) -> bool {
        let signed = self.blocks().iter().all(|block| block.is_signed(verifier));
        match self {
            Evidence::WitnessConflict(pair) => pair.holds(verifier),
            _ => signed,
        }
    }

    /// Whether an owner is judged by this item rather than by `other`: by what does not depend on the branch that a holder is
    /// on rather than by what does, then by the greatest smaller amount, the lowest position, kind and hashes. Holders
    /// that know the same blocks judge by the same item, in whatever order the blocks came: an overdraft or a double
    /// reference is found on the main chain only, and where there are several branches, there is an equivocation.
    pub fn outweighs(&self, other: &Evidence) -> bool {
        let weight = |evidence: &Evidence| {
            let Compact { kind, sequence, lower, higher, .. } = evidence.compact();
            let on_a_branch = matches!(kind, Kind::Overdraft | Kind::DoubleReference);
            (on_a_branch, std::cmp::Reverse(evidence.smaller()), sequence, kind, lower, higher)
        };
        weight(self) < weight(other)
    }
}

/// The kinds of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Two blocks at one position.
    Equivocation,
    /// More sent than there was.
    Overdraft,
    /// One credit taken twice.
    DoubleReference,
    /// Two agreements that contradict each other.
    WitnessConflict,
}

/// Who, what, where, and the hashes of what proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Compact {
    /// What was broken.
    pub kind: Kind,
    /// By whom.
    pub owner: PeerId,
    /// At which position.
    pub sequence: u64,
    /// The lower hash of a pair; of an overdraft, the last block of the prefix.
    pub lower: Hash,
    /// The higher hash of a pair; of an overdraft, the block that sends too much.
    pub higher: Hash,
}

impl Compact {
    /// The id of the item.
    pub fn id(&self) -> Hash {
        crate::sha256(FORMAT, self)
    }
}

#[cfg(test)]
mod tests;
