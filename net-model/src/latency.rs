//! The distributions of one-way latency: one uniform draw becomes one span.
//!
//! Every sample is a quantile: the distribution's inverse applied to one uniform float in (0, 1). So a message needs one
//! draw whatever the distribution, and no sample depends on how many draws another one took. Logarithm and exponential are
//! our own (`elementary`), which give the same bits everywhere; `rand_distr` is avoided here, since it takes them from
//! `num-traits`, whose source changes with the features that other crates of a build turn on.

mod elementary;
mod normal;

use contract::Span;
use contract::draws::open_unit;
use serde::Serialize;

pub use normal::standard_normal_quantile;

/// One-way latency of a pair of regions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Law {
    /// Always the same.
    Constant {
        /// Nanoseconds.
        latency_ns: f64,
    },
    /// P(X > x) = (least / x)^shape. SimBlock's rule (Aoki et al. 2019, `Network.getLatency`) is x_min = mean − 5 ms and
    /// shape = 0.2 · mean in ms, whose mean is the given one; it needs a mean above 5 ms, and the variance is finite above 10 ms.
    Pareto {
        /// The least latency, nanoseconds.
        least_ns: f64,
        /// 1 / shape.
        inverse_shape: f64,
        /// Whether samples are rounded to whole milliseconds (half up), as SimBlock does.
        whole_ms: bool,
    },
    /// A least latency, plus one whose logarithm is normal. The *median* is given; the mean is least + median · exp(sigma² / 2).
    Lognormal {
        /// The least latency, nanoseconds; 0 for the plain distribution.
        least_ns: f64,
        /// The median of what is above it, nanoseconds.
        median_ns: f64,
        /// Standard deviation of the natural logarithm.
        sigma: f64,
    },
    /// A least latency, plus an exponential one.
    Exponential {
        /// The least latency, nanoseconds.
        least_ns: f64,
        /// Mean of the exponential part, nanoseconds.
        mean_ns: f64,
    },
}

impl Law {
    /// The latency for 64 uniform bits: at least 1 ns, rounded to the nearest one.
    #[inline(always)]
    pub fn sample(&self, bits: u64) -> Span {
        let nanos = match *self {
            Law::Constant { latency_ns } => latency_ns,
            // The law of most networks is part of the caller, and costs no call.
            Law::Pareto { least_ns, inverse_shape, whole_ms } => {
                pareto_ns(open_unit(bits), least_ns, inverse_shape, whole_ms)
            }
            _ => self.quantile_ns(open_unit(bits)),
        };
        // A cast of a float saturates; the tail of a Pareto of small shape can reach hours. To a signed integer it takes half as
        // many instructions, and three hundred years are enough.
        Span::from_nanos(((nanos + 0.5) as i64).max(1) as u64)
    }

    /// The latency in nanoseconds below which a share `unit` (in the open interval (0, 1)) of the messages lies. Of a Pareto law
    /// the uniform counts from the slow end: the formula of SimBlock, x_min / u^(1/shape), falls as u grows.
    fn quantile_ns(&self, unit: f64) -> f64 {
        match *self {
            Law::Constant { latency_ns } => latency_ns,
            Law::Pareto { least_ns, inverse_shape, whole_ms } => pareto_ns(unit, least_ns, inverse_shape, whole_ms),
            Law::Lognormal { least_ns, median_ns, sigma } => {
                least_ns + median_ns * elementary::exp(sigma * standard_normal_quantile(unit))
            }
            Law::Exponential { least_ns, mean_ns } => least_ns - mean_ns * elementary::ln(unit),
        }
    }

    /// The latency in nanoseconds below which a share of the messages lies; `share` is in the open interval (0, 1).
    pub fn percentile_ns(&self, share: f64) -> f64 {
        match *self {
            // The uniform of these laws counts from the slow end.
            Law::Pareto { .. } | Law::Exponential { .. } => self.quantile_ns(1.0 - share),
            Law::Constant { .. } | Law::Lognormal { .. } => self.quantile_ns(share),
        }
    }

    /// The mean, nanoseconds, before rounding.
    pub fn mean_ns(&self) -> f64 {
        match *self {
            Law::Constant { latency_ns } => latency_ns,
            Law::Pareto { least_ns, inverse_shape, .. } => least_ns / (1.0 - inverse_shape),
            Law::Lognormal { least_ns, median_ns, sigma } => least_ns + median_ns * libm::exp(sigma * sigma / 2.0),
            Law::Exponential { least_ns, mean_ns } => least_ns + mean_ns,
        }
    }

    /// The mean absolute deviation from the mean, nanoseconds: what RFC 9002's `rttvar` estimates. Unlike the standard
    /// deviation it is finite for every law here.
    pub fn mean_deviation_ns(&self) -> f64 {
        match *self {
            Law::Constant { .. } => 0.0,
            // 2 ∫ P(X > x) dx from the mean upwards.
            Law::Pareto { least_ns, inverse_shape, .. } => {
                let shape = 1.0 / inverse_shape;
                2.0 * least_ns / (shape - 1.0) * libm::pow((shape - 1.0) / shape, shape - 1.0)
            }
            Law::Lognormal { least_ns, sigma, .. } => {
                2.0 * (self.mean_ns() - least_ns) * libm::erf(sigma / libm::sqrt(8.0))
            }
            Law::Exponential { mean_ns, .. } => 2.0 * mean_ns * libm::exp(-1.0),
        }
    }
}

/// The quantile of [`Law::Pareto`].
#[inline(always)]
fn pareto_ns(unit: f64, least_ns: f64, inverse_shape: f64, whole_ms: bool) -> f64 {
    let nanos = least_ns * elementary::pow(unit, -inverse_shape);
    // A cast cuts, and saturates like that of the sample.
    if whole_ms { (nanos / 1e6 + 0.5) as i64 as f64 * 1e6 } else { nanos }
}

#[cfg(test)]
mod tests;
