//! One run has one digest, however the program was built: here through the command. `tests/golden` and
//! `scenarios/tests/golden.rs` compare the same file from inside, `.ci/determinism` with the commands of other builds.

use std::collections::BTreeSet;

use crate::support::{Place, library};

/// A line: a scenario, the seed, a cell, its digest.
const DIGESTS: &str = include_str!("../golden/digests.txt");
const FOLDER: &str = "scenarios/library/";

#[test]
fn the_command_gives_the_digests_that_are_written_down() {
    let (heading, lines) = DIGESTS.split_once('\n').expect("a heading and lines");
    let runs: BTreeSet<(&str, &str)> =
        lines.lines().map(|line| line.split_once(' ').unwrap()).map(|(file, rest)| (file, &rest[..1])).collect();
    let mut found = format!("{heading}\n");
    for (file, seed) in runs {
        let place = Place::new();
        let scenario = library(file.strip_prefix(FOLDER).expect("a scenario of the library"));
        let arguments = ["run", scenario.to_str().unwrap(), "--seed", seed, "--quiet", "--out", "out"];
        place.dunbar(&arguments).ended(0);
        for run in place.json("out/manifest.json")["runs"].as_array().unwrap() {
            found += &format!("{file} {} {} {}\n", run["seed"], run["cell"], run["digest"].as_str().unwrap());
        }
    }
    assert!(
        found == DIGESTS,
        "tests/golden/digests.txt is\n{DIGESTS}\nthis program gives\n{found}\n\
        if the change is meant, the commit that changes the file says why"
    );
}
