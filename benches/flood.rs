//! 10,000 ledger nodes and 1,000 transfers, with the digest on, on one core: how long it takes, once.
//!
//! `cargo bench --bench flood`, or `cargo bench --bench flood -- NODES TRANSFERS`. Everybody has four neighbours and floods to all of
//! them; blocks of others are not kept on disk, since a study that asks how payments spread does not need that. Payers and
//! payees are a hundred nodes, so that a node's book holds a hundred chains and not one per transfer.

use std::fmt::Write as _;
use std::time::Instant;

use scenarios::{Batch, Source, sweep};

const PARTIES: u64 = 100;

// As the command has it.
#[global_allocator]
static ALLOCATOR: dunbar::Allocator = dunbar::Allocator;

fn scenario(nodes: u64, transfers: u64) -> String {
    let mut text = format!(
        r#"
format = 1
title = "transfers flood"
protocol = "ledger"
horizon = "60 s"
[network]
profile = "simblock-2019"
topology = "random-regular"
degree = 4
[parameters]
endowment = "1000 OMC"
[parameters.node]
keepalive = "off"
archive = false
[[population]]
name = "honest"
count = {nodes}
"#
    );
    for transfer in 0..transfers {
        let (from, to) = (transfer % PARTIES, (transfer * 7 + 13) % PARTIES);
        let to = if to == from { (to + 1) % PARTIES } else { to };
        let at = 1_000 + transfer * 40;
        let line = format!(
            "[[script]]\nat = \"{at} ms\"\nnode = \"honest.{from}\"\ncommand = {{ pay = {{ to = \"honest.{to}\", amount = \"1 OMC\" }} }}\n"
        );
        let _ = text.write_str(&line);
    }
    text
}

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let (nodes, transfers) = (numbers.first().copied().unwrap_or(10_000), numbers.get(1).copied().unwrap_or(1_000));
    let registry = dunbar::registry();
    let source = Source::new("flood", scenario(nodes, transfers));
    let cells = sweep::cells(&source, &registry).expect("the scenario above is valid");
    let begin = Instant::now();
    let batch = Batch::run(&registry, &cells, &[1], None, &|| ()).expect("the scenario above is valid");
    let seconds = begin.elapsed().as_secs_f64();
    let outcome = &batch.rows[0].outcome;
    let (events, delivered) = (outcome.counts.events, outcome.counts.delivered);
    println!("{nodes} nodes, {transfers} transfers: {seconds:.1} s");
    println!("{events} events, {delivered} messages, {:.0} ns per message", seconds * 1e9 / delivered as f64);
    println!("payments per second of virtual time: {:?}", outcome.metrics.get("payments_per_s"));
    println!("digest {}", outcome.digest);
}
