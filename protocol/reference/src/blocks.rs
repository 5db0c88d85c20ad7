//! Bitcoin's block relay as SimBlock has it: `inv`, `getdata`, compact block, `getblocktxn`, block.
//!
//! The workload by which the network model is compared with SimBlock (Aoki et al., "SimBlock: A Blockchain Network
//! Simulator", 2019, arXiv:1901.09777; class `Node` of its sources). A node that accepts a block announces it to all
//! neighbours. Who hears of a higher block asks the first who told, and ignores the others until it has come. If both ends
//! use compact relay (BIP 152), a compact block travels; with some probability transactions are missing, and then they are
//! asked for and come as a part of the block. Everything else is a whole block.
//!
//! Mining is a Poisson process: every node draws exponential times with mean `nodes · interval`, since hashing has no
//! memory. A block is its height and its miner. A node's chain is the highest block that it knows; what comes to it of the same
//! height or below is kept as seen and not passed on, as SimBlock does.
//!
//! Messages are datagrams: SimBlock's messages neither wait for each other nor get lost, and a profile without loss gives
//! that. They have the sizes of Bitcoin's messages, so their bytes do take bandwidth, other than SimBlock's small ones.
//!
//! A node that restarts knows nothing, and joins in with the next block. What it has seen grows by eight bytes a block.

mod birth;
mod fractions;
mod message;
mod uploads;

use std::collections::BTreeSet;

use contract::draws::{Entropy, Seed, open_unit};
use contract::{Actor, Canonical, Effects, Input, Observation, PeerId, Protocol, Span, Time};
use serde::Serialize;

pub use birth::{Birth, CHURN_SHARE, COMPACT_SHARE, Neighbour, Parameters, Slot};
pub use message::{Block, Message, Timer};

use uploads::{Upload, Uploads};

/// The protocol's vocabulary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocks;

impl Protocol for Blocks {
    const NAME: &'static str = "block-relay";
    const ID: u16 = 0x00f1;
    const VERSION: u16 = 1;
    const TOUCHES: u8 = 1;
    type Message = Message;
    type Timer = Timer;
    type Command = ();
    type Reply = ();
    type View = View;
}

/// What may be seen of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// The highest block that it knows, from 1; 0 before the first.
    pub height: u32,
    /// Blocks that it mined.
    pub mined: u32,
    /// Blocks that it received, of its chain or not.
    pub received: u32,
    /// Compact blocks from which it could not build the block.
    pub incomplete: u32,
}

/// The purpose of the nodes' draws.
pub const PURPOSE: &str = "block-relay";
/// The name of the observation of a block that was mined or came in: `block` with `height`, `miner`.
pub const SEEN: &str = "block";

/// A node.
#[derive(Clone, Debug)]
pub struct BlockNode {
    birth: Birth,
    /// The numbers of the neighbours, which every request looks through: side by side they are a line or two of the cache.
    numbers: Box<[u32]>,
    entropy: Entropy,
    tip: Block,
    /// Whatever it mined or received, of any height.
    seen: BTreeSet<Block>,
    /// What it asked for last, where the next announcements find it at once.
    asked: Block,
    /// What it asked for and has not received.
    awaited: BTreeSet<Block>,
    uploads: Uploads,
    view: View,
}

impl BlockNode {
    /// A node that is born with this, and draws from there.
    pub fn new(birth: Birth, entropy: Entropy) -> BlockNode {
        let view = View { height: 0, mined: 0, received: 0, incomplete: 0 };
        let (seen, awaited, uploads) = (BTreeSet::new(), BTreeSet::new(), Uploads::default());
        let (tip, asked) = (Block::default(), Block::default());
        let numbers = birth.neighbours.iter().map(|neighbour| neighbour.number).collect();
        BlockNode { birth, numbers, entropy, tip, asked, seen, awaited, uploads, view }
    }

    fn neighbour(&self, peer: &PeerId) -> Option<u32> {
        let number = peer.simulated_number()?;
        self.numbers.iter().position(|neighbour| u64::from(*neighbour) == number).map(|place| place as u32)
    }

    fn overhead(&self) -> Span {
        Span::from_nanos(self.birth.parameters.overhead_ns)
    }

    fn processing(&self) -> Span {
        Span::from_nanos(self.birth.parameters.processing_ns)
    }

    /// Draws when the next block is mined here.
    fn mine_on(&mut self, now: Time, out: &mut Effects<Blocks>) {
        let Parameters { nodes, interval_ns, .. } = self.birth.parameters;
        let mean_ns = f64::from(nodes) * interval_ns as f64;
        let unit = open_unit(out.draw(&mut self.entropy)[0]);
        // The cast saturates: a block in three hundred years is never mined.
        out.set_timer(Timer::Mine, now + Span::from_nanos((-libm::log(unit) * mean_ns) as u64));
    }

    /// A block that is new here: mined, or received and complete.
    fn accept(&mut self, now: Time, block: Block, out: &mut Effects<Blocks>) {
        self.awaited.remove(&block);
        if !self.seen.insert(block) {
            return;
        }
        let (height, miner) = (u64::from(block.height), u64::from(block.miner));
        out.observe(Observation::new(SEEN).with("height", height).with("miner", miner));
        if block.height > self.tip.height {
            self.tip = block;
            self.view.height = block.height;
            out.set_timer(Timer::Announce(block), now + self.overhead());
        }
    }

    /// Whether a block is the tip or what it asked for last.
    #[inline]
    fn knows_at_once(&self, block: Block) -> bool {
        block == self.tip || block == self.asked
    }

    /// Reads what a step looks at that does not end at once.
    fn touch_lists(&self) -> u64 {
        let number = self.numbers.first().copied().unwrap_or_default();
        let height = self.seen.first().map_or(0, |block| block.height);
        u64::from(number ^ height)
    }

    fn announced(&mut self, now: Time, from: PeerId, block: Block, out: &mut Effects<Blocks>) {
        // The commonest case by far, and the cheapest.
        if self.knows_at_once(block) {
            return;
        }
        if self.awaited.contains(&block) || self.seen.contains(&block) {
            return;
        }
        let Some(from) = self.neighbour(&from) else { return };
        self.awaited.insert(block);
        self.asked = block;
        out.set_timer(Timer::Ask { from, block, missing: false }, now + self.overhead());
    }

    /// A compact block came: with some probability it is not enough.
    fn compact(&mut self, now: Time, from: PeerId, block: Block, out: &mut Effects<Blocks>) {
        let unit = open_unit(out.draw(&mut self.entropy)[0]);
        match self.neighbour(&from) {
            Some(from) if unit <= self.birth.incomplete() => {
                self.view.incomplete += 1;
                out.set_timer(Timer::Ask { from, block, missing: true }, now + self.processing() + self.overhead());
            }
            Some(_) => out.set_timer(Timer::Accept(block), now + self.processing()),
            None => {}
        }
    }

    fn asked(&mut self, now: Time, from: PeerId, (block, missing): (Block, bool), out: &mut Effects<Blocks>) {
        // Who asks for what nobody offered is no neighbour, or misbehaves.
        let Some(to) = self.neighbour(&from).filter(|_| self.seen.contains(&block)) else { return };
        self.uploads.add(Upload { to, block, missing });
        self.upload(now, out);
    }

    /// Sends what waits while the slot is free.
    fn upload(&mut self, now: Time, out: &mut Effects<Blocks>) {
        while let Some(Upload { to, block, missing }) = self.uploads.next(now) {
            let neighbour = self.birth.neighbours[to as usize];
            let message = self.content(&neighbour, block, missing, out);
            self.uploads.occupy(now + self.birth.occupied(&neighbour, &message));
            out.send(neighbour.peer(), message);
        }
        if let Some(free) = self.uploads.wait_until(now) {
            out.set_timer(Timer::Upload, free);
        }
    }

    fn content(&mut self, to: &Neighbour, block: Block, missing: bool, out: &mut Effects<Blocks>) -> Message {
        let whole = self.birth.parameters.block_bytes;
        if missing {
            let bits = out.draw(&mut self.entropy)[0];
            let hundredths = if self.birth.churns { fractions::hundredths(bits) } else { 1 };
            let bytes = u64::from(whole) * u64::from(hundredths) / 100;
            return Message::Block { block, bytes: bytes as u32 };
        }
        if self.birth.compact && to.compact {
            return Message::Compact { block, bytes: self.birth.parameters.compact_bytes };
        }
        Message::Block { block, bytes: whole }
    }

    fn timer(&mut self, now: Time, timer: Timer, out: &mut Effects<Blocks>) {
        match timer {
            Timer::Mine => {
                self.view.mined += 1;
                self.accept(now, Block { height: self.tip.height + 1, miner: self.birth.number }, out);
                self.mine_on(now, out);
            }
            Timer::Announce(block) => {
                let peers = self.numbers.iter().map(|number| PeerId::simulated(u64::from(*number)));
                peers.for_each(|peer| out.send(peer, Message::Inv(block)));
            }
            Timer::Ask { from, block, missing } => {
                let Some(neighbour) = self.birth.neighbours.get(from as usize) else { return };
                let message = if missing { Message::GetMissing(block) } else { Message::GetData(block) };
                out.send(neighbour.peer(), message);
            }
            Timer::Accept(block) => {
                self.view.received += 1;
                self.accept(now, block, out);
            }
            Timer::Upload => self.upload(now, out),
        }
    }
}

impl Actor<Blocks> for BlockNode {
    #[inline]
    fn handle(&mut self, now: Time, input: Input<Blocks>, out: &mut Effects<Blocks>) {
        match input {
            Input::Message { from, message } => match message {
                Message::Inv(block) => self.announced(now, from, block, out),
                Message::GetData(block) => self.asked(now, from, (block, false), out),
                Message::GetMissing(block) => self.asked(now, from, (block, true), out),
                Message::Compact { block, .. } => self.compact(now, from, block, out),
                Message::Block { block, .. } => {
                    out.set_timer(Timer::Accept(block), now + self.processing());
                }
            },
            Input::Timer(timer) => self.timer(now, timer, out),
            Input::Start(_) => self.mine_on(now, out),
            Input::Command { .. } | Input::Broken { .. } | Input::Connected { .. } => {}
        }
    }

    fn view(&self) -> View {
        self.view
    }

    fn fork(&self) -> Box<dyn Actor<Blocks>> {
        Box::new(self.clone())
    }

    fn rekey(&mut self, seed: &Seed) {
        self.entropy.rekey(seed.key(PURPOSE));
    }

    fn state(&self, bytes: &mut Vec<u8>) {
        (self.tip, self.entropy.made()).encode(bytes);
        self.seen.encode(bytes);
        self.awaited.encode(bytes);
        self.uploads.state(bytes);
    }

    fn touch(&self) -> u64 {
        self.touch_lists()
    }

    #[inline]
    fn touch_for(&self, message: &Message, _pass: u8) -> Option<u64> {
        match message {
            // Most of what comes.
            Message::Inv(block) if self.knows_at_once(*block) => None,
            _ => Some(self.touch_lists()),
        }
    }
}

#[cfg(test)]
mod tests;
