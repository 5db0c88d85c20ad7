//! What a sweep costs beside its runs, and what a second job gives.
//!
//! `cargo bench --bench sweep`, or `cargo bench --bench sweep -- RUNS ROUNDS`, on a machine with nothing else to do. A run is PHOLD
//! on a measured network, about 100 ms long. In each round
//!
//! - the runs are made one after the other in this process, and again by `dunbar sweep --jobs 1`: CPU seconds, user and system;
//! - twice the runs are made by `dunbar sweep --jobs 2`, and half of them each by two processes with one job: seconds.
//!
//! Ratios are taken inside a round, and their median is printed last. CPU seconds are read from `/proc/self/stat`, in ticks of 10 ms.

use std::path::Path;
use std::process::{Child, Command};
use std::time::Instant;

use scenarios::metric::Statistic;
use scenarios::{Batch, Source, sweep};

const SCENARIO: &str = r#"
format = 1
title = "a run of a tenth of a second"
protocol = "phold"
seeds = 100
horizon = "5 s"
[network]
profile = "simblock-2019"
[[population]]
name = "node"
count = 600
"#;

/// CPU seconds of this process, and of the children that it waited for (proc(5), fields 14 to 17).
fn cpu_seconds() -> (f64, f64) {
    let text = std::fs::read_to_string("/proc/self/stat").expect("Linux has /proc");
    let rest = text.rsplit_once(')').expect("the name stands in parentheses").1;
    let ticks: Vec<f64> =
        rest.split_whitespace().skip(11).take(4).map(|tick| tick.parse().unwrap_or(f64::NAN)).collect();
    ((ticks[0] + ticks[1]) / 100.0, (ticks[2] + ticks[3]) / 100.0)
}

fn start(folder: &Path, name: &str, runs: u64, jobs: u32) -> Child {
    Command::new(env!("CARGO_BIN_EXE_dunbar"))
        .args(["sweep", "--quiet", "--force", "--json"])
        .args(["--seeds", &runs.to_string(), "--jobs", &jobs.to_string()])
        .arg("--out")
        .arg(folder.join(name))
        .arg(folder.join("scenario.toml"))
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the command starts")
}

fn finish(mut child: Child) {
    assert!(child.wait().expect("the command ends").success());
}

/// CPU seconds of the runs alone, and of a sweep of them.
fn overhead(folder: &Path, runs: u64) -> (f64, f64) {
    let registry = dunbar::registry();
    let cells = sweep::cells(&Source::new("bench", SCENARIO), &registry).expect("the scenario above is valid");
    let before = cpu_seconds();
    for seed in 1..=runs {
        Batch::run(&registry, &cells, &[seed], None, &|| ()).expect("the scenario above is valid");
    }
    let between = cpu_seconds();
    finish(start(folder, "overhead", runs, 1));
    (between.0 - before.0, cpu_seconds().1 - between.1)
}

/// Seconds that two jobs take for twice the runs, and that two processes with one job take for the runs each.
fn jobs(folder: &Path, runs: u64) -> (f64, f64) {
    let begin = Instant::now();
    finish(start(folder, "jobs", 2 * runs, 2));
    let jobs = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let pair = [start(folder, "left", runs, 1), start(folder, "right", runs, 1)];
    pair.into_iter().for_each(finish);
    (jobs, begin.elapsed().as_secs_f64())
}

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let (runs, rounds) = (numbers.first().copied().unwrap_or(100), numbers.get(1).copied().unwrap_or(3).max(1));
    let folder = std::env::temp_dir().join(format!("dunbar-sweep-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
    std::fs::write(folder.join("scenario.toml"), SCENARIO).expect("the temporary folder can be written");
    let (mut costs, mut gains) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        let (bare, swept) = overhead(&folder, runs);
        let (two_jobs, two_processes) = jobs(&folder, runs);
        println!(
            "round {round}: {runs} runs {bare:.2} CPU s, swept {swept:.2} CPU s; \
             two jobs {two_jobs:.2} s, two processes {two_processes:.2} s"
        );
        costs.push(swept / bare);
        gains.push(two_processes / two_jobs);
    }
    let median = |ratios: &[f64]| Statistic::Median.of(ratios).expect("there is a round");
    let (cost, gain) = (median(&costs) - 1.0, median(&gains));
    println!("a sweep costs {:+.1} % of the runs' CPU time", cost * 100.0);
    println!("two jobs give {:.1} % of the throughput of two processes", gain * 100.0);
    std::fs::remove_dir_all(&folder).expect("the temporary folder can be removed");
}
