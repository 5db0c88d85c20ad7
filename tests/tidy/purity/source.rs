//! What the sources of a pure crate may not say. Clippy resolves names and so sees through aliases; this scan sees
//! what clippy has no lint for (async, statics) and code that is switched off on this platform. It works on tokens, so
//! comments and strings do not count, and it skips what is built for tests only.

use super::FOLDERS;
use super::tokens::Words;
use crate::tree::{self, File};

/// Modules of std that reach outside, as in `std::fs` and `std::{fs, time}`.
const MODULES: &[&str] = &["env", "fs", "net", "os", "process", "thread"];

/// Names that stand for a clock or for state that outlives a world.
const NAMES: &[(&str, &str)] = &[
    ("Instant", "a clock: time is the argument `now`"),
    ("SystemTime", "a clock: time is the argument `now`"),
    ("LazyLock", "global state: a world is a value"),
    ("OnceLock", "global state: a world is a value"),
    ("thread_local", "global state: a world is a value"),
    ("lazy_static", "global state: a world is a value"),
    ("static", "global state: a world is a value, a table is a `const`"),
    ("async", "a state machine is driven, it does not wait"),
];

/// Macros that print.
const MACROS: &[&str] = &["print", "println", "eprint", "eprintln"];

/// What the word at `at` breaks, if anything.
fn broken_at(words: &Words, at: usize) -> Vec<String> {
    let text = words.text(at);
    let lifetime = at > 0 && words.text(at - 1) == "'";
    let mut found: Vec<_> = NAMES
        .iter()
        .filter(|(name, _)| *name == text && !lifetime)
        .map(|(name, why)| format!("`{name}`: {why}"))
        .collect();
    if MACROS.contains(&text) && words.text(at + 1) == "!" {
        found.push(format!("`{text}!`: a pure crate does no IO, it observes"));
    }
    if text == "std" && words.text(at + 1) == ":" && words.text(at + 2) == ":" {
        let outside = modules_from(words, at + 3).into_iter().filter(|module| MODULES.contains(module));
        found.extend(
            outside.map(|module| format!("`std::{module}`: a pure crate knows no file, socket, thread or process")),
        );
    }
    found
}

/// The modules named at `at`, behind `std::`: one, or each of a list in braces.
fn modules_from(words: &Words, at: usize) -> Vec<&str> {
    if words.text(at) != "{" {
        return vec![words.text(at)];
    }
    let (mut modules, mut depth) = (vec![], 0);
    for next in at..words.len() {
        match words.text(next) {
            "{" => depth += 1,
            "}" => depth -= 1,
            name if depth == 1 && ["{", ","].contains(&words.text(next - 1)) => modules.push(name),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    modules
}

/// Where the files of the modules declared in `path` lie.
fn folder_of_modules(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        _ => path.trim_end_matches(".rs").to_owned(),
    }
}

/// Everything in `files` that breaks purity; a file of a module that only tests see may say what it likes.
fn findings(files: &[(&str, &str)]) -> Vec<String> {
    let (mut found, mut read) = (vec![], vec![]);
    for (path, text) in files {
        match Words::of(text) {
            Ok(words) => read.push((*path, words)),
            Err(error) => found.push(format!("{path}: {error}")),
        }
    }
    let tests: Vec<_> = read.iter().flat_map(|(path, words)| test_modules(path, words)).collect();
    let shipped = read.iter().filter(|(path, _)| !tests.iter().any(|module| is_of_module(path, module)));
    found.extend(shipped.flat_map(|(path, words)| of_file(path, words)));
    found
}

fn of_file(path: &str, words: &Words) -> Vec<String> {
    let mut found = vec![];
    for at in 0..words.len() {
        let line = words.line(at);
        found.extend(broken_at(words, at).into_iter().map(|what| format!("{path}:{line}: {what}")));
    }
    found
}

/// The modules that `path` declares for tests, as paths without `.rs`.
fn test_modules(path: &str, words: &Words) -> Vec<String> {
    let folder = folder_of_modules(path);
    words.test_modules.iter().map(|module| format!("{folder}/{module}")).collect()
}

fn is_of_module(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

fn of_pure_crates(files: &[File]) -> Vec<(&str, &str)> {
    let pure = |path: &str| {
        FOLDERS.iter().any(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with("/src/")))
    };
    tree::rust(files).filter(|(path, _)| pure(path)).collect()
}

#[test]
fn pure_sources_name_no_clock_socket_file_thread_or_global() {
    let files = tree::files();
    let pure = of_pure_crates(&files);
    assert!(!pure.is_empty(), "no source of a pure crate was found");
    crate::assert_none(&findings(&pure));
}

#[cfg(test)]
mod can_fail {
    use super::*;

    #[track_caller]
    fn refuses(text: &str) {
        assert_eq!(findings(&[("a/src/lib.rs", text)]).len(), 1, "{text}");
    }

    #[track_caller]
    fn accepts(text: &str) {
        crate::assert_none(&findings(&[("a/src/lib.rs", text)]));
    }

    #[test]
    fn whatever_reaches_outside_is_found() {
        refuses("use std::fs;");
        refuses("use std::{collections::BTreeMap, net::UdpSocket};");
        refuses("fn f() { ::std::thread::yield_now() }");
        refuses("use std::time::{Duration, Instant};");
        refuses("fn f(at: SystemTime) {}");
        refuses("fn f() { println!(\"x\") }");
    }

    #[test]
    fn global_state_and_async_are_found() {
        refuses("static mut COUNT: u32 = 0;");
        refuses("static TABLE: [u8; 2] = [0; 2];");
        refuses("thread_local! { }");
        refuses("async fn f() {}");
        refuses("macro_rules! m { () => { OnceLock::new() } }");
    }

    #[test]
    fn comments_strings_lifetimes_and_namesakes_are_left_alone() {
        accepts("//! Not std::fs.\n/// Nor Instant.\nfn f() -> &'static str { \"std::net Instant\" }");
        accepts(
            "use std::{collections::{BTreeMap, env::x}, fmt}; use contract::net; mod my { use std::time::Duration; }",
        );
    }

    #[test]
    fn tests_may_do_what_they_like_and_what_may_ship_may_not() {
        accepts("#[cfg(test)]\nmod tests { use std::fs; }\n#[cfg(test)] #[allow(x)] use std::fs;");
        refuses("#[cfg(any(test, feature = \"x\"))]\nuse std::fs;");
        refuses("#[cfg(test)]\nmod tests { use std::fs; }\nuse std::net;");
    }

    #[test]
    fn a_test_module_in_its_own_file_is_skipped_and_its_neighbour_is_not() {
        let lib = ("a/src/clock.rs", "#[cfg(test)]\nmod tests;");
        let beside = |path| findings(&[lib, (path, "use std::fs;")]).len();
        assert_eq!(beside("a/src/clock/tests.rs"), 0);
        assert_eq!(beside("a/src/clock/tests/deep.rs"), 0);
        assert_eq!(beside("a/src/clock/tests_of_mine.rs"), 1);
        assert_eq!(beside("a/src/tests.rs"), 1);
    }

    #[test]
    fn the_message_names_the_line_and_the_reason() {
        let found = findings(&[("a/src/lib.rs", "//! A.\n\nuse std::fs;")]);
        assert_eq!(found, ["a/src/lib.rs:3: `std::fs`: a pure crate knows no file, socket, thread or process"]);
    }

    #[test]
    fn a_file_that_is_not_rust_is_reported() {
        refuses("fn f( {");
    }
}
