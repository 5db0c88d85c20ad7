//! How long things took, in one run: of payments until they are accepted, of a conflict until a node knows.

use crate::descriptive::{mean, quantile};

/// Lengths of time in nanoseconds, and how many never ended. What did not end within the run counts as longer than all
/// that did: leaving it out would make a system look faster the more it loses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times {
    ended_ns: Vec<u64>,
    open: u64,
}

impl Times {
    /// Something ended after this long.
    pub fn push(&mut self, ns: u64) {
        self.ended_ns.push(ns);
    }

    /// Something did not end.
    pub fn push_open(&mut self) {
        self.open += 1;
    }

    /// How many ended and how many did not.
    pub fn counts(&self) -> (u64, u64) {
        (self.ended_ns.len() as u64, self.open)
    }

    /// The quantile in seconds, over all that began (type 7 of Hyndman and Fan, 1996). `None` if nothing began, or if the
    /// quantile falls among those that did not end: it is longer than the run, and nothing else is known.
    pub fn quantile_s(&self, q: f64) -> Option<f64> {
        let mut all: Vec<f64> = self.ended_ns.iter().map(|ns| *ns as f64 / 1e9).collect();
        all.sort_by(f64::total_cmp);
        all.extend((0..self.open).map(|_| f64::INFINITY));
        let value = (!all.is_empty()).then(|| quantile(&all, q))?;
        value.is_finite().then_some(value)
    }

    /// The mean in seconds of those that ended; `None` if none did.
    pub fn mean_s(&self) -> Option<f64> {
        mean(&self.ended_ns.iter().map(|ns| *ns as f64 / 1e9).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_end_is_longer_than_what_does() {
        let mut times = Times::default();
        [4, 1, 3, 2].iter().for_each(|seconds| times.push(seconds * 1_000_000_000));
        assert_eq!((times.quantile_s(0.5), times.mean_s()), (Some(2.5), Some(2.5)));
        times.push_open();
        assert_eq!((times.quantile_s(0.5), times.quantile_s(0.9)), (Some(3.0), None));
        assert_eq!(times.counts(), (4, 1));
        assert_eq!(Times::default().quantile_s(0.5), None);
    }
}
