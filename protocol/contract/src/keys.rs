//! Signatures: Ed25519, or inside a simulation a fast keyed tag of the same size, behind one type.
//!
//! Nobody can sign for somebody else: a [`Signer`] signs for its own identity only, and the secret of the simulated
//! scheme is a private field of the [`Verifier`] and [`Signer`] values that are handed out at birth.

use std::fmt;
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::{Signer as _, SigningKey};

use crate::{PeerId, Seed};

mod ed25519;

/// 64 bytes that prove who said something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Signature([u8; 64]);

impl Signature {
    /// A signature from its bytes; whether it is valid is for a [`Verifier`] to say.
    pub const fn from_bytes(bytes: [u8; 64]) -> Signature {
        Signature(bytes)
    }

    /// The 64 bytes.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

/// The first eight digits, so that a trace stays readable.
impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::hash::write_hex(f, &self.0[..4])
    }
}

/// What a signature is for, such as `"dunbar/ledger/block/v1"`. A signature for one domain is none for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain(&'static str);

impl Domain {
    /// A domain from its name.
    ///
    /// # Panics
    /// If the name holds a zero byte, which marks its end in what is signed.
    pub const fn new(name: &'static str) -> Domain {
        let (bytes, mut i) = (name.as_bytes(), 0);
        while i < bytes.len() {
            assert!(bytes[i] != 0, "a domain name has no zero byte");
            i += 1;
        }
        Domain(name)
    }

    /// The bytes that are signed: the name, a zero byte, the message.
    fn tagged(self, message: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() + 1 + message.len());
        bytes.extend_from_slice(self.0.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(message);
        bytes
    }
}

/// The secret of a simulated world, from which all its tags are made.
#[derive(Clone)]
struct WorldSecret(Arc<[u8; 32]>);

impl WorldSecret {
    fn tag(&self, signer: &PeerId, domain: Domain, message: &[u8]) -> Signature {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(signer.as_bytes()).update(domain.0.as_bytes()).update(&[0]).update(message);
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(hasher.finalize().as_bytes());
        Signature(bytes)
    }
}

/// Which signatures a world or network uses.
#[derive(Clone)]
pub enum Scheme {
    /// Ed25519; `keys/ed25519.rs` has the rule by which a signature holds.
    Ed25519,
    /// Keyed tags under a secret drawn from a seed.
    Simulated(Secret),
}

/// An opaque simulated secret.
#[derive(Clone)]
pub struct Secret(WorldSecret);

impl Scheme {
    /// The simulated scheme of the world with this seed.
    pub fn simulated(seed: &Seed) -> Scheme {
        let secret = seed.child("simulated signatures").key("secret");
        let mut bytes = [0; 32];
        for (part, i) in bytes.chunks_exact_mut(16).zip(0..) {
            let [left, right] = secret.draw(i, 0);
            part[..8].copy_from_slice(&left.to_le_bytes());
            part[8..].copy_from_slice(&right.to_le_bytes());
        }
        Scheme::Simulated(Secret(WorldSecret(Arc::new(bytes))))
    }

    /// What checks the signatures of this scheme.
    pub fn verifier(&self) -> Verifier {
        Verifier(match self {
            Scheme::Ed25519 => Checks::Ed25519,
            Scheme::Simulated(Secret(secret)) => Checks::Simulated(secret.clone()),
        })
    }

    /// The signer of node `number`. Its key is drawn from `seed` under Ed25519.
    pub fn signer(&self, seed: &Seed, number: u64) -> Signer {
        match self {
            Scheme::Ed25519 => {
                let secret = seed.child(&format!("signing key {number}"));
                Signer::ed25519(SigningKey::from_bytes(secret.as_bytes()))
            }
            Scheme::Simulated(Secret(secret)) => {
                let id = PeerId::simulated(number);
                Signer { id, secret: SignerSecret::Simulated(secret.clone()) }
            }
        }
    }
}

/// Who made a simulated signature: a signer of the world with this secret. Whoever keeps it beside that signature need not have the
/// tag made again to compare it. It cannot sign.
#[derive(Clone)]
pub struct Hand(WorldSecret);

/// Checks signatures of one scheme.
#[derive(Clone)]
pub struct Verifier(Checks);

#[derive(Clone)]
enum Checks {
    Ed25519,
    Simulated(WorldSecret),
}

impl Verifier {
    /// The verifier of real keys.
    pub const fn ed25519() -> Verifier {
        Verifier(Checks::Ed25519)
    }

    /// Whether `signer` signed exactly this message for this domain. A key that is no key verifies nothing.
    pub fn verify(&self, signer: &PeerId, domain: Domain, message: &[u8], signature: &Signature) -> bool {
        self.holds(&Claim { signer, domain, message, signature })
    }

    /// Whether what this hand has signed holds here: a tag is a function of the world's secret and of what is signed, so the world's
    /// own signer has made the one that this verifier would make.
    pub fn recognises(&self, hand: &Hand) -> bool {
        matches!(&self.0, Checks::Simulated(secret) if Arc::ptr_eq(&secret.0, &hand.0.0))
    }

    /// Whether all of these hold: the same as asking about each, up to a chance of 2^-128, and for many real keys faster.
    /// It does not say which one does not.
    pub fn verify_all(&self, claims: &[Claim<'_>]) -> bool {
        match &self.0 {
            Checks::Ed25519 => ed25519::verify_all(claims),
            Checks::Simulated(_) => claims.iter().all(|claim| self.holds(claim)),
        }
    }

    fn holds(&self, claim: &Claim<'_>) -> bool {
        match &self.0 {
            Checks::Ed25519 => ed25519::verify(claim),
            Checks::Simulated(secret) => secret.tag(claim.signer, claim.domain, claim.message) == *claim.signature,
        }
    }
}

/// That `signer` signed this message for this domain.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// Who is said to have signed.
    pub signer: &'a PeerId,
    /// What for.
    pub domain: Domain,
    /// What.
    pub message: &'a [u8],
    /// The proof.
    pub signature: &'a Signature,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Checks::Ed25519 => "Verifier(ed25519)",
            Checks::Simulated(_) => "Verifier(simulated)",
        })
    }
}

/// Signs for one identity. An actor signs through [`Effects::sign`](crate::Effects::sign), so that a recording can play
/// signatures back without the key.
#[derive(Clone)]
pub struct Signer {
    id: PeerId,
    secret: SignerSecret,
}

#[derive(Clone)]
enum SignerSecret {
    Ed25519(Box<SigningKey>),
    Simulated(WorldSecret),
    Recorded,
}

impl Signer {
    /// The signer that holds this key.
    pub fn ed25519(key: SigningKey) -> Signer {
        let id = PeerId::from_bytes(key.verifying_key().to_bytes());
        Signer { id, secret: SignerSecret::Ed25519(Box::new(key)) }
    }

    /// A signer without a key, for a replay: its signatures come from the recording.
    pub const fn recorded(id: PeerId) -> Signer {
        Signer { id, secret: SignerSecret::Recorded }
    }

    /// Whom it signs for.
    pub const fn id(&self) -> PeerId {
        self.id
    }

    /// Its hand; `None` for a real key, whose signatures are checked whoever made them.
    pub(crate) fn hand(&self) -> Option<Hand> {
        match &self.secret {
            SignerSecret::Simulated(secret) => Some(Hand(secret.clone())),
            SignerSecret::Ed25519(_) | SignerSecret::Recorded => None,
        }
    }

    /// The signature, or `None` for a signer without a key.
    pub(crate) fn sign(&self, domain: Domain, message: &[u8]) -> Option<Signature> {
        match &self.secret {
            SignerSecret::Ed25519(key) => Some(Signature(key.sign(&domain.tagged(message)).to_bytes())),
            SignerSecret::Simulated(secret) => Some(secret.tag(&self.id, domain, message)),
            SignerSecret::Recorded => None,
        }
    }
}

/// Shows the identity, never the secret.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({:?})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOMAIN: Domain = Domain::new("test/v1");

    fn schemes() -> [Scheme; 2] {
        [Scheme::Ed25519, Scheme::simulated(&Seed::from_number(1))]
    }

    #[test]
    fn a_signature_holds_for_its_signer_domain_and_message_only() {
        for scheme in schemes() {
            let (verifier, seed) = (scheme.verifier(), Seed::from_number(1));
            let (alice, bob) = (scheme.signer(&seed, 1), scheme.signer(&seed, 2));
            let signature = alice.sign(DOMAIN, b"hello").unwrap();
            assert!(verifier.verify(&alice.id(), DOMAIN, b"hello", &signature));
            assert!(!verifier.verify(&bob.id(), DOMAIN, b"hello", &signature));
            assert!(!verifier.verify(&alice.id(), Domain::new("other/v1"), b"hello", &signature));
            assert!(!verifier.verify(&alice.id(), DOMAIN, b"hellO", &signature));
            for position in [0, 31, 32, 63] {
                let mut bytes = *signature.as_bytes();
                bytes[position] ^= 1;
                assert!(!verifier.verify(&alice.id(), DOMAIN, b"hello", &Signature(bytes)), "byte {position}");
            }
        }
    }

    #[test]
    fn schemes_and_worlds_do_not_accept_each_other() {
        let seed = Seed::from_number(1);
        let [real, simulated] = schemes();
        let other = Scheme::simulated(&Seed::from_number(2));
        let (a, b) = (real.signer(&seed, 1), simulated.signer(&seed, 1));
        let (sa, sb) = (a.sign(DOMAIN, b"x").unwrap(), b.sign(DOMAIN, b"x").unwrap());
        assert!(!simulated.verifier().verify(&a.id(), DOMAIN, b"x", &sa));
        assert!(!real.verifier().verify(&b.id(), DOMAIN, b"x", &sb));
        assert!(!other.verifier().verify(&b.id(), DOMAIN, b"x", &sb));
    }

    #[test]
    fn a_hand_is_known_in_its_own_world_only() {
        let [real, simulated] = schemes();
        // The same secret, but of another world: there the tag is compared.
        let (seed, twin) = (Seed::from_number(1), Scheme::simulated(&Seed::from_number(1)));
        let hand = simulated.signer(&seed, 1).hand().unwrap();
        assert!(simulated.verifier().recognises(&hand));
        assert!(!twin.verifier().recognises(&hand) && !real.verifier().recognises(&hand));
        assert!(real.signer(&seed, 1).hand().is_none() && Signer::recorded(PeerId::simulated(1)).hand().is_none());
    }

    #[test]
    fn golden_signatures_do_not_change() {
        for (name, scheme) in ["ed25519", "simulated"].into_iter().zip(schemes()) {
            let signer = scheme.signer(&Seed::from_number(7), 3);
            let signature = signer.sign(DOMAIN, b"golden").unwrap();
            let hex: String = signature.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            insta::assert_snapshot!(format!("golden_{name}"), format!("{}\n{hex}", signer.id()));
        }
    }

    #[test]
    fn a_key_is_never_printed() {
        let signer = Scheme::Ed25519.signer(&Seed::from_number(1), 1);
        assert_eq!(format!("{signer:?}"), format!("Signer({:?})", signer.id()));
    }
}
