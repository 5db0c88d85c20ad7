//! From the scenario as written to the scenario that runs: complete, checked, in integers.

use std::collections::BTreeMap;

use contract::units::{BadQuantity, parse_span};
use contract::{Seed, Span, Time};
use net_model::{BadNetwork, Network, Partition, Profile, Seeds, Topology};
use serde::Serialize;
use sim_core::{Clock, Fault, Storage};
use toml::Spanned;

use crate::expect::Expectation;
use crate::metric::Statistic;
use crate::raw::{RawExpect, RawFault, RawNetwork, RawPopulation, RawScenario, RawScript, RawWorld};
use crate::source::{BadScenario, Source, closest};

/// The version of the scenario language.
pub const FORMAT: u32 = 1;
/// The most nodes of a scenario.
const NODES_MAX: u64 = 1 << 23;

/// A scenario that can run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is, in a line.
    pub title: String,
    /// What it asks.
    pub question: String,
    /// The protocol's name.
    pub protocol: String,
    /// The seeds: the first, and how many.
    pub seeds: (u64, u32),
    /// When a run ends.
    pub horizon: Time,
    /// Signatures, disks, clocks, checkpoints.
    pub world: WorldSpec,
    /// What connects the nodes.
    pub network: NetworkSpec,
    /// Who plays.
    pub populations: Vec<Population>,
    /// Cuts of the network.
    pub partitions: Vec<Partition>,
    /// Crashes and restarts.
    pub faults: Vec<(Time, Fault)>,
    /// Commands.
    pub script: Vec<ScriptLine>,
    /// What must come out.
    pub expectations: Vec<Expectation>,
}

/// The world around the actors.
#[derive(Clone, Debug)]
pub struct WorldSpec {
    /// Whether signatures are fast tags instead of Ed25519.
    pub simulated_crypto: bool,
    /// How long a write takes to become durable.
    pub storage: Storage,
    /// Clocks are off by up to this.
    pub clock_offset_max: Span,
    /// Clocks drift by up to this many parts per million.
    pub clock_drift_max_ppm: u32,
    /// The time between two checkpoints.
    pub checkpoint_every: Span,
    /// The most events of a run.
    pub events_max: u64,
}

/// What connects the nodes.
#[derive(Clone, Debug)]
pub struct NetworkSpec {
    /// Latency, bandwidth, loss.
    pub profile: Profile,
    /// The profile's name.
    pub profile_name: String,
    /// Who is a neighbour of whom.
    pub topology: Topology,
}

/// Some nodes with the same role.
#[derive(Clone, Debug)]
pub struct Population {
    /// How script and faults call it.
    pub name: String,
    /// The role its nodes play.
    pub role: String,
    /// The number of its first node.
    pub first: u32,
    /// How many nodes it has.
    pub count: u32,
    /// The role's parameters as written.
    pub parameters: toml::Table,
}

/// A command to a node.
#[derive(Clone, Debug)]
pub struct ScriptLine {
    /// When.
    pub at: Time,
    /// The node's number.
    pub node: u32,
    /// The command as written.
    pub command: toml::Table,
    /// Where it is written.
    pub place: std::ops::Range<usize>,
}

impl Scenario {
    /// How many nodes there are.
    pub fn nodes(&self) -> u32 {
        self.populations.iter().map(|population| population.count).sum()
    }

    /// The number of the node with this name, if there is one.
    pub fn node(&self, name: &str) -> Option<u32> {
        self.nodes_named(name).filter(|nodes| nodes.len() == 1).map(|nodes| nodes.start)
    }

    /// The numbers that a name stands for: one node, or a whole population.
    pub fn nodes_named(&self, name: &str) -> Option<std::ops::Range<u32>> {
        nodes_named(&self.populations, name)
    }

    /// The population of a node.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn population_of(&self, node: u32) -> &Population {
        let holds = |population: &&Population| (population.first..population.first + population.count).contains(&node);
        self.populations.iter().find(holds).expect("every node belongs to a population")
    }

    /// Clocks for a world, uniform within the bounds; none if all are exact.
    pub fn clocks(&self, seed: &contract::Seed) -> Vec<Clock> {
        let (offset, drift) = (self.world.clock_offset_max.as_nanos(), u64::from(self.world.clock_drift_max_ppm) * 1_000);
        if offset == 0 && drift == 0 {
            return Vec::new();
        }
        let key = seed.key("clocks");
        let around = |bits, max: u64| contract::draws::below(bits, 2 * max + 1) as i64 - max as i64;
        let clock = |node| {
            let [a, b] = key.draw(node, 0);
            Clock { offset_ns: around(a, offset), drift_ppb: around(b, drift) }
        };
        (0..u64::from(self.nodes())).map(clock).collect()
    }

    /// Reads and checks a scenario.
    ///
    /// # Errors
    /// [`BadScenario`] at the first thing that is wrong, with a hint.
    pub fn resolve(source: &Source) -> Result<Scenario, BadScenario> {
        let raw: RawScenario = source.read()?;
        if *raw.format.get_ref() != FORMAT {
            let message = format!("format {} is unknown", raw.format.get_ref());
            return Err(source.error(raw.format.span(), message, "this program reads `format = 1`"));
        }
        let populations = populations(source, &raw.population)?;
        let names = Names { source, populations: &populations };
        let horizon = time(source, &raw.horizon)?;
        let (partitions, faults) = names.faults(&raw.fault)?;
        let script = raw.script.iter().map(|line| names.script_line(line)).collect::<Result<_, _>>()?;
        let expectations = raw.expect.iter().map(|expect| expectation(source, expect)).collect::<Result<_, _>>()?;
        if *raw.seeds.get_ref() == 0 {
            return Err(source.error(raw.seeds.span(), "no seeds", "a scenario runs at least one seed"));
        }
        Ok(Scenario {
            title: raw.title,
            question: raw.question,
            protocol: raw.protocol.into_inner(),
            seeds: (raw.first_seed, raw.seeds.into_inner()),
            horizon,
            world: world(source, &raw.world, horizon)?,
            network: network(source, &raw.network)?,
            populations,
            partitions,
            faults,
            script,
            expectations,
        })
    }
}

fn nodes_named(populations: &[Population], name: &str) -> Option<std::ops::Range<u32>> {
    if let Some(population) = populations.iter().find(|population| population.name == name) {
        return Some(population.first..population.first + population.count);
    }
    let (name, index) = name.rsplit_once('.')?;
    let index: u32 = index.parse().ok()?;
    let population = populations.iter().find(|population| population.name == name && index < population.count)?;
    Some(population.first + index..population.first + index + 1)
}

fn quantity<T>(source: &Source, text: &Spanned<String>, read: fn(&str) -> Result<T, BadQuantity>) -> Result<T, BadScenario> {
    read(text.get_ref()).map_err(|error| source.error(text.span(), error.to_string(), ""))
}

fn span(source: &Source, text: &Spanned<String>) -> Result<Span, BadScenario> {
    quantity(source, text, parse_span)
}

fn time(source: &Source, text: &Spanned<String>) -> Result<Time, BadScenario> {
    span(source, text).map(|span| Time::ZERO + span)
}

fn populations(source: &Source, raw: &[RawPopulation]) -> Result<Vec<Population>, BadScenario> {
    let mut populations: Vec<Population> = Vec::new();
    let mut first = 0u64;
    for one in raw {
        let (name, count) = (one.name.get_ref(), *one.count.get_ref());
        if populations.iter().any(|other| other.name == *name) {
            return Err(source.error(one.name.span(), format!("there are two populations `{name}`"), "give each its own name"));
        }
        if name.is_empty() || name.contains('.') {
            return Err(source.error(one.name.span(), format!("`{name}` is no name"), "a name has letters, digits and dashes"));
        }
        let start = first as u32;
        first += u64::from(count);
        if count == 0 || first > NODES_MAX {
            let message = format!("{count} nodes, {first} in all");
            return Err(source.error(one.count.span(), message, format!("a scenario has 1 to {NODES_MAX} nodes")));
        }
        let role = one.role.as_ref().map_or_else(|| name.clone(), |role| role.get_ref().clone());
        let parameters = one.parameters.clone();
        populations.push(Population { name: name.clone(), role, first: start, count, parameters });
    }
    if populations.is_empty() {
        return Err(source.error(0..0, "nobody plays", "add a [[population]]"));
    }
    Ok(populations)
}

fn world(source: &Source, raw: &RawWorld, horizon: Time) -> Result<WorldSpec, BadScenario> {
    let simulated_crypto = match &raw.crypto {
        None => true,
        Some(crypto) => match crypto.get_ref().as_str() {
            "simulated" => true,
            "ed25519" => false,
            other => {
                let hint = "`simulated` is fast, `ed25519` is the real thing";
                return Err(source.error(crypto.span(), format!("no signature scheme `{other}`"), hint));
            }
        },
    };
    let default = Storage::default();
    let storage = Storage {
        base: raw.sync_base.as_ref().map_or(Ok(default.base), |text| span(source, text))?,
        mean_extra: raw.sync_extra.as_ref().map_or(Ok(default.mean_extra), |text| span(source, text))?,
    };
    let checkpoints = raw.checkpoints.as_ref().map_or(64, |count| *count.get_ref());
    if checkpoints == 0 {
        let place = raw.checkpoints.as_ref().map_or(0..0, Spanned::span);
        return Err(source.error(place, "no checkpoints", "a run needs at least one, by which it can be verified"));
    }
    let every = horizon.as_nanos().div_ceil(u64::from(checkpoints)).max(1);
    Ok(WorldSpec {
        simulated_crypto,
        storage,
        clock_offset_max: raw.clock_offset_max.as_ref().map_or(Ok(Span::ZERO), |text| span(source, text))?,
        clock_drift_max_ppm: drift(source, raw)?,
        checkpoint_every: Span::from_nanos(every),
        events_max: raw.events_max.unwrap_or(u64::MAX),
    })
}

fn drift(source: &Source, raw: &RawWorld) -> Result<u32, BadScenario> {
    let Some(ppm) = &raw.clock_drift_max_ppm else { return Ok(0) };
    if *ppm.get_ref() > 100_000 {
        let hint = "a quartz clock drifts by some 50 ppm; at most 100000 are allowed";
        return Err(source.error(ppm.span(), format!("a drift of {} ppm", ppm.get_ref()), hint));
    }
    Ok(*ppm.get_ref())
}

fn network(source: &Source, raw: &RawNetwork) -> Result<NetworkSpec, BadScenario> {
    let name = raw.profile.get_ref();
    let profile = Profile::named(name).map_err(|error| {
        let hint = closest(name, Profile::names().iter().map(String::as_str)).unwrap_or_default();
        source.error(raw.profile.span(), error.to_string(), hint)
    })?;
    Ok(NetworkSpec { profile, profile_name: name.clone(), topology: topology(source, raw)? })
}

fn topology(source: &Source, raw: &RawNetwork) -> Result<Topology, BadScenario> {
    let kind = raw.topology.as_ref().map_or("complete", |kind| kind.get_ref().as_str());
    let place = raw.topology.as_ref().map_or(0..0, Spanned::span);
    match (kind, &raw.connectivity) {
        ("complete", None) => Ok(Topology::Complete),
        ("complete", Some(given)) => {
            let hint = "it belongs to `topology = \"erdos-renyi\"`";
            Err(source.error(given.span(), "a complete graph has no connectivity", hint))
        }
        ("erdos-renyi", Some(given)) if (0.0..=1.0).contains(given.get_ref()) => {
            Ok(Topology::ErdosRenyi { connectivity: *given.get_ref() })
        }
        ("erdos-renyi", Some(given)) => {
            Err(source.error(given.span(), "not a probability", "connectivity is between 0 and 1"))
        }
        ("erdos-renyi", None) => {
            let hint = "add `connectivity`, the probability of each link";
            Err(source.error(place, "an Erdős–Rényi graph needs its connectivity", hint))
        }
        (other, _) => {
            let hint = closest(other, ["complete", "erdos-renyi"].into_iter()).unwrap_or_default();
            Err(source.error(place, format!("no topology `{other}`"), hint))
        }
    }
}

fn expectation(source: &Source, raw: &RawExpect) -> Result<Expectation, BadScenario> {
    let name = raw.statistic.get_ref();
    let statistic = Statistic::named(name).ok_or_else(|| {
        let hint = closest(name, Statistic::NAMES.into_iter()).unwrap_or_default();
        source.error(raw.statistic.span(), format!("no statistic `{name}`"), hint)
    })?;
    if raw.at_least.is_none() && raw.at_most.is_none() {
        let hint = "add `at_least`, `at_most` or both";
        return Err(source.error(raw.metric.span(), "an expectation without a bound", hint));
    }
    Ok(Expectation {
        metric: raw.metric.get_ref().clone(),
        statistic,
        at_least: raw.at_least,
        at_most: raw.at_most,
        when: raw.when.iter().map(|(key, value)| (key.clone(), value.to_string())).collect(),
        because: raw.because.clone(),
    })
}

/// Looks names up.
struct Names<'a> {
    source: &'a Source,
    populations: &'a [Population],
}

type Faults = (Vec<Partition>, Vec<(Time, Fault)>);

impl Names<'_> {
    fn nodes(&self, name: &Spanned<String>) -> Result<std::ops::Range<u32>, BadScenario> {
        nodes_named(self.populations, name.get_ref()).ok_or_else(|| {
            let known = self.populations.iter().map(|population| population.name.as_str());
            let hint = format!("{}; one of several is `name.0`", closest(name.get_ref(), known).unwrap_or_default());
            self.source.error(name.span(), format!("there is no node `{}`", name.get_ref()), hint)
        })
    }

    fn node(&self, name: &Spanned<String>) -> Result<u32, BadScenario> {
        let nodes = self.nodes(name)?;
        if nodes.len() != 1 {
            let hint = format!("name one of them, such as `{}.0`", name.get_ref());
            return Err(self.source.error(name.span(), format!("`{}` is {} nodes", name.get_ref(), nodes.len()), hint));
        }
        Ok(nodes.start)
    }

    fn script_line(&self, raw: &RawScript) -> Result<ScriptLine, BadScenario> {
        let (at, node) = (time(self.source, &raw.at)?, self.node(&raw.node)?);
        Ok(ScriptLine { at, node, command: raw.command.get_ref().clone(), place: raw.command.span() })
    }

    fn faults(&self, raw: &[Spanned<RawFault>]) -> Result<Faults, BadScenario> {
        let (mut partitions, mut faults) = (Vec::new(), Vec::new());
        for fault in raw {
            let (place, fault) = (fault.span(), fault.get_ref());
            let from = time(self.source, &fault.from)?;
            let until = fault.until.as_ref().map(|until| time(self.source, until)).transpose()?;
            if until.is_some_and(|until| until <= from) {
                let place = fault.until.as_ref().map_or(place, Spanned::span);
                return Err(self.source.error(place, "the fault ends before it begins", "`until` is later than `from`"));
            }
            match fault.kind.get_ref().as_str() {
                "partition" => partitions.push(self.partition(fault, place, from, until)?),
                "crash" => faults.extend(self.crash(fault, place, from, until)?),
                other => {
                    let hint = closest(other, ["partition", "crash"].into_iter()).unwrap_or_default();
                    return Err(self.source.error(fault.kind.span(), format!("no fault `{other}`"), hint));
                }
            }
        }
        Ok((partitions, faults))
    }

    fn partition(
        &self,
        fault: &RawFault,
        place: std::ops::Range<usize>,
        from: Time,
        until: Option<Time>,
    ) -> Result<Partition, BadScenario> {
        let (Some([left, right]), Some(until), None) = (&fault.sides, until, &fault.node) else {
            let hint = "write `sides = [[\"a\"], [\"b\"]]`, `from` and `until`";
            return Err(self.source.error(place, "a partition has two sides and an end", hint));
        };
        let side = |names: &[Spanned<String>]| -> Result<Vec<u32>, BadScenario> {
            let ranges: Vec<_> = names.iter().map(|name| self.nodes(name)).collect::<Result<_, _>>()?;
            Ok(ranges.into_iter().flatten().collect())
        };
        let partition = Partition { from, until, groups: [side(left)?, side(right)?] };
        let nodes = self.populations.iter().map(|population| population.count).sum();
        self.check_partition(&partition, nodes).map_err(|error| self.source.error(place, error.to_string(), ""))?;
        Ok(partition)
    }

    /// Asks the network model, which is the judge of what a partition may be.
    fn check_partition(&self, partition: &Partition, nodes: u32) -> Result<(), BadNetwork> {
        let (seed, profile) = (Seed::from_number(0), Profile::exponential(Span::ZERO, Span::ZERO));
        Network::new(&profile, nodes, vec![partition.clone()], Seeds { world: seed, noise: seed }).map(drop)
    }

    fn crash(
        &self,
        fault: &RawFault,
        place: std::ops::Range<usize>,
        from: Time,
        until: Option<Time>,
    ) -> Result<Vec<(Time, Fault)>, BadScenario> {
        let (Some(name), None) = (&fault.node, &fault.sides) else {
            return Err(self.source.error(place, "a crash is of one node", "write `node = \"name\"`"));
        };
        let node = self.node(name)?;
        let restart = until.map(|until| (until, Fault::Restart { node }));
        Ok(std::iter::once((from, Fault::Crash { node })).chain(restart).collect())
    }
}

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
    expectations: Vec<String>,
}

impl Scenario {
    /// The resolved scenario as text: every value that a run depends on, defaults included.
    pub fn shown(&self) -> String {
        let world = &self.world;
        let crypto = if world.simulated_crypto { "simulated" } else { "ed25519" };
        let population = |p: &Population| {
            let nodes = format!("{} × {} (nodes {}..{})", p.count, p.role, p.first, p.first + p.count);
            if p.parameters.is_empty() { nodes } else { format!("{nodes} {}", inline(&p.parameters)) }
        };
        let partitions = self.partitions.iter().map(shown_partition);
        let faults = self.faults.iter().map(|(at, fault)| format!("{at} {fault:?}"));
        let shown = Shown {
            title: &self.title,
            protocol: &self.protocol,
            horizon: self.horizon.since(Time::ZERO).to_string(),
            nodes: self.nodes(),
            network: BTreeMap::from([
                ("profile", self.network.profile_name.clone()),
                ("topology", shown_topology(self.network.topology)),
            ]),
            world: BTreeMap::from([
                ("crypto", crypto.to_owned()),
                ("sync", format!("{} + Exp({})", world.storage.base, world.storage.mean_extra)),
                ("clock_offset_max", world.clock_offset_max.to_string()),
                ("clock_drift_max_ppm", world.clock_drift_max_ppm.to_string()),
                ("checkpoint_every", world.checkpoint_every.to_string()),
            ]),
            populations: self.populations.iter().map(|p| format!("{}: {}", p.name, population(p))).collect(),
            faults: partitions.chain(faults).collect(),
            script: self.script.iter().map(|l| format!("{} #{} {}", l.at, l.node, inline(&l.command))).collect(),
            expectations: self.expectations.iter().map(shown_expectation).collect(),
        };
        toml::to_string_pretty(&shown).unwrap_or_else(|error| format!("# not shown: {error}\n"))
    }
}

fn shown_topology(topology: Topology) -> String {
    match topology {
        Topology::Complete => "complete".to_owned(),
        Topology::ErdosRenyi { connectivity } => format!("erdos-renyi, connectivity {connectivity}"),
    }
}

fn shown_partition(partition: &Partition) -> String {
    let [left, right] = &partition.groups;
    format!("{} to {}: partition of {left:?} and {right:?}", partition.from, partition.until)
}

fn inline(table: &toml::Table) -> String {
    toml::Value::Table(table.clone()).to_string()
}

fn shown_expectation(expect: &Expectation) -> String {
    let bound = |word: &str, bound: Option<f64>| bound.map_or(String::new(), |bound| format!(" {word} {bound}"));
    let when: Vec<String> = expect.when.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    let when = if when.is_empty() { String::new() } else { format!(" where {}", when.join(", ")) };
    let bounds = bound("at least", expect.at_least) + &bound("at most", expect.at_most);
    format!("{} of {}{bounds}{when}", expect.statistic.name(), expect.metric)
}
