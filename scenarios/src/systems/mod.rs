//! The protocols that come with the program.

pub mod blocks;
pub mod historical;
pub mod ledger;
pub mod phold;

use contract::{PeerId, Protocol, Seed};
use net_model::{Graph, Network};
use serde::de::DeserializeOwned;
use sim_core::{Cast, Limits, Origin, Plan};

use crate::system::{Job, Registry, RunError};
use crate::{BadScenario, Scenario, Source};

/// All of them.
pub fn registry() -> Registry {
    let registry = Registry::default().with(ledger::LedgerSystem).with(historical::HistoricalSystem);
    registry.with(phold::PholdSystem).with(blocks::BlockRelaySystem)
}

/// The protocol's own `[parameters]`, with errors at their place.
///
/// # Errors
/// [`BadScenario`] at what cannot be read.
pub fn parameters<T: DeserializeOwned + Default>(source: &Source) -> Result<T, BadScenario> {
    #[derive(serde::Deserialize)]
    struct Section<T> {
        parameters: Option<T>,
    }
    source.read::<Section<T>>().map(|section| section.parameters.unwrap_or_default())
}

/// The network of a job, without faults: [`drive`](crate::system::drive) adds them.
///
/// # Errors
/// [`RunError`] if the scenario's network cannot be built.
pub fn network(job: &Job<'_>) -> Result<Network, RunError> {
    let scenario = &job.cell.scenario;
    let spec = &scenario.network;
    let network = Network::placed(&spec.profile, scenario.placement(job.seed), Vec::new(), &job.noise_seed())?;
    Ok(network.with_courses(spec.courses.clone())?)
}

/// Who is a neighbour of whom in a job.
///
/// # Errors
/// [`RunError`] if the links cannot be drawn.
pub fn graph(job: &Job<'_>) -> Result<Graph, RunError> {
    Ok(job.cell.scenario.graph(job.seed)?)
}

/// The plan of a job for [`drive`](crate::system::drive): what the scenario says, around the protocol's cast.
///
/// `common` is what all nodes of a trace have in common, for the [`replayer`](crate::System::replayer); `simulated` is the seed of
/// simulated signatures, if that is what the cast signs with.
///
/// # Errors
/// [`RunError`] if the scenario's network cannot be built.
pub fn plan<P: Protocol>(
    job: &Job<'_>,
    cast: Cast<P>,
    common: String,
    simulated: Option<Seed>,
) -> Result<Plan<P>, RunError> {
    let scenario = &job.cell.scenario;
    Ok(Plan {
        cast,
        network: network(job)?,
        world_seed: job.world_seed(),
        noise_seed: job.noise_seed(),
        storage: Some(scenario.world.storage),
        level: job.level,
        checkpoint_every: scenario.world.checkpoint_every,
        limits: Limits { events: scenario.world.events_max, ..Limits::default() },
        origin: Origin { source: format!("seed {}\n{}", job.seed, scenario.shown()), common, simulated },
    })
}

/// A message of serde in the words of a scenario, where the name of a node stands for its identity; and what to do, if the
/// message is about such a name.
pub(crate) fn explained(message: &str, scenario: &Scenario) -> (String, Option<String>) {
    let name = message.strip_prefix("invalid value: string \"").and_then(|rest| rest.split_once("\", expected 64 "));
    match name {
        Some((name, _)) => (format!("there is no node `{name}`"), Some(scenario.names_hint(name))),
        None => (message.to_owned(), None),
    }
}

/// Puts identities in the place of names of nodes, wherever a text is one: whatever the text was meant for.
pub fn name_peers(value: &mut toml::Value, scenario: &Scenario, peer: &dyn Fn(u32) -> PeerId) {
    match value {
        toml::Value::String(text) => {
            if let Some(node) = scenario.node(text) {
                *text = peer(node).to_string();
            }
        }
        toml::Value::Table(table) => table.iter_mut().for_each(|(_, value)| name_peers(value, scenario, peer)),
        toml::Value::Array(values) => values.iter_mut().for_each(|value| name_peers(value, scenario, peer)),
        _ => {}
    }
}
