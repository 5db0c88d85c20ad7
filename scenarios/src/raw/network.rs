//! `[network]` as written.

use serde::Deserialize;
use toml::Spanned;

/// `[network]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawNetwork {
    /// The measured or plain profile of latency, bandwidth and loss.
    pub profile: Spanned<String>,
    /// Who is a neighbour of whom: `complete`, `erdos-renyi` or `outbound`.
    pub topology: Option<Spanned<String>>,
    /// The probability of each link of an Erdős–Rényi graph.
    pub connectivity: Option<Spanned<f64>>,
    /// How many links nodes of an `outbound` topology open: a measured distribution, or cumulative shares of its own.
    pub outbound_links: Option<Spanned<RawOutboundLinks>>,
}

/// A distribution of the number of links that nodes open.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum RawOutboundLinks {
    /// A measured one: `bitcoin` or `litecoin`.
    Named(String),
    /// The shares of nodes that open at most 1, 2, … links.
    Cumulative(Vec<f64>),
}
