//! PHOLD as a scenario: the engine's own load, over any network profile.

use std::sync::Arc;

use contract::draws::Entropy;
use contract::trace::{Birth, Header, Step};
use contract::{PeerId, Verifier};
use reference::phold::{Parameters, Phold, PholdNode};
use serde::{Deserialize, Serialize};
use sim_core::{Cast, Directory, Observed, Replied, World};

use crate::metric::{Metric, Show, Values};
use crate::replay::{Recast, Replayer, same_version};
use crate::system::{Job, Key, Outcome, RunError, System, Watcher, drive};
use crate::{BadScenario, Scenario, Source};

/// The system.
pub struct PholdSystem;

/// `[parameters]` of a PHOLD scenario.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// Messages that each node starts.
    #[serde(default = "default_messages")]
    messages: u32,
}

impl Default for Written {
    fn default() -> Self {
        Written { messages: default_messages() }
    }
}

const fn default_messages() -> u32 {
    16
}

const METRICS: &[Metric] = &[
    Metric { name: "received_mean", show: Show::Mean, meaning: "messages received, mean over the nodes" },
    Metric { name: "received_max", show: Show::Mean, meaning: "messages received by the busiest node" },
    Metric { name: "lost", show: Show::Mean, meaning: "messages that the network lost" },
];

impl System for PholdSystem {
    fn name(&self) -> &'static str {
        "phold"
    }

    fn keys(&self) -> &[Key] {
        &[("parameters.messages", "Messages that each node starts. 16 by default.")]
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn check(&self, source: &Source, scenario: &Scenario) -> Result<(), BadScenario> {
        super::parameters::<Written>(source)?;
        if let Some(line) = scenario.example_commands().first() {
            return Err(source.error(
                line.place.clone(),
                "PHOLD takes no commands",
                "remove the [[script]] or [[workload]]",
            ));
        }
        Ok(())
    }

    fn run(&self, job: Job<'_>) -> Result<Outcome, RunError> {
        let written: Written =
            super::parameters(&job.cell.source).map_err(|error| RunError::Scenario(error.message().to_owned()))?;
        let nodes = job.cell.scenario.nodes();
        let parameters = Parameters { nodes, messages: written.messages, heartbeat_ns: 0 };
        let noise = job.noise_seed();
        let described = serde_json::to_string(&parameters).unwrap_or_default();
        let cast = Cast {
            directory: Directory::Simulated { nodes },
            nursery: Arc::new(move |node| Box::new(PholdNode::new(parameters, &noise, node))),
            register: Arc::new(move |node| Birth {
                node,
                peer: PeerId::simulated(u64::from(node)),
                role: "node".to_owned(),
                parameters: described.clone(),
            }),
            clocks: job.cell.scenario.clocks(&job.world_seed()),
        };
        let plan = super::plan(&job, cast, String::new(), Some(job.world_seed()))?;
        drive(job, plan, Vec::new(), Counter::default())
    }

    fn parameters(&self, source: &Source, scenario: &Scenario) -> Result<toml::Table, BadScenario> {
        let written: Written = super::parameters(source)?;
        Ok(toml::Table::try_from(written).unwrap_or_else(|_| scenario.parameters.clone()))
    }

    fn replayer(&self, header: &Header) -> Result<Box<dyn Replayer>, String> {
        same_version::<Phold>(header)?;
        let midwife = |birth: &Birth| {
            let parameters = serde_json::from_str(&birth.parameters).map_err(|error| error.to_string())?;
            Ok(Box::new(PholdNode::with_entropy(parameters, Entropy::Recorded)) as Box<_>)
        };
        Ok(Box::new(Recast::<Phold>::new(Box::new(midwife), Verifier::ed25519())))
    }

    fn roles(&self) -> Vec<&str> {
        vec!["node"]
    }

    fn details(&self, step: &Step) -> crate::details::Details {
        crate::details::details::<Phold>(step)
    }

    fn describe(&self, step: &Step) -> String {
        crate::details::describe::<Phold>(step)
    }
}

/// Counts what nodes received.
#[derive(Default)]
struct Counter {
    /// What each node had received when the warm-up was over.
    before: Vec<u64>,
    lost_before: u64,
}

impl Watcher<Phold> for Counter {
    fn observed(&mut self, _world: &World<Phold>, _observed: &Observed) {}

    fn replied(&mut self, _world: &World<Phold>, _replied: &Replied<Phold>) {}

    fn begin(&mut self, world: &World<Phold>) {
        self.before = (0..world.len()).map(|node| world.view(node).received).collect();
        self.lost_before = world.counts().lost();
    }

    fn finish(self, world: &World<Phold>) -> Values {
        let before = |node: u32| self.before.get(node as usize).copied().unwrap_or(0);
        let received = |node| (world.view(node).received - before(node)) as f64;
        let received: Vec<f64> = (0..world.len()).map(received).collect();
        let mean = received.iter().sum::<f64>() / received.len() as f64;
        let max = received.iter().copied().fold(0.0, f64::max);
        Values::from([
            ("received_mean", mean),
            ("received_max", max),
            ("lost", (world.counts().lost() - self.lost_before) as f64),
        ])
    }
}
