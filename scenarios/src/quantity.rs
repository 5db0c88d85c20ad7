//! A quantity of any kind in a place where the protocol decides which: money, time, size, rate, or a number.

use std::fmt;

use contract::units::{parse_amount, parse_bytes, parse_rate, parse_span};
use contract::{Amount, Span};

/// What a quantity is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A plain number.
    One,
    /// Money, in micro-units.
    Money,
    /// Time, in nanoseconds.
    Time,
    /// A size, in bytes.
    Size,
    /// A rate, in bits per second.
    Rate,
}

/// A number of the smallest unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// What it is of.
    pub unit: Unit,
    /// How many of the smallest unit.
    pub value: u64,
}

impl Quantity {
    /// A quantity as TOML has it: text with a unit, or a whole number that is not negative.
    pub fn of(value: &toml::Value) -> Option<Quantity> {
        match value {
            toml::Value::Integer(number) => Some(Quantity { unit: Unit::One, value: u64::try_from(*number).ok()? }),
            toml::Value::String(text) => Quantity::read(text),
            _ => None,
        }
    }

    /// Text with a unit.
    fn read(text: &str) -> Option<Quantity> {
        let with = |unit| move |value| Quantity { unit, value };
        let money = parse_amount(text).ok().map(Amount::as_micro).map(with(Unit::Money));
        let time = || parse_span(text).ok().map(Span::as_nanos).map(with(Unit::Time));
        let size = || parse_bytes(text).ok().map(with(Unit::Size));
        let rate = || parse_rate(text).ok().map(with(Unit::Rate));
        money.or_else(time).or_else(size).or_else(rate)
    }

    /// As TOML has it. What was read from TOML can be written.
    pub fn to_toml(self) -> toml::Value {
        match (self.unit, i64::try_from(self.value)) {
            (Unit::One, Ok(number)) => toml::Value::Integer(number),
            _ => toml::Value::String(self.to_string()),
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value;
        match self.unit {
            Unit::One => write!(f, "{value}"),
            Unit::Money => write!(f, "{} OMC", Amount::from_micro(value)),
            Unit::Time => Span::from_nanos(value).fmt(f),
            Unit::Size => write!(f, "{value} B"),
            Unit::Rate => write!(f, "{value} bit/s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_says_what_a_quantity_is_of() {
        let of = |text: &str| Quantity::of(&toml::Value::String(text.to_owned())).map(|q| (q.unit, q.value));
        assert_eq!(of("1.5 OMC"), Some((Unit::Money, 1_500_000)));
        assert_eq!(of("1.5 s"), Some((Unit::Time, 1_500_000_000)));
        assert_eq!(of("2 KiB"), Some((Unit::Size, 2_048)));
        assert_eq!(of("20 Mbit/s"), Some((Unit::Rate, 20_000_000)));
        assert_eq!(of("honest.0"), None);
        assert_eq!(Quantity::of(&toml::Value::Integer(-1)), None);
    }

    #[test]
    fn what_is_written_is_read_again() {
        for unit in [Unit::One, Unit::Money, Unit::Time, Unit::Size, Unit::Rate] {
            for value in [0, 1, 999, 1_000_001, i64::MAX as u64] {
                let quantity = Quantity { unit, value };
                assert_eq!(Quantity::of(&quantity.to_toml()), Some(quantity));
            }
        }
    }
}
