//! `[[workload]]` as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Anything, Object, Pair, Spanned};

/// `[[workload]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawWorkload {
    /// What it is called. The draws of a workload depend on its name and on no other workload.
    pub name: Spanned<String>,
    /// Who is given the commands: every node of this population, or one node.
    pub by: Spanned<String>,
    /// How often each of them is, on average, in a Poisson process: `"0.5 /s"`.
    pub rate: Option<Spanned<String>>,
    /// The time from one command to the next, instead of a rate: `"10 s"`. Each node begins at a time of its own.
    pub every: Option<Spanned<String>>,
    /// When it begins; at once if it is left out.
    pub from: Option<Spanned<String>>,
    /// When it ends; at the horizon if it is left out.
    pub until: Option<Spanned<String>>,
    /// The most commands that each node is given.
    pub count: Option<Spanned<u32>>,
    /// The command. A text such as `"$amount"` in it stands for the value that `draw.amount` gives.
    #[schemars(with = "Object")]
    pub command: Spanned<toml::Table>,
    /// What is drawn for each command, by the names that the command uses.
    #[serde(default)]
    pub draw: BTreeMap<Spanned<String>, Spanned<RawDraw>>,
}

/// `[workload.draw.NAME]`: one distribution, and bounds. A quantity is text with a unit, or a whole number.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawDraw {
    /// A node of these populations or nodes, never the one that is given the command; each is as likely.
    pub node: Option<Vec<Spanned<String>>>,
    /// One of these values; each is as likely.
    #[schemars(with = "Option<Vec<Anything>>")]
    pub choice: Option<Vec<toml::Value>>,
    /// Uniform between two quantities, both included.
    #[schemars(with = "Option<[Anything; 2]>")]
    pub uniform: Option<Pair<Spanned<toml::Value>>>,
    /// Exponential with this mean.
    #[schemars(with = "Option<Anything>")]
    pub exponential: Option<Spanned<toml::Value>>,
    /// Log-normal.
    pub log_normal: Option<RawLogNormal>,
    /// Pareto: heavy-tailed.
    pub pareto: Option<RawPareto>,
    /// What is drawn below this becomes this.
    #[schemars(with = "Option<Anything>")]
    pub at_least: Option<Spanned<toml::Value>>,
    /// What is drawn above this becomes this.
    #[schemars(with = "Option<Anything>")]
    pub at_most: Option<Spanned<toml::Value>>,
}

/// A log-normal distribution.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawLogNormal {
    /// The quantity that half of the draws exceed.
    #[schemars(with = "Anything")]
    pub median: Spanned<toml::Value>,
    /// The standard deviation of the logarithm.
    pub sigma: Spanned<f64>,
}

/// A Pareto distribution (type I).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawPareto {
    /// The smallest quantity.
    #[schemars(with = "Anything")]
    pub minimum: Spanned<toml::Value>,
    /// The tail index: the smaller, the heavier; the mean is finite above 1.
    pub alpha: Spanned<f64>,
}
