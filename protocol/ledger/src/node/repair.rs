//! How gaps close: keepalives, pulls and their answers, broken connections.

use std::borrow::Cow;
use std::collections::BTreeSet;

use contract::{Bounded, Effects, Hash, PeerId, Time};

use super::{LedgerNode, Step, Timer};
use crate::book::ALL;
use crate::message::{Keepalive, Pull, Segment, WANT_MAX, Want};
use crate::sync::{self, Round};
use crate::{Ledger, Message, Refusal, observe, store};

impl LedgerNode {
    pub(super) fn on_keepalive(&mut self, from: PeerId, keepalive: &Keepalive, step: &mut Step) {
        self.note_contact(from, keepalive.length, keepalive.head, step);
        for item in keepalive.items.iter() {
            self.receive(from, item.clone().into_message(), step);
        }
        if keepalive.digest.is_some_and(|digest| digest != self.book.digest()) {
            self.request(from, ALL.0, ALL.1, step);
        }
    }

    pub(super) fn on_pull(&mut self, from: PeerId, pull: &Pull, step: &mut Step) {
        match sync::answer(&self.book, pull) {
            Ok(segment) => {
                let own = segment.blocks.iter().any(|block| block.owner == self.book.own());
                self.send_blocks(from, Message::Segment(Box::new(segment)), own, step);
            }
            Err(why) => step.outbox.observe(observe::rejected(from, why)),
        }
    }

    pub(super) fn on_want(&mut self, from: PeerId, want: &Want, step: &mut Step) {
        for name in want.blocks.iter() {
            if let Some(block) = self.book.find(name).map(Cow::into_owned) {
                self.send_blocks(from, Message::Block(block), name.owner == self.book.own(), step);
            }
        }
        for agreement in want.agreements.iter().filter_map(|id| self.book.agreements().get(id)) {
            step.outbox.send(from, Message::Agreement(agreement.clone()));
        }
    }

    /// Answers with blocks. An own block may have been written a moment ago and not be durable yet: a write in this step
    /// holds the answer back until it is.
    fn send_blocks(&self, to: PeerId, message: Message, own: bool, step: &mut Step) {
        if own {
            step.outbox.put(store::own_length(self.own_length));
            step.outbox.send_after_writes(to, message);
        } else {
            step.outbox.send(to, message);
        }
    }

    pub(super) fn on_segment(&mut self, from: PeerId, segment: &Segment, step: &mut Step) {
        let mut news = false;
        for evidence in segment.evidence.iter() {
            news |= self.on_evidence(from, evidence, step);
        }
        for agreement in segment.agreements.iter() {
            self.on_agreement(from, agreement, step);
        }
        news |= self.on_blocks(from, &segment.blocks, step);
        match self.sync.answered(from, segment, news) {
            Round::Continue(next) => self.request(from, next, segment.to, step),
            Round::Finished if segment.to == ALL.1 => {
                self.answered_in_full(from, step);
                step.unknown.extend(self.book.unknown_references(WANT_MAX, &self.shared.founding));
                step.unheard.extend(self.book.unheard_agreements(WANT_MAX, &self.shared.founding));
            }
            // An answer that comes after the connection broke is no longer waited for. What was in it counts.
            Round::Finished | Round::Unasked => {}
        }
    }

    /// Whether the node has started again and does not know yet what it has signed.
    pub(crate) fn is_asking(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| extra.asking.is_some())
    }

    /// A peer has sent all that this node lacks, of its own chain as well. When enough have, the node may write again.
    fn answered_in_full(&mut self, peer: PeerId, step: &mut Step) {
        let asking = self.extra.as_mut().map(|extra| &mut extra.asking);
        let Some(asking) = asking.filter(|_| self.peers.contains(&peer)) else { return };
        let Some(waits) = asking else { return };
        waits.answered.insert(peer);
        if waits.is_over(self.peers.len()) {
            *asking = None;
            step.own_chain_known = true;
            step.outbox.observe(observe::own_chain_known(self.book.mine().chain().len()));
            step.touched.extend(self.due.iter().map(|(sender, _)| *sender));
        }
    }

    /// Meets a peer: takes it for one of its own, and asks it for everything unless it owes that answer already. So what either
    /// side has written before the two met is known to both at once.
    pub(super) fn meet(&mut self, peer: PeerId, step: &mut Step, out: &mut Effects<Ledger>) {
        self.adopt(peer);
        if self.peers.contains(&peer) && !self.sync.is_asked(&peer) {
            self.ask_for_everything(peer, step, out);
        }
    }

    /// Why the node writes nothing, and what it waits for.
    pub(super) fn how_long(&self, why: Refusal) -> String {
        let asking = self.extra.as_ref().and_then(|extra| extra.asking.as_ref());
        match (why, asking) {
            (Refusal::AskingPeers, Some(asking)) => format!(
                "the node asks its peers what it has signed before it signs again: {} of {} have answered in full, {} must",
                asking.answered.len(),
                self.peers.len(),
                asking.least(self.peers.len())
            ),
            _ => why.to_string(),
        }
    }

    /// Takes a peer that writes to this node for one of its own, while there is room.
    pub(super) fn adopt(&mut self, peer: PeerId) {
        let room = self.peers.len() < self.shared.parameters.peers_max as usize;
        if room && peer != self.book.own() && !self.peers.contains(&peer) {
            let mut peers: Vec<PeerId> = self.peers.iter().collect();
            peers.push(peer);
            self.peers = peers.as_slice().into();
        }
    }

    fn request(&mut self, peer: PeerId, from: PeerId, to: PeerId, step: &mut Step) {
        if let Some(pull) = self.sync.request(peer, from, to, &self.book) {
            step.outbox.send(peer, Message::Pull(Box::new(pull)));
        }
    }

    /// Asks the sender of a message for what its items stand on and the rest of the message did not bring: for a
    /// whole prefix, or, where another branch of the owner is known already, block by block.
    pub(super) fn close_gaps(&mut self, sender: PeerId, step: &mut Step) {
        if step.orphans.is_empty() && step.unknown.is_empty() && step.unheard.is_empty() {
            return;
        }
        let (mut prefixes, mut want) = (BTreeSet::new(), BTreeSet::new());
        for gap in step.orphans.iter().filter_map(|orphan| self.book.gap_below(*orphan)) {
            let length = self.book.account(&gap.owner).map_or(0, |account| account.chain().len());
            if gap.sequence >= length {
                prefixes.insert(gap.owner);
            } else {
                want.insert(gap);
            }
        }
        want.extend(step.unknown.iter().filter(|name| self.book.find(name).is_none()));
        for owner in prefixes {
            self.request(sender, owner, owner, step);
        }
        let unheard: BTreeSet<Hash> = step.unheard.drain(..).collect();
        let unheard = unheard.into_iter().filter(|id| self.book.agreements().get(id).is_none());
        let agreements = Bounded::truncated(unheard.collect());
        if !want.is_empty() || !agreements.is_empty() {
            let blocks = Bounded::truncated(want.into_iter().collect());
            step.outbox.send(sender, Message::Want(Box::new(Want { blocks, agreements })));
        }
    }

    /// What was under way is lost. The peer is asked for everything after a while, again and again until it answers.
    pub(super) fn repair_later(&mut self, peer: PeerId, now: Time, out: &mut Effects<Ledger>) {
        let factor = self.sync.repair(peer);
        out.set_timer(Timer::Repair(peer), now + self.shared.parameters.repair.saturating_mul(factor));
    }

    pub(super) fn ask_for_everything(&mut self, peer: PeerId, step: &mut Step, out: &mut Effects<Ledger>) {
        self.sync.forget(peer);
        self.repair_later(peer, step.now, out);
        self.request(peer, ALL.0, ALL.1, step);
    }
}
