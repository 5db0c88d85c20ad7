//! `[network.matrix]` as a schema has it. [`net_model::Profile`] reads it.

use std::collections::BTreeMap;

use schemars::JsonSchema;

/// `[network.matrix]`: the keys of a profile. Lists are in the order of `regions`.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RawMatrix {
    /// Where the numbers come from.
    pub source: String,
    /// The names of the regions; one that is called `everywhere`, if they are left out.
    pub regions: Option<Vec<String>>,
    /// Tables that say which share of the nodes is in which region, by name: `{ all = [0.5, 0.5] }`.
    pub region_share: Option<BTreeMap<String, Vec<f64>>>,
    /// Which of several tables of shares holds, unless `network.region_share` says another.
    pub default_region_share: Option<String>,
    /// Round trips between the first contact on a stream and its first message; 0 if it is left out.
    pub handshake_round_trips: Option<u8>,
    /// How long messages take.
    #[schemars(flatten)]
    pub latency: RawLatencies,
    /// How much nodes send and receive, and what is lost.
    #[schemars(flatten)]
    pub lines: RawAccess,
}

/// The keys of a profile about latency.
#[derive(Debug, JsonSchema)]
pub struct RawLatencies {
    /// How a latency is drawn: `constant`, `pareto`, `simblock-pareto`, `lognormal` or `shifted-lognormal`.
    pub latency_sampling: String,
    /// The mean latency between regions: a row for each, in milliseconds.
    pub latency_mean_ms: Option<Vec<Vec<f64>>>,
    /// Whether the matrix may be another one from left to right than back.
    pub asymmetric: Option<bool>,
    /// One latency for all pairs of nodes, instead of a matrix; of `lognormal`, the median.
    pub latency_ms: Option<f64>,
    /// The least latency between regions, for `shifted-lognormal`.
    pub latency_least_ms: Option<Vec<Vec<f64>>>,
    /// The median of what comes on top of the least latency, for `shifted-lognormal`.
    pub latency_median_ms: Option<Vec<Vec<f64>>>,
    /// The standard deviation of the logarithm, for `lognormal` and `shifted-lognormal`: a number, or a matrix.
    pub sigma: Option<serde_json::Value>,
    /// The shape of `pareto`: the smaller, the heavier its tail.
    pub shape: Option<f64>,
    /// Whether latencies are whole milliseconds, as they are in SimBlock.
    pub whole_ms: Option<bool>,
}

/// The keys of a profile about access lines.
#[derive(Debug, JsonSchema)]
pub struct RawAccess {
    /// The upload of each region, in bit/s.
    pub upload_bps: Option<Vec<u64>>,
    /// The download of each region, in bit/s.
    pub download_bps: Option<Vec<u64>>,
    /// One upload for all regions, in Mbit/s.
    pub upload_mbps: Option<f64>,
    /// One download for all regions, in Mbit/s.
    pub download_mbps: Option<f64>,
    /// The probability that a packet is lost.
    pub loss: Option<f64>,
    /// Types of connection, instead of bandwidths of regions: `[network.matrix.connection.NAME]`.
    pub connection: Option<BTreeMap<String, RawConnection>>,
}

/// A type of connection.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RawConnection {
    /// Its upload, in Mbit/s.
    pub upload_mbps: f64,
    /// Its download, in Mbit/s.
    pub download_mbps: f64,
    /// Which share of the nodes has it.
    pub share: f64,
    /// What it adds to a latency at either end, in milliseconds; 0 if it is left out.
    pub added_latency_ms: Option<f64>,
    /// The probability that a packet is lost on it; 0 if it is left out.
    pub loss: Option<f64>,
}
