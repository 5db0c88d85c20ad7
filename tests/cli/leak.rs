//! A determinism check that never failed proves nothing: the leak of `examples/planted_leak.rs` must be caught.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use crate::support::{Place, Ran};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program with the leak. `cargo test` builds it beside the command; if only some targets were built, it may be
/// missing or older than its sources, and is built here.
fn program() -> PathBuf {
    let folder = Path::new(env!("CARGO_BIN_EXE_dunbar")).parent().expect("a program lies in a folder");
    let program = folder.join("examples/planted_leak");
    let built = std::fs::metadata(&program).and_then(|metadata| metadata.modified()).ok();
    if built.is_none_or(|built| built < newest_source()) {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--example", "planted_leak"]).current_dir(root());
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        let status = cargo.status().expect("cargo can be started");
        assert!(status.success(), "the example does not build");
    }
    program
}

/// When the example, or what `verify` does, was changed last.
fn newest_source() -> SystemTime {
    let folders = ["src", "scenarios/src", "examples"].map(|folder| std::fs::read_dir(root().join(folder)).unwrap());
    let files = folders.into_iter().flatten().map(|entry| entry.unwrap().path());
    let sources = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    sources.map(|path| path.metadata().and_then(|file| file.modified()).unwrap()).max().expect("there are sources")
}

fn verify(more: &[&str]) -> Ran {
    let scenario = root().join("examples/planted_leak.toml");
    let place = Place::new();
    let mut command = place.command(&program());
    Ran::from(command.arg("verify").arg(scenario).args(more).output().unwrap())
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
