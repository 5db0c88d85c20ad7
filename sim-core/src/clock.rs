//! A node's own clock: local = world + offset + drift, in integers, never below zero.

use contract::Time;

/// How a node's clock differs from the world's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// How far it is ahead at the start of the run, in nanoseconds; negative is behind.
    pub offset_ns: i64,
    /// How much faster it runs, in parts per billion; negative is slower. Above −[`PPB`], so that it moves forward.
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
        if self.is_exact() {
            return world;
        }
        let shown = u128::from(world.as_nanos()) * self.rate() / PPB as u128;
        // 64 bits of time, 63 of rate, less 29 by the division: far below 2¹²⁷.
        clamp(shown as i128 + i128::from(self.offset_ns))
    }

    /// The first time of the world at which the clock shows at least `local`.
    pub fn world(&self, local: Time) -> Time {
        if self.is_exact() {
            return local;
        }
        let wanted = i128::from(local.as_nanos()) - i128::from(self.offset_ns);
        // A clock that is behind shows zero until its offset is made up for.
        if local == Time::ZERO || wanted <= 0 {
            return Time::ZERO;
        }
        clamp((wanted as u128 * PPB as u128).div_ceil(self.rate()) as i128)
    }

    /// Nanoseconds of this clock in a second of the world: at least one, since the drift is above −[`PPB`].
    const fn rate(&self) -> u128 {
        (PPB as i128 + self.drift_ppb as i128) as u128
    }
}

fn clamp(nanos: i128) -> Time {
    let bounded = nanos.clamp(0, i128::from(u64::MAX));
    Time::from_nanos(u64::try_from(bounded).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Span;
    use proptest::prelude::*;

    fn clocks() -> impl Strategy<Value = Clock> {
        let drift = prop_oneof![-500_000i64..500_000, 1 - PPB..i64::MAX];
        (any::<i64>(), drift).prop_map(|(offset_ns, drift_ppb)| Clock { offset_ns, drift_ppb })
    }

    proptest! {
        #[test]
        fn a_deadline_is_met_at_the_first_nanosecond_that_shows_it(clock in clocks(), deadline: u64) {
            let deadline = Time::from_nanos(deadline);
            let world = clock.world(deadline);
            prop_assert!(world == Time::MAX || clock.local(world) >= deadline);
            prop_assert!(world == Time::ZERO || clock.local(world - Span::from_nanos(1)) < deadline);
        }

        #[test]
        fn a_clock_never_runs_backwards(clock in clocks(), a: u64, b: u64) {
            let (a, b) = (Time::from_nanos(a.min(b)), Time::from_nanos(a.max(b)));
            prop_assert!(clock.local(a) <= clock.local(b));
        }
    }

    /// "As soon as possible" on a clock that is an hour behind must not be searched for nanosecond by nanosecond.
    #[test]
    fn a_deadline_before_the_clock_shows_anything_is_the_start() {
        let clock = Clock { offset_ns: -3_600_000_000_000, drift_ppb: 0 };
        assert_eq!(clock.world(Time::ZERO), Time::ZERO);
        assert_eq!(clock.local(Time::from_nanos(5)), Time::ZERO);
        assert_eq!(clock.world(Time::from_nanos(1)), Time::from_nanos(3_600_000_000_001));
    }
}
