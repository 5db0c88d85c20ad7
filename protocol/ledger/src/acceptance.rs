//! When a payment counts: at once, when enough peers have seen no conflict, or by the weight of the currency.
//!
//! Whoever waits asks its peers about the payment. A peer that has the block on the payer's chain and knows of no conflict says
//! so; one that knows another block for that place sends it; one that does not have the block yet answers when it has.
//! (`records.md`, "Acceptance"; whitepaper 7.6; `chain-gossip-trust.md` 4.8.)

use std::collections::{BTreeMap, BTreeSet};

use contract::{Amount, Canonical, PeerId, Span, Time};
use serde::{Deserialize, Serialize};

use crate::block::Reference;
use crate::payload::Millionths;
use crate::{text, trust};

/// The most payments that peers may ask about before they are known here.
pub const ASKED_MAX: usize = 1_024;
/// The most peers that may ask about one of them.
pub const ASKERS_MAX: usize = 64;
/// How often peers are asked before a payment is left undecided.
pub const ROUNDS_MAX: u32 = 8;

/// When a payment counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acceptance {
    /// As soon as it is seen to be valid.
    Immediate,
    /// When a share of the peers has confirmed that it saw no conflict.
    Wait(Wait),
    /// By the weight of the currency and the trust in the sender.
    Weight(Weight),
}

/// Waiting for agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Wait {
    /// The share of the peers that has to confirm, 0 to 1.
    pub threshold: Millionths,
    /// How long to wait for answers before asking again.
    #[serde(with = "text::span")]
    pub timeout: Span,
    /// How long to wait at least, for a conflict to show.
    #[serde(with = "text::span")]
    pub hold: Span,
}

impl Default for Wait {
    fn default() -> Wait {
        Wait { threshold: Millionths(700_000), timeout: Span::from_secs(5), hold: Span::ZERO }
    }
}

/// Acceptance by currency weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Weight {
    /// The share of all possible links that there are, 0 to 1, as the node estimates it. It is scaled by the share of its
    /// peers that the node has heard of lately.
    pub connectivity: Millionths,
    /// The share of double-spends that are detected, 0 to 1.
    pub detection: Millionths,
    /// The share of the peers that a network this heavy would wait for, 0 to 1.
    pub threshold: Millionths,
    /// How long agreement takes.
    #[serde(with = "text::span")]
    pub latency: Span,
    /// What a fully trusted sender can pay at once in a network without weight.
    #[serde(with = "text::amount")]
    pub at_once: Amount,
    /// How long a network of weight one waits at least; and how long to wait for answers before asking again.
    #[serde(with = "text::span")]
    pub timeout: Span,
}

impl Default for Weight {
    fn default() -> Weight {
        Weight {
            connectivity: Millionths(500_000),
            detection: Millionths(900_000),
            threshold: Millionths(700_000),
            latency: Span::from_secs(1),
            at_once: Amount::from_units(10),
            timeout: Span::from_secs(5),
        }
    }
}

/// The weight of a currency: 0.3 (1 − connectivity) + 0.3 (1 − detection) + 0.2 threshold + 0.2 min(1, latency / 10 s).
pub fn currency_weight(connectivity: f64, detection: f64, threshold: f64, latency_s: f64) -> f64 {
    0.3 * (1.0 - connectivity) + 0.3 * (1.0 - detection) + 0.2 * threshold + 0.2 * (latency_s / 10.0).min(1.0)
}

/// What a payment needs before it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Whether it counts at once.
    pub at_once: bool,
    /// How many peers have to confirm it.
    pub confirmations: usize,
    /// How long to wait at least.
    pub hold: Span,
    /// How long to wait for answers before asking again.
    pub timeout: Span,
}

/// What a node knows when it decides about a payment.
#[derive(Clone, Copy, Debug)]
pub struct Situation {
    /// How much is paid.
    pub amount: Amount,
    /// What the payer has earned.
    pub trust: f64,
    /// How many peers the node has.
    pub peers: usize,
    /// How many of them it has heard of lately.
    pub heard: usize,
}

impl Acceptance {
    /// What a payment needs.
    pub fn demand(&self, situation: &Situation) -> Demand {
        let at_once = Demand { at_once: true, confirmations: 0, hold: Span::ZERO, timeout: Span::ZERO };
        match self {
            Acceptance::Immediate => at_once,
            Acceptance::Wait(Wait { threshold, timeout, hold }) => {
                let confirmations = share(threshold.as_f64(), situation.peers);
                Demand { at_once: false, confirmations, hold: *hold, timeout: *timeout }
            }
            Acceptance::Weight(rule) => {
                let heard = if situation.peers == 0 { 0.0 } else { situation.heard as f64 / situation.peers as f64 };
                let [connectivity, detection, threshold] =
                    [rule.connectivity, rule.detection, rule.threshold].map(Millionths::as_f64);
                let weight = currency_weight(connectivity * heard, detection, threshold, rule.latency.as_secs_f64());
                let trusted = trust::local(situation.trust);
                let limit = rule.at_once.as_micro() as f64 * (1.0 - weight).max(0.0) * trusted;
                if situation.amount.as_micro() as f64 <= limit {
                    return at_once;
                }
                let scaled = (weight * (1.0 - trusted)).clamp(0.0, 1.0);
                let hold = Span::from_nanos((rule.timeout.as_nanos() as f64 * scaled) as u64);
                Demand { at_once: false, confirmations: share(scaled, situation.peers), hold, timeout: rule.timeout }
            }
        }
    }
}

/// A share of the peers, rounded up.
fn share(part: f64, peers: usize) -> usize {
    ((part.clamp(0.0, 1.0) * peers as f64).ceil() as usize).min(peers)
}

/// A payment that waits for confirmations.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) name: Reference,
    pub(crate) demand: Demand,
    /// When the payment was first seen to be valid.
    pub(crate) since: Time,
    pub(crate) confirmed: BTreeSet<PeerId>,
    /// How often peers were asked.
    pub(crate) rounds: u32,
}

impl Pending {
    /// Whether it counts now.
    pub(crate) fn is_met(&self, now: Time) -> bool {
        self.confirmed.len() >= self.demand.confirmations && now.since(self.since) >= self.demand.hold
    }
}

/// The payments that wait here, and those that peers have asked about and that are not known here yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Confirmations {
    pub(crate) pending: BTreeMap<(PeerId, u64), Pending>,
    asked: BTreeMap<Reference, BTreeSet<PeerId>>,
}

impl Confirmations {
    /// Remembers that a peer asked. At the bound the question is forgotten: whoever waits asks again.
    pub(crate) fn ask(&mut self, name: Reference, peer: PeerId) {
        if self.asked.len() < ASKED_MAX || self.asked.contains_key(&name) {
            let askers = self.asked.entry(name).or_default();
            if askers.len() < ASKERS_MAX {
                askers.insert(peer);
            }
        }
    }

    /// Whoever asked about this block, once.
    pub(crate) fn answer(&mut self, name: &Reference) -> BTreeSet<PeerId> {
        self.asked.remove(name).unwrap_or_default()
    }

    /// Whether a question waits.
    pub(crate) fn is_asked(&self) -> bool {
        !self.asked.is_empty()
    }

    /// The questions about blocks of this owner.
    pub(crate) fn asked_about(&self, owner: PeerId) -> Vec<Reference> {
        self.asked.keys().filter(|name| name.owner == owner).copied().collect()
    }

    /// Appends the canonical bytes of the state.
    pub(crate) fn state(&self, bytes: &mut Vec<u8>) {
        (self.pending.len() as u64).encode(bytes);
        for (key, pending) in &self.pending {
            let Pending { name, demand, since, confirmed, rounds } = pending;
            (*key, *name, *since, confirmed.clone(), *rounds).encode(bytes);
            (demand.at_once, demand.confirmations as u64, demand.hold, demand.timeout).encode(bytes);
        }
        self.asked.clone().encode(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_are_those_of_the_table() {
        let rows = [
            (0.9, 0.99, 0.5, 0.1, 0.135),
            (0.7, 0.95, 0.6, 0.5, 0.235),
            (0.5, 0.90, 0.7, 1.0, 0.34),
            (0.3, 0.70, 0.8, 3.0, 0.52),
            (0.1, 0.50, 0.9, 10.0, 0.80),
        ];
        for (connectivity, detection, threshold, latency, expected) in rows {
            let weight = currency_weight(connectivity, detection, threshold, latency);
            assert!((weight - expected).abs() < 1e-9, "{weight} is not {expected}");
        }
    }

    fn situation(amount: u64, trust: f64) -> Situation {
        Situation { amount: Amount::from_units(amount), trust, peers: 10, heard: 10 }
    }

    #[test]
    fn waiting_asks_for_a_share_of_the_peers() {
        let wait = Acceptance::Wait(Wait::default());
        let demand = wait.demand(&situation(1, 1e9));
        assert_eq!((demand.at_once, demand.confirmations), (false, 7), "trust does not matter");
        assert!(Acceptance::Immediate.demand(&situation(1_000, 0.0)).at_once);
        let alone = wait.demand(&Situation { peers: 0, heard: 0, ..situation(1, 0.0) });
        assert_eq!(alone.confirmations, 0);
    }

    #[test]
    fn a_sender_without_trust_pays_nothing_at_once_and_trust_shortens_the_wait() {
        let rule = Acceptance::Weight(Weight::default());
        let [nobody, known, trusted] = [0.0, 100.0, 1e9].map(|trust| rule.demand(&situation(5, trust)));
        assert!(!nobody.at_once && !known.at_once && trusted.at_once);
        assert!(nobody.confirmations > known.confirmations && nobody.hold > known.hold);
        assert!(!rule.demand(&situation(500, 1e9)).at_once, "too much even so");
        let unheard = rule.demand(&Situation { heard: 0, ..situation(5, 0.0) });
        assert!(unheard.confirmations > nobody.confirmations, "a silent network is heavier");
    }

    #[test]
    fn what_peers_ask_about_is_bounded_and_answered_once() {
        let mut confirmations = Confirmations::default();
        let name = |sequence| Reference { owner: PeerId::simulated(1), sequence, hash: contract::Hash::ZERO };
        for sequence in 0..2 * ASKED_MAX as u64 {
            confirmations.ask(name(sequence), PeerId::simulated(2));
        }
        assert_eq!(confirmations.asked_about(PeerId::simulated(1)).len(), ASKED_MAX);
        confirmations.ask(name(0), PeerId::simulated(3));
        assert_eq!(confirmations.answer(&name(0)).len(), 2);
        assert!(confirmations.answer(&name(0)).is_empty());
    }
}
