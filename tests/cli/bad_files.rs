//! Files that are no scenario at all.

use crate::support::{ATTACK, Place};

/// What the command says about a file with this content. It has to say where, with a caret, and what to do.
#[track_caller]
pub(crate) fn refused(what: &str, content: impl AsRef<[u8]>) -> String {
    let place = Place::new();
    place.write("bad.toml", content);
    let ran = place.dunbar(&["run", "bad.toml"]).ended(2);
    assert_eq!(ran.out, "", "{what}");
    for part in ["╭─[bad.toml", "╰── here", "help: "] {
        assert!(ran.err.contains(part), "{what}: there is no `{part}` in\n{}", ran.err);
    }
    let place = ran.err.split_once("╭─[").and_then(|(_, rest)| rest.split_once(']')).expect("a place").0;
    let numbers: Vec<_> = place.rsplit(':').take(2).map(str::parse::<u32>).collect();
    assert!(numbers.iter().all(Result::is_ok), "{what}: no line and column in {place}");
    assert!(place_is_sensible(&ran.err), "{what}: the caret stands under nothing\n{}", ran.err);
    format!("## {what}\n{}", ran.err)
}

/// Whether the line above the caret is the line that is named.
fn place_is_sensible(report: &str) -> bool {
    let line = report.split_once("╭─[").and_then(|(_, rest)| rest.split(':').nth(1)).unwrap_or_default();
    report.lines().any(|shown| shown.trim_start().starts_with(&format!("{line} │")))
}

/// The same for changes to the small attack: what, the text that goes, the text that comes.
#[track_caller]
pub(crate) fn all_refused(cases: &[(&str, &str, &str)]) -> String {
    let one = |(what, from, to): &(&str, &str, &str)| {
        assert_eq!(ATTACK.matches(from).count(), 1, "{what}: `{from}` stands once in the scenario");
        refused(what, ATTACK.replace(from, to))
    };
    cases.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// The same for additions to it.
#[track_caller]
pub(crate) fn additions_refused(cases: &[(&str, &str)]) -> String {
    let one = |(what, more): &(&str, &str)| refused(what, format!("{ATTACK}\n{more}\n"));
    cases.iter().map(one).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_no_toml_is_shown_where_it_ceases_to_be() {
    let cases = [
        ("empty", String::new()),
        ("json", "{ \"format\": 1 }".to_owned()),
        ("a missing equals sign", ATTACK.replace("seeds = 2", "seeds 2")),
        ("a missing quote", ATTACK.replace("\"5 s\"", "\"5 s")),
        ("a key twice", ATTACK.replace("seeds = 2", "seeds = 2\nseeds = 3")),
        ("an unclosed list", format!("{ATTACK}\n[sweep]\nseeds = [1, 2")),
        ("a byte order mark in the middle", ATTACK.replace("seeds", "\u{feff}seeds")),
    ];
    insta::assert_snapshot!(cases.map(|(what, text)| refused(what, text)).join("\n"));
}

#[test]
fn what_is_no_text_is_shown_up_to_that_byte_and_no_further() {
    let mut latin = ATTACK.replace("A small attack", "Ein kleiner Angriff gegen M?ller").into_bytes();
    let umlaut = latin.iter().position(|byte| *byte == b'?').unwrap();
    latin[umlaut] = 0xfc;
    let cases = [("latin-1", latin), ("a program", b"\x7fELF\x02\x01\x01\0\0\x80secret".to_vec())];
    insta::assert_snapshot!(cases.map(|(what, bytes)| refused(what, bytes)).join("\n"));
}

#[test]
fn a_file_that_is_not_there_or_no_file_is_named() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("folder")).unwrap();
    let missing = ["missing.toml", "folder", "missing/s.toml"];
    let cases = missing.map(|name| {
        let verified = place.dunbar(&["verify", name]).ended(2);
        let ran = place.dunbar(&["run", name]).ended(2);
        assert_eq!(ran.err, verified.err);
        assert!(ran.err.contains("help: "), "{}", ran.err);
        ran.err
    });
    insta::assert_snapshot!(cases.join("\n"));
}
