//! The latencies of a profile.

use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::Check;
use crate::error::BadProfile;
use crate::latency::Law;

/// The keys about latency, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLatency {
    #[serde(default)]
    asymmetric: bool,
    latency_mean_ms: Option<Vec<Vec<f64>>>,
    latency_least_ms: Option<Vec<Vec<f64>>>,
    latency_median_ms: Option<Vec<Vec<f64>>>,
    latency_ms: Option<f64>,
    latency_sampling: Sampling,
    sigma: Option<Sigma>,
    shape: Option<f64>,
    whole_ms: Option<bool>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Sampling {
    Constant,
    Lognormal,
    Pareto,
    SimblockPareto,
    ShiftedLognormal,
}

/// One standard deviation of the logarithm for all pairs, or one for each.
enum Sigma {
    One(f64),
    Matrix(Vec<Vec<f64>>),
}

impl<'de> Deserialize<'de> for Sigma {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Sigma, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Sigma;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number such as 0.2, or a matrix of them")
            }

            fn visit_f64<E: Error>(self, sigma: f64) -> Result<Sigma, E> {
                Ok(Sigma::One(sigma))
            }

            fn visit_i64<E: Error>(self, sigma: i64) -> Result<Sigma, E> {
                Ok(Sigma::One(sigma as f64))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, rows: A) -> Result<Sigma, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(rows)).map(Sigma::Matrix)
            }
        }
        deserializer.deserialize_any(Read)
    }
}

impl RawLatency {
    /// The law of every pair of regions, row by row.
    pub(super) fn laws(&self, check: &Check<'_>) -> Result<Vec<Law>, BadProfile> {
        self.foreign_keys(check)?;
        if self.latency_sampling == Sampling::ShiftedLognormal {
            return self.shifted(check);
        }
        let single = self.latency_ms.is_some() && self.latency_mean_ms.is_none();
        let key = if single { "latency_ms" } else { "latency_mean_ms" };
        let latencies = self.latencies(check)?;
        let sigma = self.sigma(check)?;
        let shape = self.shape(check)?;
        let mut laws = Vec::with_capacity(latencies.len());
        for (place, &ms) in latencies.iter().enumerate() {
            let key = pair_key(check, key, place);
            positive(check, &key, ms)?;
            laws.push(match self.latency_sampling {
                Sampling::Constant | Sampling::ShiftedLognormal => Law::Constant { latency_ns: ms * 1e6 },
                // The matrix gives means, whatever the distribution; the single value is the median.
                Sampling::Lognormal if !single => {
                    let median_ns = ms * 1e6 * libm::exp(-sigma[place] * sigma[place] / 2.0);
                    Law::Lognormal { least_ns: 0.0, median_ns, sigma: sigma[place] }
                }
                Sampling::Lognormal => Law::Lognormal { least_ns: 0.0, median_ns: ms * 1e6, sigma: sigma[place] },
                Sampling::Pareto => Law::Pareto {
                    least_ns: ms * 1e6 * (shape - 1.0) / shape,
                    inverse_shape: 1.0 / shape,
                    whole_ms: false,
                },
                Sampling::SimblockPareto => {
                    check.range(&key, ms, "above 5 ms, below which simblock-pareto has no meaning", ms > 5.0)?;
                    let whole_ms = self.whole_ms.unwrap_or(false);
                    Law::Pareto { least_ns: (ms - 5.0) * 1e6, inverse_shape: 1.0 / (0.2 * ms), whole_ms }
                }
            });
        }
        Ok(laws)
    }

    /// A least latency and a lognormal one on top of it, from two matrices and sigma.
    fn shifted(&self, check: &Check<'_>) -> Result<Vec<Law>, BadProfile> {
        let least = self.matrix(check, "latency_least_ms", &self.latency_least_ms)?;
        let median = self.matrix(check, "latency_median_ms", &self.latency_median_ms)?;
        let sigma = self.sigma(check)?;
        let law = |place: usize| {
            positive(check, &pair_key(check, "latency_least_ms", place), least[place])?;
            positive(check, &pair_key(check, "latency_median_ms", place), median[place])?;
            Ok(Law::Lognormal { least_ns: least[place] * 1e6, median_ns: median[place] * 1e6, sigma: sigma[place] })
        };
        (0..least.len()).map(law).collect()
    }

    /// The latencies in milliseconds, row by row, from the matrix or the single value.
    fn latencies(&self, check: &Check<'_>) -> Result<Vec<f64>, BadProfile> {
        let both = "keep the matrix, or the single value if there is one region";
        match (&self.latency_mean_ms, self.latency_ms) {
            (Some(_), Some(_)) => Err(check.conflict("latency_mean_ms", "latency_ms", both)),
            (None, None) => {
                Err(check.missing("latency_mean_ms", "give a matrix, or `latency_ms` if there is one region"))
            }
            (Some(_), None) => self.matrix(check, "latency_mean_ms", &self.latency_mean_ms),
            (None, Some(latency)) => {
                check.length("latency_ms".to_owned(), 1)?;
                Ok(vec![latency])
            }
        }
    }

    /// A square matrix, row by row; symmetric unless the profile says that it need not be.
    fn matrix(
        &self,
        check: &Check<'_>,
        key: &'static str,
        matrix: &Option<Vec<Vec<f64>>>,
    ) -> Result<Vec<f64>, BadProfile> {
        let Some(matrix) = matrix else {
            return Err(check.missing(key, "the sampling needs this matrix: a row for each region"));
        };
        check.length(key.to_owned(), matrix.len())?;
        for (row, name) in matrix.iter().zip(check.regions) {
            check.length(format!("{key}, row {name}"), row.len())?;
        }
        if !self.asymmetric {
            symmetric(check, key, matrix)?;
        }
        Ok(matrix.concat())
    }

    /// The standard deviation of the logarithm of every pair; zeros where it is not used.
    fn sigma(&self, check: &Check<'_>) -> Result<Vec<f64>, BadProfile> {
        let pairs = check.regions.len() * check.regions.len();
        let (sigma, is_matrix) = match &self.sigma {
            None => (vec![0.0; pairs], false),
            Some(Sigma::One(sigma)) => (vec![*sigma; pairs], false),
            Some(Sigma::Matrix(matrix)) => (self.matrix(check, "sigma", &Some(matrix.clone()))?, true),
        };
        for (place, &sigma) in sigma.iter().enumerate() {
            let key = if is_matrix { pair_key(check, "sigma", place) } else { "sigma".to_owned() };
            check.range(&key, sigma, "a number from 0 to 5", (0.0..=5.0).contains(&sigma))?;
        }
        Ok(sigma)
    }

    fn shape(&self, check: &Check<'_>) -> Result<f64, BadProfile> {
        let shape = self.shape.unwrap_or(2.0);
        check.range("shape", shape, "a number above 1, up to 1000", shape > 1.0 && shape <= 1e3)?;
        Ok(shape)
    }

    /// A key that the sampling does not use is a mistake, not a decoration; and each has the keys that it needs.
    fn foreign_keys(&self, check: &Check<'_>) -> Result<(), BadProfile> {
        let shifted = self.latency_sampling == Sampling::ShiftedLognormal;
        let lognormal = shifted || self.latency_sampling == Sampling::Lognormal;
        if self.sigma.is_none() && lognormal {
            return Err(check.missing("sigma", "lognormal needs the standard deviation of the natural logarithm"));
        }
        if self.shape.is_none() && self.latency_sampling == Sampling::Pareto {
            return Err(check.missing("shape", "pareto needs its shape, such as 5"));
        }
        let own = [
            ("sigma", self.sigma.is_some() && !lognormal, "only lognormal has a sigma; remove it"),
            ("whole_ms", self.rounds(), "only simblock-pareto can round; remove it"),
            (
                "shape",
                self.shape.is_some() && self.latency_sampling != Sampling::Pareto,
                "only pareto has a shape; remove it",
            ),
            (
                "latency_least_ms",
                self.latency_least_ms.is_some() && !shifted,
                "only shifted-lognormal has it; remove it",
            ),
            (
                "latency_median_ms",
                self.latency_median_ms.is_some() && !shifted,
                "only shifted-lognormal has it; remove it",
            ),
            ("latency_mean_ms", self.latency_mean_ms.is_some() && shifted, "shifted-lognormal has medians instead"),
            ("latency_ms", self.latency_ms.is_some() && shifted, "shifted-lognormal has medians instead"),
        ];
        match own.into_iter().find(|(_, foreign, _)| *foreign) {
            Some((key, _, hint)) => Err(check.conflict(key, "latency_sampling", hint)),
            None => Ok(()),
        }
    }

    fn rounds(&self) -> bool {
        self.whole_ms.is_some() && self.latency_sampling != Sampling::SimblockPareto
    }
}

/// The key and the pair of regions at a place of a matrix.
fn pair_key(check: &Check<'_>, key: &str, place: usize) -> String {
    let count = check.regions.len();
    format!("{key}, {} to {}", check.regions[place / count], check.regions[place % count])
}

fn positive(check: &Check<'_>, key: &str, ms: f64) -> Result<(), BadProfile> {
    check.range(key, ms, "a number of milliseconds from 0 up", ms.is_finite() && ms >= 0.0)
}

fn symmetric(check: &Check<'_>, key: &'static str, matrix: &[Vec<f64>]) -> Result<(), BadProfile> {
    for (from, row) in matrix.iter().enumerate() {
        for (to, &there) in row.iter().enumerate().take(from) {
            let back = matrix[to][from];
            // What is no number is refused where it stands.
            if there != back && !there.is_nan() && !back.is_nan() {
                let (from, to) = (check.regions[from].clone(), check.regions[to].clone());
                return Err(BadProfile::Asymmetric { profile: check.profile.to_owned(), key, from, to, there, back });
            }
        }
    }
    Ok(())
}
