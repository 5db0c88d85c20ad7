//! The same ground state gives the same bytes, whatever is around the process.

use std::path::Path;
use std::process::Command;

use crate::support::{Place, Ran, library};

fn traced(mut command: Command, file: &Path, out: &Path) {
    command.arg("run").arg(file).args(["--seed", "1", "--quiet", "--trace", "--out"]).arg(out);
    Ran::from(command.output().unwrap()).ended(0);
}

/// Compares all traces and metrics of two folders, byte for byte.
#[track_caller]
fn same(one: &Path, two: &Path) {
    let mut compared = 0;
    for entry in std::fs::read_dir(one).unwrap().map(|entry| entry.unwrap().file_name()) {
        if entry != "manifest.json" {
            let bytes = |folder: &Path| std::fs::read(folder.join(&entry)).unwrap();
            assert!(bytes(one) == bytes(two), "{} differs", entry.display());
            compared += 1;
        }
    }
    assert!(compared > 1, "{compared} files were compared");
}

#[test]
fn a_run_is_the_same_in_another_folder_and_another_environment() {
    let dunbar = Path::new(env!("CARGO_BIN_EXE_dunbar"));
    for name in ["double-spend.toml", "reference/phold.toml"] {
        let (here, there) = (Place::new(), Place::new());
        traced(here.command(dunbar), &library(name), &here.path().join("out"));

        // A copy of the file under another name, reached by a relative path, and nothing in the environment is the same.
        there.write("copy.toml", std::fs::read(library(name)).unwrap());
        let mut bare = there.command(dunbar);
        bare.env_clear().env("TZ", "Pacific/Chatham").env("LC_ALL", "tr_TR.UTF-8").env("RAYON_NUM_THREADS", "3");
        bare.env("DUNBAR_JUNK", "x".repeat(4_000)).env("RUST_BACKTRACE", "full");
        traced(bare, Path::new("copy.toml"), Path::new("./out"));

        same(&here.path().join("out"), &there.path().join("out"));
    }
}
