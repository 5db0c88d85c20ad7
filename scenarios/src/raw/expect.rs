//! `[[expect]]` as written.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// `[[expect]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawExpect {
    /// The metric.
    pub metric: Spanned<String>,
    /// `mean`, `median`, `min` or `max` over the seeds.
    pub statistic: Spanned<String>,
    /// The least value that passes.
    pub at_least: Option<Spanned<f64>>,
    /// The largest value that passes.
    pub at_most: Option<Spanned<f64>>,
    /// Only where these keys have these values.
    #[serde(default)]
    pub when: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    /// Why it is expected.
    #[serde(default)]
    pub because: String,
}
