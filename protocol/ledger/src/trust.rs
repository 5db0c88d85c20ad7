//! Trust: what an identity has earned, recomputed by anybody from the records on chains.
//!
//! | Part | Formula (`chain-gossip-trust.md`) |
//! |---|---|
//! | [transactions](transaction) (3.2) | Σ 0.1 · class weight · hours · score · cluster · e^(−age/365 d); below the pass mark −0.5 · weight · hours · (0.7 − score) |
//! | assertions (3.3) | Σ score · [`credibility`] of the asserter · [`decay`] · evidence |
//! | [`maturity`] (3.4) | all of it × min(1, age / 90 d), where age counts from the first contribution that somebody else recorded |
//!
//! A sum of floating-point numbers depends on the order of its terms, and blocks come in any order. So a [`Trust`] adds up integers
//! of micro-trust by day, and weighs the days when it is asked: nodes with the same chains have the same trust to
//! the last bit, a block more costs O(log days), and one that is cut off again is taken out again. Times are whole days
//! since the Unix epoch. Clusters are not detected here; their weight is an argument of the formula.

use std::collections::BTreeMap;

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Canonical, PeerId, Span, Time};
use serde::{Deserialize, Serialize};

use crate::payload::{Assertion, Verification};
use crate::{Block, Payload, Record};

/// Trust per weighted hour.
pub const BASE_CREDIT: f64 = 0.1;
/// After how many days a transaction counts 1/e.
pub const TAU_TRANSACTION: f64 = 365.0;
/// Below this score a verification has failed.
pub const PASS_MARK: f64 = 0.7;
/// What a failed verification costs per weighted hour and point below the pass mark.
pub const FAIL_PENALTY: f64 = 0.5;
/// After how many days the decaying part of an assertion counts 1/e.
pub const TAU_ASSERTION: f64 = 90.0;
/// The part of an assertion that never decays.
pub const RESIDUAL: f64 = 0.1;
/// What an assertion without evidence counts.
pub const WITHOUT_EVIDENCE: f64 = 0.5;
/// The trust whose credibility is one.
pub const REFERENCE: f64 = 100.0;
/// After how many days trust counts in full.
pub const MATURITY_DAYS: f64 = 90.0;
/// The trust that is one half on the scale of local trust.
pub const HALF: f64 = 100.0;
/// A solution is good when no trust changes by more.
const EPSILON: f64 = 0.001;
/// The most rounds of the solver.
const ROUNDS_MAX: usize = 100;

const DAY: u64 = 86_400_000_000_000;
const HOUR: f64 = 3_600.0;

/// A class of machine, by which an hour of work is weighed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// 2 processors, 4 GB.
    SmallCpu,
    /// 4 processors, 16 GB.
    MediumCpu,
    /// 8 processors, 32 GB.
    LargeCpu,
    /// 16 processors, 64 GB.
    XlargeCpu,
    /// A consumer's graphics card.
    GpuConsumer,
    /// A professional graphics card.
    GpuPro,
    /// A graphics card of a datacenter.
    GpuDatacenter,
}

impl Class {
    /// What an hour counts.
    pub const fn weight(self) -> f64 {
        match self {
            Class::SmallCpu => 0.5,
            Class::MediumCpu => 1.0,
            Class::LargeCpu => 2.0,
            Class::XlargeCpu | Class::GpuConsumer => 4.0,
            Class::GpuPro => 6.0,
            Class::GpuDatacenter => 8.0,
        }
    }
}

/// What a verified service of `hours` is worth on its day: `weight` and `cluster` as in the formula, `score` from 0 to 1.
pub fn transaction(weight: f64, hours: f64, score: f64, cluster: f64) -> f64 {
    if score < PASS_MARK {
        return -FAIL_PENALTY * weight * hours * (PASS_MARK - score);
    }
    BASE_CREDIT * weight * hours * score * cluster
}

/// What is left of a transaction after so many days.
pub fn recency(days: f64) -> f64 {
    libm::exp(-days / TAU_TRANSACTION)
}

/// How much an assertion of somebody with this trust counts. Above one for a trust above [`REFERENCE`].
pub fn credibility(trust: f64) -> f64 {
    if trust <= 0.0 { 0.0 } else { libm::log(1.0 + trust) / libm::log(1.0 + REFERENCE) }
}

/// What is left of an assertion after so many days.
pub fn decay(days: f64) -> f64 {
    RESIDUAL + (1.0 - RESIDUAL) * libm::exp(-days / TAU_ASSERTION)
}

/// How much trust counts so many days after the first contribution.
pub fn maturity(days: f64) -> f64 {
    (days / MATURITY_DAYS).clamp(0.0, 1.0)
}

/// Trust on the scale from 0 to 1, for local decisions: T / (T + 100).
pub fn local(trust: f64) -> f64 {
    let trust = trust.max(0.0);
    trust / (trust + HALF)
}

/// Micro-trust by day.
type Days = BTreeMap<u32, i64>;

/// What is on record about everybody.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    served: BTreeMap<PeerId, Days>,
    /// By subject and asserter: scores in millionths.
    asserted: BTreeMap<(PeerId, PeerId), Days>,
}

impl Trust {
    /// Counts what a block says about others.
    pub fn add(&mut self, block: &Block) {
        self.count(block, 1);
    }

    /// Takes out what a block says about others, as if it had never been.
    pub fn remove(&mut self, block: &Block) {
        self.count(block, -1);
    }

    fn count(&mut self, block: &Block, sign: i64) {
        let Payload::Record(record) = &block.payload else { return };
        let day = day(block.timestamp);
        match &**record {
            Record::Verification(verification) => {
                put(&mut self.served, verification.subject, day, sign * micro(worth(verification)));
            }
            Record::Assertion(assertion) => {
                let key = (assertion.subject, block.owner);
                put(&mut self.asserted, key, day, sign * micro(score(assertion)));
            }
            _ => {}
        }
    }

    /// The day of the first contribution that somebody else recorded.
    pub fn first_day(&self, peer: &PeerId) -> Option<u32> {
        self.served.get(peer)?.first_key_value().map(|(day, _)| *day)
    }

    /// The trust of everybody on record, at the end of a day, by the iteration of 3.5: credibility depends on trust and trust
    /// on credibility. Whoever `banned` says has trust zero.
    pub fn solve(&self, today: u32, banned: impl Fn(&PeerId) -> bool) -> BTreeMap<PeerId, f64> {
        let past = |days: &Days, weight: fn(f64) -> f64| -> f64 {
            let until = days.range(..=today);
            until.map(|(day, micro)| *micro as f64 / 1e6 * weight(f64::from(today - day))).sum()
        };
        let age = |peer: &PeerId| self.first_day(peer).filter(|first| *first <= today).map(|first| today - first);
        let mature = |peer: &PeerId| age(peer).map_or(0.0, |days| maturity(f64::from(days)));
        let earned = self.served.iter().map(|(peer, days)| (*peer, past(days, recency)));
        let earned: BTreeMap<PeerId, f64> = earned.filter(|(peer, _)| !banned(peer)).collect();
        let assertions: Vec<(PeerId, PeerId, f64)> = self
            .asserted
            .iter()
            .filter(|((subject, _), _)| earned.contains_key(subject))
            .map(|((subject, asserter), days)| (*subject, *asserter, past(days, decay)))
            .collect();
        let effective = |peer: &PeerId, sum: f64| sum.max(0.0) * mature(peer);
        let mut trust: BTreeMap<PeerId, f64> =
            earned.iter().map(|(peer, sum)| (*peer, effective(peer, *sum))).collect();
        for _ in 0..ROUNDS_MAX {
            let mut sums = earned.clone();
            for (subject, asserter, score) in &assertions {
                let by = trust.get(asserter).copied().unwrap_or(0.0);
                *sums.entry(*subject).or_default() += score * credibility(by);
            }
            let next: BTreeMap<PeerId, f64> = sums.iter().map(|(peer, sum)| (*peer, effective(peer, *sum))).collect();
            let change = next.iter().map(|(peer, new)| (new - trust.get(peer).copied().unwrap_or(0.0)).abs());
            let change = change.fold(0.0, f64::max);
            trust = next;
            if change < EPSILON {
                break;
            }
        }
        trust
    }

    /// Whether nothing is on record.
    pub fn is_empty(&self) -> bool {
        self.served.is_empty() && self.asserted.is_empty()
    }

    /// Appends the canonical bytes of the state.
    pub(crate) fn state(&self, bytes: &mut Vec<u8>) {
        (self.served.clone(), self.asserted.clone()).encode(bytes);
    }
}

/// The day of a time: whole days since the Unix epoch.
pub fn day(time: Time) -> u32 {
    u32::try_from(time.as_nanos() / DAY).unwrap_or(u32::MAX)
}

/// The age of `earlier` at `now`, in days.
pub fn days(now: Time, earlier: Time) -> f64 {
    now.since(earlier).as_nanos() as f64 / DAY as f64
}

fn hours(duration: Span) -> f64 {
    duration.as_secs_f64() / HOUR
}

fn worth(verification: &Verification) -> f64 {
    let (class, time) = (verification.measured.class.weight(), hours(verification.measured.duration));
    transaction(class, time, verification.score.as_f64(), 1.0)
}

/// What an assertion counts before credibility and decay: score, impact and context, clamped to −1 to 1 (3.7).
fn score(assertion: &Assertion) -> f64 {
    let scaled = assertion.score.as_f64() * assertion.impact.as_f64() * assertion.context.as_f64();
    let evidence = if assertion.evidence.is_empty() { WITHOUT_EVIDENCE } else { 1.0 };
    scaled.clamp(-1.0, 1.0) * evidence
}

/// Micro-trust, rounded; held at what fits.
fn micro(trust: f64) -> i64 {
    // `as` holds a float at the bounds of the integer.
    (trust * 1e6).round() as i64
}

/// Adds to a day. What is empty again leaves nothing behind.
fn put<K: Ord + Copy>(sums: &mut BTreeMap<K, Days>, key: K, day: u32, micro: i64) {
    let days = sums.entry(key).or_default();
    let sum = days.entry(day).or_default();
    *sum = sum.saturating_add(micro);
    if *sum == 0 {
        days.remove(&day);
    }
    if days.is_empty() {
        sums.remove(&key);
    }
}

#[cfg(test)]
mod tests;
