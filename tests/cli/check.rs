//! The gate: green where the defence stands, red with a witness where it is removed, and nothing that cannot fail.

use crate::support::{ATTACK, Place};

/// The attack does not pay: 20 gained, 10 spent, 50 burned. It pays 10 where nobody gossips.
const NET: &str = r#"
[[expect]]
metric = "attacker_net"
statistic = "mean"
at_most = 0
margin = 1
range = [-100, 20]
because = "what is made too much is burned five times over"

[mutation."no attack"]
"script.0.node" = "honest.2"

[mutation."no gossip"]
network = { profile = "lan", topology = "erdos-renyi", connectivity = 0.0 }
"#;

fn place() -> Place {
    let place = Place::new();
    place.write("attack.toml", format!("{ATTACK}{NET}"));
    place
}

/// The same scenario without its defence.
fn undefended(place: &Place) {
    let lan = "profile = \"lan\"\n";
    let cut =
        format!("{ATTACK}{NET}").replacen(lan, &format!("{lan}topology = \"erdos-renyi\"\nconnectivity = 0.0\n"), 1);
    place.write("attack.toml", cut);
}

#[test]
fn a_scenario_whose_defence_stands_is_green() {
    let ran = place().dunbar(&["check", "attack.toml"]).ended(0);
    assert!(ran.out.contains("PASS         mean attacker_net <= 0 (margin 1): -40.000000"), "{}", ran.out);
    assert!(ran.out.contains("2 of 2 pass"), "{}", ran.out);
}

#[test]
fn without_its_defence_it_is_red_with_a_witness_that_reproduces() {
    let place = place();
    undefended(&place);
    let ran = place.dunbar(&["check", "attack.toml"]).ended(1);
    assert!(ran.out.contains("FAIL         mean attacker_net <= 0 (margin 1): 10.000000"), "{}", ran.out);
    let command = ran.out.lines().rev().find_map(|line| line.split_once("shows it: dunbar ")).expect("a witness").1;
    assert!(command.starts_with("run attack.toml --seed 1"), "{command}");
    let replayed = place.dunbar(&command.split(' ').collect::<Vec<_>>()).ended(1);
    assert!(replayed.out.contains("FAIL         mean attacker_net <= 0: 10.000000 over 1 runs"), "{}", replayed.out);
    assert!(place.files("out/witness").contains(&"cell-0-seed-1.trace".to_owned()));
}

#[test]
fn two_checks_print_the_same_whatever_the_number_of_jobs() {
    let place = place();
    let once = |jobs| place.dunbar(&["check", "attack.toml", "--json", "--jobs", jobs]).ended(0).out;
    assert_eq!(once("1"), once("3"));
}

#[test]
fn junit_and_annotations_name_file_line_and_replay() {
    let place = place();
    undefended(&place);
    let ran = place.dunbar(&["check", "attack.toml", "--junit", "check.xml", "--github"]).ended(1);
    let line = place.read("attack.toml").lines().position(|line| line.contains("attacker_net")).unwrap() + 1;
    let annotation = format!("::error file=attack.toml,line={line},col=10,title=FAIL::mean attacker_net");
    assert!(ran.out.contains(&annotation), "{}", ran.out);
    let xml = place.read("check.xml");
    assert!(
        xml.contains("tests=\"2\" skipped=\"0\" failures=\"2\"") && xml.contains("dunbar run attack.toml --seed 1"),
        "{xml}"
    );
}

#[test]
fn mutation_finds_what_cannot_fail() {
    let place = place();
    // `attacker_net` holds also without an attack; the removal of the gossip flips it.
    place.dunbar(&["check", "attack.toml", "--mutate"]).ended(0);
    let vacuous = "[[expect]]\nmetric = \"false_accusations\"\nstatistic = \"max\"\nat_most = 0\n";
    place.write("attack.toml", format!("{ATTACK}{NET}{vacuous}"));
    let ran = place.dunbar(&["check", "attack.toml", "--mutate"]).ended(1);
    assert!(
        ran.out.contains("VACUOUS      max false_accusations <= 0: it passes also with: no attack, no gossip"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("3 of 3 pass, 1 vacuous"), "{}", ran.out);
    let declared = format!("invariants = [\"false_accusations\"]\n{ATTACK}{NET}{vacuous}");
    place.write("attack.toml", declared);
    place.dunbar(&["check", "attack.toml", "--mutate"]).ended(0);
}

#[test]
fn a_comparison_with_what_is_the_same_is_green_and_with_a_worse_one_red() {
    let place = Place::new();
    let compare = |set: &str| {
        let expect = format!(
            "\n[[expect]]\nmetric = \"spread\"\nstatistic = \"mean\"\nat_least = 0\nmargin = 0.1\ncompare = {{ set = {{ {set} }} }}\n"
        );
        place.write("attack.toml", format!("{ATTACK}{expect}"));
        place.dunbar(&["check", "attack.toml"])
    };
    compare("horizon = \"6 s\"").ended(0);
    let better = "network = { profile = \"lan\", topology = \"erdos-renyi\", connectivity = 0.0 }";
    compare(better).ended(0);
    // The other way round: what is checked is the one that is cut.
    let cut = ATTACK.replacen(
        "profile = \"lan\"\n",
        "profile = \"lan\"\ntopology = \"erdos-renyi\"\nconnectivity = 0.0\n",
        1,
    );
    let expect = "\n[[expect]]\nmetric = \"spread\"\nstatistic = \"mean\"\nat_least = 0\nmargin = 0.1\n\
                  compare = { set = { network = { profile = \"lan\" } } }\n";
    place.write("attack.toml", format!("{cut}{expect}"));
    let ran = place.dunbar(&["check", "attack.toml"]).ended(1);
    assert!(ran.out.contains("FAIL         mean spread >= 0 (margin 0.1): -1.000000"), "{}", ran.out);
}

#[test]
fn a_baseline_is_compared_seed_by_seed() {
    let place = place();
    place.dunbar(&["baseline", "save", "attack.toml", "--out", "base", "--seeds", "64"]).ended(0);
    let same = place.dunbar(&["baseline", "diff", "base", "attack.toml"]).ended(0);
    assert_eq!(same.out.trim(), "attack.toml: 0 of 64 runs as saved");
    let expect = "\n[[expect]]\nmetric = \"spread\"\nstatistic = \"mean\"\nat_least = 0\nmargin = 0.2\nmax_seeds = 64\n\
                  compare = { baseline = true }\n";
    place.write("attack.toml", format!("{ATTACK}{expect}"));
    let ran = place.dunbar(&["check", "attack.toml"]).ended(2);
    assert!(ran.err.contains("compared with a baseline, and none is given"), "{}", ran.err);
    place.dunbar(&["check", "attack.toml", "--baseline", "base"]).ended(0);
    undefended(&place);
    let ran = place.dunbar(&["baseline", "diff", "base", "attack.toml"]).ended(1);
    assert!(ran.out.contains("attacker_net: +50.000000"), "{}", ran.out);
    place.write("base/attack.jsonl", place.read("base/attack.jsonl").replacen("\"seed\":3", "\"seed\":4", 1));
    let ran = place.dunbar(&["baseline", "diff", "base", "attack.toml"]).ended(2);
    assert!(ran.err.contains("attack.jsonl, line 3: its checksum is"), "{}", ran.err);
}

#[test]
fn what_cannot_be_tested_is_refused_with_a_way_out() {
    let place = Place::new();
    let refused = |expect: &str, why: &str| {
        place.write("attack.toml", format!("{ATTACK}\n[[expect]]\n{expect}\n"));
        let ran = place.dunbar(&["check", "attack.toml"]).ended(2);
        assert!(ran.err.contains(why), "{}", ran.err);
    };
    refused("metric = \"spread\"\nstatistic = \"mean\"\nat_least = 0.5", "a mean over seeds without a margin");
    refused("metric = \"spred\"\nstatistic = \"mean\"\nat_least = 0.5\nmargin = 0.1", "did you mean `spread`?");
    let ran = place.dunbar(&["check", "nowhere"]).ended(2);
    assert!(ran.err.contains("cannot read nowhere"), "{}", ran.err);
}
