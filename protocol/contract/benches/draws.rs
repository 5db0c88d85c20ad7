//! What randomness costs: a keyed draw, a stream of many, and the key of a purpose.

use std::hint::black_box;

use contract::Seed;
use contract::draws::{Draws, Entropy, below, open_unit};
use contract::effects::Effects;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand_chacha::rand_core::Rng;

#[path = "common/letter.rs"]
mod letter;

const BATCH: u64 = 1_000;

fn draws(c: &mut Criterion) {
    let seed = Seed::from_number(1);
    let key = seed.key("bench");
    let mut group = c.benchmark_group("draws");
    group.throughput(Throughput::Elements(BATCH));
    group.bench_function("keyed", |b| b.iter(|| (0..BATCH).fold(0, |sum, i| sum ^ key.draw(black_box(7), i)[0])));
    let mut entropy = Entropy::Keyed(Draws::new(key, 7));
    let mut effects = Effects::<letter::Post>::default();
    group.bench_function("of an actor", |b| {
        b.iter(|| (0..BATCH).fold(0, |sum, _| sum ^ effects.draw_below(&mut entropy, 10_000)));
    });
    group.bench_function("streamed", |b| {
        b.iter(|| {
            let mut stream = key.stream(black_box(7), 0);
            (0..BATCH).fold(0, |sum, _| sum ^ stream.next_u64())
        });
    });
    group.bench_function("to a number below a bound", |b| {
        b.iter(|| (0..BATCH).fold(0, |sum, i| sum ^ below(black_box(i << 50), 10_000)));
    });
    group.bench_function("to a unit float", |b| {
        b.iter(|| (0..BATCH).fold(0.0, |sum, i| sum + open_unit(black_box(i << 50))));
    });
    group.finish();
    c.bench_function("key of a purpose", |b| b.iter(|| seed.key(black_box("latency/0"))));
}

criterion_group!(benches, draws);
criterion_main!(benches);
