//! Points in time and spans between them, in whole nanoseconds.
//!
//! In the simulator a [`Time`] counts from the start of the run; live it counts from the Unix epoch. A `u64` of
//! nanoseconds reaches 584 years either way. Arithmetic saturates: a deadline beyond the end of time is the end of
//! time, and never wraps into the past.

use std::fmt;
use std::ops::{Add, Sub};

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

/// A point in time, in nanoseconds since the epoch of the runtime.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize,
)]
#[serde(transparent)]
pub struct Time(u64);

/// A length of time, in nanoseconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize,
)]
#[serde(transparent)]
pub struct Span(u64);

impl Time {
    /// The epoch.
    pub const ZERO: Time = Time(0);
    /// The end of time.
    pub const MAX: Time = Time(u64::MAX);

    /// The point `nanos` nanoseconds after the epoch.
    pub const fn from_nanos(nanos: u64) -> Time {
        Time(nanos)
    }

    /// Nanoseconds since the epoch.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds since the epoch, for display and statistics only: a float never decides anything.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The span from `earlier` to `self`; zero if `earlier` is later.
    pub const fn since(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// The longest span.
    pub const MAX: Span = Span(u64::MAX);

    /// A span of `nanos` nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Span {
        Span(nanos)
    }

    /// A span of `micros` microseconds.
    pub const fn from_micros(micros: u64) -> Span {
        Span(micros.saturating_mul(1_000))
    }

    /// A span of `millis` milliseconds.
    pub const fn from_millis(millis: u64) -> Span {
        Span(millis.saturating_mul(1_000_000))
    }

    /// A span of `secs` seconds.
    pub const fn from_secs(secs: u64) -> Span {
        Span(secs.saturating_mul(1_000_000_000))
    }

    /// A span of `millis` milliseconds given as a float, rounded to the nearest nanosecond. Negative values and NaN
    /// give zero.
    pub fn from_millis_f64(millis: f64) -> Span {
        // A float-to-integer cast saturates and maps NaN to zero, on every target.
        Span((millis * 1e6 + 0.5) as u64)
    }

    /// Whole nanoseconds.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds, for display and statistics only.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// `self` repeated `times` times.
    pub const fn saturating_mul(self, times: u64) -> Span {
        Span(self.0.saturating_mul(times))
    }
}

impl Add<Span> for Time {
    type Output = Time;
    fn add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Time {
    type Output = Time;
    fn sub(self, span: Span) -> Time {
        Time(self.0.saturating_sub(span.0))
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

/// Seconds with nine decimals: `1.500000000s`. Every digit is shown, so that two traces compare as text.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}s", self.0 / 1_000_000_000, self.0 % 1_000_000_000)
    }
}

/// The largest unit that keeps every digit without a fraction below a thousandth of it: `1.5 s`, `250 us`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scale, unit) = match self.0 {
            0..1_000 => (1, "ns"),
            1_000..1_000_000 => (1_000, "us"),
            1_000_000..1_000_000_000 => (1_000_000, "ms"),
            _ => (1_000_000_000, "s"),
        };
        crate::units::write_scaled(f, self.0, scale)?;
        write!(f, " {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_and_never_wraps() {
        assert_eq!(Time::MAX + Span::from_secs(1), Time::MAX);
        assert_eq!(Time::ZERO - Span::from_secs(1), Time::ZERO);
        assert_eq!(Time::ZERO.since(Time::from_nanos(5)), Span::ZERO);
        assert_eq!(Span::from_millis_f64(f64::NAN), Span::ZERO);
        assert_eq!(Span::from_millis_f64(-1.0), Span::ZERO);
    }

    #[test]
    fn display_keeps_every_digit() {
        assert_eq!(Time::from_nanos(1_500_000_001).to_string(), "1.500000001s");
        assert_eq!(Span::from_millis(1_500).to_string(), "1.5 s");
        assert_eq!(Span::from_nanos(250_000).to_string(), "250 us");
        assert_eq!(Span::ZERO.to_string(), "0 ns");
    }
}
