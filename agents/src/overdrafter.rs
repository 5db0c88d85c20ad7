//! The overdrafter: told to pay more than it has, it signs the payment all the same and sends it to its victim.
//!
//! Up to then it is an honest node. The victim gets the whole chain, so that nothing but the amount is wrong.

use contract::{Actor, Effect, Effects, Input, PeerId, Seed, Signer, Time, Unready, Write};
use ledger::{Block, Body, Command, Ledger, Message, Payload, Verified, View, store};

/// An honest node that pays what it does not have.
pub struct Overdrafter {
    inner: Box<dyn Actor<Ledger>>,
    signer: Signer,
    /// The own chain, as far as the honest node has written it.
    chain: Vec<Block>,
}

impl Overdrafter {
    /// Wraps an honest node of the same identity as `signer`.
    pub fn new(inner: Box<dyn Actor<Ledger>>, signer: Signer) -> Overdrafter {
        Overdrafter { inner, signer, chain: Vec::new() }
    }

    fn note(&mut self, key: &[u8], value: &[u8]) {
        self.chain.extend(store::own_block_of(key, value).filter(|block| block.sequence == self.chain.len() as u64));
    }

    /// Signs a payment of any amount on top of the own chain, and sends both.
    fn overdraw(&self, now: Time, payload: Payload, to: PeerId, out: &mut Effects<Ledger>) {
        let Some(head) = self.chain.last() else { return };
        let (sequence, timestamp) = (head.sequence + 1, head.timestamp.max(now));
        let body = Body { owner: self.signer.id(), sequence, previous: head.hash(), timestamp, payload };
        let overdraft = Verified::sign(body, &self.signer, out).block().clone();
        for block in self.chain.iter().cloned().chain([overdraft]) {
            out.send(to, Message::Block(block));
        }
    }
}

impl Actor<Ledger> for Overdrafter {
    fn handle(&mut self, now: Time, input: Input<Ledger>, out: &mut Effects<Ledger>) {
        let payment = match &input {
            Input::Command { command: Command::Pay { to, amount, memo }, .. } => Some((*to, *amount, *memo)),
            Input::Start(recovered) => {
                let entries = recovered.entries.clone();
                entries.iter().for_each(|(key, value)| self.note(key, value));
                None
            }
            _ => None,
        };
        let (from, length) = (out.len(), self.chain.len());
        self.inner.handle(now, input, out);
        let effects = out.take_from(from);
        for effect in effects {
            if let Effect::Persist(Write::Put { key, value }) = &effect {
                self.note(key, value);
            }
            out.push(effect);
        }
        let refused = self.chain.len() == length;
        if let Some((recipient, amount, memo)) = payment.filter(|_| refused) {
            let payload = Payload::TransferOut { recipient, amount, burn: contract::Amount::ZERO, memo };
            if recipient != self.signer.id() && amount > contract::Amount::ZERO {
                self.overdraw(now, payload, recipient, out);
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
        let (inner, signer, chain) = (self.inner.fork(), self.signer.clone(), self.chain.clone());
        Box::new(Overdrafter { inner, signer, chain })
    }

    fn rekey(&mut self, seed: &Seed) {
        self.inner.rekey(seed);
    }

    fn state(&self, bytes: &mut Vec<u8>) {
        // The own chain is part of the honest node's state.
        self.inner.state(bytes);
    }
}

#[cfg(test)]
mod tests {
    use contract::{Amount, CallId, Entropy, Hash, Recovered};
    use ledger::{Birth, Founding, LedgerNode, Parameters, Shared};

    use super::*;

    fn step(actor: &mut Overdrafter, input: Input<Ledger>) -> Vec<Effect<Ledger>> {
        let mut out = Effects::default();
        actor.handle(Time::from_nanos(1), input, &mut out);
        out.take_list()
    }

    #[test]
    fn only_what_the_honest_node_refuses_is_signed_and_it_goes_to_the_victim_alone() {
        let (seed, scheme) = (Seed::from_number(1), contract::keys::Scheme::simulated(&Seed::from_number(1)));
        let founding = Founding::new([(PeerId::simulated(1), Amount::from_units(10))]).unwrap();
        let shared = Shared { verifier: scheme.verifier(), founding, parameters: Parameters::default() };
        let (signer, peers) = (scheme.signer(&seed, 1), vec![PeerId::simulated(2)]);
        let entropy = Entropy::Keyed(contract::Draws::new(seed.key("ledger"), 1));
        let birth = Birth { signer: signer.clone(), peers, entropy, shared: shared.into() };
        let mut actor = Overdrafter::new(Box::new(LedgerNode::new(birth)), signer);
        step(&mut actor, Input::Start(Recovered::default()));
        let pay = |units| {
            let (to, amount) = (PeerId::simulated(3), Amount::from_units(units));
            Input::Command { call: CallId(1), command: Command::Pay { to, amount, memo: Hash::ZERO } }
        };
        let to_victim = |effects: &[Effect<Ledger>]| -> Vec<u64> {
            let block = |effect: &Effect<Ledger>| match effect {
                Effect::Send { to, message: Message::Block(block) } if *to == PeerId::simulated(3) => {
                    Some(block.sequence)
                }
                _ => None,
            };
            effects.iter().filter_map(block).collect()
        };
        assert!(to_victim(&step(&mut actor, pay(4))).is_empty(), "that was covered");
        let effects = step(&mut actor, pay(7));
        assert_eq!(to_victim(&effects), [0, 1, 2]);
        let elsewhere =
            effects.iter().any(|effect| matches!(effect, Effect::Send { to, .. } if *to != PeerId::simulated(3)));
        assert!(!elsewhere);
    }
}
