//! One block: what an owner states at one place of its chain, its hash, and its signature.
//!
//! A [`Block`] is immutable and carries the hash of its body, computed whenever a block is built or decoded and never
//! sent. It is cheap to clone: in a simulation all nodes share one copy. A [`Verified`] block is one whose signature and
//! shape were checked; only such blocks enter a chain.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use borsh::io::{Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use contract::keys::{Claim, Hand};
use contract::{Amount, Domain, Effects, Hash, PeerId, Signature, Signer, Time, Verifier};

use crate::{Ledger, Payload};

/// What the signature of a block is for; what is signed is the block's hash.
pub const DOMAIN: Domain = Domain::new("dunbar/ledger/block/v1");

/// What the hash of a block begins with: the version of its format.
const FORMAT: &[u8] = b"dunbar/ledger/block/v1\0";

/// All of a block but its signature. The hash covers every field.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Body {
    /// Whose chain it is in.
    pub owner: PeerId,
    /// Its position: 0 for GENESIS, then one more each.
    pub sequence: u64,
    /// The hash of the block before it; zero for GENESIS.
    pub previous: Hash,
    /// When the owner says that it wrote the block. Within a chain it never decreases.
    pub timestamp: Time,
    /// What is stated.
    pub payload: Payload,
}

/// The name of a block: where it stands, and which of all that could stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Reference {
    /// Whose block it is.
    pub owner: PeerId,
    /// Its position.
    pub sequence: u64,
    /// Its hash.
    pub hash: Hash,
}

impl Body {
    /// SHA-256 over the format tag and the canonical bytes.
    pub fn hash(&self) -> Hash {
        crate::sha256(FORMAT, self)
    }

    /// Whether the body can stand in any chain at all, whatever else is in it.
    ///
    /// # Errors
    /// [`BadBlock`] names the rule that it breaks.
    pub(crate) fn check(&self) -> Result<(), BadBlock> {
        let first = self.sequence == 0;
        match &self.payload {
            Payload::Genesis { created_at, .. } => {
                let shaped = first && self.previous == Hash::ZERO && *created_at == self.timestamp;
                if shaped { Ok(()) } else { Err(BadBlock::Genesis) }
            }
            _ if first => Err(BadBlock::Genesis),
            payload => payload.check(&self.owner, self.timestamp),
        }
    }

    /// What leaves the owner, or `None` if the sum does not fit: payments with their burns, burns, own locks.
    pub fn outflow(&self) -> Option<Amount> {
        self.payload.outflow(&self.owner)
    }

    /// What the owner receives, if the reason holds that the block refers to.
    pub fn credit(&self) -> Amount {
        self.payload.credit()
    }
}

/// Why a block cannot stand in any chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, serde::Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum BadBlock {
    /// The owner did not sign it.
    #[error("bad-signature")]
    Signature,
    /// A first block that is no proper GENESIS, or a GENESIS that is not first.
    #[error("bad-genesis")]
    Genesis,
    /// The owner pays itself.
    #[error("transfer-to-itself")]
    ToItself,
    /// A transfer of nothing.
    #[error("transfer-of-nothing")]
    Nothing,
    /// A number is out of its range.
    #[error("number-out-of-range")]
    Range,
    /// Its numbers contradict each other.
    #[error("wrong-sum")]
    Sum,
}

/// A block as somebody claims it: body, signature, and the hash of the body. Not yet checked.
#[derive(Clone)]
pub struct Block(Arc<Sealed>);

struct Sealed {
    body: Body,
    hash: Hash,
    signature: Signature,
    /// Who signed it, if that was in this process and in a simulated world.
    hand: Option<Hand>,
    /// The canonical bytes, which are hashed and sent far more often than they are made; not for a GENESIS, of which a large
    /// network has many that nothing ever follows.
    bytes: Option<Box<[u8]>>,
}

impl Block {
    /// A block of these parts. The hash is computed.
    pub fn new(body: Body, signature: Signature) -> Block {
        let hash = body.hash();
        Block::sealed(body, hash, signature, None)
    }

    fn sealed(body: Body, hash: Hash, signature: Signature, hand: Option<Hand>) -> Block {
        let bytes = (body.sequence > 0).then(|| encoded(&body, &signature));
        Block(Arc::new(Sealed { body, hash, signature, hand, bytes }))
    }

    /// The hash of the body, by which the next block and other chains refer to this one.
    pub fn hash(&self) -> Hash {
        self.0.hash
    }

    /// Whether both are one place in memory. Two equal blocks need not be.
    pub(crate) fn is_copy_of(&self, other: &Block) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// How many canonical bytes it has, if they are at hand.
    pub(crate) fn encoded_len(&self) -> Option<usize> {
        self.0.bytes.as_ref().map(|bytes| bytes.len())
    }

    /// The signature over the hash.
    pub fn signature(&self) -> &Signature {
        &self.0.signature
    }

    /// The block's name.
    pub fn reference(&self) -> Reference {
        Reference { owner: self.owner, sequence: self.sequence, hash: self.hash() }
    }

    /// Whether it could stand in some chain, if it were signed.
    pub fn is_well_formed(&self) -> bool {
        self.check().is_ok()
    }

    /// Whether the owner signed it. Thousands of nodes of one simulated world ask that about one block in one place of memory: that
    /// the world's own signer made the signature is kept there. A block that was decoded has no such mark.
    pub fn is_signed(&self, verifier: &Verifier) -> bool {
        let Claim { signer, domain, message, signature } = self.claim();
        let holds = || verifier.verify(signer, domain, message, signature);
        let known = self.0.hand.as_ref().is_some_and(|hand| verifier.recognises(hand));
        debug_assert!(!known || holds(), "a tag is the same whenever it is made");
        known || holds()
    }

    /// That the owner signed it.
    pub fn claim(&self) -> Claim<'_> {
        Claim { signer: &self.owner, domain: DOMAIN, message: self.0.hash.as_bytes(), signature: &self.0.signature }
    }

    /// Checks signature and shape.
    ///
    /// # Errors
    /// [`BadBlock`] names what is wrong.
    pub fn verify(self, verifier: &Verifier) -> Result<Verified, BadBlock> {
        self.check()?;
        if self.is_signed(verifier) { Ok(Verified(self)) } else { Err(BadBlock::Signature) }
    }

    /// Checks signature and shape of each, as [`verify`](Self::verify) does. The signatures are checked together; only if one
    /// of them does not hold, one by one, to find out which.
    ///
    /// # Errors
    /// For each block, what is wrong with it.
    pub fn verify_all(blocks: impl IntoIterator<Item = Block>, verifier: &Verifier) -> Vec<Result<Verified, BadBlock>> {
        let checked: Vec<Result<Block, BadBlock>> =
            blocks.into_iter().map(|block| block.check().map(|()| block)).collect();
        let claims: Vec<Claim<'_>> = checked.iter().flatten().map(Block::claim).collect();
        let all = verifier.verify_all(&claims);
        let signed = |block: Block| {
            if all || block.is_signed(verifier) { Ok(Verified(block)) } else { Err(BadBlock::Signature) }
        };
        checked.into_iter().map(|block| block.and_then(signed)).collect()
    }
}

fn encoded(body: &Body, signature: &Signature) -> Box<[u8]> {
    let mut bytes = Vec::with_capacity(256);
    // Writing to a vector fails only for a list longer than u32::MAX, which no payload can hold.
    (body, signature).serialize(&mut bytes).expect("a vector takes any block");
    bytes.into_boxed_slice()
}

impl Deref for Block {
    type Target = Body;
    fn deref(&self) -> &Body {
        &self.0.body
    }
}

impl PartialEq for Block {
    fn eq(&self, other: &Block) -> bool {
        // The hash stands for the body. One address is one block, so that looking at the address changes nothing.
        self.is_copy_of(other) || (self.0.hash == other.0.hash && self.0.signature == other.0.signature)
    }
}

impl Eq for Block {}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Body { owner, sequence, payload, .. } = &self.0.body;
        write!(f, "Block({:?} {owner:?}/{sequence} {payload:?})", self.0.hash)
    }
}

impl BorshSerialize for Block {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        match &self.0.bytes {
            Some(bytes) => writer.write_all(bytes),
            None => (&self.0.body, &self.0.signature).serialize(writer),
        }
    }
}

impl BorshDeserialize for Block {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Block> {
        let body = Body::deserialize_reader(reader)?;
        Ok(Block::new(body, Signature::deserialize_reader(reader)?))
    }
}

/// A block whose signature and shape were checked. It can only be built by checking, by signing, or from this node's
/// own store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified(Block);

impl Verified {
    /// Signs a body.
    ///
    /// # Panics
    /// If the signer is not the owner, or the body cannot stand in any chain: that would be our own mistake.
    pub fn sign(body: Body, signer: &Signer, out: &mut Effects<Ledger>) -> Verified {
        assert_eq!(signer.id(), body.owner, "a block is signed by its owner");
        assert_eq!(body.check(), Ok(()), "a block that we sign is well-formed");
        let hash = body.hash();
        let (signature, hand) = out.sign_by_hand(signer, DOMAIN, hash.as_bytes());
        Verified(Block::sealed(body, hash, signature, hand))
    }

    /// A block out of this node's own store, whose checksum has shown that it is what was checked before.
    pub(crate) fn stored(block: Block) -> Verified {
        Verified(block)
    }

    /// The block, to send it.
    pub fn block(&self) -> &Block {
        &self.0
    }
}

impl Deref for Verified {
    type Target = Block;
    fn deref(&self) -> &Block {
        &self.0
    }
}

#[cfg(test)]
mod tests;
