//! Paying and being paid: what a node writes into its own chain.

use contract::{Amount, Effects, Hash, PeerId};

use crate::block::Reference;
use crate::chain::TRANSFER_BURN;
use crate::flood::Outbox;
use crate::node::{LedgerNode, Step};
use crate::standing::Standing;
use crate::{Acceptance, Block, Body, Ledger, Payload, Refusal, Reply, Verified, observe, store};

/// A payment that somebody orders.
pub(crate) struct Order {
    pub(crate) to: PeerId,
    pub(crate) amount: Amount,
    pub(crate) memo: Hash,
}

impl LedgerNode {
    /// What the node can pay.
    pub fn free(&self) -> Amount {
        self.book.mine().settled().balance
    }

    /// Why the node may not write into its own chain, if it may not.
    pub(crate) fn silenced(&self) -> Option<Refusal> {
        if self.book.mine().standing() != Standing::Good {
            return Some(Refusal::Banned);
        }
        (self.book.mine().chain().len() < self.own_length).then_some(Refusal::ChainDamaged)
    }

    /// Pays, or says why not.
    pub(crate) fn pay(&mut self, order: Order, step: &mut Step, out: &mut Effects<Ledger>) -> Reply {
        if let Some(why) = self.why_not(&order) {
            return Reply::Refused { why };
        }
        let Order { to: recipient, amount, memo } = order;
        let block = self.write(Payload::TransferOut { recipient, amount, burn: TRANSFER_BURN, memo }, step, out);
        step.outbox.observe(observe::payment(observe::PAYMENT_SENT, "to", recipient, amount, block.hash()));
        Reply::Paid { block: block.hash(), sequence: block.sequence }
    }

    fn why_not(&self, order: &Order) -> Option<Refusal> {
        if let Some(why) = self.silenced() {
            return Some(why);
        }
        let free = self.free();
        match order {
            Order { amount: Amount::ZERO, .. } => Some(Refusal::Nothing),
            Order { to, .. } if *to == self.id() => Some(Refusal::ToItself),
            // Without trust nothing is burned on the way, so the amount is all that leaves.
            Order { amount, .. } if *amount > free => Some(Refusal::Insufficient { free }),
            Order { .. } => None,
        }
    }

    /// Writes a block into the own chain, makes it durable, and then floods it.
    pub(crate) fn write(&mut self, payload: Payload, step: &mut Step, out: &mut Effects<Ledger>) -> Block {
        assert_eq!(self.silenced(), None, "a node that may contradict itself writes nothing");
        let chain = self.book.mine().chain();
        let sequence = chain.len();
        let timestamp = chain.head().map_or(step.now, |head| head.timestamp.max(step.now));
        let body = Body { owner: self.signer.id(), sequence, previous: chain.head_hash(), timestamp, payload };
        let genesis = chain.get(0).filter(|_| sequence == 1).map(|genesis| genesis.block().clone());
        let verified = Verified::sign(body, &self.signer, out);
        let block = verified.block().clone();
        let learned = self.book.take(verified, &self.shared);
        assert_eq!(learned.joined, sequence..sequence + 1, "an own block follows the own chain");
        self.own_length = sequence + 1;
        step.outbox.put(store::own_block(&block));
        step.outbox.put(store::own_length(self.own_length));
        step.touched.extend(learned.touched);
        publish(genesis, &block, &mut step.outbox);
        if self.shared.parameters.observe_blocks {
            step.outbox.observe(observe::block_accepted(&block));
        }
        block
    }

    /// Accepts the payments that have become acceptable.
    pub(crate) fn accept_payments(&mut self, step: &mut Step, out: &mut Effects<Ledger>) {
        while let Some(sender) = step.touched.pop() {
            let of_sender = self.due.range((sender, 0)..=(sender, u64::MAX));
            let due: Vec<u64> = of_sender.map(|(_, sequence)| *sequence).collect();
            for sequence in due {
                self.accept(sender, sequence, step, out);
            }
        }
    }

    fn accept(&mut self, sender: PeerId, sequence: u64, step: &mut Step, out: &mut Effects<Ledger>) {
        let Some((name, amount)) = self.payment_to_me(sender, sequence) else {
            self.due.remove(&(sender, sequence));
            return;
        };
        if self.book.standing(&sender) != Standing::Good {
            self.due.remove(&(sender, sequence));
            step.outbox.observe(observe::payment(observe::PAYMENT_REFUSED, "from", sender, amount, name.hash));
            return;
        }
        let valid = self.book.is_payable(&sender, sequence, name.hash, &self.shared.founding);
        let now = match self.shared.parameters.acceptance {
            Acceptance::Immediate => valid,
        };
        if !now || self.silenced().is_some() {
            return;
        }
        self.due.remove(&(sender, sequence));
        let payload = Payload::TransferIn { sender, sender_sequence: sequence, sender_block: name.hash, amount };
        self.write(payload, step, out);
        step.outbox.observe(observe::payment(observe::PAYMENT_ACCEPTED, "from", sender, amount, name.hash));
    }

    /// The payment to this node at this place, if there is one that it has not accepted.
    fn payment_to_me(&self, sender: PeerId, sequence: u64) -> Option<(Reference, Amount)> {
        let block = self.book.account(&sender)?.chain().get(sequence)?;
        match block.payload {
            Payload::TransferOut { recipient, amount, .. } if recipient == self.id() => {
                let accepted = self.book.mine().chain().refers_to(block.hash());
                (!accepted).then(|| (block.reference(), amount))
            }
            _ => None,
        }
    }
}

/// Floods an own block. A GENESIS concerns nobody until something follows it: it goes out with the first block that does.
fn publish(genesis: Option<Block>, block: &Block, outbox: &mut Outbox) {
    if let Some(genesis) = genesis {
        outbox.publish(genesis);
    }
    if block.sequence > 0 {
        outbox.publish(block.clone());
    }
}
