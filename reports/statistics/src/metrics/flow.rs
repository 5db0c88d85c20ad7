//! How much passes in a time, and how full what it passes through is. Times are nanoseconds of virtual time.

/// Completed things per second; `None` of no time.
pub fn throughput(completed: u64, time_ns: u64) -> Option<f64> {
    (time_ns > 0).then(|| completed as f64 / (time_ns as f64 / 1e9))
}

/// The share of a line's capacity that was used: 8 · bytes / (capacity · time). Above 1 only if more was put into queues
/// than left them. `None` without capacity or time.
pub fn utilisation(bytes: u64, bits_per_second: f64, time_ns: u64) -> Option<f64> {
    let capacity = bits_per_second * (time_ns as f64 / 1e9);
    (capacity > 0.0).then(|| bytes as f64 * 8.0 / capacity)
}

/// A level that changes at points in time, such as the length of a queue: its mean over time and its maximum. The mean is
/// the integral of the level over the observed time (the L of Little, "A Proof for the Queuing Formula L = λW", 1961).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeWeighted {
    from_ns: Option<u64>,
    last_ns: u64,
    level: u64,
    most: u64,
    area: u128,
}

impl TimeWeighted {
    /// The level is this from now on.
    ///
    /// # Panics
    /// If time runs backwards.
    pub fn set(&mut self, at_ns: u64, level: u64) {
        self.advance(at_ns);
        self.level = level;
        self.most = self.most.max(level);
    }

    /// The mean level between the first change and `until_ns`; `None` if no time has passed.
    ///
    /// # Panics
    /// If that is before the last change.
    pub fn mean(&self, until_ns: u64) -> Option<f64> {
        let mut ended = *self;
        ended.advance(until_ns);
        let time = until_ns - self.from_ns?;
        (time > 0).then(|| ended.area as f64 / time as f64)
    }

    /// The highest level.
    pub const fn max(&self) -> u64 {
        self.most
    }

    fn advance(&mut self, at_ns: u64) {
        assert!(at_ns >= self.last_ns, "time runs from {} to {at_ns}", self.last_ns);
        if self.from_ns.is_none() {
            self.from_ns = Some(at_ns);
        } else {
            self.area += u128::from(self.level) * u128::from(at_ns - self.last_ns);
        }
        self.last_ns = at_ns;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hand_computed_rates() {
        assert_eq!(throughput(30, 2_000_000_000), Some(15.0));
        assert_eq!(throughput(30, 0), None);
        // 1 MB in a second over 16 Mbit/s.
        assert_eq!(utilisation(1_000_000, 16e6, 1_000_000_000), Some(0.5));
        assert_eq!(utilisation(1, 0.0, 1), None);
    }

    #[test]
    fn a_queue_is_weighed_by_how_long_it_was_that_long() {
        let mut queue = TimeWeighted::default();
        queue.set(10, 2);
        queue.set(14, 6);
        queue.set(16, 0);
        // 2 for 4, 6 for 2, 0 for 4: 20 over 10.
        assert_eq!(queue.mean(20), Some(2.0));
        assert_eq!(queue.max(), 6);
        assert_eq!(TimeWeighted::default().mean(5), None);
    }
}
