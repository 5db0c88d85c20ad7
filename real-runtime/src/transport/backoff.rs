//! How long to wait before the next attempt.

use std::time::Duration;

/// Pauses that double from `min` to `max`, each shortened at random by up to half so that peers that lost each other
/// at one instant do not return at one instant.
#[derive(Debug)]
pub(crate) struct Backoff {
    min: Duration,
    max: Duration,
    attempts: u32,
}

impl Backoff {
    pub(crate) fn new(min: Duration, max: Duration) -> Backoff {
        Backoff { min, max, attempts: 0 }
    }

    /// The pause before the next attempt; `entropy` is 64 random bits.
    pub(crate) fn pause(&mut self, entropy: u64) -> Duration {
        let doubled = self.min.saturating_mul(1u32.checked_shl(self.attempts).unwrap_or(u32::MAX));
        let longest = doubled.min(self.max);
        self.attempts = self.attempts.saturating_add(1);
        // Nanoseconds of half a pause fit 64 bits for 500 years.
        let half = (longest / 2).as_nanos() as u64;
        longest - Duration::from_nanos(entropy % (half + 1))
    }

    /// The next pause is the shortest again.
    pub(crate) fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_the_longest_and_keep_at_least_half() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(10));
        for attempt in 0..80 {
            let entropy = blake3::hash(&[attempt]).as_bytes()[0] as u64 * 0x0101_0101_0101;
            let longest = Duration::from_millis(100 << attempt.min(10)).min(Duration::from_secs(10));
            let pause = backoff.pause(entropy);
            assert!(pause <= longest && pause >= longest / 2, "attempt {attempt}: {pause:?}");
        }
        backoff.reset();
        assert_eq!(backoff.pause(0), Duration::from_millis(100));
    }
}
