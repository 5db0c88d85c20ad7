//! The start of a node, for the first time or again.

use std::collections::BTreeSet;

use contract::{Effects, Recovered, Span};

use super::{Asking, LedgerNode, Step, Timer};
use crate::snapshot::Opened;
use crate::standing::Standing;
use crate::store::Snapshot;
use crate::{Ledger, Payload, observe, store};

impl LedgerNode {
    pub(super) fn start(&mut self, recovered: Recovered, step: &mut Step, out: &mut Effects<Ledger>) {
        let (stored, snapshot) = store::open(recovered, self.book.own(), &self.shared.verifier);
        if let Some(interval) = self.shared.parameters.keepalive {
            // Nodes that start together do not all speak at once.
            let offset = out.draw_below(&mut self.entropy, interval.as_nanos());
            out.set_timer(Timer::Keepalive, step.now + Span::from_nanos(offset));
        }
        if stored.fresh {
            self.begin_chain(step, out);
            return;
        }
        for (what, count) in store::SORTS.into_iter().zip(stored.damaged) {
            if count > 0 {
                step.outbox.observe(observe::store_damaged(what, count));
            }
        }
        let old_copy = stored.old_copy;
        self.own_length = stored.own_length;
        match snapshot {
            Snapshot::None => {}
            Snapshot::Opened(opened) => self.reopen(*opened),
            Snapshot::Refused(why) => step.outbox.observe(observe::snapshot_refused(why)),
        }
        self.rebuild(stored, step);
        let length = self.book.mine().chain().len();
        if length < self.own_length {
            step.outbox.observe(observe::own_chain_damaged(length, self.own_length));
        }
        step.touched.extend(self.due.iter().map(|(sender, _)| *sender));
        // Without peers there is nobody to ask, unless something is missing or may be: then whoever comes is asked.
        let asks = !self.peers.is_empty() || length < self.own_length || old_copy;
        if self.shared.parameters.ask_first && asks {
            let required = if old_copy { self.peers.iter().collect() } else { BTreeSet::new() };
            self.extra.get_or_insert_default().asking = Some(Box::new(Asking { required, ..Asking::default() }));
            step.outbox.observe(observe::asking_first(length));
        }
        for peer in self.peers.clone().iter() {
            self.ask_for_everything(peer, step, out);
        }
    }

    /// Takes the beginning of the own chain as it was sealed.
    fn reopen(&mut self, opened: Opened) {
        self.book.reopen(opened.chain, &opened.records);
        self.extra.get_or_insert_default().seals = opened.seals;
    }

    fn begin_chain(&mut self, step: &mut Step, out: &mut Effects<Ledger>) {
        let (created_at, endowment) = (step.now, self.shared.founding.endowment(&self.book.own()));
        self.write(Payload::Genesis { created_at, endowment }, step, out);
    }

    /// A node whose store said only that there was something begins its chain anew once its peers have said that they
    /// know of none: then its key was never used, or nobody has ever heard of it.
    pub(super) fn begin_unknown_chain(&mut self, step: &mut Step, out: &mut Effects<Ledger>) {
        let nothing = self.book.mine().chain().is_empty() && self.own_length <= 1;
        if step.own_chain_known && nothing && self.book.mine().standing() == Standing::Good {
            self.own_length = 0;
            self.begin_chain(step, out);
        }
    }

    /// Puts what the store holds into the book. The own chain comes first: its credits were verified when they were written.
    fn rebuild(&mut self, stored: store::Stored, step: &mut Step) {
        for evidence in &stored.evidence {
            // The checksum holds; an item that proves nothing was never stored.
            let _ = self.book.convict(evidence, &self.shared);
        }
        for agreement in &stored.agreements {
            // The checksum holds; an agreement that does not hold was never stored.
            let _ = self.book.agree(agreement, &self.shared);
        }
        for block in stored.own.into_iter().chain(stored.blocks) {
            let known = self.book.account(&block.owner);
            if known.is_some_and(|account| account.knows(block.sequence, block.hash())) {
                continue;
            }
            if let Some(evidence) = self.book.take(block, &self.shared).evidence {
                // Its value in the store is damaged, or was not durable yet.
                step.outbox.found_conflict(evidence);
            }
        }
        let (own, mine) = (self.book.own(), self.book.mine().chain());
        for (owner, account) in self.book.all().filter(|(owner, _)| *owner != own) {
            for block in account.chain().from(0) {
                let to_me = matches!(block.payload, Payload::TransferOut { recipient, .. } if recipient == own);
                if to_me && !mine.refers_to(block.hash()) {
                    self.due.insert((owner, block.sequence));
                }
            }
        }
    }
}
