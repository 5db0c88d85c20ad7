//! This program once more, in another role, on a core of its own if there are enough.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;

/// A child; it ends with this value.
pub(crate) struct Process {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Process {
    pub(crate) fn start(arguments: &[&str]) -> Process {
        Process::spawn(Command::new(program()), arguments)
    }

    /// Starts it on one core, if [`cores_can_be_chosen`].
    pub(crate) fn start_on(core: usize, arguments: &[&str]) -> Process {
        if !cores_can_be_chosen() {
            return Process::start(arguments);
        }
        let mut command = Command::new("taskset");
        command.args(["-c", &core.to_string()]).arg(program());
        Process::spawn(command, arguments)
    }

    fn spawn(mut command: Command, arguments: &[&str]) -> Process {
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("it can be started again");
        let (to, from) = (process.stdin.take().expect("it is piped"), process.stdout.take().expect("it is piped"));
        Process { process, to, from: BufReader::new(from) }
    }

    /// The next line that it prints.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.from.read_line(&mut line).expect("it prints a line");
        line.trim().to_owned()
    }

    /// Writes it a line, and reads its answer.
    pub(crate) fn ask(&mut self) -> String {
        self.to.write_all(b"\n").expect("it reads");
        self.line()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Says something, and something more for each line that this process reads.
pub(crate) fn answer(first: &str, mut more: impl FnMut() -> String + Send + 'static) -> JoinHandle<()> {
    println!("{first}");
    std::thread::spawn(move || {
        for _ in std::io::stdin().lock().lines() {
            println!("{}", more());
        }
    })
}

fn program() -> std::path::PathBuf {
    std::env::current_exe().expect("this program has a path")
}

/// Whether there are two cores, and `taskset` to choose one of them.
pub(crate) fn cores_can_be_chosen() -> bool {
    let two = std::thread::available_parallelism().is_ok_and(|cores| cores.get() >= 2);
    let tool = Command::new("taskset").args(["-c", "1", "true"]).stderr(Stdio::null()).status();
    two && tool.is_ok_and(|status| status.success())
}
