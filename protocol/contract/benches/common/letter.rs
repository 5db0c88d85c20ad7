//! A protocol with the shapes that real messages have: a small one, and one with a signature and a list.

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Amount, Bounded, Hash, Kind, PeerId, Protocol, Signature, Time, Wire};

/// The protocol.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Post;

impl Protocol for Post {
    const NAME: &'static str = "post";
    const ID: u16 = 902;
    const VERSION: u16 = 1;
    type Message = Letter;
    type Timer = u8;
    type Command = ();
    type Reply = ();
    type View = ();
}

/// Its messages.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub(crate) enum Letter {
    /// Nine bytes with the envelope.
    Ping(u32),
    /// A record of a chain, with a signature and sixteen hashes of others.
    Block {
        /// Who wrote it.
        author: PeerId,
        /// When.
        at: Time,
        /// What it moves.
        amount: Amount,
        /// What it refers to.
        parents: Bounded<Hash, 64>,
        /// Who answers for it.
        signature: Signature,
    },
}

impl Wire for Letter {
    fn kind(&self) -> Kind {
        Kind::Stream
    }
}

impl Letter {
    /// A block of some seven hundred bytes.
    #[allow(dead_code, reason = "each bench is a crate of its own and uses what it needs")]
    pub(crate) fn block() -> Letter {
        let hash = |byte| Hash::from_bytes([byte; 32]);
        Letter::Block {
            author: PeerId::simulated(7),
            at: Time::from_nanos(1_000_000_007),
            amount: Amount::from_micro(1_500_000),
            parents: Bounded::truncated((0..16).map(hash).collect()),
            signature: Signature::from_bytes([3; 64]),
        }
    }
}
