//! What one block costs: to verify, to append, to prove, to read again from disk.
//!
//! `verify` stands beside the bare check of the same signatures, since a block should cost little more than its signature.

use std::hint::black_box;
use std::sync::Arc;

use contract::draws::Draws;
use contract::keys::Scheme;
use contract::{Actor, Amount, Effects, Entropy, Hash, Input, PeerId, Recovered, Seed, Signer, Time};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ledger::chain::Chain;
use ledger::history::{Peaks, Proof, Summary};
use ledger::{Birth, Block, Body, Founding, Ledger, LedgerNode, Parameters, Payload, Shared, Verified, block, store};

const ENDOWMENT: Amount = Amount::from_units(1_000_000);

fn signer(scheme: &Scheme) -> Signer {
    scheme.signer(&Seed::from_number(1), 1)
}

/// A chain of payments of one micro-unit each.
fn blocks(scheme: &Scheme, length: u64) -> Vec<Verified> {
    let (signer, mut out) = (signer(scheme), Effects::<Ledger>::default());
    let mut blocks: Vec<Verified> = Vec::new();
    for sequence in 0..length {
        let timestamp = Time::from_nanos(sequence);
        let payload = match sequence {
            0 => Payload::Genesis { created_at: timestamp, endowment: ENDOWMENT },
            _ => Payload::TransferOut {
                recipient: PeerId::simulated(2),
                amount: Amount::from_micro(1),
                burn: Amount::ZERO,
                memo: Hash::ZERO,
            },
        };
        let previous = blocks.last().map_or(Hash::ZERO, |block| block.hash());
        let body = Body { owner: signer.id(), sequence, previous, timestamp, payload };
        blocks.push(Verified::sign(body, &signer, &mut out));
    }
    blocks
}

fn chain(blocks: &[Verified]) -> Chain {
    let mut chain = Chain::default();
    blocks.iter().for_each(|block| chain.append(block.clone(), ENDOWMENT).expect("a valid chain"));
    chain
}

fn verify(criterion: &mut Criterion) {
    for (name, scheme) in [("ed25519", Scheme::Ed25519), ("simulated", Scheme::simulated(&Seed::from_number(1)))] {
        let mut group = criterion.benchmark_group(format!("256 blocks, {name}"));
        group.throughput(Throughput::Elements(256)).sample_size(20);
        let (verifier, blocks) = (scheme.verifier(), blocks(&scheme, 256));
        let bytes: Vec<Vec<u8>> = blocks.iter().map(|block| contract::Canonical::to_bytes(block.block())).collect();
        group.bench_function("signatures alone", |bencher| {
            bencher.iter(|| {
                blocks.iter().all(|block| {
                    verifier.verify(&block.owner, block::DOMAIN, block.hash().as_bytes(), block.signature())
                })
            });
        });
        group.bench_function("from bytes to a checked chain", |bencher| {
            bencher.iter(|| {
                let decoded = bytes.iter().map(|bytes| <Block as contract::Canonical>::decode(bytes).expect("a block"));
                Chain::check(blocks[0].owner, decoded, ENDOWMENT, &verifier).expect("a valid chain")
            });
        });
        group.finish();
    }
}

/// A block at the end of a chain of this length costs the same, whatever the length.
fn long_chains(criterion: &mut Criterion) {
    let scheme = Scheme::simulated(&Seed::from_number(1));
    let blocks = blocks(&scheme, 1_000_001);
    let mut group = criterion.benchmark_group("a chain of");
    group.sample_size(10);
    for length in [1_000, 1_000_000] {
        let chain = chain(&blocks[..length]);
        let mut long = chain.clone();
        group.bench_function(format!("{length}: append and cut"), |bencher| {
            bencher.iter(|| {
                long.append(blocks[length].clone(), ENDOWMENT).expect("it follows");
                long.truncate(length as u64)
            });
        });
        let head = length as u64 - 1;
        group.bench_function(format!("{length}: balance at the head"), |bencher| {
            bencher.iter(|| black_box(&chain).free_after(black_box(head)));
        });
        let mut peaks = Peaks::of(&chain);
        group.bench_function(format!("{length}: push a peak"), |bencher| {
            bencher.iter(|| peaks.push(black_box(Hash::ZERO)));
        });
    }
    let chain = chain(&blocks[..1_000_000]);
    let summary = Summary::sign(&chain, ENDOWMENT, &signer(&scheme), &mut Effects::<Ledger>::default());
    let proof = Proof::new(summary, &chain, 123_456).expect("the block is there");
    println!("a proof of one block of a million: {} bytes", contract::Canonical::to_bytes(&proof).len());
    let verifier = scheme.verifier();
    group.bench_function("1000000: check a proof", |bencher| bencher.iter(|| proof.holds(&verifier)));
    let birth = || Birth {
        signer: signer(&scheme),
        peers: Vec::new(),
        entropy: Entropy::Keyed(Draws::new(Seed::from_number(1).key("ledger"), 1)),
        shared: Arc::new(Shared {
            verifier: scheme.verifier(),
            founding: Founding::new([(PeerId::simulated(1), ENDOWMENT)]).expect("it fits"),
            parameters: Parameters::default(),
        }),
    };
    let entries = blocks[..1_000_000].iter().map(|block| store::own_block(block));
    let recovered = Recovered { entries: entries.chain([store::own_length(1_000_000)]).collect() };
    group.bench_function("1000000: start again from the store", |bencher| {
        bencher.iter_batched(
            || (LedgerNode::new(birth()), Input::<Ledger>::Start(recovered.clone())),
            |(mut node, start)| {
                node.handle(Time::from_nanos(1), start, &mut Effects::default());
                assert_eq!(node.book().mine().chain().len(), 1_000_000);
                node
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, verify, long_chains);
criterion_main!(benches);
