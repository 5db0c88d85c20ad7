//! Owners and blocks for the tests of this crate.

use contract::keys::Scheme;
use contract::{Amount, Bounded, Effects, Hash, PeerId, Seed, Signer, Time};

use crate::agreement::{Agreement, Matter, Panel, Text};
use crate::{Block, Body, Escrow, Founding, Ledger, Parameters, Payload, Shared, Verified};

/// What every stand-in below ten begins with, in micro-units.
pub(crate) const ENDOWMENT: u64 = 1_000;

/// What the nodes of a test world share: simulated signatures, no keepalives.
pub(crate) fn shared() -> Shared {
    let founding = Founding::new((0..10).map(|number| (PeerId::simulated(number), micro(ENDOWMENT))));
    Shared {
        verifier: scheme().verifier(),
        founding: founding.unwrap(),
        parameters: Parameters { keepalive: None, ..Parameters::default() },
    }
}

pub(crate) fn scheme() -> Scheme {
    Scheme::simulated(&Seed::from_number(1))
}

pub(crate) fn micro(micro: u64) -> Amount {
    Amount::from_micro(micro)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Somebody who writes blocks, honest or not.
pub(crate) struct Author {
    pub(crate) signer: Signer,
    pub(crate) blocks: Vec<Verified>,
}

impl Author {
    /// The stand-in with this number, and its GENESIS.
    pub(crate) fn new(number: u64) -> Author {
        Author::begin(scheme().signer(&Seed::from_number(1), number), ENDOWMENT)
    }

    /// A stand-in whom the founding document does not list.
    pub(crate) fn poor(number: u64) -> Author {
        Author::begin(scheme().signer(&Seed::from_number(1), number), 0)
    }

    /// An owner with real keys.
    pub(crate) fn real(number: u64) -> Author {
        Author::begin(Scheme::Ed25519.signer(&Seed::from_number(7), number), ENDOWMENT)
    }

    fn begin(signer: Signer, endowment: u64) -> Author {
        let mut author = Author { signer, blocks: Vec::new() };
        let genesis = Payload::Genesis { created_at: Time::from_nanos(5), endowment: micro(endowment) };
        let genesis = author.instead(0, genesis);
        author.blocks.push(genesis);
        author
    }

    pub(crate) fn id(&self) -> PeerId {
        self.signer.id()
    }

    /// Appends a payment.
    pub(crate) fn pay(&mut self, to: u64, amount: u64) -> Verified {
        self.append(pay(PeerId::simulated(to), amount))
    }

    /// Appends the acceptance of a payment.
    pub(crate) fn accept(&mut self, out: &Block) -> Verified {
        self.append(accept(out))
    }

    pub(crate) fn append(&mut self, payload: Payload) -> Verified {
        let block = self.instead(self.blocks.len(), payload);
        self.blocks.push(block.clone());
        block
    }

    /// Another block for a position, on the same prefix.
    pub(crate) fn instead(&self, sequence: usize, payload: Payload) -> Verified {
        let previous = sequence.checked_sub(1).map(|before| &self.blocks[before]);
        let body = Body {
            owner: self.id(),
            sequence: sequence as u64,
            previous: previous.map_or(Hash::ZERO, |before| before.hash()),
            timestamp: Time::from_nanos(5 + 10 * sequence as u64),
            payload,
        };
        self.sign(body)
    }

    /// Appends a block of a given time.
    pub(crate) fn append_at(&mut self, timestamp: Time, payload: Payload) -> Verified {
        let body = Body::clone(&self.instead(self.blocks.len(), payload));
        let block = self.sign(Body { timestamp, ..body });
        self.blocks.push(block.clone());
        block
    }

    pub(crate) fn sign(&self, body: Body) -> Verified {
        Verified::sign(body, &self.signer, &mut Effects::<Ledger>::default())
    }

    /// A signed block that breaks the rules of the shape.
    pub(crate) fn sign_anything(&self, body: Body) -> Block {
        let mut out = Effects::<Ledger>::default();
        let signature = out.sign(&self.signer, crate::block::DOMAIN, body.hash().as_bytes());
        Block::new(body, signature)
    }
}

pub(crate) fn pay(recipient: PeerId, amount: u64) -> Payload {
    Payload::TransferOut { recipient, amount: micro(amount), burn: Amount::ZERO, memo: Hash::ZERO }
}

pub(crate) fn accept(out: &Block) -> Payload {
    let amount = out.payload.sent();
    Payload::TransferIn { sender: out.owner, sender_sequence: out.sequence, sender_block: out.hash(), amount }
}

/// A copy with one byte of its canonical bytes changed, if that still decodes.
pub(crate) fn damaged<T: contract::Canonical>(value: &T, position: usize) -> Option<T> {
    let mut bytes = value.to_bytes();
    let position = position % bytes.len();
    bytes[position] ^= 1;
    T::decode(&bytes).ok()
}

/// A session between a consumer and a provider, watched by three.
pub(crate) struct Deal {
    pub(crate) panel: Panel,
    signers: Vec<Signer>,
}

impl Deal {
    /// Witnesses are 6, 7 and 8; two of them have to sign.
    pub(crate) fn new(session: u8, consumer: u64, provider: u64) -> Deal {
        let seed = Seed::from_number(1);
        let [witnesses, parties] = [vec![6, 7, 8], vec![consumer]];
        let peer = PeerId::simulated;
        let panel = Panel {
            session: Hash::from_bytes([session; 32]),
            consumer: peer(consumer),
            provider: peer(provider),
            witnesses: Bounded::truncated(witnesses.iter().map(|number| peer(*number)).collect()),
            threshold: 2,
        };
        let signers = witnesses.into_iter().chain(parties).map(|number| scheme().signer(&seed, number)).collect();
        Deal { panel, signers }
    }

    /// An agreement that these witnesses, and the consumer, have signed.
    pub(crate) fn agree(&self, matter: Matter, witnesses: &[u64]) -> Agreement {
        let text = Text { panel: self.panel.clone(), matter, at: Time::from_nanos(1) };
        let by = |signer: &&Signer| {
            let number = signer.id().simulated_number();
            signer.id() == self.panel.consumer || number.is_some_and(|number| witnesses.contains(&number))
        };
        let sign = |signer: &Signer| (signer.id(), text.sign(signer, &mut Effects::<Ledger>::default()));
        let signatures = self.signers.iter().filter(by).map(sign).collect();
        Agreement::new(text, signatures).unwrap()
    }

    pub(crate) fn lock(&self, amount: u64) -> Agreement {
        self.agree(Matter::Lock { amount: micro(amount) }, &[6, 7])
    }

    pub(crate) fn settle(&self, paid: u64, burned: u64, returned: u64) -> Agreement {
        let [locked, paid, burned, returned] = [paid + burned + returned, paid, burned, returned].map(micro);
        self.agree(Matter::Settlement { locked, paid, burned, returned }, &[6, 7, 8])
    }

    pub(crate) fn lock_block(&self, amount: u64) -> Payload {
        let (session, consumer, result) = (self.panel.session, self.panel.consumer, self.lock(amount).id());
        Payload::Escrow(Box::new(Escrow::Lock { session, consumer, amount: micro(amount), result }))
    }

    pub(crate) fn unlock(&self, returned: u64, settlement: &Agreement) -> Payload {
        let (session, settlement) = (self.panel.session, settlement.id());
        Payload::Escrow(Box::new(Escrow::Unlock { session, returned: micro(returned), settlement }))
    }

    pub(crate) fn received(&self, amount: u64, settlement: &Agreement) -> Payload {
        let (session, consumer, settlement) = (self.panel.session, self.panel.consumer, settlement.id());
        Payload::Escrow(Box::new(Escrow::Received { session, consumer, amount: micro(amount), settlement }))
    }
}
