//! What one step sends and writes, and in which order.
//!
//! Everything new goes to every peer except the one it came from, once: the [book](crate::book) knows what is new. What a
//! step wants done is collected here and leaves in this order:
//!
//! 1. evidence, before all else;
//! 2. agreements, blocks of others and answers, which need not wait for the disk;
//! 3. writes;
//! 4. what must not be known to anybody before it is durable: own blocks, and replies.

use contract::{CallId, Effects, Observation, PeerId};

use crate::{Agreement, Block, Evidence, Ledger, Message, Reply, observe, store};

/// What one step wants done.
#[derive(Debug, Default)]
pub struct Outbox {
    evidence: Vec<(Evidence, Option<PeerId>)>,
    blocks: Vec<(Block, Option<PeerId>)>,
    agreements: Vec<(Agreement, Option<PeerId>)>,
    direct: Vec<(PeerId, Message)>,
    writes: Vec<(Vec<u8>, Vec<u8>)>,
    after_writes: Vec<(Option<PeerId>, Message)>,
    reply: Option<(CallId, Reply)>,
    observations: Vec<Observation>,
}

impl Outbox {
    /// Floods evidence to every peer except `source`.
    pub fn flood_evidence(&mut self, evidence: Evidence, source: Option<PeerId>) {
        self.evidence.push((evidence, source));
    }

    /// Floods, stores and observes evidence that this node has built itself.
    pub fn found_conflict(&mut self, evidence: Evidence) {
        self.observe(observe::conflict_detected(&evidence));
        self.put(store::evidence(&evidence));
        self.flood_evidence(evidence, None);
    }

    /// Forwards somebody's block to every peer except `source`.
    pub fn forward(&mut self, block: Block, source: Option<PeerId>) {
        self.blocks.push((block, source));
    }

    /// Forwards an agreement to every peer except `source`.
    pub fn forward_agreement(&mut self, agreement: Agreement, source: Option<PeerId>) {
        self.agreements.push((agreement, source));
    }

    /// Sends one message.
    pub fn send(&mut self, to: PeerId, message: Message) {
        self.direct.push((to, message));
    }

    /// Makes a value durable.
    pub fn put(&mut self, (key, value): (Vec<u8>, Vec<u8>)) {
        self.writes.push((key, value));
    }

    /// Floods an own block, once the writes of this step are durable.
    pub fn publish(&mut self, block: Block) {
        self.after_writes.push((None, Message::Block(block)));
    }

    /// Sends one message, once the writes of this step are durable.
    pub fn send_after_writes(&mut self, to: PeerId, message: Message) {
        self.after_writes.push((Some(to), message));
    }

    /// Answers a command, once the writes of this step are durable.
    pub fn reply(&mut self, call: CallId, reply: Reply) {
        self.reply = Some((call, reply));
    }

    /// States a fact.
    pub fn observe(&mut self, observation: Observation) {
        self.observations.push(observation);
    }

    /// Writes everything into the runtime's buffer.
    pub fn emit(self, peers: &[PeerId], out: &mut Effects<Ledger>) {
        for (evidence, source) in self.evidence {
            let others = peers.iter().filter(|peer| Some(**peer) != source);
            others.for_each(|peer| out.send(*peer, Message::Evidence(evidence.clone())));
        }
        for (agreement, source) in self.agreements {
            let others = peers.iter().filter(|peer| Some(**peer) != source);
            others.for_each(|peer| out.send(*peer, Message::Agreement(agreement.clone())));
        }
        for (block, source) in self.blocks {
            let others = peers.iter().filter(|peer| Some(**peer) != source);
            others.for_each(|peer| out.send(*peer, Message::Block(block.clone())));
        }
        self.direct.into_iter().for_each(|(to, message)| out.send(to, message));
        self.writes.into_iter().for_each(|(key, value)| out.put(key, value));
        for (to, message) in self.after_writes {
            match to {
                Some(to) => out.send(to, message),
                None => peers.iter().for_each(|peer| out.send(*peer, message.clone())),
            }
        }
        if let Some((call, reply)) = self.reply {
            out.reply(call, reply);
        }
        self.observations.into_iter().for_each(|observation| out.observe(observation));
    }
}
