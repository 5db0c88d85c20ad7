//! The ledger as a scenario: who has how much, who cheats, what is detected.

mod cast;
mod commands;
mod economy;
mod invariants;
mod keys;
mod observed;
mod ranges;
mod watch;

use std::sync::LazyLock;

use contract::trace::{Header, Level, Step};
use contract::{Amount, PeerId, units};
use ledger::{Command, Ledger, Parameters};
use serde::{Deserialize, Deserializer};

use crate::metric::{Metric, Show};
use crate::observable::Observable;
use crate::replay::{Recast, Replayer, same_version};
use crate::resolve::ScriptLine;
use crate::system::{Job, Key, Outcome, RunError, System, drive};
use crate::{BadScenario, Scenario, Source};

pub use cast::{Casting, Common, midwife};
use cast::{Company, roles};
use watch::Watch;

/// The system.
pub struct LedgerSystem;

/// `[parameters]` of a ledger scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// What every node begins with.
    #[serde(default, deserialize_with = "amount")]
    endowment: Amount,
    /// How honest nodes behave.
    #[serde(default)]
    node: Parameters,
}

impl Default for Written {
    fn default() -> Self {
        Written { endowment: Amount::ZERO, node: Parameters::default() }
    }
}

fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
    units::parse_amount(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

const DETECTION: &[Metric] = &[
    Metric {
        name: "connected",
        show: Show::Rate,
        meaning: "1 if honest links join all victims: what a double-spend hidden from everybody else can be detected through",
    },
    Metric { name: "detected", show: Show::Rate, meaning: "1 if an honest node built evidence against an attacker" },
    Metric {
        name: "first_detection_s",
        show: Show::Latency,
        meaning: "time of the first evidence that an honest node built, minus time of the first command to an attacker; none if there is none",
    },
    Metric {
        name: "victims_informed_s",
        show: Show::Latency,
        meaning: "time at which the last victim got evidence, minus time of the first command to an attacker; none if one has none",
    },
    Metric {
        name: "spread",
        show: Show::Share,
        meaning: "honest nodes that have evidence at the horizon, over all honest nodes (epidemic coverage, 1 minus the residue of Demers et al., PODC 1987)",
    },
    Metric {
        name: "accepted",
        show: Show::Mean,
        meaning: "payments of attackers that honest nodes accepted; above one for one attacker is a double-spend that paid",
    },
    Metric {
        name: "missed",
        show: Show::Hidden,
        meaning: "1 if honest links join all victims and nobody detected the attack",
    },
    Metric { name: "victims_informed", show: Show::Hidden, meaning: "1 if every victim has evidence at the horizon" },
    Metric {
        name: "false_accusations",
        show: Show::Hidden,
        meaning: "times that an honest node built or learned evidence that names an honest node",
    },
    Metric {
        name: "unconserved",
        show: Show::Hidden,
        meaning: "1 if an auditor who reads every honest disk at the horizon finds money lost or made",
    },
    Metric {
        name: "inflation",
        show: Show::Money,
        meaning: "money made by accepted double-spends, as an auditor of all honest disks adds it up at the horizon",
    },
    Metric {
        name: "damage_window_s",
        show: Show::Hidden,
        meaning: "time at which the last victim got evidence, minus time of the first accepted payment of an attacker; none if nothing was accepted or a victim never learns",
    },
    Metric {
        name: "uninformed",
        show: Show::Hidden,
        meaning: "honest nodes without evidence at the horizon that running honest nodes join to one that has evidence",
    },
    Metric {
        name: "rejected",
        show: Show::Hidden,
        meaning: "items that honest nodes received and that count for nothing",
    },
    Metric {
        name: "coverage",
        show: Show::Hidden,
        meaning: "blocks that honest nodes were ordered to write, found on disks of other honest nodes at the horizon, over (such blocks) x (honest nodes - 1) (epidemic coverage, Demers et al., PODC 1987)",
    },
];

static METRICS: LazyLock<Vec<Metric>> = LazyLock::new(|| [DETECTION, economy::METRICS].concat());

impl System for LedgerSystem {
    fn name(&self) -> &'static str {
        "ledger"
    }

    fn metrics(&self) -> &'static [Metric] {
        &METRICS
    }

    fn observations(&self) -> &[Observable] {
        observed::ALL
    }

    fn keys(&self) -> &[Key] {
        &keys::KEYS
    }

    fn check(&self, source: &Source, scenario: &Scenario) -> Result<(), BadScenario> {
        let written = super::parameters::<Written>(source)?;
        ranges::check(source, &written, scenario.nodes())?;
        roles(source, scenario, &|number| PeerId::simulated(u64::from(number)))?;
        for line in &scenario.example_commands() {
            let command = named(line, scenario, &|number| PeerId::simulated(u64::from(number)));
            read(command.clone()).map_err(|why| {
                let place = source.blamed::<Command>(&line.place, &command, None);
                let (why, hint) = super::explained(&why, scenario);
                let hint = hint.or_else(|| crate::hint::particular(&why));
                let hint = hint.unwrap_or_else(|| keys::example(&line.command));
                source.error(place, crate::hint::plain(&why), hint)
            })?;
        }
        Ok(())
    }

    fn parameters(&self, source: &Source, scenario: &Scenario) -> Result<toml::Table, BadScenario> {
        let Written { endowment, node } = super::parameters(source)?;
        // A number that TOML cannot hold is shown as it was written.
        let Ok(node) = toml::Value::try_from(node) else { return Ok(scenario.parameters.clone()) };
        let endowment = toml::Value::String(format!("{endowment} OMC"));
        Ok([("endowment".to_owned(), endowment), ("node".to_owned(), node)].into_iter().collect())
    }

    fn run(&self, job: Job<'_>) -> Result<Outcome, RunError> {
        let (source, scenario) = (&job.cell.source, &job.cell.scenario);
        let unchecked = |error: BadScenario| RunError::Scenario(error.message().to_owned());
        let written: Written = super::parameters(source).map_err(unchecked)?;
        let company = Company::new(&job, written.endowment, written.node)?;
        let peer = |number: u32| company.peer(number);
        let line = |line: &ScriptLine| Ok((line.at, line.node, read(named(line, scenario, &peer))?));
        let commands: Vec<_> = scenario
            .commands(&job.noise_seed())
            .iter()
            .map(line)
            .collect::<Result<_, String>>()
            .map_err(RunError::Scenario)?;
        let watch = Watch::new(&company, &commands, scenario.horizon);
        // Only a full trace has a header; a founding document of a million nodes is not written for nothing.
        let common = if job.level == Level::Full { company.common_json() } else { String::new() };
        let mut plan = super::plan(&job, company.cast(&job), common, company.simulated)?;
        // The world stands still after each step that observes something, so that invariants are checked there.
        plan.limits.observations = 1;
        drive(job, plan, commands, watch)
    }

    fn replayer(&self, header: &Header) -> Result<Box<dyn Replayer>, String> {
        same_version::<Ledger>(header)?;
        let (midwife, verifier) = midwife(header)?;
        Ok(Box::new(Recast::<Ledger>::new(midwife, verifier)))
    }

    fn roles(&self) -> Vec<&str> {
        agents::Role::NAMES.to_vec()
    }

    fn details(&self, step: &Step) -> crate::details::Details {
        crate::details::details::<Ledger>(step)
    }

    fn describe(&self, step: &Step) -> String {
        crate::details::describe::<Ledger>(step)
    }
}

/// The command of a script's line, with identities in the place of names of nodes.
fn named(line: &ScriptLine, scenario: &Scenario, peer: &dyn Fn(u32) -> PeerId) -> toml::Value {
    let mut command = toml::Value::Table(line.command.clone());
    super::name_peers(&mut command, scenario, peer);
    command
}

fn read(command: toml::Value) -> Result<Command, String> {
    command.try_into().map_err(|error: toml::de::Error| error.message().to_owned())
}
