//! How fast a chain is verified, against the batch verification of ed25519-dalek over the same signatures.
//!
//! `cd benches/signatures && cargo run --release`. Per round and in turn: `verify_batch` over ready messages; `verify_strict`
//! one by one; and a chain from its bytes: decoded, hashed, signatures, shape, links, balances. Medians over the rounds.

use std::hint::black_box;
use std::time::Instant;

use contract::keys::{Claim, Scheme};
use contract::{Amount, Canonical, Effects, Hash, PeerId, Seed, Signer, Time};
use ed25519_dalek::{Signature, VerifyingKey, verify_batch};
use ledger::chain::Chain;
use ledger::{Block, Body, Ledger, Payload, Verified};

const BLOCKS: u64 = 4_096;
const BATCH: usize = 256;
const ROUNDS: usize = 15;
const ENDOWMENT: Amount = Amount::from_units(1);

/// A chain of payments of one micro-unit each.
fn blocks(signer: &Signer) -> Vec<Verified> {
    let (mut blocks, mut out) = (Vec::<Verified>::new(), Effects::<Ledger>::default());
    for sequence in 0..BLOCKS {
        let timestamp = Time::from_nanos(sequence);
        let payment = Payload::TransferOut {
            recipient: PeerId::simulated(2),
            amount: Amount::from_micro(1),
            burn: Amount::ZERO,
            memo: Hash::ZERO,
        };
        let payload = match sequence {
            0 => Payload::Genesis { created_at: timestamp, endowment: ENDOWMENT },
            _ => payment,
        };
        let previous = blocks.last().map_or(Hash::ZERO, |block| block.hash());
        let body = Body { owner: signer.id(), sequence, previous, timestamp, payload };
        blocks.push(Verified::sign(body, signer, &mut out));
    }
    blocks
}

/// Seconds that it takes.
fn seconds(work: impl FnOnce() -> bool) -> f64 {
    let begin = Instant::now();
    assert!(black_box(work()), "everything that is measured is valid");
    begin.elapsed().as_secs_f64()
}

/// Verifications per second over the rounds: lowest, median, highest.
fn rates(mut seconds: Vec<f64>) -> [f64; 3] {
    seconds.sort_by(f64::total_cmp);
    [seconds.len() - 1, seconds.len() / 2, 0].map(|place| BLOCKS as f64 / seconds[place])
}

fn main() {
    let scheme = Scheme::Ed25519;
    let (signer, verifier) = (scheme.signer(&Seed::from_number(1), 1), scheme.verifier());
    let blocks = blocks(&signer);
    let bytes: Vec<Vec<u8>> = blocks.iter().map(|block| block.block().to_bytes()).collect();
    let messages: Vec<Vec<u8>> =
        blocks.iter().map(|block| [b"dunbar/ledger/block/v1\0", &block.hash().as_bytes()[..]].concat()).collect();
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let signatures: Vec<Signature> =
        blocks.iter().map(|block| Signature::from_bytes(block.signature().as_bytes())).collect();
    let key = VerifyingKey::from_bytes(signer.id().as_bytes()).expect("a key that has signed");
    let keys = vec![key; BATCH];
    let claims: Vec<Claim<'_>> = blocks.iter().map(|block| block.claim()).collect();
    let names = [
        "ed25519-dalek: verify_strict, one by one",
        "ed25519-dalek: verify_batch of 256",
        "contract: verify_all of 256",
        "ledger: from bytes to a checked chain",
    ];
    let mut times = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        times[0].push(seconds(|| {
            messages.iter().zip(&signatures).all(|(message, signature)| key.verify_strict(message, signature).is_ok())
        }));
        times[1].push(seconds(|| {
            let parts = messages.chunks(BATCH).zip(signatures.chunks(BATCH));
            parts.into_iter().all(|(messages, signatures)| verify_batch(messages, signatures, &keys).is_ok())
        }));
        times[2].push(seconds(|| claims.chunks(BATCH).all(|claims| verifier.verify_all(claims))));
        times[3].push(seconds(|| {
            let decoded = bytes.iter().map(|bytes| Block::decode(bytes).expect("a block"));
            Chain::check(signer.id(), decoded, ENDOWMENT, &verifier).is_ok()
        }));
    }
    println!("| {BLOCKS} blocks, {ROUNDS} rounds | lowest /s | median /s | highest /s | of the batch rate |");
    println!("|---|--:|--:|--:|--:|");
    let rates = times.map(rates);
    for (name, [low, middle, high]) in names.iter().zip(rates) {
        println!("| {name} | {low:.0} | {middle:.0} | {high:.0} | {:.0} % |", 100.0 * middle / rates[1][1]);
    }
}
