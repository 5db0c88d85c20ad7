//! What an attack brings and costs.

/// An attack's account, in micro-units. Both sides are what honest nodes and an auditor of their disks saw: what the
/// attacker says about himself counts for nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attack {
    /// What the attackers received for what they gave, genuine or not: payments that honest nodes accepted.
    pub gain_micro: i128,
    /// What it took from them: spent, burned, confiscated, paid as fees.
    pub cost_micro: i128,
}

impl Attack {
    /// Gain minus cost, in units of money. It is bounded by what the protocol lets an attacker spend and receive, so that
    /// its mean can be gated.
    pub fn net_profit(&self) -> f64 {
        (self.gain_micro - self.cost_micro) as f64 / 1e6
    }

    /// Return on investment: net profit over cost. It is a ratio with heavy tails, for display only: over seeds, gate
    /// [`Self::net_profit`]. `None` if the attack cost nothing.
    pub fn roi(&self) -> Option<f64> {
        (self.cost_micro > 0).then(|| (self.gain_micro - self.cost_micro) as f64 / self.cost_micro as f64)
    }
}

/// What the honest lose: what they gave away for money that nobody had. `accepted_micro` is what they accepted from
/// attackers, `covered_micro` the part of it that left an attacker's balance. In units of money, never below zero.
pub fn honest_loss(accepted_micro: i128, covered_micro: i128) -> f64 {
    (accepted_micro - covered_micro).max(0) as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_double_spend_of_ten_that_is_punished_five_times_over() {
        let punished = Attack { gain_micro: 20_000_000, cost_micro: 60_000_000 };
        assert_eq!(punished.net_profit(), -40.0);
        assert!((punished.roi().unwrap() + 2.0 / 3.0).abs() < 1e-12);
        let missed = Attack { gain_micro: 20_000_000, cost_micro: 10_000_000 };
        assert_eq!((missed.net_profit(), missed.roi()), (10.0, Some(1.0)));
        assert_eq!(Attack::default().roi(), None);
    }

    #[test]
    fn the_honest_lose_what_nobody_paid() {
        assert_eq!(honest_loss(20_000_000, 10_000_000), 10.0);
        assert_eq!(honest_loss(10_000_000, 10_000_000), 0.0);
    }
}
