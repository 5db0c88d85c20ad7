//! `[network]` as written.

use serde::Deserialize;
use toml::Spanned;

/// `[network]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawNetwork {
    /// The measured or plain profile of latency, bandwidth and loss.
    pub profile: Spanned<String>,
    /// Who is a neighbour of whom: `complete` or `erdos-renyi`.
    pub topology: Option<Spanned<String>>,
    /// The probability of each link of an Erdős–Rényi graph.
    pub connectivity: Option<Spanned<f64>>,
}
