//! Waiting for agreement: asking peers about a payment, answering their questions, recording their heads.

use contract::{Effects, PeerId, Time};

use super::{LedgerNode, Step, Timer};
use crate::acceptance::{Pending, ROUNDS_MAX, Situation};
use crate::block::Reference;
use crate::message::Confirm;
use crate::standing::Standing;
use crate::{Evidence, Ledger, Message, Payload, Spread, observe, trust};

/// After how many intervals without a keepalive a peer counts as silent.
const SILENT_AFTER: u64 = 3;

/// On the side that waits.
impl LedgerNode {
    /// Whether a valid payment has what it needs to count now. If not, peers are asked.
    pub(crate) fn is_confirmed(
        &mut self,
        situation: Situation,
        name: Reference,
        step: &mut Step,
        out: &mut Effects<Ledger>,
    ) -> bool {
        let key = (name.owner, name.sequence);
        let pending =
            |node: &LedgerNode| node.extra.as_ref().and_then(|extra| extra.confirmations.pending.get(&key)).cloned();
        if let Some(pending) = pending(self).filter(|pending| pending.name == name) {
            if pending.is_met(step.now) {
                self.forget_pending(key);
                out.cancel_timer(Timer::Confirm(key.0, key.1));
                return true;
            }
            return false;
        }
        let demand = self.shared.parameters.acceptance.demand(&situation);
        let confirmed = std::collections::BTreeSet::new();
        let pending = Pending { name, demand, since: step.now, confirmed, rounds: 1 };
        if demand.at_once || pending.is_met(step.now) {
            return true;
        }
        self.ask_peers(&pending, step);
        out.set_timer(Timer::Confirm(key.0, key.1), next_look(&pending, step.now));
        self.extra.get_or_insert_default().confirmations.pending.insert(key, pending);
        false
    }

    /// What a node knows when it decides about a payment.
    pub(crate) fn situation(&self, sender: &PeerId, amount: contract::Amount, now: Time) -> Situation {
        let peers: Vec<PeerId> = self.peers.iter().filter(|peer| peer != sender).collect();
        let heard = self.shared.parameters.keepalive.map_or(peers.len(), |interval| {
            let contacts = self.extra.as_ref().map(|extra| &extra.contacts);
            contacts.map_or(0, |contacts| contacts.recent(&peers, now, interval.saturating_mul(SILENT_AFTER)))
        });
        let trust = self.book.effective_trust(sender, trust::day(now));
        Situation { amount, trust, peers: peers.len(), heard }
    }

    /// Asks all peers but the payer that have not confirmed yet.
    fn ask_peers(&self, pending: &Pending, step: &mut Step) {
        let payer = pending.name.owner;
        for peer in self.peers.iter().filter(|peer| *peer != payer && !pending.confirmed.contains(peer)) {
            step.outbox.send(peer, Message::Ask(Box::new(pending.name)));
        }
    }

    pub(super) fn on_confirm(&mut self, from: PeerId, confirm: &Confirm, step: &mut Step) {
        let Confirm { name, fine } = *confirm;
        let own = self.peers.contains(&from) && from != name.owner;
        let pending =
            self.extra.as_mut().and_then(|extra| extra.confirmations.pending.get_mut(&(name.owner, name.sequence)));
        let Some(pending) = pending.filter(|pending| own && pending.name == name) else { return };
        if fine && pending.confirmed.insert(from) {
            step.touched.push(name.owner);
        }
    }

    /// The time for an answer, or to hold a payment back, is over.
    pub(super) fn look_again(&mut self, sender: PeerId, sequence: u64, step: &mut Step, out: &mut Effects<Ledger>) {
        let key = (sender, sequence);
        let extra = self.extra.as_mut();
        let Some(pending) = extra.and_then(|extra| extra.confirmations.pending.get_mut(&key)) else { return };
        if pending.is_met(step.now) {
            step.touched.push(sender);
            return;
        }
        if pending.rounds >= ROUNDS_MAX {
            let name = pending.name;
            self.forget_pending(key);
            step.outbox.observe(observe::payment_undecided(&name));
            return;
        }
        pending.rounds += 1;
        let pending = pending.clone();
        self.ask_peers(&pending, step);
        out.set_timer(Timer::Confirm(sender, sequence), next_look(&pending, step.now));
    }

    pub(crate) fn forget_pending(&mut self, key: (PeerId, u64)) {
        if let Some(extra) = &mut self.extra {
            extra.confirmations.pending.remove(&key);
        }
    }
}

/// When to look at a payment again: when it was held back long enough, or the answers are late.
fn next_look(pending: &Pending, now: Time) -> Time {
    let held = pending.since + pending.demand.hold;
    let late = now + pending.demand.timeout;
    if now < held { held.min(late) } else { late }
}

/// On the side that is asked.
impl LedgerNode {
    pub(super) fn on_ask(&mut self, from: PeerId, name: Reference, step: &mut Step) {
        if !self.answer(from, name, step) {
            self.extra.get_or_insert_default().confirmations.ask(name, from);
        }
    }

    /// Answers a question, if what is known is enough.
    fn answer(&self, to: PeerId, name: Reference, step: &mut Step) -> bool {
        let Some(account) = self.book.account(&name.owner) else { return false };
        let known = account.chain().get(name.sequence);
        let banned = account.standing() != Standing::Good;
        if !banned && known.is_none() {
            return false;
        }
        let fine = !banned && known.as_ref().is_some_and(|block| block.hash() == name.hash);
        if !fine {
            // Why not: the proof, or the other half of one.
            match account.evidence() {
                Some(evidence) => step.outbox.send(to, Message::Evidence(Evidence::clone(evidence))),
                None => {
                    let other = known.map(|block| Message::Block(block.block().clone()));
                    other.into_iter().for_each(|other| step.outbox.send(to, other));
                }
            }
        }
        step.outbox.send(to, Message::Confirm(Box::new(Confirm { name, fine })));
        true
    }

    /// Answers the questions that can be answered now that more is known of some owners.
    pub(super) fn answer_questions(&mut self, step: &mut Step) {
        if self.extra.as_ref().is_none_or(|extra| !extra.confirmations.is_asked()) {
            return;
        }
        for owner in step.touched.clone() {
            let Some(extra) = &self.extra else { return };
            for name in extra.confirmations.asked_about(owner) {
                let account = self.book.account(&owner);
                let decided = account.is_some_and(|account| {
                    account.standing() != Standing::Good || account.chain().get(name.sequence).is_some()
                });
                if decided {
                    let extra = self.extra.get_or_insert_default();
                    for peer in extra.confirmations.answer(&name) {
                        self.answer(peer, name, step);
                    }
                }
            }
        }
    }
}

/// Entanglement and keepalives.
impl LedgerNode {
    /// Notes a keepalive, and whether its head is to be recorded.
    pub(super) fn note_contact(&mut self, from: PeerId, length: u64, head: contract::Hash, step: &mut Step) {
        let Some(last) = length.checked_sub(1) else { return };
        let every = u64::from(self.shared.parameters.entangle);
        let contacts = &mut self.extra.get_or_insert_default().contacts;
        let Some(contact) = contacts.heard(from, (last, head), step.now, &self.peers) else { return };
        let due = every > 0 && contact.keepalives.is_multiple_of(every) && contact.recorded != Some(head);
        if due && from != self.signer.id() {
            contact.recorded = Some(head);
            step.entangled.push(Payload::PeerHash { peer: from, sequence: last, head });
        }
    }

    /// Records heads of peers on the own chain.
    pub(super) fn entangle(&mut self, step: &mut Step, out: &mut Effects<Ledger>) {
        for payload in std::mem::take(&mut step.entangled) {
            if self.silenced().is_none() {
                self.write(payload, step, out);
            }
        }
    }

    /// Sends a round of keepalives, with rumours in an order of peers that is drawn anew.
    pub(super) fn send_keepalives(&mut self, now: Time, out: &mut Effects<Ledger>) {
        let Some(interval) = self.shared.parameters.keepalive else { return };
        let digest = match self.shared.parameters.anti_entropy {
            0 => None,
            1 => Some(self.book.digest()),
            every => {
                let rounds = &mut self.extra.get_or_insert_default().rounds;
                *rounds = rounds.wrapping_add(1);
                rounds.is_multiple_of(every).then(|| self.book.digest())
            }
        };
        let plain = std::sync::Arc::new(crate::sync::keepalive(&self.book, digest));
        let limit = match self.shared.parameters.spread {
            Spread::Keepalive { items, .. } => usize::from(items).min(crate::gossip::ITEMS_MAX),
            Spread::Flood | Spread::Push { .. } => 0,
        };
        let LedgerNode { peers, extra, entropy, .. } = self;
        let gossip = extra.as_mut().map(|extra| &mut extra.gossip).filter(|gossip| limit > 0 && !gossip.is_empty());
        match gossip {
            None => peers.iter().for_each(|peer| out.send(peer, Message::Keepalive(plain.clone()))),
            Some(gossip) => {
                let mut order: Vec<PeerId> = peers.iter().collect();
                for place in 0..order.len() {
                    let left = (order.len() - place) as u64;
                    order.swap(place, place + out.draw_below(entropy, left) as usize);
                    let items = gossip.take(order[place], limit);
                    let mut keepalive = plain.clone();
                    if !items.is_empty() {
                        std::sync::Arc::make_mut(&mut keepalive).items = contract::Bounded::truncated(items);
                    }
                    out.send(order[place], Message::Keepalive(keepalive));
                }
            }
        }
        out.set_timer(Timer::Keepalive, now + interval);
    }
}
