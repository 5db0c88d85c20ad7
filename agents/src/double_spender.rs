//! The double-spender: every neighbour sees an honest node that happens to be quiet; two victims see a payment each, and the
//! two payments stand at one position of the chain.
//!
//! From the fork on, the honest chain goes to the first victim only, the other block to the second victim only, and
//! nobody else gets either from the attacker. Asked about either, it says that it knows of no conflict. Evidence against itself it never passes on.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{
    Actor, Bounded, Canonical, Effect, Effects, Input, PeerId, Recovered, Seed, Signer, Time, Unready, Write,
};
use ledger::gossip::Item;
use ledger::message::Confirm;
use ledger::{Block, Body, Command, Ledger, Message, Payload, Verified, View, store, text};
use serde::{Deserialize, Serialize};

/// Where the fork is kept. No key of the ledger begins with this byte.
const KEY: &[u8] = b"\xffdouble-spend";

/// How a double-spender behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DoubleSpend {
    /// Who gets the second payment whenever somebody else is paid for the first time.
    #[serde(with = "text::peer")]
    pub second: PeerId,
}

/// Both sides of the fork.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
struct Fork {
    /// Who gets the honest chain.
    first: PeerId,
    /// Where it forks.
    sequence: u64,
    /// The block that the second victim gets in place of the honest one.
    other: Block,
}

/// An honest node whose first payment is made twice.
pub struct DoubleSpender {
    inner: Box<dyn Actor<Ledger>>,
    signer: Signer,
    plan: DoubleSpend,
    fork: Option<Fork>,
}

impl DoubleSpender {
    /// Wraps an honest node of the same identity as `signer`.
    pub fn new(inner: Box<dyn Actor<Ledger>>, signer: Signer, plan: DoubleSpend) -> DoubleSpender {
        DoubleSpender { inner, signer, plan, fork: None }
    }
}

impl Actor<Ledger> for DoubleSpender {
    fn handle(&mut self, now: Time, input: Input<Ledger>, out: &mut Effects<Ledger>) {
        let Some(input) = self.overheard(input) else { return };
        if let Input::Message { from, message: Message::Ask(name) } = &input
            && name.owner == self.signer.id()
        {
            // Whichever of its payments it is asked about, all is well.
            out.send(*from, Message::Confirm(Box::new(Confirm { name: **name, fine: true })));
            return;
        }
        let victim = match &input {
            Input::Command { command: Command::Pay { to, .. }, .. } if self.fork.is_none() => Some(*to),
            _ => None,
        };
        let from = out.len();
        self.inner.handle(now, input, out);
        if let Some(first) = victim.filter(|first| *first != self.plan.second) {
            self.spend_again(first, from, out);
        }
        self.edit(from, out);
    }

    fn view(&self) -> View {
        self.inner.view()
    }

    fn unready(&self) -> Option<Unready> {
        self.inner.unready()
    }

    fn touch(&self) -> u64 {
        self.inner.touch()
    }

    fn touch_for(&self, message: &Message, pass: u8) -> Option<u64> {
        self.inner.touch_for(message, pass)
    }

    fn fork(&self) -> Box<dyn Actor<Ledger>> {
        let DoubleSpender { inner, signer, plan, fork } = self;
        let (inner, signer) = (inner.fork(), signer.clone());
        Box::new(DoubleSpender { inner, signer, plan: *plan, fork: fork.clone() })
    }

    fn rekey(&mut self, seed: &Seed) {
        self.inner.rekey(seed);
    }

    fn state(&self, bytes: &mut Vec<u8>) {
        self.inner.state(bytes);
        (self.plan.second, self.fork.clone()).encode(bytes);
    }
}

/// What comes in.
impl DoubleSpender {
    /// The input as the honest node may see it: it never learns of the other block or of evidence against itself, so it
    /// goes on as if nothing had happened. `None` if nothing is left.
    fn overheard(&mut self, input: Input<Ledger>) -> Option<Input<Ledger>> {
        let me = self.signer.id();
        match input {
            Input::Start(recovered) => Some(Input::Start(self.remember(recovered))),
            Input::Message { message: Message::Block(block), .. } if self.is_other(&block) => None,
            Input::Message { message: Message::Evidence(evidence), .. } if evidence.owner() == me => None,
            Input::Message { from, message: Message::Keepalive(mut keepalive) } => {
                if keepalive.items.iter().any(|item| self.is_unwelcome(item)) {
                    let items = keepalive.items.iter().filter(|item| !self.is_unwelcome(item)).cloned();
                    let items = Bounded::truncated(items.collect());
                    Arc::make_mut(&mut keepalive).items = items;
                }
                Some(Input::Message { from, message: Message::Keepalive(keepalive) })
            }
            Input::Message { from, message: Message::Segment(mut segment) } => {
                let evidence = segment.evidence.iter().filter(|evidence| evidence.owner() != me);
                segment.evidence = Bounded::truncated(evidence.cloned().collect());
                let blocks = segment.blocks.iter().filter(|block| !self.is_other(block));
                segment.blocks = Bounded::truncated(blocks.cloned().collect());
                Some(Input::Message { from, message: Message::Segment(segment) })
            }
            input => Some(input),
        }
    }

    /// Whether the honest node must not learn of this rumour.
    fn is_unwelcome(&self, item: &Item) -> bool {
        match item {
            Item::Block(block) => self.is_other(block),
            Item::Evidence(evidence) => evidence.owner() == self.signer.id(),
            Item::Agreement(_) => false,
        }
    }

    fn is_other(&self, block: &Block) -> bool {
        self.fork.as_ref().is_some_and(|fork| fork.other.hash() == block.hash())
    }

    /// Takes the fork out of the store, which otherwise belongs to the honest node.
    fn remember(&mut self, mut recovered: Recovered) -> Recovered {
        let kept = recovered.entries.iter().position(|(key, _)| key == KEY);
        if let Some(position) = kept {
            let (_, value) = recovered.entries.remove(position);
            self.fork = Fork::decode(&value).ok();
        }
        recovered
    }
}

/// What goes out.
impl DoubleSpender {
    /// If the honest node has just paid `first`, pays the same money to the second victim.
    fn spend_again(&mut self, first: PeerId, from: usize, out: &mut Effects<Ledger>) {
        let effects = out.take_from(from);
        let to_first =
            |block: &Block| matches!(block.payload, Payload::TransferOut { recipient, .. } if recipient == first);
        let paid = self.published(&effects).into_iter().find(to_first);
        let Some(paid) = paid else {
            effects.into_iter().for_each(|effect| out.push(effect));
            return;
        };
        let Payload::TransferOut { amount, burn, memo, .. } = paid.payload else { return };
        let payload = Payload::TransferOut { recipient: self.plan.second, amount, burn, memo };
        let other = Verified::sign(Body { payload, ..Body::clone(&paid) }, &self.signer, out).block().clone();
        let fork = Fork { first, sequence: paid.sequence, other: other.clone() };
        out.put(KEY.to_vec(), fork.to_bytes());
        let sent =
            |block: &Block| effects.iter().any(|effect| self.own_block(effect) == Some((self.plan.second, block)));
        let prefix =
            self.published(&effects).into_iter().filter(|block| block.sequence < paid.sequence && !sent(block));
        let to_second: Vec<Block> = prefix.chain([other]).collect();
        effects.into_iter().for_each(|effect| out.push(effect));
        for block in to_second {
            out.send(self.plan.second, Message::Block(block));
        }
        self.fork = Some(fork);
    }

    /// Withholds from everybody what only a victim may see. The first victim gets every new block of the honest chain,
    /// whether it is a neighbour or not.
    fn edit(&self, from: usize, out: &mut Effects<Ledger>) {
        let Some(fork) = &self.fork else { return };
        let effects = out.take_from(from);
        let published = self.published(&effects);
        let mut reached: Vec<Block> = Vec::new();
        for effect in effects {
            if let Some((to, block)) = self.own_block(&effect) {
                let honest = block.sequence < fork.sequence || to == fork.first;
                if !honest && *block != fork.other {
                    continue;
                }
                if to == fork.first {
                    reached.push(block.clone());
                }
            }
            match effect {
                Effect::Send { message: Message::Evidence(evidence), .. } if evidence.owner() == self.signer.id() => {}
                Effect::Send { to, message: Message::Keepalive(mut keepalive) } => {
                    let hidden = |item: &Item| match item {
                        Item::Block(block) => self.shown(fork, to, block).as_ref() != Some(block),
                        item => self.is_unwelcome(item),
                    };
                    if keepalive.items.iter().any(hidden) {
                        let items = keepalive.items.iter().filter(|item| !hidden(item)).cloned().collect();
                        Arc::make_mut(&mut keepalive).items = Bounded::truncated(items);
                    }
                    out.send(to, Message::Keepalive(keepalive));
                }
                Effect::Send { to, message: Message::Segment(mut segment) } => {
                    let evidence = segment.evidence.iter().filter(|evidence| evidence.owner() != self.signer.id());
                    segment.evidence = Bounded::truncated(evidence.cloned().collect());
                    let blocks = segment.blocks.iter().filter_map(|block| self.shown(fork, to, block));
                    segment.blocks = Bounded::truncated(blocks.collect());
                    out.send(to, Message::Segment(segment));
                }
                effect => out.push(effect),
            }
        }
        for block in published.into_iter().filter(|block| !reached.contains(block) && *block != fork.other) {
            out.send(fork.first, Message::Block(block));
        }
    }

    /// What `to` is shown where the honest chain has `block`.
    fn shown(&self, fork: &Fork, to: PeerId, block: &Block) -> Option<Block> {
        let honest = block.owner != self.signer.id() || block.sequence < fork.sequence || to == fork.first;
        match () {
            () if honest => Some(block.clone()),
            () if to == self.plan.second && block.sequence == fork.sequence => Some(fork.other.clone()),
            () => None,
        }
    }

    /// The own block that an effect sends, and to whom.
    fn own_block<'a>(&self, effect: &'a Effect<Ledger>) -> Option<(PeerId, &'a Block)> {
        match effect {
            Effect::Send { to, message: Message::Block(block) } if block.owner == self.signer.id() => {
                Some((*to, block))
            }
            _ => None,
        }
    }

    /// The own blocks that effects write or send, each once. A node without neighbours writes a block and sends it to nobody.
    fn published(&self, effects: &[Effect<Ledger>]) -> Vec<Block> {
        let mut published: Vec<Block> = Vec::new();
        for effect in effects {
            let block = match effect {
                Effect::Persist(Write::Put { key, value }) => store::own_block_of(key, value),
                effect => self.own_block(effect).map(|(_, block)| block.clone()),
            };
            published.extend(block.filter(|block| !published.contains(block)));
        }
        // As on the chain: what was written may stand before what is sent first.
        published.sort_by_key(|block| block.sequence);
        published
    }
}

#[cfg(test)]
mod tests;
