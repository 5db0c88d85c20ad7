//! What goes wrong in a run: how it is asked for in a word, and where it is shown.

use crate::support::{ATTACK, Place, library};

/// The faults that the manifest of a run with one seed names.
fn drawn(place: &Place, manifest: &str) -> Vec<String> {
    let manifest = place.json(manifest);
    let faults = manifest["runs"][0]["faults"].as_array().cloned().unwrap_or_default();
    faults.iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_swarm_can_be_asked_for_in_the_file_and_on_the_command_line() {
    let place = Place::with_attack();
    place.write("swarm.toml", ATTACK.replace("seeds = 2", "seeds = 2\nfault = \"swarm\""));
    place.dunbar(&["run", "swarm.toml", "--quiet", "--seed", "3", "--out", "file"]);
    place.dunbar(&["run", "attack.toml", "--quiet", "--seed", "3", "--set", "fault=swarm", "--out", "line"]);
    let (file, line) = (drawn(&place, "file/manifest.json"), drawn(&place, "line/manifest.json"));
    assert_eq!(file, line);
    assert!(file[0].starts_with("swarm of ") && file.len() > 1, "{file:?}");
    // Another seed is another swarm.
    place.dunbar(&["run", "swarm.toml", "--quiet", "--seed", "4", "--out", "other"]);
    assert_ne!(drawn(&place, "other/manifest.json"), file);
    // A scenario with faults of its own gets the swarm in their place.
    let (out, cut) = (["--out", "cut"], library("faults/partition.toml"));
    let cut = cut.to_str().unwrap();
    place.dunbar(&[&["run", cut, "--quiet", "--seed", "3", "--set", "fault=swarm"][..], &out].concat());
    assert!(drawn(&place, "cut/manifest.json")[0].starts_with("swarm of "));
    let ran = place.dunbar(&["run", "attack.toml", "--set", "fault=swarn"]).ended(2);
    assert!(ran.err.contains("swarm"), "{}", ran.err);
}

#[test]
fn drawn_faults_are_shown_under_the_table() {
    let place = Place::with_attack();
    let swarm = ["run", "attack.toml", "--quiet", "--set", "fault=swarm", "--set", "expect=[]", "--out"];
    let one = place.dunbar(&[&swarm[..], &["one", "--seed", "3"]].concat()).ended(0);
    for line in drawn(&place, "one/manifest.json").iter().take(12) {
        assert!(one.out.contains(&format!("drawn  {line}\n")), "{line} is missing in\n{}", one.out);
    }
    let both = place.dunbar(&[&swarm[..], &["both"]].concat()).ended(0);
    let summary = both.out.lines().find(|line| line.starts_with("drawn  ")).expect("a summary");
    assert!(summary.contains(" faults a run, ") && summary.ends_with("runs[].faults in manifest.json"), "{summary}");
    // Nothing drawn, nothing said.
    assert!(!place.dunbar(&["run", "attack.toml", "--quiet"]).ended(0).out.contains("drawn"));
}

/// Each profile and each kind of fault has a scenario of the library that runs it.
#[test]
fn the_library_has_every_profile_and_every_kind_of_fault() {
    let place = Place::new();
    let paths = std::fs::read_dir(library("")).unwrap().chain(std::fs::read_dir(library("faults")).unwrap());
    let files = paths.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "toml"));
    let texts: Vec<String> = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let profiles = place.dunbar(&["net", "list", "--json"]).ended(0).json();
    let profiles: Vec<String> = names(&profiles);
    assert!(profiles.len() >= 6, "{profiles:?}");
    let kinds = place.dunbar(&["scenario", "explain", "fault.kind"]).ended(0).out;
    let kinds: Vec<&str> = kinds.split('`').skip(1).step_by(2).collect();
    assert!(kinds.len() >= 11, "{kinds:?}");
    for name in profiles.iter().map(String::as_str).chain(kinds) {
        assert!(
            texts.iter().any(|text| text.contains(&format!("\"{name}\""))),
            "no scenario of the library has {name}"
        );
    }
}

/// All values of keys `name`.
fn names(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::Array(all) => all.iter().flat_map(names).collect(),
        serde_json::Value::Object(all) => {
            all.get("name").and_then(|name| name.as_str()).map(str::to_owned).into_iter().collect()
        }
        _ => Vec::new(),
    }
}
