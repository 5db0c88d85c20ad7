//! What one step sends and writes, and in which order.
//!
//! Everything new goes out once, never back to where it came from: the [book](crate::book) knows what is new. The node's
//! [`Spread`] says whether it goes to all peers, to some, or waits for keepalives. What a step wants done is collected here and leaves in this order:
//!
//! 1. evidence, before all else;
//! 2. agreements, blocks of others and answers, which need not wait for the disk;
//! 3. writes;
//! 4. what must not be known to anybody before it is durable: own blocks, and replies.

use contract::{CallId, Effects, Entropy, Observation, PeerId, PeerList};
use smallvec::SmallVec;

use crate::gossip::Item;
use crate::node::Extra;
use crate::{Agreement, Block, Evidence, Ledger, Message, Reply, Spread, observe, store};

/// What one step wants done.
#[derive(Debug, Default)]
pub struct Outbox {
    evidence: Vec<(Evidence, Option<PeerId>)>,
    /// Most steps forward one.
    blocks: SmallVec<[(Block, Option<PeerId>); 1]>,
    agreements: Vec<(Agreement, Option<PeerId>)>,
    direct: Vec<(PeerId, Message)>,
    writes: Vec<(Vec<u8>, Vec<u8>)>,
    after_writes: Vec<After>,
    reply: Option<(CallId, Reply)>,
    observations: Vec<Observation>,
}

impl Outbox {
    /// Spreads evidence, but not to `source`.
    pub fn flood_evidence(&mut self, evidence: Evidence, source: Option<PeerId>) {
        self.evidence.push((evidence, source));
    }

    /// Floods, stores and observes evidence that this node has built itself.
    pub fn found_conflict(&mut self, evidence: Evidence) {
        self.observe(observe::conflict_detected(&evidence));
        self.put(store::evidence(&evidence));
        self.flood_evidence(evidence, None);
    }

    /// Spreads somebody's block, but not to `source`.
    pub fn forward(&mut self, block: Block, source: Option<PeerId>) {
        self.blocks.push((block, source));
    }

    /// Spreads an agreement, but not to `source`.
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

    /// Spreads an own block, once the writes of this step are durable.
    pub fn publish(&mut self, block: Block) {
        self.after_writes.push(After::Publish(block));
    }

    /// Sends one message, once the writes of this step are durable.
    pub fn send_after_writes(&mut self, to: PeerId, message: Message) {
        self.after_writes.push(After::Send(to, message));
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
    pub(crate) fn emit(self, ways: &mut Ways<'_>, out: &mut Effects<Ledger>) {
        for (evidence, source) in self.evidence {
            ways.spread(Item::Evidence(evidence), source, out);
        }
        for (agreement, source) in self.agreements {
            ways.spread(Item::Agreement(agreement), source, out);
        }
        for (block, source) in self.blocks {
            ways.spread(Item::Block(block), source, out);
        }
        self.direct.into_iter().for_each(|(to, message)| out.send(to, message));
        self.writes.into_iter().for_each(|(key, value)| out.put(key, value));
        for after in self.after_writes {
            match after {
                After::Publish(block) => ways.spread(Item::Block(block), None, out),
                After::Send(to, message) => out.send(to, message),
            }
        }
        if let Some((call, reply)) = self.reply {
            out.reply(call, reply);
        }
        self.observations.into_iter().for_each(|observation| out.observe(observation));
    }
}

/// What waits for the writes of its step.
#[derive(Debug)]
enum After {
    Publish(Block),
    Send(PeerId, Message),
}

/// How new items get to peers.
pub(crate) struct Ways<'a> {
    pub(crate) peers: &'a PeerList,
    pub(crate) spread: Spread,
    pub(crate) entropy: &'a mut Entropy,
    pub(crate) gossip: &'a mut Option<Box<Extra>>,
}

impl Ways<'_> {
    fn spread(&mut self, item: Item, source: Option<PeerId>, out: &mut Effects<Ledger>) {
        match (self.spread, &item) {
            (Spread::Keepalive { fanout, .. }, _) => {
                let gossip = &mut self.gossip.get_or_insert_default().gossip;
                gossip.add(item, source, usize::from(fanout), self.peers);
            }
            (Spread::Push { fanout }, Item::Block(_) | Item::Agreement(_)) => {
                let mut others: Vec<PeerId> = self.others(source).collect();
                let message = item.into_message();
                for place in 0..others.len().min(usize::from(fanout)) {
                    let left = (others.len() - place) as u64;
                    others.swap(place, place + out.draw_below(self.entropy, left) as usize);
                    out.send(others[place], message.clone());
                }
            }
            (Spread::Push { .. } | Spread::Flood, _) => {
                let message = item.into_message();
                self.others(source).for_each(|peer| out.send(peer, message.clone()));
            }
        }
    }

    fn others(&self, source: Option<PeerId>) -> impl Iterator<Item = PeerId> + '_ {
        self.peers.iter().filter(move |peer| Some(*peer) != source)
    }
}
