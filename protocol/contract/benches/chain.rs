//! What recording costs: a step into the hash chain, a step into a full trace, and a checkpoint over many nodes.

use std::hint::black_box;

use contract::trace::recorder::StepContext;
use contract::trace::{Level, NodeChain, Recorder};
use contract::{Effects, Input, PeerId, Time};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

#[path = "common/letter.rs"]
mod letter;

use letter::{Letter, Post};

/// Nodes of a small world: their chains stay in the cache.
const NODES: u32 = 1_000;

/// One message in, one message out, as PHOLD has it.
fn step(recorder: &mut Recorder, effects: &mut Effects<Post>, node: u32, letter: &Letter) {
    let now = Time::from_nanos(u64::from(node));
    let input = Input::<Post>::Message { from: PeerId::simulated(u64::from(node)), message: letter.clone() };
    let begun = recorder.begin(now, &input);
    effects.send(PeerId::simulated(7), letter.clone());
    let context = StepContext { node, at: now, now, cause: None, scheduled: 0 };
    recorder.end(begun, context, effects);
    effects.drain().for_each(drop);
}

fn steps(c: &mut Criterion) {
    let mut group = c.benchmark_group("step");
    group.throughput(Throughput::Elements(u64::from(NODES)));
    for (name, letter) in [("ping", Letter::Ping(7)), ("block", Letter::block())] {
        for level in [Level::Off, Level::Digest, Level::Full] {
            let mut recorder = Recorder::new(level, NODES as usize);
            let mut effects = recorder.buffer();
            group.bench_function(BenchmarkId::new(format!("{level:?}"), name), |b| {
                b.iter(|| {
                    (0..NODES).for_each(|node| step(&mut recorder, &mut effects, node, &letter));
                    // A world's caller takes the trace away, too.
                    drop(recorder.take_bytes());
                });
            });
        }
    }
    group.finish();
}

fn chain(c: &mut Criterion) {
    let mut group = c.benchmark_group("chain");
    for length in [32, 86, 1_024] {
        let (mut chain, step) = (NodeChain::default(), vec![7; length]);
        group.throughput(Throughput::Bytes(length as u64));
        group.bench_function(BenchmarkId::new("absorb", length), |b| b.iter(|| chain.absorb(black_box(&step))));
    }
    group.finish();
}

fn checkpoint(c: &mut Criterion) {
    let mut group = c.benchmark_group("checkpoint");
    group.throughput(Throughput::Elements(u64::from(NODES)));
    let mut effects = Effects::default();
    let mut stepped = || {
        let mut recorder = Recorder::new(Level::Digest, NODES as usize);
        (0..NODES).for_each(|node| step(&mut recorder, &mut effects, node, &Letter::Ping(7)));
        recorder
    };
    group.bench_function("every node stepped", |b| {
        b.iter_batched(&mut stepped, |mut recorder| recorder.checkpoint(Time::ZERO), BatchSize::LargeInput);
    });
    let mut idle = Recorder::new(Level::Digest, NODES as usize);
    group.bench_function("no node stepped", |b| b.iter(|| idle.checkpoint(Time::ZERO)));
    group.finish();
}

criterion_group!(benches, steps, chain, checkpoint);
criterion_main!(benches);
