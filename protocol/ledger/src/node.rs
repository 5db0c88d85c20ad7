//! The ledger node: a composition of book, anti-entropy, payments and store.
//!
//! One step: the input changes the book; what follows from the change (evidence, forwarding, accepted payments, gaps to
//! be closed) is collected in an [`Outbox`]; the outbox leaves in its fixed order.

use std::collections::BTreeSet;
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Actor, Bounded, Canonical, Effects, Entropy, Input, PeerId, Recovered, Seed, Signer, Time};

use crate::block::Reference;
use crate::book::{ALL, Book, Learned};
use crate::flood::Outbox;
use crate::message::{Keepalive, Pull, Segment, WANT_MAX, Want};
use crate::sync::{self, AntiEntropy, Round};
use crate::view::View;
use crate::{Birth, Block, Command, Evidence, Ledger, Message, Payload, Shared, observe, store};

/// What a timer of the ledger is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Timer {
    /// To send keepalives.
    Keepalive,
    /// To ask a peer for everything again, after a restart or a broken connection.
    Repair(PeerId),
}

/// An honest node.
#[derive(Clone, Debug)]
pub struct LedgerNode {
    pub(crate) signer: Signer,
    pub(crate) entropy: Entropy,
    pub(crate) peers: Box<[PeerId]>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) book: Book,
    sync: AntiEntropy,
    /// Payments to this node that are not accepted yet: sender and position in its chain.
    pub(crate) due: BTreeSet<(PeerId, u64)>,
    /// How long the own chain is known to be. While the book has less of it, the node writes nothing.
    pub(crate) own_length: u64,
}

/// What one step has to see to before it ends.
pub(crate) struct Step {
    pub(crate) now: Time,
    pub(crate) outbox: Outbox,
    /// Owners of whom more is known or covered than before.
    pub(crate) touched: Vec<PeerId>,
    /// Blocks of which something before them was missing when they came.
    orphans: Vec<Reference>,
    /// Blocks that credits refer to and that were not known when the credits came.
    unknown: Vec<Reference>,
}

impl LedgerNode {
    /// A node that has not started yet.
    pub fn new(birth: Birth) -> LedgerNode {
        let Birth { signer, peers, entropy, shared } = birth;
        let book = Book::new(signer.id());
        LedgerNode {
            signer,
            entropy,
            peers: peers.into_boxed_slice(),
            shared,
            book,
            sync: AntiEntropy::default(),
            due: BTreeSet::new(),
            own_length: 0,
        }
    }

    /// All that the node knows.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Who it is.
    pub fn id(&self) -> PeerId {
        self.signer.id()
    }
}

impl Actor<Ledger> for LedgerNode {
    fn handle(&mut self, now: Time, input: Input<Ledger>, out: &mut Effects<Ledger>) {
        let mut step = Step {
            now,
            outbox: Outbox::default(),
            touched: Vec::new(),
            orphans: Vec::new(),
            unknown: Vec::new(),
        };
        let mut sender = None;
        match input {
            Input::Start(recovered) => self.start(&recovered, &mut step, out),
            Input::Message { from, message } => {
                sender = Some(from);
                self.receive(from, message, &mut step);
            }
            Input::Timer(Timer::Keepalive) => self.send_keepalives(now, out),
            Input::Timer(Timer::Repair(peer)) => {
                if self.sync.needs_repair(&peer) {
                    self.ask_for_everything(peer, &mut step, out);
                }
            }
            Input::Command { call, command: Command::Pay { to, amount, memo } } => {
                let reply = self.pay(to, amount, memo, &mut step, out);
                step.outbox.reply(call, reply);
            }
            Input::Broken { peer } => {
                self.sync.forget(peer);
                if self.peers.contains(&peer) {
                    self.repair_later(peer, now, out);
                }
            }
        }
        self.accept_payments(&mut step, out);
        if let Some(sender) = sender {
            self.close_gaps(sender, &mut step);
        }
        step.outbox.emit(&self.peers, out);
    }

    fn view(&self) -> View {
        View::of(self)
    }

    fn fork(&self) -> Box<dyn Actor<Ledger>> {
        Box::new(self.clone())
    }

    fn rekey(&mut self, seed: &Seed) {
        self.entropy.rekey(seed.key("ledger"));
    }

    fn state(&self, bytes: &mut Vec<u8>) {
        (self.signer.id(), self.entropy.made(), self.own_length).encode(bytes);
        self.peers.to_vec().encode(bytes);
        self.book.state(bytes);
        self.sync.state(bytes);
        (self.due.len() as u64).encode(bytes);
        self.due.iter().for_each(|due| due.encode(bytes));
    }
}

/// Messages.
impl LedgerNode {
    fn receive(&mut self, from: PeerId, message: Message, step: &mut Step) {
        match message {
            Message::Block(block) => {
                self.on_block(from, block, step);
            }
            Message::Evidence(evidence) => {
                self.on_evidence(from, &evidence, step);
            }
            Message::Keepalive(keepalive) => self.on_keepalive(from, &keepalive, step),
            Message::Pull(pull) => self.on_pull(from, &pull, step),
            Message::Want(want) => self.on_want(from, &want, step),
            Message::Segment(segment) => self.on_segment(from, &segment, step),
        }
    }

    /// Whether it was new.
    fn on_block(&mut self, from: PeerId, block: Block, step: &mut Step) -> bool {
        let learned = match self.book.learn(block.clone(), &self.shared) {
            Ok(learned) => learned,
            Err(why) => {
                step.outbox.observe(observe::rejected(from, why));
                return false;
            }
        };
        if let Some(why) = learned.refused {
            step.outbox.observe(observe::rejected(from, why));
        }
        if let Some(evidence) = &learned.evidence {
            // The evidence carries the block.
            step.outbox.found_conflict(evidence.clone());
        } else if learned.stored {
            step.outbox.forward(block.clone(), from);
        }
        let news = learned.stored || learned.evidence.is_some();
        self.follow_up(block.reference(), learned, step);
        news
    }

    /// Whether it was new.
    fn on_evidence(&mut self, from: PeerId, evidence: &Evidence, step: &mut Step) -> bool {
        let learned = match self.book.convict(evidence, &self.shared) {
            Ok(learned) => learned,
            Err(why) => {
                step.outbox.observe(observe::rejected(from, why));
                return false;
            }
        };
        if learned.evidence.is_none() {
            return false;
        }
        step.outbox.observe(observe::evidence_learned(evidence, from));
        step.outbox.put(store::evidence(evidence));
        step.outbox.flood_evidence(evidence.clone(), Some(from));
        let [lower, higher] = evidence.blocks().map(Block::reference);
        step.orphans.push(lower);
        self.follow_up(higher, learned, step);
        true
    }

    /// What follows from new blocks of an owner.
    fn follow_up(&mut self, item: Reference, learned: Learned, step: &mut Step) {
        let own = item.owner == self.book.own();
        let Learned { joined, orphan, touched, unknown, .. } = learned;
        let grown = !joined.is_empty();
        for sequence in joined {
            // What joined is on the chain: nothing in between has cut it.
            let Some(block) = self.book.account(&item.owner).and_then(|account| account.chain().get(sequence)) else {
                continue;
            };
            let entry = if own { store::own_block(block) } else { store::block(block) };
            step.outbox.put(entry);
            if self.shared.parameters.observe_blocks {
                step.outbox.observe(observe::block_accepted(block));
            }
            if matches!(block.payload, Payload::TransferOut { recipient, .. } if recipient == self.book.own()) {
                self.due.insert((item.owner, sequence));
            }
        }
        if own && grown {
            self.own_blocks_returned(step);
        }
        step.orphans.extend(orphan.then_some(item));
        step.unknown.extend(unknown);
        step.touched.extend(touched);
    }

    /// The own chain grew by blocks that a peer sent: after a loss, peers give back what is missing.
    fn own_blocks_returned(&mut self, step: &mut Step) {
        let length = self.book.mine().chain().len();
        if length >= self.own_length {
            self.own_length = length;
            step.outbox.put(store::own_length(length));
            step.outbox.observe(observe::own_chain_restored(length));
            step.touched.extend(self.due.iter().map(|(sender, _)| *sender));
        }
    }
}

/// Anti-entropy.
impl LedgerNode {
    fn on_keepalive(&mut self, from: PeerId, keepalive: &Keepalive, step: &mut Step) {
        if keepalive.digest != self.book.digest() {
            self.request(from, ALL.0, ALL.1, step);
        }
    }

    fn on_pull(&mut self, from: PeerId, pull: &Pull, step: &mut Step) {
        match sync::answer(&self.book, pull) {
            Ok(segment) => {
                let own = segment.blocks.iter().any(|block| block.owner == self.book.own());
                self.send_blocks(from, Message::Segment(Box::new(segment)), own, step);
            }
            Err(why) => step.outbox.observe(observe::rejected(from, why)),
        }
    }

    fn on_want(&mut self, from: PeerId, want: &Want, step: &mut Step) {
        for name in want.blocks.iter() {
            if let Some(block) = self.book.find(name).cloned() {
                self.send_blocks(from, Message::Block(block), name.owner == self.book.own(), step);
            }
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

    fn on_segment(&mut self, from: PeerId, segment: &Segment, step: &mut Step) {
        let mut news = false;
        for evidence in segment.evidence.iter() {
            news |= self.on_evidence(from, evidence, step);
        }
        for block in segment.blocks.iter() {
            news |= self.on_block(from, block.clone(), step);
        }
        match self.sync.answered(from, segment, news) {
            Round::Continue(next) => self.request(from, next, segment.to, step),
            Round::Finished if segment.to == ALL.1 => {
                step.unknown.extend(self.book.unknown_references(WANT_MAX, &self.shared.founding));
            }
            // An answer that comes after the connection broke is no longer waited for. What was in it counts.
            Round::Finished | Round::Unasked => {}
        }
    }

    fn request(&mut self, peer: PeerId, from: PeerId, to: PeerId, step: &mut Step) {
        if let Some(pull) = self.sync.request(peer, from, to, &self.book) {
            step.outbox.send(peer, Message::Pull(Box::new(pull)));
        }
    }

    /// Asks the sender of a message for what its items stand on and the rest of the message did not bring: for a
    /// whole prefix, or, where another branch of the owner is known already, block by block.
    fn close_gaps(&mut self, sender: PeerId, step: &mut Step) {
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
        if !want.is_empty() {
            let blocks = Bounded::truncated(want.into_iter().collect());
            step.outbox.send(sender, Message::Want(Box::new(Want { blocks })));
        }
    }

    fn send_keepalives(&mut self, now: Time, out: &mut Effects<Ledger>) {
        let Some(interval) = self.shared.parameters.keepalive else { return };
        let keepalive = Arc::new(sync::keepalive(&self.book));
        self.peers.iter().for_each(|peer| out.send(*peer, Message::Keepalive(keepalive.clone())));
        out.set_timer(Timer::Keepalive, now + interval);
    }

    /// What was under way is lost. The peer is asked for everything after a while, again and again until it answers.
    fn repair_later(&mut self, peer: PeerId, now: Time, out: &mut Effects<Ledger>) {
        let factor = self.sync.repair(peer);
        out.set_timer(Timer::Repair(peer), now + self.shared.parameters.repair.saturating_mul(factor));
    }

    fn ask_for_everything(&mut self, peer: PeerId, step: &mut Step, out: &mut Effects<Ledger>) {
        self.sync.forget(peer);
        self.repair_later(peer, step.now, out);
        self.request(peer, ALL.0, ALL.1, step);
    }
}

/// Start.
impl LedgerNode {
    fn start(&mut self, recovered: &Recovered, step: &mut Step, out: &mut Effects<Ledger>) {
        let stored = store::read(recovered, self.book.own());
        if let Some(interval) = self.shared.parameters.keepalive {
            // Nodes that start together do not all speak at once.
            let offset = out.draw_below(&mut self.entropy, interval.as_nanos());
            out.set_timer(Timer::Keepalive, step.now + contract::Span::from_nanos(offset));
        }
        if stored.fresh {
            let (created_at, endowment) = (step.now, self.shared.founding.endowment(&self.book.own()));
            self.write(Payload::Genesis { created_at, endowment }, step, out);
            return;
        }
        for (what, count) in store::SORTS.into_iter().zip(stored.damaged) {
            if count > 0 {
                step.outbox.observe(observe::store_damaged(what, count));
            }
        }
        self.own_length = stored.own_length;
        self.rebuild(stored, step);
        let length = self.book.mine().chain().len();
        if length < self.own_length {
            step.outbox.observe(observe::own_chain_damaged(length, self.own_length));
        }
        step.touched.extend(self.due.iter().map(|(sender, _)| *sender));
        for peer in self.peers.clone() {
            self.ask_for_everything(peer, step, out);
        }
    }

    /// Puts what the store holds into the book. The own chain comes first: its credits were verified when they were written.
    fn rebuild(&mut self, stored: store::Stored, step: &mut Step) {
        for evidence in &stored.evidence {
            // The checksum holds; an item that proves nothing was never stored.
            let _ = self.book.convict(evidence, &self.shared);
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

#[cfg(test)]
mod tests;
