//! What canonical bytes cost: encoding, size, the envelope, and strict decoding.

use std::hint::black_box;

use contract::{Canonical, Wire, envelope};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

#[path = "common/letter.rs"]
mod letter;

use letter::{Letter, Post};

fn encoding(c: &mut Criterion) {
    let mut group = c.benchmark_group("encoding");
    for (name, letter) in [("ping", Letter::Ping(7)), ("block", Letter::block())] {
        let frame = envelope::seal::<Post>(&letter);
        group.throughput(Throughput::Bytes(frame.len() as u64));
        let mut bytes = Vec::new();
        group.bench_with_input(BenchmarkId::new("encode", name), &letter, |b, letter| {
            b.iter(|| {
                bytes.clear();
                black_box(letter).encode(&mut bytes);
                black_box(bytes.len())
            });
        });
        group
            .bench_with_input(BenchmarkId::new("size", name), &letter, |b, letter| b.iter(|| black_box(letter).size()));
        group.bench_with_input(BenchmarkId::new("seal", name), &letter, |b, letter| {
            b.iter(|| envelope::seal::<Post>(black_box(letter)));
        });
        group.bench_with_input(BenchmarkId::new("open", name), &frame, |b, frame| {
            b.iter(|| envelope::open::<Post>(black_box(frame)));
        });
    }
    group.finish();
}

criterion_group!(benches, encoding);
criterion_main!(benches);
