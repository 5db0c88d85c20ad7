//! `verify`: of a scenario, and of the manifest of an earlier run.

use serde_json::Value;

use crate::support::{ATTACK, Place, Ran};

/// A folder with the results of the small attack.
fn with_results() -> Place {
    let place = Place::with_attack();
    place.dunbar(&["run", "attack.toml", "--quiet", "--out", "out"]).ended(0);
    place
}

/// Verifies a changed manifest.
fn verify_edited(edit: impl Fn(&mut Value)) -> Ran {
    let place = with_results();
    let mut manifest = place.json("out/manifest.json");
    edit(&mut manifest);
    place.write("manifest.json", manifest.to_string());
    place.dunbar(&["verify", "manifest.json"])
}

#[test]
fn two_fresh_processes_agree_about_a_scenario() {
    let place = Place::with_attack();
    place.write("attack.toml", format!("{ATTACK}[sweep]\n\"population.0.count\" = [3, 5]\n"));
    let ran = place.dunbar(&["verify", "attack.toml"]).ended(0);
    assert_eq!(ran.out, "identical: 4 runs in two fresh processes\n");
    let ran =
        place.dunbar(&["verify", "attack.toml", "--seed", "7", "--set", "population.0.count=4", "--json"]).ended(0);
    assert_eq!(ran.json(), serde_json::json!({ "identical": true, "runs": 1, "against_manifest": false }));
    assert_eq!(place.files("."), ["attack.toml"], "nothing is left behind");
}

#[test]
fn a_manifest_is_enough_to_run_it_again() {
    let place = with_results();
    std::fs::remove_file(place.path().join("attack.toml")).unwrap();
    let ran = place.dunbar(&["verify", "out/manifest.json"]).ended(0);
    assert_eq!(ran.out, "identical: 2 runs in two fresh processes, and as the manifest says\n");
    let ran = place.dunbar(&["verify", "out/manifest.json", "--seed", "2", "--json"]).ended(0);
    assert_eq!(ran.json(), serde_json::json!({ "identical": true, "runs": 1, "against_manifest": true }));
}

#[test]
fn settings_of_the_run_are_in_its_manifest() {
    let place = Place::with_attack();
    let run = ["run", "attack.toml", "--quiet", "--out", "out", "--seed", "5", "--set", "network.profile=wan"];
    place.dunbar(&run).ended(0);
    place.dunbar(&["verify", "out/manifest.json"]).ended(0);
}

#[test]
fn an_edited_digest_is_noticed() {
    let other = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    let ran = verify_edited(|manifest| manifest["runs"][1]["digest"] = other.into()).ended(1);
    assert!(
        ran.out.starts_with(&format!("cell 0, seed 2: the manifest has {other}, this program gives ")),
        "{}",
        ran.out
    );
    let ran = verify_edited(|manifest| manifest["digest"] = other.into()).ended(1);
    assert!(ran.out.contains(&format!("its digest over all: it has {other}")), "{}", ran.out);
}

#[test]
fn a_manifest_that_would_agree_with_anything_is_refused() {
    type Edit = (&'static str, fn(&mut Value));
    let cases: [Edit; 6] = [
        ("no run of cell 0 with seed 1", |manifest| manifest["runs"] = Value::Array(Vec::new())),
        ("no run of cell 0 with seed 9", |manifest| manifest["seeds"][1] = 9.into()),
        ("the scenario's text has another hash", |manifest| {
            manifest["scenario"]["text"] = ATTACK.replace("5 s", "6 s").into();
        }),
        ("has format 2", |manifest| manifest["format"] = 2.into()),
        ("is no manifest", |manifest| drop(manifest.as_object_mut().unwrap().remove("seeds"))),
        ("was interrupted", |manifest| manifest["seeds"] = Value::Array(Vec::new())),
    ];
    for (expected, edit) in cases {
        let ran = verify_edited(edit).ended(2);
        assert!(ran.err.contains(expected) && ran.err.contains("help: "), "{expected}: {}", ran.err);
    }
}

#[test]
fn what_cannot_be_verified_is_said() {
    let place = with_results();
    let refused = |arguments: &[&str]| place.dunbar(&[&["verify"], arguments].concat()).ended(2).err;
    assert!(refused(&["out/manifest.json", "--set", "seeds=1"]).contains("cannot be changed with --set"));
    assert!(refused(&["out/manifest.json", "--seed", "9"]).contains("no run of cell 0 with seed 9"));
    place.write("text.json", "no json");
    assert!(refused(&["text.json"]).contains("text.json is no manifest"));
    assert!(refused(&["missing.json"]).contains("cannot read missing.json"));
    place.write("bad.toml", ATTACK.replace("\"lan\"", "\"lam\""));
    assert!(refused(&["bad.toml"]).contains("bad.toml:8:11"));
}
