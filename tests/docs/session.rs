//! A shell in a fresh folder, and what it was told.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::UdpSocket;
use std::process::{Command as Process, Stdio};

use tempfile::TempDir;

use crate::blocks::{Block, Command, commands};
use crate::example::program;
use crate::root;

/// What is made shorter, since it shows nothing more when it is long.
const SHORTER: [(&str, &str); 2] = [("--seeds 500", "--seeds 2"), ("--seeds 100", "--seeds 2")];

/// Between what commands print.
const MARK: &str = "@@@";

/// A document as a shell gets it.
pub(crate) struct Session {
    folder: TempDir,
    script: String,
    commands: Vec<Command>,
}

impl Session {
    pub(crate) fn new(blocks: &[Block]) -> Session {
        let folder = tempfile::tempdir().expect("a folder for the session");
        let mut session = Session { folder, script: prologue(), commands: Vec::new() };
        for block in blocks {
            if let Some((name, goes_on, content)) = block.file() {
                let sign = if goes_on { ">>" } else { ">" };
                let _ = writeln!(session.script, "cat {sign} {name} <<'@END@'\n{content}@END@");
            } else if block.is_commands() {
                commands(block).into_iter().for_each(|command| session.add(command));
            }
        }
        session
    }

    fn add(&mut self, command: Command) {
        let number = self.commands.len();
        let mut text = command.text.clone();
        for (long, short) in SHORTER {
            text = text.replace(long, short);
        }
        // A node in the background says what it says elsewhere.
        let code = text.split(" #").next().unwrap_or_default().trim_end();
        if let Some((background, kept)) = code.split_once(" &").filter(|(_, kept)| !kept.starts_with('&')) {
            text = format!("{background} > background-{number}.txt 2>&1 &{kept}");
        }
        let _ =
            writeln!(self.script, "echo '{MARK}'; (exit ${{ended:-0}})\n{text}\nended=$?; echo; echo \"{MARK}$ended\"");
        self.commands.push(command);
    }

    /// Types everything, and says what is not as the document says.
    pub(crate) fn follow(self) -> Vec<String> {
        let work = self.folder.path().join("work");
        std::fs::create_dir(&work).unwrap();
        for shared in ["scenarios", "protocol"] {
            std::os::unix::fs::symlink(root().join(shared), work.join(shared)).unwrap();
        }
        let bin = self.folder.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_dunbar"), bin.join("dunbar")).unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        // A crate of somebody else lies beside dunbar.
        std::os::unix::fs::symlink(root(), work.join("dunbar")).unwrap();
        let mut bash = Process::new("bash");
        bash.args(["--noprofile", "--norc", "-c", &free_ports(&self.script)]).current_dir(&work).stdin(Stdio::null());
        bash.env("NO_COLOR", "1").env("LANG", "C.UTF-8").env("PATH", format!("{}:{path}", bin.display()));
        if self.script.contains("cargo run --quiet") {
            bash.env("OWN", program("own-protocol"));
        }
        let ended = bash.output().expect("bash can be started");
        let said = String::from_utf8(ended.stdout).expect("commands print UTF-8");
        let mut parts = said.split(MARK).skip(1);
        let mut complaints = Vec::new();
        for command in &self.commands {
            let (Some(printed), Some(code)) = (parts.next(), parts.next()) else {
                complaints.push(format!("line {}: `{}` was not reached", command.line, command.text));
                break;
            };
            complaints.extend(compare(command, printed, code.trim()));
        }
        complaints
    }
}

fn prologue() -> String {
    include_str!("shims.sh").to_owned()
}

/// The text with free ports in the place of those that it names, so that nothing else on this machine is in the way.
fn free_ports(text: &str) -> String {
    let mut named: BTreeMap<String, String> = BTreeMap::new();
    for part in text.split("127.0.0.1:").skip(1) {
        let port: String = part.chars().take_while(char::is_ascii_digit).collect();
        named.entry(port).or_default();
    }
    // All are held at once, so that they differ.
    let sockets: Vec<UdpSocket> = named.keys().map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
    for (free, socket) in named.values_mut().zip(&sockets) {
        *free = socket.local_addr().unwrap().port().to_string();
    }
    named.iter().fold(text.to_owned(), |text, (port, free)| {
        text.replace(&format!("127.0.0.1:{port}"), &format!("127.0.0.1:{free}"))
    })
}

/// What a command printed and how it ended, against the document.
fn compare(command: &Command, printed: &str, code: &str) -> Option<String> {
    let Command { line, text, prints } = command;
    let shows = |what: &str| prints.iter().any(|line| line.trim_start().starts_with(what));
    let expected = if shows("×") {
        "2"
    } else if shows("FAIL ") || shows("error[") || shows("mismatch[") {
        "1"
    } else {
        "0"
    };
    if code != expected {
        return Some(format!("line {line}: `{text}` ended with {code} instead of {expected}:\n{printed}"));
    }
    let actual: Vec<&str> = printed.trim_matches('\n').lines().map(str::trim_end).collect();
    let prints: Vec<&str> = prints.iter().map(|line| line.trim_end()).filter(|line| !line.is_empty()).collect();
    let actual: Vec<&str> = actual.into_iter().filter(|line| !line.is_empty()).collect();
    if prints.is_empty() || matches(&prints, &actual) {
        return None;
    }
    Some(format!("line {line}: `{text}` prints\n{}\n  and the document says\n{}", actual.join("\n"), prints.join("\n")))
}

/// Whether lines are as a document has them; a line `…` stands for any number of lines.
fn matches(document: &[&str], actual: &[&str]) -> bool {
    match (document.split_first(), actual.split_first()) {
        (None, None) => true,
        (Some((line, rest)), _) if line.trim() == "…" => {
            (0..=actual.len()).any(|skipped| matches(rest, &actual[skipped..]))
        }
        (Some((line, rest)), Some((other, others))) => same(line, other) && matches(rest, others),
        _ => false,
    }
}

/// Whether a line is as a document has it; `…` stands for anything.
fn same(document: &str, actual: &str) -> bool {
    match document.split_once('…') {
        None => document == actual,
        Some((start, end)) => actual.strip_prefix(start).is_some_and(|rest| {
            let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
            ends.into_iter().any(|at| same(end, &rest[at..]))
        }),
    }
}
