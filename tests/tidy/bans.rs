//! The lists of what clippy bans. A crate's own clippy.toml replaces the root's: the copies must agree, since a ban
//! that one of them forgets is a ban that does not exist.

use crate::purity;
use crate::tree::{self, File};
use crate::workspace::members;
use std::collections::BTreeSet;
use toml::{Table, Value};

/// One of each family, so that a shortened list is noticed.
const EXPECTED: &[&str] = &[
    "f32::exp",
    "f64::ln",
    "f64::powf",
    "rand::rngs::StdRng",
    "rand_distr::LogNormal",
    "rustc_hash::FxHashMap",
    "std::collections::HashMap",
    "std::collections::HashSet",
    "std::env::var",
    "std::fs::read",
    "std::hash::DefaultHasher",
    "std::hash::RandomState",
    "std::net::UdpSocket",
    "std::process::Command",
    "std::thread::sleep",
    "std::thread::spawn",
    "std::time::Instant::now",
    "std::time::SystemTime::now",
];

/// The banned paths of a clippy.toml; a ban without a reason is a finding.
fn bans(path: &str, text: &str) -> Result<BTreeSet<String>, String> {
    let table: Table = text.parse().map_err(|error| format!("{path}: {error}"))?;
    let lists = ["disallowed-methods", "disallowed-types"].map(|list| table.get(list).and_then(Value::as_array));
    let ban = |entry: &Value| {
        let banned = entry.get("path").and_then(Value::as_str).unwrap_or_default();
        let reason = entry.get("reason").and_then(Value::as_str).unwrap_or_default();
        if reason.is_empty() {
            Err(format!("{path}: the ban of `{banned}` gives no reason"))
        } else {
            Ok(banned.to_owned())
        }
    };
    lists.into_iter().flatten().flatten().map(ban).collect()
}

/// Compares the pure crates' lists with the root's and with each other.
fn findings(root: &str, pure: &[(&str, &str)]) -> Vec<String> {
    let root = match bans("clippy.toml", root) {
        Ok(root) => root,
        Err(error) => return vec![error],
    };
    let mut found = vec![];
    for (path, text) in pure {
        match bans(path, text) {
            Ok(own) => {
                let expected = root.iter().map(String::as_str).chain(EXPECTED.iter().copied());
                let missing = expected.filter(|ban| !own.contains(*ban));
                found.extend(missing.map(|ban| format!("{path}: does not ban `{ban}`")));
            }
            Err(error) => found.push(error),
        }
    }
    let differ = pure.iter().filter(|(_, text)| *text != pure[0].1);
    found.extend(differ.map(|(path, _)| format!("{path} differs from {}: change all of them together", pure[0].0)));
    found
}

fn text<'a>(files: &'a [File], path: &str) -> Option<&'a str> {
    files.iter().find(|file| file.path == path)?.text.as_deref()
}

#[test]
fn pure_crates_share_one_list_of_bans_that_includes_the_roots() {
    let files = tree::files();
    let root = text(&files, "clippy.toml").expect("clippy.toml is tracked");
    let pure = members().into_iter().filter(|member| purity::FOLDERS.contains(&member.folder.as_str()));
    let paths: Vec<_> = pure.map(|member| format!("{}/clippy.toml", member.folder)).collect();
    let pure: Vec<_> = paths.iter().map(|path| (path.as_str(), text(&files, path).unwrap_or_default())).collect();
    crate::assert_none(&findings(root, &pure));
}

#[cfg(test)]
mod can_fail {
    use super::*;

    fn list(paths: &[&str]) -> String {
        let entries: Vec<_> = paths.iter().map(|path| format!("{{ path = \"{path}\", reason = \"why\" }}")).collect();
        format!("disallowed-methods = [{}]", entries.join(", "))
    }

    #[test]
    fn a_forgotten_ban_is_found() {
        let full = list(&[EXPECTED, &["a::b"]].concat());
        crate::assert_none(&findings(&list(&["a::b"]), &[("x/clippy.toml", &full)]));
        let found = findings(&list(&["a::c"]), &[("x/clippy.toml", &full)]);
        assert_eq!(found, ["x/clippy.toml: does not ban `a::c`"]);
    }

    #[test]
    fn copies_that_differ_are_found() {
        let (one, other) = (list(EXPECTED), list(&[EXPECTED, &["a::b"]].concat()));
        let found = findings("", &[("x/clippy.toml", &one), ("y/clippy.toml", &other)]);
        assert_eq!(found, ["y/clippy.toml differs from x/clippy.toml: change all of them together"]);
    }

    #[test]
    fn a_missing_file_and_a_missing_reason_are_found() {
        assert_eq!(findings("", &[("x/clippy.toml", "")]).len(), EXPECTED.len());
        let silent = "disallowed-types = [{ path = \"a::B\" }]";
        assert_eq!(findings(silent, &[]), ["clippy.toml: the ban of `a::B` gives no reason"]);
    }
}
