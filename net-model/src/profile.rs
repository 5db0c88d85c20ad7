//! Where the parameters of a network come from: regions, latencies, bandwidths, loss, with their provenance.
//!
//! A profile is complete and checked: whoever has one can build a network from it. The named ones are in
//! `profiles.toml` beside the sources; its keys are described at [`Profile::parse`].

mod raw;

use contract::Span;
use serde::Serialize;

use crate::error::BadProfile;
use crate::latency::Law;

const PROFILES: &str = include_str!("../profiles.toml");

/// How long a message may wait in a queue by default before it is dropped.
pub const QUEUE_SPAN: Span = Span::from_secs(30);
/// The least datagram that every QUIC path carries, RFC 9000, section 14: larger messages are several packets.
pub const PACKET_BYTES: u32 = 1_200;

/// The parameters of a network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Profile {
    name: String,
    source: String,
    regions: Vec<String>,
    shares: Vec<NamedShares>,
    chosen: usize,
    laws: Vec<Law>,
    lines: Lines,
    behaviour: Behaviour,
}

/// How nodes are connected to the network.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Lines {
    /// By region; empty if bandwidth is not limited, or if there are connections.
    bandwidths: Vec<Bandwidth>,
    /// The probability of loss where there are no connections.
    loss: f64,
    /// The types of connection; empty if there are none.
    connections: Vec<Connection>,
}

/// A type of connection, and how many nodes have it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Connection {
    /// Its name.
    pub name: String,
    /// The share of nodes that have it; over all types they sum to 1.
    pub share: f64,
    /// What it is like.
    pub line: Line,
}

/// A node's access to the network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Line {
    /// What it carries.
    pub bandwidth: Bandwidth,
    /// Latency that it adds, whether its node sends or receives.
    pub added: Span,
    /// The probability that a packet is lost; of the two ends of a link, the larger one counts.
    pub loss: f64,
}

/// What links do to messages beside latency, bandwidth and loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Behaviour {
    /// How long a datagram may wait for the upload or the download before it is dropped.
    pub queue: Span,
    /// The probability that a datagram arrives twice.
    pub duplication: f64,
    /// The probability that a datagram is held back, so that later ones overtake it.
    pub reordering: f64,
    /// A datagram that is held back arrives up to this much later, uniformly.
    pub held_back: Span,
    /// Round trips between the first contact on a stream and its first message: 1 for QUIC, 2 for TCP with TLS 1.3.
    pub handshake_round_trips: u8,
    /// Messages larger than this are several packets, of which each can be lost.
    pub packet_bytes: u32,
}

impl Default for Behaviour {
    /// No duplication, no reordering beyond that of latency, no set-up.
    fn default() -> Behaviour {
        Behaviour {
            queue: QUEUE_SPAN,
            duplication: 0.0,
            reordering: 0.0,
            held_back: Span::ZERO,
            handshake_round_trips: 0,
            packet_bytes: PACKET_BYTES,
        }
    }
}

/// Which share of the nodes is in which region, under a name.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct NamedShares {
    name: String,
    /// One per region, summing to 1.
    shares: Vec<f64>,
}

/// What a node's access line carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bandwidth {
    /// Bits per second from the node; at least 1.
    pub upload_bps: u64,
    /// Bits per second to the node; at least 1.
    pub download_bps: u64,
}

impl Bandwidth {
    /// No limit, hence no queue.
    pub const UNLIMITED: Bandwidth = Bandwidth { upload_bps: u64::MAX, download_bps: u64::MAX };
}

impl Profile {
    /// The profile of this name in `profiles.toml`.
    ///
    /// # Errors
    /// [`BadProfile::Unknown`] lists the names.
    pub fn named(name: &str) -> Result<Profile, BadProfile> {
        Profile::parse(PROFILES, name)
    }

    /// The names that [`named`](Profile::named) knows, in alphabetical order.
    pub fn names() -> Vec<String> {
        // The file is compiled in, and a test reads every profile of it.
        raw::names(PROFILES).unwrap_or_default()
    }

    /// The profile `name` in a TOML text with one table per profile:
    ///
    /// | Key | Meaning |
    /// |---|---|
    /// | `source` | where the numbers come from |
    /// | `regions` | names; without it, one region |
    /// | `latency_mean_ms` | matrix of mean one-way latencies; symmetric unless `asymmetric = true` |
    /// | `latency_ms` | the same for one region; under `lognormal` it is the *median* |
    /// | `latency_sampling` | `constant`, `lognormal`, `pareto`, `simblock-pareto` or `shifted-lognormal`: see [`Law`] |
    /// | `sigma` | of the lognormals: standard deviation of the natural logarithm, for all pairs or as a matrix |
    /// | `shape` | of `pareto`: P(X > x) = (least / x)^shape, with the least that gives the mean |
    /// | `whole_ms` | of `simblock-pareto`: round samples to whole milliseconds, as SimBlock does |
    /// | `latency_least_ms`, `latency_median_ms` | of `shifted-lognormal`: matrices of what is always there, and of the median of what comes on top |
    /// | `upload_bps`, `download_bps` | lists, bits per second for each region |
    /// | `upload_mbps`, `download_mbps` | the same in millions for every region |
    /// | `loss` | probability that a packet is lost |
    /// | `connection.NAME` | a type of connection: `upload_mbps`, `download_mbps`, `added_latency_ms`, `loss`, `share` |
    /// | `region_share` | tables of shares by name; `default_region_share` says which holds |
    /// | `handshake_round_trips` | see [`Behaviour`]; 0 if it is left out |
    ///
    /// Without bandwidth there are no queues.
    ///
    /// # Errors
    /// [`BadProfile`] names the profile and the key.
    pub fn parse(text: &str, name: &str) -> Result<Profile, BadProfile> {
        raw::resolve(text, name)
    }

    /// The keys that the table of a profile may have.
    pub fn keys() -> impl Iterator<Item = &'static str> {
        raw::keys()
    }

    /// The profile of one table with these keys, under a name of its own.
    ///
    /// # Errors
    /// [`BadProfile`] names the key.
    pub fn from_table(name: &str, table: toml::Table) -> Result<Profile, BadProfile> {
        raw::from_table(name, table)
    }

    /// One region, latency = `least` + an exponential span of mean `mean`, no bandwidth limits, no loss: the network of the
    /// PHOLD benchmark (Fujimoto, "Performance of Time Warp under Synthetic Workloads", 1990).
    pub fn exponential(least: Span, mean: Span) -> Profile {
        let law = Law::Exponential { least_ns: least.as_nanos() as f64, mean_ns: mean.as_nanos() as f64 };
        Profile {
            name: "exponential".to_owned(),
            source: "constructed".to_owned(),
            regions: vec!["everywhere".to_owned()],
            shares: vec![NamedShares { name: "all".to_owned(), shares: vec![1.0] }],
            chosen: 0,
            laws: vec![law],
            lines: Lines { bandwidths: Vec::new(), loss: 0.0, connections: Vec::new() },
            behaviour: Behaviour::default(),
        }
    }

    /// The same profile with another of its named sets of region shares.
    ///
    /// # Errors
    /// [`BadProfile::UnknownShares`] lists the names.
    pub fn with_region_share(mut self, name: &str) -> Result<Profile, BadProfile> {
        self.chosen = self.shares.iter().position(|shares| shares.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.shares.iter().map(|shares| shares.name.as_str()).collect();
            BadProfile::UnknownShares { profile: self.name.clone(), name: name.to_owned(), known: known.join(", ") }
        })?;
        Ok(self)
    }

    /// The same profile with another probability of loss, of every connection if it has any.
    ///
    /// # Errors
    /// [`BadProfile::Range`] unless `loss` is between 0 and 1.
    pub fn with_loss(mut self, loss: f64) -> Result<Profile, BadProfile> {
        raw::check_loss(&self.name, loss)?;
        self.lines.loss = loss;
        self.lines.connections.iter_mut().for_each(|connection| connection.line.loss = loss);
        Ok(self)
    }

    /// The same profile with room for another amount in each queue, as the time it takes to send it.
    pub fn with_queue(mut self, queue: Span) -> Profile {
        self.behaviour.queue = queue;
        self
    }

    /// The same profile with links that do other things to messages.
    ///
    /// # Errors
    /// [`BadProfile::Range`] unless duplication and reordering are probabilities and a packet has at least one byte.
    pub fn with_behaviour(mut self, behaviour: Behaviour) -> Result<Profile, BadProfile> {
        raw::check_behaviour(&self.name, &behaviour)?;
        self.behaviour = behaviour;
        Ok(self)
    }

    /// The same profile without limits of bandwidth, hence without queues.
    pub fn without_bandwidth(mut self) -> Profile {
        self.lines.bandwidths.clear();
        self.lines.connections.iter_mut().for_each(|connection| connection.line.bandwidth = Bandwidth::UNLIMITED);
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its numbers come from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The names of its regions.
    pub fn regions(&self) -> &[String] {
        &self.regions
    }

    /// The name of the table of shares that holds.
    pub fn region_share(&self) -> &str {
        &self.shares[self.chosen].name
    }

    /// The share of nodes in each region; they sum to 1.
    pub fn shares(&self) -> &[f64] {
        &self.shares[self.chosen].shares
    }

    /// The latency from one region to another.
    ///
    /// # Panics
    /// If there is no such region.
    pub fn law(&self, from: u16, to: u16) -> Law {
        let count = self.regions.len();
        assert!(usize::from(from.max(to)) < count, "profile `{}` has {count} regions", self.name);
        self.laws[usize::from(from) * count + usize::from(to)]
    }

    /// The bandwidths of the regions; empty if they are not limited, or given by connection.
    pub fn bandwidths(&self) -> &[Bandwidth] {
        &self.lines.bandwidths
    }

    /// The types of connection; empty if there are none.
    pub fn connections(&self) -> &[Connection] {
        &self.lines.connections
    }

    /// The access of a node in this region with this connection, by their places in the profile; the connection does not matter
    /// where there are none.
    ///
    /// # Panics
    /// If there is no such region or connection.
    pub fn line(&self, region: u16, connection: u16) -> Line {
        if !self.lines.connections.is_empty() {
            return self.lines.connections[usize::from(connection)].line;
        }
        let bandwidth = match self.lines.bandwidths.is_empty() {
            true => Bandwidth::UNLIMITED,
            false => self.lines.bandwidths[usize::from(region)],
        };
        Line { bandwidth, added: Span::ZERO, loss: self.lines.loss }
    }

    /// The probability that a packet is lost where there are no connections.
    pub fn loss(&self) -> f64 {
        self.lines.loss
    }

    /// What links do to messages beside latency, bandwidth and loss.
    pub fn behaviour(&self) -> Behaviour {
        self.behaviour
    }
}

#[cfg(test)]
mod tests;
