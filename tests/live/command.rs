//! The command under test, run to its end in bounded time.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long anything may take that takes milliseconds on an idle machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

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

    /// What it said to people, without the breaks of long lines.
    pub(crate) fn said(&self) -> String {
        self.err.replace("\n  │ ", " ").replace("\n        ", " ")
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

/// Says that a test could not be run here, also when the test's output is not shown.
pub(crate) fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr().lock(), "SKIPPED {}: {why}", std::thread::current().name().unwrap_or_default());
}

/// The command in a folder, without a terminal.
pub(crate) fn command(arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dunbar"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).env("NO_COLOR", "1").env("LANG", "C.UTF-8");
    command
}

/// Sends a signal to a process.
#[track_caller]
pub(crate) fn signal(process: u32, signal: &str) {
    let sent = Command::new("kill").args([signal, &process.to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "{signal} can be sent");
}

/// Lets no file of a process grow beyond so many bytes, or lifts that.
#[track_caller]
pub(crate) fn limit_files(process: u32, bytes: Option<u64>) {
    let limit = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
    let status = Command::new("prlimit").args([format!("--pid={process}"), format!("--fsize={limit}:")]).status();
    assert!(status.is_ok_and(|status| status.success()), "the limit can be set");
}

/// Runs the command in a folder. Its output goes through files, so that it cannot wait for a reader.
#[track_caller]
pub(crate) fn dunbar(arguments: &[&str], folder: &Path) -> Ran {
    let [mut out, mut err] = [(); 2].map(|()| tempfile::tempfile().expect("a temporary file"));
    let [to_out, to_err] = [&out, &err].map(|file| file.try_clone().expect("a second handle"));
    let child = command(arguments, folder).stdout(to_out).stderr(to_err).spawn();
    let status = ended(&mut child.expect("the command can be started"), PATIENCE);
    let [out, err] = [&mut out, &mut err].map(text);
    match status {
        Some(status) => Ran { code: status.code(), out, err },
        None => panic!("dunbar {arguments:?} does not end\nstdout:\n{out}\nstderr:\n{err}"),
    }
}

/// Waits for the end of a child; kills it after `patience`.
pub(crate) fn ended(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return Some(status);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("a child can be killed");
    child.wait().expect("a killed child ends");
    None
}

fn text(file: &mut File) -> String {
    let mut bytes = Vec::new();
    file.rewind().and_then(|()| file.read_to_end(&mut bytes)).expect("a file is read back");
    String::from_utf8(bytes).expect("the command prints UTF-8")
}
