//! The resolved scenario as text.

mod network;

use std::collections::BTreeMap;
use std::ops::Range;

use contract::Time;
use serde::{Deserialize, Serialize};

use super::{Population, Scenario, names};
use crate::expect::{Claim, Expectation};
use crate::workload::{Pace, Workload};

/// What is printed under the seed: every value that a run depends on, defaults included.
#[derive(Serialize)]
struct Shown<'a> {
    title: &'a str,
    protocol: &'a str,
    horizon: String,
    nodes: u32,
    network: BTreeMap<&'static str, String>,
    world: BTreeMap<&'static str, String>,
    populations: Vec<String>,
    faults: Vec<String>,
    script: Vec<String>,
    workloads: Vec<String>,
    measure: BTreeMap<&'static str, String>,
    expectations: Vec<String>,
    parameters: &'a toml::Table,
}

/// Who is who in a scenario of which only the text is left that [`Scenario::shown`] gave, as in the head of a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crew(Vec<(String, Range<u32>)>);

impl Crew {
    /// Reads the text; lines that are none of it may stand before. Nobody is known from any other text.
    pub fn read(text: &str) -> Crew {
        #[derive(Deserialize)]
        struct Listed {
            populations: Vec<String>,
        }
        let begin = text.find("title = ").unwrap_or(0);
        let listed = toml::from_str(&text[begin..]).unwrap_or(Listed { populations: Vec::new() });
        let one = |line: &String| {
            let (name, rest) = line.split_once(": ")?;
            let (first, end) = rest.split_once(" (nodes ")?.1.split_once(')')?.0.split_once("..")?;
            Some((name.to_owned(), first.parse::<u32>().ok()?..end.parse::<u32>().ok()?))
        };
        Crew(listed.populations.iter().filter_map(one).collect())
    }

    /// The numbers that a name stands for: one node, or a whole population.
    pub fn nodes_named(&self, name: &str) -> Option<Range<u32>> {
        names::among(self.0.iter().map(|(name, nodes)| (name.as_str(), nodes.clone())), name)
    }

    /// The names of the populations.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl Scenario {
    /// The resolved scenario as text: every value that a run depends on, defaults included.
    pub fn shown(&self) -> String {
        let world = &self.world;
        let crypto = if world.simulated_crypto { "simulated" } else { "ed25519" };
        let population = |p: &Population| {
            let nodes = format!("{} × {} (nodes {}..{})", p.count, p.role, p.first, p.first + p.count);
            let nodes = if p.parameters.is_empty() { nodes } else { format!("{nodes} {}", inline(&p.parameters)) };
            match &p.strategy {
                None => nodes,
                Some(s) => format!("{nodes}, strategy {} {}", s.name, inline(&s.parameters)),
            }
        };
        let shown = Shown {
            title: &self.about.title,
            protocol: &self.protocol,
            horizon: self.horizon.since(Time::ZERO).to_string(),
            nodes: self.nodes(),
            network: network::shown(&self.network),
            world: BTreeMap::from([
                ("crypto", crypto.to_owned()),
                ("sync", format!("{} + Exp({})", world.storage.base, world.storage.mean_extra)),
                ("clock_offset_max", world.clock_offset_max.to_string()),
                ("clock_drift_max_ppm", world.clock_drift_max_ppm.to_string()),
                ("checkpoint_every", world.checkpoint_every.to_string()),
                (
                    "events_max",
                    if world.events_max == u64::MAX { "none".to_owned() } else { world.events_max.to_string() },
                ),
            ]),
            populations: self.populations.iter().map(|p| format!("{}: {}", p.name, population(p))).collect(),
            faults: self.faults.iter().map(ToString::to_string).collect(),
            script: self.script.iter().map(|l| format!("{} #{} {}", l.at, l.node, inline(&l.command))).collect(),
            workloads: self.workloads.iter().map(shown_workload).collect(),
            measure: self.shown_measure(),
            expectations: self.expectations.iter().map(shown_expectation).collect(),
            parameters: &self.parameters,
        };
        toml::to_string_pretty(&shown).unwrap_or_else(|error| format!("# not shown: {error}\n"))
    }

    fn shown_measure(&self) -> BTreeMap<&'static str, String> {
        let metrics: Vec<&str> = self.measure.metrics.iter().map(|name| name.get_ref().as_str()).collect();
        BTreeMap::from([
            ("metrics", if metrics.is_empty() { "all".to_owned() } else { metrics.join(", ") }),
            ("warm_up", self.measure.warm_up.since(Time::ZERO).to_string()),
            ("window", self.measure.window.map_or("none".to_owned(), |window| window.to_string())),
        ])
    }
}

fn shown_workload(workload: &Workload) -> String {
    let pace = match workload.pace {
        Pace::Poisson(gap) => format!("Poisson, one in {gap}"),
        Pace::Regular(gap) => format!("every {gap}"),
    };
    let Workload { name, by, span: (from, until), command, draws, .. } = workload;
    let count = if workload.count == u32::MAX { String::new() } else { format!(", at most {}", workload.count) };
    let draws: Vec<String> = draws.iter().map(|(name, draw)| format!("${name} = {draw}")).collect();
    format!(
        "{name}: nodes {}..{}, {from} to {until}, {pace}{count}: {} {}",
        by.start,
        by.end,
        inline(command),
        draws.join(", ")
    )
}

fn inline(table: &toml::Table) -> String {
    toml::Value::Table(table.clone()).to_string()
}

fn shown_expectation(expect: &Expectation) -> String {
    let bound = |word: &str, bound: Option<f64>| bound.map_or(String::new(), |bound| format!(" {word} {bound}"));
    let when: Vec<String> = expect.when.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    let when = if when.is_empty() { String::new() } else { format!(" where {}", when.join(", ")) };
    let bounds = bound("at least", expect.at_least) + &bound("at most", expect.at_most);
    let what = match &expect.claim {
        Claim::Statistic { metric, statistic } => format!("{} of {metric}", statistic.name()),
        Claim::Metric { metric, mood } => format!("{} {metric}", mood.name()),
        Claim::Observed { mood, pattern } => format!("{} {pattern}", mood.name()),
    };
    format!("{what}{bounds}{when}")
}
