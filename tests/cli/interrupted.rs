//! Ctrl-C.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{ATTACK, Place};

fn interrupt(process: u32) {
    let sent = Command::new("sh").args(["-c", &format!("kill -INT {process}")]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn what_is_done_is_written_and_it_is_said_that_the_rest_is_missing() {
    let place = Place::new();
    place.write("long.toml", ATTACK.replace("seeds = 2", "seeds = 100000"));
    let mut command = place.command(Path::new(env!("CARGO_BIN_EXE_dunbar")));
    command.args(["run", "long.toml", "--out", "out", "--jobs", "1"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    // It listens before it says what it does; the first line is there before the first run.
    let mut said = BufReader::new(running.stderr.take().unwrap());
    let mut first = String::new();
    said.read_line(&mut first).unwrap();
    assert!(first.starts_with("# seeds 1..=100000"), "{first}");
    interrupt(running.id());
    let mut err = String::new();
    said.read_to_string(&mut err).unwrap();
    let mut out = String::new();
    running.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(3), "{err}");
    assert!(err.contains("# interrupted: what began has two seconds to finish"), "{err}");
    assert!(err.contains(" of 100000 runs are done, and only they count"), "{err}");
    let runs = place.json("out/manifest.json")["runs"].as_array().unwrap().len();
    assert!((1..100_000).contains(&runs) && place.read("out/metrics.csv").lines().count() == runs + 1);
    assert!(out.contains(&format!("over {runs} runs")), "{out}");
    // What is there is as good as any other result.
    assert_eq!(place.json("out/manifest.json")["seeds"].as_array().unwrap().len(), runs);
    place.dunbar(&["verify", "out/manifest.json", "--seed", "1"]).ended(0);
}

/// A single run that takes minutes.
const LONG: &str = r#"format = 1
title = "Long"
protocol = "phold"
seeds = 1
horizon = "10 d"

[network]
profile = "perfect"

[[population]]
name = "node"
count = 20
"#;

#[test]
fn a_run_that_goes_on_is_cut_and_what_it_has_is_written() {
    let place = Place::new();
    place.write("long.toml", LONG);
    let mut command = place.command(Path::new(env!("CARGO_BIN_EXE_dunbar")));
    command.args(["run", "long.toml", "--out", "out"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    let mut said = BufReader::new(running.stderr.take().unwrap());
    said.read_line(&mut String::new()).unwrap();
    interrupt(running.id());
    let mut err = String::new();
    said.read_to_string(&mut err).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(3), "{err}");
    assert!(err.contains("# interrupted: 0 of 1 runs are done, and only they count"), "{err}");
    let line = err.lines().find(|line| line.starts_with("# cell 0, seed 1: cut at ")).expect("how far it came");
    assert!(
        line.ends_with(" s of 864000.000 s of virtual time; what it measured until then is in stopped.csv"),
        "{line}"
    );

    let manifest = place.json("out/manifest.json");
    let at = manifest["stopped"][0]["at_ns"].as_u64().unwrap();
    assert!(
        at > 0 && manifest["runs"].as_array().unwrap().is_empty() && manifest["seeds"].as_array().unwrap().is_empty()
    );
    assert_eq!(place.read("out/metrics.csv").lines().count(), 1, "nothing counts");
    let stopped = place.read("out/stopped.csv");
    let received: f64 = stopped.lines().nth(1).unwrap().split(',').nth(2).unwrap().parse().unwrap();
    assert!(received > 0.0, "{stopped}");

    // What is cut is the beginning of the same run: a shorter horizon gives the same numbers.
    let horizon = format!("horizon={at} ns");
    place.dunbar(&["run", "long.toml", "--quiet", "--set", &horizon, "--out", "short"]).ended(0);
    assert_eq!(place.read("short/metrics.csv"), stopped);
}

#[test]
fn a_comparison_ends_with_its_two_processes_and_leaves_nothing_behind() {
    let place = Place::new();
    place.write("long.toml", LONG);
    let folder = place.path().join("temporary");
    std::fs::create_dir(&folder).unwrap();
    let mut command = place.command(Path::new(env!("CARGO_BIN_EXE_dunbar")));
    command.args(["verify", "long.toml"]).env("TMPDIR", &folder).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    // It listens before the first of the two begins.
    let inside = || std::fs::read_dir(&folder).unwrap().next().map(|entry| entry.unwrap().path());
    while inside().is_none_or(|path| !path.join("side-1").exists()) {
        assert!(running.try_wait().unwrap().is_none(), "it runs for minutes");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    interrupt(running.id());
    let mut err = String::new();
    running.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(3), "{err}");
    assert!(err.contains("# interrupted: 0 of 1 seeds were compared"), "{err}");
    assert_eq!(inside(), None);
}
