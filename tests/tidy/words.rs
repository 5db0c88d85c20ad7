//! Marks of unfinished work and traces of the machine that something was written on. The words are written in two
//! pieces here, so that the rule does not find itself.

use crate::tree::{self, File};

/// Not in Rust sources, comments included.
const UNFINISHED: &[&str] = &[
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
    concat!("db", "g!"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("#[ig", "nore"),
];

/// First folders of absolute paths that exist on one machine only.
const WORKPLACES: &[&str] = &["Users", "farm", "home", "root", "work", "workspace"];

/// A folder beside the checkout, which its users do not have.
const BESIDE: &str = concat!("../", "shared");

fn unfinished(path: &str, text: &str) -> Vec<String> {
    by_line(path, text, |line| {
        UNFINISHED.iter().find(|word| line.contains(*word)).map(|word| format!("`{word}`: finish it, or leave it out"))
    })
}

fn workplaces(path: &str, text: &str) -> Vec<String> {
    by_line(path, text, |line| {
        let folder = WORKPLACES.iter().find(|folder| names_absolute(line, folder));
        let path =
            folder.map(|folder| format!("/{folder}")).or_else(|| line.contains(BESIDE).then(|| BESIDE.to_owned()))?;
        Some(format!("`{path}`: a place that only one machine has"))
    })
}

fn by_line(path: &str, text: &str, rule: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let numbered = text.lines().enumerate();
    numbered.filter_map(|(at, line)| rule(line).map(|what| format!("{path}:{}: {what}", at + 1))).collect()
}

/// Whether `/folder` begins a path in `line`: no longer path stands before it, no longer name behind it.
fn names_absolute(line: &str, folder: &str) -> bool {
    let needle = format!("/{folder}");
    line.match_indices(&needle).any(|(at, _)| {
        let joins = |c: char| c.is_alphanumeric() || "_-.~*}>)]/".contains(c);
        let continues = |c: char| c.is_alphanumeric() || "_-.".contains(c);
        !line[..at].ends_with(joins) && !line[at + needle.len()..].starts_with(continues)
    })
}

/// A library says at its head what it is for.
fn headless(path: &str, text: &str) -> Option<String> {
    let library = path == "src/lib.rs" || path.ends_with("/src/lib.rs");
    (library && !text.starts_with("//!")).then(|| format!("{path}: begins without `//!`: say what the crate is for"))
}

/// Versions are part of the ground state: the lock file is committed.
fn unlocked(files: &[File]) -> Option<String> {
    let locked = files.iter().any(|file| file.path == "Cargo.lock");
    (!locked).then(|| "Cargo.lock is not committed: the same commit would draw other values elsewhere".to_owned())
}

/// Files that a tool leaves beside the real one for somebody to look at.
fn leftover(path: &str) -> Option<String> {
    let ending = [".snap.new", ".pending-snap", ".orig", ".rej"].into_iter().find(|ending| path.ends_with(ending))?;
    Some(format!("{path}: a `{ending}` file is accepted or deleted, not committed"))
}

#[test]
fn sources_carry_no_marks_of_unfinished_work() {
    let files = tree::files();
    let found: Vec<_> = tree::rust(&files).flat_map(|(path, text)| unfinished(path, text)).collect();
    crate::assert_none(&found);
}

#[test]
fn no_file_names_a_place_of_one_machine() {
    let files = tree::files();
    let found: Vec<_> = tree::texts(&files).flat_map(|(path, text)| workplaces(path, text)).collect();
    crate::assert_none(&found);
}

#[test]
fn every_library_begins_with_what_it_is_for() {
    let files = tree::files();
    let found: Vec<_> = tree::texts(&files).filter_map(|(path, text)| headless(path, text)).collect();
    crate::assert_none(&found);
}

#[test]
fn nothing_is_committed_that_a_tool_left_behind() {
    let found: Vec<_> = tree::files().iter().filter_map(|file| leftover(&file.path)).collect();
    crate::assert_none(&found);
}

#[test]
fn the_lock_file_is_committed() {
    crate::assert_none(&unlocked(&tree::files()).into_iter().collect::<Vec<_>>());
}

#[cfg(test)]
mod can_fail {
    use super::*;

    #[test]
    fn each_mark_is_found_with_its_line() {
        for word in UNFINISHED {
            let found = unfinished("a.rs", &format!("fn f() {{\n    {word}\n}}"));
            assert_eq!(found, [format!("a.rs:2: `{word}`: finish it, or leave it out")]);
        }
    }

    #[test]
    fn absolute_paths_of_a_workplace_are_found() {
        for folder in WORKPLACES {
            for line in [
                format!("cd /{folder}"),
                format!("\"/{folder}/me/x\""),
                format!("see (/{folder}/x)"),
                format!("a=/{folder}/x"),
            ] {
                assert_eq!(workplaces("a.md", &line).len(), 1, "{line}");
            }
        }
        assert_eq!(workplaces("a.md", &format!("see {BESIDE}/x")).len(), 1);
    }

    #[test]
    fn other_paths_are_left_alone() {
        for line in [
            "$HOME/root/x",
            "https://example.org/home/",
            "a/home/b",
            "/homepage",
            "/var/lib/dunbar",
            "and/or",
            "/work-in-progress",
        ] {
            crate::assert_none(&workplaces("a.md", line));
        }
    }

    #[test]
    fn a_library_without_a_head_is_found() {
        assert!(headless("agents/src/lib.rs", "pub mod a;").is_some());
        assert!(headless("agents/src/lib.rs", "//! Who plays.").is_none());
        assert!(headless("agents/src/other.rs", "pub mod a;").is_none());
    }

    #[test]
    fn a_pending_snapshot_is_found_and_an_accepted_one_is_not() {
        assert!(leftover("a/snapshots/x.snap.new").is_some());
        assert!(leftover("a/snapshots/x.snap").is_none());
    }

    #[test]
    fn a_missing_lock_file_is_found() {
        assert!(unlocked(&[]).is_some());
        assert!(unlocked(&[File { path: "Cargo.lock".into(), text: None }]).is_none());
    }
}
