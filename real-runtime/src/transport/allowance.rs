//! How much of something somebody may still do: so much at once, and so much a second in the long run.

use tokio::time::Instant;

/// What is left, and since when it has grown.
#[derive(Debug)]
pub(crate) struct Allowance {
    left: f64,
    at: Instant,
    max: f64,
    per_second: f64,
}

impl Allowance {
    /// All of `max`, which grows back by `per_second`.
    pub(crate) fn new(max: u32, per_second: f64) -> Allowance {
        let max = f64::from(max);
        Allowance { left: max, at: Instant::now(), max, per_second }
    }

    /// Uses one up; false if there is none.
    pub(crate) fn take(&mut self) -> bool {
        let enough = self.left() >= 1.0;
        if enough {
            self.left -= 1.0;
        }
        enough
    }

    /// Takes so many away, whether they are there or not; what is owed grows back first, and is at most all that may be had.
    pub(crate) fn owe(&mut self, count: f64) {
        self.left = (self.left() - count).max(-self.max);
    }

    /// How many are left; fewer than none while some are owed.
    pub(crate) fn left(&mut self) -> f64 {
        let now = Instant::now();
        let grown = (now - self.at).as_secs_f64() * self.per_second;
        (self.left, self.at) = ((self.left + grown).min(self.max), now);
        self.left
    }

    /// Whether nothing of it is in use.
    pub(crate) fn is_full(&mut self) -> bool {
        self.left() >= self.max
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    impl Allowance {
        /// As if so much time had passed.
        pub(crate) fn age(&mut self, by: Duration) {
            self.at -= by;
        }
    }

    #[test]
    fn an_allowance_is_used_up_and_grows_with_time_to_what_it_was() {
        let mut allowance = Allowance::new(600, 20.0);
        assert!((0..600).all(|_| allowance.take()));
        allowance.left = 0.0;
        assert!(!allowance.take() && !allowance.is_full());
        allowance.at -= Duration::from_secs(1);
        assert!((0..20).all(|_| allowance.take()));
        allowance.at -= Duration::from_secs(1_000);
        assert!(allowance.is_full());
        assert!((0..600).all(|_| allowance.take()));
    }
}
