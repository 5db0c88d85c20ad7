//! `[network]` as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Spanned;

/// `[network]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawNetwork {
    /// The measured or plain profile of latency, bandwidth and loss.
    pub profile: Spanned<String>,
    /// Who is a neighbour of whom: `complete`, `ring`, `grid`, `erdos-renyi`, `random-regular`, `barabasi-albert`,
    /// `watts-strogatz`, `outbound`, `region-aware`, `links` or `file`.
    pub topology: Option<Spanned<String>>,
    /// The probability of each link of an Erdős–Rényi graph.
    pub connectivity: Option<Spanned<f64>>,
    /// The number of neighbours of a node; of `barabasi-albert` and `region-aware`, the mean of it.
    pub degree: Option<Spanned<u32>>,
    /// The probability that a link of `watts-strogatz` is moved.
    pub rewired: Option<Spanned<f64>>,
    /// The shape of a `grid`; nearly square and open if it is left out.
    pub grid: Option<Spanned<RawGrid>>,
    /// How many links nodes of an `outbound` topology open: a measured distribution, or cumulative shares of its own.
    pub outbound_links: Option<Spanned<RawOutboundLinks>>,
    /// The probability that a link which a node of `region-aware` opens stays in its region.
    pub local_share: Option<Spanned<f64>>,
    /// The links of the topology `links`: pairs of nodes or populations. A population stands for all its nodes.
    pub links: Option<Spanned<Vec<RawLink>>>,
    /// The file of the topology `file`, beside the scenario: GraphML (`.graphml`, `.xml`), or a list of edges.
    pub graph: Option<Spanned<String>>,
}

/// Two nodes or populations.
type RawLink = Spanned<[Spanned<String>; 2]>;

/// The shape of a grid.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawGrid {
    /// How many nodes a row has.
    pub columns: Option<u32>,
    /// Whether the ends of rows and of columns are linked.
    #[serde(default)]
    pub wrapped: bool,
}

/// A distribution of the number of links that nodes open.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RawOutboundLinks {
    /// A measured one: `bitcoin` or `litecoin`.
    Named(String),
    /// The shares of nodes that open at most 1, 2, … links.
    Cumulative(Vec<f64>),
}
