//! Who plays in a ledger scenario: identities, roles, neighbours; and the same again from a trace.

use std::sync::Arc;

use agents::Role;
use contract::draws::{Draws, Entropy};
use contract::keys::Scheme;
use contract::trace::{Birth, Header};
use contract::{Amount, PeerId, Seed, Signer, Verifier};
use ledger::{Founding, Ledger, Parameters, Shared};
use net_model::Graph;
use serde::{Deserialize, Serialize};
use sim_core::{Cast, Directory};

use crate::replay::Midwife;
use crate::resolve::Population;
use crate::source::closest;
use crate::system::{Job, RunError};
use crate::{BadScenario, Scenario, Source};

/// What all nodes of a trace have in common, without secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Common {
    /// Who began with how much.
    pub founding: Founding,
    /// How honest nodes behave.
    pub parameters: Parameters,
}

/// What one node of a trace is born with, without secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Casting {
    /// Who it is.
    pub role: Role,
    /// Whom it floods to.
    pub peers: Vec<String>,
}

/// Everybody in a scenario.
#[derive(Clone)]
pub(super) struct Company {
    directory: Directory,
    scheme: Scheme,
    keys: Seed,
    pub(super) simulated: Option<Seed>,
    pub(super) roles: Arc<Roles>,
    pub(super) graph: Arc<Graph>,
    pub(super) shared: Arc<Shared>,
}

impl Company {
    pub(super) fn new(job: &Job<'_>, endowment: Amount, parameters: Parameters) -> Result<Company, RunError> {
        let (scenario, keys) = (&job.cell.scenario, job.world_seed());
        let simulated = scenario.world.simulated_crypto.then_some(keys);
        let scheme = simulated.map_or(Scheme::Ed25519, |seed| Scheme::simulated(&seed));
        let peers: Vec<PeerId> = (0..scenario.nodes()).map(|node| scheme.signer(&keys, u64::from(node)).id()).collect();
        let endowments = peers.iter().map(|peer| (*peer, endowment));
        let founding = Founding::new(endowments).map_err(|error| RunError::Scenario(error.to_string()))?;
        let directory = Directory::of(peers);
        let roles = roles(&job.cell.source, scenario, &|node| directory.peer(node));
        let roles = roles.map_err(|error| RunError::Scenario(error.message().to_owned()))?;
        let graph = super::super::graph(job)?;
        let shared = Arc::new(Shared { verifier: scheme.verifier(), founding, parameters });
        Ok(Company { directory, scheme, keys, simulated, roles: Arc::new(roles), graph: Arc::new(graph), shared })
    }

    pub(super) fn len(&self) -> u32 {
        self.directory.len()
    }

    pub(super) fn peer(&self, node: u32) -> PeerId {
        self.directory.peer(node)
    }

    pub(super) fn number(&self, peer: &PeerId) -> Option<u32> {
        self.directory.number(peer)
    }

    pub(super) fn is_honest(&self, node: u32) -> bool {
        self.roles.of(node).is_honest()
    }

    fn neighbours(&self, node: u32) -> Vec<PeerId> {
        self.graph.neighbours(node).map(|other| self.peer(other)).collect()
    }

    pub(super) fn common_json(&self) -> String {
        let common = Common { founding: self.shared.founding.clone(), parameters: self.shared.parameters.clone() };
        serde_json::to_string(&common).unwrap_or_default()
    }

    /// The cast of a world.
    pub(super) fn cast(&self, job: &Job<'_>) -> Cast<Ledger> {
        let noise = job.noise_seed().key("ledger");
        let (births, registers) = (self.clone(), self.clone());
        Cast {
            directory: self.directory.clone(),
            nursery: Arc::new(move |node| {
                let birth = ledger::Birth {
                    signer: births.scheme.signer(&births.keys, u64::from(node)),
                    peers: births.neighbours(node),
                    entropy: Entropy::Keyed(Draws::new(noise, u64::from(node))),
                    shared: Arc::clone(&births.shared),
                };
                births.roles.of(node).actor(birth)
            }),
            register: Arc::new(move |node| {
                let role = registers.roles.of(node);
                let peers = registers.neighbours(node).iter().map(PeerId::to_string).collect();
                let parameters = serde_json::to_string(&Casting { role, peers }).unwrap_or_default();
                Birth { node, peer: registers.peer(node), role: role.name().to_owned(), parameters }
            }),
            clocks: job.cell.scenario.clocks(&job.world_seed()),
        }
    }
}

/// The role of every node: each population's first node, and its role.
pub(super) struct Roles(Vec<(u32, Role)>);

impl Roles {
    /// The role of a node.
    pub(super) fn of(&self, node: u32) -> Role {
        let later = self.0.partition_point(|(first, _)| *first <= node);
        self.0[later - 1].1
    }
}

/// Reads the roles of all populations.
pub(super) fn roles(source: &Source, scenario: &Scenario, peer: &dyn Fn(u32) -> PeerId) -> Result<Roles, BadScenario> {
    let mut roles = Vec::new();
    for population in &scenario.populations {
        let role = role(source, population, scenario, peer)?;
        roles.push((population.first, role));
    }
    Ok(Roles(roles))
}

fn role(
    source: &Source,
    population: &Population,
    scenario: &Scenario,
    peer: &dyn Fn(u32) -> PeerId,
) -> Result<Role, BadScenario> {
    let name = population.role.as_str();
    if !Role::NAMES.contains(&name) {
        let hint = closest(name, Role::NAMES.into_iter()).unwrap_or_default();
        return Err(source.error(population.role_place.clone(), format!("the ledger has no role `{name}`"), hint));
    }
    if population.parameters.is_empty()
        && let Ok(role) = toml::Value::String(name.to_owned()).try_into()
    {
        return Ok(role);
    }
    let mut parameters = toml::Value::Table(population.parameters.clone());
    crate::systems::name_peers(&mut parameters, scenario, peer);
    let written = toml::Value::Table([(name.to_owned(), parameters.clone())].into_iter().collect());
    let role: Role = written.try_into().map_err(|error: toml::de::Error| {
        let (why, hint) = match error.message() {
            "expected empty table" => ("it has no parameters".to_owned(), Some("remove `parameters`".to_owned())),
            message => crate::systems::explained(message, scenario),
        };
        let hint = hint.unwrap_or_else(|| crate::hint::hint(&why));
        let place = source.blamed::<Role>(&population.parameters_place, &parameters, Some(name));
        source.error(place, format!("the role `{name}`: {why}"), hint)
    })?;
    let mut own = population.first..population.first + population.count;
    match role {
        Role::DoubleSpender(plan) if own.any(|node| peer(node) == plan.second) => {
            let why = "the role `double-spender`: `second` is one of its own nodes, and nobody pays themselves";
            Err(source.error(population.parameters_place.clone(), why, "name somebody else, such as \"honest.1\""))
        }
        role => Ok(role),
    }
}

/// What builds the nodes of a trace again, and checks their signatures. It is the same for a simulated and a live trace.
///
/// # Errors
/// Says what in the header is not understood.
pub fn midwife(header: &Header) -> Result<(Midwife<Ledger>, Verifier), String> {
    let common: Common =
        serde_json::from_str(&header.common).map_err(|error| format!("the trace's header: {error}"))?;
    let scheme = header.simulated.map_or(Scheme::Ed25519, |seed| Scheme::simulated(&seed));
    let (verifier, parameters) = (scheme.verifier(), common.parameters);
    let shared = Arc::new(Shared { verifier: verifier.clone(), founding: common.founding, parameters });
    let midwife = move |birth: &Birth| {
        let casting: Casting = serde_json::from_str(&birth.parameters).map_err(|error| error.to_string())?;
        let peer = |text: &String| PeerId::parse(text).ok_or_else(|| format!("`{text}` is no peer"));
        let peers = casting.peers.iter().map(peer).collect::<Result<_, _>>()?;
        let (signer, shared) = (Signer::recorded(birth.peer), Arc::clone(&shared));
        Ok(casting.role.actor(ledger::Birth { signer, peers, entropy: Entropy::Recorded, shared }))
    };
    Ok((Box::new(midwife), verifier))
}
