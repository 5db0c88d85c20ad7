//! A folder to work in, and the command run in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A small attack: three honest nodes and one that pays twice. It takes milliseconds, and every expectation holds.
pub(crate) const ATTACK: &str = r#"format = 1
title = "A small attack"
protocol = "ledger"
seeds = 2
horizon = "5 s"

[network]
profile = "lan"

[parameters]
endowment = "100 OMC"

[[population]]
name = "honest"
count = 3

[[population]]
name = "thief"
role = "double-spender"
count = 1
parameters = { second = "honest.1" }

[[script]]
at = "1 s"
node = "thief"
command = { pay = { to = "honest.0", amount = "10 OMC" } }

[[expect]]
metric = "detected"
statistic = "min"
at_least = 1
because = "both victims know each other"
"#;

/// How a command ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// The same, if it ended with this code and without a panic.
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        let text = |bytes| String::from_utf8(bytes).expect("the command prints UTF-8");
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// A folder to work in.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Place {
        Place(tempfile::tempdir().expect("a folder for the test"))
    }

    /// A folder with the small attack in `attack.toml`.
    pub(crate) fn with_attack() -> Place {
        let place = Place::new();
        place.write("attack.toml", ATTACK);
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder is made");
        std::fs::write(path, content).expect("a file is written");
    }

    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> String {
        let read = std::fs::read_to_string(self.path().join(name));
        read.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    #[track_caller]
    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    #[track_caller]
    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).expect("a file of JSON")
    }

    /// The names of the files in a folder.
    pub(crate) fn files(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path().join(folder)).expect("a folder");
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names
    }

    /// The command, to be run in this folder.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // No terminal, whatever the tests run on.
        command.current_dir(self.path()).stdin(Stdio::null()).env("NO_COLOR", "1").env("LANG", "C.UTF-8");
        command.env_remove("RAYON_NUM_THREADS").env_remove("NO_GRAPHICS");
        command
    }

    /// Runs the command in this folder.
    pub(crate) fn dunbar(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(Path::new(env!("CARGO_BIN_EXE_dunbar")));
        command.args(arguments).output().expect("the command can be started").into()
    }
}

/// A scenario of the library.
pub(crate) fn library(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/library").join(name)
}
