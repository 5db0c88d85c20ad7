//! Money: whole micro-units, and arithmetic that cannot lose or invent any.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

/// An amount of money in micro-units (1 unit = 1,000,000 micro). Never negative; arithmetic is checked.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize,
)]
#[serde(transparent)]
pub struct Amount(u64);

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount(0);
    /// Micro-units in one unit.
    pub const MICRO_PER_UNIT: u64 = 1_000_000;

    /// `micro` millionths of a unit.
    pub const fn from_micro(micro: u64) -> Amount {
        Amount(micro)
    }

    /// `units` whole units; saturates at the largest amount.
    pub const fn from_units(units: u64) -> Amount {
        Amount(units.saturating_mul(Self::MICRO_PER_UNIT))
    }

    /// Micro-units.
    pub const fn as_micro(self) -> u64 {
        self.0
    }

    /// The sum, or `None` if it does not fit.
    pub const fn checked_add(self, other: Amount) -> Option<Amount> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Amount(sum)),
            None => None,
        }
    }

    /// The difference, or `None` if it would be negative.
    pub const fn checked_sub(self, other: Amount) -> Option<Amount> {
        match self.0.checked_sub(other.0) {
            Some(rest) => Some(Amount(rest)),
            None => None,
        }
    }

    /// The difference, or nothing where it would be negative.
    pub const fn saturating_sub(self, other: Amount) -> Amount {
        Amount(self.0.saturating_sub(other.0))
    }

    /// `self` times `factor`, held at the largest amount. For penalties, where more than everything is everything.
    pub const fn saturating_mul(self, factor: u64) -> Amount {
        Amount(self.0.saturating_mul(factor))
    }
}

/// Units with up to six decimals: `12.5`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::units::write_scaled(f, self.0, Self::MICRO_PER_UNIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_is_checked() {
        let one = Amount::from_units(1);
        assert_eq!(one.checked_sub(Amount::from_units(2)), None);
        assert_eq!(Amount::from_micro(u64::MAX).checked_add(one), None);
        assert_eq!(one.checked_add(one), Some(Amount::from_units(2)));
        assert_eq!(Amount::from_micro(1_250_000).to_string(), "1.25");
    }
}
