//! What holds at every event, checked from outside while the world stands still at it.
//!
//! A world of ledgers pauses after each step that observes something: whatever moves money or accuses somebody does. For
//! the node that has spoken, and from what may be seen of it alone:
//!
//! - **No money is made or lost.** Its balance is what it began with, and what it accepted, less what it sent, added up anew. What it
//!   accepts from an honest node is a payment that this node made, to it, of this amount; and it has accepted it once. So the
//!   balances of the honest and what they have sent and nobody has accepted yet sum up to what there was, and what
//!   attackers paid.
//! - **No honest balance is negative.** The sum is not, and the balance equals it.
//! - **Nobody honest is accused.** All evidence that the node holds names attackers.
//!
//! The checks cost what the node's own chain costs to read, at those events only. What somebody finds who reads every disk in the
//! end is the metric `unconserved`; that evidence has reached everybody whom it could, `uninformed`.

use std::collections::BTreeMap;

use contract::{Amount, Hash, Observation, PeerId, Value};
use ledger::view::{Payment, View};
use ledger::{Command, observe};

/// The events after which a node is looked at.
const LOOKED_AT: &[&str] = &[
    observe::PAYMENT_SENT,
    observe::PAYMENT_ACCEPTED,
    observe::CONFLICT_DETECTED,
    observe::EVIDENCE_LEARNED,
    observe::OWN_CHAIN_RESTORED,
];

/// The checks of one run.
#[derive(Clone, Debug, Default)]
pub(super) struct Invariants {
    /// What honest nodes paid, by the block: who, and what.
    paid: BTreeMap<Hash, (PeerId, Payment)>,
    /// Whether money moves in other ways than by payments.
    otherwise: bool,
}

impl Invariants {
    /// The checks of a run in which these commands are given.
    pub(super) fn new<'a>(mut commands: impl Iterator<Item = &'a Command>) -> Invariants {
        let moves =
            |command: &Command| matches!(command, Command::Burn { .. } | Command::Claim { .. } | Command::Escrow(_));
        Invariants { otherwise: commands.any(moves), ..Invariants::default() }
    }

    /// Whether this observation is one after which the node is looked at.
    pub(super) fn concerns(observation: &Observation) -> bool {
        LOOKED_AT.contains(&observation.name.as_ref())
    }

    /// Checks an honest node that has just observed this.
    ///
    /// # Errors
    /// The invariant that is broken, in words.
    pub(super) fn check(
        &mut self,
        observation: &Observation,
        view: &View,
        endowment: Amount,
        is_honest: &dyn Fn(&PeerId) -> bool,
    ) -> Result<(), String> {
        match observation.name.as_ref() {
            observe::PAYMENT_SENT => {
                if let Some(payment) = payment(observation, "to") {
                    self.paid.insert(payment.block, (view.peer, payment));
                }
            }
            observe::PAYMENT_ACCEPTED => self.accepted(observation, view, is_honest)?,
            _ => {}
        }
        if let Some(evidence) = view.evidence.iter().find(|evidence| is_honest(&evidence.owner)) {
            return Err(format!("it holds evidence ({:?}) against {}, who is honest", evidence.kind, evidence.owner));
        }
        self.balance(view, endowment)
    }

    /// What was accepted is what was paid, once.
    fn accepted(
        &self,
        observation: &Observation,
        view: &View,
        is_honest: &dyn Fn(&PeerId) -> bool,
    ) -> Result<(), String> {
        let Some(Payment { peer: from, amount, block }) = payment(observation, "from") else { return Ok(()) };
        let times = view.accepted.iter().filter(|accepted| accepted.block == block).count();
        if times != 1 {
            return Err(format!("it has accepted the payment {block} {times} times"));
        }
        if !is_honest(&from) {
            return Ok(());
        }
        match self.paid.get(&block) {
            Some((payer, paid)) if (*payer, paid.peer, paid.amount) == (from, view.peer, amount) => Ok(()),
            Some((payer, paid)) => Err(format!(
                "it accepted {amount} OMC from {from} for a payment of {} OMC from {payer} to {}",
                paid.amount, paid.peer
            )),
            None => Err(format!("it accepted {amount} OMC from {from}, who is honest and has not paid")),
        }
    }

    /// The balance is what the payments add up to. While a part of the own chain is missing there is nothing to add up.
    fn balance(&self, view: &View, endowment: Amount) -> Result<(), String> {
        if self.otherwise || view.damaged || view.own.length == 0 {
            return Ok(());
        }
        let sum =
            |payments: &[Payment]| payments.iter().map(|payment| i128::from(payment.amount.as_micro())).sum::<i128>();
        let due = i128::from(endowment.as_micro()) + sum(&view.accepted) - sum(&view.sent);
        let balance = i128::from(view.own.balance.as_micro());
        if due < 0 {
            return Err(format!("it has spent {} micro-units more than it had", -due));
        }
        if balance != due {
            return Err(format!("its balance is {balance} micro-units, and its payments add up to {due}"));
        }
        Ok(())
    }
}

/// The payment that an observation is about.
fn payment(observation: &Observation, side: &str) -> Option<Payment> {
    match (observation.get(side)?, observation.get("amount")?, observation.get("block")?) {
        (Value::Peer(peer), Value::Amount(amount), Value::Hash(block)) => {
            Some(Payment { peer: *peer, amount: *amount, block: *block })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::evidence::{Compact, Kind};
    use ledger::view::ChainView;

    const ENDOWMENT: Amount = Amount::from_micro(100);

    fn block(number: u8) -> Hash {
        Hash::from_bytes([number; 32])
    }

    fn of(peer: u64, amount: u64, number: u8) -> Payment {
        Payment { peer: PeerId::simulated(peer), amount: Amount::from_micro(amount), block: block(number) }
    }

    /// Node 1 with this balance, these payments and this evidence.
    fn view(balance: u64, sent: &[Payment], accepted: &[Payment], against: Option<u64>) -> View {
        let own = ChainView {
            owner: PeerId::simulated(1),
            length: 1 + (sent.len() + accepted.len()) as u64,
            head: Hash::ZERO,
            balance: Amount::from_micro(balance),
            unverified: Amount::ZERO,
            burned: Amount::ZERO,
            debt: Amount::ZERO,
            banned: None,
        };
        let compact = |owner| Compact {
            kind: Kind::Equivocation,
            owner: PeerId::simulated(owner),
            sequence: 1,
            lower: Hash::ZERO,
            higher: Hash::ZERO,
        };
        View {
            peer: own.owner,
            own,
            damaged: false,
            chains: Vec::new(),
            loose: 0,
            evidence: against.map(compact).into_iter().collect(),
            sent: sent.to_vec(),
            accepted: accepted.to_vec(),
        }
    }

    fn said(name: &'static str, side: &'static str, payment: &Payment) -> Observation {
        Observation::new(name).with(side, payment.peer).with("amount", payment.amount).with("block", payment.block)
    }

    /// Everybody but 9 is honest; 2 has paid 10 to 1 with block 7.
    fn check(observation: &Observation, view: &View) -> Result<(), String> {
        let honest = |peer: &PeerId| *peer != PeerId::simulated(9);
        let mut invariants = Invariants::new([].iter());
        let payer = View { peer: PeerId::simulated(2), ..self::view(90, &[of(1, 10, 7)], &[], None) };
        invariants.check(&said(observe::PAYMENT_SENT, "to", &of(1, 10, 7)), &payer, ENDOWMENT, &honest)?;
        invariants.check(observation, view, ENDOWMENT, &honest)
    }

    fn accepted(payment: Payment, view: &View) -> Result<(), String> {
        check(&said(observe::PAYMENT_ACCEPTED, "from", &payment), view)
    }

    #[test]
    fn what_is_paid_and_accepted_once_breaks_nothing() {
        let paid = of(2, 10, 7);
        assert_eq!(accepted(paid.clone(), &view(110, &[], &[paid], None)), Ok(()));
        let stolen = of(9, 10, 8);
        assert_eq!(accepted(stolen.clone(), &view(110, &[], &[stolen], Some(9))), Ok(()), "an attacker paid");
    }

    #[test]
    fn each_invariant_can_break() {
        let paid = of(2, 10, 7);
        let cases = [
            accepted(paid.clone(), &view(120, &[], &[paid.clone(), paid.clone()], None)),
            accepted(of(2, 11, 7), &view(111, &[], &[of(2, 11, 7)], None)),
            accepted(of(3, 10, 7), &view(110, &[], &[of(3, 10, 7)], None)),
            accepted(of(2, 10, 6), &view(110, &[], &[of(2, 10, 6)], None)),
            accepted(paid.clone(), &view(109, &[], std::slice::from_ref(&paid), None)),
            accepted(paid.clone(), &view(0, &[of(3, 200, 5)], std::slice::from_ref(&paid), None)),
            accepted(paid.clone(), &view(110, &[], &[paid], Some(4))),
        ];
        let broken = [
            "2 times",
            "for a payment of",
            "for a payment of",
            "has not paid",
            "add up to",
            "more than it had",
            "who is honest",
        ];
        for (case, expected) in cases.into_iter().zip(broken) {
            let why = case.expect_err(expected);
            assert!(why.contains(expected), "{why} is not about: {expected}");
        }
    }

    #[test]
    fn where_money_moves_otherwise_payments_alone_are_not_the_balance() {
        let burn = Command::Burn {
            amount: Amount::from_micro(1),
            reason: ledger::payload::BurnReason::Voluntary,
            evidence: Hash::ZERO,
        };
        let mut invariants = Invariants::new([&burn].into_iter());
        let observation = said(observe::PAYMENT_SENT, "to", &of(2, 1, 1));
        assert_eq!(invariants.check(&observation, &view(98, &[of(2, 1, 1)], &[], None), ENDOWMENT, &|_| true), Ok(()));
    }
}
