//! The documents, followed to the letter: every block of commands in README.md and under docs/ is typed into a shell, in its
//! order, in a fresh folder, and what the document says comes out is compared with what comes out.
//!
//! - A block `console` has commands after `$ ` and `> `, and what they print; a block `sh` has commands alone.
//! - `…` in what is printed stands for anything; a line `…` for any number of lines. What is not shown is not compared.
//! - A command whose printed lines show an error (`×`) ends with 2, one that shows `FAIL` with 1, every other one with 0.
//! - A block whose first line is a comment with a file's name is that file; `…, continued` is added to it.
//! - A block `toml` without a name is a piece of a scenario: the command checks it, put into a scenario of the library.
//! - A block `text` is neither.
//!
//! The command is the one that this build has made; `cargo` is left to the gate (`shims.sh`).

mod blocks;
#[path = "../common/example.rs"]
mod example;
mod rust;
mod session;
mod snippets;

use std::path::Path;

use blocks::{Block, blocks};
use session::Session;

/// The documents that are followed; all others have no commands.
const FOLLOWED: [&str; 6] = [
    "README.md",
    "docs/determinism.md",
    "docs/first-scenario.md",
    "docs/gate.md",
    "docs/own-actor.md",
    "docs/results.md",
];

/// References for operators: placeholders in them stand for what the reader has, and services and machines for what no test has.
const REFERENCE: [&str; 2] = ["docs/live.md", "docs/operate.md"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn document(name: &str) -> Vec<Block> {
    let text = std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    blocks(&text)
}

/// README.md and the pages directly under docs/.
fn documents() -> Vec<String> {
    let pages = std::fs::read_dir(root().join("docs")).expect("there are documents");
    let pages = pages.map(|page| format!("docs/{}", page.unwrap().file_name().to_string_lossy()));
    let mut all: Vec<String> = pages.filter(|page| page.ends_with(".md")).collect();
    all.push("README.md".to_owned());
    all.sort();
    all
}

#[track_caller]
fn follow(name: &str) {
    let complaints = Session::new(&document(name)).follow();
    assert!(complaints.is_empty(), "{name}\n{}", complaints.join("\n"));
}

#[test]
fn the_readme_does_what_it_says() {
    follow("README.md");
}

#[test]
fn the_first_scenario_does_what_it_says() {
    follow("docs/first-scenario.md");
}

#[test]
fn the_own_actor_does_what_it_says() {
    follow("docs/own-actor.md");
}

#[test]
fn results_look_as_the_page_about_them_shows() {
    follow("docs/results.md");
}

#[test]
fn determinism_is_as_the_page_about_it_shows() {
    follow("docs/determinism.md");
}

#[test]
fn the_gate_prints_what_its_page_shows() {
    follow("docs/gate.md");
}

#[test]
fn the_tour_of_the_language_does_what_it_says() {
    follow("docs/omt/README.md");
}

#[test]
fn two_that_wait_for_each_other_are_shown_as_the_page_about_them_says() {
    follow("docs/omt/project.md");
}

#[test]
fn no_document_with_commands_is_left_out() {
    let has_commands = |name: &String| document(name).iter().any(Block::is_commands);
    let with: Vec<String> = documents().into_iter().filter(has_commands).collect();
    let mut known: Vec<&str> = FOLLOWED.into_iter().chain(REFERENCE).collect();
    known.sort_unstable();
    assert_eq!(with, known);
}

#[test]
fn every_piece_of_a_scenario_is_right() {
    let complaints: Vec<String> = documents().iter().flat_map(|name| snippets::check(name, &document(name))).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn the_pieces_of_the_own_actor_are_the_example() {
    let example = root().join("examples/own-protocol");
    let complaints = rust::check(&document("docs/own-actor.md"), &example);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The keys of scenario files and of the tables in them stand in the pages about them.
#[test]
fn every_key_is_in_the_documents() {
    let pages = ["scenarios", "faults", "network", "gate"].map(|page| format!("docs/{page}.md"));
    let texts = pages.map(|page| std::fs::read_to_string(root().join(page)).unwrap()).concat();
    let mut missing = Vec::new();
    let mut asked = 0;
    for key in snippets::keys("") {
        // A table's own keys are below `[table]`; a piece of code may have a key among others.
        for below in snippets::keys(&key).into_iter().chain([key.clone()]) {
            asked += 1;
            if !texts.split('`').skip(1).step_by(2).any(|code| snippets::has_word(code, &below)) {
                missing.push(format!("{key}: {below}"));
            }
        }
    }
    assert!(asked > 80 && missing.is_empty(), "of {asked} keys these are in no document: {missing:#?}");
}

/// A way of following that finds nothing would let every document pass.
#[test]
fn a_document_that_is_wrong_is_found() {
    let found = |text: &str| Session::new(&blocks(text)).follow().join("\n");
    assert_eq!(found("```console\n$ echo one; echo two; echo three\none\n…\nthree\n```\n"), "");
    assert_eq!(found("```sh\nexport SAID=one     # for later\n```\n\n```console\n$ echo \"$SAID\"\no…e\n```\n"), "");
    assert!(found("```console\n$ echo one\ntwo\n```\n").contains("line 2: `echo one`"));
    assert!(found("```console\n$ echo one; echo two\none\n```\n").contains("two"));
    assert!(found("```sh\ndunbar run nowhere.toml\n```\n").contains("ended with 2 instead of 0"));
    assert!(found("```console\n$ dunbar --version\n  × …\n```\n").contains("ended with 0 instead of 2"));
    let wrong = blocks("```toml\n[sweep]\n\"network.connektivity\" = [0.1]\n```\n");
    assert!(snippets::check("a page", &wrong).join("\n").contains("connektivity"));
}
