//! What a message changes, and what follows from the change.

use contract::PeerId;

use super::{LedgerNode, Step};
use crate::account::Account;
use crate::block::Reference;
use crate::book::{Agreed, BadItem, Learned};
use crate::{Agreement, Block, Evidence, Message, Payload, observe, store};

impl LedgerNode {
    pub(super) fn receive(&mut self, from: PeerId, message: Message, step: &mut Step) {
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
            Message::Agreement(agreement) => {
                self.on_agreement(from, &agreement, step);
            }
            Message::Ask(name) => self.on_ask(from, *name, step),
            Message::Confirm(confirm) => self.on_confirm(from, &confirm, step),
        }
    }

    /// Whether it was new.
    pub(super) fn on_block(&mut self, from: PeerId, block: Block, step: &mut Step) -> bool {
        let name = block.reference();
        let learned = self.book.learn(block, &self.shared);
        self.on_learned(from, name, learned, step)
    }

    /// Whether any of these was new. Their signatures are checked together.
    pub(super) fn on_blocks(&mut self, from: PeerId, blocks: &[Block], step: &mut Step) -> bool {
        let known = |block: &&Block| {
            let account = self.book.account(&block.owner);
            account.is_some_and(|account| account.knows(block.sequence, block.hash()))
        };
        let unknown: Vec<Block> = blocks.iter().filter(|block| !known(block)).cloned().collect();
        let names: Vec<Reference> = unknown.iter().map(|block| block.reference()).collect();
        let mut news = false;
        for (name, checked) in names.into_iter().zip(Block::verify_all(unknown, &self.shared.verifier)) {
            let learned = checked.map(|block| self.book.learn_verified(block, &self.shared)).map_err(BadItem::from);
            news |= self.on_learned(from, name, learned, step);
        }
        news
    }

    fn on_learned(
        &mut self,
        from: PeerId,
        name: Reference,
        learned: Result<Learned, BadItem>,
        step: &mut Step,
    ) -> bool {
        let learned = match learned {
            Ok(learned) => learned,
            Err(why) => {
                step.outbox.observe(observe::rejected(from, why));
                return false;
            }
        };
        if learned.is_nothing() {
            return false;
        }
        if let Some(why) = learned.refused {
            step.outbox.observe(observe::rejected(from, why));
        }
        if let Some(evidence) = &learned.evidence {
            step.outbox.found_conflict(evidence.clone());
        }
        let news = learned.stored || learned.evidence.is_some();
        self.follow_up(from, name, learned, step);
        news
    }

    /// Whether it was new.
    pub(super) fn on_evidence(&mut self, from: PeerId, evidence: &Evidence, step: &mut Step) -> bool {
        let learned = match self.book.convict(evidence, &self.shared) {
            Ok(learned) => learned,
            Err(why) => {
                step.outbox.observe(observe::rejected(from, why));
                return false;
            }
        };
        let Some(heaviest) = learned.evidence.clone() else {
            // The owner is judged by a weightier item, or by this one. Its blocks may be news all the same.
            let mut news = false;
            for block in evidence.blocks().into_iter().filter(|block| block.is_well_formed()) {
                news |= self.on_block(from, block.clone(), step);
            }
            return news;
        };
        step.outbox.observe(observe::evidence_learned(evidence, from));
        if heaviest == *evidence {
            step.outbox.put(store::evidence(evidence));
            step.outbox.flood_evidence(evidence.clone(), Some(from));
        } else {
            // The blocks of this item prove something worse.
            step.outbox.found_conflict(heaviest);
        }
        let mut names = evidence.blocks().into_iter().map(Block::reference);
        let last = names.next_back();
        step.orphans.extend(names.next());
        match last {
            Some(last) => self.follow_up(from, last, learned, step),
            None => step.touched.extend(learned.touched),
        }
        true
    }

    /// Whether it was new, or brought further signatures.
    pub(super) fn on_agreement(&mut self, from: PeerId, agreement: &Agreement, step: &mut Step) -> bool {
        match self.learn_agreement(Some(from), agreement, step) {
            Ok(news) => news,
            Err(why) => {
                step.outbox.observe(observe::rejected(from, why));
                false
            }
        }
    }

    /// Takes an agreement, and passes it on if it is news. Whether it was.
    pub(crate) fn learn_agreement(
        &mut self,
        from: Option<PeerId>,
        agreement: &Agreement,
        step: &mut Step,
    ) -> Result<bool, BadItem> {
        let Agreed { stored, conflicts, touched, unheard } = self.book.agree(agreement, &self.shared)?;
        if stored {
            // With all signatures that are known.
            let known = self.book.agreements().get(&agreement.id()).unwrap_or(agreement);
            step.outbox.put(store::agreement(known));
            step.outbox.forward_agreement(known.clone(), from);
        }
        for conflict in conflicts {
            // It was built from two agreements that hold.
            if let Some(evidence) = self.book.convict(&conflict, &self.shared)?.evidence {
                step.touched.push(evidence.owner());
                step.outbox.found_conflict(evidence);
            }
        }
        step.touched.extend(touched);
        step.unheard.extend(unheard);
        Ok(stored)
    }

    /// What follows from new blocks of an owner. A block goes on when all before it is known, so that a peer that gets it
    /// from here, and was not cut off in between, knows its prefix. Only the block that `from` has just sent does not go
    /// back there: `from` need not know those that waited for it.
    fn follow_up(&mut self, from: PeerId, item: Reference, learned: Learned, step: &mut Step) {
        let Learned { joined, connected, orphan, touched, unknown, unheard, .. } = learned;
        let (own, grown) = (item.owner == self.book.own(), !joined.is_empty());
        let account = self.book.account(&item.owner);
        // Evidence carries its blocks with it.
        let evidence = account.and_then(Account::evidence);
        let travels = |block: &Block| evidence.is_some_and(|evidence| evidence.blocks().contains(&block));
        let source = |block: &Block| (block.reference() == item).then_some(from);
        let chain = account.map(Account::chain);
        // What joined is on the chain: nothing in between has cut it.
        for block in joined.filter_map(|sequence| chain?.get(sequence)) {
            if !travels(&block) {
                step.outbox.forward(block.block().clone(), source(&block));
            }
            if own {
                step.outbox.put(store::own_block(&block));
            } else if self.shared.parameters.archive {
                step.outbox.put(store::block(&block));
            }
            if self.shared.parameters.observe_blocks {
                step.outbox.observe(observe::block_accepted(&block));
            }
            if matches!(block.payload, Payload::TransferOut { recipient, .. } if recipient == self.book.own()) {
                self.due.insert((item.owner, block.sequence));
            }
        }
        for block in connected.iter().filter(|block| !travels(block)) {
            step.outbox.forward(block.block().clone(), source(block));
        }
        if own && grown {
            self.own_blocks_returned(step);
        }
        step.orphans.extend(orphan.then_some(item));
        step.unknown.extend(unknown);
        step.unheard.extend(unheard);
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
