//! The two processes, and the step at which they part.

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use contract::trace::file::MAGIC;
use contract::trace::{Reader, Record, Step};
use tempfile::TempDir;

use crate::child::Digests;
use crate::exit::Failure;
use crate::interrupt::{INTERRUPTED, Interrupt};

/// How often the window is narrowed again when the second pair of processes parts somewhere else, as a truly random leak
/// does.
const ATTEMPTS: usize = 3;

/// Signals by which somebody ends a process: SIGINT and SIGTERM.
const ENDING: [i32; 2] = [2, 15];

/// How often somebody looks whether the two have ended or shall.
const LOOK: Duration = Duration::from_millis(5);

/// The two processes.
pub(super) struct Pair {
    pub(super) folder: TempDir,
    pub(super) file: PathBuf,
    pub(super) interrupt: Interrupt,
}

/// Where two runs part.
pub(super) struct Parting {
    pub(super) cell: usize,
    pub(super) seed: u64,
    /// The last checkpoint at which they agreed, and the first at which they did not, in nanoseconds.
    pub(super) window: (u64, u64),
    /// How many steps of the window agreed before.
    pub(super) agreed: usize,
    pub(super) left: Option<Step>,
    pub(super) right: Option<Step>,
}

impl Pair {
    /// What the two come to; nothing if a signal ended one of them, as Ctrl-C ends all that a terminal started.
    pub(super) fn run(&self, arguments: &[String]) -> Result<Option<[Vec<Digests>; 2]>, Failure> {
        // Both at once: what one does must not matter to the other either.
        let [left, right] = [0, 1].map(|side| self.spawn(side, arguments));
        let mut both = [left?, right?];
        let mut leashes = both.each_mut().map(|child| child.stdin.take());
        let [left, right] = std::thread::scope(|scope| {
            let threads = both.map(|child| scope.spawn(|| collect(child)));
            while threads.iter().any(|thread| !thread.is_finished()) {
                if !self.interrupt.goes_on() {
                    leashes = [None, None];
                }
                std::thread::sleep(LOOK);
            }
            threads.map(|thread| thread.join().unwrap_or_else(|_| Err(Failure::internal("a thread panicked"))))
        });
        drop(leashes);
        Ok(left?.zip(right?).map(|(left, right)| [left, right]))
    }

    fn spawn(&self, side: usize, arguments: &[String]) -> Result<std::process::Child, Failure> {
        let program = std::env::current_exe().map_err(Failure::internal)?;
        let place = self.folder.path().join(format!("side-{side}"));
        std::fs::create_dir_all(&place).map_err(Failure::internal)?;
        let mut command = Command::new(program);
        command.arg("child").arg(&self.file).args(arguments).current_dir(place);
        command.env("RAYON_NUM_THREADS", (side + 1).to_string()).env("DUNBAR_SIDE", "x".repeat(1 + 1_000 * side));
        // It ends when its input does: with this process, however that ends.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(Failure::internal)
    }

    /// Where two runs part; nothing if a signal came before that was found.
    pub(super) fn locate(&self, left: &Digests, right: &Digests) -> Result<Option<Parting>, Failure> {
        let (cell, seed) = (left.cell, left.seed);
        let mut window = parting_window(left, right);
        let mut parting = Parting { cell, seed, window, agreed: 0, left: None, right: None };
        for _ in 0..ATTEMPTS {
            let files = [0, 1].map(|side| self.folder.path().join(format!("side-{side}/steps")));
            let arguments = |from: u64, to: u64| {
                let numbers = [cell.to_string(), seed.to_string(), from.to_string(), to.to_string()];
                let [cell, seed, from, to] = numbers;
                [
                    "--cell".into(),
                    cell,
                    "--seed".into(),
                    seed,
                    "--window".into(),
                    from,
                    to,
                    "--steps".into(),
                    "steps".into(),
                ]
            };
            let Some([left, right]) = self.run(&arguments(window.0, window.1))? else { return Ok(None) };
            parting = first_difference(&files, Parting { cell, seed, window, agreed: 0, left: None, right: None })?;
            if parting.left.is_some() || parting.right.is_some() {
                break;
            }
            if let (Some(left), Some(right)) = (left.first(), right.first()) {
                window = parting_window(left, right);
            }
        }
        Ok(Some(parting))
    }
}

fn collect(child: std::process::Child) -> Result<Option<Vec<Digests>>, Failure> {
    let output = child.wait_with_output().map_err(Failure::internal)?;
    let status = output.status;
    if status.code() == Some(INTERRUPTED) || status.signal().is_some_and(|signal| ENDING.contains(&signal)) {
        return Ok(None);
    }
    if !status.success() {
        let what = format!("a process of the pair ended with {status}");
        return Err(Failure::program(what, "what it printed says why"));
    }
    let text = String::from_utf8(output.stdout).map_err(Failure::internal)?;
    let lines = text.lines().map(|line| serde_json::from_str(line).map_err(Failure::internal));
    lines.collect::<Result<_, _>>().map(Some)
}

/// Bisects the checkpoints: digests cover everything before them, so once two runs differ they stay different.
pub(super) fn parting_window(left: &Digests, right: &Digests) -> (u64, u64) {
    let both: Vec<_> = left.checkpoints.iter().zip(&right.checkpoints).collect();
    let agree = both.partition_point(|(left, right)| left == right);
    let from = agree.checked_sub(1).map_or(0, |last| both[last].0.0);
    let to = both.get(agree).map_or(u64::MAX, |(left, _)| left.0);
    (from, to)
}

/// Reads the steps of both sides next to each other.
pub(super) fn first_difference(files: &[PathBuf; 2], mut parting: Parting) -> Result<Parting, Failure> {
    let [left, right] = files.each_ref().map(|file| read_steps(file));
    let (left, right) = (left?, right?);
    let (mut lefts, mut rights) = (left.into_iter(), right.into_iter());
    loop {
        match (lefts.next(), rights.next()) {
            (None, None) => return Ok(parting),
            (left, right) if left == right => parting.agreed += 1,
            (left, right) => {
                (parting.left, parting.right) = (left, right);
                return Ok(parting);
            }
        }
    }
}

fn read_steps(file: &Path) -> Result<Vec<Step>, Failure> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(std::fs::read(file).map_err(|error| Failure::file("read", file, &error))?);
    let mut reader = Reader::new(&bytes).map_err(Failure::internal)?;
    let mut steps = Vec::new();
    while let Some(record) = reader.next_record().map_err(Failure::internal)? {
        if let Record::Step(step) = record {
            steps.push(step);
        }
    }
    Ok(steps)
}
