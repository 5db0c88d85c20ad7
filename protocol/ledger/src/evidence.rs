//! Evidence that an owner broke the rules: anyone can check it, alone, and nobody can make it against an honest node.
//!
//! The one kind so far is equivocation: two signed blocks of one owner at one position. Overdraft, double reference and
//! contradicting witness results become further variants.

use std::sync::Arc;

use borsh::io::{Error, ErrorKind, Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Amount, Hash, PeerId, Verifier};
use serde::Serialize;

use crate::Block;

/// What the id of an evidence item begins with: the version of its format.
const FORMAT: &[u8] = b"dunbar/ledger/evidence/v1\0";

/// A proof that an owner broke the rules.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Evidence {
    /// Two blocks at one position.
    Equivocation(Equivocation),
}

impl Evidence {
    /// Against whom it is.
    pub fn owner(&self) -> PeerId {
        let Evidence::Equivocation(pair) = self;
        pair.lower().owner
    }

    /// The position in the owner's chain at which the rules were broken.
    pub fn sequence(&self) -> u64 {
        let Evidence::Equivocation(pair) = self;
        pair.lower().sequence
    }

    /// SHA-256 over a format tag and the canonical bytes of the compact form. Signatures are not in it: an owner that
    /// signs a block twice makes no second item.
    pub fn id(&self) -> Hash {
        let Evidence::Equivocation(pair) = self;
        pair.0.id
    }

    /// What is kept for ever.
    pub fn compact(&self) -> Compact {
        let Evidence::Equivocation(pair) = self;
        compact(pair.lower(), pair.higher())
    }

    /// The amount that the penalty is a multiple of.
    pub fn smaller(&self) -> Amount {
        let Evidence::Equivocation(pair) = self;
        pair.lower().payload.sent().min(pair.higher().payload.sent())
    }

    /// The blocks in it, the one with the lower hash first.
    pub fn blocks(&self) -> [&Block; 2] {
        let Evidence::Equivocation(pair) = self;
        [pair.lower(), pair.higher()]
    }

    /// Whether it proves what it says.
    pub fn holds(&self, verifier: &Verifier) -> bool {
        // Same owner, same position and different hashes hold for every value of the type.
        self.blocks().iter().all(|block| block.is_signed(verifier))
    }

    /// Whether an owner is judged by this item rather than by `other`: by the greatest smaller amount, then by the lowest
    /// position, then by the lowest hashes. Holders that know the same items judge by the same one, in whatever order
    /// the items came.
    pub fn outweighs(&self, other: &Evidence) -> bool {
        let weight = |evidence: &Evidence| {
            let hashes = evidence.blocks().map(Block::hash);
            (std::cmp::Reverse(evidence.smaller()), evidence.sequence(), hashes)
        };
        weight(self) < weight(other)
    }
}

/// Two blocks of one owner at one position. The order of the two is normalised: the lower hash comes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equivocation(Arc<Pair>);

#[derive(Debug, PartialEq, Eq)]
struct Pair {
    lower: Block,
    higher: Block,
    id: Hash,
}

impl Equivocation {
    /// The conflict between two blocks, or `None` if they can both be honest.
    pub fn between(one: &Block, other: &Block) -> Option<Equivocation> {
        let same_place = one.owner == other.owner && one.sequence == other.sequence;
        if !same_place || one.hash() == other.hash() {
            return None;
        }
        let (lower, higher) = if one.hash() < other.hash() { (one, other) } else { (other, one) };
        let id = compact(lower, higher).id();
        Some(Equivocation(Arc::new(Pair { lower: lower.clone(), higher: higher.clone(), id })))
    }

    /// The block with the lower hash, on whose branch the balance continues.
    pub fn lower(&self) -> &Block {
        &self.0.lower
    }

    /// The block with the higher hash.
    pub fn higher(&self) -> &Block {
        &self.0.higher
    }
}

impl BorshSerialize for Equivocation {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        self.0.lower.serialize(writer)?;
        self.0.higher.serialize(writer)
    }
}

impl BorshDeserialize for Equivocation {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Equivocation> {
        let (first, second) = (Block::deserialize_reader(reader)?, Block::deserialize_reader(reader)?);
        let pair = Equivocation::between(&first, &second).filter(|pair| *pair.lower() == first);
        pair.ok_or_else(|| Error::new(ErrorKind::InvalidData, "two blocks that do not conflict, or not in order"))
    }
}

/// The kinds of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Two blocks at one position.
    Equivocation,
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
    /// The lower hash.
    pub lower: Hash,
    /// The higher hash.
    pub higher: Hash,
}

impl Compact {
    /// The id of the item.
    pub fn id(&self) -> Hash {
        crate::sha256(FORMAT, self)
    }
}

fn compact(lower: &Block, higher: &Block) -> Compact {
    let (owner, sequence) = (lower.owner, lower.sequence);
    Compact { kind: Kind::Equivocation, owner, sequence, lower: lower.hash(), higher: higher.hash() }
}

#[cfg(test)]
mod tests;
