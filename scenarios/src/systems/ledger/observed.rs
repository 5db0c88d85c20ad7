//! What nodes of a ledger observe: see [`ledger::observe`].

use ledger::observe;

use crate::observable::Holds::{Amount, Count, Hash, Peer, Text};
use crate::observable::{Holds, Observable};

pub(super) const ALL: &[Observable] = &[
    of(
        observe::PAYMENT_SENT,
        &[("to", Peer), ("amount", Amount), ("block", Hash)],
        "The node wrote a payment into its chain.",
    ),
    of(
        observe::PAYMENT_ACCEPTED,
        &[("from", Peer), ("amount", Amount), ("block", Hash)],
        "The node accepted a payment.",
    ),
    of(
        observe::PAYMENT_REFUSED,
        &[("from", Peer), ("amount", Amount), ("block", Hash)],
        "A payment to the node does not count: its sender is banned.",
    ),
    of(
        observe::PAYMENT_UNDECIDED,
        &[("from", Peer), ("block", Hash)],
        "Too few peers have confirmed a payment to the node, however often they were asked.",
    ),
    of(
        observe::CONFLICT_DETECTED,
        &[("owner", Peer), ("evidence", Hash)],
        "The node saw the second of two conflicting blocks and built the evidence itself.",
    ),
    of(observe::EVIDENCE_LEARNED, &[("owner", Peer), ("evidence", Hash), ("from", Peer)], "A peer sent the evidence."),
    of(observe::REJECTED, &[("from", Peer), ("why", Text)], "A peer sent something that counts for nothing."),
    of(
        observe::BLOCK_ACCEPTED,
        &[("owner", Peer), ("sequence", Count), ("block", Hash)],
        "A block joined the main chain of its owner; only with `observe-blocks`.",
    ),
    of(
        observe::STORE_DAMAGED,
        &[("what", Text), ("count", Count)],
        "Values in the store are not what was written, and are ignored.",
    ),
    of(
        observe::SNAPSHOT_REFUSED,
        &[("why", Text)],
        "The segments of the own chain in the store are not what was sealed: the node goes through its whole chain.",
    ),
    of(
        observe::OWN_CHAIN_DAMAGED,
        &[("length", Count), ("expected", Count)],
        "A part of the own chain is missing: the node writes nothing until peers have sent it back.",
    ),
    of(observe::OWN_CHAIN_RESTORED, &[("length", Count)], "The own chain is complete again."),
];

const fn of(name: &'static str, fields: &'static [(&'static str, Holds)], meaning: &'static str) -> Observable {
    Observable { name, fields: Some(fields), meaning }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_observation_of_the_ledger_has_its_fields_here() {
        assert!(ALL.iter().map(|one| &one.name).eq(observe::ALL));
    }
}
