//! What is known of a run when it is over: what nodes observed, what may be seen of them, what the engine counted.

use std::collections::BTreeMap;

use contract::{Protocol, Time};
use serde::Serialize;
use sim_core::{Counts, Observed, Replied, World};

use super::Own;
use crate::Scenario;
use crate::metric::Values;
use crate::observable::Observable;
use crate::system::Watcher;

/// What was observed under one name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fact {
    /// How often.
    pub count: u64,
    /// When each node observed it for the first time.
    pub first: BTreeMap<u32, Time>,
}

/// What is known of a run.
pub struct Facts<'a, P: Protocol> {
    world: &'a World<P>,
    observations: &'a [Observable],
    facts: &'a BTreeMap<String, Fact>,
    heeded: &'a [bool],
}

impl<P: Protocol> Facts<'_, P> {
    /// What nodes without a strategy observed under this name, after the warm-up.
    ///
    /// # Panics
    /// If the protocol says what its nodes observe, and this is none of it: it would be nothing in every run.
    pub fn of(&self, name: &str) -> Fact {
        let declared: Vec<&str> = self.observations.iter().map(|one| one.name).collect();
        assert!(
            declared.is_empty() || declared.contains(&name),
            "a metric of {} asks for `{name}`, which is none of its observations: {}",
            P::NAME,
            declared.join(", ")
        );
        self.facts.get(name).cloned().unwrap_or_default()
    }

    /// The nodes that follow the protocol: those without a strategy.
    pub fn honest(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.world.len()).filter(|node| self.heeded[*node as usize])
    }

    /// What may be seen of a node.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn view(&self, node: u32) -> P::View {
        self.world.view(node)
    }

    /// What the engine counted.
    pub fn counts(&self) -> Counts {
        self.world.counts()
    }
}

/// Collects facts while a world runs. What it keeps is bounded by the names and the nodes.
pub(super) struct Watch<P: Protocol> {
    own: Own<P>,
    facts: BTreeMap<String, Fact>,
    heeded: Vec<bool>,
}

impl<P: Protocol> Watch<P> {
    pub(super) fn new(own: Own<P>, scenario: &Scenario) -> Watch<P> {
        let of = |node| scenario.population_of(node).strategy.is_none();
        Watch { own, facts: BTreeMap::new(), heeded: (0..scenario.nodes()).map(of).collect() }
    }
}

impl<P: Protocol<Reply: Serialize>> Watcher<P> for Watch<P> {
    fn observed(&mut self, _world: &World<P>, observed: &Observed) {
        if self.heeds(observed.node) {
            let fact = self.facts.entry(observed.observation.name.to_string()).or_default();
            fact.count += 1;
            fact.first.entry(observed.node).or_insert(observed.at);
        }
    }

    fn replied(&mut self, _world: &World<P>, _replied: &Replied<P>) {}

    /// A reply is shown as JSON, and what it says there counts.
    fn refusal(&self, _node: u32, reply: &P::Reply) -> Option<String> {
        crate::refusal(&serde_json::to_value(reply).ok()?)
    }

    fn heeds(&self, node: u32) -> bool {
        self.heeded[node as usize]
    }

    fn finish(self, world: &World<P>) -> Values {
        let observations = &self.own.observations;
        let facts = Facts { world, observations, facts: &self.facts, heeded: &self.heeded };
        self.own.measured.iter().filter_map(|(name, of)| Some((*name, of(&facts)?))).collect()
    }
}
