//! A node's own clock: local = world + offset + drift, in integers, never below zero.

use contract::{Span, Time};

/// How a node's clock differs from the world's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// How far it is ahead at the start of the run, in nanoseconds; negative is behind.
    pub offset_ns: i64,
    /// How much faster it runs, in parts per billion; negative is slower. Above −1,000,000,000, so that it moves forward.
    pub drift_ppb: i64,
}

/// Drift of one nanosecond per nanosecond.
pub const PPB: i64 = 1_000_000_000;

impl Clock {
    /// Whether it is the world's clock.
    pub const fn is_exact(&self) -> bool {
        self.offset_ns == 0 && self.drift_ppb == 0
    }

    /// What the clock shows at a time of the world. It never runs backwards.
    pub fn local(&self, world: Time) -> Time {
        let world = i128::from(world.as_nanos());
        let local = world + i128::from(self.offset_ns) + world * i128::from(self.drift_ppb) / i128::from(PPB);
        clamp(local)
    }

    /// The first time of the world at which the clock shows at least `local`.
    pub fn world(&self, local: Time) -> Time {
        let wanted = i128::from(local.as_nanos()) - i128::from(self.offset_ns);
        let rate = i128::from(PPB) + i128::from(self.drift_ppb);
        let estimate = clamp(wanted * i128::from(PPB) / rate);
        // Integer division is off by little; walk to the exact point.
        let step = Span::from_nanos(1);
        let mut world = estimate;
        while world > Time::ZERO && self.local(world - step) >= local {
            world = world - step;
        }
        while world < Time::MAX && self.local(world) < local {
            world = world + step;
        }
        world
    }
}

fn clamp(nanos: i128) -> Time {
    let bounded = nanos.clamp(0, i128::from(u64::MAX));
    Time::from_nanos(u64::try_from(bounded).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_deadline_is_met_exactly(
            offset_ns in -1_000_000_000i64..1_000_000_000,
            drift_ppb in -500_000i64..500_000,
            deadline in 2_000_000_000u64..4_000_000_000_000_000,
        ) {
            let (clock, deadline) = (Clock { offset_ns, drift_ppb }, Time::from_nanos(deadline));
            let world = clock.world(deadline);
            prop_assert!(clock.local(world) >= deadline);
            prop_assert!(clock.local(world - Span::from_nanos(1)) < deadline);
        }

        #[test]
        fn a_clock_never_runs_backwards(offset_ns: i64, drift_ppb in -999_999_999i64..PPB, a: u64, b: u64) {
            let clock = Clock { offset_ns, drift_ppb };
            let (a, b) = (Time::from_nanos(a.min(b)), Time::from_nanos(a.max(b)));
            prop_assert!(clock.local(a) <= clock.local(b));
        }
    }
}
