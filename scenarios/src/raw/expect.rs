//! `[[expect]]` as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Anything, Spanned};

/// `[[expect]]`: about a metric (with a `statistic` over the seeds, or a `mood`) or about what nodes observe (with a `mood`).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawExpect {
    /// The metric.
    pub metric: Option<Spanned<String>>,
    /// `mean`, `median`, `min` or `max` over the seeds.
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
}

/// Which observations count. What adversaries say of themselves never does, unless `by` names them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawObserved {
    /// The observation's name, as the protocol calls it.
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
