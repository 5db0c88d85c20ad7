use contract::Canonical as _;
use proptest::prelude::*;

use super::*;
use crate::testing::{Author, ENDOWMENT, damaged, micro, shared};

fn chain(length: usize) -> (Author, Chain) {
    let mut author = Author::new(1);
    (1..length).for_each(|_| drop(author.pay(2, 1)));
    let mut chain = Chain::default();
    author.blocks.iter().for_each(|block| chain.append(block.clone(), micro(ENDOWMENT)).unwrap());
    (author, chain)
}

fn summary(author: &Author, chain: &Chain) -> Summary {
    Summary::sign(&Tree::new(chain, &[]), micro(7), &author.signer, &mut Effects::<Ledger>::default())
}

#[test]
fn every_block_of_every_length_is_proven_and_nothing_else() {
    for length in 1..20 {
        let (author, chain) = chain(length);
        let summary = summary(&author, &chain);
        for sequence in 0..length as u64 {
            let proof = Proof::new(summary, &Tree::new(&chain, &[]), sequence).unwrap();
            assert!(proof.holds(&shared().verifier), "{sequence} of {length}");
            let other = Block::clone(author.blocks[(sequence as usize + 1) % length].block());
            let moved = Proof { block: other, ..proof.clone() };
            assert!(length == 1 || !moved.holds(&shared().verifier));
            let mut longer = proof.hashes.to_vec();
            longer.push(Hash::ZERO);
            assert!(!Proof { hashes: Bounded::truncated(longer), ..proof }.holds(&shared().verifier));
        }
        assert_eq!(Proof::new(summary, &Tree::new(&chain, &[]), length as u64), None);
    }
}

#[test]
fn a_changed_byte_proves_nothing() {
    let (author, chain) = chain(11);
    let proof = Proof::new(summary(&author, &chain), &Tree::new(&chain, &[]), 5).unwrap();
    assert_eq!(Proof::decode(&proof.to_bytes()), Ok(proof.clone()));
    for position in 0..proof.to_bytes().len() {
        if let Some(other) = damaged(&proof, position) {
            assert!(!other.holds(&shared().verifier), "byte {position}");
        }
    }
}

#[test]
fn a_proof_out_of_a_chain_of_any_length_is_below_two_kibibytes() {
    let (author, chain) = chain(2);
    let proof = Proof::new(summary(&author, &chain), &Tree::new(&chain, &[]), 1).unwrap();
    let longest = proof.to_bytes().len() + 32 * HASHES_MAX;
    assert!(longest < 3 * 1024, "{longest}");
    // The most hashes that a chain of up to a million blocks needs.
    let hashes =
        |length: u64| trees(length).map(|(_, height)| height as usize).max().unwrap() + trees(length).count() - 1;
    let most = (1..=1_000_000u64).map(hashes).max().unwrap();
    assert!(proof.to_bytes().len() + 32 * most < 2 * 1024, "{most} hashes");
}

proptest! {
    #[test]
    fn peaks_pushed_one_by_one_are_those_of_the_whole(length in 1usize..200) {
        let (_, chain) = chain(length);
        let trees: Vec<(u64, u32)> = trees(length as u64).collect();
        prop_assert_eq!(trees.iter().map(|(_, height)| 1u64 << height).sum::<u64>(), length as u64);
        let peaks = Peaks::of(&chain);
        prop_assert_eq!(peaks.peaks.len(), trees.len());
        // Built from the leaves of each tree, as a proof does it.
        for ((first, height), peak) in trees.into_iter().zip(&peaks.peaks) {
            let mut level: Vec<Hash> = chain.from(first).take(1 << height).map(|block| leaf(block.hash())).collect();
            while level.len() > 1 {
                level = level.chunks_exact(2).map(|pair| join(pair[0], pair[1])).collect();
            }
            prop_assert_eq!(level[0], *peak);
        }
    }
}
