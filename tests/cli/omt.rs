//! `dunbar omt …`, from outside.

use crate::support::Place;

const TYPO: &str = "actor A ( state WAITING initial state DONE terminal WAITING -> DNOE auto )\n";

#[test]
fn findings_are_shown_with_their_place_and_an_error_is_code_one() {
    let place = Place::new();
    place.write("a.omt", TYPO);
    let ran = place.dunbar(&["omt", "check", "a.omt"]).ended(1);
    assert!(ran.out.contains("error[E-TO]: there is no state `DNOE`"), "{}", ran.out);
    assert!(ran.out.contains("--> a.omt:1:64") && ran.out.contains("did you mean `DONE`?"), "{}", ran.out);
    let json = place.dunbar(&["omt", "check", "a.omt", "--json"]).ended(1).json();
    assert_eq!(json["errors"], 1);
    assert_eq!(json["findings"][2]["places"][0]["column"], 64);
}

#[test]
fn a_fix_is_made_and_the_file_as_it_was_is_kept() {
    let place = Place::new();
    place.write("a.omt", TYPO);
    place.dunbar(&["omt", "check", "--fix", "a.omt"]).ended(0);
    assert_eq!(place.read("a.omt"), TYPO.replace("DNOE", "DONE"));
    assert_eq!(place.read(".a.omt.bak"), TYPO);
    let mut files = place.files(".");
    files.sort();
    assert_eq!(files, [".a.omt.bak", "a.omt"], "one copy, and nothing else");
    place.write("a.omt", TYPO);
    place.dunbar(&["omt", "check", "--fix", "--keep-original", "a.omt"]).ended(0);
    assert_eq!(place.read(".a.omt.orig"), TYPO);
    assert_eq!(place.read(".a.omt.fixed-hash").len(), 16);
}

#[test]
fn a_fix_that_leads_to_another_error_is_not_made() {
    let place = Place::new();
    let text = "function f(amount string) -> uint ( RETURN amont )\n";
    place.write("a.omt", text);
    place.dunbar(&["omt", "check", "--fix", "a.omt"]).ended(1);
    assert_eq!(place.read("a.omt"), text);
}

#[cfg(unix)]
#[test]
fn what_does_not_end_is_no_source() {
    let place = Place::new();
    place.dunbar(&["omt", "check", "/dev/zero"]).ended(1);
}

#[test]
fn the_formatter_can_only_look() {
    let place = Place::new();
    place.write("a.omt", TYPO);
    place.dunbar(&["omt", "fmt", "--check", "a.omt"]).ended(1);
    assert_eq!(place.read("a.omt"), TYPO);
    place.dunbar(&["omt", "fmt", "a.omt"]).ended(0);
    place.dunbar(&["omt", "fmt", "--check", "a.omt"]).ended(0);
    place.write("b.omt", "enum E ( ");
    let ran = place.dunbar(&["omt", "fmt", "b.omt"]).ended(2);
    assert!(ran.err.contains("E-UNCLOSED"), "{}", ran.err);
}

#[test]
fn what_is_no_text_or_not_there_is_refused() {
    let place = Place::new();
    place.write("a.omt", b"enum \xff");
    let ran = place.dunbar(&["omt", "check", "a.omt"]).ended(1);
    assert!(ran.out.contains("E-ENCODING"), "{}", ran.out);
    place.dunbar(&["omt", "check", "none.omt"]).ended(2);
    place.dunbar(&["omt", "explain", "E-NONE"]).ended(2);
    assert!(place.dunbar(&["omt", "explain", "e-to"]).ended(0).out.starts_with("# E-TO"));
}

#[test]
fn actors_that_do_not_fit_are_code_one_with_the_way_to_it() {
    let place = Place::new();
    place.write(
        "a.omt",
        "message M from A to [B] ()
         actor A ( store ( b peer_id ) state S initial state T terminal S -> T auto ( SEND(b, M) ) )
         actor B ( state S initial state T terminal S -> T auto )",
    );
    let ran = place.dunbar(&["omt", "project", "a.omt"]).ended(1);
    assert!(ran.out.contains("A = !M . end") && ran.out.contains("A | B: 1 mismatch"), "{}", ran.out);
    assert!(ran.out.contains("A sends M, and B has no transition on it, then or later"), "{}", ran.out);
    assert!(ran.out.contains("--> a.omt:2:95 A sends it here") && ran.out.contains("trace: A: !M -> T"), "{}", ran.out);
    let json = place.dunbar(&["omt", "project", "--json", "a.omt"]).ended(1).json();
    assert_eq!(json["dual"], false);
    let mismatch = &json["pairs"][0]["mismatches"][0];
    assert_eq!((&mismatch["kind"], &mismatch["message"]), (&"unhandled".into(), &"M".into()));
    assert_eq!(mismatch["places"][0]["line"], 2);
    assert_eq!(mismatch["trace"][0]["what"], "!M");
    place.dunbar(&["omt", "doc", "a.omt", "--out", "a.md"]).ended(0);
    place.dunbar(&["omt", "graph", "a.omt", "--out", "a.svg"]).ended(0);
    assert!(place.read("a.md").contains("```mermaid") && place.read("a.svg").starts_with("<svg"));
}

#[test]
fn a_pair_with_too_many_configurations_is_undecided() {
    let place = Place::new();
    let name = |number: usize| format!("M{number}");
    let declared: String = (0..40).map(|at| format!("message {} from A to [B] ()\n", name(at))).collect();
    let sends: String = (0..40).map(|at| format!("W -> W on timeout(P) ( SEND(b, {}) )\n", name(at))).collect();
    let takes: String = (0..40).map(|at| format!("S -> S on {}\n", name(at))).collect();
    place.write(
        "a.omt",
        format!(
            "parameters ( P = 5 seconds )\n{declared}
             actor A ( store ( b peer_id ) state W initial state T terminal {sends} W -> T auto )
             actor B ( state S initial terminal {takes} )"
        ),
    );
    let ran = place.dunbar(&["omt", "project", "a.omt", "--configurations", "1000"]).ended(3);
    assert!(ran.out.contains("A | B: undecided: no mismatch in the first 1000 configurations"), "{}", ran.out);
    place.dunbar(&["omt", "project", "a.omt"]).ended(0);
    place.dunbar(&["omt", "project", "a.omt", "--queue", "0"]).ended(2);
}

/// The examples as they are in the repository, by name.
fn examples() -> Vec<std::path::PathBuf> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("protocol/omt/examples");
    let entries = std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path());
    let mut all: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "omt")).collect();
    all.sort();
    all
}

#[test]
fn the_examples_pass_every_tool() {
    let all = examples();
    let place = Place::new();
    let mut numbers = vec![];
    for path in &all {
        let file = path.to_str().expect("the path is text");
        place.dunbar(&["omt", "check", "--strict", file]).ended(0);
        place.dunbar(&["omt", "fmt", "--check", file]).ended(0);
        let doc = place.dunbar(&["omt", "doc", file]).ended(0).out;
        let graph = place.dunbar(&["omt", "graph", file]).ended(0).out;
        let project = place.dunbar(&["omt", "project", "--json", file]).ended(0);
        assert_eq!(project.json()["dual"], true, "{file}");
        let actors = project.json()["actors"].as_array().expect("a list").len();
        assert_eq!(doc.matches("```mermaid").count(), actors, "{file}");
        assert!(graph.trim_end().ends_with("</svg>"), "{file}");
        let text = std::fs::read_to_string(path).expect("it can be read");
        let number = text.lines().find_map(|line| line.strip_prefix("transaction ")).map(|line| line[..2].to_owned());
        numbers.push(number.expect("an example is a transaction"));
    }
    numbers.sort();
    assert_eq!(numbers, ["00", "01", "02", "03", "04", "05", "90"], "all transactions of the paper");
}

#[test]
fn imports_and_their_paths_are_the_same_from_every_folder_and_links_stay_links() {
    let place = Place::new();
    for folder in ["protocol/base", "protocol/market"] {
        std::fs::create_dir_all(place.path().join(folder)).expect("a folder");
    }
    place.write("protocol/base/common.omt", "function half(x uint) -> uint ( RETURN x / 2 )\n");
    place.write("protocol/market/a.omt", "imports base/common\n");
    let ran = place.dunbar(&["omt", "check", "protocol/market/a.omt"]).ended(1);
    assert!(ran.out.contains("--> protocol/base/common.omt:1:40"), "{}", ran.out);
    let path = |name: &str| place.path().join(name);
    let mut inside = place.command(std::path::Path::new(env!("CARGO_BIN_EXE_dunbar")));
    let ran = inside.current_dir(path("protocol/market")).args(["omt", "check", "a.omt"]).output().expect("it runs");
    let shown = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(shown.contains("--> ../base/common.omt:1:40"), "{shown}");
    std::os::unix::fs::symlink(path("protocol/market/a.omt"), path("link.omt")).expect("a link");
    place.write("protocol/market/a.omt", "imports   base/common\r\n");
    place.dunbar(&["omt", "fmt", "link.omt"]).ended(0);
    assert_eq!(place.read("protocol/market/a.omt"), "imports base/common\r\n", "the line ends as it did");
    assert!(path("link.omt").is_symlink(), "the link is still one");
}
