//! The node's clock: Unix nanoseconds that never run backwards, not even over a restart.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use contract::Time;

/// A clock that never shows less than it did.
#[derive(Debug)]
pub(crate) struct Clock {
    last: Time,
}

impl Clock {
    /// A clock that begins no earlier than `least`, the latest time that a former process is known to have seen.
    pub(crate) const fn not_before(least: Time) -> Clock {
        Clock { last: least }
    }

    /// What it shows now.
    pub(crate) fn now(&mut self) -> Time {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let system = Time::from_nanos(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX));
        self.last = self.last.max(system);
        self.last
    }

    /// How long it is until it shows `at`; nothing if that is past.
    pub(crate) fn until(&mut self, at: Time) -> Duration {
        Duration::from_nanos(at.since(self.now()).as_nanos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Span;

    #[test]
    fn it_never_shows_less_than_a_former_process_saw() {
        let mut ahead = Clock::not_before(Time::MAX - Span::from_secs(1));
        assert_eq!(ahead.now(), Time::MAX - Span::from_secs(1));
        let mut clock = Clock::not_before(Time::ZERO);
        let (first, second) = (clock.now(), clock.now());
        assert!(first <= second && first > Time::from_nanos(1_700_000_000_000_000_000));
    }
}
