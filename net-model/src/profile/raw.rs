//! Profiles as written, and the one place where they are checked and completed.

mod latency;
mod lines;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Behaviour, NamedShares, Profile};
use crate::error::BadProfile;
use latency::RawLatency;
use lines::RawLines;

/// How far shares may sum from 1 by rounding; they are normalised.
const SHARES_TOLERANCE: f64 = 1e-6;
/// The keys that [`RawLatency`] reads.
const LATENCY_KEYS: [&str; 9] = [
    "asymmetric",
    "latency_mean_ms",
    "latency_least_ms",
    "latency_median_ms",
    "latency_ms",
    "latency_sampling",
    "sigma",
    "shape",
    "whole_ms",
];
/// The keys that [`RawLines`] reads.
const LINE_KEYS: [&str; 6] = ["upload_bps", "download_bps", "upload_mbps", "download_mbps", "loss", "connection"];

/// The keys that [`Raw`] reads.
const OTHER_KEYS: [&str; 5] = ["source", "regions", "default_region_share", "region_share", "handshake_round_trips"];

/// The keys of a profile.
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    OTHER_KEYS.into_iter().chain(LATENCY_KEYS).chain(LINE_KEYS)
}

/// The rest of a table, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    source: String,
    regions: Option<Vec<String>>,
    default_region_share: Option<String>,
    region_share: Option<BTreeMap<String, Vec<f64>>>,
    #[serde(default)]
    handshake_round_trips: u8,
}

fn read(text: &str) -> Result<BTreeMap<String, toml::Table>, BadProfile> {
    toml::from_str(text).map_err(|error| BadProfile::Unreadable { why: error.to_string() })
}

pub(super) fn names(text: &str) -> Result<Vec<String>, BadProfile> {
    Ok(read(text)?.into_keys().collect())
}

pub(super) fn resolve(text: &str, name: &str) -> Result<Profile, BadProfile> {
    let mut all = read(text)?;
    let Some(table) = all.remove(name) else {
        let known: Vec<String> = all.into_keys().collect();
        return Err(BadProfile::Unknown { name: name.to_owned(), known: known.join(", ") });
    };
    from_table(name, table)
}

pub(super) fn from_table(name: &str, mut table: toml::Table) -> Result<Profile, BadProfile> {
    let latency: RawLatency = part(name, take(&mut table, &LATENCY_KEYS))?;
    let lines: RawLines = part(name, take(&mut table, &LINE_KEYS))?;
    let raw: Raw = part(name, table)?;
    let regions = raw.regions.unwrap_or_else(|| vec!["everywhere".to_owned()]);
    let check = Check { profile: name, regions: &regions };
    check.range("regions", regions.len() as f64, "between 1 and 65535", (1..=65_535).contains(&regions.len()))?;
    if let Some(twice) = regions.iter().enumerate().find(|(place, region)| regions[..*place].contains(region)) {
        return Err(BadProfile::Twice { profile: name.to_owned(), region: twice.1.clone() });
    }
    if regions.iter().any(|region| region.trim().is_empty()) {
        return Err(BadProfile::Nameless { profile: name.to_owned() });
    }
    let (laws, lines) = (latency.laws(&check)?, lines.resolve(&check)?);
    let shares = check.named_shares(raw.region_share)?;
    let behaviour = Behaviour { handshake_round_trips: raw.handshake_round_trips, ..Behaviour::default() };
    let profile =
        Profile { name: name.to_owned(), source: raw.source, shares, chosen: 0, laws, lines, behaviour, regions };
    match raw.default_region_share {
        Some(chosen) => profile.with_region_share(&chosen),
        None if profile.shares.len() == 1 => Ok(profile),
        None => Err(BadProfile::Missing {
            profile: profile.name,
            key: "default_region_share",
            hint: "there are several tables of shares; name the one that holds",
        }),
    }
}

fn take(table: &mut toml::Table, keys: &[&str]) -> toml::Table {
    keys.iter().filter_map(|key| table.remove_entry(*key)).collect()
}

fn part<T: DeserializeOwned>(name: &str, table: toml::Table) -> Result<T, BadProfile> {
    table.try_into().map_err(|error: toml::de::Error| {
        let why = error.to_string();
        BadProfile::Unreadable { why: format!("profile `{name}`: {}", why.trim_end()) }
    })
}

pub(super) fn check_loss(profile: &str, loss: f64) -> Result<(), BadProfile> {
    let check = Check { profile, regions: &[] };
    check.probability("loss", loss)
}

pub(super) fn check_behaviour(profile: &str, behaviour: &Behaviour) -> Result<(), BadProfile> {
    let check = Check { profile, regions: &[] };
    check.probability("duplication", behaviour.duplication)?;
    check.probability("reordering", behaviour.reordering)?;
    let bytes = behaviour.packet_bytes;
    check.range("packet", f64::from(bytes), "at least one byte", bytes > 0)
}

/// What every check needs to name the place.
struct Check<'a> {
    profile: &'a str,
    regions: &'a [String],
}

impl Check<'_> {
    fn range(&self, key: &str, value: f64, range: &'static str, holds: bool) -> Result<(), BadProfile> {
        if holds {
            return Ok(());
        }
        Err(BadProfile::Range { profile: self.profile.to_owned(), key: key.to_owned(), value, range })
    }

    fn probability(&self, key: &str, value: f64) -> Result<(), BadProfile> {
        self.range(key, value, "a probability between 0 and 1", (0.0..=1.0).contains(&value))
    }

    fn length(&self, key: String, found: usize) -> Result<(), BadProfile> {
        let regions = self.regions.len();
        if found == regions {
            return Ok(());
        }
        Err(BadProfile::Length { profile: self.profile.to_owned(), key, found, regions })
    }

    fn missing(&self, key: &'static str, hint: &'static str) -> BadProfile {
        BadProfile::Missing { profile: self.profile.to_owned(), key, hint }
    }

    fn conflict(&self, key: &'static str, other: &'static str, hint: &'static str) -> BadProfile {
        BadProfile::Conflict { profile: self.profile.to_owned(), key, other, hint }
    }

    /// Named shares of the regions, normalised. Without any, one region has all nodes.
    fn named_shares(&self, written: Option<BTreeMap<String, Vec<f64>>>) -> Result<Vec<NamedShares>, BadProfile> {
        let Some(written) = written else {
            if self.regions.len() > 1 {
                return Err(
                    self.missing("region_share", "with several regions, say which share of the nodes is in each")
                );
            }
            return Ok(vec![NamedShares { name: "all".to_owned(), shares: vec![1.0] }]);
        };
        let resolve = |(name, shares): (String, Vec<f64>)| {
            let key = format!("region_share.{name}");
            self.length(key.clone(), shares.len())?;
            for (&share, region) in shares.iter().zip(self.regions) {
                self.range(&format!("{key}, {region}"), share, "a share from 0 to 1", (0.0..=1.0).contains(&share))?;
            }
            Ok(NamedShares { shares: self.sum_to_one(key, shares)?, name })
        };
        written.into_iter().map(resolve).collect()
    }

    /// Shares that sum to one, within a tolerance; normalised.
    fn sum_to_one(&self, key: String, shares: Vec<f64>) -> Result<Vec<f64>, BadProfile> {
        let sum: f64 = shares.iter().sum();
        if (sum - 1.0).abs() > SHARES_TOLERANCE {
            return Err(BadProfile::Shares { profile: self.profile.to_owned(), key, sum });
        }
        Ok(shares.iter().map(|share| share / sum).collect())
    }
}
