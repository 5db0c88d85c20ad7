//! SimBlock's block relay in the simulator: 6,000 nodes, about ten blocks, the digest on and the world built anew each time.
//!
//! An event is an arrival of a message or a timer, as SimBlock counts them.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use scenarios::{Batch, Registry, Source, sweep};

const SCENARIO: &str = r#"
format = 1
title = "blocks spread"
protocol = "block-relay"
horizon = "6000 s"
[network]
profile = "simblock-2019"
topology = "outbound"
outbound_links = "bitcoin"
[[population]]
name = "node"
count = 6000
"#;

/// A seed with ten blocks.
const SEED: u64 = 5;

fn run(registry: &Registry, cells: &[sweep::Cell]) -> u64 {
    let batch = Batch::run(registry, cells, &[SEED], None, &|| ()).expect("the scenario above is valid");
    batch.rows.iter().map(|row| row.outcome.counts.events).sum()
}

fn blocks(criterion: &mut Criterion) {
    let registry = dunbar::registry();
    let mut group = criterion.benchmark_group("block relay, 6000 nodes");
    group.sample_size(10);
    let cells = sweep::cells(&Source::new("bench", SCENARIO), &registry).expect("the scenario above is valid");
    group.throughput(Throughput::Elements(run(&registry, &cells)));
    group.bench_function("run", |bencher| bencher.iter(|| run(&registry, &cells)));
    group.finish();
}

criterion_group!(benches, blocks);
criterion_main!(benches);
