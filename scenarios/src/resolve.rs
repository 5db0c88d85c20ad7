//! From the scenario as written to the scenario that runs: complete, checked, in integers.

mod expected;
mod fault;
mod measure;
mod names;
mod network;
mod shown;
mod terms;
#[cfg(test)]
mod tests;
mod workload;
mod world;

use std::ops::Range;

use crate::raw::Spanned;
use contract::units::{BadQuantity, parse_span};
use contract::{Span, Time};
use net_model::topology::Statistics;
use net_model::{BadTopology, Course, Graph, Override, Placement, Profile, Topology};
use sim_core::{Clock, Storage};

use crate::expect::Expectation;
use crate::fault::FaultSpec;
use crate::hint::hint;
use crate::raw::{RawAbout, RawPopulation, RawScenario, RawSetting, RawTrial};
use crate::series::Measure;
use crate::source::{BadScenario, Source};
use crate::workload::Workload;
pub(crate) use expected::same;
use names::Names;
pub use network::profile::from_file as profile_from_file;
pub use shown::Crew;

/// The version of the scenario language.
pub const FORMAT: u32 = 1;
/// The largest first seed. Whatever number of seeds follows, all are below 2^63, as TOML's whole numbers are.
pub const FIRST_SEED_MAX: u64 = i64::MAX as u64 - u32::MAX as u64;
/// The most nodes of a scenario.
const NODES_MAX: u64 = 1 << 23;

/// A scenario that can run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is, and what it asks.
    pub about: About,
    /// The protocol's name.
    pub protocol: String,
    /// Where it is written.
    pub protocol_place: Range<usize>,
    /// The protocol's own parameters: as written, and complete once the protocol has seen them.
    pub parameters: toml::Table,
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
    /// What goes wrong.
    pub faults: Vec<FaultSpec>,
    /// Commands at given times.
    pub script: Vec<ScriptLine>,
    /// Commands at random or regular times.
    pub workloads: Vec<Workload>,
    /// What is measured.
    pub measure: Measure,
    /// What must come out.
    pub expectations: Vec<Expectation>,
    /// The metrics whose expectations only a broken program violates: no mutation has to flip them.
    pub invariants: Vec<Spanned<String>>,
}

/// What a scenario is for.
#[derive(Clone, Debug)]
pub struct About {
    /// What it is, in a line.
    pub title: String,
    /// What it asks.
    pub question: String,
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
    /// What some nodes have instead of what the profile draws for them.
    pub overrides: Vec<Override>,
    /// Latencies that change over time.
    pub courses: Vec<Course>,
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
    /// Where the role is written.
    pub role_place: Range<usize>,
    /// The number of its first node.
    pub first: u32,
    /// How many nodes it has.
    pub count: u32,
    /// The role's parameters as written.
    pub parameters: toml::Table,
    /// Where they are written; the role, if there are none.
    pub parameters_place: Range<usize>,
    /// What its nodes make of their role; `None` if they follow it.
    pub strategy: Option<Strategy>,
}

/// What the nodes of a population make of their role.
#[derive(Clone, Debug)]
pub struct Strategy {
    /// Its name in the protocol.
    pub name: String,
    /// Where it is written.
    pub place: Range<usize>,
    /// Its parameters as written.
    pub parameters: toml::Table,
    /// Where they are written; the name, if there are none.
    pub parameters_place: Range<usize>,
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
    pub place: Range<usize>,
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

    /// What a node is called.
    pub fn name_of(&self, node: u32) -> String {
        names::name(&self.populations, node)
    }

    /// The numbers that a name stands for: one node, or a whole population.
    pub fn nodes_named(&self, name: &str) -> Option<Range<u32>> {
        nodes_named(&self.populations, name)
    }

    /// What to write in the place of a name that no node has.
    pub fn names_hint(&self, wrong: &str) -> String {
        names::hint(&self.populations, wrong)
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
        let (offset, drift) =
            (self.world.clock_offset_max.as_nanos(), u64::from(self.world.clock_drift_max_ppm) * 1_000);
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

    /// Who is where under a seed.
    pub fn placement(&self, seed: u64) -> Placement {
        let NetworkSpec { profile, overrides, .. } = &self.network;
        Placement::drawn(profile, self.nodes(), overrides, &crate::system::world_seed(seed))
    }

    /// Who is a neighbour of whom under a seed. An eclipsed node and its attackers are.
    ///
    /// # Errors
    /// [`BadTopology`] if the links cannot be drawn.
    pub fn graph(&self, seed: u64) -> Result<Graph, BadTopology> {
        let placement = self.placement(seed);
        let key = crate::system::world_seed(seed).key("topology");
        let graph = self.network.topology.links(self.nodes(), placement.regions(), key)?;
        let eclipses: Vec<[u32; 2]> = self.faults.iter().flat_map(FaultSpec::links).collect();
        Ok(graph.with_links(&eclipses))
    }

    /// What the graph under a seed is like.
    ///
    /// # Errors
    /// [`BadTopology`] if the links cannot be drawn.
    pub fn graph_statistics(&self, seed: u64) -> Result<Statistics, BadTopology> {
        Ok(Statistics::of(&self.graph(seed)?, crate::system::world_seed(seed).key("statistics")))
    }

    /// Reads and checks a scenario.
    ///
    /// # Errors
    /// [`BadScenario`] at the first thing that is wrong, with a hint.
    pub fn resolve(source: &Source) -> Result<Scenario, BadScenario> {
        let RawScenario { about, setting, trial } = RawScenario::read(source)?;
        checked(source, &about)?;
        let populations = populations(source, &setting.population)?;
        let horizon = time(source, &setting.horizon)?;
        if horizon == Time::ZERO {
            return Err(source.error(setting.horizon.span(), "a run of no time", "give the horizon more than \"0 s\""));
        }
        if *trial.seeds.get_ref() == 0 {
            return Err(source.error(trial.seeds.span(), "no seeds", "a scenario runs at least one seed"));
        }
        let first_seed = *trial.first_seed.get_ref();
        if first_seed > FIRST_SEED_MAX {
            let hint = format!("the first seed is at most {FIRST_SEED_MAX}, so that every seed is below 2^63");
            return Err(source.error(trial.first_seed.span(), format!("the first seed is {first_seed}"), hint));
        }
        let RawSetting { world, network, fault, workload, script, parameters, .. } = setting;
        let RawTrial { seeds, measure, expect, invariants, .. } = trial;
        let network = network::network(source, &network, &populations)?;
        let regions = network.profile.regions();
        let names = Names { source, populations: &populations, horizon, regions };
        let faults = names.faults(&fault)?;
        Ok(Scenario {
            script: script.iter().map(|line| names.script_line(line)).collect::<Result<_, _>>()?,
            workloads: names.workloads(&workload)?,
            measure: names.measure(&measure)?,
            expectations: expect.iter().map(|expect| names.expectation(expect)).collect::<Result<_, _>>()?,
            invariants,
            about: About { title: about.title, question: about.question },
            protocol_place: about.protocol.span(),
            protocol: about.protocol.into_inner(),
            parameters: parameters.unwrap_or_default(),
            seeds: (first_seed, seeds.into_inner()),
            horizon,
            world: world::world(source, &world, horizon)?,
            faults,
            network,
            populations,
        })
    }

    /// The commands of a run: those of the script, and those that its workloads draw from this seed.
    pub fn commands(&self, noise: &contract::Seed) -> Vec<ScriptLine> {
        let drawn = self.workloads.iter().flat_map(|workload| workload.lines(noise));
        self.script.iter().cloned().chain(drawn).collect()
    }

    /// Commands as a run has them, for a check: those of the script, and one of each workload.
    pub fn example_commands(&self) -> Vec<ScriptLine> {
        let seed = contract::Seed::from_number(0);
        let drawn = self.workloads.iter().map(|workload| workload.example(&seed));
        self.script.iter().cloned().chain(drawn).collect()
    }
}

/// What can be said before anything is put together.
fn checked(source: &Source, about: &RawAbout) -> Result<(), BadScenario> {
    if *about.format.get_ref() != FORMAT {
        let message = format!("format {} is unknown", about.format.get_ref());
        return Err(source.error(about.format.span(), message, "this program reads `format = 1`"));
    }
    match &about.extends {
        None => Ok(()),
        Some(extends) => {
            let what = format!("{} is not taken over here", extends.get_ref());
            Err(source.error(extends.span(), what, "a scenario that extends another is read from its file"))
        }
    }
}

fn nodes_named(populations: &[Population], name: &str) -> Option<Range<u32>> {
    let all = populations.iter().map(|one| (one.name.as_str(), one.first..one.first + one.count));
    names::among(all, name)
}

fn quantity<T>(
    source: &Source,
    text: &Spanned<String>,
    read: fn(&str) -> Result<T, BadQuantity>,
) -> Result<T, BadScenario> {
    read(text.get_ref()).map_err(|error| {
        let message = error.to_string();
        source.error(text.span(), message.as_str(), hint(&message))
    })
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
            return Err(source.error(
                one.name.span(),
                format!("there are two populations `{name}`"),
                "give each its own name",
            ));
        }
        if !is_name(name) {
            let hint = "a name begins with a letter; letters, digits, `-` and `_` follow";
            return Err(source.error(one.name.span(), format!("`{name}` is no name"), hint));
        }
        let start = first as u32;
        first = first.saturating_add(count);
        if count == 0 || first > NODES_MAX {
            let message = format!("a population of {count} nodes, with which there are {first} in all");
            let hint = format!("a population has at least one node, a scenario at most {NODES_MAX}");
            return Err(source.error(one.count.span(), message, hint));
        }
        let role = one.role.as_ref().unwrap_or(&one.name);
        let parameters_place = one.parameters.as_ref().map_or(role.span(), Spanned::span);
        populations.push(Population {
            name: name.clone(),
            role: role.get_ref().clone(),
            role_place: role.span(),
            first: start,
            count: count as u32,
            parameters: one.parameters.as_ref().map(|table| table.get_ref().clone()).unwrap_or_default(),
            parameters_place,
            strategy: strategy(source, one)?,
        });
    }
    if populations.is_empty() {
        return Err(source.error(0..0, "nobody plays", "add a [[population]]"));
    }
    Ok(populations)
}

fn strategy(source: &Source, raw: &RawPopulation) -> Result<Option<Strategy>, BadScenario> {
    let parameters = raw.strategy_parameters.as_ref();
    let Some(name) = &raw.strategy else {
        return match parameters {
            None => Ok(None),
            Some(idle) => Err(source.error(idle.span(), "parameters of no strategy", "add `strategy = \"name\"`")),
        };
    };
    Ok(Some(Strategy {
        name: name.get_ref().clone(),
        place: name.span(),
        parameters: parameters.map(|table| table.get_ref().clone()).unwrap_or_default(),
        parameters_place: parameters.map_or(name.span(), Spanned::span),
    }))
}

/// What a name is: no other text of a command or of a role's parameters, such as an amount or an identity, can be one.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic()) && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}
