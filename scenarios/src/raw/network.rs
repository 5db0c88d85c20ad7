//! `[network]` as written.

use std::fmt;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Pair, RawMatrix, Spanned};

/// `[network]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawNetwork {
    /// The measured or plain profile of latency, bandwidth and loss: `simblock-2019`, `simblock-2015`, `omerta`, `lan`, `wan`
    /// or `perfect`; `matrix`, which is in `[network.matrix]`; or a file beside the scenario, `.toml` or `.csv`.
    pub profile: Spanned<String>,
    /// A profile of the scenario's own, for `profile = "matrix"`: the keys of a profile, with their `source`.
    #[schemars(with = "Option<RawMatrix>")]
    pub matrix: Option<Spanned<toml::Table>>,
    /// Which of the profile's tables says how many nodes are in which region.
    pub region_share: Option<Spanned<String>>,
    /// What links do to messages beside latency and bandwidth.
    #[serde(default)]
    pub link: RawLinks,
    /// What some nodes have instead of what the profile draws for them; later ones count over earlier ones.
    #[serde(default)]
    pub node: Vec<Spanned<RawPlace>>,
    /// Latencies that change over virtual time, by a schedule.
    #[serde(default)]
    pub change: Vec<Spanned<RawChange>>,
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

/// `[network.link]`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawLinks {
    /// The probability that a packet is lost, instead of the profile's.
    pub loss: Option<Spanned<f64>>,
    /// The probability that a datagram arrives twice.
    pub duplication: Option<Spanned<f64>>,
    /// The probability that a datagram is held back, so that later ones overtake it.
    pub reordering: Option<Spanned<f64>>,
    /// A datagram that is held back arrives up to this much later.
    pub held_back: Option<Spanned<String>>,
    /// How long a datagram may wait for an upload or a download before it is dropped.
    pub queue: Option<Spanned<String>>,
    /// Round trips between the first contact on a stream and its first message: 1 for QUIC, 2 for TCP with TLS.
    pub handshake_round_trips: Option<Spanned<u8>>,
    /// Messages that are larger are several packets, of which each can be lost.
    pub packet: Option<Spanned<String>>,
    /// `false` leaves out all limits of bandwidth, and with them the queues.
    pub bandwidth: Option<bool>,
}

/// `[[network.node]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawPlace {
    /// Populations or nodes.
    pub nodes: Vec<Spanned<String>>,
    /// The region in which they are.
    pub region: Option<Spanned<String>>,
    /// Their type of connection.
    pub connection: Option<Spanned<String>>,
    /// The bandwidth from them.
    pub upload: Option<Spanned<String>>,
    /// The bandwidth to them.
    pub download: Option<Spanned<String>>,
}

/// `[[network.change]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawChange {
    /// The pairs of regions: all of which one is this, or the two of a list; all, if it is left out.
    pub between: Option<Spanned<RawBetween>>,
    /// Times from the start of the run, or of each period, that ascend.
    pub at: Spanned<Vec<Spanned<String>>>,
    /// What latency is multiplied by from each of these times on.
    pub latency: Spanned<Vec<f64>>,
    /// After which time it begins again, such as `"24 h"`.
    pub every: Option<Spanned<String>>,
    /// Whether factors go evenly from one time to the next, instead of in steps.
    #[serde(default)]
    pub linear: bool,
}

/// Which pairs of regions.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum RawBetween {
    /// All of which one is this.
    Region(String),
    /// These two.
    Pair(Pair<String>),
}

/// Two nodes or populations.
type RawLink = Spanned<Pair<Spanned<String>>>;

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
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum RawOutboundLinks {
    /// A measured one: `bitcoin` or `litecoin`.
    Named(String),
    /// The shares of nodes that open at most 1, 2, … links.
    Cumulative(Vec<f64>),
}

/// Text, or a list: what the two kinds of keys above have in common. It says what is expected where neither is written.
struct TextOrList<I> {
    expected: &'static str,
    items: PhantomData<I>,
}

impl<'de, I: Deserialize<'de>> Visitor<'de> for TextOrList<I> {
    type Value = Result<String, Vec<I>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Ok(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Err)
    }
}

impl<'de> Deserialize<'de> for RawBetween {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawBetween, D::Error> {
        let expected = "a region in quotes, or a list of two: [\"europe\", \"japan\"]";
        match deserializer.deserialize_any(TextOrList { expected, items: PhantomData })? {
            Ok(region) => Ok(RawBetween::Region(region)),
            Err(regions) => Pair::of(regions).map(RawBetween::Pair),
        }
    }
}

impl<'de> Deserialize<'de> for RawOutboundLinks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawOutboundLinks, D::Error> {
        let expected = "\"bitcoin\", \"litecoin\", or a list of cumulative shares: [0.5, 1.0]";
        let read = deserializer.deserialize_any(TextOrList { expected, items: PhantomData })?;
        Ok(read.map_or_else(RawOutboundLinks::Cumulative, RawOutboundLinks::Named))
    }
}
