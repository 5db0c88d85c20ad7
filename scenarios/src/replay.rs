//! Replay of a trace into fresh actors, without knowing the protocol.

use std::collections::BTreeMap;

use contract::trace::{Birth, Header, Step, replay_step};
use contract::{Actor, Protocol, Verifier};

use crate::caught;

/// Takes the births and steps of a trace, and says where fresh actors do something else.
pub trait Replayer {
    /// A node is born, for the first time or again.
    ///
    /// # Errors
    /// Says why its role or parameters are not understood.
    fn birth(&mut self, birth: &Birth) -> Result<(), String>;

    /// A node takes a step.
    ///
    /// # Errors
    /// Says what differs.
    fn step(&mut self, step: &Step) -> Result<(), String>;
}

/// Whether a trace speaks this program's version of a protocol.
///
/// # Errors
/// Says which version it speaks, if it is another one.
pub fn same_version<P: Protocol>(header: &Header) -> Result<(), String> {
    match header.version == P::VERSION {
        true => Ok(()),
        false => Err(format!("it speaks {} version {}; this program speaks {}", P::NAME, header.version, P::VERSION)),
    }
}

/// Builds an actor whose keys and random bits come from the recording.
pub type Midwife<P> = Box<dyn Fn(&Birth) -> Result<Box<dyn Actor<P>>, String>>;

/// The replayer of one protocol.
pub struct Recast<P: Protocol> {
    midwife: Midwife<P>,
    verifier: Verifier,
    actors: BTreeMap<u32, Box<dyn Actor<P>>>,
}

impl<P: Protocol> Recast<P> {
    /// A replayer whose actors `midwife` builds and whose signatures `verifier` checks.
    pub fn new(midwife: Midwife<P>, verifier: Verifier) -> Recast<P> {
        Recast { midwife, verifier, actors: BTreeMap::new() }
    }
}

impl<P: Protocol> Replayer for Recast<P> {
    fn birth(&mut self, birth: &Birth) -> Result<(), String> {
        self.actors.insert(birth.node, (self.midwife)(birth)?);
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        let Some(actor) = self.actors.get_mut(&step.node) else {
            return Err(format!("node {} takes a step before it is born", step.node));
        };
        // An actor may rely on what only a trace that was changed, or a different program, can break.
        let replayed = caught(|| replay_step(actor.as_mut(), step, &self.verifier));
        replayed.map_err(|panic| format!("it panics: {panic}"))?.map_err(|divergence| divergence.to_string())
    }
}
