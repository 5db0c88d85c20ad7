//! Sweeps: the same bytes whatever the number of jobs, gone on with after a kill, and damage that is not used.

use crate::support::{ATTACK, Place};

const SWEEP: &str = "\n[sweep]\n\"population.0.count\" = [3, 4]\n";

fn place() -> Place {
    let place = Place::new();
    place.write("attack.toml", format!("{ATTACK}{SWEEP}"));
    place
}

fn sweep(place: &Place, more: &[&str]) -> crate::support::Ran {
    place.dunbar(&[&["sweep", "attack.toml", "--quiet", "--seeds", "5", "--out", "out"], more].concat())
}

#[test]
fn one_job_and_several_give_the_same_bytes() {
    let place = place();
    place.dunbar(&["sweep", "attack.toml", "--seeds", "5", "--out", "one", "--jobs", "1"]).ended(0);
    place.dunbar(&["sweep", "attack.toml", "--seeds", "5", "--out", "four", "--jobs", "4"]).ended(0);
    for file in ["rows.jsonl", "cells.csv", "sweep.json"] {
        assert_eq!(place.bytes(&format!("one/{file}")), place.bytes(&format!("four/{file}")), "{file}");
    }
    assert_eq!(place.read("one/rows.jsonl").lines().count(), 10);
    assert!(place.read("one/cells.csv").starts_with("cell,population.0.count,metric,unit,runs,mean,low,high,method"));
}

#[test]
fn a_killed_sweep_goes_on_where_it_was() {
    let place = place();
    sweep(&place, &[]).ended(0);
    let whole = place.read("out/rows.jsonl");
    // What a kill leaves: some lines, the last of them cut, and no summary.
    let cut = whole.match_indices('\n').nth(6).map(|(at, _)| at + 40).unwrap();
    place.write("out/rows.jsonl", &whole[..cut]);
    std::fs::remove_file(place.path().join("out/cells.csv")).unwrap();
    let ran = place.dunbar(&["sweep", "attack.toml", "--seeds", "5", "--out", "out"]).ended(0);
    assert!(ran.err.contains("7 of 10 runs are there already"), "{}", ran.err);
    assert_eq!(place.read("out/rows.jsonl"), whole);
    assert!(place.read("out/cells.csv").contains("detected"));
}

#[test]
fn a_finished_sweep_runs_nothing_again() {
    let place = place();
    sweep(&place, &[]).ended(0);
    let ran = place.dunbar(&["sweep", "attack.toml", "--seeds", "5", "--out", "out"]).ended(0);
    assert!(ran.err.contains("10 of 10 runs are there already"), "{}", ran.err);
}

#[test]
fn a_damaged_line_is_named_and_not_used() {
    let place = place();
    sweep(&place, &[]).ended(0);
    let changed = place.read("out/rows.jsonl").replacen("\"seed\":4", "\"seed\":5", 1);
    place.write("out/rows.jsonl", changed);
    let ran = sweep(&place, &[]).ended(2);
    assert!(ran.err.contains("rows.jsonl, line 4: its checksum is"), "{}", ran.err);
    assert!(ran.err.contains("cut the file before this line"), "{}", ran.err);
}

#[test]
fn another_sweep_is_not_mixed_in() {
    let place = place();
    sweep(&place, &[]).ended(0);
    let refused = |more: &[&str], why: &str| {
        let ran = place.dunbar(&[&["sweep", "attack.toml", "--quiet", "--out", "out"], more].concat()).ended(2);
        assert!(ran.err.contains(why), "{}", ran.err);
    };
    refused(&["--seeds", "6"], "5 seeds from 1");
    refused(&["--seeds", "5", "--set", "horizon=\"4 s\""], "another text of the scenario");
    sweep(&place, &["--set", "horizon=\"4 s\"", "--force"]).ended(0);
}

#[test]
fn a_run_over_its_budget_is_a_failure_with_its_seed() {
    let place = place();
    let ran = sweep(&place, &["--set", "world.events_max=20"]).ended(1);
    assert!(
        ran.out.contains("failed: cell 0, seed 1: used up its events before the horizon, 20 of them"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("10 runs, 10 failed"), "{}", ran.out);
}

#[test]
fn a_planned_run_is_the_one_of_the_sweep_and_is_done_once() {
    let place = place();
    sweep(&place, &[]).ended(0);
    place.dunbar(&["sweep", "plan", "attack.toml", "--seeds", "5", "--out", "cells.jsonl"]).ended(0);
    let (plan, rows) = (place.read("cells.jsonl"), place.read("out/rows.jsonl"));
    assert_eq!(plan.lines().count(), 10);
    for (index, file) in [(2, "results/cell-0-seed-3.json"), (9, "results/cell-1-seed-5.json")] {
        let line = plan.lines().nth(index).unwrap();
        let ran = place.dunbar(&["run-cell", line, "--out", "results"]).ended(0);
        assert!(ran.out.trim().ends_with("written"), "{}", ran.out);
        assert_eq!(Some(place.read(file).trim_end()), rows.lines().nth(index));
        let ran = place.dunbar(&["run-cell", line, "--out", "results"]).ended(0);
        assert!(ran.out.trim().ends_with("there already"), "{}", ran.out);
    }
    assert_eq!(place.files("results"), ["cell-0-seed-3.json", "cell-1-seed-5.json", "scenario.hash"]);
    place.write("attack.toml", place.read("attack.toml").replace("10 OMC", "11 OMC"));
    place.dunbar(&["sweep", "plan", "attack.toml", "--seeds", "5", "--out", "cells.jsonl", "--force"]).ended(0);
    let line = place.read("cells.jsonl").lines().nth(2).unwrap().to_owned();
    let ran = place.dunbar(&["run-cell", &line, "--out", "results"]).ended(2);
    assert!(ran.err.contains("results has runs of another scenario, or of another version of it"), "{}", ran.err);
}

#[test]
fn runs_on_another_graph_in_the_same_file_are_not_mixed_in() {
    let place = Place::new();
    place.write("edges.txt", "0 1\n1 2\n2 3\n3 0\n0 2\n1 3\n");
    let on = "profile = \"lan\"\ntopology = \"file\"\ngraph = \"edges.txt\"\n";
    place.write("attack.toml", ATTACK.replacen("profile = \"lan\"\n", on, 1));
    let sweep = || place.dunbar(&["sweep", "attack.toml", "--quiet", "--seeds", "4", "--out", "out"]);
    sweep().ended(0);
    place.dunbar(&["sweep", "plan", "attack.toml", "--seeds", "4"]).ended(0);
    let line = place.read("cells.jsonl").lines().next().unwrap().to_owned();
    place.dunbar(&["run-cell", &line, "--out", "results"]).ended(0);
    sweep().ended(0);
    place.write("edges.txt", "0 1\n1 2\n2 3\n3 0\n0 2\n");
    let ran = sweep().ended(2);
    assert!(ran.err.contains("out holds a sweep with another content of edges.txt"), "{}", ran.err);
    let ran = place.dunbar(&["run-cell", &line, "--out", "results"]).ended(2);
    assert!(ran.err.contains("edges.txt is not what was planned"), "{}", ran.err);
    place.dunbar(&["sweep", "plan", "attack.toml", "--seeds", "4", "--out", "again.jsonl"]).ended(0);
    let line = place.read("again.jsonl").lines().next().unwrap().to_owned();
    let ran = place.dunbar(&["run-cell", &line, "--out", "results"]).ended(2);
    assert!(ran.err.contains("results has runs of another scenario"), "{}", ran.err);
}

#[test]
fn a_cell_that_is_not_of_this_scenario_is_refused() {
    let place = place();
    place.dunbar(&["sweep", "plan", "attack.toml", "--seeds", "1"]).ended(0);
    let line = place.read("cells.jsonl").lines().next().unwrap().to_owned();
    let refused = |line: &str, why: &str| {
        let ran = place.dunbar(&["run-cell", line, "--out", "results"]).ended(2);
        assert!(ran.err.contains(why), "{}", ran.err);
    };
    refused("{}", "the cell is not understood: missing field `format`");
    refused(&line.replacen("\"format\":1", "\"format\":2", 1), "a cell of format 2");
    place.write("attack.toml", ATTACK);
    refused(&line, "is not what was planned");
}
