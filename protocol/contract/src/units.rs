//! Quantities as people write them: `"1.5 s"`, `"20 Mbit/s"`, `"64 KiB"`, `"10 OMC"`.
//!
//! A number with a decimal point becomes an integer of the smallest unit exactly, without a float on the way; what
//! cannot be represented exactly is refused.

use std::fmt;

use crate::{Amount, Span};

/// Why a quantity could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadQuantity {
    /// There is no number at the start.
    #[error("`{text}` does not start with a number; write for example `{example}`")]
    NoNumber {
        /// What was written.
        text: String,
        /// A value that would be accepted.
        example: &'static str,
    },
    /// There is no unit.
    #[error("`{text}` has no unit of {quantity}; the units are {known}")]
    NoUnit {
        /// What was written.
        text: String,
        /// What kind of quantity was expected.
        quantity: &'static str,
        /// The units that exist.
        known: String,
    },
    /// The unit is unknown.
    #[error("`{unit}` is no unit of {quantity}; the units are {known}")]
    UnknownUnit {
        /// What was written after the number.
        unit: String,
        /// What kind of quantity was expected.
        quantity: &'static str,
        /// The units that exist.
        known: String,
    },
    /// The value has more decimals than the smallest unit can hold.
    #[error("`{text}` has a fraction finer than {smallest}")]
    TooFine {
        /// What was written.
        text: String,
        /// The smallest unit.
        smallest: &'static str,
    },
    /// The value does not fit.
    #[error("`{text}` is too large")]
    TooLarge {
        /// What was written.
        text: String,
    },
}

/// A kind of quantity: its name, an example, and its units as multiples of the smallest one.
struct Dimension {
    name: &'static str,
    example: &'static str,
    smallest: &'static str,
    units: &'static [(&'static str, u64)],
}

const TIME: Dimension = Dimension {
    name: "time",
    example: "1.5 s",
    smallest: "1 ns",
    units: &[
        ("ns", 1),
        ("us", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("min", 60_000_000_000),
        ("h", 3_600_000_000_000),
        ("d", 86_400_000_000_000),
    ],
};

const SIZE: Dimension = Dimension {
    name: "size",
    example: "64 KiB",
    smallest: "1 B",
    units: &[
        ("B", 1),
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
    ],
};

const RATE: Dimension = Dimension {
    name: "rate",
    example: "20 Mbit/s",
    smallest: "1 bit/s",
    units: &[("bit/s", 1), ("kbit/s", 1_000), ("Mbit/s", 1_000_000), ("Gbit/s", 1_000_000_000)],
};

/// In millionths of an event per hour.
const FREQUENCY: Dimension = Dimension {
    name: "frequency",
    example: "0.5 /s",
    smallest: "1 per million hours",
    units: &[("/s", 3_600_000_000), ("/min", 60_000_000), ("/h", 1_000_000)],
};

const MONEY: Dimension =
    Dimension { name: "money", example: "10 OMC", smallest: "1 uOMC", units: &[("uOMC", 1), ("OMC", 1_000_000)] };

/// Reads a span such as `"1.5 s"`.
///
/// # Errors
/// [`BadQuantity`] says what is wrong and which units exist.
pub fn parse_span(text: &str) -> Result<Span, BadQuantity> {
    parse(text, &TIME).map(Span::from_nanos)
}

/// Reads a number of bytes such as `"64 KiB"`.
///
/// # Errors
/// [`BadQuantity`] says what is wrong and which units exist.
pub fn parse_bytes(text: &str) -> Result<u64, BadQuantity> {
    parse(text, &SIZE)
}

/// Reads a rate in bits per second such as `"20 Mbit/s"`.
///
/// # Errors
/// [`BadQuantity`] says what is wrong and which units exist.
pub fn parse_rate(text: &str) -> Result<u64, BadQuantity> {
    parse(text, &RATE)
}

/// Reads an amount of money such as `"10 OMC"`.
///
/// # Errors
/// [`BadQuantity`] says what is wrong and which units exist.
pub fn parse_amount(text: &str) -> Result<Amount, BadQuantity> {
    parse(text, &MONEY).map(Amount::from_micro)
}

/// Reads how often something happens, such as `"0.5 /s"`, as the mean time between two events, rounded down to a
/// nanosecond and at least one; `None` for never.
///
/// # Errors
/// [`BadQuantity`] says what is wrong and which units exist.
pub fn parse_frequency(text: &str) -> Result<Option<Span>, BadQuantity> {
    /// An hour, in nanoseconds, times the million of the smallest unit.
    const HOUR: u64 = 3_600_000_000_000 * 1_000_000;
    let gap = |often: u64| HOUR.checked_div(often).map(|gap| Span::from_nanos(gap.max(1)));
    parse(text, &FREQUENCY).map(gap)
}

fn parse(text: &str, dimension: &Dimension) -> Result<u64, BadQuantity> {
    let trimmed = text.trim();
    let end = trimmed.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).unwrap_or(trimmed.len());
    let (number, unit) = (&trimmed[..end], trimmed[end..].trim());
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        let text = text.to_owned();
        return Err(BadQuantity::NoNumber { text, example: dimension.example });
    }
    let known = dimension.units.iter().find(|(name, _)| *name == unit);
    let Some(&(_, scale)) = known else {
        let names: Vec<&str> = dimension.units.iter().map(|(name, _)| *name).collect();
        let (quantity, known) = (dimension.name, names.join(", "));
        return Err(match unit {
            "" => BadQuantity::NoUnit { text: trimmed.to_owned(), quantity, known },
            unit => BadQuantity::UnknownUnit { unit: unit.to_owned(), quantity, known },
        });
    };
    scaled(number, scale, text, dimension)
}

/// `number` (digits, perhaps a point) times `scale`, exactly.
fn scaled(number: &str, scale: u64, text: &str, dimension: &Dimension) -> Result<u64, BadQuantity> {
    let too_large = || BadQuantity::TooLarge { text: text.to_owned() };
    let digits: String = number.chars().filter(|c| *c != '_').collect();
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    if fraction.contains('.') {
        let text = text.to_owned();
        return Err(BadQuantity::NoNumber { text, example: dimension.example });
    }
    let fraction = fraction.trim_end_matches('0');
    let whole: u128 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| too_large())? };
    let mut value = whole.checked_mul(u128::from(scale)).ok_or_else(too_large)?;
    if !fraction.is_empty() {
        let too_fine = || BadQuantity::TooFine { text: text.to_owned(), smallest: dimension.smallest };
        let places = u32::try_from(fraction.len()).ok().filter(|places| *places <= 18);
        let divisor = 10u128.pow(places.ok_or_else(too_fine)?);
        let scaled = fraction.parse::<u128>().map_err(|_| too_fine())? * u128::from(scale);
        if scaled % divisor != 0 {
            return Err(too_fine());
        }
        value = value.checked_add(scaled / divisor).ok_or_else(too_large)?;
    }
    u64::try_from(value).map_err(|_| too_large())
}

/// Writes `value / scale` as a decimal without trailing zeros; `scale` is a power of ten.
pub(crate) fn write_scaled(f: &mut fmt::Formatter<'_>, value: u64, scale: u64) -> fmt::Result {
    let (whole, rest) = (value / scale, value % scale);
    if rest == 0 {
        return write!(f, "{whole}");
    }
    let width = scale.ilog10() as usize;
    let fraction = format!("{rest:0width$}");
    write!(f, "{whole}.{}", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantities_are_exact_integers() {
        assert_eq!(parse_span("1.5 s"), Ok(Span::from_millis(1_500)));
        assert_eq!(parse_span("0.000000001s"), Ok(Span::from_nanos(1)));
        assert_eq!(parse_span("2 d"), Ok(Span::from_secs(172_800)));
        assert_eq!(parse_rate("20 Mbit/s"), Ok(20_000_000));
        assert_eq!(parse_bytes("64 KiB"), Ok(65_536));
        assert_eq!(parse_amount("10.25 OMC"), Ok(Amount::from_micro(10_250_000)));
        assert_eq!(parse_bytes("1_000 B"), Ok(1_000));
        assert_eq!(parse_frequency("0.5 /s"), Ok(Some(Span::from_secs(2))));
        assert_eq!(parse_frequency("12 /min"), Ok(Some(Span::from_secs(5))));
        assert_eq!(parse_frequency("1 /h"), Ok(Some(Span::from_secs(3_600))));
        assert_eq!(parse_frequency("0 /s"), Ok(None));
    }

    #[test]
    fn a_bad_quantity_says_what_to_write() {
        let message = |text| parse_span(text).unwrap_err().to_string();
        assert_eq!(message("soon"), "`soon` does not start with a number; write for example `1.5 s`");
        assert_eq!(message("1.5"), "`1.5` has no unit of time; the units are ns, us, ms, s, min, h, d");
        assert_eq!(message("0.5 ns"), "`0.5 ns` has a fraction finer than 1 ns");
        assert_eq!(message("1e9 s"), "`e9 s` is no unit of time; the units are ns, us, ms, s, min, h, d");
        assert_eq!(message("1000000 d"), "`1000000 d` is too large");
        assert!(parse_span("1.2.3 s").is_err());
        assert!(parse_span("-1 s").is_err());
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_read_again(nanos: u64) {
            let span = Span::from_nanos(nanos);
            prop_assert_eq!(parse_span(&span.to_string()), Ok(span));
        }

        #[test]
        fn any_text_gives_a_value_or_an_error(text in ".{0,40}") {
            let _ = (parse_span(&text), parse_amount(&text), parse_rate(&text), parse_bytes(&text));
        }
    }
}
