//! `[[expect]]` as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Anything, Pair, Spanned};

/// `[[expect]]`: about a metric (with a `statistic` over the seeds, or a `mood`) or about what nodes observe (with a `mood`).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawExpect {
    /// The metric.
    pub metric: Option<Spanned<String>>,
    /// `mean`, `median`, `rate`, a quantile such as `p90`, `min` or `max` over the seeds.
    pub statistic: Option<Spanned<String>>,
    /// `always` (in every run, all the time), `sometimes` (in at least one run) or `eventually` (in every run, at its end).
    pub mood: Option<Spanned<String>>,
    /// The observations that are counted, instead of a metric.
    pub observed: Option<Spanned<RawObserved>>,
    /// The least value that passes: of the statistic, of the metric in a run, or of the number of observations.
    pub at_least: Option<Spanned<f64>>,
    /// The largest value that passes.
    pub at_most: Option<Spanned<f64>>,
    /// Only where these keys have these values.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Anything>")]
    pub when: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    /// Why it is expected.
    #[serde(default)]
    pub because: String,
    /// The difference that does not matter, in the metric's unit: beyond the bound by this, the expectation is violated.
    pub margin: Option<Spanned<f64>>,
    /// The chance to call it violated where it holds; 0.01 if it is left out.
    pub alpha: Option<Spanned<f64>>,
    /// The chance to let it pass where it is violated by the margin; 0.05 if it is left out.
    pub beta: Option<Spanned<f64>>,
    /// The least number of seeds before it is decided; 32 if it is left out.
    pub min_seeds: Option<Spanned<u32>>,
    /// The number of seeds at which it is given up as inconclusive, at most 1,000,000; 512 if it is left out.
    pub max_seeds: Option<Spanned<u32>>,
    /// The least and the largest possible value of a metric whose mean is expected.
    pub range: Option<Spanned<Pair<f64>>>,
    /// The bounds are about the difference to something else, seed by seed.
    pub compare: Option<Spanned<RawCompare>>,
}

/// With what a metric is compared, seed by seed: one of these.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawCompare {
    /// A variant of this scenario.
    pub variant: Option<String>,
    /// Another scenario file, relative to this one.
    pub scenario: Option<String>,
    /// The results that `dunbar baseline save` kept.
    #[serde(default)]
    pub baseline: bool,
    /// This scenario with these keys set.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Anything>")]
    pub set: BTreeMap<String, toml::Value>,
}

/// Which observations count. What adversaries say of themselves never does, unless `by` names them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawObserved {
    /// The observation's name, as the protocol calls it. An unknown one, or a field that it does not have, is refused.
    pub name: Spanned<String>,
    /// Who observes it: a population or a node.
    pub by: Option<Spanned<String>>,
    /// Whether every node of `by` is counted by itself, and each has to fulfil the expectation.
    #[serde(default)]
    pub each: bool,
    /// The values that its fields have: a node's name, a quantity, a number, a text, or bounds `{ at_least = …, at_most = … }`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Anything>")]
    pub fields: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    /// Only after this time.
    pub from: Option<Spanned<String>>,
    /// Only up to this time.
    pub until: Option<Spanned<String>>,
}
