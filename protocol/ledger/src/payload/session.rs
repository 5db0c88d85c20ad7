//! The life of a session: begun by the consumer, ended by the provider, watched by witnesses.

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Amount, Bounded, Hash, PeerId, Span};

use super::something;
use crate::block::BadBlock;

/// The most witnesses of a session.
pub const WITNESSES_MAX: usize = 16;

/// An entry about a session (`chain-gossip-trust.md` 1.1).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Session {
    /// SESSION_START, by the consumer.
    Start {
        /// The session.
        session: Hash,
        /// The hash of the terms.
        terms: Hash,
        /// Who serves.
        provider: PeerId,
        /// Who watches.
        witnesses: Bounded<PeerId, WITNESSES_MAX>,
    },
    /// SESSION_END, by the provider.
    End {
        /// The session.
        session: Hash,
        /// Why.
        reason: EndReason,
        /// How long it was.
        duration: Span,
    },
    /// ATTESTATION, on the chain of each member of the panel.
    Attestation {
        /// The session.
        session: Hash,
        /// How many members found that it passes.
        passes: u8,
        /// How many found that it fails.
        fails: u8,
        /// What that means.
        outcome: Outcome,
        /// The id of the attestation result with everybody's signatures.
        result: Hash,
    },
    /// WITNESS_COMMITMENT.
    WitnessCommitment {
        /// The session.
        session: Hash,
        /// Whose money it is.
        consumer: PeerId,
        /// How much.
        amount: Amount,
        /// Whether the witness agrees.
        accept: bool,
        /// What it found on the consumer's chain.
        observed_balance: Amount,
    },
    /// WITNESS_REPLACEMENT.
    WitnessReplacement {
        /// The session.
        session: Hash,
        /// Who leaves.
        old: PeerId,
        /// Who comes.
        new: PeerId,
        /// Who watches from now on.
        remaining: Bounded<PeerId, WITNESSES_MAX>,
    },
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum EndReason {
    /// The provider wants to.
    ProviderVoluntary,
    /// The consumer asked for it.
    ConsumerRequest,
    /// The machine died.
    MachineDied,
    /// Its time was over.
    Timeout,
}

/// What a panel's votes mean: the majority, and nothing on a tie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Outcome {
    /// More members for it than against.
    Pass,
    /// More against it than for.
    Fail,
    /// As many.
    Inconclusive,
}

impl Outcome {
    /// The outcome of a vote.
    pub const fn of(passes: u8, fails: u8) -> Outcome {
        if passes > fails {
            Outcome::Pass
        } else if fails > passes {
            Outcome::Fail
        } else {
            Outcome::Inconclusive
        }
    }
}

impl Session {
    /// The session.
    pub const fn session(&self) -> Hash {
        match self {
            Session::Start { session, .. }
            | Session::End { session, .. }
            | Session::Attestation { session, .. }
            | Session::WitnessCommitment { session, .. }
            | Session::WitnessReplacement { session, .. } => *session,
        }
    }

    /// The agreement that it refers to.
    pub(super) const fn agreement(&self) -> Option<Hash> {
        match self {
            Session::Attestation { result, .. } => Some(*result),
            _ => None,
        }
    }

    pub(super) fn check(&self, owner: &PeerId) -> Result<(), BadBlock> {
        match self {
            Session::Start { provider, .. } if provider == owner => Err(BadBlock::ToItself),
            Session::Start { witnesses, provider, .. } => {
                let apart = !witnesses.contains(owner) && !witnesses.contains(provider);
                if apart { ascending(witnesses) } else { Err(BadBlock::ToItself) }
            }
            Session::Attestation { passes, fails, outcome, .. } => {
                if *outcome == Outcome::of(*passes, *fails) {
                    Ok(())
                } else {
                    Err(BadBlock::Sum)
                }
            }
            Session::WitnessCommitment { consumer, .. } if consumer == owner => Err(BadBlock::ToItself),
            Session::WitnessCommitment { amount, .. } => something(*amount),
            Session::WitnessReplacement { old, new, remaining, .. } => {
                let replaced = old != new && remaining.contains(new) && !remaining.contains(old);
                if replaced { ascending(remaining) } else { Err(BadBlock::Sum) }
            }
            Session::End { .. } => Ok(()),
        }
    }
}

/// A set of peers has one form: ascending, each once.
fn ascending(peers: &[PeerId]) -> Result<(), BadBlock> {
    if peers.windows(2).all(|pair| pair[0] < pair[1]) { Ok(()) } else { Err(BadBlock::Range) }
}
