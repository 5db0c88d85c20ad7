//! How often a run that somebody may want to end looks whether that is so.

use contract::{Span, Time};

/// A run looks after about so many events: often enough for a person, too rarely to cost anything.
const EVENTS: u64 = 200_000;

/// Into how many pieces a run would be cut if its pieces stayed as long as the first one.
const PIECES: u64 = 1 << 24;

/// Cuts a run into pieces of virtual time. Where the cuts are depends on what happened and on nothing else, and no cut changes
/// what happens.
pub(crate) struct Pace<'a> {
    go_on: Option<&'a (dyn Fn() -> bool + Sync)>,
    piece: Span,
    longest: Span,
    events: u64,
}

impl<'a> Pace<'a> {
    /// Nobody looks if there is nothing to ask.
    pub(crate) fn new(go_on: Option<&'a (dyn Fn() -> bool + Sync)>, horizon: Time) -> Pace<'a> {
        let whole = horizon.since(Time::ZERO).as_nanos();
        let part = |parts: u64| Span::from_nanos((whole / parts).max(1));
        Pace { go_on, piece: part(PIECES), longest: part(4), events: 0 }
    }

    /// Up to when the run goes on before it looks, and at most up to `until`.
    pub(crate) fn until(&self, now: Time, until: Time) -> Time {
        if self.go_on.is_some() { until.min(now + self.piece) } else { until }
    }

    /// Whether the run goes on, now that it has handled this many events.
    pub(crate) fn goes_on(&mut self, events: u64) -> bool {
        let piece = self.piece.as_nanos();
        let handled = events.saturating_sub(std::mem::replace(&mut self.events, events));
        if handled < EVENTS / 2 {
            self.piece = Span::from_nanos(piece.saturating_mul(2)).min(self.longest);
        } else if handled > EVENTS {
            self.piece = Span::from_nanos((piece / 2).max(1));
        }
        self.go_on.is_none_or(|go_on| go_on())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_follow_the_number_of_events() {
        let horizon = Time::ZERO + Span::from_nanos(PIECES);
        let mut pace = Pace::new(Some(&|| true), horizon);
        let length = |pace: &Pace<'_>| pace.until(Time::ZERO, horizon).since(Time::ZERO);
        assert_eq!(length(&pace), Span::from_nanos(1));
        assert!(pace.goes_on(10));
        assert_eq!(length(&pace), Span::from_nanos(2));
        assert!(pace.goes_on(10 + EVENTS));
        assert_eq!(length(&pace), Span::from_nanos(2));
        assert!(pace.goes_on(11 + 2 * EVENTS));
        assert_eq!(length(&pace), Span::from_nanos(1));
    }

    #[test]
    fn nobody_looks_where_nobody_asks() {
        let horizon = Time::ZERO + Span::from_secs(10);
        let mut pace = Pace::new(None, horizon);
        assert_eq!(pace.until(Time::ZERO, horizon), horizon);
        assert!(pace.goes_on(1));
        assert!(!Pace::new(Some(&|| false), horizon).goes_on(1));
    }
}
