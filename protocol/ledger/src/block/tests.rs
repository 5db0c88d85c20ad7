use contract::keys::Scheme;
use contract::{Amount, Canonical as _, Hash, PeerId, Time};
use proptest::prelude::*;

use super::*;
use crate::testing::{Author, damaged, hex, pay, shared};

/// One block of every kind.
fn one_of_each(author: impl Fn(u64) -> Author) -> [Verified; 3] {
    let (mut alice, mut bob) = (author(1), author(2));
    let out = alice.append(Payload::TransferOut {
        recipient: bob.id(),
        amount: Amount::from_micro(250),
        burn: Amount::ZERO,
        memo: Hash::from_bytes([9; 32]),
    });
    let taken = bob.accept(&out);
    [alice.blocks[0].clone(), out, taken]
}

#[test]
fn golden_blocks_do_not_change() {
    for (name, block) in ["genesis", "transfer_out", "transfer_in"].into_iter().zip(one_of_each(Author::real)) {
        let bytes = block.block().to_bytes();
        insta::assert_snapshot!(format!("golden_{name}"), format!("{}\n{}", block.hash(), hex(&bytes)));
        assert!(block.is_signed(&Scheme::Ed25519.verifier()));
    }
}

#[test]
fn the_hash_is_recomputed_from_the_bytes() {
    for block in one_of_each(Author::real) {
        let block = block.block();
        let again = Block::decode(&block.to_bytes()).unwrap();
        assert_eq!((again.hash(), &again), (block.hash(), block));
        assert_eq!(again.hash(), Body::clone(block).hash());
    }
}

#[test]
fn every_byte_is_signed() {
    for block in one_of_each(Author::new) {
        for position in 0..block.block().to_bytes().len() {
            if let Some(other) = damaged(block.block(), position) {
                assert!(!other.is_signed(&shared().verifier), "byte {position}");
            }
        }
    }
}

#[test]
fn a_block_that_no_chain_can_hold_is_refused() {
    let author = Author::new(1);
    let good = Body::clone(&author.instead(1, pay(PeerId::simulated(2), 5)));
    let genesis = Body::clone(&author.blocks[0]);
    let late = Payload::Genesis { created_at: Time::from_nanos(6), endowment: Amount::ZERO };
    let cases = [
        (BadBlock::Genesis, Body { sequence: 0, ..good.clone() }),
        (BadBlock::Genesis, Body { sequence: 1, ..genesis.clone() }),
        (BadBlock::Genesis, Body { previous: Hash::from_bytes([1; 32]), ..genesis.clone() }),
        (BadBlock::Genesis, Body { payload: late, ..genesis }),
        (BadBlock::ToItself, Body { payload: pay(author.id(), 5), ..good.clone() }),
        (BadBlock::Nothing, Body { payload: pay(PeerId::simulated(2), 0), ..good }),
    ];
    for (why, body) in cases {
        assert_eq!(author.sign_anything(body).verify(&shared().verifier).err(), Some(why));
    }
}

#[test]
fn a_signature_of_somebody_else_is_refused() {
    let (alice, bob) = (Author::new(1), Author::new(2));
    let body = Body::clone(&alice.instead(1, pay(PeerId::simulated(3), 5)));
    assert_eq!(bob.sign_anything(body).verify(&shared().verifier).err(), Some(BadBlock::Signature));
}

fn payloads() -> impl Strategy<Value = Payload> {
    let (peer, hash) = (any::<[u8; 32]>().prop_map(PeerId::from_bytes), any::<[u8; 32]>().prop_map(Hash::from_bytes));
    let micro = || any::<u64>().prop_map(Amount::from_micro);
    prop_oneof![
        (any::<u64>().prop_map(Time::from_nanos), micro())
            .prop_map(|(created_at, endowment)| Payload::Genesis { created_at, endowment }),
        (peer.clone(), micro(), micro(), hash.clone())
            .prop_map(|(recipient, amount, burn, memo)| Payload::TransferOut { recipient, amount, burn, memo }),
        (peer, any::<u64>(), hash, micro()).prop_map(|(sender, sender_sequence, sender_block, amount)| {
            Payload::TransferIn { sender, sender_sequence, sender_block, amount }
        }),
    ]
}

proptest! {
    #[test]
    fn any_block_comes_back_and_has_one_encoding(
        payload in payloads(), owner: [u8; 32], sequence: u64, time: u64, position: prop::sample::Index, byte: u8,
    ) {
        let (owner, previous) = (PeerId::from_bytes(owner), Hash::from_bytes([3; 32]));
        let body = Body { owner, sequence, previous, timestamp: Time::from_nanos(time), payload };
        let block = Block::new(body, Signature::from_bytes([5; 64]));
        let mut bytes = block.to_bytes();
        prop_assert_eq!(Block::decode(&bytes), Ok(block.clone()));
        let position = position.index(bytes.len());
        bytes[position] = byte;
        if let Ok(other) = Block::decode(&bytes) {
            prop_assert_eq!(other.to_bytes(), bytes);
            prop_assert_eq!(other.hash() == block.hash(), Body::clone(&other) == Body::clone(&block));
        }
    }
}
