//! Our own engine, through the real seam: boxed actors, keyed draws, the network model deciding each delay.

use std::sync::Arc;

use contract::trace::{Birth, Level};
use contract::{PeerId, Seed, Span, Time};
use net_model::{Network, Profile, Seeds};
use reference::phold::{Parameters, Phold, PholdNode};
use sim_core::{Cast, Directory, Limits, Origin, Pause, Plan, World};

use super::{Engine, Failure};
use crate::meter::{Measured, Meter};
use crate::phold::{IN_FLIGHT_PER_NODE, Workload};

/// The engine at one recording level.
pub(super) struct Dunbar(pub(super) Level);

impl Engine for Dunbar {
    fn name(&self) -> &'static str {
        match self.0 {
            Level::Off => "dunbar",
            Level::Digest => "dunbar-digest",
            Level::Full => "dunbar-trace",
        }
    }

    fn run(&self, workload: &Workload) -> Result<Measured, Failure> {
        let load = Load { messages: IN_FLIGHT_PER_NODE, heartbeat_ns: 0 };
        let plan = plan(workload, self.0, load)?;
        let meter = Meter::new();
        let mut world = World::new(plan).map_err(|error| Failure(error.to_string()))?;
        let running = meter.start();
        if world.run_until(Time::MAX) != Pause::Exhausted {
            return Err(Failure("the queue ran empty".into()));
        }
        Ok(running.stop(world.counts().events, world.now().as_nanos()))
    }
}

/// What a node does.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    /// Messages that it starts.
    pub messages: u32,
    /// The period of its timer in nanoseconds; zero for none.
    pub heartbeat_ns: u64,
}

/// A world of PHOLD nodes.
pub(crate) fn plan(workload: &Workload, level: Level, load: Load) -> Result<Plan<Phold>, Failure> {
    let (nodes, seed) = (workload.nodes, Seed::from_number(workload.seed));
    let least = workload.delay_ns_mean / 10;
    let profile = Profile::exponential(Span::from_nanos(least), Span::from_nanos(workload.delay_ns_mean - least));
    let seeds = Seeds { world: seed, noise: seed };
    let network = Network::new(&profile, nodes, Vec::new(), seeds).map_err(|error| Failure(error.to_string()))?;
    let parameters = Parameters { nodes, messages: load.messages, heartbeat_ns: load.heartbeat_ns };
    let peer = |node: u32| PeerId::simulated(u64::from(node));
    Ok(Plan {
        cast: Cast {
            directory: Directory::Simulated { nodes },
            nursery: Arc::new(move |node| Box::new(PholdNode::new(parameters, &seed, node))),
            register: Arc::new(move |node| Birth {
                node,
                peer: peer(node),
                role: String::new(),
                parameters: String::new(),
            }),
            clocks: Vec::new(),
        },
        network,
        world_seed: seed,
        noise_seed: seed,
        storage: None,
        level,
        // A checkpoint walks over all nodes; ten turnovers of the messages in flight lie between two.
        checkpoint_every: Span::from_nanos(workload.delay_ns_mean * 10),
        limits: Limits { events: workload.events, ..Limits::default() },
        origin: Origin::default(),
    })
}
