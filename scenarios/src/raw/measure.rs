//! `[measure]` as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Spanned;

/// `[measure]`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawMeasure {
    /// The metrics that tables and files show, in this order; all of the protocol's if it is left out.
    pub metrics: Option<Vec<Spanned<String>>>,
    /// What happens up to this time is not measured, so that a start from nothing does not count.
    pub warm_up: Option<Spanned<String>>,
    /// The length of a window: `windows.csv` then says what happened in each, up to the horizon.
    pub window: Option<Spanned<String>>,
}
