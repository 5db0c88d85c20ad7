//! `[[fault]]` as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Spanned;

/// `[[fault]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawFault {
    /// `partition` or `crash`.
    pub kind: Spanned<String>,
    /// When it begins, in virtual time.
    pub from: Spanned<String>,
    /// When it ends; a crash without an end is for ever.
    pub until: Option<Spanned<String>>,
    /// A partition's two sides: names of populations or nodes. Nodes that are named on no side reach both.
    pub sides: Option<[Vec<Spanned<String>>; 2]>,
    /// The node that crashes.
    pub node: Option<Spanned<String>>,
}
