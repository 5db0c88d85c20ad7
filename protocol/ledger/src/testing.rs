//! Owners and blocks for the tests of this crate.

use contract::keys::Scheme;
use contract::{Amount, Effects, Hash, PeerId, Seed, Signer, Time};

use crate::{Block, Body, Founding, Ledger, Parameters, Payload, Shared, Verified};

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
