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

/// How much an uplink holds by default, as the time it takes to send it.
pub const QUEUE_SPAN: Span = Span::from_secs(30);

/// The parameters of a network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Profile {
    name: String,
    source: String,
    regions: Vec<String>,
    shares: Vec<NamedShares>,
    chosen: usize,
    laws: Vec<Law>,
    bandwidths: Vec<Bandwidth>,
    loss: f64,
    queue: Span,
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
    /// | `latency_sampling` | `constant`, `lognormal` or `simblock-pareto`: see [`Law`] |
    /// | `sigma` | of `lognormal`: standard deviation of the natural logarithm |
    /// | `whole_ms` | of `simblock-pareto`: round samples to whole milliseconds, as SimBlock does |
    /// | `upload_bps`, `download_bps` | lists, bits per second for each region |
    /// | `upload_mbps`, `download_mbps` | the same in millions for every region |
    /// | `loss` | probability that a datagram, or one transmission on a stream, is lost |
    /// | `region_share` | tables of shares by name; `default_region_share` says which holds |
    ///
    /// Without bandwidth there is no upload queue.
    ///
    /// # Errors
    /// [`BadProfile`] names the profile and the key.
    pub fn parse(text: &str, name: &str) -> Result<Profile, BadProfile> {
        raw::resolve(text, name)
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
            bandwidths: Vec::new(),
            loss: 0.0,
            queue: QUEUE_SPAN,
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

    /// The same profile with another probability of loss.
    ///
    /// # Errors
    /// [`BadProfile::Range`] unless `loss` is between 0 and 1.
    pub fn with_loss(mut self, loss: f64) -> Result<Profile, BadProfile> {
        raw::check_loss(&self.name, loss)?;
        self.loss = loss;
        Ok(self)
    }

    /// The same profile with room for another amount in each upload queue, as the time it takes to send it.
    pub fn with_queue(mut self, queue: Span) -> Profile {
        self.queue = queue;
        self
    }

    /// The same profile without limits of bandwidth, hence without queues.
    pub fn without_bandwidth(mut self) -> Profile {
        self.bandwidths.clear();
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

    /// The bandwidths of the regions; empty if they are not limited.
    pub fn bandwidths(&self) -> &[Bandwidth] {
        &self.bandwidths
    }

    /// The probability that a datagram, or one transmission on a stream, is lost.
    pub fn loss(&self) -> f64 {
        self.loss
    }

    /// The most that waits in an upload queue before datagrams are dropped, as the time it takes to send it.
    pub fn queue(&self) -> Span {
        self.queue
    }
}

#[cfg(test)]
mod tests;
