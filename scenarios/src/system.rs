//! A system: one protocol, its roles, commands and metrics, as scenarios see it.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::Location;

use contract::trace::{Header, Level, Step};
use contract::{Hash, Protocol, Seed, Time};
use net_model::topology::Statistics;
use net_model::{Network, Topology};
use sim_core::{BadPlan, Counts, Memory, Observed, Pause, Plan, Replied, World};

use crate::caught::caught;
use crate::details::Details;
use crate::expect::Claim;
use crate::fault::{self, Drawn, Map};
use crate::hint::choices;
use crate::metric::{Metric, Values};
use crate::observable::{self, Observable};
use crate::pace::Pace;
use crate::pattern::{Seen, Tally};
use crate::refused::Refused;
use crate::replay::Replayer;
use crate::series::{Series, Window};
use crate::source::{BadScenario, Source, closest};
use crate::{Scenario, sweep::Cell};

/// The path of a key, and what it means in a sentence or two.
pub type Key = (&'static str, &'static str);

/// A protocol that scenarios can run.
pub trait System: Send + Sync {
    /// The name that a scenario's `protocol` gives.
    fn name(&self) -> &'static str;

    /// The metrics that its runs give.
    fn metrics(&self) -> &'static [Metric];

    /// The roles that its populations may have; the first is the one that a new scenario begins with.
    fn roles(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The strategies that its populations may have.
    fn strategies(&self) -> Vec<&str> {
        Vec::new()
    }

    /// What its nodes observe, for expectations; none if it does not say, and then every name is accepted.
    fn observations(&self) -> &[Observable] {
        &[]
    }

    /// What its own keys mean: those of `parameters`, of `population.parameters` and of `script.command`, by their paths in a
    /// scenario without the numbers of lists. `dunbar scenario explain` shows them.
    fn keys(&self) -> &[Key] {
        &[]
    }

    /// Checks roles, parameters and commands of a scenario.
    ///
    /// # Errors
    /// [`BadScenario`] at what does not fit.
    fn check(&self, source: &Source, scenario: &Scenario) -> Result<(), BadScenario>;

    /// The protocol's parameters with its defaults, as they are shown; as written, if there is nothing to add.
    ///
    /// # Errors
    /// [`BadScenario`] at what does not fit.
    fn parameters(&self, _source: &Source, scenario: &Scenario) -> Result<toml::Table, BadScenario> {
        Ok(scenario.parameters.clone())
    }

    /// Runs one world.
    ///
    /// # Errors
    /// [`RunError`] if the world cannot be built or the trace cannot be written.
    fn run(&self, job: Job<'_>) -> Result<Outcome, RunError>;

    /// Fresh actors for the births of a trace.
    ///
    /// # Errors
    /// Says why the header does not fit this program.
    fn replayer(&self, header: &Header) -> Result<Box<dyn Replayer>, String>;

    /// A step in words.
    fn describe(&self, step: &Step) -> String;

    /// A step taken apart; [`details::details`](crate::details::details) does it for any protocol.
    fn details(&self, step: &Step) -> Details {
        Details { input: self.describe(step), ..Details::default() }
    }
}

/// One run to do.
pub struct Job<'a> {
    /// The scenario and its text.
    pub cell: &'a Cell,
    /// The seed's number.
    pub seed: u64,
    /// How much is recorded.
    pub level: Level,
    /// Takes the trace as it is made.
    pub trace: Option<&'a mut dyn FnMut(Vec<u8>) -> std::io::Result<()>>,
    /// Ends the run earlier than the horizon.
    pub stop: Option<Time>,
    /// Asked now and then whether the run goes on. If not, it ends after the event that it is at.
    pub go_on: Option<&'a (dyn Fn() -> bool + Sync)>,
}

impl Job<'_> {
    /// The seed of who is where: topology, regions, clocks, endowments.
    pub fn world_seed(&self) -> Seed {
        world_seed(self.seed)
    }

    /// The seed of jitter, loss and behaviour.
    pub fn noise_seed(&self) -> Seed {
        Seed::from_number(self.seed).child("noise")
    }
}

/// The seed of who is where under a seed's number.
pub(crate) fn world_seed(seed: u64) -> Seed {
    Seed::from_number(seed).child("world")
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its metrics.
    pub metrics: Values,
    /// The digest over everything that happened.
    pub digest: Hash,
    /// The digests on the way.
    pub checkpoints: Vec<(Time, Hash)>,
    /// What the links between the nodes are like; none if everybody knows everybody.
    pub graph: Option<Statistics>,
    /// The faults that were drawn for this run, in words: the first of them, and how many are not said.
    pub faults: Vec<String>,
    /// How many faults were drawn.
    pub faults_drawn: usize,
    /// What the engine counted.
    pub counts: Counts,
    /// What the world took at its end.
    pub memory: Memory,
    /// Whether the run used up its events before the horizon.
    pub exhausted: bool,
    /// When the run was ended by somebody who did not want to wait for the horizon.
    pub stopped: Option<Time>,
    /// For each expectation about observations, how often they were made.
    pub seen: Vec<Seen>,
    /// What happened in each window of time, if the scenario asks for it.
    pub windows: Vec<Window>,
    /// Commands of which nothing came.
    pub refused: Refused,
}

/// Why a run gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The world cannot be built.
    #[error(transparent)]
    Plan(#[from] BadPlan),
    /// The network cannot be built.
    #[error(transparent)]
    Network(#[from] net_model::BadNetwork),
    /// The links between the nodes cannot be drawn.
    #[error(transparent)]
    Topology(#[from] net_model::BadTopology),
    /// The scenario has something that its check should have refused.
    #[error("{0}")]
    Scenario(String),
    /// Something happened that must never happen.
    #[error("{name} broke an invariant at {}, event {} of seed {seed}: {}", broken.at, broken.event, broken.what)]
    Broken {
        /// The seed's number.
        seed: u64,
        /// The node's name in the scenario.
        name: String,
        /// What it was.
        broken: Broken,
    },
    /// An actor panicked, or something around it.
    #[error("{}panicked: {what}", fallen(.actor))]
    Panicked {
        /// The name of the actor's node in the scenario, and when, if it was an actor.
        actor: Option<(String, Time)>,
        /// What the panic said.
        what: String,
    },
    /// The trace cannot be written.
    #[error("the trace cannot be written: {0}")]
    Trace(#[from] std::io::Error),
}

fn fallen(actor: &Option<(String, Time)>) -> String {
    actor.as_ref().map_or_else(|| "it ".to_owned(), |(name, at)| format!("the actor of {name} at {at} "))
}

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// When.
    pub at: Time,
    /// After how many events of the run.
    pub event: u64,
    /// At which node.
    pub node: u32,
    /// What was found.
    pub what: String,
}

/// What a system learns while a world runs.
pub trait Watcher<P: Protocol> {
    /// A node said something.
    fn observed(&mut self, world: &World<P>, observed: &Observed);
    /// A node answered a command.
    fn replied(&mut self, world: &World<P>, replied: &Replied<P>);
    /// Why nothing was done, if an answer of this node says so.
    fn refusal(&self, _node: u32, _reply: &P::Reply) -> Option<String> {
        None
    }
    /// Whether what this node says of itself counts: it does not for adversaries.
    fn heeds(&self, _node: u32) -> bool {
        true
    }
    /// The first invariant that was found broken. It ends the run.
    fn broken(&self) -> Option<&Broken> {
        None
    }
    /// What happened up to now does not count: the warm-up is over.
    fn begin(&mut self, _world: &World<P>) {}
    /// The run is over.
    fn finish(self, world: &World<P>) -> Values;
}

/// Runs one world, and lives on if it panics.
///
/// # Errors
/// [`RunError`] as [`System::run`] gives it, or what a panic said.
pub fn run(system: &dyn System, job: Job<'_>) -> Result<Outcome, RunError> {
    caught(|| system.run(job)).unwrap_or_else(|what| Err(RunError::Panicked { actor: None, what }))
}

/// What goes wrong in a run, given who is in which region.
fn drawn_faults(job: &Job<'_>, network: &Network) -> Drawn {
    let scenario = &job.cell.scenario;
    let region = |node| network.region(node);
    let map = Map { nodes: scenario.nodes(), region: &region, horizon: scenario.horizon };
    fault::draw(&scenario.faults, &map, &job.noise_seed())
}

/// Builds the world of a plan, puts in the scenario's faults and commands, and runs it to its end.
///
/// # Errors
/// [`RunError`] if the world cannot be built or the trace cannot be written.
pub fn drive<P: Protocol>(
    mut job: Job<'_>,
    plan: Plan<P>,
    commands: Vec<(Time, u32, P::Command)>,
    mut watcher: impl Watcher<P>,
) -> Result<Outcome, RunError> {
    let horizon = job.stop.map_or(job.cell.scenario.horizon, |stop| stop.min(job.cell.scenario.horizon));
    let drawn = drawn_faults(&job, &plan.network);
    let mut world = build(plan, &drawn, commands)?;
    let scenario = &job.cell.scenario;
    let complete = scenario.network.topology == Topology::Complete;
    let graph = if complete { None } else { Some(scenario.graph_statistics(job.seed)?) };
    let mut series = Series::new(&scenario.measure, horizon);
    let mut tally = Tally::new(scenario);
    let mut pace = Pace::new(job.go_on, horizon);
    let (mut exhausted, mut stopped, mut refused) = (false, None, Refused::default());
    while !exhausted {
        let pause = advance(pace.until(world.now(), series.next(world.now())), &mut world, scenario)?;
        let (observed, replies) = (world.take_observed(), world.take_replies());
        for observed in &observed {
            if series.counts(observed.at) && see(&world, observed, &mut tally, &mut watcher) {
                series.see(observed);
            }
        }
        hear(&world, &replies, &mut refused, &mut watcher);
        let bytes = world.take_trace();
        if let Some(write) = job.trace.as_mut().filter(|_| !bytes.is_empty()) {
            write(bytes)?;
        }
        if let Some(broken) = watcher.broken() {
            let name = job.cell.scenario.name_of(broken.node);
            return Err(RunError::Broken { seed: job.seed, name, broken: broken.clone() });
        }
        match pause {
            Pause::Full => {}
            Pause::Reached => {
                if series.reached(world.now(), world.counts()) {
                    watcher.begin(&world);
                }
                if world.now() == horizon {
                    break;
                }
            }
            Pause::Exhausted => exhausted = true,
        }
        if !pace.goes_on(world.counts().events) {
            stopped = Some(world.now());
            break;
        }
    }
    let digest = world.finish();
    if let Some(write) = job.trace.as_mut() {
        write(world.take_trace())?;
    }
    Ok(Outcome {
        faults_drawn: drawn.count,
        faults: drawn.lines,
        digest,
        checkpoints: world.checkpoints().to_vec(),
        graph,
        counts: world.counts(),
        memory: world.memory(),
        exhausted,
        stopped,
        seen: tally.finish(),
        windows: series.finish(),
        refused,
        metrics: watcher.finish(&world),
    })
}

/// Lets a world go on until a time. An actor that panics ends it.
fn advance<P: Protocol>(until: Time, world: &mut World<P>, scenario: &Scenario) -> Result<Pause, RunError> {
    caught(|| world.run_until(until)).map_err(|what| {
        let actor = world.fallen().map(|node| (scenario.name_of(node), world.now()));
        RunError::Panicked { actor, what }
    })
}

/// Shows an observation to those who count; whether it is of somebody whose word counts.
fn see<P: Protocol>(
    world: &World<P>,
    observed: &Observed,
    tally: &mut Tally<'_>,
    watcher: &mut impl Watcher<P>,
) -> bool {
    let heeded = watcher.heeds(observed.node);
    tally.see(observed, heeded, &|node| world.peer(node));
    watcher.observed(world, observed);
    heeded
}

/// Shows the answers to commands to those who listen, and counts those that say that nothing was done.
fn hear<P: Protocol>(world: &World<P>, replies: &[Replied<P>], refused: &mut Refused, watcher: &mut impl Watcher<P>) {
    for replied in replies {
        watcher.replied(world, replied);
        if let Some(why) = watcher.refusal(replied.node, &replied.reply) {
            refused.add(replied.at, replied.node, why);
        }
    }
}

/// The world of a plan, with what was drawn for it and the commands that it is given. The head of its trace names the faults.
fn build<P: Protocol>(
    mut plan: Plan<P>,
    drawn: &Drawn,
    commands: Vec<(Time, u32, P::Command)>,
) -> Result<World<P>, RunError> {
    plan.network = plan.network.with_faults(&drawn.network)?;
    for line in &drawn.lines {
        plan.origin.source.push_str(&format!("# {line}\n"));
    }
    let mut world = World::new(plan)?;
    drawn.nodes.iter().for_each(|(at, fault)| world.fault(*at, *fault));
    for (at, node, command) in commands {
        world.command(at, node, command);
    }
    Ok(world)
}

/// The systems that a program knows.
#[derive(Default)]
pub struct Registry {
    systems: BTreeMap<&'static str, (Box<dyn System>, &'static Location<'static>)>,
    mistakes: Vec<String>,
}

impl Registry {
    /// Adds a system. A name that is taken is a [mistake](Registry::mistakes), and so is one that the system gives twice.
    #[must_use]
    #[track_caller]
    pub fn with(mut self, system: impl System + 'static) -> Registry {
        let (name, here) = (system.name(), Location::caller());
        if let Some((_, before)) = self.systems.get(name) {
            self.mistakes.push(format!("two protocols are called `{name}`, registered at {before} and at {here}"));
            return self;
        }
        let twice = given_twice(&system).into_iter();
        self.mistakes.extend(twice.map(|what| format!("the protocol `{name}`, registered at {here}, has two {what}")));
        self.systems.insert(name, (Box::new(system), here));
        self
    }

    /// What is wrong with what was registered, in words. A program with a mistake cannot mean what it says: scenarios would
    /// show one thing under the name of another.
    pub fn mistakes(&self) -> &[String] {
        &self.mistakes
    }

    /// The system with this name.
    pub fn get(&self, name: &str) -> Option<&dyn System> {
        self.systems.get(name).map(|(system, _)| system.as_ref())
    }

    /// The names of all systems.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.systems.keys().copied()
    }

    /// The system of a scenario.
    ///
    /// # Errors
    /// [`BadScenario`] at the `protocol` that is not there.
    pub fn system_of(&self, source: &Source, scenario: &Scenario) -> Result<&dyn System, BadScenario> {
        self.get(&scenario.protocol).ok_or_else(|| {
            let hint = closest(&scenario.protocol, self.names()).unwrap_or_default();
            let place = scenario.protocol_place.clone();
            source.error(place, format!("no protocol `{}`", scenario.protocol), hint)
        })
    }

    /// Checks that the protocol has the metrics, observations and strategies that a scenario names.
    ///
    /// # Errors
    /// [`BadScenario`] at a name that the protocol does not have, with those that it has.
    pub fn check_names(&self, source: &Source, scenario: &Scenario) -> Result<(), BadScenario> {
        let system = self.system_of(source, scenario)?;
        let metrics = system.metrics().iter().map(|metric| metric.name);
        let expected = scenario.expectations.iter();
        let named = expected.filter_map(|expect| Some((expect.claim.metric()?, expect.place.clone())));
        let shown = scenario.measure.metrics.iter().map(|name| (name.get_ref().as_str(), name.span()));
        let invariants = scenario.invariants.iter().map(|name| (name.get_ref().as_str(), name.span()));
        for (name, place) in named.chain(shown).chain(invariants) {
            known(source, "metric", (name, place), metrics.clone())?;
        }
        for expect in &scenario.expectations {
            if let Claim::Observed { pattern, .. } = &expect.claim
                && !system.observations().is_empty()
            {
                observable::check(source, scenario, pattern, system.observations())?;
            }
        }
        for strategy in scenario.populations.iter().filter_map(|population| population.strategy.as_ref()) {
            known(source, "strategy", (&strategy.name, strategy.place.clone()), system.strategies().into_iter())?;
        }
        Ok(())
    }
}

/// The names that a system gives to two of its things.
fn given_twice(system: &dyn System) -> Vec<String> {
    let metrics = system.metrics().iter().map(|metric| metric.name).collect();
    let kinds = [("metrics", metrics), ("roles", system.roles()), ("strategies", system.strategies())];
    let twice = |(kind, names): (&str, Vec<&str>)| {
        let mut known = BTreeSet::new();
        let again: BTreeSet<&str> = names.into_iter().filter(|name| !known.insert(*name)).collect();
        again.into_iter().map(|name| format!("{kind} `{name}`")).collect::<Vec<_>>()
    };
    kinds.into_iter().flat_map(twice).collect()
}

/// Whether a name is one of those that there are.
fn known<'a>(
    source: &Source,
    what: &str,
    (name, place): (&str, std::ops::Range<usize>),
    names: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), BadScenario> {
    if names.clone().any(|known| known == name) {
        return Ok(());
    }
    let hint = choices(name, names).unwrap_or_else(|| format!("this protocol has no {what} at all: remove it"));
    Err(source.error(place, format!("no {what} `{name}`"), hint))
}
