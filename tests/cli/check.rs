//! The gate: green where the defence stands, red with a witness where it is removed, and nothing that cannot fail.

use std::path::Path;

use crate::support::{ATTACK, Place, Ran};

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

/// The command that a check prints for the first failure behind a text.
#[track_caller]
fn witness<'a>(ran: &'a Ran, behind: &str) -> &'a str {
    let rest =
        ran.out.split_once(behind).and_then(|(_, rest)| rest.split_once("shows it: dunbar ")).expect("a witness").1;
    rest.lines().next().expect("a line")
}

/// What comes of the command in a shell.
fn typed(place: &Place, command: &str) -> Ran {
    let mut shell = place.command(Path::new("sh"));
    let typed = format!("{} {command}", env!("CARGO_BIN_EXE_dunbar"));
    shell.args(["-c", &typed]).output().expect("a shell").into()
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
    let command = witness(&ran, "attacker_net");
    assert!(command.starts_with("run attack.toml --seed 1"), "{command}");
    let replayed = typed(&place, command).ended(1);
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
    let ran = place.dunbar(&["check", "attack.toml", "--mutate"]).ended(0);
    assert!(
        ran.out.contains("can fail     mean attacker_net <= 0: with \"no gossip\" it does not pass"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("2 of 2 pass, 0 vacuous, 2 can fail"), "{}", ran.out);
    let vacuous = "[[expect]]\nmetric = \"false_accusations\"\nstatistic = \"max\"\nat_most = 0\n";
    place.write("attack.toml", format!("{ATTACK}{NET}{vacuous}"));
    let ran = place.dunbar(&["check", "attack.toml", "--mutate"]).ended(1);
    assert!(
        ran.out.contains("VACUOUS      max false_accusations <= 0: it passes also with: no attack, no gossip"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("3 of 3 pass, 1 vacuous, 2 can fail"), "{}", ran.out);
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
    assert!(ran.out.contains(" >= 0 (margin 0.1): -1.000000"), "{}", ran.out);
}

#[test]
fn a_baseline_is_compared_seed_by_seed() {
    let place = place();
    place.dunbar(&["baseline", "save", "attack.toml", "--out", "base", "--seeds", "64"]).ended(0);
    let same = place.dunbar(&["baseline", "diff", "base", "attack.toml"]).ended(0);
    assert_eq!(same.out.trim(), "attack.toml: all 64 runs as saved");
    let expect = "\n[[expect]]\nmetric = \"spread\"\nstatistic = \"mean\"\nat_least = 0\nmargin = 0.2\nmax_seeds = 64\n\
                  compare = { baseline = true }\n";
    place.write("attack.toml", format!("{ATTACK}{expect}"));
    let ran = place.dunbar(&["check", "attack.toml"]).ended(2);
    assert!(
        ran.out.contains("ERROR        attack.toml:") && ran.out.contains("and there is none of this"),
        "{}",
        ran.out
    );
    let ran = place.dunbar(&["run", "attack.toml", "--out", "out/a"]);
    assert!(ran.out.contains("NOT JUDGED   mean spread against the baseline >= 0"), "{}", ran.out);
    place.dunbar(&["check", "attack.toml", "--baseline", "base"]).ended(0);
    let ran = place.dunbar(&["check", "attack.toml", "--baseline", "base", "--mutate"]).ended(1);
    assert!(ran.out.contains("VACUOUS      min detected"), "{}", ran.out);
    place.dunbar(&["baseline", "save", "attack.toml", "--out", "few", "--seeds", "8"]).ended(0);
    let ran = place.dunbar(&["check", "attack.toml", "--baseline", "few"]).ended(2);
    assert!(ran.out.contains("the baseline has no run with seed 9: at least 1..=32 are needed"), "{}", ran.out);
    let ran = place.dunbar(&["shrink", "attack.toml", "--seed", "1"]).ended(2);
    assert!(ran.err.contains("compared with a baseline cannot be shrunk"), "{}", ran.err);
    place.write("attack.toml", format!("{ATTACK}{}", expect.replace("spread", "attacker_gain_unknown")));
    place.dunbar(&["check", "attack.toml", "--baseline", "base"]).ended(2);
    place.write("attack.toml", format!("{ATTACK}{NET}\n[sweep]\nhorizon = [\"5 s\", \"6 s\"]\n"));
    let ran = place.dunbar(&["baseline", "diff", "base", "attack.toml"]).ended(2);
    assert!(ran.err.contains("`horizon` is set on one side only"), "{}", ran.err);
    undefended(&place);
    let ran = place.dunbar(&["baseline", "diff", "base", "attack.toml"]).ended(1);
    assert!(ran.out.contains("attacker_net: +50.000000"), "{}", ran.out);
    place.write("base/attack.jsonl", place.read("base/attack.jsonl").replacen("\"seed\":3", "\"seed\":4", 1));
    let ran = place.dunbar(&["baseline", "diff", "base", "attack.toml"]).ended(2);
    assert!(ran.err.contains("attack.jsonl, line 4: its checksum is"), "{}", ran.err);
    place.dunbar(&["baseline", "save", "attack.toml", "--out", "base", "--seeds", "64", "--force"]).ended(0);
    let saved = place.read("base/attack.jsonl");
    place.write("base/attack.jsonl", saved.lines().take(60).map(|line| format!("{line}\n")).collect::<String>());
    let ran = place.dunbar(&["check", "attack.toml", "--baseline", "base"]).ended(2);
    assert!(
        ran.out.contains("64 rows and their hash were announced, and the 59 rows that follow are others"),
        "{}",
        ran.out
    );
}

#[test]
fn a_mutation_that_turns_nothing_off_is_an_error_with_and_without_mutate() {
    let place = Place::new();
    let refused = |keys: &str, why: &str| {
        place.write("attack.toml", format!("{ATTACK}\n[mutation.off]\n{keys}\n"));
        for arguments in [&["check", "attack.toml"][..], &["check", "attack.toml", "--mutate"]] {
            let ran = place.dunbar(arguments).ended(2);
            assert_eq!(ran.out.matches("ERROR").count(), 1, "{}", ran.out);
            assert!(ran.out.contains("the mutation `off`: ") && ran.out.contains(why), "{}", ran.out);
        }
    };
    refused("", "it sets nothing");
    refused("seeds = 1", "`seeds` is about what is asked");
    refused("\"expect.0.at_least\" = 2", "`expect.0.at_least` is about what is asked");
    refused("\"script.0.nod\" = \"honest.2\"", "unknown field `nod`");
}

#[test]
fn a_file_that_is_named_twice_is_judged_once() {
    let ran = place().dunbar(&["check", "attack.toml", "./attack.toml"]).ended(0);
    assert!(ran.out.contains("2 of 2 pass"), "{}", ran.out);
}

#[test]
fn what_cannot_be_tested_is_refused_with_a_way_out() {
    let place = Place::new();
    let refused = |expect: &str, why: &str| {
        place.write("attack.toml", format!("{ATTACK}\n[[expect]]\n{expect}\n"));
        let ran = place.dunbar(&["check", "attack.toml"]).ended(2);
        assert!(ran.out.contains(why), "{}", ran.out);
    };
    refused("metric = \"spread\"\nstatistic = \"mean\"\nat_least = 0.5", "a mean over seeds without a margin");
    let same = "metric = \"spread\"\nstatistic = \"mean\"\nat_least = 0\nmargin = 0.1\n";
    refused(&format!("{same}compare = {{ set = {{ first_seed = 1000 }} }}"), "`first_seed` is about what is asked");
    refused("metric = \"spred\"\nstatistic = \"mean\"\nat_least = 0.5\nmargin = 0.1", "did you mean `spread`?");
    let ran = place.dunbar(&["check", "nowhere"]).ended(2);
    assert!(ran.out.contains("cannot read nowhere"), "{}", ran.out);
}

/// The share of the nodes that know is at least what it is on the other side.
const NOT_LESS: &str = "\n[[expect]]\nmetric = \"spread\"\nstatistic = \"mean\"\nat_least = 0\nmargin = 0.1\n";

#[test]
fn a_scenario_is_compared_with_its_variant() {
    let place = Place::new();
    let variants = "[variants.cut]\nnetwork = { profile = \"lan\", topology = \"erdos-renyi\", connectivity = 0.0 }\n\
                    [variants.longer]\nhorizon = \"6 s\"\n";
    let against = |variant: &str, bound: &str| {
        let expect = NOT_LESS.replace("at_least = 0", bound);
        place.write("attack.toml", format!("{ATTACK}{expect}compare = {{ variant = \"{variant}\" }}\n{variants}"));
        place.dunbar(&["check", "attack.toml"])
    };
    let ran = against("cut", "at_least = 1").ended(0);
    assert!(
        ran.out.contains("PASS         mean spread against variant cut >= 1 (margin 0.1): 1.000000"),
        "{}",
        ran.out
    );
    against("longer", "at_least = 0").ended(0);
    let ran = against("longer", "at_least = 1").ended(1);
    assert!(
        ran.out.contains("FAIL         mean spread against variant longer >= 1 (margin 0.1): 0.000000"),
        "{}",
        ran.out
    );
    let ran = against("cat", "at_least = 0").ended(2);
    assert!(ran.out.contains("has no variant `cat`") && ran.out.contains("did you mean `cut`?"), "{}", ran.out);
}

/// A scenario of another protocol, with other metrics.
const PHOLD: &str = "format = 1\ntitle = \"t\"\nprotocol = \"phold\"\nhorizon = \"1 s\"\n\
                     [network]\nprofile = \"lan\"\n[[population]]\nname = \"n\"\ncount = 4\n";

#[test]
fn a_scenario_is_compared_with_another_one() {
    let place = Place::new();
    let cut = ATTACK.replacen(
        "profile = \"lan\"\n",
        "profile = \"lan\"\ntopology = \"erdos-renyi\"\nconnectivity = 0.0\n",
        1,
    );
    place.write("other.toml", ATTACK);
    let compare = format!("{NOT_LESS}compare = {{ scenario = \"other.toml\" }}\n");
    place.write("attack.toml", format!("{ATTACK}{compare}"));
    place.dunbar(&["check", "attack.toml"]).ended(0);
    place.write("attack.toml", format!("{cut}{compare}"));
    let ran = place.dunbar(&["check", "attack.toml"]).ended(1);
    assert!(
        ran.out.contains("FAIL         mean spread against other.toml >= 0 (margin 0.1): -1.000000"),
        "{}",
        ran.out
    );
    place.write("other.toml", format!("{ATTACK}\n[sweep]\nhorizon = [\"7 s\", \"6 s\"]\n"));
    let ran = place.dunbar(&["check", "attack.toml"]).ended(2);
    let why = "it cannot be paired with other.toml: `horizon` is set on the other side only";
    assert!(ran.out.contains(why), "{}", ran.out);
    place.write("other.toml", PHOLD);
    let ran = place.dunbar(&["check", "attack.toml"]).ended(2);
    assert!(ran.out.contains("other.toml, with which it is compared, has no metric `spread`"), "{}", ran.out);
    std::fs::remove_file(place.path().join("other.toml")).expect("it is there");
    let ran = place.dunbar(&["check", "attack.toml"]).ended(2);
    assert!(ran.out.contains("cannot read other.toml") && ran.out.contains("relative to this file"), "{}", ran.out);
}

/// The command of the composite action in `docs/ci`, run as a workflow runs it.
fn action(place: &Place, inputs: [(&str, &str); 4]) -> Ran {
    let file = include_str!("../../docs/ci/action.yml");
    let (_, step) = file.split_once("      run: |\n").expect("one step");
    let step: String = step.lines().map(|line| line.trim_start().to_owned() + "\n").collect();
    let binary = Path::new(env!("CARGO_BIN_EXE_dunbar")).parent().expect("a folder");
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    // GitHub's own way to call it.
    let mut command = place.command(Path::new("bash"));
    command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &step]).env("PATH", path).envs(inputs);
    command.output().expect("bash is there").into()
}

#[test]
fn the_action_of_the_docs_is_green_red_and_leaves_its_report() {
    let place = place();
    let inputs =
        [("SCENARIOS", "attack.toml other.toml"), ("BASELINE", ""), ("MUTATE", "true"), ("JUNIT", "check.xml")];
    place.write("other.toml", format!("{ATTACK}[mutation.quiet]\n\"script.0.node\" = \"honest.2\"\n"));
    let ran = action(&place, inputs).ended(0);
    assert!(ran.out.contains("3 of 3 pass, 0 vacuous, 3 can fail"), "{}", ran.out);
    undefended(&place);
    let ran = action(&place, inputs).ended(1);
    assert!(ran.out.contains("::error file=attack.toml,line="), "{}", ran.out);
    assert!(place.read("check.xml").contains("failures=\"2\""), "{}", place.read("check.xml"));
}

#[test]
fn the_witness_of_a_comparison_reproduces_and_can_be_made_smaller() {
    let place = Place::new();
    let cut = "network = { profile = \"lan\", topology = \"erdos-renyi\", connectivity = 0.0 }";
    let compare = NOT_LESS.replace("at_least = 0", "at_most = 0.5");
    let variant = format!("{ATTACK}{compare}compare = {{ variant = \"cut\" }}\n[variants.cut]\n{cut}\n");
    place.write("attack.toml", variant);
    let ran = place.dunbar(&["check", "attack.toml"]).ended(1);
    let replayed = typed(&place, witness(&ran, "against variant cut")).ended(1);
    let failed = "FAIL         mean spread against variant cut <= 0.5: 1.000000 over 1 runs";
    assert!(replayed.out.contains(failed), "{}", replayed.out);
    place.dunbar(&["shrink", "attack.toml", "--seed", "1", "--out", "small.toml"]).ended(0);
    let small = place.dunbar(&["run", "small.toml", "--out", "out/small"]).ended(1);
    assert!(small.out.contains("FAIL         mean spread against variant cut <= 0.5: 1.000000"), "{}", small.out);
    place.dunbar(&["check", "small.toml"]).ended(1);
}

#[test]
fn what_is_compared_with_has_to_reach_its_horizon() {
    let place = Place::new();
    let compare = "compare = { set = { \"world.events_max\" = 10 } }\n";
    place.write("attack.toml", format!("{ATTACK}{NOT_LESS}{compare}"));
    let why = "the same with world.events_max = 10: seed 1 used up its events before the horizon";
    let ran = place.dunbar(&["check", "attack.toml"]).ended(3);
    let line = ran.out.lines().find(|line| line.contains("INCONCLUSIVE")).unwrap_or_default();
    assert!(line.ends_with(why), "{}", ran.out);
    assert!(ran.out.contains("1 of 2 pass"), "the other expectation is judged: {}", ran.out);
    let ran = place.dunbar(&["run", "attack.toml", "--out", "out/a"]).ended(3);
    assert!(ran.err.contains(&format!("# nothing is compared with {why}")), "{}", ran.err);
    assert!(place.files("out/a").contains(&"manifest.json".to_owned()));
}

#[test]
fn one_scenario_that_cannot_be_judged_does_not_hide_the_others() {
    let place = place();
    let second = "second = \"honest.1\"";
    place.write("bad.toml", ATTACK.replace(second, "second = \"honest.9\""));
    place.write("short.toml", format!("{ATTACK}\n[world]\nevents_max = 10\n"));
    let paths = ["attack.toml", "bad.toml", "short.toml"];
    let ran = place.dunbar(&[&["check"][..], &paths, &["--junit", "check.xml", "--github"]].concat()).ended(2);
    assert!(ran.out.contains("2 of 2 pass"), "{}", ran.out);
    assert!(ran.out.contains("ERROR        bad.toml:"), "{}", ran.out);
    assert!(ran.out.contains("ERROR        short.toml: seed 1 used up its events"), "{}", ran.out);
    assert!(ran.out.contains("::error file=bad.toml,line=21"), "{}", ran.out);
    assert!(ran.err.contains("2 of 3 scenarios could not be judged whole"), "{}", ran.err);
    assert!(place.read("check.xml").contains("errors=\"2\""), "{}", place.read("check.xml"));
}

#[test]
fn what_no_cell_is_asked_is_said_and_not_green() {
    let place = Place::new();
    let never = "when = { \"network.profile\" = \"wan\" }\nbecause";
    place.write("attack.toml", ATTACK.replace("because", never));
    let ran = place.dunbar(&["check", "attack.toml", "--github", "--junit", "check.xml"]).ended(3);
    let why = "min detected >= 1: no cell has network.profile = ";
    assert!(ran.out.contains(&format!("NOT JUDGED   {why}")), "{}", ran.out);
    let warning = ran.out.lines().find(|line| line.starts_with("::warning file=attack.toml,line="));
    assert!(warning.is_some_and(|line| line.contains(&format!("title=NOT JUDGED::{why}"))), "{}", ran.out);
    assert!(place.read("check.xml").contains("tests=\"1\" skipped=\"1\""), "{}", place.read("check.xml"));
}

#[test]
fn an_annotation_names_the_file_in_which_an_expectation_was_written() {
    let place = place();
    place.write("child.toml", "format = 1\nextends = \"attack.toml\"\ntitle = \"cut\"\n[network]\ntopology = \"erdos-renyi\"\nconnectivity = 0.0\n");
    let ran = place.dunbar(&["check", "child.toml", "--github"]).ended(1);
    let line = place.read("attack.toml").lines().position(|line| line.contains("attacker_net")).unwrap() + 1;
    assert!(ran.out.contains(&format!("::error file=attack.toml,line={line},col=10")), "{}", ran.out);
    let above = place.read("child.toml").replace("attack.toml", "../attack.toml");
    place.write("sub/child.toml", above);
    let ran = place.dunbar(&["check", "sub/child.toml", "--github"]).ended(1);
    assert!(ran.out.contains(&format!("::error file=attack.toml,line={line},col=10")), "{}", ran.out);
}

#[test]
fn a_mutation_that_fits_nothing_is_an_error_at_its_place() {
    let place = place();
    let wrong = "[mutation.\"no script\"]\n\"script.7.at\" = \"1 s\"\n";
    place.write("attack.toml", format!("{ATTACK}{NET}{wrong}"));
    let line = place.read("attack.toml").lines().position(|line| line.contains("no script")).unwrap() + 1;
    let ran = place.dunbar(&["check", "attack.toml", "--mutate"]).ended(2);
    let error = format!("ERROR        attack.toml:{line}:11: the mutation `no script`: `script.7.at` leads nowhere");
    assert!(ran.out.contains(&error), "{}", ran.out);
    assert!(ran.out.contains("2 of 2 pass, 0 vacuous, 2 can fail"), "the others are made: {}", ran.out);
}

#[test]
fn the_witness_of_a_baseline_names_it_and_reproduces() {
    let place = Place::new();
    let expect = "\n[[expect]]\nmetric = \"attacker_net\"\nstatistic = \"mean\"\nat_most = 0\nmargin = 1\nrange = [-100, 20]\n\
                  max_seeds = 64\ncompare = { baseline = true }\n";
    let lan = "profile = \"lan\"\n";
    let cut = format!("{lan}topology = \"erdos-renyi\"\nconnectivity = 0.0\n");
    for sweep in ["", "[sweep]\nhorizon = [\"6 s\", \"7 s\"]\n"] {
        let whole = format!("{ATTACK}{expect}{sweep}");
        place.write("attack.toml", &whole);
        place.dunbar(&["baseline", "save", "attack.toml", "--out", "base", "--force"]).ended(0);
        place.write("attack.toml", whole.replacen(lan, &cut, 1));
        let ran = place.dunbar(&["check", "attack.toml", "--baseline", "base"]).ended(1);
        let command = witness(&ran, "against the baseline");
        assert!(command.contains("--baseline base"), "{command}");
        let replayed = typed(&place, command).ended(1);
        let line = "FAIL         mean attacker_net against the baseline <= 0: 50.000000";
        assert!(replayed.out.contains(line), "{}", replayed.out);
    }
}

#[test]
fn two_scenarios_of_one_name_do_not_share_a_baseline() {
    let place = Place::new();
    for folder in ["one", "two"] {
        std::fs::create_dir(place.path().join(folder)).expect("a folder");
        place.write(&format!("{folder}/attack.toml"), ATTACK);
    }
    let ran = place.dunbar(&["baseline", "save", "one", "two", "--out", "base"]).ended(2);
    assert!(ran.err.contains("would share a file of the baseline"), "{}", ran.err);
    place.dunbar(&["baseline", "save", "one", "--out", "base"]).ended(0);
    let ran = place.dunbar(&["baseline", "diff", "base", "two"]).ended(2);
    assert!(ran.err.contains("base/attack.jsonl holds runs of one/attack.toml"), "{}", ran.err);
    place.dunbar(&["baseline", "diff", "base", "./one/attack.toml"]).ended(0);
}

#[test]
fn a_range_counts_in_a_run_too() {
    let place = Place::new();
    let narrow =
        "\n[[expect]]\nmetric = \"attacker_net\"\nstatistic = \"mean\"\nat_most = 0\nmargin = 1\nrange = [-10, 20]\n";
    place.write("attack.toml", format!("{ATTACK}{narrow}"));
    let ran = place.dunbar(&["run", "attack.toml"]).ended(1);
    assert!(ran.out.contains("this is the value of seed 1, which its range excludes"), "{}", ran.out);
}

#[test]
fn what_sweeps_on_one_side_only_is_not_compared_with_itself() {
    let place = Place::new();
    let variant = "[variants.alt.sweep]\nhorizon = [\"6 s\", \"7 s\"]\n";
    place.write("attack.toml", format!("{ATTACK}{NOT_LESS}compare = {{ variant = \"alt\" }}\n{variant}"));
    let ran = place.dunbar(&["check", "attack.toml"]).ended(2);
    assert!(
        ran.out.contains("it cannot be paired with variant alt: `horizon` is set on the other side only"),
        "{}",
        ran.out
    );
    // What is asked of the scenario is not asked of its variant.
    let ran = place.dunbar(&["run", "attack.toml", "--variant", "alt", "--out", "out"]).ended(0);
    assert!(
        ran.out.contains("NOT JUDGED   mean spread against variant alt >= 0: no variant of this name here"),
        "{}",
        ran.out
    );
}

#[test]
fn the_witness_of_two_swept_scenarios_reproduces_and_shrinks_to_two_files() {
    let place = Place::new();
    let sweep = "\n[sweep]\nhorizon = [\"5 s\", \"6 s\"]\n";
    let cut = ATTACK.replacen(
        "profile = \"lan\"\n",
        "profile = \"lan\"\ntopology = \"erdos-renyi\"\nconnectivity = 0.0\n",
        1,
    );
    place.write("other.toml", format!("{ATTACK}{sweep}"));
    let (cut, _) = cut.split_once("[[expect]]").expect("it expects something");
    place.write("attack.toml", format!("{cut}{NOT_LESS}compare = {{ scenario = \"other.toml\" }}\n{sweep}"));
    let ran = place.dunbar(&["check", "attack.toml"]).ended(1);
    let replayed = typed(&place, witness(&ran, "against other.toml")).ended(1);
    assert!(replayed.out.contains("FAIL         mean spread against other.toml >= 0: -1.000000"), "{}", replayed.out);
    std::fs::create_dir(place.path().join("kept")).expect("a folder");
    place.dunbar(&["shrink", "attack.toml", "--seed", "1", "--out", "kept/small.toml"]).ended(0);
    assert!(place.files("kept").contains(&"small-against-other.toml".to_owned()));
    let ran = place.dunbar(&["run", "kept/small.toml", "--out", "after"]).ended(1);
    assert!(
        ran.out.contains("FAIL         mean spread against small-against-other.toml >= 0: -1.000000"),
        "{}",
        ran.out
    );
}
