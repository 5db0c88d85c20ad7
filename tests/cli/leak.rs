//! A determinism check that never failed proves nothing: the leak of `examples/planted_leak.rs` must be caught.

use std::path::Path;

use crate::example::program;
use crate::support::{Place, Ran};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn verify(more: &[&str]) -> Ran {
    let scenario = root().join("examples/planted_leak.toml");
    let place = Place::new();
    let mut command = place.command(&program("planted_leak"));
    Ran::from(command.arg("verify").arg(scenario).args(more).output().unwrap())
}

#[test]
fn a_broken_invariant_ends_a_run_with_code_four_and_is_located() {
    let scenario = std::fs::read_to_string(root().join("examples/planted_leak.toml")).unwrap();
    let place = Place::new();
    place.write("few.toml", format!("{scenario}\n[parameters]\ngreetings_max = 100\n"));
    let expect = "[[expect]]\nobserved = { name = \"greeted\" }\nmood = \"sometimes\"\nat_least = 1\n";
    place.write("gate.toml", format!("{}\n{expect}", place.read("few.toml")));
    let run = |arguments: &[&str]| Ran::from(place.command(&program("planted_leak")).args(arguments).output().unwrap());
    for arguments in [&["run", "few.toml", "--out", "out"][..], &["check", "gate.toml"]] {
        let ran = run(arguments).ended(4);
        // Without the breaks of long lines.
        let said = (ran.out + &ran.err).replace("\n  │ ", " ");
        for part in [
            "greeter.",
            " broke an invariant at 0.",
            ", event ",
            " of seed 1: it was greeted ",
            "at most 100 are allowed",
        ] {
            assert!(said.contains(part), "there is no `{part}` in {said}");
        }
    }
    assert!(!place.path().join("out/manifest.json").exists(), "a broken run has no result");
    place.write("many.toml", format!("{scenario}\n[parameters]\ngreetings_max = 1000\n"));
    run(&["run", "many.toml", "--quiet", "--out", "out"]).ended(0);
}

#[test]
fn the_planted_leak_is_caught_and_located_for_people() {
    let found = verify(&[]).ended(1).out;
    for part in [
        "cell 0, seed 1: two fresh processes differ",
        "they agree up to 1.406250000s, and differ at 1.500000000s",
        "one:   1.500000000s node 2 Timer(0)",
        "other: 1.500000000s node 2 Timer(0)",
        "caused by event ",
        "an unordered map",
    ] {
        assert!(found.contains(part), "there is no `{part}` in\n{found}");
    }
}

#[test]
fn the_planted_leak_is_caught_and_located_for_programs() {
    let found = verify(&["--json"]).ended(1).json();
    assert_eq!((&found["identical"], &found["cell"], &found["seed"]), (&false.into(), &0.into(), &1.into()));
    assert_eq!((&found["node"], &found["at_ns"]), (&2.into(), &1_500_000_000u64.into()));
    assert!(found["after_ns"].as_u64() < Some(1_500_000_000) && found["until_ns"].as_u64() >= Some(1_500_000_000));
    assert_ne!(found["left"], found["right"]);
}
