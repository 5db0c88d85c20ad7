//! Paying and being paid: what a node writes into its own chain.

use contract::{Amount, Effects, Hash, PeerId, Signature};

use crate::block::Reference;
use crate::chain::TRANSFER_BURN;
use crate::flood::Outbox;
use crate::history::{Proof, Summary, Tree};
use crate::node::{LedgerNode, Step};
use crate::standing::Standing;
use crate::{
    Acceptance, Agreement, Block, Body, Command, Ledger, Payload, Refusal, Reply, Verified, observe, store, trust,
    witness,
};

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
        if self.is_asking() {
            return Some(Refusal::AskingPeers);
        }
        (self.book.mine().chain().len() < self.own_length).then_some(Refusal::ChainDamaged)
    }

    /// Does what is asked, or says why not.
    pub(crate) fn command(&mut self, command: Command, step: &mut Step, out: &mut Effects<Ledger>) -> Reply {
        let payload = match command {
            Command::Pay { to, amount, memo } => return self.pay(Order { to, amount, memo }, step, out),
            Command::Publish(agreement) => return self.publish(&agreement, step),
            Command::Prove { sequence } => return self.prove(sequence, out),
            Command::Witnesses(request) => {
                return match witness::select(&self.book, &request) {
                    Ok(selection) => Reply::Witnesses(selection),
                    Err(why) => Reply::Refused { why: Refusal::NoWitnesses(why) },
                };
            }
            Command::Burn { amount, reason, evidence } => Payload::Burn { amount, reason, evidence },
            Command::Claim { amount } => {
                let basis = self.book.mine().chain().head_hash();
                Payload::MintClaim { day: trust::day(step.now), amount, basis }
            }
            Command::Record(record) => Payload::Record(record),
            Command::Escrow(escrow) => Payload::Escrow(escrow),
        };
        match self.try_write(payload, step, out) {
            Ok(block) => Reply::Written { block: block.hash(), sequence: block.sequence },
            Err(why) => Reply::Refused { why },
        }
    }

    /// Writes a block that somebody orders, if the own chain can hold it, the free balance covers it, and what it refers to
    /// is known to be true.
    fn try_write(&mut self, payload: Payload, step: &mut Step, out: &mut Effects<Ledger>) -> Result<Block, Refusal> {
        if let Some(why) = self.silenced() {
            return Err(why);
        }
        let body = self.next_body(payload, step);
        body.check().map_err(Refusal::Malformed)?;
        let free = self.free();
        if body.outflow().is_none_or(|outflow| outflow > free) {
            return Err(Refusal::Insufficient { free });
        }
        // Nothing that is looked at here depends on the signature.
        let draft = Block::new(body, Signature::from_bytes([0; 64]));
        let grant = self.shared.founding.grant(&self.id());
        self.book.mine().chain().judge(&draft, grant).map_err(Refusal::Link)?;
        if !self.book.is_due(&draft, &self.shared.founding) {
            return Err(Refusal::NotDue);
        }
        Ok(self.write(draft.payload.clone(), step, out))
    }

    /// Proves that a block stands in the own chain.
    fn prove(&self, sequence: u64, out: &mut Effects<Ledger>) -> Reply {
        if let Some(why) = self.silenced() {
            return Reply::Refused { why };
        }
        let chain = self.book.mine().chain();
        if sequence >= chain.len() {
            return Reply::Refused { why: Refusal::NoBlock };
        }
        let roots = self.extra.as_ref().map_or(&[] as &[Hash], |extra| &extra.seals.roots);
        let tree = Tree::new(chain, roots);
        let summary = Summary::sign(&tree, self.free(), &self.signer, out);
        match Proof::new(summary, &tree, sequence) {
            Some(proof) => Reply::Proven { proof: Box::new(proof) },
            None => Reply::Refused { why: Refusal::NoBlock },
        }
    }

    /// Takes an agreement from the operator, as from a peer.
    fn publish(&mut self, agreement: &Agreement, step: &mut Step) -> Reply {
        match self.learn_agreement(None, agreement, step) {
            Ok(_) => Reply::Published { agreement: agreement.id() },
            Err(_) => Reply::Refused { why: Refusal::NoAgreement },
        }
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
        let body = self.next_body(payload, step);
        let (chain, sequence) = (self.book.mine().chain(), body.sequence);
        let genesis = chain.get(0).filter(|_| sequence == 1).map(|genesis| genesis.block().clone());
        let verified = Verified::sign(body, &self.signer, out);
        let block = verified.block().clone();
        let learned = self.book.take(verified, &self.shared);
        assert_eq!(learned.joined, sequence..sequence + 1, "an own block follows the own chain");
        self.own_length = sequence + 1;
        step.outbox.put(store::own_block(&block));
        step.outbox.put(store::own_length(self.own_length));
        step.touched.extend(learned.touched);
        publish_blocks(genesis, &block, &mut step.outbox);
        if self.shared.parameters.observe_blocks {
            step.outbox.observe(observe::block_accepted(&block));
        }
        block
    }

    fn next_body(&self, payload: Payload, step: &Step) -> Body {
        let chain = self.book.mine().chain();
        let timestamp = chain.head().map_or(step.now, |head| head.timestamp.max(step.now));
        Body { owner: self.signer.id(), sequence: chain.len(), previous: chain.head_hash(), timestamp, payload }
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
            self.forget_pending((sender, sequence));
            step.outbox.observe(observe::payment(observe::PAYMENT_REFUSED, "from", sender, amount, name.hash));
            return;
        }
        let valid = self.book.is_payable(&sender, sequence, name.hash, &self.shared.founding);
        if !valid || self.silenced().is_some() {
            return;
        }
        let confirmed = self.shared.parameters.acceptance == Acceptance::Immediate || {
            let situation = self.situation(&sender, amount, step.now);
            self.is_confirmed(situation, name, step, out)
        };
        if !confirmed {
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
fn publish_blocks(genesis: Option<Block>, block: &Block, outbox: &mut Outbox) {
    if let Some(genesis) = genesis {
        outbox.publish(genesis);
    }
    if block.sequence > 0 {
        outbox.publish(block.clone());
    }
}
