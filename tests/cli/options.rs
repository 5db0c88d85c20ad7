//! The options of `run`.

use crate::support::{ATTACK, Place};

#[test]
fn quiet_leaves_the_table_and_nothing_else() {
    let place = Place::with_attack();
    let ran = place.dunbar(&["run", "attack.toml", "--quiet"]).ended(0);
    assert_eq!(ran.err, "");
    assert!(ran.out.contains("PASS"));
    let ran = place.dunbar(&["run", "attack.toml"]).ended(0);
    assert!(ran.err.starts_with("# seeds 1..=2, 1 cells, 2 runs\n"), "{}", ran.err);
}

#[test]
fn one_seed_is_the_same_run_as_among_all() {
    let place = Place::with_attack();
    place.dunbar(&["run", "attack.toml", "--quiet", "--out", "all"]).ended(0);
    place.dunbar(&["run", "attack.toml", "--quiet", "--out", "two", "--seed", "2"]).ended(0);
    let (all, two) = (place.json("all/manifest.json"), place.json("two/manifest.json"));
    assert_eq!(two["seeds"], serde_json::json!([2]));
    assert_eq!((&two["runs"][0]["digest"], two["runs"].as_array().unwrap().len()), (&all["runs"][1]["digest"], 1));
    // A seed that the scenario does not name is as good as any.
    place.dunbar(&["run", "attack.toml", "--quiet", "--seed", "9223372036854775807"]).ended(0);
    // Beyond, no scenario could name it.
    place.dunbar(&["run", "attack.toml", "--quiet", "--seed", "9223372036854775808"]).ended(2);
}

#[test]
fn a_swept_key_that_is_set_is_fixed_and_expectations_for_it_still_apply() {
    let place = Place::new();
    let when =
        "[[expect]]\nmetric = \"spread\"\nstatistic = \"max\"\nat_most = -1\nwhen = { \"population.0.count\" = 3 }\n";
    place.write("s.toml", format!("{ATTACK}{when}[sweep]\n\"population.0.count\" = [3, 5]\n"));
    let run = |set: &str, out: &str| place.dunbar(&["run", "s.toml", "--quiet", "--set", set, "--out", out]);

    let ran = run("population.0.count=3", "three").ended(1);
    assert!(ran.out.contains("FAIL         max spread <= -1"), "{}", ran.out);
    let manifest = place.json("three/manifest.json");
    assert_eq!(manifest["runs"].as_array().unwrap().len(), 2, "one cell with two seeds");
    assert!(manifest["scenario"]["text"].as_str().unwrap().contains("count = 3"));
    assert_eq!(manifest["scenario"]["file"], "s.toml (with population.0.count set)");

    let ran = run("population.0.count=4", "four").ended(0);
    let line = "NOT JUDGED   max spread <= -1: no cell has population.0.count = 3";
    assert!(ran.out.contains(line), "{}", ran.out);
}

#[test]
fn a_key_or_value_that_is_set_wrongly_is_shown_in_the_changed_text() {
    let place = Place::with_attack();
    let refused = |set: &str| {
        let ran = place.dunbar(&["run", "attack.toml", "--quiet", "--out", "out", "--set", set]).ended(2);
        assert!(ran.err.contains("help: "), "{}", ran.err);
        format!("--set {set}\n{}", ran.err)
    };
    let all = [
        "network.profil=wan",
        "network.profile=wam",
        "netwrok.profile=wan",
        "horizon=5",
        "population.0=3",
        "population.7.count=3",
        "title.x=1",
    ];
    insta::assert_snapshot!(all.map(refused).join("\n"));
    assert!(!place.path().join("out").exists(), "nothing is made before the scenario is checked");
}

#[test]
fn two_runs_at_once_do_not_share_a_folder() {
    let place = Place::with_attack();
    std::fs::create_dir(place.path().join("out")).unwrap();
    let held = std::fs::File::open(place.path().join("out")).unwrap();
    held.lock().unwrap();
    let ran = place.dunbar(&["run", "attack.toml", "--quiet", "--out", "out"]).ended(2);
    assert!(ran.err.contains("another process is at work in out"), "{}", ran.err);
    drop(held);
    // A run that was killed left this.
    place.write("out/cell-0-seed-9.trace.partial", "half");
    place.write("out/notes.partial", "somebody's own");
    place.dunbar(&["run", "attack.toml", "--quiet", "--out", "out"]).ended(0);
    let left: Vec<String> = place.files("out").into_iter().filter(|name| name.ends_with(".partial")).collect();
    assert_eq!(left, ["notes.partial"]);
}

#[test]
fn no_command_writes_over_a_file_unless_it_is_told_to() {
    let place = Place::with_attack();
    place.write("rtt.csv", "from,to,rtt_ms\na,a,1\n");
    place.write("fails.toml", place.read("attack.toml").replace("at_least = 1", "at_least = 2"));
    place.dunbar(&["baseline", "save", "attack.toml", "--out", "base", "--seeds", "1"]).ended(0);
    place.write("there", "precious");
    let before = place.read("attack.toml");
    for line in [
        "shrink fails.toml --seed 1 --out there",
        "shrink fails.toml --seed 1 --out fails.toml --force",
        "baseline save attack.toml --out base --seeds 1",
        "sweep plan attack.toml --out there",
        "sweep plan attack.toml --out attack.toml --force",
        "net fit rtt.csv --out there",
        "net fit rtt.csv --out rtt.csv --force",
        "net show lan --svg there",
        "check attack.toml --junit attack.toml",
        "check attack.toml --junit rtt.csv",
    ] {
        let ran = place.dunbar(&line.split(' ').collect::<Vec<_>>()).ended(2);
        assert!(ran.err.contains("is there already") || ran.err.contains("is what is read"), "{line}: {}", ran.err);
    }
    assert_eq!((place.read("there").as_str(), place.read("attack.toml")), ("precious", before));
    place.dunbar(&["net", "show", "lan", "--svg", "there", "--force"]).ended(0);
    assert!(place.read("there").contains("<svg"));
    place.dunbar(&["net", "show", "rtt.csv", "--svg", "rtt.csv", "--force"]).ended(2);
    place.dunbar(&["check", "attack.toml", "--junit", "report.xml"]).ended(0);
    place.dunbar(&["check", "attack.toml", "--junit", "report.xml"]).ended(0);
    assert!(
        place
            .dunbar(&["check", "attack.toml", "--quiet", "--junit", "/dev/stdout"])
            .ended(0)
            .out
            .contains("<testsuites")
    );
}

#[test]
fn results_are_replaced_only_with_force_and_then_completely() {
    let place = Place::with_attack();
    place.dunbar(&["run", "attack.toml", "--quiet", "--trace", "--out", "out"]).ended(0);
    let before = place.bytes("out/manifest.json");
    let ran = place.dunbar(&["run", "attack.toml", "--quiet", "--out", "out"]).ended(2);
    assert!(ran.err.contains("out holds the results of another run") && ran.err.contains("--force"), "{}", ran.err);
    assert_eq!(place.bytes("out/manifest.json"), before);

    place.write("out/notes.md", "mine");
    let again = ["run", "attack.toml", "--quiet", "--trace", "--seed", "2", "--out", "out", "--force"];
    let ran = place.dunbar(&again).ended(0);
    assert_eq!(ran.err, "# 1 trace of the results that were in out dropped\n");
    assert_eq!(place.dunbar(&again).ended(0).err, "", "this trace has a successor");
    let expected = ["cell-0-seed-2.trace", "manifest.json", "metrics.csv", "notes.md"];
    assert_eq!(place.files("out"), expected, "no trace of the other run stays, and what is not ours does");
}

#[test]
fn without_out_every_run_has_the_next_free_folder() {
    let place = Place::with_attack();
    for number in 1..=2 {
        let ran = place.dunbar(&["run", "attack.toml", "--quiet"]).ended(0);
        assert!(ran.out.ends_with(&format!("files in out/attack/{number}\n")), "{}", ran.out);
    }
    assert_eq!(place.files("out/attack"), ["1", "2"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_noticed_before_the_run() {
    let place = Place::with_attack();
    for out in ["/proc/dunbar", "attack.toml", "attack.toml/out", "/dev/null"] {
        let ran = place.dunbar(&["run", "attack.toml", "--out", out]).ended(2);
        assert!(ran.err.contains(out) && ran.err.contains("help: "), "{out}: {}", ran.err);
        assert!(!ran.err.contains("# seeds"), "it ran: {}", ran.err);
    }
    assert_eq!(place.read("attack.toml"), ATTACK);
}

#[test]
fn the_number_of_jobs_changes_nothing() {
    let place = Place::with_attack();
    place.write("attack.toml", format!("{ATTACK}[sweep]\n\"population.0.count\" = [3, 4, 5]\n"));
    for jobs in ["1", "2"] {
        place.dunbar(&["run", "attack.toml", "--quiet", "--trace", "--jobs", jobs, "--out", jobs]).ended(0);
    }
    assert_eq!(place.files("1"), place.files("2"));
    for name in place.files("1").iter().filter(|name| *name != "manifest.json") {
        assert!(place.bytes(&format!("1/{name}")) == place.bytes(&format!("2/{name}")), "{name} differs");
    }
    let [mut one, mut two] = ["1", "2"].map(|jobs| place.json(&format!("{jobs}/manifest.json")));
    // Two threads take more memory; nothing else may differ.
    one["peak_memory_bytes"].take();
    two["peak_memory_bytes"].take();
    assert_eq!(one, two);
}
