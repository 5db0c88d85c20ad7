//! Profiles as written, and the one place where they are checked and completed.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Bandwidth, NamedShares, Profile, QUEUE_SPAN};
use crate::error::BadProfile;
use crate::latency::Law;

/// How far shares may sum from 1 by rounding; they are normalised.
const SHARES_TOLERANCE: f64 = 1e-6;

/// One table, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    source: String,
    regions: Option<Vec<String>>,
    #[serde(default)]
    asymmetric: bool,
    latency_mean_ms: Option<Vec<Vec<f64>>>,
    latency_ms: Option<f64>,
    latency_sampling: Sampling,
    sigma: Option<f64>,
    whole_ms: Option<bool>,
    upload_bps: Option<Vec<u64>>,
    download_bps: Option<Vec<u64>>,
    upload_mbps: Option<f64>,
    download_mbps: Option<f64>,
    #[serde(default)]
    loss: f64,
    default_region_share: Option<String>,
    region_share: Option<BTreeMap<String, Vec<f64>>>,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Sampling {
    Constant,
    Lognormal,
    SimblockPareto,
}

fn read(text: &str) -> Result<BTreeMap<String, Raw>, BadProfile> {
    toml::from_str(text).map_err(|error| BadProfile::Unreadable { why: error.to_string() })
}

pub(super) fn names(text: &str) -> Result<Vec<String>, BadProfile> {
    Ok(read(text)?.into_keys().collect())
}

pub(super) fn resolve(text: &str, name: &str) -> Result<Profile, BadProfile> {
    let mut all = read(text)?;
    let Some(raw) = all.remove(name) else {
        let known: Vec<String> = all.into_keys().collect();
        return Err(BadProfile::Unknown { name: name.to_owned(), known: known.join(", ") });
    };
    let regions = raw.regions.clone().unwrap_or_else(|| vec!["everywhere".to_owned()]);
    let check = Check { profile: name, regions: &regions };
    check.range("regions", regions.len() as f64, "between 1 and 65535", (1..=65_535).contains(&regions.len()))?;
    let laws = check.laws(&raw)?;
    let bandwidths = check.bandwidths(&raw)?;
    let shares = check.shares(raw.region_share)?;
    check_loss(name, raw.loss)?;
    let profile = Profile {
        name: name.to_owned(),
        source: raw.source,
        shares,
        chosen: 0,
        laws,
        bandwidths,
        loss: raw.loss,
        queue: QUEUE_SPAN,
        regions,
    };
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

pub(super) fn check_loss(profile: &str, loss: f64) -> Result<(), BadProfile> {
    let check = Check { profile, regions: &[] };
    check.range("loss", loss, "a probability between 0 and 1", (0.0..=1.0).contains(&loss))
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

    /// The latencies in milliseconds, row by row, from the matrix or the single value.
    fn latencies(&self, raw: &Raw) -> Result<Vec<f64>, BadProfile> {
        let both = "keep the matrix, or the single value if there is one region";
        match (&raw.latency_mean_ms, raw.latency_ms) {
            (Some(_), Some(_)) => Err(self.conflict("latency_mean_ms", "latency_ms", both)),
            (None, None) => {
                Err(self.missing("latency_mean_ms", "give a matrix, or `latency_ms` if there is one region"))
            }
            (Some(matrix), None) => {
                self.length("latency_mean_ms".to_owned(), matrix.len())?;
                for (row, name) in matrix.iter().zip(self.regions) {
                    self.length(format!("latency_mean_ms, row {name}"), row.len())?;
                }
                if !raw.asymmetric {
                    self.symmetric(matrix)?;
                }
                Ok(matrix.concat())
            }
            (None, Some(latency)) => {
                self.length("latency_ms".to_owned(), 1)?;
                Ok(vec![latency])
            }
        }
    }

    fn symmetric(&self, matrix: &[Vec<f64>]) -> Result<(), BadProfile> {
        for (from, row) in matrix.iter().enumerate() {
            for (to, &there) in row.iter().enumerate().take(from) {
                let back = matrix[to][from];
                if there != back {
                    let (from, to) = (self.regions[from].clone(), self.regions[to].clone());
                    return Err(BadProfile::Asymmetric { profile: self.profile.to_owned(), from, to, there, back });
                }
            }
        }
        Ok(())
    }

    fn laws(&self, raw: &Raw) -> Result<Vec<Law>, BadProfile> {
        let (single, matrix) = (raw.latency_ms.is_some(), raw.latency_mean_ms.is_some());
        let key = if single && !matrix { "latency_ms" } else { "latency_mean_ms" };
        let latencies = self.latencies(raw)?;
        self.spread_keys(raw)?;
        let sigma = raw.sigma.unwrap_or(0.0);
        let mut laws = Vec::with_capacity(latencies.len());
        for (place, &ms) in latencies.iter().enumerate() {
            let count = self.regions.len();
            let key = format!("{key}, {} to {}", self.regions[place / count], self.regions[place % count]);
            self.range(&key, ms, "a number of milliseconds from 0 up", ms.is_finite() && ms >= 0.0)?;
            laws.push(match raw.latency_sampling {
                Sampling::Constant => Law::Constant { latency_ns: ms * 1e6 },
                // The matrix gives means, whatever the distribution; the single value is the median.
                Sampling::Lognormal if matrix => {
                    Law::Lognormal { median_ns: ms * 1e6 * libm::exp(-sigma * sigma / 2.0), sigma }
                }
                Sampling::Lognormal => Law::Lognormal { median_ns: ms * 1e6, sigma },
                Sampling::SimblockPareto => {
                    self.range(&key, ms, "above 5 ms, below which simblock-pareto has no meaning", ms > 5.0)?;
                    let whole_ms = raw.whole_ms.unwrap_or(false);
                    Law::Pareto { least_ns: (ms - 5.0) * 1e6, inverse_shape: 1.0 / (0.2 * ms), whole_ms }
                }
            });
        }
        Ok(laws)
    }

    /// A key that the sampling does not use is a mistake, not a decoration.
    fn spread_keys(&self, raw: &Raw) -> Result<(), BadProfile> {
        let lognormal = raw.latency_sampling == Sampling::Lognormal;
        match raw.sigma {
            None if lognormal => {
                Err(self.missing("sigma", "lognormal needs the standard deviation of the natural logarithm"))
            }
            Some(_) if !lognormal => {
                Err(self.conflict("sigma", "latency_sampling", "only lognormal has a sigma; remove it"))
            }
            Some(sigma) => self.range("sigma", sigma, "a number from 0 to 5", (0.0..=5.0).contains(&sigma)),
            None => Ok(()),
        }?;
        if raw.whole_ms.is_some() && raw.latency_sampling != Sampling::SimblockPareto {
            return Err(self.conflict("whole_ms", "latency_sampling", "only simblock-pareto can round; remove it"));
        }
        Ok(())
    }

    fn bandwidths(&self, raw: &Raw) -> Result<Vec<Bandwidth>, BadProfile> {
        let hint = "keep the list, or the single value for every region";
        if raw.upload_bps.is_some() && raw.upload_mbps.is_some() {
            return Err(self.conflict("upload_bps", "upload_mbps", hint));
        }
        if raw.download_bps.is_some() && raw.download_mbps.is_some() {
            return Err(self.conflict("download_bps", "download_mbps", hint));
        }
        let upload = self.rates("upload", &raw.upload_bps, raw.upload_mbps)?;
        let download = self.rates("download", &raw.download_bps, raw.download_mbps)?;
        match (upload, download) {
            (None, None) => Ok(Vec::new()),
            (Some(_), None) => Err(self.missing("download_bps", "there is an upload bandwidth; give both or neither")),
            (None, Some(_)) => Err(self.missing("upload_bps", "there is a download bandwidth; give both or neither")),
            (Some(up), Some(down)) => {
                let pairs = up.into_iter().zip(down);
                Ok(pairs.map(|(upload_bps, download_bps)| Bandwidth { upload_bps, download_bps }).collect())
            }
        }
    }

    /// Bits per second for each region, from a list or from one value in millions.
    fn rates(&self, way: &str, list: &Option<Vec<u64>>, mbps: Option<f64>) -> Result<Option<Vec<u64>>, BadProfile> {
        let range = "a bandwidth between 1 bit/s and 1 Tbit/s";
        let sane = 1.0..=1e12;
        if let Some(mbps) = mbps {
            self.range(&format!("{way}_mbps"), mbps, range, sane.contains(&(mbps * 1e6)))?;
            return Ok(Some(vec![(mbps * 1e6 + 0.5) as u64; self.regions.len()]));
        }
        let Some(list) = list else { return Ok(None) };
        self.length(format!("{way}_bps"), list.len())?;
        for (&bps, region) in list.iter().zip(self.regions) {
            self.range(&format!("{way}_bps, {region}"), bps as f64, range, sane.contains(&(bps as f64)))?;
        }
        Ok(Some(list.clone()))
    }

    /// Named shares, normalised. Without any, one region has all nodes.
    fn shares(&self, written: Option<BTreeMap<String, Vec<f64>>>) -> Result<Vec<NamedShares>, BadProfile> {
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
            let sum: f64 = shares.iter().sum();
            if (sum - 1.0).abs() > SHARES_TOLERANCE {
                return Err(BadProfile::Shares { profile: self.profile.to_owned(), key, sum });
            }
            Ok(NamedShares { name, shares: shares.iter().map(|share| share / sum).collect() })
        };
        written.into_iter().map(resolve).collect()
    }
}
