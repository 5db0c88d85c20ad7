//! Evidence that consists of two things that one peer cannot honestly have signed both.

use std::sync::Arc;

use borsh::io::{Error, ErrorKind, Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Amount, Hash, PeerId, Verifier};

use super::{Compact, Kind};
use crate::{Agreement, Block};

/// Two things and what they prove. Cheap to clone.
#[derive(Debug, PartialEq, Eq)]
struct Pair<T> {
    first: T,
    second: T,
    compact: Compact,
    id: Hash,
}

impl<T: Clone> Pair<T> {
    fn new(first: &T, second: &T, compact: Compact) -> Arc<Pair<T>> {
        Arc::new(Pair { first: first.clone(), second: second.clone(), compact, id: compact.id() })
    }
}

fn malformed(why: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, why)
}

/// Two blocks of one owner at one position. The order of the two is normalised: the lower hash comes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equivocation(Arc<Pair<Block>>);

impl Equivocation {
    /// The conflict between two blocks, or `None` if they can both be honest.
    pub fn between(one: &Block, other: &Block) -> Option<Equivocation> {
        let same_place = one.owner == other.owner && one.sequence == other.sequence;
        if !same_place || one.hash() == other.hash() {
            return None;
        }
        let (lower, higher) = if one.hash() < other.hash() { (one, other) } else { (other, one) };
        let (owner, sequence) = (lower.owner, lower.sequence);
        let compact = Compact { kind: Kind::Equivocation, owner, sequence, lower: lower.hash(), higher: higher.hash() };
        Some(Equivocation(Pair::new(lower, higher, compact)))
    }

    /// The block with the lower hash, on whose branch the balance continues.
    pub fn lower(&self) -> &Block {
        &self.0.first
    }

    /// The block with the higher hash.
    pub fn higher(&self) -> &Block {
        &self.0.second
    }

    pub(super) fn compact(&self) -> &Compact {
        &self.0.compact
    }

    pub(super) fn id(&self) -> Hash {
        self.0.id
    }

    pub(super) fn smaller(&self) -> Amount {
        self.lower().payload.sent().min(self.higher().payload.sent())
    }
}

impl BorshSerialize for Equivocation {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        self.0.first.serialize(writer)?;
        self.0.second.serialize(writer)
    }
}

impl BorshDeserialize for Equivocation {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Equivocation> {
        let (first, second) = (Block::deserialize_reader(reader)?, Block::deserialize_reader(reader)?);
        let pair = Equivocation::between(&first, &second).filter(|pair| *pair.lower() == first);
        pair.ok_or_else(|| malformed("two blocks that do not conflict, or not in order"))
    }
}

/// Two blocks of one owner that take the same transfer or settlement. The lower position comes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoubleReference(Arc<Pair<Block>>);

impl DoubleReference {
    /// The conflict between two blocks, or `None` if they take different things or stand at one position.
    pub fn between(one: &Block, other: &Block) -> Option<DoubleReference> {
        let (first, second) = if one.sequence < other.sequence { (one, other) } else { (other, one) };
        let apart = first.owner == second.owner && first.sequence < second.sequence;
        if !apart || first.payload.cause()? != second.payload.cause()? {
            return None;
        }
        let (lower, higher) = (first.hash().min(second.hash()), first.hash().max(second.hash()));
        let (owner, sequence) = (second.owner, second.sequence);
        let compact = Compact { kind: Kind::DoubleReference, owner, sequence, lower, higher };
        Some(DoubleReference(Pair::new(first, second, compact)))
    }

    /// The first block that took it.
    pub fn first(&self) -> &Block {
        &self.0.first
    }

    /// The second one, which is invalid.
    pub fn second(&self) -> &Block {
        &self.0.second
    }

    pub(super) fn compact(&self) -> &Compact {
        &self.0.compact
    }

    pub(super) fn id(&self) -> Hash {
        self.0.id
    }

    pub(super) fn amount(&self) -> Amount {
        self.first().credit().min(self.second().credit())
    }
}

impl BorshSerialize for DoubleReference {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        self.0.first.serialize(writer)?;
        self.0.second.serialize(writer)
    }
}

impl BorshDeserialize for DoubleReference {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<DoubleReference> {
        let (first, second) = (Block::deserialize_reader(reader)?, Block::deserialize_reader(reader)?);
        let pair = DoubleReference::between(&first, &second).filter(|pair| *pair.first() == first);
        pair.ok_or_else(|| malformed("two blocks that take different credits, or not in order"))
    }
}

/// Two agreements that contradict each other, both signed by one peer. The lower id comes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessConflict(Arc<Pair<Agreement>>);

impl WitnessConflict {
    /// The conflict for which `signer` is to blame, or `None` if the two agree or it did not sign both.
    pub fn of(signer: PeerId, one: &Agreement, other: &Agreement) -> Option<WitnessConflict> {
        if !one.contradicts(other) || !one.common_signers(other).contains(&signer) {
            return None;
        }
        let (first, second) = if one.id() < other.id() { (one, other) } else { (other, one) };
        let (kind, lower, higher) = (Kind::WitnessConflict, first.id(), second.id());
        let compact = Compact { kind, owner: signer, sequence: u64::MAX, lower, higher };
        Some(WitnessConflict(Pair::new(first, second, compact)))
    }

    /// Both agreements, the lower id first.
    pub fn agreements(&self) -> [&Agreement; 2] {
        [&self.0.first, &self.0.second]
    }

    pub(super) fn holds(&self, verifier: &Verifier) -> bool {
        let signer = &self.0.compact.owner;
        self.agreements().iter().all(|agreement| agreement.is_signed_by(signer, verifier))
    }

    pub(super) fn compact(&self) -> &Compact {
        &self.0.compact
    }

    pub(super) fn id(&self) -> Hash {
        self.0.id
    }

    pub(super) fn smaller(&self) -> Amount {
        self.0.first.amount().min(self.0.second.amount())
    }
}

impl BorshSerialize for WitnessConflict {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        self.0.compact.owner.serialize(writer)?;
        self.0.first.serialize(writer)?;
        self.0.second.serialize(writer)
    }
}

impl BorshDeserialize for WitnessConflict {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<WitnessConflict> {
        let signer = PeerId::deserialize_reader(reader)?;
        let (first, second) = (Agreement::deserialize_reader(reader)?, Agreement::deserialize_reader(reader)?);
        let pair = WitnessConflict::of(signer, &first, &second).filter(|pair| *pair.agreements()[0] == first);
        pair.ok_or_else(|| malformed("two agreements that its signer can both stand by, or not in order"))
    }
}
