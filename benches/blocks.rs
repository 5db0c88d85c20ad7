//! SimBlock's block relay in the simulator: 6,000 nodes, ten blocks, the digest on.
//!
//! An event is a message that was received or a timer that fired, as SimBlock counts them; timers that were moved do not count,
//! nor does the set-up, whose time does. Times are CPU time of the one thread that everything runs on: on a shared machine the
//! wall clock measures the neighbours.

mod common;

use common::cpu_time;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use scenarios::{Batch, Registry, Source, sweep};

// As the command has it.
#[global_allocator]
static ALLOCATOR: dunbar::Allocator = dunbar::Allocator;

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

struct Ran {
    events: u64,
    blocks: f64,
}

fn run(registry: &Registry, cells: &[sweep::Cell]) -> Ran {
    let batch = Batch::run(registry, cells, &[SEED], None, &|| ()).expect("the scenario above is valid");
    let outcome = &batch.rows[0].outcome;
    let blocks = outcome.metrics.get("blocks").copied().unwrap_or_default();
    Ran { events: outcome.counts.delivered + outcome.counts.timers, blocks }
}

fn cells(registry: &Registry, text: &str) -> Vec<sweep::Cell> {
    sweep::cells(&Source::new("bench", text), registry).expect("the scenario above is valid")
}

fn blocks(criterion: &mut Criterion) {
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().expect("one pool a thread");
    let registry = dunbar::registry();
    let mut group = criterion.benchmark_group("block relay, 6000 nodes, CPU time");
    group.sample_size(10);
    let whole = cells(&registry, SCENARIO);
    let set_up = cells(&registry, &SCENARIO.replace("6000 s", "1 us"));
    let Ran { events, blocks } = run(&registry, &whole);
    assert_eq!(blocks, 10.0, "{events} events");
    for (name, cells, events) in [("ten blocks", &whole, events), ("set-up alone", &set_up, 1)] {
        group.throughput(Throughput::Elements(events));
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|times| {
                let begun = cpu_time();
                for _ in 0..times {
                    alone.install(|| run(&registry, cells));
                }
                cpu_time() - begun
            });
        });
    }
    group.finish();
}

criterion_group!(benches, blocks);
criterion_main!(benches);
