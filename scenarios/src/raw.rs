//! The scenario as written. Every key has a sentence; every quantity is text with a unit; every value keeps its place,
//! so that a check can point at it.

mod expect;
mod fault;
mod matrix;
mod measure;
mod network;
mod pair;
mod spanned;
mod whole;
mod workload;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub use expect::{RawCompare, RawExpect, RawObserved};
pub use fault::{RawFault, RawFaults, RawLasting};
pub use matrix::{RawConnection, RawMatrix};
pub use measure::RawMeasure;
pub use network::{RawBetween, RawChange, RawGrid, RawLinks, RawNetwork, RawOutboundLinks, RawPlace};
pub use pair::Pair;
pub use spanned::Spanned;
pub use whole::{RawScenario, keys};
pub use workload::{RawDraw, RawLogNormal, RawPareto, RawWorkload};

/// What a scenario is, and what it is made of.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RawAbout {
    /// The version of the scenario language: 1.
    pub format: Spanned<u32>,
    /// What the scenario is, in a line.
    pub title: String,
    /// What it asks.
    #[serde(default)]
    pub question: String,
    /// The protocol that runs, by its name in the registry.
    pub protocol: Spanned<String>,
    /// Another scenario file, relative to this one, that this file changes. Tables are merged key by key, an item of a list
    /// is merged into the one of the same `name` or added, everything else is replaced.
    pub extends: Option<Spanned<String>>,
    /// Keys of the extended file that are left out, such as `sweep` or `network.topology`.
    #[serde(default)]
    pub without: Vec<Spanned<String>>,
    /// Named changes to this scenario, each written as a scenario is; `--variant NAME` runs one. It may have a `without`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Object>")]
    pub variants: BTreeMap<String, toml::Table>,
}

/// What runs.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RawSetting {
    /// The virtual time at which a run ends.
    pub horizon: Spanned<String>,
    /// Signatures, disks, clocks, checkpoints.
    #[serde(default)]
    pub world: RawWorld,
    /// What connects the nodes.
    pub network: RawNetwork,
    /// Who plays.
    pub population: Vec<RawPopulation>,
    /// What goes wrong, and when.
    #[serde(default)]
    pub fault: RawFaults,
    /// Commands that nodes are given at random or regular times.
    #[serde(default)]
    pub workload: Vec<RawWorkload>,
    /// Commands to named nodes at given times.
    #[serde(default)]
    pub script: Vec<RawScript>,
    /// Parameters of the protocol; the protocol reads them itself.
    #[serde(default)]
    #[schemars(with = "Option<Object>")]
    pub parameters: Option<toml::Table>,
}

/// How often it runs, what is measured, and what must come out.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RawTrial {
    /// How many seeds are run. One command makes at most 1,000,000 runs: cells times seeds.
    #[serde(default = "default_seeds")]
    pub seeds: Spanned<u32>,
    /// The first seed; the others follow it.
    #[serde(default = "default_first_seed")]
    pub first_seed: Spanned<u64>,
    /// Keys and the values that they take: a list, or a range `{ from, to, count, log, unit }`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Anything>")]
    pub sweep: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    /// How the values of several swept keys are combined; all combinations, if it is left out.
    pub design: Option<crate::sweep::RawDesign>,
    /// What is measured, and when.
    #[serde(default)]
    pub measure: RawMeasure,
    /// What must come out.
    #[serde(default)]
    pub expect: Vec<Spanned<RawExpect>>,
    /// What `dunbar check --mutate` turns off, one at a time: names, and the keys that each sets. Faults need no entry.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Object>")]
    pub mutation: BTreeMap<Spanned<String>, toml::Table>,
    /// Metrics whose expectations only a broken program violates: no mutation has to flip them.
    #[serde(default)]
    pub invariants: Vec<Spanned<String>>,
}

/// What a schema calls a table whose keys somebody else knows.
type Object = serde_json::Map<String, serde_json::Value>;
/// What a schema calls a value of any kind.
type Anything = serde_json::Value;

fn default_seeds() -> Spanned<u32> {
    Spanned::new(0..0, 30)
}

fn default_first_seed() -> Spanned<u64> {
    Spanned::new(0..0, 1)
}

/// `[world]`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawWorld {
    /// `simulated` (fast keyed tags of the real size) or `ed25519`.
    pub crypto: Option<Spanned<String>>,
    /// The least time that making a write durable takes.
    pub sync_base: Option<Spanned<String>>,
    /// The mean of the exponential time on top of it.
    pub sync_extra: Option<Spanned<String>>,
    /// Clocks are ahead or behind by up to this, uniformly.
    pub clock_offset_max: Option<Spanned<String>>,
    /// Clocks run fast or slow by up to this many parts per million, uniformly.
    pub clock_drift_max_ppm: Option<Spanned<u32>>,
    /// The number of checkpoints of the digest over the horizon.
    pub checkpoints: Option<Spanned<u32>>,
    /// The most events that a run handles before it is given up.
    pub events_max: Option<u64>,
}

/// `[[population]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawPopulation {
    /// How the script and the faults call it. A single node is called so, one of several `name.0`, `name.1`, …
    pub name: Spanned<String>,
    /// The role its nodes play, by its name in the protocol; the population's name if it is left out.
    pub role: Option<Spanned<String>>,
    /// How many nodes it has.
    pub count: Spanned<u64>,
    /// Parameters of the role; the role reads them itself.
    #[schemars(with = "Option<Object>")]
    pub parameters: Option<Spanned<toml::Table>>,
    /// What its nodes make of their role, by a name that the protocol knows; by default they follow it.
    pub strategy: Option<Spanned<String>>,
    /// Parameters of the strategy; the strategy reads them itself.
    #[schemars(with = "Option<Object>")]
    pub strategy_parameters: Option<Spanned<toml::Table>>,
}

/// `[[script]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawScript {
    /// When it is given, in virtual time.
    pub at: Spanned<String>,
    /// To which node.
    pub node: Spanned<String>,
    /// What; the protocol reads it.
    #[schemars(with = "Object")]
    pub command: Spanned<toml::Table>,
}
