//! Peers that send anything at all.

use std::sync::Arc;

use contract::{Amount, Bounded, Canonical as _, Effects, Hash, PeerId, Signer, Time};
use ledger::evidence::{Compact, Kind};
use ledger::message::{Have, Keepalive, Pull, Segment, Want};
use ledger::{Block, Body, Equivocation, Evidence, Ledger, Message, Payload, Verified, observe};
use proptest::prelude::*;

use crate::network::{ENDOWMENT, Network, micro, peer, shared, signer};

/// Somebody who writes blocks by hand.
pub(crate) struct Forger {
    signer: Signer,
    pub(crate) blocks: Vec<Block>,
}

impl Forger {
    pub(crate) fn new(number: u64) -> Forger {
        let mut forger = Forger { signer: signer(number), blocks: Vec::new() };
        let genesis = Payload::Genesis { created_at: Time::ZERO, endowment: micro(ENDOWMENT) };
        let genesis = forger.sign(0, genesis);
        forger.blocks.push(genesis);
        forger
    }

    pub(crate) fn pay(&mut self, to: u64, amount: u64) -> Block {
        let block = self.pay_instead(to, self.blocks.len(), amount);
        self.blocks.push(block.clone());
        block
    }

    /// A payment for a position that may be taken.
    pub(crate) fn pay_instead(&self, to: u64, sequence: usize, amount: u64) -> Block {
        let (recipient, amount) = (peer(to), micro(amount));
        self.sign(sequence, Payload::TransferOut { recipient, amount, burn: Amount::ZERO, memo: Hash::ZERO })
    }

    /// The acceptance of a payment.
    pub(crate) fn accept(&mut self, out: &Block) -> Block {
        let (sender, sender_sequence, sender_block) = (out.owner, out.sequence, out.hash());
        let payload = Payload::TransferIn { sender, sender_sequence, sender_block, amount: out.payload.sent() };
        let block = self.sign(self.blocks.len(), payload);
        self.blocks.push(block.clone());
        block
    }

    fn sign(&self, sequence: usize, payload: Payload) -> Block {
        let previous = sequence.checked_sub(1).map_or(Hash::ZERO, |before| self.blocks[before].hash());
        let (owner, sequence) = (self.signer.id(), sequence as u64);
        let body = Body { owner, sequence, previous, timestamp: Time::ZERO, payload };
        Verified::sign(body, &self.signer, &mut Effects::<Ledger>::default()).block().clone()
    }
}

#[test]
fn garbage_is_rejected_and_named() {
    let mut network = Network::line(3, shared(0));
    network.run(10);
    let mut author = Forger::new(9);
    let (out, other) = (author.pay(1, 5), author.pay_instead(2, 1, 5));
    let forged = Block::new(Body::clone(&other), *out.signature());
    let evidence = Evidence::Equivocation(Equivocation::between(&out, &forged).unwrap());
    let overdraft = author.pay_instead(1, 1, ENDOWMENT + 1);
    network.inject(9, 1, Message::Block(forged));
    network.inject(9, 1, Message::Evidence(evidence));
    network.inject(9, 1, Message::Block(author.blocks[0].clone()));
    network.inject(9, 1, Message::Block(overdraft));
    let (from, to) = (peer(5), peer(4));
    network.inject(9, 1, Message::Pull(Box::new(Pull { from, listed: to, to, have: Bounded::default() })));
    network.run(500);
    let rejected = network.observations(1, observe::REJECTED);
    let why: Vec<&str> = rejected.iter().filter_map(|text| text.split('"').nth(1)).collect();
    assert_eq!(why, ["bad-signature", "false-evidence", "overdraft", "bad-range"]);
    assert_eq!(network.observers(observe::REJECTED), [1, 1, 1, 1], "nothing bad was passed on");
    // The overdraft itself goes nowhere; that it was signed is known to all.
    for node in 0..3 {
        let evidence = network.view(node).evidence;
        assert!(matches!(evidence[..], [Compact { kind: Kind::Overdraft, sequence: 1, .. }]), "{evidence:?}");
    }
}

fn hashes() -> impl Strategy<Value = Hash> {
    any::<[u8; 32]>().prop_map(Hash::from_bytes)
}

fn peers() -> impl Strategy<Value = PeerId> {
    prop_oneof![(0..12u64).prop_map(PeerId::simulated), any::<[u8; 32]>().prop_map(PeerId::from_bytes)]
}

/// Blocks of one dishonest owner: its chains of up to four payments, with different payees and amounts, of which some
/// contradict each other, some go too far, and some are forged.
fn blocks() -> impl Strategy<Value = Block> {
    let chain = prop::collection::vec((0..4u64, 1..600u64), 0..4);
    (7..9u64, chain, any::<bool>()).prop_map(|(owner, payments, forged)| {
        let mut forger = Forger::new(owner);
        for (to, amount) in payments {
            forger.pay(to, amount);
        }
        let last = forger.blocks.last().unwrap();
        let signature = *forger.blocks[0].signature();
        if forged { Block::new(Body::clone(last), signature) } else { last.clone() }
    })
}

fn segments() -> impl Strategy<Value = Segment> {
    let blocks = prop::collection::vec(blocks(), 0..6);
    (peers(), prop::option::of(peers()), evidence_list(), blocks).prop_map(|(to, next, evidence, blocks)| {
        let (evidence, blocks) = (Bounded::truncated(evidence), Bounded::truncated(blocks));
        Segment { to, next, evidence, blocks, agreements: Bounded::default() }
    })
}

fn evidence() -> impl Strategy<Value = Option<Evidence>> {
    (blocks(), blocks()).prop_map(|(one, other)| Equivocation::between(&one, &other).map(Evidence::Equivocation))
}

fn evidence_list() -> impl Strategy<Value = Vec<Evidence>> {
    prop::collection::vec(evidence(), 0..3).prop_map(|list| list.into_iter().flatten().collect())
}

fn pulls() -> impl Strategy<Value = Pull> {
    let have = (peers(), 0..4u64, hashes(), prop::option::of(hashes()));
    let have = have.prop_map(|(owner, length, head, evidence)| Have { owner, length, head, evidence });
    (peers(), peers(), peers(), prop::collection::vec(have, 0..4), any::<bool>()).prop_map(
        |(from, listed, to, mut have, sorted)| {
            let mut range = [from, listed, to];
            if sorted {
                range.sort_unstable();
                have.sort_by_key(|have| have.owner);
            }
            let [from, listed, to] = range;
            Pull { from, listed, to, have: Bounded::truncated(have) }
        },
    )
}

fn messages() -> impl Strategy<Value = Message> {
    let keepalives = (any::<u64>(), hashes(), hashes());
    let wants = prop::collection::vec(blocks(), 0..4);
    prop_oneof![
        4 => blocks().prop_map(Message::Block),
        2 => (evidence(), blocks()).prop_map(|(evidence, block)| evidence.map_or(Message::Block(block), Message::Evidence)),
        1 => keepalives.prop_map(|(length, head, digest)| Message::Keepalive(Arc::new(Keepalive {
            length,
            head,
            digest: Some(digest),
            items: Bounded::default(),
        }))),
        1 => pulls().prop_map(|pull| Message::Pull(Box::new(pull))),
        1 => wants.prop_map(|blocks| {
            let blocks = Bounded::truncated(blocks.iter().map(Block::reference).collect());
            Message::Want(Box::new(Want { blocks, agreements: Bounded::default() }))
        }),
        2 => segments().prop_map(|segment| Message::Segment(Box::new(segment))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_comes_nobody_panics_and_honest_nodes_agree(
        messages in prop::collection::vec((0..3u64, 6..9u64, messages(), 0..15u64), 1..30), keepalive in 0..2u64,
    ) {
        let mut network = Network::line(3, shared(keepalive));
        network.run(10);
        for (to, from, message, pause) in messages {
            network.inject(from, to, message);
            network.run(pause);
        }
        network.run(20_000);
        let accused: Vec<_> = (0..3).map(|node| network.view(node).evidence).collect();
        prop_assert!(accused.iter().flatten().all(|item| item.owner >= peer(7) && item.owner < peer(9)));
        prop_assert_eq!(&accused[0], &accused[1]);
        prop_assert_eq!(&accused[1], &accused[2]);
        // The same chains, the same balances, the same burned and owed.
        let chains = |node: u64| {
            let view = network.view(node);
            let mut chains: Vec<_> = view.chains.into_iter().chain([view.own]).collect();
            chains.retain(|chain| chain.length > 1 || chain.banned.is_some());
            chains.sort_by_key(|chain| chain.owner);
            chains
        };
        prop_assert_eq!(chains(0), chains(1));
        prop_assert_eq!(chains(1), chains(2));
        let totals = network.totals();
        prop_assert!(totals.conserved(), "{:?}", totals);
    }

    #[test]
    fn a_damaged_message_is_refused_or_survived(
        message in messages(), position in any::<prop::sample::Index>(), byte: u8,
    ) {
        let mut bytes = message.to_bytes();
        let position = position.index(bytes.len());
        bytes[position] = byte;
        if let Ok(message) = Message::decode(&bytes) {
            let mut network = Network::line(2, shared(0));
            network.inject(8, 0, message);
            network.run(100);
            prop_assert!(network.view(1).evidence.iter().all(|item| item.owner >= peer(7)));
        }
    }
}
