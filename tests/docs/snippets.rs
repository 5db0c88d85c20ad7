//! Pieces of TOML without a file: each is checked by the command in the place where it belongs.

use std::process::Command;

use crate::blocks::Block;
use crate::root;

/// What is not as the command wants it.
pub(crate) fn check(document: &str, blocks: &[Block]) -> Vec<String> {
    let pieces = blocks.iter().filter(|block| block.language == "toml" && block.file().is_none());
    pieces.filter_map(|block| wrong(block).map(|why| format!("{document}:{}: {why}", block.line))).collect()
}

fn wrong(block: &Block) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder for the check");
    let base = root().join("scenarios/library/double-spend.toml");
    let base = toml::Value::String(base.display().to_string());
    let mut scenario = format!("extends = {base}\nwithout = [\"expect\"]\n");
    if block.text.contains("latency_mean_ms") {
        // A profile lies beside its scenario.
        std::fs::write(folder.path().join("measured.toml"), &block.text).unwrap();
        scenario.push_str("[network]\nprofile = \"measured.toml\"\n");
    } else if block.text.starts_with("format") {
        scenario.clone_from(&block.text);
    } else {
        scenario.push_str(&block.text);
    }
    std::fs::write(folder.path().join("piece.toml"), scenario).unwrap();
    let mut check = Command::new(env!("CARGO_BIN_EXE_dunbar"));
    check.args(["scenario", "check", "piece.toml"]).current_dir(folder.path()).env("NO_COLOR", "1");
    let checked = check.output().expect("the command can be started");
    (!checked.status.success()).then(|| String::from_utf8_lossy(&checked.stderr).into_owned())
}

/// The keys below a key of scenario files.
pub(crate) fn keys(key: &str) -> Vec<String> {
    let mut explain = Command::new(env!("CARGO_BIN_EXE_dunbar"));
    explain.args(["scenario", "explain", key, "--json"]);
    let explained = explain.output().expect("the command can be started");
    let explained: serde_json::Value = serde_json::from_slice(&explained.stdout).expect("JSON");
    explained["keys"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

/// Whether a piece of code has this name in it.
pub(crate) fn has_word(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || "_-".contains(c);
    code.split(|c| !part(c)).any(|other| other == word)
}
