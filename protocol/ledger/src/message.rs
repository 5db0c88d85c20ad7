//! What nodes send each other. Every list is bounded before it is read.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Bounded, Hash, PeerId, Wire};

use crate::block::Reference;
use crate::gossip::{ITEMS_MAX, Item};
use crate::{Agreement, Block, Evidence};

/// The most bytes on the wire of a keepalive that travels as a datagram: what fits into one packet on every path.
pub const DATAGRAM_MAX: u32 = 1_200;
/// The most chains that a [`Pull`] lists.
pub const HAVE_MAX: usize = 512;
/// The most blocks in a [`Segment`].
pub const BLOCKS_MAX: usize = 256;
/// The most evidence items in a [`Segment`].
pub const EVIDENCE_MAX: usize = 32;
/// The most bytes of evidence in a [`Segment`], but at least one item.
pub const EVIDENCE_BYTES_MAX: usize = 256 * 1024;
/// The most agreements in a [`Segment`].
pub const AGREEMENTS_MAX: usize = 64;
/// The most blocks, and the most agreements, that a [`Want`] names.
pub const WANT_MAX: usize = 64;

/// A message between ledger nodes.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum Message {
    /// A block, flooded.
    Block(Block),
    /// An evidence item, flooded before everything else.
    Evidence(Evidence),
    /// A sign of life, rumours, and a digest of what the sender knows. The only datagram: the next one makes up for a
    /// lost one.
    Keepalive(Arc<Keepalive>),
    /// A request for what the sender lacks.
    Pull(Box<Pull>),
    /// A request for single blocks, on whatever branch they stand, and for agreements. Answered one by one.
    Want(Box<Want>),
    /// The answer to a [`Pull`].
    Segment(Box<Segment>),
    /// An agreement, flooded.
    Agreement(Agreement),
    /// A question whether the other side has this block on its owner's chain and knows of no conflict.
    Ask(Box<Reference>),
    /// The answer to [`Message::Ask`].
    Confirm(Box<Confirm>),
}

impl Wire for Message {
    const TAGS: u8 = 9;

    fn tag(&self) -> u8 {
        match self {
            Message::Block(_) => 0,
            Message::Evidence(_) => 1,
            Message::Keepalive(_) => 2,
            Message::Pull(_) => 3,
            Message::Want(_) => 4,
            Message::Segment(_) => 5,
            Message::Agreement(_) => 6,
            Message::Ask(_) => 7,
            Message::Confirm(_) => 8,
        }
    }

    fn size(&self) -> u32 {
        // Most of what is sent is a block, which knows its length.
        let block = if let Message::Block(block) = self { block.encoded_len() } else { None };
        let counted = || borsh::object_length(self).unwrap_or(usize::MAX);
        // Behind the tag.
        contract::envelope::wire_size(block.map_or_else(counted, |block| 1 + block))
    }

    fn kind(&self) -> contract::Kind {
        match self {
            // One that carries so much that it does not fit into a datagram travels as a stream.
            Message::Keepalive(keepalive) if keepalive.items.is_empty() || self.size() <= DATAGRAM_MAX => {
                contract::Kind::Datagram
            }
            _ => contract::Kind::Stream,
        }
    }
}

/// A sign of life.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Keepalive {
    /// How many blocks the sender's own chain has.
    pub length: u64,
    /// The hash of its last block.
    pub head: Hash,
    /// A digest of the heads and evidence that the sender knows, where it is to be compared.
    pub digest: Option<Hash>,
    /// Rumours.
    pub items: Bounded<Item, ITEMS_MAX>,
}

/// The answer to a question about a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Confirm {
    /// The block.
    pub name: Reference,
    /// Whether it is on its owner's chain and no conflict is known.
    pub fine: bool,
}

/// What a node knows of one owner, in a [`Pull`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Have {
    /// The owner.
    pub owner: PeerId,
    /// How many blocks of its chain are known.
    pub length: u64,
    /// The hash of the last of them; zero if there is none.
    pub head: Hash,
    /// The id of the evidence by which the owner is judged.
    pub evidence: Option<Hash>,
}

/// A request for what the sender lacks of the owners `from..=to`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Pull {
    /// The first owner asked for.
    pub from: PeerId,
    /// The last owner that the list covers; below `to` if the list would be too long.
    pub listed: PeerId,
    /// The last owner asked for.
    pub to: PeerId,
    /// What the sender knows of the owners `from..=listed`, in ascending order.
    pub have: Bounded<Have, HAVE_MAX>,
}

/// A request for single blocks and agreements.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Want {
    /// Their names.
    pub blocks: Bounded<Reference, WANT_MAX>,
    /// The ids of agreements.
    pub agreements: Bounded<Hash, WANT_MAX>,
}

/// The answer to a [`Pull`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Segment {
    /// The `to` of the pull that it answers.
    pub to: PeerId,
    /// The owner from which there is more to ask for; `None` when everything was answered.
    pub next: Option<PeerId>,
    /// Evidence that the other side lacks.
    pub evidence: Bounded<Evidence, EVIDENCE_MAX>,
    /// Blocks that the other side lacks; those of one owner stand together, in the order of their chain.
    pub blocks: Bounded<Block, BLOCKS_MAX>,
    /// The agreements that these blocks refer to, as far as there is room.
    pub agreements: Bounded<Agreement, AGREEMENTS_MAX>,
}

#[cfg(test)]
mod tests;
