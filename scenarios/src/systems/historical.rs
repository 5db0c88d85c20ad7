//! The double-spend study that others published, with its flaws, so that its numbers can be reproduced and refuted.
//!
//! There are no nodes and no messages here, only a graph and delays. The attacker floods the first transaction until everybody
//! has it; then, 1 ms after the first, it floods a second one. A hop takes 50 ms × U(0.8, 1.2), and a node's arrival is fixed when it
//! is first pushed, even if a shorter way to it is found later. The attack counts as detected when the second transaction
//! reaches its first node, since everybody has the first by then. (`simulations.md` 5.1.)
//!
//! It is no evidence that gossip detects double-spends: both transactions come from the attacker itself, who has no reason to
//! tell everybody of both, so its first neighbour "detects" them whatever the graph is. The `double-spend` scenarios ask
//! the question properly.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use contract::draws::{Key, open_unit};
use contract::trace::{Header, Step};
use contract::{Hash, Time};
use net_model::Graph;
use serde::{Deserialize, Serialize};
use sim_core::{Counts, Memory};

use crate::metric::{Metric, Show, Values};
use crate::replay::Replayer;
use crate::system::{Job, Outcome, RunError, System};
use crate::{BadScenario, Scenario, Source};

/// The system.
pub struct HistoricalSystem;

/// How long a hop takes on average.
const HOP_NS: f64 = 50e6;
/// When the second flood begins after the first.
const SECOND_AFTER_NS: u64 = 1_000_000;

/// `[parameters]` of a historical scenario: there are none.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {}

const METRICS: &[Metric] = &[
    Metric {
        name: "detection_s",
        show: Show::Latency,
        meaning: "from the first flood to the first arrival of the second one anywhere but at the attacker",
    },
    Metric {
        name: "spread",
        show: Show::Share,
        meaning: "share of all nodes that both floods reach, the attacker left out",
    },
    Metric { name: "detected", show: Show::Rate, meaning: "1 if the attacker has a neighbour at all" },
];

impl System for HistoricalSystem {
    fn name(&self) -> &'static str {
        "historical-flood"
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn check(&self, source: &Source, scenario: &Scenario) -> Result<(), BadScenario> {
        super::parameters::<Written>(source)?;
        if let Some(line) = scenario.script.first() {
            let hint = "remove the [[script]]: node 0 attacks at the beginning";
            return Err(source.error(line.place.clone(), "the historical study takes no commands", hint));
        }
        Ok(())
    }

    fn run(&self, job: Job<'_>) -> Result<Outcome, RunError> {
        let graph = super::graph(&job)?;
        let nodes = job.cell.scenario.nodes();
        let key = job.noise_seed().key("historical hops");
        let [first, second] = [0, 1].map(|flood| arrivals(&graph, key, flood));
        let both = || second.iter().filter(|(node, _)| **node != 0 && first.contains_key(node));
        let detection = both().map(|(_, at)| at + SECOND_AFTER_NS).min();
        let mut metrics = Values::from([
            ("spread", both().count() as f64 / f64::from(nodes)),
            ("detected", f64::from(u8::from(detection.is_some()))),
        ]);
        metrics.extend(detection.map(|at| ("detection_s", Time::from_nanos(at).as_secs_f64())));
        let mut bytes = Vec::new();
        for (node, at) in first.iter().chain(&second) {
            bytes.extend_from_slice(&node.to_le_bytes());
            bytes.extend_from_slice(&at.to_le_bytes());
        }
        let digest = Hash::blake3(&[b"dunbar/historical-flood/v1", &bytes]);
        let horizon = job.cell.scenario.horizon;
        let counts = Counts { events: (first.len() + second.len()) as u64, ..Counts::default() };
        let memory = Memory { node_count: nodes as usize, ..Memory::default() };
        Ok(Outcome {
            faults: Vec::new(),
            metrics,
            digest,
            checkpoints: vec![(horizon, digest)],
            counts,
            memory,
            exhausted: false,
            stopped: None,
            graph: None,
            seen: Vec::new(),
            windows: Vec::new(),
            refused: Default::default(),
            faults_drawn: 0,
        })
    }

    fn replayer(&self, _header: &Header) -> Result<Box<dyn Replayer>, String> {
        Err("the historical study has no nodes, so there is nothing to replay".to_owned())
    }

    fn describe(&self, step: &Step) -> String {
        format!("{} node {}", step.at, step.node)
    }
}

/// When a flood from node 0 arrives where, in nanoseconds after it began: visited in the order of time, but a node's arrival is
/// the one that it was first pushed with.
fn arrivals(graph: &Graph, key: Key, flood: u64) -> BTreeMap<u32, u64> {
    let mut arrivals = BTreeMap::from([(0, 0)]);
    let mut open = BinaryHeap::from([Reverse((0u64, 0u32))]);
    while let Some(Reverse((at, node))) = open.pop() {
        for other in graph.neighbours(node) {
            if arrivals.contains_key(&other) {
                continue;
            }
            let uniform = open_unit(key.draw(flood << 32 | u64::from(node), u64::from(other))[0]);
            let arrival = at + (HOP_NS * (0.8 + 0.4 * uniform)) as u64;
            arrivals.insert(other, arrival);
            open.push(Reverse((arrival, other)));
        }
    }
    arrivals
}

#[cfg(test)]
mod tests {
    use contract::Seed;
    use net_model::Topology;

    use super::*;

    #[test]
    fn a_flood_takes_between_forty_and_sixty_milliseconds_a_hop_and_reaches_whom_links_join() {
        let graph = Topology::Ring { degree: 2 }.links(5, &[0; 5], Seed::from_number(1).key("topology")).unwrap();
        let arrivals = arrivals(&graph, Seed::from_number(2).key("hops"), 0);
        let hops = [0u64, 1, 2, 2, 1];
        for (node, hops) in hops.iter().enumerate() {
            let at = arrivals[&(node as u32)];
            assert!((40_000_000 * hops..=60_000_000 * hops).contains(&at), "node {node}: {at}");
        }
    }
}
