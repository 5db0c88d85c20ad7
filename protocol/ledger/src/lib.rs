//! Local chains, the money on them, gossip, and evidence of conflict.
//!
//! Every identity owns one append-only chain of signed blocks; there is no global chain and no consensus. A payment is a
//! TRANSFER_OUT on the payer's chain and a TRANSFER_IN on the payee's. Who signs two blocks for one position has signed
//! its own conviction: the two blocks are [`Evidence`] that everybody can check, it is flooded before everything else, and
//! its [consequence](standing) is the same at every holder.
//!
//! | Module | One idea |
//! |---|---|
//! | [`payload`], [`block`], [`chain`] | what an owner states, and when it may follow what it stated before |
//! | [`agreement`] | what several sign together, and what locks and settlements refer to |
//! | [`evidence`], [`standing`] | proof of a broken rule, and its price |
//! | [`loose`], [`account`], [`book`], [`credits`] | all that a node knows: chains, other branches, orphans, unchecked credits |
//! | [`message`], [`flood`], [`gossip`], [`sync`] | what travels, in which order and how far, and how gaps close |
//! | [`acceptance`], [`peers`] | when a payment counts, and what is remembered of peers |
//! | [`store`], [`snapshot`] | what is durable, what is made of a damaged store, and what need not be read again |
//! | [`payment`], [`node`] | the [`LedgerNode`]: a composition of the above |
//! | [`command`], [`view`], [`observe`], [`text`] | what operators, players and metrics see |
//! | [`trust`], [`witness`] | what an identity has earned, from the records on chains, and who watches over a session |
//! | [`history`] | proofs that a block stands in a chain, without the chain |
//! | [`audit`] | conservation of money, for a checker that stands outside |
//!
//! Whether a block enters a chain depends on that chain and the founding document alone, never on what else a node knows
//! or on the order in which it came to know it: so all nodes end with the same chains.

pub mod acceptance;
pub mod account;
mod accounts;
pub mod agreement;
pub mod audit;
pub mod block;
pub mod book;
pub mod chain;
pub mod command;
pub mod credits;
pub mod evidence;
pub mod flood;
pub mod gossip;
pub mod history;
pub mod loose;
pub mod message;
pub mod node;
pub mod observe;
pub mod parameters;
pub mod payload;
pub mod payment;
pub mod peers;
mod places;
mod recent;
pub mod snapshot;
pub mod standing;
pub mod store;
pub mod sync;
pub mod text;
pub mod trust;
mod unverified;
pub mod view;
pub mod witness;

#[cfg(test)]
mod testing;

use borsh::BorshSerialize;
use contract::{Hash, Protocol};
use sha2::Digest as _;

pub use acceptance::Acceptance;
pub use agreement::Agreement;
pub use block::{Block, Body, Reference, Verified};
pub use command::{Command, Refusal, Reply};
pub use evidence::{Equivocation, Evidence};
pub use message::Message;
pub use node::{LedgerNode, Timer};
pub use parameters::{Birth, Founding, Parameters, Shared, Spread};
pub use payload::{Escrow, Payload, Record, Session};
pub use view::View;

/// The ledger's vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ledger;

impl Protocol for Ledger {
    const NAME: &'static str = "ledger";
    const ID: u16 = 1;
    const VERSION: u16 = 1;
    const TOUCHES: u8 = node::TOUCHES;
    type Message = Message;
    type Timer = Timer;
    type Command = Command;
    type Reply = Reply;
    type View = View;
}

/// SHA-256 over a format tag and the canonical bytes of a value.
fn sha256(format: &[u8], value: &impl BorshSerialize) -> Hash {
    let mut hasher = Hasher(sha2::Sha256::new_with_prefix(format));
    // A hasher takes every byte, and no value here has a list longer than u32::MAX.
    value.serialize(&mut hasher).expect("a hasher takes any value of bounded length");
    Hash::from_bytes(hasher.0.finalize().into())
}

struct Hasher(sha2::Sha256);

impl borsh::io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> borsh::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> borsh::io::Result<()> {
        Ok(())
    }
}
