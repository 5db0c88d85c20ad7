//! Evidence that an owner sent more than it had.
//!
//! Every credit of the prefix is counted as true, whether anybody else has seen its reason or not. So the proof needs none of the
//! incoming blocks: what is overdrawn in the owner's favour is overdrawn in any case.

use std::sync::Arc;

use borsh::io::{Error, ErrorKind, Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Amount, Bounded, Hash};

use super::{Compact, Kind};
use crate::chain::follows;
use crate::{Block, Payload};

/// The most blocks of an overdraft: beyond that length of the prefix, an overdrawing block is refused by everybody, and
/// nobody can prove it to a node that does not have the chain.
pub const PREFIX_MAX: usize = 1_024;

/// A chain from its GENESIS on whose last block sends more than the blocks before it leave. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overdraft(Arc<Overdrawn>);

#[derive(Debug, PartialEq, Eq)]
struct Overdrawn {
    blocks: Vec<Block>,
    excess: Amount,
    compact: Compact,
    id: Hash,
}

impl Overdraft {
    /// The overdraft by the last of these blocks, or `None` if they are no chain from a GENESIS on, or the last is covered.
    ///
    /// The endowment is taken as the GENESIS states it: a wrong one is refused by every chain, so nothing follows it.
    pub fn of(blocks: Vec<Block>) -> Option<Overdraft> {
        let [prefix @ .., last] = &blocks[..] else { return None };
        let Payload::Genesis { endowment, .. } = prefix.first()?.payload else { return None };
        let linked = blocks.windows(2).all(|pair| follows(&pair[0], &pair[1]).is_ok());
        if blocks.len() > PREFIX_MAX || !linked || !blocks.iter().all(Block::is_well_formed) {
            return None;
        }
        let mut left = u128::from(endowment.as_micro());
        for block in &prefix[1..] {
            left = left.checked_sub(u128::from(block.outflow()?.as_micro()))?;
            left += u128::from(block.credit().as_micro());
        }
        let excess = u128::from(last.outflow()?.as_micro()).checked_sub(left).filter(|excess| *excess > 0)?;
        let excess = Amount::from_micro(u64::try_from(excess).ok()?);
        let (owner, sequence, higher) = (last.owner, last.sequence, last.hash());
        let compact = Compact { kind: Kind::Overdraft, owner, sequence, lower: last.previous, higher };
        Some(Overdraft(Arc::new(Overdrawn { excess, compact, id: compact.id(), blocks })))
    }

    /// The prefix and the block that sends too much.
    pub fn blocks(&self) -> &[Block] {
        &self.0.blocks
    }

    pub(super) fn excess(&self) -> Amount {
        self.0.excess
    }

    pub(super) fn compact(&self) -> &Compact {
        &self.0.compact
    }

    pub(super) fn id(&self) -> Hash {
        self.0.id
    }
}

impl BorshSerialize for Overdraft {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        self.0.blocks.serialize(writer)
    }
}

impl BorshDeserialize for Overdraft {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Overdraft> {
        let blocks = Bounded::<Block, PREFIX_MAX>::deserialize_reader(reader)?.into_vec();
        Overdraft::of(blocks).ok_or_else(|| Error::new(ErrorKind::InvalidData, "blocks that overdraw nothing"))
    }
}
