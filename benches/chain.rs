//! What one block costs: to verify, to append, to prove, to read again from disk.
//!
//! `verify` stands beside the bare check of the same signatures, one by one and together, since a block should cost little more
//! than its signature. `benches/signatures` compares with the batch verification of ed25519-dalek.

use std::hint::black_box;
use std::sync::Arc;

use contract::draws::Draws;
use contract::keys::{Claim, Scheme};
use contract::{Actor, Amount, Effect, Effects, Entropy, Hash, Input, PeerId, Recovered, Seed, Signer, Time, Write};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ledger::chain::Chain;
use ledger::history::{Peaks, Proof, Summary, Tree};
use ledger::{Birth, Block, Body, Founding, Ledger, LedgerNode, Parameters, Payload, Shared, Verified, block, store};

/// As long as a chain is that a node has to live with.
const LONG: u64 = 1_000_000;
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
        let claims: Vec<Claim<'_>> = blocks.iter().map(|block| block.claim()).collect();
        group.bench_function("signatures together", |bencher| bencher.iter(|| verifier.verify_all(&claims)));
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
    group.finish();
}

/// A proof out of a long chain, and a node that starts with one on its disk.
fn long_chains_on_disk(criterion: &mut Criterion) {
    let scheme = Scheme::simulated(&Seed::from_number(1));
    let blocks = blocks(&scheme, LONG);
    let entries = blocks.iter().map(|block| store::own_block(block));
    let mut entries: Vec<store::Entry> = entries.chain([store::own_length(LONG)]).collect();
    let mut group = criterion.benchmark_group(format!("a chain of {LONG}"));
    group.sample_size(10);
    let (node, segments) = start(&scheme, entries.clone());
    let chain = node.book().mine().chain();
    let roots: Vec<Hash> = segments
        .iter()
        .filter_map(|(key, value)| store::segment_of(key, value))
        .map(|segment| segment.body.root)
        .collect();
    let tree = Tree::new(chain, &roots);
    let prove = |out: &mut Effects<Ledger>| {
        let summary = Summary::sign(&tree, ENDOWMENT, &signer(&scheme), out);
        Proof::new(summary, &tree, 123_456).expect("the block is there")
    };
    let proof = prove(&mut Effects::default());
    println!("a proof of one block of a million: {} bytes", contract::Canonical::to_bytes(&proof).len());
    group.bench_function("prove a block", |bencher| bencher.iter(|| prove(&mut Effects::default())));
    let verifier = scheme.verifier();
    group.bench_function("check a proof", |bencher| bencher.iter(|| proof.holds(&verifier)));
    for (name, more) in [("start again without segments", Vec::new()), ("start again with segments", segments)] {
        entries.extend(more);
        entries.sort();
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || entries.clone(),
                |entries| {
                    let (node, _) = start(&scheme, entries);
                    assert_eq!(node.book().mine().chain().len(), LONG);
                    node
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// A node that starts with this on its disk, and what it writes.
fn start(scheme: &Scheme, entries: Vec<store::Entry>) -> (LedgerNode, Vec<store::Entry>) {
    let birth = Birth {
        signer: signer(scheme),
        peers: Vec::new(),
        entropy: Entropy::Keyed(Draws::new(Seed::from_number(1).key("ledger"), 1)),
        shared: Arc::new(Shared {
            verifier: scheme.verifier(),
            founding: Founding::new([(PeerId::simulated(1), ENDOWMENT)]).expect("it fits"),
            parameters: Parameters::default(),
        }),
    };
    let (mut node, mut out) = (LedgerNode::new(birth), Effects::default());
    node.handle(Time::from_nanos(1), Input::<Ledger>::Start(Recovered { entries }), &mut out);
    let written = out.take_from(0).into_iter().filter_map(|effect| match effect {
        Effect::Persist(Write::Put { key, value }) => Some((key, value)),
        _ => None,
    });
    (node, written.collect())
}

criterion_group!(benches, verify, long_chains, long_chains_on_disk);
criterion_main!(benches);
