//! What one does with a failure: find it, compare two traces, make it small.

use std::path::Path;

use crate::support::{ATTACK, Place, Ran};

/// Victims who do not hear of each other, and much that does not matter.
const LOST: &str = r#"
[[population]]
name = "others"
role = "honest"
count = 8

[[fault]]
kind = "crash"
from = "2 s"
until = "3 s"
node = "others.1"

[[fault]]
kind = "partition"
from = "0.5 s"
until = "5 s"
sides = [["honest.0", "thief"], ["honest.1", "honest.2", "others"]]
"#;

fn place() -> Place {
    let place = Place::new();
    let (start, expect) = ATTACK.split_once("[[expect]]").unwrap();
    place.write("lost.toml", format!("{start}{LOST}\n[[expect]]{expect}"));
    place
}

#[test]
fn a_shrunk_scenario_stands_alone_and_fails_still() {
    let place = place();
    place.dunbar(&["run", "lost.toml", "--seed", "3", "--quiet", "--out", "before"]).ended(1);
    let shrink = |out: &str| place.dunbar(&["shrink", "lost.toml", "--seed", "3", "--quiet", "--out", out]).ended(0);
    let ran = shrink("small.toml");
    assert!(ran.out.contains("min detected >= 1 still fails"), "{}", ran.out);
    let small = place.read("small.toml");
    assert!(!small.contains("others") && small.matches("[[fault]]").count() <= 1, "{small}");
    assert!(small.len() < place.read("lost.toml").len());
    place.dunbar(&["run", "small.toml", "--quiet", "--out", "after"]).ended(1);
    shrink("again.toml");
    assert_eq!(place.read("again.toml"), small);
}

#[test]
fn a_shrunk_scenario_takes_the_files_beside_it_along() {
    let place = place();
    let (start, rest) =
        place.read("lost.toml").split_once("profile = \"lan\"\n").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    // Everybody is linked with the next one, the thief with all.
    let edges: String = (0..12)
        .flat_map(|node| [format!("{node} {}\n", (node + 1) % 12), format!("{node} 3\n")])
        .filter(|edge| edge != "3 3\n")
        .collect();
    place.write("ring.txt", edges);
    place.write("lost.toml", format!("{start}profile = \"lan\"\ntopology = \"file\"\ngraph = \"ring.txt\"\n{rest}"));
    std::fs::create_dir(place.path().join("kept")).expect("a folder");
    place.dunbar(&["shrink", "lost.toml", "--seed", "3", "--quiet", "--out", "kept/small.toml"]).ended(0);
    assert_eq!(place.read("kept/small.toml").contains("ring.txt"), place.path().join("kept/ring.txt").exists());
    place.dunbar(&["run", "kept/small.toml", "--quiet", "--out", "after"]).ended(1);
    place.dunbar(&["explore", "lost.toml", "--runs", "4", "--seed", "100", "--out", "far/found"]).ended(1);
    place.dunbar(&["check", "far/found"]).ended(1);
}

/// Gossip that reaches most of the nodes, in a graph that another seed draws anew.
fn sparse() -> Place {
    let place = Place::new();
    let sparse = "profile = \"lan\"\ntopology = \"erdos-renyi\"\nconnectivity = 0.15\n";
    let spread = "\n[[expect]]\nmetric = \"spread\"\nstatistic = \"mean\"\n";
    let wide = ATTACK.replacen("profile = \"lan\"\n", sparse, 1).replacen("count = 3", "count = 16", 1);
    let (world, _) = wide.split_once("[[expect]]").unwrap();
    place.write(
        "sparse.toml",
        format!(
            "{world}{spread}at_least = 0.95\nmargin = 0.05\n\
             {spread}at_least = 0\nmargin = 0.05\ncompare = {{ set = {{ \"network.connectivity\" = 0.8 }} }}\n"
        ),
    );
    place
}

#[test]
fn what_the_gate_rejects_is_rejected_still_when_it_is_small() {
    let place = sparse();
    for (number, shown) in [(0, "mean spread >= 0.95"), (1, "mean spread against the same with")] {
        let whole = place.read("sparse.toml");
        let alone: Vec<&str> = whole.split("[[expect]]").collect();
        place.write("one.toml", format!("{}[[expect]]{}", alone[0], alone[number + 1]));
        place.dunbar(&["check", "one.toml"]).ended(1);
        let ran = place.dunbar(&["shrink", "one.toml", "--seed", "4", "--out", "small.toml", "--force"]).ended(0);
        assert!(ran.out.contains(shown) && ran.err.contains("is rejected by the gate"), "{}{}", ran.out, ran.err);
        let ran = place.dunbar(&["check", "small.toml"]).ended(1);
        assert!(ran.out.contains(&format!("FAIL         {shown}")), "{}", ran.out);
    }
}

#[test]
fn a_mean_that_the_gate_lets_pass_is_not_shrunk_for_the_sake_of_a_few_seeds() {
    let place = sparse();
    let (world, _) =
        place.read("sparse.toml").split_once("[[expect]]").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    // With seed 1 alone it lies below the bound.
    let loose = "[[expect]]\nmetric = \"spread\"\nstatistic = \"mean\"\nat_least = 0.7\nmargin = 0.3\n";
    place.write("one.toml", format!("{world}{loose}"));
    place.dunbar(&["check", "one.toml"]).ended(0);
    let ran = place.dunbar(&["shrink", "one.toml", "--seed", "1"]).ended(2);
    assert!(ran.err.contains("nothing fails with seed 1"), "{}", ran.err);
}

#[test]
fn the_example_in_the_help_fails_as_it_is_typed() {
    let place = Place::new();
    let help = place.dunbar(&["shrink", "--help"]).ended(0).out;
    let example = help.lines().map(str::trim).find(|line| line.starts_with("dunbar shrink ")).unwrap();
    let out = format!("--out {}", place.path().join("out").display());
    let typed = example.replace("dunbar shrink", "\"$DUNBAR\" run --quiet").replace("--out small.toml", &out);
    let mut shell = place.command(Path::new("sh"));
    shell.current_dir(env!("CARGO_MANIFEST_DIR")).env("DUNBAR", env!("CARGO_BIN_EXE_dunbar"));
    let ran: Ran = shell.args(["-c", &typed]).output().unwrap().into();
    assert!(ran.ended(1).out.contains("FAIL"), "{typed}");
}

#[test]
fn what_does_not_fail_is_not_shrunk() {
    let place = Place::with_attack();
    let ran = place.dunbar(&["shrink", "attack.toml", "--seed", "1"]).ended(2);
    assert!(ran.err.contains("nothing fails with seed 1"), "{}", ran.err);
    let ran = place.dunbar(&["shrink", "attack.toml"]).ended(2);
    assert!(ran.err.contains("no seed"), "{}", ran.err);
}

#[test]
fn two_traces_part_at_a_step_with_its_causes() {
    let place = Place::with_attack();
    let trace = |out: &str, set: &str| {
        place.dunbar(&["run", "attack.toml", "--seed", "1", "--quiet", "--trace", "--out", out, "--set", set]);
        format!("{out}/cell-0-seed-1.trace")
    };
    let (one, same) = (trace("one", "horizon=\"5 s\""), trace("same", "horizon=\"5 s\""));
    let other = trace("other", "script.0.command.pay.amount=\"20 OMC\"");
    let ran = place.dunbar(&["diff", &one, &same]).ended(0);
    assert!(ran.out.starts_with("identical: "), "{}", ran.out);
    let ran = place.dunbar(&["diff", &one, &other]).ended(1);
    assert!(ran.out.contains("steps are equal"), "{}", ran.out);
    assert!(
        ran.out.contains("metrics that differ:") && ran.out.contains("attacker_gain [OMC]: 20 and 40"),
        "{}",
        ran.out
    );
    let ran = place.dunbar(&["diff", &one, &other, "--json"]).ended(1);
    assert_eq!(ran.json()["identical"], false);
    place.write("cut.trace", &place.bytes(&one)[..400]);
    let ran = place.dunbar(&["diff", "cut.trace", &one]).ended(2);
    assert!(ran.err.contains("cut.trace: the trace is cut off at byte"), "{}", ran.err);
}

#[test]
fn exploration_keeps_a_failure_once_and_a_check_replays_it() {
    let place = place();
    let explore = || place.dunbar(&["explore", "lost.toml", "--runs", "8", "--seed", "100"]);
    let ran = explore().ended(1);
    assert!(ran.out.contains("found: min detected >= 1") && ran.out.contains("1 new failures"), "{}", ran.out);
    let files = place.files("found");
    assert_eq!(files.len(), 1, "{files:?}");
    let ran = place.dunbar(&["check", "found"]).ended(1);
    assert!(ran.out.contains("FAIL         min detected >= 1"), "{}", ran.out);
    assert!(explore().ended(0).out.contains("8 runs, 0 new failures"));
}

#[test]
fn exploration_goes_on_behind_a_bad_file_and_keeps_files_of_one_name_apart() {
    let place = place();
    place.write("a/lost.toml", place.read("lost.toml"));
    place.write("a/bad.toml", "format = 1\n");
    let explore = |seed| place.dunbar(&["explore", "a", "lost.toml", "--runs", "32", "--seed", seed]);
    let ran = explore("100").ended(1);
    assert!(ran.err.contains("a/bad.toml:1:1"), "{}", ran.err);
    assert!(ran.out.contains("2 new failures"), "{}", ran.out);
    assert_eq!(place.files("found").len(), 2);
    let again = explore("100").ended(2);
    assert!(again.err.contains("1 scenarios or cells were left out"), "{}", again.err);
}
