//! The access lines of a profile: bandwidth and loss, by region or by type of connection.

use std::collections::BTreeMap;

use contract::Span;
use serde::Deserialize;

use super::super::{Bandwidth, Connection, Line, Lines};
use super::Check;
use crate::error::BadProfile;

const BANDWIDTH: &str = "a bandwidth between 1 bit/s and 1 Tbit/s";

/// The keys about access lines, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLines {
    upload_bps: Option<Vec<u64>>,
    download_bps: Option<Vec<u64>>,
    upload_mbps: Option<f64>,
    download_mbps: Option<f64>,
    loss: Option<f64>,
    connection: Option<BTreeMap<String, RawConnection>>,
}

/// A type of connection, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConnection {
    upload_mbps: f64,
    download_mbps: f64,
    #[serde(default)]
    added_latency_ms: f64,
    #[serde(default)]
    loss: f64,
    share: f64,
}

impl RawLines {
    pub(super) fn resolve(self, check: &Check<'_>) -> Result<Lines, BadProfile> {
        let loss = self.loss.unwrap_or(0.0);
        check.probability("loss", loss)?;
        let bandwidths = self.bandwidths(check)?;
        let Some(connections) = self.connection else {
            return Ok(Lines { bandwidths, loss, connections: Vec::new() });
        };
        let hint = "connections have their own; keep one of the two";
        if !bandwidths.is_empty() {
            return Err(check.conflict("connection", "upload_bps", hint));
        }
        if self.loss.is_some() {
            return Err(check.conflict("connection", "loss", hint));
        }
        check.range(
            "connection",
            connections.len() as f64,
            "1 to 1000 types",
            (1..=1_000).contains(&connections.len()),
        )?;
        let shares = connections.values().map(|connection| connection.share).collect();
        let shares = check.sum_to_one("connection shares".to_owned(), shares)?;
        let resolve = |((name, raw), share)| connection(check, name, &raw, share);
        let connections = connections.into_iter().zip(shares).map(resolve).collect::<Result<_, _>>()?;
        Ok(Lines { bandwidths, loss, connections })
    }

    fn bandwidths(&self, check: &Check<'_>) -> Result<Vec<Bandwidth>, BadProfile> {
        let hint = "keep the list, or the single value for every region";
        if self.upload_bps.is_some() && self.upload_mbps.is_some() {
            return Err(check.conflict("upload_bps", "upload_mbps", hint));
        }
        if self.download_bps.is_some() && self.download_mbps.is_some() {
            return Err(check.conflict("download_bps", "download_mbps", hint));
        }
        let upload = rates(check, "upload", &self.upload_bps, self.upload_mbps)?;
        let download = rates(check, "download", &self.download_bps, self.download_mbps)?;
        match (upload, download) {
            (None, None) => Ok(Vec::new()),
            (Some(_), None) => Err(check.missing("download_bps", "there is an upload bandwidth; give both or neither")),
            (None, Some(_)) => Err(check.missing("upload_bps", "there is a download bandwidth; give both or neither")),
            (Some(up), Some(down)) => {
                let pairs = up.into_iter().zip(down);
                Ok(pairs.map(|(upload_bps, download_bps)| Bandwidth { upload_bps, download_bps }).collect())
            }
        }
    }
}

fn connection(check: &Check<'_>, name: String, raw: &RawConnection, share: f64) -> Result<Connection, BadProfile> {
    let key = |key: &str| format!("connection.{name}.{key}");
    check.range(&key("share"), raw.share, "a share from 0 to 1", (0.0..=1.0).contains(&raw.share))?;
    check.probability(&key("loss"), raw.loss)?;
    let added_ms = raw.added_latency_ms;
    check.range(&key("added_latency_ms"), added_ms, "from 0 to 100000 ms", (0.0..=1e5).contains(&added_ms))?;
    let bandwidth = Bandwidth {
        upload_bps: from_mbps(check, &key("upload_mbps"), raw.upload_mbps)?,
        download_bps: from_mbps(check, &key("download_mbps"), raw.download_mbps)?,
    };
    let added = Span::from_nanos((added_ms * 1e6 + 0.5) as u64);
    Ok(Connection { name, share, line: Line { bandwidth, added, loss: raw.loss } })
}

fn from_mbps(check: &Check<'_>, key: &str, mbps: f64) -> Result<u64, BadProfile> {
    check.range(key, mbps, BANDWIDTH, (1.0..=1e12).contains(&(mbps * 1e6)))?;
    Ok((mbps * 1e6 + 0.5) as u64)
}

/// Bits per second for each region, from a list or from one value in millions.
fn rates(
    check: &Check<'_>,
    way: &str,
    list: &Option<Vec<u64>>,
    mbps: Option<f64>,
) -> Result<Option<Vec<u64>>, BadProfile> {
    if let Some(mbps) = mbps {
        return Ok(Some(vec![from_mbps(check, &format!("{way}_mbps"), mbps)?; check.regions.len()]));
    }
    let Some(list) = list else { return Ok(None) };
    check.length(format!("{way}_bps"), list.len())?;
    for (&bps, region) in list.iter().zip(check.regions) {
        check.range(&format!("{way}_bps, {region}"), bps as f64, BANDWIDTH, (1.0..=1e12).contains(&(bps as f64)))?;
    }
    Ok(Some(list.clone()))
}
