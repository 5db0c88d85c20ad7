//! What the library's scenarios measure with two pinned seeds: a detector of changes, apart from the gate.
//!
//! A snapshot that differs says that a change reached the results, not that it is wrong. Whether they are still good, the
//! gate says.

use std::fmt::Write as _;
use std::path::Path;

use contract::trace::Level;
use scenarios::sweep::Cell;
use scenarios::{Job, Registry, Source, sweep};

const SEEDS: [u64; 2] = [1, 2];

/// A line for each metric of a run; shortest text that reads back as the same number.
fn measured(registry: &Registry, (number, cell): (usize, &Cell), text: &mut String) {
    let system = registry.get(&cell.scenario.protocol).expect("the protocol is registered");
    for seed in SEEDS {
        let job = Job { cell, seed, level: Level::Off, trace: None, stop: None, go_on: None };
        let outcome = system.run(job).expect("the scenario runs");
        writeln!(text, "cell {number}, seed {seed}").unwrap();
        for (name, value) in &outcome.metrics {
            writeln!(text, "  {name} {value}").unwrap();
        }
    }
}

#[test]
fn the_metrics_of_the_library_are_those_of_the_last_commit() {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/library");
    let (registry, files) = (dunbar::registry(), scenarios::files(&library).expect("the library is there"));
    assert!(files.len() > 20, "the library is there");
    for file in files {
        let source = Source::open(&file, None).expect("the scenario is read");
        let cells = sweep::cells(&source, &registry).expect("the scenario is valid");
        let mut text = String::new();
        for cell in cells.iter().enumerate() {
            measured(&registry, cell, &mut text);
        }
        let name = file.strip_prefix(&library).expect("below the library").with_extension("");
        insta::assert_snapshot!(name.to_string_lossy().replace('/', "-"), text);
    }
}
