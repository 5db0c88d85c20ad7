//! The ledger node in the simulator: real messages, signatures, disks; the digest on.
//!
//! PHOLD measures the engine alone. Here one event is a block or an evidence item that a node checks, stores and floods, so
//! events per second say what a study of the ledger costs.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use scenarios::{Batch, Registry, Source, sweep};

// As the command has it.
#[global_allocator]
static ALLOCATOR: dunbar::Allocator = dunbar::Allocator;

const SCENARIO: &str = r#"
format = 1
title = "a double spend floods"
protocol = "ledger"
horizon = "20 s"
[network]
profile = "simblock-2019"
topology = "erdos-renyi"
connectivity = 0.01
[parameters]
endowment = "100 OMC"
[parameters.node]
keepalive = "off"
[[population]]
name = "honest"
count = 999
[[population]]
name = "attacker"
role = "double-spender"
count = 1
parameters = { second = "honest.1" }
[[script]]
at = "1 s"
node = "attacker"
command = { pay = { to = "honest.0", amount = "10 OMC" } }
"#;

fn run(registry: &Registry, cells: &[sweep::Cell]) -> u64 {
    let batch = Batch::run(registry, cells, &[1], None, &|| ()).expect("the scenario above is valid");
    batch.rows.iter().map(|row| row.outcome.counts.events).sum()
}

fn ledger(criterion: &mut Criterion) {
    let registry = dunbar::registry();
    let mut group = criterion.benchmark_group("ledger, 1000 nodes");
    group.sample_size(10);
    for crypto in ["simulated", "ed25519"] {
        let source = Source::new("bench", SCENARIO).with("world.crypto", crypto).expect("the key exists");
        let cells = sweep::cells(&source, &registry).expect("the scenario above is valid");
        group.throughput(Throughput::Elements(run(&registry, &cells)));
        group.bench_function(crypto, |bencher| bencher.iter(|| run(&registry, &cells)));
    }
    group.finish();
}

criterion_group!(benches, ledger);
criterion_main!(benches);
