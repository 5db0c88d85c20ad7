//! A disk without room. A limit on the size of files stands for it: unlike a small file system it needs no privilege, and the
//! write fails at the same place.

use std::path::Path;
use std::process::Command;

use crate::support::{Place, Ran};

/// Runs the command where no file may have more than this many blocks of 512 bytes.
fn with_blocks(place: &Place, blocks: u32, arguments: &str) -> Ran {
    let mut command: Command = place.command(Path::new("sh"));
    let program = env!("CARGO_BIN_EXE_dunbar");
    // Ignored, the signal becomes an error of the write.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {program} {arguments}");
    command.args(["-c", &script]).output().expect("a shell").into()
}

#[test]
fn no_room_is_noticed_before_the_run() {
    let place = Place::with_attack();
    let ran = with_blocks(&place, 1, "run attack.toml --out out").ended(2);
    assert!(ran.err.contains("cannot write to out") && !ran.err.contains("# seeds"), "{}", ran.err);
    assert!(!place.path().join("out").exists(), "nothing is left behind");
}

#[test]
fn room_that_ends_during_the_run_costs_no_earlier_result() {
    let place = Place::with_attack();
    place.dunbar(&["run", "attack.toml", "--quiet", "--trace", "--out", "out"]).ended(0);
    let before: Vec<_> = place.files("out").into_iter().map(|name| place.bytes(&format!("out/{name}"))).collect();
    let big = "run attack.toml --quiet --trace --set population.0.count=60 --out out --force";
    let ran = with_blocks(&place, 400, big).ended(2);
    assert!(ran.err.contains("the trace cannot be written") && ran.err.contains("help: "), "{}", ran.err);
    let after: Vec<_> = place.files("out").into_iter().map(|name| place.bytes(&format!("out/{name}"))).collect();
    assert!(before == after, "{:?}", place.files("out"));
    // With room, the same command replaces them.
    place.dunbar(&big.split(' ').collect::<Vec<_>>()).ended(0);
    assert_eq!(place.files("out").len(), 4, "{:?}", place.files("out"));
}
