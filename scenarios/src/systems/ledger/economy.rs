//! Money in a ledger scenario: who gained and lost, how payments flowed, whom accusations hit. All of it is what honest
//! nodes saw, and what somebody reads on their disks at the end.

use std::collections::{BTreeMap, BTreeSet};

use contract::{Amount, Hash, PeerId, Time, Value};
use ledger::book::Book;
use ledger::{Ledger, observe};
use sim_core::{Observed, World};
use statistics::descriptive::{concentration, gini};
use statistics::metrics::{
    Attack, Detector, TimeWeighted, Times, attack, sen_welfare, throughput, utilisation, welfare_micro,
};

use super::cast::Company;
use crate::metric::{Metric, Show, Values};

/// The metrics that [`Economy`] gives.
pub(super) const METRICS: &[Metric] = &[
    Metric {
        name: "attacker_gain",
        show: Show::Money,
        meaning: "sum of the payments of attackers that honest nodes accepted",
    },
    Metric {
        name: "attacker_cost",
        show: Show::Money,
        meaning: "sum over attackers of max(0, endowment - balance - burned) + burned where an honest node holds the evidence, as an auditor of honest disks adds it up at the horizon",
    },
    Metric {
        name: "attacker_net",
        show: Show::Money,
        meaning: "attacker_gain - attacker_cost: at least minus the attackers' endowments, at most what honest nodes accepted, so that its mean can be gated",
    },
    Metric {
        name: "attacker_roi",
        show: Show::Hidden,
        meaning: "attacker_net / attacker_cost; heavy-tailed, so it is shown and not gated; none if nothing was lost",
    },
    Metric {
        name: "honest_loss",
        show: Show::Money,
        meaning: "max(0, what honest nodes accepted from attackers - what the attackers' main chains paid for it)",
    },
    Metric {
        name: "precision",
        show: Show::Hidden,
        meaning: "accused attackers / accused identities; none if nobody was accused (van Rijsbergen, Information Retrieval, 1979, ch. 7)",
    },
    Metric {
        name: "recall",
        show: Show::Hidden,
        meaning: "accused attackers / attackers; none without attackers (van Rijsbergen 1979, ch. 7)",
    },
    Metric {
        name: "payment_p50_s",
        show: Show::Hidden,
        meaning: "median time from an honest payment to its acceptance, interpolated between ranks (type 7 of Hyndman and Fan 1996); payments never accepted count as longer than all others, and the metric has no value if it falls among them",
    },
    Metric {
        name: "payment_p90_s",
        show: Show::Hidden,
        meaning: "90th percentile of the same, computed in the same way",
    },
    Metric {
        name: "payment_mean_s",
        show: Show::Hidden,
        meaning: "mean time from an honest payment to its acceptance, over those that were accepted",
    },
    Metric { name: "payments_per_s", show: Show::Hidden, meaning: "throughput: honest payments accepted / horizon" },
    Metric {
        name: "payments_waiting_mean",
        show: Show::Hidden,
        meaning: "integral over the run of (honest payments that nobody has accepted yet) dt / horizon: the length of the queue that payers see",
    },
    Metric { name: "payments_waiting_max", show: Show::Hidden, meaning: "the most of them at one time" },
    Metric {
        name: "honest_welfare_change",
        show: Show::Money,
        meaning: "sum of the honest balances at the horizon - sum of their endowments: utilitarian welfare; what attackers gained does not count (Harsanyi 1955)",
    },
    Metric {
        name: "honest_welfare_sen",
        show: Show::Money,
        meaning: "mean honest balance at the horizon x (1 - balance_gini) (Sen, Real National Income, 1976)",
    },
    Metric {
        name: "balance_gini",
        show: Show::Hidden,
        meaning: "sum of (2i - n - 1) x_i / (n sum of x) over the honest balances x_1 <= ... <= x_n at the horizon: Gini coefficient, 0 if all have the same; none if nobody has anything (Sen, On Economic Inequality, 1973)",
    },
    Metric {
        name: "balance_concentration",
        show: Show::Hidden,
        meaning: "sum of (x_i / sum of x)^2 over the honest balances at the horizon: Herfindahl-Hirschman index, 1/n if all have the same, 1 if one has all (Hirschman 1964)",
    },
    Metric { name: "upload_bytes_per_s", show: Show::Hidden, meaning: "bytes that all nodes sent / (nodes x horizon)" },
    Metric {
        name: "upload_utilisation",
        show: Show::Hidden,
        meaning: "8 x bytes sent / (sum of all nodes' upload rates in bit/s x horizon); none where a node's upload is unlimited",
    },
];

/// Adds up while a world runs.
pub(super) struct Economy {
    /// When honest nodes wrote payments that nobody has accepted yet.
    open: BTreeMap<Hash, Time>,
    waiting: TimeWeighted,
    times: Times,
    from_attackers_micro: i128,
    accused: BTreeSet<PeerId>,
}

/// What the network did in the whole run.
pub(super) struct Traffic {
    pub(super) bytes_sent: u64,
    /// Of all nodes; none if one has no limit.
    pub(super) upload_bps: Option<u64>,
}

impl Traffic {
    pub(super) fn of(world: &World<Ledger>) -> Traffic {
        let uploads = (0..world.len()).map(|node| world.network().bandwidth(node).upload_bps);
        let upload_bps = uploads.map(|bps| (bps != u64::MAX).then_some(bps)).sum();
        Traffic { bytes_sent: world.counts().bytes_sent, upload_bps }
    }
}

impl Economy {
    pub(super) fn new() -> Economy {
        let mut waiting = TimeWeighted::default();
        waiting.set(0, 0);
        let (open, times) = (BTreeMap::new(), Times::default());
        Economy { open, waiting, times, from_attackers_micro: 0, accused: BTreeSet::new() }
    }

    /// Takes what an honest node observed.
    pub(super) fn observed(&mut self, company: &Company, observed: &Observed) {
        let observation = &observed.observation;
        let block = || match observation.get("block") {
            Some(Value::Hash(block)) => Some(*block),
            _ => None,
        };
        match observation.name.as_ref() {
            observe::PAYMENT_SENT => self.open.extend(block().map(|block| (block, observed.at))),
            observe::PAYMENT_ACCEPTED => {
                if let Some(sent) = block().and_then(|block| self.open.remove(&block)) {
                    self.times.push(observed.at.since(sent).as_nanos());
                } else if let (Some(Value::Peer(from)), Some(Value::Amount(amount))) =
                    (observation.get("from"), observation.get("amount"))
                    && company.number(from).is_some_and(|from| !company.is_honest(from))
                {
                    self.from_attackers_micro += i128::from(amount.as_micro());
                }
            }
            observe::CONFLICT_DETECTED | observe::EVIDENCE_LEARNED => {
                if let Some(Value::Peer(owner)) = observation.get("owner") {
                    self.accused.insert(*owner);
                }
            }
            _ => {}
        }
        self.waiting.set(observed.at.as_nanos(), self.open.len() as u64);
    }

    /// The metrics at the end. `book` is what an auditor of honest disks knows; `None` where nobody paid anything.
    pub(super) fn finish(&self, company: &Company, book: Option<&Book>, traffic: &Traffic, horizon: Time) -> Values {
        let time_ns = horizon.as_nanos();
        let mut times = self.times.clone();
        self.open.values().for_each(|_| times.push_open());
        let seconds = time_ns as f64 / 1e9;
        let bytes = traffic.bytes_sent;
        let mut values = Values::from([
            ("upload_bytes_per_s", bytes as f64 / f64::from(company.len()) / seconds),
            ("payments_waiting_max", self.waiting.max() as f64),
        ]);
        let mut put = |name: &'static str, value: Option<f64>| values.extend(value.map(|value| (name, value)));
        put("upload_utilisation", traffic.upload_bps.and_then(|bps| utilisation(bytes, bps as f64, time_ns)));
        put("payments_waiting_mean", self.waiting.mean(time_ns));
        put("payment_p50_s", times.quantile_s(0.5));
        put("payment_p90_s", times.quantile_s(0.9));
        put("payment_mean_s", times.mean_s());
        put("payments_per_s", throughput(times.counts().0, time_ns));
        let (honest, attackers): (Vec<u32>, Vec<u32>) = (0..company.len()).partition(|node| company.is_honest(*node));
        let detector = self.detector(company, &attackers);
        put("precision", detector.precision());
        put("recall", detector.recall());
        let Some(book) = book else { return values };
        let before: Vec<u64> = honest.iter().map(|node| endowment(company, *node).as_micro()).collect();
        let after: Vec<u64> = honest.iter().map(|node| balance(company, book, *node).as_micro()).collect();
        let holdings: Vec<f64> = after.iter().map(|micro| *micro as f64 / 1e6).collect();
        put("honest_welfare_change", Some(welfare_micro(&before, &after) as f64 / 1e6));
        put("honest_welfare_sen", sen_welfare(&holdings));
        put("balance_gini", gini(&holdings));
        put("balance_concentration", concentration(&holdings));
        if attackers.is_empty() {
            return values;
        }
        let (attack, covered_micro) = self.attack(company, book, &attackers);
        put("attacker_gain", Some(attack.gain_micro as f64 / 1e6));
        put("attacker_cost", Some(attack.cost_micro as f64 / 1e6));
        put("attacker_net", Some(attack.net_profit()));
        put("attacker_roi", attack.roi());
        put("honest_loss", Some(attack::honest_loss(attack.gain_micro, covered_micro)));
        values
    }

    fn detector(&self, company: &Company, attackers: &[u32]) -> Detector {
        let guilty: BTreeSet<PeerId> = attackers.iter().map(|node| company.peer(*node)).collect();
        let hits = self.accused.intersection(&guilty).count() as u64;
        let false_alarms = self.accused.len() as u64 - hits;
        Detector { hits, false_alarms, misses: guilty.len() as u64 - hits }
    }

    /// The account of all attackers, and what their main chains paid of it.
    fn attack(&self, company: &Company, book: &Book, attackers: &[u32]) -> (Attack, i128) {
        let (mut spent_micro, mut burned_micro) = (0, 0);
        for attacker in attackers {
            let peer = company.peer(*attacker);
            let burned = book.account(&peer).map_or(0, |account| money(account.settled().burned));
            let left = money(endowment(company, *attacker)) - money(balance(company, book, *attacker));
            spent_micro += (left - burned).max(0);
            // The auditor reads both victims' disks and convicts; what no honest node can prove, nobody burns.
            burned_micro += if self.accused.contains(&peer) { burned } else { 0 };
        }
        (Attack { gain_micro: self.from_attackers_micro, cost_micro: spent_micro + burned_micro }, spent_micro)
    }
}

fn money(amount: Amount) -> i128 {
    i128::from(amount.as_micro())
}

fn endowment(company: &Company, node: u32) -> Amount {
    company.shared.founding.endowment(&company.peer(node))
}

/// What a node can spend in the end; who wrote nothing has what he began with.
fn balance(company: &Company, book: &Book, node: u32) -> Amount {
    let account = book.account(&company.peer(node)).filter(|account| !account.is_empty());
    account.map_or_else(|| endowment(company, node), |account| account.settled().balance)
}
