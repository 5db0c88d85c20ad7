//! What `--help` promises.

use std::path::Path;

use crate::support::{Place, Ran};

/// The commands that a help text lists.
fn listed(help: &str) -> Vec<String> {
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = commands.take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Every command as it is typed behind `dunbar`, and its help.
fn helps(place: &Place) -> Vec<(String, String)> {
    let (mut open, mut helps) = (vec![String::new()], Vec::new());
    while let Some(path) = open.pop() {
        let arguments: Vec<&str> = path.split_whitespace().chain(["--help"]).collect();
        let help = place.dunbar(&arguments).ended(0).out;
        open.extend(listed(&help).into_iter().map(|name| format!("{path} {name}").trim_start().to_owned()));
        helps.push((path, help));
    }
    helps
}

#[test]
fn the_exit_codes_are_documented() {
    insta::assert_snapshot!(Place::new().dunbar(&["--help"]).ended(0).out);
}

#[test]
fn every_command_shows_an_example_that_begins_as_one_types_it() {
    let place = Place::new();
    let mut seen = Vec::new();
    for (path, help) in helps(&place) {
        let example = format!("\n  dunbar {path}");
        assert!(help.contains("Example") && help.contains(example.trim_end()), "{path}:\n{help}");
        seen.push(path);
    }
    seen.sort();
    let expected = [
        "",
        "baseline",
        "baseline diff",
        "baseline save",
        "check",
        "completions",
        "conform",
        "diff",
        "explore",
        "net",
        "net fit",
        "net graph",
        "net list",
        "net show",
        "node",
        "node found",
        "node id",
        "node invite",
        "node join",
        "node keygen",
        "node peers",
        "node run",
        "node schema",
        "node send",
        "node status",
        "node tail",
        "node view",
        "omt",
        "omt check",
        "omt doc",
        "omt explain",
        "omt fmt",
        "omt graph",
        "omt lsp",
        "omt project",
        "run",
        "run-cell",
        "scenario",
        "scenario check",
        "scenario explain",
        "scenario list",
        "scenario metrics",
        "scenario new",
        "scenario schema",
        "scenario show",
        "shrink",
        "sweep",
        "sweep plan",
        "trace",
        "verify",
    ];
    assert_eq!(seen, expected, "`child` is nobody's business");
}

/// These print a document or a page, and nothing else; an editor talks with the last one.
const DOCUMENTS: [&str; 6] = ["omt doc", "omt explain", "omt fmt", "omt graph", "node schema", "omt lsp"];

#[test]
fn every_command_can_be_quiet_and_speak_json() {
    let place = Place::new();
    let mut lacking = Vec::new();
    for (path, help) in helps(&place) {
        let has = |option: &str| help.contains(&format!("--{option}"));
        if listed(&help).is_empty() && !(has("quiet") && (has("json") || DOCUMENTS.contains(&path.as_str()))) {
            lacking.push(path);
        }
    }
    assert_eq!(lacking, [""; 0]);
}

#[test]
fn quiet_leaves_out_what_was_not_asked_for() {
    let place = Place::with_attack();
    let ran = place.dunbar(&["explore", "attack.toml", "--runs", "1", "--seed", "5", "--quiet", "--json"]).ended(0);
    assert_eq!((ran.json()["runs"].as_u64(), ran.err.as_str()), (Some(1), ""));
    let ran = place.dunbar(&["--quiet", "baseline", "save", "attack.toml", "--out", "b", "--seeds", "2", "--json"]);
    assert_eq!(ran.ended(0).json()["runs"], 2);
    let ran = place.dunbar(&["baseline", "diff", "b", "attack.toml", "--json"]).ended(0).json();
    assert_eq!((&ran["changed"], &ran["metrics"]), (&0.into(), &serde_json::json!([])));
    let plan = place.dunbar(&["sweep", "plan", "attack.toml", "--json", "-q"]).ended(0).json();
    assert_eq!(plan["runs"], 2);
    let line = place.read("cells.jsonl").lines().next().unwrap().to_owned();
    let ran = place.dunbar(&["run-cell", &line, "--out", "r", "--json"]).ended(0).json();
    assert!(ran["row"]["done"]["metrics"].is_object(), "{ran}");
    // What is wrong is said all the same.
    let ran = place.dunbar(&["-q", "net", "show", "nowhere"]).ended(2);
    assert!(ran.err.contains("nowhere"), "{}", ran.err);
}

/// Those of commands that read, and write no file.
#[test]
fn the_examples_of_commands_that_only_read_work_as_they_are_typed() {
    let place = Place::new();
    let mut typed = 0;
    for path in [&[][..], &["net"], &["net", "graph"], &["net", "show"], &["net", "list"], &["scenario"]] {
        let help = place.dunbar(&[path, &["--help"]].concat()).ended(0).out;
        let reads = |line: &&str| ["dunbar net ", "dunbar scenario "].iter().any(|start| line.starts_with(start));
        let writes =
            |line: &str| ["--svg", "net fit", "scenario new", "measured"].iter().any(|part| line.contains(part));
        for line in help.lines().map(str::trim).filter(reads).filter(|line| !writes(line)) {
            let mut shell = place.command(Path::new("sh"));
            shell.current_dir(env!("CARGO_MANIFEST_DIR")).env("DUNBAR", env!("CARGO_BIN_EXE_dunbar"));
            let command = line.replacen("dunbar", "\"$DUNBAR\"", 1);
            let ran: Ran = shell.args(["-c", &command]).output().expect("a shell").into();
            assert_eq!(ran.code, Some(0), "{line}: {}", ran.err);
            typed += 1;
        }
    }
    assert!(typed > 6, "{typed}");
}

#[test]
fn the_version_is_the_packages() {
    let ran = Place::new().dunbar(&["--version"]).ended(0);
    assert_eq!(ran.out, format!("dunbar {}\n", env!("CARGO_PKG_VERSION")));
}
