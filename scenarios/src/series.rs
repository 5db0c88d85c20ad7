//! What a run leaves out at its beginning, and what it says of each window of time.

use std::collections::BTreeMap;

use contract::{Span, Time};
use sim_core::{Counts, Observed};

use crate::raw::Spanned;

/// What is measured.
#[derive(Clone, Debug, Default)]
pub struct Measure {
    /// The metrics that are shown, in this order; all if there are none.
    pub metrics: Vec<Spanned<String>>,
    /// What happens up to this time does not count.
    pub warm_up: Time,
    /// The length of a window, if there are any.
    pub window: Option<Span>,
}

/// What happened in one window: later than its beginning, up to and including its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its beginning.
    pub from: Time,
    /// Its end.
    pub until: Time,
    /// What the engine counted, and how often each thing was observed by those who count.
    pub counts: BTreeMap<String, u64>,
}

/// The windows of a run while it goes on.
pub(crate) struct Series {
    measure: Measure,
    horizon: Time,
    from: Time,
    until: Time,
    before: Counts,
    observed: BTreeMap<String, u64>,
    windows: Vec<Window>,
}

impl Series {
    pub(crate) fn new(measure: &Measure, horizon: Time) -> Series {
        let from = measure.warm_up;
        let until = measure.window.map_or(horizon, |window| (from + window).min(horizon));
        Series {
            measure: measure.clone(),
            horizon,
            from,
            until,
            before: Counts::default(),
            observed: BTreeMap::new(),
            windows: Vec::new(),
        }
    }

    /// Up to when a world runs without a look at it.
    pub(crate) fn next(&self, now: Time) -> Time {
        if now < self.measure.warm_up { self.measure.warm_up.min(self.horizon) } else { self.until }
    }

    /// Whether what happens at this time counts.
    pub(crate) fn counts(&self, at: Time) -> bool {
        at > self.measure.warm_up || self.measure.warm_up == Time::ZERO
    }

    pub(crate) fn see(&mut self, observed: &Observed) {
        if self.measure.window.is_some() {
            *self.observed.entry(observed.observation.name.to_string()).or_default() += 1;
        }
    }

    /// The world has come to `now`. Returns whether this is the end of the warm-up.
    pub(crate) fn reached(&mut self, now: Time, counts: Counts) -> bool {
        if now == self.measure.warm_up {
            self.before = counts;
        }
        if self.measure.window.is_some() && now == self.until && now > self.from {
            self.close(counts);
        }
        now == self.measure.warm_up
    }

    fn close(&mut self, counts: Counts) {
        let before = self.before;
        let mut all = std::mem::take(&mut self.observed);
        let of =
            |name: &str, of: fn(&Counts) -> u64| (format!("engine.{name}"), of(&counts).saturating_sub(of(&before)));
        all.extend([
            of("events", |counts| counts.events),
            of("sent", |counts| counts.sent),
            of("delivered", |counts| counts.delivered),
            of("lost", Counts::lost),
            of("bytes_sent", |counts| counts.bytes_sent),
        ]);
        self.windows.push(Window { from: self.from, until: self.until, counts: all });
        (self.from, self.before) = (self.until, counts);
        self.until = self.measure.window.map_or(self.horizon, |window| (self.until + window).min(self.horizon));
    }

    pub(crate) fn finish(self) -> Vec<Window> {
        self.windows
    }
}
