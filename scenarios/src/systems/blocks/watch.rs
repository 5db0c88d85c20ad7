//! When which share of the nodes had a block, over all blocks of a run.

use std::collections::BTreeMap;

use contract::{Span, Time, Value};
use reference::blocks::{Block, Blocks, SEEN};
use sim_core::{Observed, Replied, World};

use crate::metric::{Metric, Show, Values};
use crate::system::Watcher;

/// Blocks that were mined later before the horizon are not counted: they are still on their way.
const GRACE: Span = Span::from_secs(60);

pub(super) const METRICS: &[Metric] = &[
    Metric {
        name: "p10_s",
        show: Show::Latency,
        meaning: "time from the mining of a block until 10 % of the nodes had it, mean over blocks",
    },
    Metric { name: "p50_s", show: Show::Latency, meaning: "time until half of the nodes had it, mean over blocks" },
    Metric { name: "p90_s", show: Show::Latency, meaning: "time until 90 % of the nodes had it, mean over blocks" },
    Metric { name: "p99_s", show: Show::Latency, meaning: "time until 99 % of the nodes had it, mean over blocks" },
    Metric { name: "blocks", show: Show::Mean, meaning: "blocks that were mined, but for the last minute" },
    Metric { name: "everywhere", show: Show::Share, meaning: "blocks that reached 99 % of the nodes / blocks" },
    Metric { name: "forks", show: Show::Mean, meaning: "blocks of a height that another block had" },
    Metric { name: "lost", show: Show::Hidden, meaning: "messages that were lost" },
];

/// Shares of the nodes, and their metrics.
const SHARES: [(&str, f64); 4] = [("p10_s", 0.1), ("p50_s", 0.5), ("p90_s", 0.9), ("p99_s", 0.99)];

/// What is known of the blocks.
pub(super) struct Watch {
    nodes: u32,
    /// Blocks count that were mined up to then.
    until: Time,
    /// When nodes had each block, in the order of time. The miner comes first.
    seen: BTreeMap<Block, Vec<Time>>,
}

impl Watch {
    pub(super) fn new(nodes: u32, horizon: Time) -> Watch {
        Watch { nodes, until: Time::ZERO + horizon.since(Time::ZERO + GRACE), seen: BTreeMap::new() }
    }

    /// Seconds until `share` of the nodes had a block.
    fn reached(&self, seen: &[Time], share: f64) -> Option<f64> {
        let needed = (share * f64::from(self.nodes)).ceil().max(1.0) as usize;
        Some(seen.get(needed - 1)?.since(*seen.first()?).as_secs_f64())
    }
}

impl Watcher<Blocks> for Watch {
    fn observed(&mut self, _world: &World<Blocks>, observed: &Observed) {
        let count = |field| match observed.observation.get(field) {
            Some(Value::Count(count)) => u32::try_from(*count).ok(),
            _ => None,
        };
        if observed.observation.name != SEEN {
            return;
        }
        if let (Some(height), Some(miner)) = (count("height"), count("miner")) {
            self.seen.entry(Block { height, miner }).or_default().push(observed.at);
        }
    }

    fn replied(&mut self, _world: &World<Blocks>, _replied: &Replied<Blocks>) {}

    fn finish(self, world: &World<Blocks>) -> Values {
        let counted = |seen: &&Vec<Time>| seen.first().is_some_and(|mined| *mined <= self.until);
        let blocks: Vec<&Vec<Time>> = self.seen.values().filter(counted).collect();
        let everywhere: Vec<&&Vec<Time>> = blocks.iter().filter(|seen| self.reached(seen, 0.99).is_some()).collect();
        let heights: std::collections::BTreeSet<u32> = self.seen.keys().map(|block| block.height).collect();
        let mut values = Values::from([
            ("blocks", blocks.len() as f64),
            ("forks", (self.seen.len() - heights.len()) as f64),
            ("lost", world.counts().lost() as f64),
        ]);
        if !blocks.is_empty() {
            values.insert("everywhere", everywhere.len() as f64 / blocks.len() as f64);
        }
        for (name, share) in SHARES {
            let times: Vec<f64> = everywhere.iter().filter_map(|seen| self.reached(seen, share)).collect();
            if !times.is_empty() {
                values.insert(name, times.iter().sum::<f64>() / times.len() as f64);
            }
        }
        values
    }
}
