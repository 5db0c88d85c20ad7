//! One run has one digest, however the program was built.
//!
//! `digests.txt` is compared here (`cargo test --workspace`, and `cargo test -p dunbar`, whose features Cargo unifies
//! differently), and by `.ci/determinism` with the commands of debug and release builds. A digest that changes asks for
//! an explanation in the commit that changes it.

mod metrics;

use std::path::Path;

use contract::trace::Level;
use scenarios::{Job, Source, sweep};

/// A line: a scenario, the seed, and the digest of each cell.
const DIGESTS: &str = include_str!("digests.txt");

#[test]
fn digests_are_those_that_are_written_down() {
    let registry = dunbar::registry();
    let mut written = 0;
    for line in DIGESTS.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [file, seed, cell, digest] = words[..] else { panic!("`{line}` is not: file seed cell digest") };
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("a scenario");
        let cells = sweep::cells(&Source::new(file, text), &registry).expect("the scenario is valid");
        let (seed, number): (u64, usize) = (seed.parse().unwrap(), cell.parse().unwrap());
        let cell = &cells[number];
        let system = registry.get(&cell.scenario.protocol).expect("the protocol is registered");
        let job = Job { cell, seed, level: Level::Digest, trace: None, stop: None, go_on: None };
        let outcome = system.run(job).expect("the scenario runs");
        assert_eq!(outcome.digest.to_string(), digest, "{file}, seed {seed}, cell {number}");
        written += 1;
    }
    assert!(written >= 3, "the file holds digests");
}
