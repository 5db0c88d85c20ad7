//! What a node says about itself.
//!
//! | Name | Fields | When |
//! |---|---|---|
//! | `payment-sent` | to, amount, block | the node wrote a TRANSFER_OUT |
//! | `payment-accepted` | from, amount, block | the node accepted a payment and wrote a TRANSFER_IN |
//! | `payment-refused` | from, amount, block | a payment to the node does not count: the sender is banned |
//! | `payment-undecided` | from, block | too few peers have confirmed a payment to the node, however often they were asked |
//! | `conflict-detected` | owner, evidence | the node saw the second of two conflicting blocks and built the evidence itself |
//! | `evidence-learned` | owner, evidence, from | a peer sent the evidence |
//! | `rejected` | from, why | a peer sent something that counts for nothing |
//! | `block-accepted` | owner, sequence, block | a block joined the main chain of its owner; only with `observe-blocks` |
//! | `store-damaged` | what, count | values in the store are not what was written, and are ignored |
//! | `snapshot-refused` | why | the segments of the own chain in the store are not what was sealed: the node goes through its whole chain |
//! | `own-chain-damaged` | length, expected | a part of the own chain is missing: the node writes nothing until peers have sent it back |
//! | `own-chain-restored` | length | the own chain is complete again |
//!
//! For one owner a node observes `conflict-detected` or `evidence-learned` once, and again only when an item turns up that
//! outweighs the one by which it judges the owner.

use contract::{Amount, Hash, Observation, PeerId};

use crate::block::Reference;
use crate::{Block, Evidence};

/// The node wrote a TRANSFER_OUT.
pub const PAYMENT_SENT: &str = "payment-sent";
/// The node accepted a payment.
pub const PAYMENT_ACCEPTED: &str = "payment-accepted";
/// A payment to the node does not count.
pub const PAYMENT_REFUSED: &str = "payment-refused";
/// Too few peers have confirmed a payment.
pub const PAYMENT_UNDECIDED: &str = "payment-undecided";
/// The node built evidence itself.
pub const CONFLICT_DETECTED: &str = "conflict-detected";
/// A peer sent evidence.
pub const EVIDENCE_LEARNED: &str = "evidence-learned";
/// A peer sent something that counts for nothing.
pub const REJECTED: &str = "rejected";
/// A block joined a main chain.
pub const BLOCK_ACCEPTED: &str = "block-accepted";
/// Values in the store are ignored.
pub const STORE_DAMAGED: &str = "store-damaged";
/// The segments of the own chain are not believed.
pub const SNAPSHOT_REFUSED: &str = "snapshot-refused";
/// A part of the own chain is missing.
pub const OWN_CHAIN_DAMAGED: &str = "own-chain-damaged";
/// The own chain is complete again.
pub const OWN_CHAIN_RESTORED: &str = "own-chain-restored";

/// All of them.
pub const ALL: &[&str] = &[
    PAYMENT_SENT,
    PAYMENT_ACCEPTED,
    PAYMENT_REFUSED,
    PAYMENT_UNDECIDED,
    CONFLICT_DETECTED,
    EVIDENCE_LEARNED,
    REJECTED,
    BLOCK_ACCEPTED,
    STORE_DAMAGED,
    SNAPSHOT_REFUSED,
    OWN_CHAIN_DAMAGED,
    OWN_CHAIN_RESTORED,
];

/// One of the three observations about a payment. `field` says what `peer` is: `to` or `from`.
pub(crate) fn payment(
    name: &'static str,
    field: &'static str,
    peer: PeerId,
    amount: Amount,
    block: Hash,
) -> Observation {
    Observation::new(name).with(field, peer).with("amount", amount).with("block", block)
}

pub(crate) fn payment_undecided(name: &Reference) -> Observation {
    Observation::new(PAYMENT_UNDECIDED).with("from", name.owner).with("block", name.hash)
}

pub(crate) fn conflict_detected(evidence: &Evidence) -> Observation {
    Observation::new(CONFLICT_DETECTED).with("owner", evidence.owner()).with("evidence", evidence.id())
}

pub(crate) fn evidence_learned(evidence: &Evidence, from: PeerId) -> Observation {
    let (owner, id) = (evidence.owner(), evidence.id());
    Observation::new(EVIDENCE_LEARNED).with("owner", owner).with("evidence", id).with("from", from)
}

pub(crate) fn rejected(from: PeerId, why: impl ToString) -> Observation {
    Observation::new(REJECTED).with("from", from).with("why", why.to_string())
}

pub(crate) fn block_accepted(block: &Block) -> Observation {
    let (owner, sequence, hash) = (block.owner, block.sequence, block.hash());
    Observation::new(BLOCK_ACCEPTED).with("owner", owner).with("sequence", sequence).with("block", hash)
}

pub(crate) fn store_damaged(what: &'static str, count: u64) -> Observation {
    Observation::new(STORE_DAMAGED).with("what", what).with("count", count)
}

pub(crate) fn snapshot_refused(why: impl ToString) -> Observation {
    Observation::new(SNAPSHOT_REFUSED).with("why", why.to_string())
}

pub(crate) fn asking_first(length: u64) -> Observation {
    Observation::new("asking-first").with("length", length)
}

pub(crate) fn own_chain_known(length: u64) -> Observation {
    Observation::new("own-chain-known").with("length", length)
}

pub(crate) fn own_chain_damaged(length: u64, expected: u64) -> Observation {
    Observation::new(OWN_CHAIN_DAMAGED).with("length", length).with("expected", expected)
}

pub(crate) fn own_chain_restored(length: u64) -> Observation {
    Observation::new(OWN_CHAIN_RESTORED).with("length", length)
}
