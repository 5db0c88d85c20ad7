//! How fast a file of 1 MB is read, checked and formatted: `cargo bench -p omt`. The bytes per second are the claim.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use omt::{Program, analyse, format, parse};

/// Copies of a whole transaction, each under names of its own, up to a size.
fn source(bytes: usize) -> String {
    let example = include_str!("../examples/escrow-settle.omt");
    let body = example.split_once("parameters (").map_or(example, |(_, body)| body);
    let names = [
        "WITNESS_THRESHOLD",
        "COLLECT_TIMEOUT",
        "SETTLE_TIMEOUT",
        "HOUR",
        "K_PAYMENT",
        "MILLION",
        "SettlementStatus",
        "Split",
        "SETTLEMENT_COMPUTATION",
        "SETTLEMENT_RESULT",
        "BALANCE_UNLOCK",
        "PAYMENT_RECEIVED",
        "SPLIT",
        "Witness",
        "Consumer",
        "Provider",
    ];
    let mut text = "transaction 02 \"Large\" keyed session_id\n".to_owned();
    for number in 0.. {
        if text.len() >= bytes {
            break;
        }
        let mut copy = format!("\nparameters ({body}");
        for name in names {
            copy = renamed(&copy, name, &format!("{name}_{number}"));
        }
        text.push_str(&copy);
    }
    text
}

/// Replaces whole words.
fn renamed(text: &str, name: &str, with: &str) -> String {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let (before, behind) = (&rest[..at], &rest[at + name.len()..]);
        out.push_str(before);
        let whole = !before.ends_with(inside) && !behind.starts_with(inside);
        out.push_str(if whole { with } else { name });
        rest = behind;
    }
    out + rest
}

fn speed(c: &mut Criterion) {
    let text = source(1_000_000);
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
