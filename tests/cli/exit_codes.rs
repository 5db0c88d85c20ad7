//! The exit codes that `dunbar --help` documents.

use std::fs::File;
use std::path::Path;

use crate::support::{ATTACK, Place};

const IMPOSSIBLE: &str = "[[expect]]\nmetric = \"spread\"\nstatistic = \"max\"\nat_most = -1\n";
/// Without an attack nothing is detected, late or early.
const UNMEASURED: &str = "[[expect]]\nmetric = \"first_detection_s\"\nstatistic = \"mean\"\nat_most = 1\n";

fn without_attack() -> String {
    let (before, rest) = ATTACK.split_once("[[script]]").unwrap();
    let (_, after) = rest.split_once("[[expect]]").unwrap();
    assert!(!after.contains("[["), "the expectation is the last part");
    before.to_owned()
}

fn verdict(text: &str, code: i32) -> String {
    let place = Place::new();
    place.write("s.toml", text);
    let ran = place.dunbar(&["run", "s.toml", "--quiet", "--out", "out"]).ended(code);
    assert!(place.path().join("out/manifest.json").exists(), "the files are written whatever the verdict is");
    let lines = ran.out.lines().filter(|line| line.contains(" over ") && line.contains(" runs"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn zero_if_every_expectation_holds() {
    assert_eq!(verdict(ATTACK, 0), "PASS         min detected >= 1: 1.000000 over 2 runs");
}

#[test]
fn zero_if_nothing_is_expected() {
    assert_eq!(verdict(&without_attack(), 0), "");
}

#[test]
fn one_if_an_expectation_cannot_hold() {
    let failed = "FAIL         max spread <= -1: 1.000000 over 2 runs";
    assert!(verdict(&format!("{ATTACK}{IMPOSSIBLE}"), 1).ends_with(failed));
}

#[test]
fn three_if_there_is_no_value_to_judge() {
    let found = verdict(&format!("{}{UNMEASURED}", without_attack()), 3);
    assert_eq!(found, "INCONCLUSIVE mean first_detection_s <= 1: no value over 0 runs");
}

#[test]
fn three_if_no_expectation_is_about_what_was_run() {
    let place = Place::new();
    place.write("attack.toml", ATTACK.replace("[[expect]]", "[[expect]]\nwhen = { horizon = \"7 s\" }"));
    let ran = place.dunbar(&["run", "attack.toml", "--out", "out", "--json"]).ended(3);
    assert!(ran.err.contains("# inconclusive: no expectation is about these cells"), "{}", ran.err);
    assert_eq!(ran.json()["manifest"]["not_judged"], serde_json::json!([0]));
    assert_eq!(ran.json()["manifest"]["judgements"], serde_json::json!([]));
}

#[test]
fn a_failure_outweighs_what_is_inconclusive() {
    let more = "[[expect]]\nmetric = \"accepted\"\nstatistic = \"min\"\nat_least = 1\n";
    verdict(&format!("{}{UNMEASURED}{more}", without_attack()), 1);
}

#[test]
fn two_for_a_run_that_needs_more_events_than_it_may() {
    let place = Place::with_attack();
    let arguments = ["run", "attack.toml", "--quiet", "--out", "out", "--set", "world.events_max=10"];
    let ran = place.dunbar(&arguments).ended(2);
    assert!(ran.err.contains("2 runs used up their events before the horizon"), "{}", ran.err);
    assert!(ran.err.contains("help: raise world.events_max"), "{}", ran.err);
    assert!(!ran.out.contains("PASS") && !ran.out.contains("FAIL"), "{}", ran.out);
    let manifest = place.json("out/manifest.json");
    assert_eq!((&manifest["runs"][0]["exhausted"], &manifest["runs"][0]["events"]), (&true.into(), &10.into()));
}

#[test]
fn two_for_a_wrong_command_line() {
    let place = Place::with_attack();
    for arguments in [
        &["walk"][..],
        &["run"],
        &["run", "attack.toml", "--seed", "one"],
        &["run", "attack.toml", "--set", "seeds"],
        &["run", "attack.toml", "--jobs", "0"],
        &["run", "attack.toml", "--jobs", "99999999"],
        &["verify"],
        &["conform", "a", "b"],
        &["node", "fly"],
        &[],
    ] {
        let ran = place.dunbar(arguments).ended(2);
        assert!(ran.err.contains("Usage:") || ran.err.contains("--help"), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn four_if_the_machine_does_not_let_the_command_answer() {
    let place = Place::with_attack();
    for arguments in [&["run", "attack.toml", "--quiet"][..], &["verify", "attack.toml"]] {
        let mut command = place.command(Path::new(env!("CARGO_BIN_EXE_dunbar")));
        let full = File::options().write(true).open("/dev/full").unwrap();
        let ran: crate::support::Ran = command.args(arguments).stdout(full).output().unwrap().into();
        assert!(ran.ended(4).err.contains("cannot write to standard output"));
    }
}

#[test]
fn a_reader_that_goes_away_changes_nothing() {
    let place = Place::with_attack();
    let mut command = place.command(Path::new(env!("CARGO_BIN_EXE_dunbar")));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let both = (writer.try_clone().unwrap(), writer);
    let status = command.args(["run", "attack.toml", "--out", "out"]).stdout(both.0).stderr(both.1).status().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(place.path().join("out/manifest.json").exists());
}
