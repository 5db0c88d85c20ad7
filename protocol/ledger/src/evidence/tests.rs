use contract::keys::Scheme;
use contract::{Canonical as _, PeerId};

use super::*;
use crate::testing::{Author, damaged, hex, micro, pay, shared};

fn conflict(author: &mut Author, amounts: [u64; 2]) -> Evidence {
    let out = author.pay(2, amounts[0]);
    let other = author.instead(1, pay(PeerId::simulated(3), amounts[1]));
    Evidence::Equivocation(Equivocation::between(&out, &other).unwrap())
}

#[test]
fn golden_evidence_does_not_change() {
    let evidence = conflict(&mut Author::real(1), [250, 100]);
    assert!(evidence.holds(&Scheme::Ed25519.verifier()));
    insta::assert_snapshot!(format!("{}\n{}", evidence.id(), hex(&evidence.to_bytes())));
}

#[test]
fn two_blocks_make_one_item_whichever_came_first() {
    let mut author = Author::new(1);
    let (one, other) = (author.pay(2, 5), author.instead(1, pay(PeerId::simulated(3), 4)));
    let (there, back) = (Equivocation::between(&one, &other), Equivocation::between(&other, &one));
    assert_eq!(there, back);
    let evidence = Evidence::Equivocation(there.unwrap());
    assert!(evidence.blocks()[0].hash() < evidence.blocks()[1].hash());
    assert_eq!((evidence.owner(), evidence.sequence(), evidence.smaller()), (author.id(), 1, micro(4)));
    assert_eq!(evidence.compact().id(), evidence.id());
}

#[test]
fn honest_blocks_do_not_conflict() {
    let (mut alice, mut bob) = (Author::new(1), Author::new(2));
    let (first, second, elsewhere) = (alice.pay(3, 1), alice.pay(3, 1), bob.pay(3, 1));
    assert_eq!(Equivocation::between(&first, &second), None);
    assert_eq!(Equivocation::between(&first, &elsewhere), None);
    assert_eq!(Equivocation::between(&first, &first), None);
}

#[test]
fn a_second_signature_makes_no_second_item() {
    let mut author = Author::new(1);
    let (one, other) = (author.pay(2, 5), author.instead(1, pay(PeerId::simulated(3), 4)));
    let resigned = Block::new(crate::Body::clone(&other), *one.signature());
    let (first, second) = (Equivocation::between(&one, &other), Equivocation::between(&one, &resigned));
    let (first, second) = (first.map(Evidence::Equivocation).unwrap(), second.map(Evidence::Equivocation).unwrap());
    assert_eq!(first.id(), second.id());
    assert!(!second.outweighs(&first) && !first.outweighs(&second));
}

#[test]
fn the_wrong_order_is_no_second_encoding() {
    let evidence = conflict(&mut Author::new(1), [5, 4]);
    let [lower, higher] = evidence.blocks();
    for (first, second) in [(higher, lower), (lower, lower)] {
        let bytes = [vec![0], first.to_bytes(), second.to_bytes()].concat();
        let error = Evidence::decode(&bytes).unwrap_err();
        assert_eq!(error.why, "two blocks that do not conflict, or not in order");
    }
}

#[test]
fn a_changed_byte_proves_nothing() {
    let evidence = conflict(&mut Author::new(1), [5, 4]);
    assert!(evidence.holds(&shared().verifier));
    for position in 0..evidence.to_bytes().len() {
        if let Some(other) = damaged(&evidence, position) {
            assert!(!other.holds(&shared().verifier), "byte {position}");
        }
    }
}

#[test]
fn the_greatest_smaller_amount_weighs_most() {
    let (light, heavy) = (conflict(&mut Author::new(1), [900, 4]), conflict(&mut Author::new(1), [5, 5]));
    assert!(heavy.outweighs(&light) && !light.outweighs(&heavy) && !heavy.outweighs(&heavy));
}
