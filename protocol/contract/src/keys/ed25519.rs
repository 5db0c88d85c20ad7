//! When an Ed25519 signature holds: one rule, checked for one signature or for many at once.
//!
//! A signature (R, s) under a message M holds for the key A if
//!
//! - s is below the order L of the group, and A and R are canonical encodings of points that are not of small order;
//! - \[8\](\[s\]B − \[k\]A − R) = 0, where k = SHA-512(R ‖ A ‖ M) mod L.
//!
//! That is RFC 8032 (5.1.7) with the factor that it allows, and with the refusals of a strict verifier (Chalkias, Garillot,
//! Nikolaenko, "Taming the many EdDSAs", 2020). `verify_strict` of ed25519-dalek is the same without the factor 8, and
//! the two differ only for a signature whose own signer has put a part of small order into it. The factor is there because
//! of such signers: many signatures are checked by a random combination of their equations, which loses such a part once in
//! a while. Without the factor, nodes that check a block alone and nodes that check it among others would disagree about
//! it; with it, they agree up to a chance of 2^−128.
//!
//! The coefficients of the combination are a hash over all that is checked, so no entropy is needed and a verdict is a
//! function of what it is about.

use std::collections::BTreeMap;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::traits::{IsIdentity, VartimeMultiscalarMul};
use curve25519_dalek::{EdwardsPoint, Scalar};
use sha2::{Digest as _, Sha512};

use super::{Claim, Signature};
use crate::PeerId;

const COEFFICIENTS: &[u8] = b"dunbar/batch/v1\0";

/// Whether one signature holds.
pub(super) fn verify(claim: &Claim<'_>) -> bool {
    let Some((key, equation)) = point(claim.signer.as_bytes()).zip(Equation::of(claim)) else { return false };
    let Equation { s, r, k } = equation;
    let rest = EdwardsPoint::vartime_double_scalar_mul_basepoint(&k, &-key, &s) - r;
    rest.mul_by_cofactor().is_identity()
}

/// Whether all hold. What one signer signed shares its key's point, so a segment of a chain costs about half of as many
/// signatures by as many signers.
pub(super) fn verify_all(claims: &[Claim<'_>]) -> bool {
    let Some(equations) = claims.iter().map(Equation::of).collect::<Option<Vec<Equation>>>() else { return false };
    let (mut base, mut keys) = (Scalar::ZERO, BTreeMap::<PeerId, Scalar>::new());
    let mut weights = Vec::with_capacity(equations.len());
    for ((claim, Equation { s, k, .. }), z) in claims.iter().zip(&equations).zip(coefficients(&equations)) {
        base -= z * s;
        *keys.entry(*claim.signer).or_default() += z * k;
        weights.push(z);
    }
    let Some(points) = keys.keys().map(|key| point(key.as_bytes())).collect::<Option<Vec<EdwardsPoint>>>() else {
        return false;
    };
    let scalars = [base].into_iter().chain(weights).chain(keys.into_values());
    let points = [ED25519_BASEPOINT_POINT].into_iter().chain(equations.iter().map(|equation| equation.r)).chain(points);
    EdwardsPoint::vartime_multiscalar_mul(scalars, points).mul_by_cofactor().is_identity()
}

/// What a signature claims, but for the key: \[s\]B = \[k\]A + R.
struct Equation {
    s: Scalar,
    r: EdwardsPoint,
    k: Scalar,
}

impl Equation {
    fn of(claim: &Claim<'_>) -> Option<Equation> {
        let (r, s) = halves(claim.signature);
        let hash = Sha512::new().chain_update(r).chain_update(claim.signer.as_bytes());
        let hash = hash.chain_update(claim.domain.0).chain_update([0]).chain_update(claim.message).finalize();
        let s = Option::from(Scalar::from_canonical_bytes(s))?;
        Some(Equation { s, r: point(&r)?, k: Scalar::from_bytes_mod_order_wide(&hash.into()) })
    }
}

fn halves(signature: &Signature) -> ([u8; 32], [u8; 32]) {
    let (mut r, mut s) = ([0; 32], [0; 32]);
    r.copy_from_slice(&signature.0[..32]);
    s.copy_from_slice(&signature.0[32..]);
    (r, s)
}

/// The point with this encoding, if it is canonical and the point is not of small order.
fn point(bytes: &[u8; 32]) -> Option<EdwardsPoint> {
    let point = CompressedEdwardsY(*bytes).decompress()?;
    (is_canonical(bytes) && !point.is_small_order()).then_some(point)
}

/// Whether the y coordinate is below the field's prime, 2^255 − 19. The other encodings that are not canonical are of
/// points of small order.
fn is_canonical(bytes: &[u8; 32]) -> bool {
    bytes[31] & 0x7f != 0x7f || bytes[1..31].iter().any(|byte| *byte != 0xff) || bytes[0] < 0xed
}

/// 128 bits for each equation. k stands for R, A and M.
fn coefficients(equations: &[Equation]) -> impl Iterator<Item = Scalar> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(COEFFICIENTS);
    for Equation { s, k, .. } in equations {
        hasher.update(k.as_bytes()).update(s.as_bytes());
    }
    let mut output = hasher.finalize_xof();
    equations.iter().map(move |_| {
        let mut bytes = [0; 16];
        output.fill(&mut bytes);
        Scalar::from(u128::from_le_bytes(bytes))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Domain, Scheme, Signer};
    use crate::{Seed, keys};
    use curve25519_dalek::constants::EIGHT_TORSION;
    use ed25519_dalek::{SigningKey, VerifyingKey};
    use proptest::prelude::*;

    const DOMAIN: Domain = Domain::new("test/v1");

    fn key(number: u8) -> SigningKey {
        SigningKey::from_bytes(&[number; 32])
    }

    fn id(number: u8) -> PeerId {
        PeerId::from_bytes(key(number).verifying_key().to_bytes())
    }

    fn sign(number: u8, message: &[u8]) -> Signature {
        Signer::ed25519(key(number)).sign(DOMAIN, message).unwrap()
    }

    fn claim<'a>(signer: &'a PeerId, message: &'a [u8], signature: &'a Signature) -> Claim<'a> {
        Claim { signer, domain: DOMAIN, message, signature }
    }

    fn strict(claim: &Claim<'_>) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(claim.signature.as_bytes());
        let message = claim.domain.tagged(claim.message);
        VerifyingKey::from_bytes(claim.signer.as_bytes())
            .is_ok_and(|key| key.verify_strict(&message, &signature).is_ok())
    }

    /// What a signer can make that puts a part of small order into R.
    fn twisted(number: u8, message: &[u8], torsion: usize) -> Signature {
        let secret = key(number).to_scalar();
        let nonce = Scalar::from(77u8);
        let r = (EdwardsPoint::mul_base(&nonce) + EIGHT_TORSION[torsion]).compress().to_bytes();
        let hash = Sha512::new().chain_update(r).chain_update(id(number).as_bytes());
        let hash = hash.chain_update(DOMAIN.tagged(message)).finalize();
        let s = nonce + Scalar::from_bytes_mod_order_wide(&hash.into()) * secret;
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&r);
        bytes[32..].copy_from_slice(s.as_bytes());
        Signature::from_bytes(bytes)
    }

    #[test]
    fn many_agree_with_each_about_signatures_with_a_part_of_small_order() {
        for torsion in 0..8 {
            for message in 0..6u8 {
                let (message, honest) = ([message], sign(2, b"honest"));
                let (signer, other, signature) = (id(1), id(2), twisted(1, &message, torsion));
                let twisted = claim(&signer, &message, &signature);
                assert_eq!(strict(&twisted), torsion == 0, "the strict verifier refuses it");
                assert!(verify(&twisted), "torsion {torsion}");
                assert!(verify_all(&[twisted, claim(&other, b"honest", &honest)]), "torsion {torsion}");
            }
        }
    }

    #[test]
    fn points_of_small_order_and_numbers_out_of_range_hold_nothing() {
        let (signer, signature) = (id(1), sign(1, b"x"));
        let both = |claim: Claim<'_>| (verify(&claim), verify_all(&[claim]));
        for torsion in EIGHT_TORSION {
            let encoding = torsion.compress().to_bytes();
            let weak = PeerId::from_bytes(encoding);
            let mut bytes = [0; 64];
            assert_eq!(both(claim(&weak, b"x", &Signature::from_bytes(bytes))), (false, false));
            bytes[..32].copy_from_slice(&encoding);
            assert_eq!(both(claim(&weak, b"x", &Signature::from_bytes(bytes))), (false, false));
            assert_eq!(both(claim(&signer, b"x", &Signature::from_bytes(bytes))), (false, false));
        }
        // s + L: the same number, written in another way.
        let (mut large, mut carry) = (*signature.as_bytes(), 0u16);
        let order = (-Scalar::ONE).to_bytes();
        for (place, byte) in order.iter().enumerate() {
            let sum = u16::from(large[32 + place]) + u16::from(*byte) + carry + u16::from(place == 0);
            (large[32 + place], carry) = (sum as u8, sum >> 8);
        }
        assert_eq!(both(claim(&signer, b"x", &signature)), (true, true));
        assert_eq!(both(claim(&signer, b"x", &Signature::from_bytes(large))), (false, false));
    }

    #[test]
    fn an_encoding_above_the_prime_is_not_canonical() {
        let mut bytes = [0xff; 32];
        for (lowest, highest, canonical) in
            [(0xec, 0x7f, true), (0xed, 0x7f, false), (0xff, 0xff, false), (0xee, 0x7e, true)]
        {
            (bytes[0], bytes[31]) = (lowest, highest);
            assert_eq!(is_canonical(&bytes), canonical, "{lowest:x} {highest:x}");
        }
    }

    #[test]
    fn nothing_to_check_holds_and_so_does_a_simulated_world() {
        assert!(verify_all(&[]));
        let (scheme, seed) = (Scheme::simulated(&Seed::from_number(1)), Seed::from_number(1));
        let signer = scheme.signer(&seed, 1);
        let signature = signer.sign(DOMAIN, b"x").unwrap();
        let (id, verifier) = (signer.id(), scheme.verifier());
        assert!(verifier.verify_all(&[claim(&id, b"x", &signature)]));
        assert!(!verifier.verify_all(&[claim(&id, b"x", &signature), claim(&id, b"y", &signature)]));
        assert!(!keys::Verifier::ed25519().verify_all(&[claim(&id, b"x", &signature)]));
    }

    proptest! {
        // Without optimisation one signature takes a millisecond.
        #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]
        #[test]
        fn many_hold_if_each_does_and_each_holds_if_it_does_for_a_strict_verifier(
            signers in prop::collection::vec((1..4u8, any::<u8>()), 1..8),
            damage in prop::option::of((any::<prop::sample::Index>(), 0..64usize, 1..=255u8)),
        ) {
            let ids: Vec<PeerId> = signers.iter().map(|(signer, _)| id(*signer)).collect();
            let messages: Vec<[u8; 1]> = signers.iter().map(|(_, message)| [*message]).collect();
            let mut signatures: Vec<Signature> =
                signers.iter().zip(&messages).map(|((signer, _), message)| sign(*signer, message)).collect();
            if let Some((place, byte, change)) = damage {
                place.get_mut(&mut signatures).0[byte] ^= change;
            }
            let claims: Vec<Claim<'_>> =
                ids.iter().zip(&messages).zip(&signatures).map(|((id, message), by)| claim(id, message, by)).collect();
            for claim in &claims {
                prop_assert_eq!(verify(claim), strict(claim));
            }
            prop_assert_eq!(verify_all(&claims), damage.is_none());
        }
    }
}
