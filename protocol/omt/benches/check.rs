//! How fast a file of 1 MB is read, checked and formatted: `cargo bench -p omt`. The bytes per second are the claim.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use omt::{Program, analyse, format, parse};

mod source;

fn speed(c: &mut Criterion) {
    let text = source::source(|text| text.len() >= 1_000_000);
    let program = Program::of_text("large.omt", &text);
    let found = analyse(&program).found;
    assert!(found.iter().all(|finding| !finding.is_error()), "the file is to be sound: {:?}", found.first());
    let mut group = c.benchmark_group("1 MB");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.sample_size(20);
    group.bench_function("parse", |b| b.iter(|| parse(0, text.as_str())));
    group.bench_function("parse and check", |b| {
        b.iter(|| {
            let program = Program::of_text("large.omt", &text);
            analyse(&program).found.len()
        });
    });
    group.bench_function("format", |b| b.iter(|| format(&program.main().tree).len()));
    group.finish();
}

criterion_group!(benches, speed);
criterion_main!(benches);
