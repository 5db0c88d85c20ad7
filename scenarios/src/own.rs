//! A protocol of somebody else as a system: its roles, strategies, commands and metrics, registered by name.
//!
//! Whoever brings a protocol writes its messages and its actor, and says here how an actor is born. Worlds, keys, topologies,
//! faults, workloads, expectations, replay and the command are then the same as for every protocol.

mod cast;
mod facts;
mod place;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::draws::Entropy;
use contract::trace::{Header, Step};
use contract::{Actor, PeerId, Protocol, Signer, Verifier};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::details::{Details, describe, details};
use crate::metric::{Metric, Show};
use crate::observable::Observable;
use crate::replay::{Recast, Replayer, same_version};
use crate::resolve::ScriptLine;
use crate::source::closest;
use crate::system::{Job, Key, Outcome, RunError, System, drive};
use crate::{BadScenario, Scenario, Source};
use cast::Company;
pub use cast::{Casting, Common};
pub use facts::{Fact, Facts};

/// What a node is born with, besides its parameters.
#[derive(Clone)]
pub struct Newborn {
    /// By which it signs; its identity.
    pub signer: Signer,
    /// Whom it is linked to.
    pub peers: Vec<PeerId>,
    /// Its random bits.
    pub entropy: Entropy,
    /// By which it checks the signatures of others.
    pub verifier: Verifier,
}

/// A parameter, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// One of the role's.
    OfRole(String),
    /// One of the strategy's.
    OfStrategy(String),
}

type Made<P> = Result<Box<dyn Actor<P>>, String>;
type Role<P> = Arc<dyn Fn(Newborn, &Value) -> Made<P> + Send + Sync>;
type Strategy<P> = Arc<dyn Fn(Box<dyn Actor<P>>, Newborn, &Value) -> Made<P> + Send + Sync>;
type Measured<P> = Arc<dyn Fn(&Facts<'_, P>) -> Option<f64> + Send + Sync>;

/// A protocol with everything that scenarios and nodes call by name.
pub struct Own<P: Protocol> {
    roles: Vec<(&'static str, Role<P>)>,
    strategies: Vec<(&'static str, Strategy<P>)>,
    metrics: &'static [Metric],
    measured: BTreeMap<&'static str, Measured<P>>,
    observations: Vec<Observable>,
    keys: Vec<Key>,
}

impl<P: Protocol> Clone for Own<P> {
    fn clone(&self) -> Self {
        Own {
            roles: self.roles.clone(),
            strategies: self.strategies.clone(),
            metrics: self.metrics,
            measured: self.measured.clone(),
            observations: self.observations.clone(),
            keys: self.keys.clone(),
        }
    }
}

impl<P: Protocol> Default for Own<P> {
    fn default() -> Self {
        Own {
            roles: Vec::new(),
            strategies: Vec::new(),
            metrics: &[],
            measured: BTreeMap::new(),
            observations: Vec::new(),
            keys: Vec::new(),
        }
    }
}

/// Registering.
impl<P: Protocol> Own<P> {
    /// A protocol without roles.
    pub fn new() -> Own<P> {
        Own::default()
    }

    /// A role: how an actor is born. Its parameters are those of the population over those of the scenario; a text in them
    /// that is the name of a node has become its identity.
    #[must_use]
    pub fn role<T: DeserializeOwned>(
        mut self,
        name: &'static str,
        born: impl Fn(Newborn, T) -> Box<dyn Actor<P>> + Send + Sync + 'static,
    ) -> Own<P> {
        self.roles.push((name, Arc::new(move |newborn, parameters| Ok(born(newborn, read(parameters)?)))));
        self
    }

    /// A strategy: what a node makes of its role, as an actor around the one that plays it. What nodes with a strategy say of
    /// themselves counts for nothing.
    #[must_use]
    pub fn strategy<T: DeserializeOwned>(
        mut self,
        name: &'static str,
        around: impl Fn(Box<dyn Actor<P>>, Newborn, T) -> Box<dyn Actor<P>> + Send + Sync + 'static,
    ) -> Own<P> {
        let around: Strategy<P> =
            Arc::new(move |actor, newborn, parameters| Ok(around(actor, newborn, read(parameters)?)));
        self.strategies.push((name, around));
        self
    }

    /// A metric: one number of a run, or none where the run has none.
    #[must_use]
    pub fn metric(
        mut self,
        metric: Metric,
        of: impl Fn(&Facts<'_, P>) -> Option<f64> + Send + Sync + 'static,
    ) -> Own<P> {
        // A program registers its metrics once, and has them until it ends.
        self.metrics = Box::leak([self.metrics, &[metric]].concat().into_boxed_slice());
        self.measured.insert(metric.name, Arc::new(of));
        self
    }

    /// What its nodes observe, so that an expectation about anything else is refused, and a metric that asks for it panics.
    #[must_use]
    pub fn observations(mut self, names: &[&'static str]) -> Own<P> {
        self.observations.extend(names.iter().copied().map(Observable::named));
        self
    }

    /// One that its nodes observe, with its fields, so that an expectation about any other field is refused as well.
    #[must_use]
    pub fn observation(mut self, observation: Observable) -> Own<P> {
        self.observations.push(observation);
        self
    }

    /// What a key of its parameters or commands means, such as `population.parameters.patience` or `script.command.pay`, for
    /// `dunbar scenario explain`. A parameter of a role is one of the scenario's `[parameters]` as well, and explained there too.
    #[must_use]
    pub fn key(mut self, path: &'static str, meaning: &'static str) -> Own<P> {
        self.keys.push((path, meaning));
        if let Some(of_all) = path.strip_prefix("population.").filter(|path| path.starts_with("parameters")) {
            self.keys.push((of_all, meaning));
        }
        self
    }
}

/// Birth.
impl<P: Protocol> Own<P> {
    /// The actor of a role and strategy.
    ///
    /// # Errors
    /// Says which name is unknown, or what is wrong with the parameters.
    pub fn actor(&self, casting: &Casting, newborn: Newborn) -> Made<P> {
        let role = self.roles.iter().find(|(name, _)| *name == casting.role);
        let (_, role) = role.ok_or_else(|| format!("{} has no role `{}`", P::NAME, casting.role))?;
        let honest = role(newborn.clone(), &casting.parameters)?;
        let Some((name, parameters)) = &casting.strategy else { return Ok(honest) };
        let strategy = self.strategies.iter().find(|(known, _)| known == name);
        let (_, strategy) = strategy.ok_or_else(|| format!("{} has no strategy `{name}`", P::NAME))?;
        strategy(honest, newborn, parameters)
    }

    /// Which parameter is to blame for `why`, with which [`actor`](Own::actor) refused: the one without which it does not say so.
    /// None if the parameters that are there are not at fault.
    pub fn to_blame(&self, casting: &Casting, newborn: &Newborn, why: &str) -> Option<Parameter> {
        let cured = |casting: Casting| self.actor(&casting, newborn.clone()).err().is_none_or(|other| other != why);
        let names = |value: &Value| value.as_object().map_or(Vec::new(), |table| table.keys().cloned().collect());
        let without = |value: &mut Value, name: &str| value.as_object_mut().and_then(|table| table.remove(name));
        let of_role = names(&casting.parameters).into_iter().find(|name| {
            let mut less = casting.clone();
            without(&mut less.parameters, name);
            cured(less)
        });
        // A role that is built without its strategy is not at fault.
        let role_alone = self.actor(&Casting { strategy: None, ..casting.clone() }, newborn.clone());
        if let (Some(name), Err(_)) = (of_role, role_alone) {
            return Some(Parameter::OfRole(name));
        }
        let (_, parameters) = casting.strategy.as_ref()?;
        let of_strategy = names(parameters).into_iter().find(|name| {
            let mut less = casting.clone();
            if let Some((_, parameters)) = &mut less.strategy {
                without(parameters, name);
            }
            cured(less)
        });
        of_strategy.map(Parameter::OfStrategy)
    }
}

/// Parameters as a role has them. No parameters are read as an empty table, or as nothing.
fn read<T: DeserializeOwned>(parameters: &Value) -> Result<T, String> {
    let empty = parameters.as_object().is_some_and(serde_json::Map::is_empty);
    match serde_json::from_value(parameters.clone()) {
        Err(_) if empty && serde_json::from_value::<T>(Value::Null).is_ok() => {
            serde_json::from_value(Value::Null).map_err(|error| error.to_string())
        }
        read => read.map_err(|error| error.to_string()),
    }
}

impl<P: Protocol<Command: DeserializeOwned, Reply: Serialize>> System for Own<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn metrics(&self) -> &'static [Metric] {
        self.metrics
    }

    fn roles(&self) -> Vec<&str> {
        self.roles.iter().map(|(name, _)| *name).collect()
    }

    fn strategies(&self) -> Vec<&str> {
        self.strategies.iter().map(|(name, _)| *name).collect()
    }

    fn observations(&self) -> &[Observable] {
        &self.observations
    }

    fn keys(&self) -> &[Key] {
        &self.keys
    }

    fn check(&self, source: &Source, scenario: &Scenario) -> Result<(), BadScenario> {
        let company = Company::<P>::simulated(self, scenario);
        for (number, population) in scenario.populations.iter().enumerate() {
            if !self.roles().contains(&population.role.as_str()) {
                let hint = closest(&population.role, self.roles().into_iter()).unwrap_or_default();
                let what = format!("{} has no role `{}`", P::NAME, population.role);
                return Err(source.error(population.role_place.clone(), what, hint));
            }
            // An unknown strategy is met by name, elsewhere.
            let known = |name: &str| self.strategies().contains(&name);
            if population.strategy.as_ref().is_none_or(|strategy| known(&strategy.name)) {
                company.actor(population.first).map_err(|why| {
                    let place = population.strategy.as_ref().filter(|strategy| !strategy.parameters.is_empty());
                    let place = place.map_or(&population.parameters_place, |strategy| &strategy.parameters_place);
                    let blamed = company.to_blame(population.first, &why);
                    let place = blamed.and_then(|one| place::of(source, number, &one)).unwrap_or_else(|| place.clone());
                    let (why, hint) = explained(&why, scenario);
                    source.error(place, format!("the role `{}`: {}", population.role, crate::hint::plain(&why)), hint)
                })?;
            }
        }
        for line in &scenario.example_commands() {
            let command = named(line, scenario, &|node| company.peer(node));
            read_command::<P>(command.clone()).map_err(|why| {
                let place = source.blamed::<P::Command>(&line.place, &command, None);
                let (why, hint) = explained(&why, scenario);
                source.error(place, crate::hint::plain(&why), hint)
            })?;
        }
        Ok(())
    }

    fn run(&self, job: Job<'_>) -> Result<Outcome, RunError> {
        let scenario = &job.cell.scenario;
        let company = Company::new(self, &job)?;
        let line = |line: &ScriptLine| {
            let command = read_command::<P>(named(line, scenario, &|node| company.peer(node)))?;
            Ok((line.at, line.node, command))
        };
        let commands = scenario.commands(&job.noise_seed());
        let commands: Vec<_> = commands.iter().map(line).collect::<Result<_, String>>().map_err(RunError::Scenario)?;
        let facts = facts::Watch::new(self.clone(), scenario);
        let plan = crate::systems::plan(&job, company.cast(&job), company.common(), company.simulated)?;
        drive(job, plan, commands, facts)
    }

    fn replayer(&self, header: &Header) -> Result<Box<dyn Replayer>, String> {
        same_version::<P>(header)?;
        let (midwife, verifier) = cast::midwife(self.clone(), header)?;
        Ok(Box::new(Recast::<P>::new(midwife, verifier)))
    }

    fn describe(&self, step: &Step) -> String {
        describe::<P>(step)
    }

    fn details(&self, step: &Step) -> Details {
        details::<P>(step)
    }
}

/// The command of a script's line; the name of a node in it has become its identity.
fn named(line: &ScriptLine, scenario: &Scenario, peer: &dyn Fn(u32) -> PeerId) -> toml::Value {
    let mut command = toml::Value::Table(line.command.clone());
    crate::systems::name_peers(&mut command, scenario, peer);
    command
}

fn read_command<P: Protocol<Command: DeserializeOwned>>(command: toml::Value) -> Result<P::Command, String> {
    command.try_into().map_err(|error: toml::de::Error| error.message().to_owned())
}

/// What is wrong, in the words of a scenario, and what to do about it.
fn explained(why: &str, scenario: &Scenario) -> (String, String) {
    let (why, hint) = crate::systems::explained(why, scenario);
    let hint = hint.unwrap_or_else(|| crate::hint::hint(&why));
    (why, hint)
}

/// A metric's name, how a table shows it, and what it is.
pub const fn metric(name: &'static str, show: Show, meaning: &'static str) -> Metric {
    Metric { name, show, meaning }
}
