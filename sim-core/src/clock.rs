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
        clamp(self.reading(world))
    }

    /// What it would show if it could show less than zero.
    fn reading(&self, world: Time) -> i128 {
        let shown = u128::from(world.as_nanos()) * self.rate() / PPB as u128;
        // 64 bits of time, 63 of rate, less 29 by the division: far below 2¹²⁷.
        shown as i128 + i128::from(self.offset_ns)
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

/// A clock in a world: it may be set while the world runs, and never shows less than it did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Running {
    clock: Clock,
    /// What all drifts sum to; the clock's own is the same, but for a sum at which it would not move.
    drift_ppb: i64,
    /// What it showed when it was set last.
    floor: Time,
}

impl Running {
    pub(crate) const fn of(clock: Clock) -> Running {
        Running { clock, drift_ppb: clock.drift_ppb, floor: Time::ZERO }
    }

    /// Whether it is and was the world's clock.
    pub(crate) const fn is_exact(&self) -> bool {
        self.clock.is_exact() && self.floor.as_nanos() == 0
    }

    /// What it shows at a time of the world, not before it was set last.
    pub(crate) fn local(&self, world: Time) -> Time {
        self.clock.local(world).max(self.floor)
    }

    /// The first time of the world at which it shows at least `local`; zero if it did when it was set last.
    pub(crate) fn world(&self, local: Time) -> Time {
        if local <= self.floor { Time::ZERO } else { self.clock.world(local) }
    }

    /// The clock after a jump at a time of the world.
    pub(crate) fn stepped(self, now: Time, by_ns: i64) -> Running {
        let offset_ns = self.clock.offset_ns.saturating_add(by_ns);
        Running { clock: Clock { offset_ns, ..self.clock }, floor: self.local(now), ..self }
    }

    /// The clock that runs faster from a time of the world on, without a jump.
    pub(crate) fn drifting(self, now: Time, by_ppb: i64) -> Running {
        let drift_ppb = self.drift_ppb.saturating_add(by_ppb);
        let clock = Clock { offset_ns: 0, drift_ppb: drift_ppb.max(1 - PPB) };
        let offset = (self.clock.reading(now) - clock.reading(now)).clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        Running { clock: Clock { offset_ns: offset as i64, ..clock }, drift_ppb, floor: self.local(now) }
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

    proptest! {
        #[test]
        fn a_clock_that_is_set_never_runs_backwards_and_still_meets_deadlines(
            clock in clocks(),
            sets in prop::collection::vec((0..1u64 << 50, prop_oneof![
                (-(1i64 << 50)..1i64 << 50).prop_map(|by| (Some(by), 0)),
                (1 - PPB..500_000_000i64).prop_map(|drift| (None, drift)),
            ]), 0..6),
            deadline in 0..1u64 << 52,
        ) {
            let (mut running, mut now, mut shown) = (Running::of(clock), Time::ZERO, Time::ZERO);
            for (pause, (step, drift)) in sets {
                now = now + Span::from_nanos(pause);
                prop_assert!(running.local(now) >= shown);
                shown = running.local(now);
                running = match step {
                    Some(by) => running.stepped(now, by),
                    None => running.drifting(now, drift),
                };
                prop_assert!(running.local(now) >= shown);
            }
            let deadline = Time::from_nanos(deadline);
            let met = running.world(deadline).max(now);
            prop_assert!(met == Time::MAX || running.local(met) >= deadline);
            if met > now {
                prop_assert!(running.local(met - Span::from_nanos(1)) < deadline);
            }
        }
    }

    #[test]
    fn a_clock_jumps_forward_at_once_and_stands_still_until_a_jump_back_is_made_up_for() {
        let at = |seconds: u64| Time::from_nanos(seconds * 1_000_000_000);
        let ahead = Running::default().stepped(at(10), 5_000_000_000);
        assert_eq!((ahead.local(at(10)), ahead.world(at(20))), (at(15), at(15)));
        let back = ahead.stepped(at(11), -8_000_000_000);
        assert_eq!([11, 14, 18, 19, 20].map(|second| back.local(at(second))), [16, 16, 16, 16, 17].map(at));
        let double = back.drifting(at(20), PPB);
        assert_eq!([20, 21, 25].map(|second| double.local(at(second))), [17, 19, 27].map(at));
        assert_eq!(double.world(at(27)), at(25));
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
