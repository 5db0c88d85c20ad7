//! Log lines that a peer can cause as often as it likes: few are printed, and the rest is counted.

use std::time::{Duration, Instant};

/// Lines at once; further ones come one at a time.
const AT_ONCE: u32 = 20;
const PAUSE: Duration = Duration::from_secs(1);

/// What becomes of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// It is printed, after so many that were not.
    Printed {
        left_out: u64,
    },
    LeftOut,
}

/// How many lines there may be.
#[derive(Debug)]
pub(super) struct Sparing {
    left: u32,
    /// When `left` was last what it is.
    since: Instant,
    left_out: u64,
}

impl Sparing {
    pub(super) fn new(now: Instant) -> Sparing {
        Sparing { left: AT_ONCE, since: now, left_out: 0 }
    }

    /// One more line.
    pub(super) fn line(&mut self, now: Instant) -> Line {
        let grown = u32::try_from((now - self.since).as_secs() / PAUSE.as_secs()).unwrap_or(AT_ONCE);
        if grown > 0 {
            (self.left, self.since) = (AT_ONCE.min(self.left.saturating_add(grown)), now);
        }
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Line::Printed { left_out: std::mem::take(&mut self.left_out) }
            }
            None => {
                self.left_out += 1;
                Line::LeftOut
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_thousand_lines_a_second_few_are_printed_and_all_are_counted() {
        let begun = Instant::now();
        let mut sparing = Sparing::new(begun);
        let lines: Vec<_> = (0..10_000).map(|at| sparing.line(begun + Duration::from_millis(at))).collect();
        let printed = lines.iter().filter(|line| **line != Line::LeftOut).count() as u64;
        assert_eq!(printed, 20 + 9);
        let told: u64 =
            lines.iter().map(|line| if let Line::Printed { left_out } = line { *left_out } else { 0 }).sum();
        assert_eq!(told + sparing.left_out + printed, 10_000);
        // After a while of silence there is room for as many as at first.
        let later = begun + Duration::from_secs(100);
        assert!((0..20).all(|_| sparing.line(later) != Line::LeftOut) && sparing.line(later) == Line::LeftOut);
    }
}
