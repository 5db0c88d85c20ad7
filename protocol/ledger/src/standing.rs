//! What a conflict costs, the same at every holder.
//!
//! Whoever is proven to have signed two blocks for one position is banned: its trust is zero, no transfer of it is accepted
//! any more. Recipients keep what they accepted before they knew. Five times the smaller of the two amounts is
//! burned: from the free balance at the common prefix as far as it reaches; the rest is a debt that every later credit pays
//! first. The branch with the lower block hash continues. (`records.md`, "Conflict and its consequence"; whitepaper 4.7.)
//!
//! As a formula over the continuing branch, with P the free balance before the conflict, F the verified credits after it, L the
//! outflows after it, and p the penalty, all of which two holders that know the same blocks agree on:
//!
//! ```text
//! burned = min(p, P + F)      debt = p − burned
//! balance = max(0, P + F − burned − L)      uncovered = max(0, L − (P + F − burned))
//! ```
//!
//! Burned and debt depend on the prefix and the credits alone, so a holder that has not seen all that the owner spent after the
//! conflict still agrees on them. What was spent and the penalty has eaten is uncovered: its recipients keep it, so it
//! is money that the fraud created.

use contract::{Amount, Hash};
use serde::Serialize;

/// How many times the smaller amount of a conflict is burned.
pub const PENALTY_FACTOR: u64 = 5;

/// Whether an owner is trusted with anything at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is known against it.
    Good,
    /// There is evidence with this id against it: trust zero.
    Banned(Hash),
}

/// What an owner has, and what became of the penalty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Settled {
    /// What can be spent. Never negative.
    pub balance: Amount,
    /// What was destroyed as a penalty.
    pub burned: Amount,
    /// What is left of the penalty.
    pub debt: Amount,
    /// What the owner spent without having it.
    pub uncovered: Amount,
}

/// An owner's books, split at the conflict; without a conflict, at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// Micro-units before the conflict, verified. Negative where outflows lean on credits that are not verified.
    pub before: i128,
    /// Verified credits after it, in micro-units.
    pub credited: i128,
    /// Outflows after it, in micro-units.
    pub spent: i128,
    /// The smaller amount of the conflict; nothing without one.
    pub smaller: Amount,
}

impl Lines {
    /// Applies the consequence.
    pub fn settle(&self) -> Settled {
        let penalty = self.smaller.saturating_mul(PENALTY_FACTOR);
        let income = self.before + self.credited;
        let burned = income.clamp(0, i128::from(penalty.as_micro()));
        let rest = income - burned - self.spent;
        let burned = micro(burned);
        Settled { balance: micro(rest), burned, debt: penalty.saturating_sub(burned), uncovered: micro(-rest) }
    }
}

/// The amount, zero if negative, held at the largest.
fn micro(value: i128) -> Amount {
    Amount::from_micro(u64::try_from(value.max(0)).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn settle(before: i128, credited: i128, spent: i128, smaller: u64) -> [u64; 4] {
        let smaller = Amount::from_micro(smaller);
        let Settled { balance, burned, debt, uncovered } = Lines { before, credited, spent, smaller }.settle();
        [balance, burned, debt, uncovered].map(Amount::as_micro)
    }

    #[test]
    fn without_a_conflict_the_balance_is_what_is_left() {
        assert_eq!(settle(70, 0, 0, 0), [70, 0, 0, 0]);
    }

    #[test]
    fn five_times_the_smaller_amount_is_burned_where_it_reaches() {
        // 1000 before, 10 spent twice: 50 burned, one of the two payments comes out of the rest.
        assert_eq!(settle(1_000, 0, 10, 10), [940, 50, 0, 0]);
    }

    #[test]
    fn what_does_not_reach_is_a_debt_and_what_was_spent_is_uncovered() {
        // Everything spent twice: all 100 are burned, 400 owed, the continuing payment has no cover left.
        assert_eq!(settle(100, 0, 100, 100), [0, 100, 400, 100]);
    }

    #[test]
    fn later_credits_pay_the_debt_first() {
        assert_eq!(settle(100, 250, 100, 100), [0, 350, 150, 100]);
        assert_eq!(settle(100, 500, 100, 100), [0, 500, 0, 0]);
        assert_eq!(settle(100, 600, 100, 100), [100, 500, 0, 0]);
    }

    proptest! {
        #[test]
        fn the_penalty_is_burned_or_owed_and_nothing_is_lost(
            before in 0..1_000i128, credited in 0..1_000i128, spent in 0..1_000i128, smaller in 0..1_000u64,
        ) {
            let [balance, burned, debt, uncovered] = settle(before, credited, spent, smaller);
            prop_assert_eq!(burned + debt, smaller * PENALTY_FACTOR);
            let [balance, burned, uncovered] = [balance, burned, uncovered].map(i128::from);
            prop_assert_eq!(before + credited + uncovered, balance + burned + spent);
            prop_assert!(balance == 0 || uncovered == 0);
        }
    }
}
