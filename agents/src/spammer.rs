//! The spammer: told to pay, it floods its peers with what counts for nothing.
//!
//! In turn: blocks in the name of others, evidence against honest nodes, agreements that nobody signed, blocks of its own far
//! beyond its chain, questions about blocks that do not exist. The payment itself is made as an honest node makes it.

use std::collections::BTreeMap;

use contract::{Actor, Amount, Bounded, Effects, Hash, Input, PeerId, Seed, Signature, Signer, Time, Unready};
use ledger::agreement::{Matter, Panel, Text};
use ledger::block::Reference;
use ledger::{Agreement, Block, Body, Command, Equivocation, Evidence, Ledger, Message, Payload, Verified, View};
use serde::{Deserialize, Serialize};

/// How a spammer behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Spam {
    /// How many items each peer gets with every payment.
    pub items: u32,
}

/// An honest node that sends rubbish as well.
pub struct Spammer {
    inner: Box<dyn Actor<Ledger>>,
    signer: Signer,
    peers: Vec<PeerId>,
    plan: Spam,
    sent: u64,
}

impl Spammer {
    /// Wraps an honest node of the same identity as `signer`, with these peers.
    pub fn new(inner: Box<dyn Actor<Ledger>>, signer: Signer, peers: Vec<PeerId>, plan: Spam) -> Spammer {
        Spammer { inner, signer, peers, plan, sent: 0 }
    }

    /// The next item, aimed at `victim`.
    fn rubbish(&mut self, now: Time, victim: PeerId, out: &mut Effects<Ledger>) -> Message {
        self.sent += 1;
        let (number, me) = (self.sent, self.signer.id());
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        let (hash, unsigned) = (Hash::from_bytes(bytes), Signature::from_bytes([7; 64]));
        let amount = Amount::from_micro(number);
        let payment = |owner, recipient, memo| {
            let payload = Payload::TransferOut { recipient, amount, burn: Amount::ZERO, memo };
            Body { owner, sequence: 1_000 + number, previous: hash, timestamp: now, payload }
        };
        let forged = |memo| Block::new(payment(victim, me, memo), unsigned);
        match number % 5 {
            0 => Message::Block(forged(hash)),
            1 => match Equivocation::between(&forged(hash), &forged(Hash::ZERO)) {
                Some(pair) => Message::Evidence(Evidence::Equivocation(pair)),
                None => Message::Block(forged(hash)),
            },
            2 => {
                let witnesses = Bounded::truncated(vec![PeerId::from_bytes(*hash.as_bytes())]);
                let panel = Panel { session: hash, consumer: victim, provider: me, witnesses, threshold: 1 };
                let text = Text { panel, matter: Matter::Lock { amount }, at: now };
                match Agreement::new(text, BTreeMap::new()) {
                    Some(agreement) => Message::Agreement(agreement),
                    None => Message::Block(forged(hash)),
                }
            }
            3 => Message::Block(Verified::sign(payment(me, victim, hash), &self.signer, out).block().clone()),
            _ => Message::Ask(Box::new(Reference { owner: victim, sequence: number, hash })),
        }
    }
}

impl Actor<Ledger> for Spammer {
    fn handle(&mut self, now: Time, input: Input<Ledger>, out: &mut Effects<Ledger>) {
        let told = matches!(input, Input::Command { command: Command::Pay { .. }, .. });
        self.inner.handle(now, input, out);
        if !told {
            return;
        }
        for peer in self.peers.clone() {
            for _ in 0..self.plan.items {
                let rubbish = self.rubbish(now, peer, out);
                out.send(peer, rubbish);
            }
        }
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
        let Spammer { inner, signer, peers, plan, sent } = self;
        let (inner, signer, peers) = (inner.fork(), signer.clone(), peers.clone());
        Box::new(Spammer { inner, signer, peers, plan: *plan, sent: *sent })
    }

    fn rekey(&mut self, seed: &Seed) {
        self.inner.rekey(seed);
    }

    fn state(&self, bytes: &mut Vec<u8>) {
        self.inner.state(bytes);
        bytes.extend_from_slice(&self.sent.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use contract::{CallId, Canonical as _, Entropy, Recovered};
    use ledger::{Birth, Founding, LedgerNode, Parameters, Shared};

    use super::*;

    #[test]
    fn an_honest_node_keeps_and_passes_on_nothing_of_it_but_the_spammer_s_own_far_blocks() {
        let (seed, scheme) = (Seed::from_number(1), contract::keys::Scheme::simulated(&Seed::from_number(1)));
        let founding = Founding::new((1..5).map(|number| (PeerId::simulated(number), Amount::from_units(10)))).unwrap();
        let shared =
            std::sync::Arc::new(Shared { verifier: scheme.verifier(), founding, parameters: Parameters::default() });
        let node = |number, peer| {
            let (signer, peers) = (scheme.signer(&seed, number), vec![PeerId::simulated(peer)]);
            let entropy = Entropy::Keyed(contract::Draws::new(seed.key("ledger"), number));
            LedgerNode::new(Birth { signer, peers, entropy, shared: shared.clone() })
        };
        let (signer, peers) = (scheme.signer(&seed, 1), vec![PeerId::simulated(2)]);
        let mut spammer = Spammer::new(Box::new(node(1, 2)), signer, peers, Spam { items: 50 });
        let (mut victim, mut out) = (node(2, 3), Effects::default());
        let now = Time::from_nanos(5);
        spammer.handle(now, Input::Start(Recovered::default()), &mut out);
        victim.handle(now, Input::Start(Recovered::default()), &mut out);
        out.take_list();
        let command = Command::Pay { to: PeerId::simulated(4), amount: Amount::from_units(1), memo: Hash::ZERO };
        spammer.handle(now, Input::Command { call: CallId(1), command }, &mut out);
        let mut rubbish = 0;
        for effect in out.take_list() {
            let contract::Effect::Send { message, .. } = effect else { continue };
            let message = Message::decode(&message.to_bytes()).unwrap();
            rubbish += 1;
            victim.handle(now, Input::Message { from: PeerId::simulated(1), message }, &mut out);
        }
        assert_eq!(rubbish, 50 + 2, "and the GENESIS and the payment");
        assert!(victim.view().evidence.is_empty());
        let passed_on = out
            .take_list()
            .into_iter()
            .filter(|effect| matches!(effect, contract::Effect::Send { to, .. } if *to == PeerId::simulated(3)));
        assert_eq!(passed_on.count(), 2, "the honest part");
    }
}
