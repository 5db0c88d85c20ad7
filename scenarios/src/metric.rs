//! Metrics: one number a run, or none where the run gave none.

use std::collections::BTreeMap;

use serde::Serialize;
pub use statistics::quantile;

/// A metric that a protocol's runs give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name in tables and expectations.
    pub name: &'static str,
    /// How a table shows it.
    pub show: Show,
    /// What it is and how it is computed.
    pub meaning: &'static str,
}

/// How a table shows a metric over the runs of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// 0 or 1 in each run: in how many of the runs it was 1.
    Rate,
    /// A share between 0 and 1: its mean, in per cent.
    Share,
    /// Seconds: median and 90th percentile, in milliseconds.
    Latency,
    /// A number: its mean.
    Mean,
    /// Not in the table, but in the files.
    Hidden,
    /// Money, in whole units of the currency. Not in the table, but in the files.
    Money,
}

impl Show {
    /// Whether a table has it without being asked.
    pub const fn is_in_tables(self) -> bool {
        !matches!(self, Show::Hidden | Show::Money)
    }

    /// How it is shown if somebody asks for it by name.
    pub const fn visible(self) -> Show {
        match self {
            Show::Hidden | Show::Money => Show::Mean,
            shown => shown,
        }
    }
}

impl Metric {
    /// The unit of its values in files. A name says it by its end, as Prometheus has it: `_bytes_per_s`, `_per_s`, `_s`.
    pub fn unit(&self) -> &'static str {
        match self.name {
            name if name.ends_with("bytes_per_s") => "B/s",
            name if name.ends_with("_per_s") => "1/s",
            name if name.ends_with("_s") || self.show == Show::Latency => "s",
            _ if self.show == Show::Money => "OMC",
            _ => "1",
        }
    }
}

/// The metrics of one run, by name. A metric that is absent has no value in this run, which is not the same as zero.
pub type Values = BTreeMap<&'static str, f64>;

/// A statistic over the runs that have a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// The arithmetic mean.
    Mean,
    /// The middle value; the mean of the two middle ones for an even number.
    Median,
    /// How often a metric that is 0 or 1 is 1.
    Rate,
    /// The quantile at this probability, written `p90`.
    Quantile(f64),
    /// The smallest.
    Min,
    /// The largest.
    Max,
}

impl Statistic {
    /// Their names; `p90` stands for all quantiles.
    pub const NAMES: [&str; 6] = ["mean", "median", "rate", "p90", "min", "max"];

    /// The statistic with this name.
    pub fn named(name: &str) -> Option<Statistic> {
        Some(match name {
            "mean" => Statistic::Mean,
            "median" => Statistic::Median,
            "rate" => Statistic::Rate,
            "min" => Statistic::Min,
            "max" => Statistic::Max,
            _ => {
                let percent: f64 = name.strip_prefix('p')?.parse().ok()?;
                Statistic::Quantile(Some(percent / 100.0).filter(|q| *q > 0.0 && *q < 1.0)?)
            }
        })
    }

    /// Its name.
    pub fn name(self) -> String {
        match self {
            Statistic::Mean => "mean".to_owned(),
            Statistic::Median => "median".to_owned(),
            Statistic::Rate => "rate".to_owned(),
            Statistic::Quantile(q) => format!("p{}", (q * 1e8).round() / 1e6),
            Statistic::Min => "min".to_owned(),
            Statistic::Max => "max".to_owned(),
        }
    }

    /// Whether it is about the runs that were made, not about all that could be made.
    pub const fn is_exact(self) -> bool {
        matches!(self, Statistic::Min | Statistic::Max)
    }

    /// Its value; `None` without values.
    pub fn of(self, values: &[f64]) -> Option<f64> {
        if values.is_empty() {
            return None;
        }
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        Some(match self {
            Statistic::Mean | Statistic::Rate => sorted.iter().sum::<f64>() / sorted.len() as f64,
            Statistic::Median => quantile(&sorted, 0.5),
            Statistic::Quantile(q) => quantile(&sorted, q),
            Statistic::Min => sorted[0],
            Statistic::Max => sorted[sorted.len() - 1],
        })
    }
}

impl Serialize for Statistic {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_of_hand_computed_values() {
        let values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!(Statistic::Mean.of(&values), Some(2.5));
        assert_eq!(Statistic::Median.of(&values), Some(2.5));
        assert_eq!(Statistic::Min.of(&values), Some(1.0));
        assert_eq!(Statistic::Max.of(&values), Some(4.0));
        assert_eq!(Statistic::Mean.of(&[]), None);
        assert_eq!(Statistic::named("p90").unwrap().of(&[1.0, 2.0, 3.0, 4.0, 5.0]), Some(4.6));
        assert_eq!(Statistic::named("p99.9").unwrap().name(), "p99.9");
        assert_eq!((Statistic::named("p100"), Statistic::named("p")), (None, None));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.9), 4.6);
    }
}
