//! Who plays: identities, roles, neighbours; and the same again from a trace.

use std::sync::Arc;

use contract::draws::{Draws, Entropy};
use contract::keys::Scheme;
use contract::trace::{Birth, Header};
use contract::{Actor, PeerId, Protocol, Seed, Signer, Verifier};
use net_model::Graph;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sim_core::{Cast, Directory};

use super::{Newborn, Own, Parameter};
use crate::Scenario;
use crate::replay::Midwife;
use crate::resolve::Population;
use crate::system::{Job, RunError};

/// What all nodes of a trace have in common.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Common {}

/// What one node is born with, without secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Casting {
    /// Its role.
    pub role: String,
    /// The role's parameters.
    pub parameters: Value,
    /// Its strategy and that one's parameters, if it has one.
    pub strategy: Option<(String, Value)>,
    /// Whom it is linked to.
    pub peers: Vec<String>,
}

/// Everybody in a scenario.
#[derive(Clone)]
pub(super) struct Company<P: Protocol> {
    own: Own<P>,
    directory: Directory,
    scheme: Scheme,
    keys: Seed,
    pub(super) simulated: Option<Seed>,
    graph: Option<Arc<Graph>>,
    scenario: Arc<Scenario>,
}

impl<P: Protocol> Company<P> {
    pub(super) fn new(own: &Own<P>, job: &Job<'_>) -> Result<Company<P>, RunError> {
        let (scenario, keys) = (&job.cell.scenario, job.world_seed());
        let simulated = scenario.world.simulated_crypto.then_some(keys);
        let scheme = simulated.map_or(Scheme::Ed25519, |seed| Scheme::simulated(&seed));
        let peers = (0..scenario.nodes()).map(|node| scheme.signer(&keys, u64::from(node)).id()).collect::<Vec<_>>();
        Ok(Company {
            own: own.clone(),
            directory: Directory::of(peers),
            scheme,
            keys,
            simulated,
            graph: Some(Arc::new(crate::systems::graph(job)?)),
            scenario: Arc::new(scenario.clone()),
        })
    }

    /// Stand-ins, for a check: nobody has a neighbour.
    pub(super) fn simulated(own: &Own<P>, scenario: &Scenario) -> Company<P> {
        let keys = Seed::from_number(0);
        Company {
            own: own.clone(),
            directory: Directory::Simulated { nodes: scenario.nodes() },
            scheme: Scheme::simulated(&keys),
            keys,
            simulated: Some(keys),
            graph: None,
            scenario: Arc::new(scenario.clone()),
        }
    }

    pub(super) fn peer(&self, node: u32) -> PeerId {
        self.directory.peer(node)
    }

    fn neighbours(&self, node: u32) -> Vec<PeerId> {
        let graph = self.graph.iter();
        graph.flat_map(|graph| graph.neighbours(node)).map(|other| self.peer(other)).collect()
    }

    fn casting(&self, node: u32) -> Casting {
        let population = self.scenario.population_of(node);
        let json = |table: toml::Table| {
            let mut value = toml::Value::Table(table);
            crate::systems::name_peers(&mut value, &self.scenario, &|node| self.peer(node));
            serde_json::to_value(value).unwrap_or_default()
        };
        let Population { role, parameters, strategy, .. } = population;
        let mut all = self.scenario.parameters.clone();
        all.extend(parameters.clone());
        Casting {
            role: role.clone(),
            parameters: json(all),
            strategy: strategy.as_ref().map(|strategy| (strategy.name.clone(), json(strategy.parameters.clone()))),
            peers: self.neighbours(node).iter().map(PeerId::to_string).collect(),
        }
    }

    fn newborn(&self, node: u32, entropy: Entropy) -> Newborn {
        Newborn {
            signer: self.scheme.signer(&self.keys, u64::from(node)),
            peers: self.neighbours(node),
            entropy,
            verifier: self.scheme.verifier(),
        }
    }

    fn born(&self, node: u32, entropy: Entropy) -> Result<Box<dyn Actor<P>>, String> {
        self.own.actor(&self.casting(node), self.newborn(node, entropy))
    }

    /// Which parameter is to blame that this actor cannot be born.
    pub(super) fn to_blame(&self, node: u32, why: &str) -> Option<Parameter> {
        self.own.to_blame(&self.casting(node), &self.newborn(node, Entropy::Recorded), why)
    }

    /// An actor that never acts, for a check.
    pub(super) fn actor(&self, node: u32) -> Result<Box<dyn Actor<P>>, String> {
        self.born(node, Entropy::Recorded)
    }

    pub(super) fn common(&self) -> String {
        serde_json::to_string(&Common::default()).unwrap_or_default()
    }

    /// The cast of a world.
    pub(super) fn cast(&self, job: &Job<'_>) -> Cast<P> {
        let noise = job.noise_seed().key(P::NAME);
        let (births, registers) = (self.clone(), self.clone());
        Cast {
            directory: self.directory.clone(),
            nursery: Arc::new(move |node| {
                let entropy = Entropy::Keyed(Draws::new(noise, u64::from(node)));
                births.born(node, entropy).expect("the scenario was checked with these parameters")
            }),
            register: Arc::new(move |node| {
                let casting = registers.casting(node);
                let parameters = serde_json::to_string(&casting).unwrap_or_default();
                Birth { node, peer: registers.peer(node), role: casting.role, parameters }
            }),
            clocks: job.cell.scenario.clocks(&job.world_seed()),
        }
    }
}

/// What builds the nodes of a trace again. It is the same for a simulated and a live trace.
pub(super) fn midwife<P: Protocol>(own: Own<P>, header: &Header) -> Result<(Midwife<P>, Verifier), String> {
    let scheme = header.simulated.map_or(Scheme::Ed25519, |seed| Scheme::simulated(&seed));
    let verifier = scheme.verifier();
    let checks = verifier.clone();
    let midwife = move |birth: &Birth| {
        let casting: Casting = serde_json::from_str(&birth.parameters).map_err(|error| error.to_string())?;
        let peer = |text: &String| PeerId::parse(text).ok_or_else(|| format!("`{text}` is no peer"));
        let peers = casting.peers.iter().map(peer).collect::<Result<_, _>>()?;
        let signer = Signer::recorded(birth.peer);
        own.actor(&casting, Newborn { signer, peers, entropy: Entropy::Recorded, verifier: checks.clone() })
    };
    Ok((Box::new(midwife), verifier))
}
