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
}

impl Show {
    /// How it is shown if somebody asks for it by name.
    pub const fn visible(self) -> Show {
        match self {
            Show::Hidden => Show::Mean,
            shown => shown,
        }
    }

    /// The unit of the metric's values in files.
    pub const fn unit(self) -> &'static str {
        match self {
            Show::Rate | Show::Share | Show::Mean | Show::Hidden => "1",
            Show::Latency => "s",
        }
    }
}

/// The metrics of one run, by name. A metric that is absent has no value in this run, which is not the same as zero.
pub type Values = BTreeMap<&'static str, f64>;

/// A statistic over the runs that have a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Statistic {
    /// The arithmetic mean.
    Mean,
    /// The middle value; the mean of the two middle ones for an even number.
    Median,
    /// The smallest.
    Min,
    /// The largest.
    Max,
}

impl Statistic {
    /// Their names.
    pub const NAMES: [&str; 4] = ["mean", "median", "min", "max"];

    /// The statistic with this name.
    pub fn named(name: &str) -> Option<Statistic> {
        let all = [Statistic::Mean, Statistic::Median, Statistic::Min, Statistic::Max];
        Self::NAMES.iter().position(|known| *known == name).map(|i| all[i])
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Its value; `None` without values.
    pub fn of(self, values: &[f64]) -> Option<f64> {
        if values.is_empty() {
            return None;
        }
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        Some(match self {
            Statistic::Mean => sorted.iter().sum::<f64>() / sorted.len() as f64,
            Statistic::Median => quantile(&sorted, 0.5),
            Statistic::Min => sorted[0],
            Statistic::Max => sorted[sorted.len() - 1],
        })
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
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.9), 4.6);
    }
}
