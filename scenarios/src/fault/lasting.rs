//! Distributions of how long something lasts, given by their means.

use contract::Span;
use contract::draws::open_unit;
use net_model::latency::standard_normal_quantile;

/// A distribution of lengths of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lasting {
    /// Its family.
    pub law: Law,
    /// Its mean.
    pub mean: Span,
}

/// A family of distributions.
///
/// Sessions of peers in real networks have heavier tails than exponential ones: Weibull with shapes from 0.34 to 0.59, or
/// log-normal (Stutzbach and Rejaie, "Understanding Churn in Peer-to-Peer Networks", IMC 2006, section 4).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Law {
    /// Always the mean.
    Constant,
    /// Without memory.
    Exponential,
    /// P(X > x) = exp(−(x / scale)^shape).
    Weibull {
        /// The shape; below 1 the tail is heavier than exponential.
        shape: f64,
    },
    /// The logarithm is normal.
    Lognormal {
        /// Its standard deviation.
        sigma: f64,
    },
    /// P(X > x) = (least / x)^shape.
    Pareto {
        /// The shape, above 1.
        shape: f64,
    },
}

impl Lasting {
    /// The length for 64 uniform bits, to the nanosecond; at least one.
    pub fn sample(&self, bits: u64) -> Span {
        let (unit, mean) = (open_unit(bits), self.mean.as_nanos() as f64);
        let nanos = match self.law {
            Law::Constant => mean,
            Law::Exponential => -libm::log(unit) * mean,
            Law::Weibull { shape } => mean / libm::tgamma(1.0 + 1.0 / shape) * libm::pow(-libm::log(unit), 1.0 / shape),
            Law::Lognormal { sigma } => mean * libm::exp(sigma * standard_normal_quantile(unit) - sigma * sigma / 2.0),
            Law::Pareto { shape } => mean * (shape - 1.0) / shape * libm::pow(unit, -1.0 / shape),
        };
        // The cast saturates.
        Span::from_nanos((nanos + 0.5) as u64).max(Span::from_nanos(1))
    }
}
