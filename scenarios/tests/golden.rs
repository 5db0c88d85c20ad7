//! One run has one digest: here with the features that cargo chooses for this package alone. `tests/golden` of the root
//! compares the same file with those of the workspace, `tests/cli` through the command.

use scenarios::{Batch, Source, sweep, systems};

/// A line: a scenario, the seed, a cell, its digest.
const DIGESTS: &str = include_str!("../../tests/golden/digests.txt");

#[test]
fn digests_are_those_that_are_written_down() {
    let registry = systems::registry();
    let mut lines = DIGESTS.lines().filter(|line| !line.starts_with('#')).peekable();
    let mut compared = 0;
    while let Some(line) = lines.peek() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [file, seed, ..] = words[..] else { panic!("`{line}` is not: file seed cell digest") };
        let text = std::fs::read_to_string(format!("{}/../{file}", env!("CARGO_MANIFEST_DIR"))).expect("a scenario");
        let cells = sweep::cells(&Source::new(file, text), &registry).expect("the scenario is valid");
        let batch = Batch::run(&registry, &cells, &[seed.parse().unwrap()], None, &|| ()).expect("it runs");
        for row in batch.rows {
            let found = format!("{file} {} {} {}", row.seed, row.cell, row.outcome.digest);
            assert_eq!(Some(found.as_str()), lines.next());
            compared += 1;
        }
    }
    assert!(compared >= 3, "the file holds digests");
}
