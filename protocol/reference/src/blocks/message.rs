//! Blocks, and what nodes say about them.

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Kind, Wire};

/// A block: its place in the chain and who mined it. A miner mines one block of a height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Block {
    /// From 1; 0 is what everybody begins with.
    pub height: u32,
    /// The number of its miner.
    pub miner: u32,
}

/// A message. Content that a simulation does not need is not carried; its size is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Message {
    /// "I have this block."
    Inv(Block),
    /// "Send me this block."
    GetData(Block),
    /// "Send me what was missing in the compact block": `getblocktxn` of BIP 152.
    GetMissing(Block),
    /// The block without the transactions that the receiver probably has.
    Compact {
        /// Which block.
        block: Block,
        /// Its size in bytes.
        bytes: u32,
    },
    /// The block, or the missing part of it.
    Block {
        /// Which block.
        block: Block,
        /// Its size in bytes.
        bytes: u32,
    },
}

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Timer {
    /// A block is mined here.
    Mine,
    /// The upload slot is free again.
    Upload,
    /// The neighbours are told of a block.
    Announce(Block),
    /// A block was checked.
    Accept(Block),
    /// A neighbour is asked for a block or for what is missing of it.
    Ask {
        /// The neighbour's place in the list.
        from: u32,
        /// Which block.
        block: Block,
        /// Only what was missing in the compact block.
        missing: bool,
    },
}

/// Bytes of Bitcoin's message header.
const HEADER: u32 = 24;
/// Bytes of a hash.
const HASH: u32 = 32;

impl Wire for Message {
    const TAGS: u8 = 5;

    fn tag(&self) -> u8 {
        match self {
            Message::Inv(_) => 0,
            Message::GetData(_) => 1,
            Message::GetMissing(_) => 2,
            Message::Compact { .. } => 3,
            Message::Block { .. } => 4,
        }
    }

    fn kind(&self) -> Kind {
        Kind::Datagram
    }

    /// As Bitcoin encodes them: an inventory is a count, a type and a hash; `getblocktxn` a hash and, here, one index.
    fn size(&self) -> u32 {
        match self {
            Message::Inv(_) | Message::GetData(_) => HEADER + 1 + 4 + HASH,
            Message::GetMissing(_) => HEADER + HASH + 1 + 1,
            Message::Compact { bytes, .. } | Message::Block { bytes, .. } => *bytes,
        }
    }
}
