//! How many links a node opens: distributions by their cumulative shares, with provenance.

use std::collections::BTreeMap;

use contract::draws::open_unit;
use serde::{Deserialize, Serialize};

use crate::error::BadTopology;

const MEASURED: &str = include_str!("../../degrees.toml");

/// A distribution of the number of links that a node opens, by its cumulative shares.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutboundDegrees {
    /// Its name; `written` if a scenario gives the shares itself.
    name: String,
    /// The share of nodes that open at most 1, 2, … links; ascending, the last is 1.
    cdf: Vec<f64>,
}

/// One table of `degrees.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    /// Where it comes from; for readers of the file.
    #[serde(rename = "source")]
    _source: String,
    cdf: Vec<f64>,
}

impl OutboundDegrees {
    /// The measured distribution of this name: `bitcoin` or `litecoin`.
    ///
    /// # Errors
    /// [`BadTopology::UnknownDegrees`] lists the names.
    pub fn named(name: &str) -> Result<OutboundDegrees, BadTopology> {
        match measured().remove(name) {
            Some(raw) => OutboundDegrees::checked(name.to_owned(), raw.cdf),
            None => {
                let known = OutboundDegrees::names().join(", ");
                Err(BadTopology::UnknownDegrees { name: name.to_owned(), known })
            }
        }
    }

    /// The names of the measured distributions.
    pub fn names() -> Vec<String> {
        measured().into_keys().collect()
    }

    /// A distribution by the shares of nodes that open at most 1, 2, … links.
    ///
    /// # Errors
    /// [`BadTopology::Cumulative`] unless the shares lie between 0 and 1, never fall, and end at 1.
    pub fn new(cdf: Vec<f64>) -> Result<OutboundDegrees, BadTopology> {
        OutboundDegrees::checked("written".to_owned(), cdf)
    }

    fn checked(name: String, cdf: Vec<f64>) -> Result<OutboundDegrees, BadTopology> {
        let mut before = 0.0;
        for (index, &share) in cdf.iter().enumerate() {
            if !(before..=1.0).contains(&share) {
                return Err(BadTopology::Cumulative { index, share });
            }
            before = share;
        }
        if before != 1.0 {
            return Err(BadTopology::Cumulative { index: cdf.len(), share: before });
        }
        Ok(OutboundDegrees { name, cdf })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of links for 64 uniform bits: the least one whose cumulative share is above the uniform.
    pub fn sample(&self, bits: u64) -> u32 {
        let unit = open_unit(bits);
        self.cdf.iter().position(|&share| unit < share).map_or(self.cdf.len() as u32, |index| index as u32 + 1)
    }

    /// The mean number of links that a node opens.
    pub fn mean(&self) -> f64 {
        1.0 + self.cdf.iter().map(|share| 1.0 - share).sum::<f64>()
    }
}

/// The file is compiled in, and a test reads every distribution of it.
fn measured() -> BTreeMap<String, Raw> {
    toml::from_str(MEASURED).unwrap_or_default()
}
