//! `dunbar scenario`.

use crate::support::{ATTACK, Place, library};

const VARIED: &str = "[variants.rich]\ntitle = \"More to steal\"\nparameters.endowment = \"1000 OMC\"\n";

#[test]
fn the_library_is_right_with_all_its_variants() {
    let place = Place::new();
    let folder = library("");
    let ran = place.dunbar(&["scenario", "check", folder.to_str().unwrap()]).ended(0);
    assert!(ran.out.lines().count() >= 2 && ran.out.lines().all(|line| line.starts_with("ok  ")), "{}", ran.out);
    place.dunbar(&["scenario", "check", folder.to_str().unwrap(), "--quiet"]).ended(0);
}

#[test]
fn every_file_of_the_library_names_the_schema() {
    let files = scenarios::files(&library("")).unwrap();
    for path in &files {
        let text = std::fs::read_to_string(path).unwrap();
        let schema = text.lines().next().and_then(|line| line.strip_prefix("#:schema ")).unwrap_or_default();
        assert!(path.parent().unwrap().join(schema).is_file(), "{}: `{schema}`", path.display());
    }
    assert!(files.len() >= 2);
}

#[test]
fn files_and_variants_are_listed_and_checked() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("all")).unwrap();
    place.write("all/a.toml", format!("{ATTACK}{VARIED}"));
    place.write("all/b.toml", "extends = \"a.toml\"\ntitle = \"Another\"\nseeds = 1\n");
    let listed = place.dunbar(&["scenario", "list", "all"]).ended(0).out;
    let checked = place.dunbar(&["scenario", "check", "all"]).ended(0).out;
    insta::assert_snapshot!(format!("{listed}\n{checked}"));
    let json = place.dunbar(&["scenario", "list", "all", "--json"]).ended(0).json();
    assert_eq!((&json[0]["title"], &json[0]["variants"][0]), (&"A small attack".into(), &"rich".into()));
    assert_eq!(place.dunbar(&["scenario", "list", "all", "-q"]).ended(0).out, "all/a.toml\nall/b.toml\n");
}

#[test]
fn a_check_shows_every_mistake_where_it_is() {
    let place = Place::new();
    place.write("a.toml", format!("{ATTACK}[variants.far]\nnetwork.profile = \"wam\"\n"));
    place.write("b.toml", "extends = \"a.toml\"\nsedes = 3\n");
    place.write("c.toml", ATTACK);
    insta::assert_snapshot!(place.dunbar(&["scenario", "check", "."]).ended(2).err);
    let json = place.dunbar(&["scenario", "check", ".", "--json"]).ended(2).json();
    let errors: Vec<bool> = json.as_array().unwrap().iter().map(|one| one["error"].is_string()).collect();
    assert_eq!(errors, [false, true, true, true, false], "{json}");
}

#[test]
fn what_the_gate_would_refuse_is_refused_without_a_run() {
    let place = Place::new();
    let mean = "metric = \"spread\"\nstatistic = \"mean\"\nat_least = 0.5\n";
    let cases = [
        (format!("{mean}margin = -7"), "a margin of -7"),
        (format!("{mean}margin = 0.1\nalpha = -7"), "alpha is -7"),
        (format!("{mean}margin = 0.1\nrange = [5, 1]"), "values from 5 to 1"),
        (
            format!("{mean}margin = 0.1\ncompare = {{ variant = \"nonsense\" }}\n[variants.cut]\nhorizon = \"4 s\""),
            "no variant `nonsense`",
        ),
        (format!("{mean}margin = 0.1\ncompare = {{ scenario = \"nofile.toml\" }}"), "cannot read nofile.toml"),
    ];
    let cases = cases.into_iter().chain([
        (format!("{mean}margin = 0.1\ncompare = {{ variant = \"nope\" }}"), "no variant `nope`"),
        (format!("{mean}margin = 0.1\n[mutation.off]"), "the mutation `off`: it sets nothing"),
    ]);
    for (expect, why) in cases {
        place.write("a.toml", format!("{ATTACK}\n[[expect]]\n{expect}\n"));
        let ran = place.dunbar(&["scenario", "check", "a.toml"]).ended(2);
        assert!(ran.err.contains(why), "{}", ran.err);
    }
    std::fs::create_dir(place.path().join("empty")).unwrap();
    let ran = place.dunbar(&["scenario", "check", "empty"]).ended(2);
    assert!(ran.err.contains("there is no scenario in empty"), "{}", ran.err);
}

#[test]
fn a_variant_is_run_and_verified_by_its_name() {
    let place = Place::new();
    place.write("s.toml", format!("{ATTACK}{VARIED}"));
    let shown = place.dunbar(&["scenario", "show", "s.toml", "--variant", "rich"]).ended(0).out;
    assert!(shown.contains("title = \"More to steal\"") && shown.contains("# variants: rich"), "{shown}");
    place.dunbar(&["run", "s.toml", "--variant", "rich", "--quiet", "--out", "out"]).ended(0);
    assert!(place.json("out/manifest.json")["scenario"]["text"].as_str().unwrap().contains("1000 OMC"));
    place.dunbar(&["verify", "out/manifest.json"]).ended(0);
    place.dunbar(&["verify", "s.toml", "--variant", "rich", "--seed", "1"]).ended(0);
    let ran = place.dunbar(&["run", "s.toml", "--variant", "ritch"]).ended(2);
    assert!(ran.err.contains("did you mean `rich`?"), "{}", ran.err);
    let json = place.dunbar(&["scenario", "show", "s.toml", "--json"]).ended(0).json();
    assert_eq!((&json["scenario"]["nodes"], &json["variants"]), (&4.into(), &serde_json::json!(["rich"])));
}

#[test]
fn a_new_scenario_runs_and_is_not_written_over_another() {
    let place = Place::new();
    for protocol in ["ledger", "phold"] {
        let file = format!("{protocol}.toml");
        place.dunbar(&["scenario", "new", &file, "--protocol", protocol]).ended(0);
        place.dunbar(&["run", &file, "--quiet", "--seed", "1"]).ended(0);
        let before = place.read(&file);
        let ran = place.dunbar(&["scenario", "new", &file]).ended(2);
        assert!(ran.err.contains("--force") && place.read(&file) == before, "{}", ran.err);
    }
    let schema = place.dunbar(&["scenario", "schema"]).ended(0).out;
    assert_eq!(place.read("scenario-1.json"), schema);
    std::fs::create_dir(place.path().join("below")).unwrap();
    place.write("attack.toml", ATTACK);
    place.dunbar(&["scenario", "new", "below/change.toml", "--extends", "attack.toml"]).ended(0);
    assert!(place.read("below/change.toml").contains("extends = \"../attack.toml\""));
    place.dunbar(&["run", "below/change.toml", "--quiet", "--seed", "1"]).ended(0);
    let ran = place.dunbar(&["scenario", "new", "x.toml", "--protocol", "legder"]).ended(2);
    assert!(ran.err.contains("did you mean `ledger`?"), "{}", ran.err);
}

#[test]
fn a_key_is_explained_and_an_unknown_one_is_met_with_the_nearest() {
    let place = Place::new();
    let said = |key: &str| place.dunbar(&["scenario", "explain", key]).ended(0).out;
    insta::assert_snapshot!(["horizon", "seeds", "measure", "workload.draw.amount.log_normal"].map(said).join("\n"));
    let keepalive = said("parameters.node.keepalive");
    assert!(keepalive.starts_with("ledger: parameters.node.keepalive\n  How often"), "{keepalive}");
    assert!(said("script.0.command").contains("ledger: script.command.pay"));
    assert!(said("parameters").contains("phold: parameters.messages"));
    let ran = place.dunbar(&["scenario", "explain", "parameters.nod"]).ended(2);
    assert!(ran.err.contains("there is no key `nod` in") && ran.err.contains("did you mean `node`?"), "{}", ran.err);
    let ran = place.dunbar(&["scenario", "explain", "parameters.node.keepalve"]).ended(2);
    assert!(ran.err.contains("no key `keepalve`") && ran.err.contains("did you mean `keepalive`?"), "{}", ran.err);
    let ran = place.dunbar(&["scenario", "explain", "population.nmae"]).ended(2);
    assert!(ran.err.contains("no key `nmae`") && ran.err.contains("did you mean `name`?"), "{}", ran.err);
    assert!(said("parameters.node.acceptance.weight").contains("ledger: parameters.node.acceptance.weight.detection"));
    assert!(said("script.command.record").contains("script.command.record.verification.claimed"));
    assert!(said("network.matrix").contains("latency_sampling"));
    let observed = said("expect.observed.name");
    assert!(
        observed.contains("ledger: conflict-detected") && observed.contains("Fields: owner (a node)"),
        "{observed}"
    );
    let ran = place.dunbar(&["scenario", "explain", "network.profil"]).ended(2);
    assert!(ran.err.contains("did you mean `profile`?"), "{}", ran.err);
    let all = place.dunbar(&["scenario", "explain", "--json"]).ended(0).json();
    assert!(all["keys"]["population"].is_string());
}

#[test]
fn a_metric_is_explained_by_its_name_and_the_page_of_all_is_fresh() {
    let place = Place::new();
    let said = place.dunbar(&["scenario", "explain", "spread"]).ended(0).out;
    assert!(said.starts_with("historical-flood: spread\n") && said.contains("\nledger: spread\n"), "{said}");
    let page = place.dunbar(&["scenario", "metrics"]).ended(0).out;
    assert!(page == include_str!("../../docs/metrics.md"), "run: dunbar scenario metrics > docs/metrics.md");
    let all = place.dunbar(&["scenario", "metrics", "--json"]).ended(0).json();
    let gini = all["ledger"].as_array().unwrap().iter().find(|metric| metric["name"] == "balance_gini").unwrap();
    assert_eq!((&gini["unit"], &gini["in_tables"]), (&"1".into(), &false.into()));
}

#[test]
fn there_is_a_completion_for_the_usual_shells() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(place.dunbar(&["completions", shell]).ended(0).out.contains("scenario"), "{shell}");
    }
}

#[test]
fn a_scenario_that_is_shown_quietly_is_shown_without_remarks() {
    let place = Place::new();
    place.write("attack.toml", ATTACK);
    let [whole, quiet] = [&["scenario", "show", "attack.toml"][..], &["scenario", "show", "attack.toml", "-q"]]
        .map(|arguments| place.dunbar(arguments).ended(0).out);
    assert!(!quiet.is_empty() && !quiet.contains("# seeds"), "{quiet}");
    assert!(whole.ends_with(&quiet), "{whole}");
}

#[test]
fn more_runs_than_one_command_makes_are_refused_before_anything_is_run() {
    let place = Place::new();
    place.write("attack.toml", ATTACK);
    place.write("greedy.toml", ATTACK.replacen("seeds = 2", "seeds = 4294967295", 1));
    for command in [&["scenario", "check"][..], &["run"], &["check"], &["sweep"], &["verify"]] {
        let ran = place.dunbar(&[command, &["greedy.toml"]].concat()).ended(2);
        let said = ran.out + &ran.err;
        assert!(said.contains("1 cell with 4294967295 seeds are 4294967295 runs"), "{command:?}: {said}");
        assert!(said.contains("at most 1000000 runs"), "{command:?}: {said}");
    }
    let ran = place.dunbar(&["run", "attack.toml", "--set", "seeds=4294967295"]).ended(2);
    assert!(ran.err.contains("at most 1000000 runs"), "{}", ran.err);
    let ran = place.dunbar(&["sweep", "attack.toml", "--seeds", "4294967295"]).ended(2);
    assert!(ran.err.contains("at most 1000000 runs"), "{}", ran.err);
    let saved = ["baseline", "save", "attack.toml", "--out", "kept", "--seeds", "4294967295"];
    assert!(place.dunbar(&saved).ended(2).err.contains("at most 1000000 runs"));
}
