//! Who watches over a session: a set that both parties derive from two chains, so that neither picks it.
//!
//! The consumer names a checkpoint: a head of the provider's chain that it had recorded before, so the provider signed it before it
//! knew of the session. It names its own head as well. Candidates are the peers of whom the provider's chain records a
//! head up to the checkpoint, without the two parties. Their trust is what the records of the provider's chain up to the checkpoint
//! are worth on the checkpoint's day. Nothing else that a node knows enters, no evidence and no later block, so whoever has the two
//! chains derives the same set; each party may refuse it by what it knows besides.
//!
//! | Rule | Who is taken |
//! |---|---|
//! | [`Rule::Drawn`] (`transactions.md` 00) | without those that dealt with the consumer more than [`PRIOR_MAX`] times: [`TRUSTED_MIN`] by lot from those whose trust is [`TRUSTED`] or more, then by lot from all |
//! | [`Rule::Ranked`] (`chain-gossip-trust.md` 1.4) | those whose trust is [`TRUSTED`] or more, by trust / (1 + dealings with either party), the highest first; of equals the lower identity |
//!
//! The lot is SHA-256 over session, the consumer's nonce and the checkpoint. The consumer commits to its nonce before it sees a set, and
//! the checkpoint is as old as the consumer wants, so neither can try again until it likes the result; the original let
//! the provider choose a nonce last. A dealing is a block that names the other side: a transfer, an escrow, a session.
//!
//! New identities have no trust, so a young network has no trusted candidates: [`Rule::Drawn`] then takes who there is and says how
//! many of them are trusted, [`Rule::Ranked`] finds too few.

use std::collections::BTreeMap;

use borsh::{BorshDeserialize, BorshSerialize};
use contract::draws::below;
use contract::{Hash, PeerId};
use serde::{Deserialize, Serialize};

use crate::book::Book;
use crate::chain::Chain;
use crate::trust::{self, Trust};
use crate::{Escrow, Payload, Session, text};

/// How many witnesses there are, if there are so many candidates.
pub const COUNT: usize = 5;
/// The fewest that can watch over anything.
pub const COUNT_MIN: usize = 3;
/// The trust of a candidate that is trusted.
pub const TRUSTED: f64 = 1.0;
/// How many of the drawn are trusted, if there are so many.
pub const TRUSTED_MIN: usize = 2;
/// How often a drawn witness may have dealt with the consumer before.
pub const PRIOR_MAX: u64 = 5;

const LOT: &[u8] = b"dunbar/ledger/witness-lot/v1\0";

/// What a set is derived from.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Request {
    /// The session.
    #[serde(with = "text::hash")]
    pub session: Hash,
    /// Who pays.
    #[serde(with = "text::peer")]
    pub consumer: PeerId,
    /// Who serves.
    #[serde(with = "text::peer")]
    pub provider: PeerId,
    /// The hash of the block up to which the consumer's chain counts.
    #[serde(with = "text::hash")]
    pub head: Hash,
    /// The hash of the block up to which the provider's chain counts.
    #[serde(with = "text::hash")]
    pub checkpoint: Hash,
    /// What the consumer has committed itself to.
    #[serde(with = "text::hash")]
    pub nonce: Hash,
    /// How witnesses are found among the candidates.
    #[serde(default)]
    pub rule: Rule,
}

/// How witnesses are found among the candidates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// By lot.
    #[default]
    Drawn,
    /// By trust and distance.
    Ranked,
}

/// A derived set.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Selection {
    /// The witnesses, in ascending order.
    pub witnesses: Vec<PeerId>,
    /// How many of them are trusted.
    pub trusted: u32,
}

/// Why there is no set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum NoSet {
    /// The provider's chain, as far as it is known, has no such block.
    #[error("the provider's chain has no such checkpoint")]
    Checkpoint,
    /// The consumer's chain, as far as it is known, has no such block.
    #[error("the consumer's chain has no such head")]
    Head,
    /// Consumer and provider are one.
    #[error("consumer and provider are the same")]
    OneParty,
    /// Fewer candidates than watch over anything.
    #[error("there are {0} candidates, and at least {COUNT_MIN} are needed")]
    TooFew(u32),
}

/// A peer that could watch.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Candidate {
    trust: f64,
    /// How often it dealt with the consumer.
    with_consumer: u64,
    /// How often it dealt with the provider.
    with_provider: u64,
}

impl Candidate {
    fn is_trusted(&self) -> bool {
        self.trust >= TRUSTED
    }

    fn score(&self) -> f64 {
        self.trust / (1 + self.with_consumer + self.with_provider) as f64
    }
}

/// Derives the set from the chains that a book knows.
///
/// # Errors
/// [`NoSet`] says what is missing.
pub fn select(book: &Book, request: &Request) -> Result<Selection, NoSet> {
    if request.consumer == request.provider {
        return Err(NoSet::OneParty);
    }
    let chain = |owner: &PeerId| book.account(owner).map(|account| account.chain());
    let provider = chain(&request.provider).ok_or(NoSet::Checkpoint)?;
    let consumer = chain(&request.consumer).ok_or(NoSet::Head)?;
    let candidates = candidates(provider, consumer, request)?;
    let mut witnesses = match request.rule {
        Rule::Drawn => drawn(&candidates, Lot::new(request)),
        Rule::Ranked => ranked(&candidates),
    };
    if witnesses.len() < COUNT_MIN {
        return Err(NoSet::TooFew(witnesses.len() as u32));
    }
    witnesses.sort_unstable();
    let trusted = witnesses.iter().filter(|peer| candidates[peer].is_trusted()).count();
    Ok(Selection { witnesses, trusted: trusted as u32 })
}

fn candidates(provider: &Chain, consumer: &Chain, request: &Request) -> Result<BTreeMap<PeerId, Candidate>, NoSet> {
    let state = provider.state_at(request.checkpoint).ok_or(NoSet::Checkpoint)?;
    let last = consumer.position(request.head).ok_or(NoSet::Head)?;
    let today = provider.get(state.sequence).map_or(0, |block| trust::day(block.timestamp));
    let mut earned = Trust::default();
    provider.from(0).take(state.sequence as usize + 1).for_each(|block| earned.add(&block));
    // Who is banned is not a matter of these chains.
    let earned = earned.solve(today, |_| false);
    let (with_provider, with_consumer) = (dealings(provider, state.sequence), dealings(consumer, last));
    let parties = [request.consumer, request.provider];
    let candidate = |peer: PeerId| Candidate {
        trust: earned.get(&peer).copied().unwrap_or(0.0),
        with_consumer: with_consumer.get(&peer).copied().unwrap_or(0),
        with_provider: with_provider.get(&peer).copied().unwrap_or(0),
    };
    let others = state.heads.into_keys().filter(|peer| !parties.contains(peer));
    Ok(others.map(|peer| (peer, candidate(peer))).collect())
}

/// How often a chain names each peer, up to a position.
fn dealings(chain: &Chain, last: u64) -> BTreeMap<PeerId, u64> {
    let mut dealings = BTreeMap::new();
    for block in chain.from(0).take(last as usize + 1) {
        if let Some(other) = other_side(&block.payload).filter(|other| *other != block.owner) {
            *dealings.entry(other).or_default() += 1;
        }
    }
    dealings
}

fn other_side(payload: &Payload) -> Option<PeerId> {
    match payload {
        Payload::TransferOut { recipient: peer, .. } | Payload::TransferIn { sender: peer, .. } => Some(*peer),
        Payload::Escrow(escrow) => match **escrow {
            Escrow::Lock { consumer, .. } | Escrow::TopUp { consumer, .. } | Escrow::Received { consumer, .. } => {
                Some(consumer)
            }
            Escrow::Unlock { .. } => None,
        },
        Payload::Session(session) => match &**session {
            Session::Start { provider, .. } => Some(*provider),
            Session::WitnessCommitment { consumer, .. } => Some(*consumer),
            _ => None,
        },
        _ => None,
    }
}

fn drawn(candidates: &BTreeMap<PeerId, Candidate>, mut lot: Lot) -> Vec<PeerId> {
    let fair = || candidates.iter().filter(|(_, candidate)| candidate.with_consumer <= PRIOR_MAX);
    let mut trusted: Vec<PeerId> =
        fair().filter(|(_, candidate)| candidate.is_trusted()).map(|(peer, _)| *peer).collect();
    let mut witnesses = lot.draw(&mut trusted, TRUSTED_MIN);
    let mut rest: Vec<PeerId> = fair().map(|(peer, _)| *peer).filter(|peer| !witnesses.contains(peer)).collect();
    witnesses.extend(lot.draw(&mut rest, COUNT - witnesses.len()));
    witnesses
}

fn ranked(candidates: &BTreeMap<PeerId, Candidate>) -> Vec<PeerId> {
    let mut trusted: Vec<(&PeerId, &Candidate)> =
        candidates.iter().filter(|(_, candidate)| candidate.is_trusted()).collect();
    // A stable sort keeps equals in the order of their identities.
    trusted.sort_by(|(_, one), (_, other)| other.score().total_cmp(&one.score()));
    trusted.into_iter().take(COUNT).map(|(peer, _)| *peer).collect()
}

/// Numbers that follow from a request.
struct Lot {
    seed: Hash,
    drawn: u64,
}

impl Lot {
    fn new(request: &Request) -> Lot {
        let seed = crate::sha256(LOT, &(request.session, request.nonce, request.checkpoint));
        Lot { seed, drawn: 0 }
    }

    /// Takes at most `count` out of a pool.
    fn draw(&mut self, pool: &mut Vec<PeerId>, count: usize) -> Vec<PeerId> {
        (0..count.min(pool.len())).map(|_| pool.remove(self.below(pool.len() as u64) as usize)).collect()
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.drawn += 1;
        let hash = crate::sha256(LOT, &(self.seed, self.drawn));
        let (first, _) = hash.as_bytes().split_first_chunk().expect("a hash has more than eight bytes");
        below(u64::from_le_bytes(*first), bound)
    }
}

#[cfg(test)]
mod tests;
