use contract::keys::Scheme;
use contract::{Canonical as _, PeerId};

use super::*;
use crate::agreement::Matter;
use crate::testing::{Author, Deal, damaged, hex, micro, pay, shared};

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
    let (lower, higher) = (evidence.blocks()[0], evidence.blocks()[1]);
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

#[test]
fn an_overdraft_is_proven_by_the_chain_that_it_leaves() {
    let (mut author, mut bob) = (Author::new(1), Author::new(2));
    author.pay(2, 400);
    // A credit that nobody else has seen counts in the owner's favour.
    let out = bob.pay(1, 300);
    author.accept(&out);
    let covered = author.instead(3, pay(PeerId::simulated(3), 900));
    let excess = author.instead(3, pay(PeerId::simulated(3), 950));
    let chain = |last: &crate::Verified| -> Vec<Block> {
        author.blocks.iter().chain([last]).map(|block| block.block().clone()).collect()
    };
    assert_eq!(Overdraft::of(chain(&covered)), None);
    let proof = Evidence::Overdraft(Overdraft::of(chain(&excess)).unwrap());
    assert_eq!((proof.owner(), proof.sequence(), proof.smaller()), (author.id(), 3, micro(50)));
    assert!(proof.holds(&shared().verifier));
    assert_eq!(Evidence::decode(&proof.to_bytes()), Ok(proof.clone()));
    let mut gap = chain(&excess);
    gap.remove(1);
    assert_eq!(Overdraft::of(gap), None, "blocks that do not follow one another prove nothing");
    assert_eq!(Overdraft::of(chain(&excess)[1..].to_vec()), None, "nor do those without a beginning");
    for position in 0..proof.to_bytes().len() {
        if let Some(other) = damaged(&proof, position) {
            assert!(!other.holds(&shared().verifier), "byte {position}");
        }
    }
}

#[test]
fn one_credit_taken_twice_is_evidence() {
    let (mut author, mut bob) = (Author::new(1), Author::new(2));
    let out = bob.pay(1, 300);
    let (first, second) = (author.accept(&out), author.accept(&out));
    let another = author.accept(&bob.pay(1, 300));
    let proof = DoubleReference::between(&second, &first).map(Evidence::DoubleReference).unwrap();
    assert_eq!(Some(&proof), DoubleReference::between(&first, &second).map(Evidence::DoubleReference).as_ref());
    assert_eq!((proof.owner(), proof.sequence(), proof.smaller()), (author.id(), 2, micro(300)));
    assert!(proof.holds(&shared().verifier));
    assert_eq!(Evidence::decode(&proof.to_bytes()), Ok(proof));
    assert_eq!(DoubleReference::between(&first, &another), None);
    assert_eq!(DoubleReference::between(&first, &first), None);
}

#[test]
fn a_witness_that_settles_twice_convicts_itself_and_nobody_else() {
    let deal = Deal::new(1, 1, 2);
    let settle = |paid, by: &[u64]| {
        let [locked, paid, burned, returned] = [100, paid, 0, 100 - paid].map(micro);
        deal.agree(Matter::Settlement { locked, paid, burned, returned }, by)
    };
    let (one, other) = (settle(60, &[6, 7]), settle(90, &[7, 8]));
    let peer = PeerId::simulated;
    let proof = WitnessConflict::of(peer(7), &one, &other).map(Evidence::WitnessConflict).unwrap();
    assert_eq!((proof.owner(), proof.smaller()), (peer(7), micro(60)));
    assert!(proof.holds(&shared().verifier));
    assert_eq!(Evidence::decode(&proof.to_bytes()), Ok(proof));
    assert_eq!(WitnessConflict::of(peer(6), &one, &other), None, "it signed one of them");
    assert_eq!(WitnessConflict::of(peer(7), &one, &one), None);
}
