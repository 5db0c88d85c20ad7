//! The files under `deploy/`: tools read them as they should, and what they run is what the command offers.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::command::{dunbar, skipped};

fn deploy(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(deploy(name)).expect("it is there")
}

/// Whether a program is there; if not, it says what is skipped.
fn has(program: &str, arguments: &[&str]) -> bool {
    let has = Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success());
    if !has {
        skipped(&format!("`{program} {}` does not work here", arguments.join(" ")));
    }
    has
}

/// The command line is one that the program understands: it fails for want of the file, and not earlier.
#[track_caller]
fn is_understood(line: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments: Vec<&str> = line.split_whitespace().collect();
    let ran = dunbar(&arguments, folder.path()).ended(2);
    assert!(ran.err.contains("cannot read"), "{line}: {}", ran.err);
}

#[test]
fn systemd_finds_nothing_wrong_with_the_unit() {
    let unit = read("dunbar@.service");
    let run = unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/dunbar ")).expect("it runs");
    is_understood(run);
    if !has("systemd-analyze", &["--version"]) {
        return;
    }
    // The program need not be installed where the unit has it.
    let folder = tempfile::tempdir().expect("a folder");
    let there = unit.replace("/usr/local/bin/dunbar", env!("CARGO_BIN_EXE_dunbar"));
    let path = folder.path().join("dunbar@alice.service");
    std::fs::write(&path, there).expect("it is written");
    let checked = Command::new("systemd-analyze").arg("verify").arg(&path).output().expect("it can be started");
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success() && said.trim().is_empty(), "{said}");
}

#[test]
fn the_dockerfile_has_instructions_only_and_runs_what_there_is() {
    let text = read("Dockerfile").replace("\\\n", " ");
    let mut arrays = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (instruction, rest) = line.split_once(' ').expect("an instruction has arguments");
        let known = [
            "FROM",
            "RUN",
            "WORKDIR",
            "COPY",
            "USER",
            "VOLUME",
            "EXPOSE",
            "STOPSIGNAL",
            "HEALTHCHECK",
            "ENTRYPOINT",
            "CMD",
        ];
        assert!(known.contains(&instruction), "{line}");
        if let Some(start) = rest.find('[') {
            arrays.push(serde_json::from_str::<Vec<String>>(&rest[start..]).expect("an array of strings"));
        }
    }
    let [health, entry, run] = &arrays[..] else { panic!("{arrays:?}") };
    assert_eq!((health[0].as_str(), entry.join(" ").as_str()), ("dunbar", "dunbar"));
    is_understood(&health[1..].join(" "));
    is_understood(&run.join(" "));
    assert!(text.contains("cargo build --release") && text.contains("target/release/dunbar"));
}

#[test]
fn the_compose_file_is_yaml_and_names_what_there_is() {
    let load = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)";
    if !has("python3", &["-c", "import yaml"]) {
        return;
    }
    let output = Command::new("python3").args(["-c", load]).arg(deploy("compose.yaml")).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let compose: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let services = compose["services"].as_object().expect("services");
    assert_eq!(services.keys().collect::<Vec<_>>(), ["alice", "bob"]);
    for (name, service) in services {
        assert!(deploy("..").join(service["build"]["dockerfile"].as_str().expect("a file")).is_file());
        assert!(service["volumes"][0].as_str().is_some_and(|volume| volume == format!("{name}:/var/lib/dunbar")));
        assert!(compose["volumes"].get(name).is_some());
        let port = service["ports"][0].as_str().expect("a port");
        assert!(port.ends_with("/udp"), "QUIC is UDP: {port}");
        // A node that stops takes five seconds at most, of ten that Docker grants by default.
        assert_eq!(service["stop_grace_period"], "15s");
    }
    // Both generations of the tool, where they are: neither needs a daemon for it.
    for (tool, before) in [("docker", &["compose"][..]), ("docker-compose", &[])] {
        if has(tool, &[before, &["version"]].concat()) {
            let mut check = Command::new(tool);
            let checked = check.args(before).arg("-f").arg(deploy("compose.yaml")).args(["config", "-q"]).output();
            let checked = checked.expect("it can be started");
            assert!(checked.status.success(), "{tool}: {}", String::from_utf8_lossy(&checked.stderr));
        }
    }
}
