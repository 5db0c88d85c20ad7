//! Replay: the recorded inputs of a node go into a fresh actor, and its effects must be those recorded.

use super::list;
use super::record::Step;
use crate::effects::BadWitness;
use crate::{Actor, Canonical, Effect, Effects, Input, Malformed, Protocol, Verifier};

/// How a replayed step differs from its recording.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Divergence<P: Protocol> {
    /// The recorded input cannot be read.
    #[error("the recorded input cannot be read: {0}")]
    Input(Malformed),
    /// The recorded effects cannot be read.
    #[error("the recorded effects cannot be read: {0}")]
    Effects(Malformed),
    /// The step asked for other random bits or signatures, or one is forged.
    #[error(transparent)]
    Witness(#[from] BadWitness),
    /// The first effect that differs.
    #[error("effect {position} differs: recorded {recorded:?}, replayed {replayed:?}")]
    Effect {
        /// Its position in the step.
        position: usize,
        /// What the recording holds there.
        recorded: Option<Box<Effect<P>>>,
        /// What the fresh actor did there.
        replayed: Option<Box<Effect<P>>>,
    },
}

/// Feeds one recorded step to `actor`.
///
/// # Errors
/// [`Divergence`] at the first difference.
pub fn replay_step<P: Protocol>(
    actor: &mut dyn Actor<P>,
    step: &Step,
    verifier: &Verifier,
) -> Result<(), Divergence<P>> {
    let input = Input::<P>::decode(&step.input).map_err(Divergence::Input)?;
    let recorded = list::decode::<P>(&step.effects).map_err(Divergence::Effects)?;
    let mut out = Effects::playing(step.witness.clone(), verifier.clone());
    actor.handle(step.now, input, &mut out);
    let replayed = out.take_list();
    let different = |i: &usize| recorded.get(*i) != replayed.get(*i);
    if let Some(position) = (0..recorded.len().max(replayed.len())).find(different) {
        let boxed = |list: &[Effect<P>]| list.get(position).cloned().map(Box::new);
        let (recorded, replayed) = (boxed(&recorded), boxed(&replayed));
        // A wrong witness explains a difference better than the difference itself.
        out.finish_playing()?;
        return Err(Divergence::Effect { position, recorded, replayed });
    }
    Ok(out.finish_playing()?)
}
