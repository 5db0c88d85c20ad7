//! The ledger node: a composition of book, anti-entropy, payments and store.
//!
//! One step: the input changes the book; what follows from the change (evidence, forwarding, accepted payments, gaps to
//! be closed) is collected in an [`Outbox`]; the outbox leaves in its fixed order.

use std::collections::BTreeSet;
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Actor, Canonical, Effects, Entropy, Hash, Input, PeerId, PeerList, Seed, Signer, Time, Unready};

use crate::acceptance::Confirmations;
use crate::block::Reference;
use crate::book::Book;
use crate::credits::Touched;
use crate::flood::{Outbox, Ways};
use crate::gossip::Gossip;
use crate::peers::{Contact, Contacts};
use crate::snapshot::{SEGMENT, Seals};
use crate::sync::AntiEntropy;
use crate::view::View;
use crate::{Birth, Ledger, Message, Payload, Shared, store};

mod confirm;
mod receive;
mod repair;
mod start;

/// What a timer of the ledger is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Timer {
    /// To send keepalives.
    Keepalive,
    /// To ask a peer for everything again, after a restart or a broken connection.
    Repair(PeerId),
    /// To look again at a payment that waits for confirmations: its sender and its position in the sender's chain.
    Confirm(PeerId, u64),
}

/// In how many passes what a message needs is read ahead: two tell copies of blocks from news, one reads the node itself, one where
/// it has its peers and accounts, four the accounts.
pub(crate) const TOUCHES: u8 = 8;

/// An honest node.
#[derive(Clone, Debug)]
pub struct LedgerNode {
    pub(crate) signer: Signer,
    pub(crate) entropy: Entropy,
    pub(crate) peers: PeerList,
    pub(crate) shared: Arc<Shared>,
    pub(crate) book: Book,
    sync: AntiEntropy,
    /// Payments to this node that are not accepted yet: sender and position in its chain.
    pub(crate) due: BTreeSet<(PeerId, u64)>,
    /// How long the own chain is known to be. While the book has less of it, the node writes nothing.
    pub(crate) own_length: u64,
    pub(crate) extra: Option<Box<Extra>>,
}

/// What a node needs that does more than wait: allocated with its first use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extra {
    pub(crate) gossip: Gossip,
    pub(crate) confirmations: Confirmations,
    pub(crate) contacts: Contacts,
    /// How many rounds of keepalives were sent.
    pub(crate) rounds: u32,
    /// The segments of the own chain.
    pub(crate) seals: Seals,
    /// Set since a start after which the node writes nothing until enough peers have answered in full.
    pub(crate) asking: Option<Box<Asking>>,
}

/// Whom a node waits for that has started again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asking {
    /// Who has answered in full.
    pub(crate) answered: BTreeSet<PeerId>,
    /// Who must have, besides more than half of all peers.
    pub(crate) required: BTreeSet<PeerId>,
}

impl Asking {
    /// How many of so many peers must answer in full.
    pub(crate) fn least(&self, peers: usize) -> usize {
        self.required.len().max(peers / 2 + 1)
    }

    /// Whether enough of so many peers have.
    fn is_over(&self, peers: usize) -> bool {
        2 * self.answered.len() > peers && self.required.is_subset(&self.answered)
    }
}

/// What one step has to see to before it ends.
pub(crate) struct Step {
    pub(crate) now: Time,
    pub(crate) outbox: Outbox,
    /// Owners of whom more is known or covered than before.
    pub(crate) touched: Touched,
    /// Blocks of which something before them was missing when they came.
    orphans: Vec<Reference>,
    /// Blocks that credits refer to and that were not known when the credits came.
    unknown: Vec<Reference>,
    /// Agreements that credits refer to and that were not known when the credits came.
    unheard: Vec<Hash>,
    /// Heads to be recorded on the own chain.
    entangled: Vec<Payload>,
    /// Enough peers have answered: what they know of the own chain is all of it.
    own_chain_known: bool,
}

impl Step {
    fn new(now: Time) -> Step {
        Step {
            now,
            outbox: Outbox::default(),
            touched: Touched::new(),
            orphans: Vec::new(),
            unknown: Vec::new(),
            unheard: Vec::new(),
            entangled: Vec::new(),
            own_chain_known: false,
        }
    }
}

impl LedgerNode {
    /// A node that has not started yet.
    pub fn new(birth: Birth) -> LedgerNode {
        let Birth { signer, peers, entropy, shared } = birth;
        let book = Book::new(signer.id());
        LedgerNode {
            signer,
            entropy,
            peers: peers.as_slice().into(),
            shared,
            book,
            sync: AntiEntropy::default(),
            due: BTreeSet::new(),
            own_length: 0,
            extra: None,
        }
    }

    /// All that the node knows.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// What it remembers of a peer.
    pub fn contact(&self, peer: &PeerId) -> Option<&Contact> {
        self.extra.as_ref()?.contacts.get(peer)
    }

    /// Seals the segments of the own chain that have become complete.
    fn seal(&mut self, step: &mut Step, out: &mut Effects<Ledger>) {
        let chain = self.book.mine().chain();
        let covered = self.extra.as_ref().map_or(0, |extra| extra.seals.covered());
        if chain.len() < covered + SEGMENT {
            return;
        }
        let seals = &mut self.extra.get_or_insert_default().seals;
        while let Some(segment) = seals.seal(chain, &self.signer, out) {
            step.outbox.put(store::segment(&segment));
        }
    }

    /// Who it is.
    pub fn id(&self) -> PeerId {
        self.signer.id()
    }
}

impl Actor<Ledger> for LedgerNode {
    fn handle(&mut self, now: Time, input: Input<Ledger>, out: &mut Effects<Ledger>) {
        if matches!(&input, Input::Message { message: Message::Block(block), .. } if self.book.heard_lately(block)) {
            // What a flood mostly brings is what it has brought before.
            return;
        }
        let mut step = Step::new(now);
        let mut sender = None;
        match input {
            Input::Start(recovered) => self.start(recovered, &mut step, out),
            Input::Message { from, message } => {
                sender = Some(from);
                self.adopt(from);
                self.receive(from, message, &mut step);
            }
            Input::Timer(Timer::Keepalive) => self.send_keepalives(now, out),
            Input::Timer(Timer::Confirm(sender, sequence)) => self.look_again(sender, sequence, &mut step, out),
            Input::Timer(Timer::Repair(peer)) => {
                if self.sync.needs_repair(&peer) {
                    self.ask_for_everything(peer, &mut step, out);
                }
            }
            Input::Command { call, command } => {
                let reply = self.command(command, &mut step, out);
                step.outbox.reply(call, reply);
            }
            Input::Broken { peer } => {
                self.sync.forget(peer);
                if self.peers.contains(&peer) {
                    self.repair_later(peer, now, out);
                }
            }
            Input::Connected { peer } => self.meet(peer, &mut step, out),
        }
        self.begin_unknown_chain(&mut step, out);
        self.entangle(&mut step, out);
        self.answer_questions(&mut step);
        self.accept_payments(&mut step, out);
        if let Some(sender) = sender {
            self.close_gaps(sender, &mut step);
        }
        self.seal(&mut step, out);
        let LedgerNode { peers, entropy, extra: gossip, shared, .. } = self;
        step.outbox.emit(&mut Ways { peers, spread: shared.parameters.spread, entropy, gossip }, out);
    }

    fn view(&self) -> View {
        View::of(self)
    }

    fn unready(&self) -> Option<Unready> {
        self.silenced().map(|why| Unready { reason: why.name(), detail: self.how_long(why) })
    }

    fn fork(&self) -> Box<dyn Actor<Ledger>> {
        Box::new(self.clone())
    }

    fn rekey(&mut self, seed: &Seed) {
        self.entropy.rekey(seed.key("ledger"));
    }

    fn state(&self, bytes: &mut Vec<u8>) {
        (self.signer.id(), self.entropy.made(), self.own_length).encode(bytes);
        self.peers.iter().collect::<Vec<_>>().encode(bytes);
        self.book.state(bytes);
        self.sync.state(bytes);
        (self.due.len() as u64).encode(bytes);
        self.due.iter().for_each(|due| due.encode(bytes));
        self.extra.is_some().encode(bytes);
        if let Some(Extra { gossip, confirmations, contacts, rounds, seals, asking }) = self.extra.as_deref() {
            gossip.state(bytes);
            confirmations.state(bytes);
            contacts.state(bytes);
            rounds.encode(bytes);
            seals.roots.encode(bytes);
            asking.is_some().encode(bytes);
            if let Some(Asking { answered, required }) = asking.as_deref() {
                [answered, required].into_iter().for_each(|peers| peers.encode(bytes));
            }
        }
    }

    fn touch(&self) -> u64 {
        // One word of each cache line of its own.
        self.peers.len() as u64 ^ self.book.touch() ^ self.own_length ^ self.entropy.made() ^ self.due.len() as u64
    }

    fn touch_for(&self, message: &Message, pass: u8) -> Option<u64> {
        match (message, pass) {
            (Message::Block(block), 0..=1) => Some(self.book.touch_recent(block, pass)),
            (Message::Block(block), 2) if self.book.heard_this_copy(block) => None,
            (_, 2) => Some(self.touch()),
            (_, 3) => Some(self.peers.touch() ^ self.book.touch_accounts()),
            (Message::Block(block), later) => Some(self.book.touch_for(block, later - 4)),
            _ => Some(0),
        }
    }
}

#[cfg(test)]
mod tests;
