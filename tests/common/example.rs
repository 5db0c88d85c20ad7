//! Programs under examples/, which tests run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// The program of an example. `cargo test` builds it beside the command; if only some targets were built, it may be missing or
/// older than the sources, and is built here.
pub(crate) fn program(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_BIN_EXE_dunbar")).parent().expect("a program lies in a folder");
    let program = folder.join("examples").join(name);
    let built = std::fs::metadata(&program).and_then(|metadata| metadata.modified()).ok();
    if built.is_none_or(|built| built < newest_source()) {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--example", name]).current_dir(env!("CARGO_MANIFEST_DIR"));
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        let status = cargo.status().expect("cargo can be started");
        assert!(status.success(), "the example does not build");
    }
    program
}

/// When an example, or what the command does, was changed last.
fn newest_source() -> SystemTime {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["src", "scenarios/src", "examples", "examples/own-protocol/src"];
    let folders = folders.map(|folder| std::fs::read_dir(root.join(folder)).unwrap());
    let files = folders.into_iter().flatten().map(|entry| entry.unwrap().path());
    let sources = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    sources.map(|path| path.metadata().and_then(|file| file.modified()).unwrap()).max().expect("there are sources")
}
