//! What the statistical tests share. Their seeds are fixed, so they pass or fail for good; the stated probability is the
//! risk that a correct model failed when the test was first run.

use contract::draws::{Key, Seed};
use contract::{Kind, Time};

use crate::{Fate, Network, Parcel, Profile, Seeds};

/// The bound of the Kolmogorov–Smirnov statistic D·√n that a correct sample exceeds with probability 0.001:
/// √(−ln(0.001 / 2) / 2), the asymptotic form.
pub(crate) const KS_BOUND: f64 = 1.949;

/// How far a correct normal statistic strays with probability 10⁻⁶, in standard deviations.
pub(crate) const SIGMAS: f64 = 4.9;

pub(crate) fn seeds(number: u64) -> Seeds {
    let seed = Seed::from_number(number);
    Seeds { world: seed.child("world"), noise: seed.child("noise") }
}

pub(crate) fn key(purpose: &str) -> Key {
    Seed::from_number(7).key(purpose)
}

pub(crate) fn at(millis: u64) -> Time {
    Time::from_nanos(millis * 1_000_000)
}

/// A network without faults.
pub(crate) fn network(profile: &Profile, nodes: u32) -> Network {
    Network::new(profile, nodes, Vec::new(), seeds(1)).unwrap()
}

/// One latency and nothing else.
pub(crate) fn constant(millis: f64) -> Profile {
    let text = format!("[c]\nsource = \"test\"\nlatency_ms = {millis:?}\nlatency_sampling = \"constant\"");
    Profile::parse(&text, "c").unwrap()
}

/// A hundred bytes with tag 0.
pub(crate) fn parcel(kind: Kind, [from, to]: [u32; 2], occurrence: u64) -> Parcel {
    Parcel { from, to, size: 100, kind, tag: 0, occurrence }
}

pub(crate) fn arrival(fate: Fate) -> Time {
    match fate {
        Fate::Arrives(time) => time,
        other => panic!("{other:?} instead of an arrival"),
    }
}

/// The Kolmogorov–Smirnov statistic D·√n of a sample against a continuous distribution function.
pub(crate) fn ks(mut sample: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    sample.sort_by(f64::total_cmp);
    let count = sample.len() as f64;
    let gap = |(rank, &value): (usize, &f64)| {
        let share = cdf(value);
        (share - rank as f64 / count).max((rank as f64 + 1.0) / count - share)
    };
    let largest = sample.iter().enumerate().map(gap).fold(0.0, f64::max);
    largest * count.sqrt()
}

/// The standard normal distribution function.
pub(crate) fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / 2f64.sqrt())
}

/// Pearson's chi-squared statistic of counts against what was expected.
pub(crate) fn chi2(counts: &[u32], expected: &[f64]) -> f64 {
    let term =
        |(&count, expected): (&u32, &f64)| (f64::from(count) - expected) * (f64::from(count) - expected) / expected;
    counts.iter().zip(expected).map(term).sum()
}
