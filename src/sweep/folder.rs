//! The folder of a sweep: `sweep.json` says what is run, `rows.jsonl` grows by a line for each run, `cells.csv` comes last.
//!
//! A process that is killed leaves at most one line without its end. The next one with the same plan drops that, checks all
//! others, and goes on behind them.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, ErrorKind, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use scenarios::campaign::{Plan, RunRow};
use serde::{Deserialize, Serialize};

use crate::exit::Failure;
use crate::manifest::{self, Program};
use crate::output::{self, write_whole};

use super::summary::Results;

/// The version of `sweep.json`.
const FORMAT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    format: u32,
    program: Program,
    file: String,
    /// BLAKE3 of the scenario's text.
    scenario: String,
    /// The hash of text, cells and seeds together.
    plan: String,
    /// BLAKE3 of the files beside the scenario, by name.
    #[serde(default)]
    files: BTreeMap<String, String>,
    cells: usize,
    seeds: Vec<u64>,
    /// The scenario's whole text, overrides applied.
    text: String,
}

pub(super) struct Folder {
    path: PathBuf,
    rows: File,
}

impl Folder {
    /// Opens a new sweep, or the same one again. Another sweep's results are replaced with `force` only.
    pub(super) fn open(path: &Path, plan: &Plan, force: bool) -> Result<Folder, Failure> {
        std::fs::create_dir_all(path).map_err(|error| Failure::file("create", path, &error))?;
        let rows_path = path.join("rows.jsonl");
        let rows = OpenOptions::new().read(true).append(true).create(true).open(&rows_path);
        let rows = rows.map_err(|error| Failure::file("write", &rows_path, &error))?;
        output::lock(&rows, path)?;
        let folder = Folder { path: path.to_path_buf(), rows };
        let about = about(plan);
        match folder.earlier()? {
            Some(earlier) if !force => same(path, &earlier, &about)?,
            None if !force && folder.length()? > 0 => {
                let what = format!("{} has rows, and no sweep.json that says of what", path.display());
                return Err(Failure::input(what, "--force replaces them"));
            }
            _ => folder.begin(&about)?,
        }
        Ok(folder)
    }

    fn length(&self) -> Result<u64, Failure> {
        let length = self.rows.metadata().map(|metadata| metadata.len());
        length.map_err(|error| Failure::file("read", &self.path.join("rows.jsonl"), &error))
    }

    fn earlier(&self) -> Result<Option<About>, Failure> {
        let path = self.path.join("sweep.json");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::file("read", &path, &error)),
        };
        let about = serde_json::from_str(&text).map_err(|error| {
            Failure::input(format!("{} is damaged: {error}", path.display()), "--force begins anew")
        })?;
        Ok(Some(about))
    }

    fn begin(&self, about: &About) -> Result<(), Failure> {
        self.truncate(0)?;
        let _ = std::fs::remove_file(self.path.join("cells.csv"));
        let json = serde_json::to_vec_pretty(about).map_err(Failure::internal)?;
        write_whole(&self.path.join("sweep.json"), &json)
    }

    fn truncate(&self, length: u64) -> Result<(), Failure> {
        let path = self.path.join("rows.jsonl");
        self.rows.set_len(length).map_err(|error| Failure::file("write", &path, &error))
    }

    /// Reads what is there, line by line, and says how many runs that are. A last line without its end is dropped: the
    /// process was killed while it wrote it. Any other damage is an error.
    pub(super) fn replay(
        &mut self,
        plan: &Plan,
        mut take: impl FnMut(&RunRow) -> Result<(), Failure>,
    ) -> Result<usize, Failure> {
        let path = self.path.join("rows.jsonl");
        let unreadable = |error| Failure::file("read", &path, &error);
        let damaged = |line: usize, why: String| {
            let what = format!("{}, line {line}: {why}", path.display());
            Failure::input(what, "cut the file before this line to run the rest again, or --force begins anew")
        };
        self.rows.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        let (mut reader, mut line) = (BufReader::new(&self.rows), Vec::new());
        let (mut runs, mut whole) = (0, 0u64);
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).map_err(unreadable)?;
            if line.pop() != Some(b'\n') {
                break;
            }
            let number = runs + 1;
            let text = std::str::from_utf8(&line).map_err(|error| damaged(number, error.to_string()))?;
            let row = RunRow::from_line(text).map_err(|error| damaged(number, error.to_string()))?;
            if runs >= plan.len() || (row.cell, row.seed) != plan.job(runs) {
                return Err(damaged(number, format!("cell {} with seed {} does not belong here", row.cell, row.seed)));
            }
            take(&row)?;
            runs += 1;
            whole += read as u64;
        }
        self.truncate(whole)?;
        Ok(runs)
    }

    pub(super) fn append(&mut self, row: &RunRow) -> Result<(), Failure> {
        let line = format!("{}\n", row.to_line());
        let written = self.rows.write_all(line.as_bytes());
        written.map_err(|error| Failure::file("write", &self.path.join("rows.jsonl"), &error))
    }

    pub(super) fn finish(&self, results: &Results) -> Result<(), Failure> {
        write_whole(&self.path.join("cells.csv"), &results.csv)
    }
}

fn about(plan: &Plan) -> About {
    About {
        format: FORMAT,
        program: Program::this(),
        file: plan.source().name().to_owned(),
        scenario: manifest::hash(plan.source().text()),
        plan: plan.hash().to_string(),
        files: manifest::hashes(plan.source()),
        cells: plan.cells().len(),
        seeds: plan.seeds().to_vec(),
        text: plan.source().text().to_owned(),
    }
}

/// Rows of another plan or another program are no part of this sweep.
fn same(path: &Path, earlier: &About, now: &About) -> Result<(), Failure> {
    let refuse = |what: &str| {
        let what = format!("{} holds a sweep with {what}", path.display());
        Err(Failure::input(what, "give another --out, or --force to replace it"))
    };
    if earlier.format != now.format {
        return refuse("another format");
    }
    if earlier.scenario != now.scenario {
        return refuse("another text of the scenario");
    }
    if earlier.files != now.files {
        let changed = now.files.iter().find(|(name, hash)| earlier.files.get(*name) != Some(*hash));
        let name = changed.map_or("a file beside the scenario", |(name, _)| name);
        return refuse(&format!("another content of {name}"));
    }
    if earlier.seeds != now.seeds {
        return refuse(&format!("{} seeds from {}", earlier.seeds.len(), earlier.seeds.first().unwrap_or(&0)));
    }
    if earlier.plan != now.plan {
        return refuse("other cells");
    }
    if (&earlier.program.version, &earlier.program.commit) != (&now.program.version, &now.program.commit) {
        return refuse(&format!("the program at {}, where this is {}", earlier.program.commit, now.program.commit));
    }
    Ok(())
}

/// In the folder of `run-cell`: the hash of the scenario whose runs are there. A row does not say it.
const PLANNED: &str = "scenario.hash";

/// Takes a folder for the runs of this scenario. One that has those of another is refused.
pub(super) fn claim(folder: &Path, hash: &str) -> Result<(), Failure> {
    let path = folder.join(PLANNED);
    match std::fs::read_to_string(&path) {
        Ok(known) if known.trim_end() == hash => Ok(()),
        Ok(_) => {
            let what = format!("{} has runs of another scenario, or of another version of it", folder.display());
            Err(Failure::input(what, "give each plan a folder of its own"))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => write_whole(&path, format!("{hash}\n").as_bytes()),
        Err(error) => Err(Failure::file("read", &path, &error)),
    }
}

/// The row of an earlier `run-cell`, if there is one.
pub(super) fn read_cell(path: &Path) -> Result<Option<RunRow>, Failure> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::file("read", path, &error)),
    };
    let row = RunRow::from_line(text.trim_end()).map_err(|error| {
        Failure::input(format!("{} is damaged: {error}", path.display()), "remove it, and the cell is run again")
    })?;
    Ok(Some(row))
}
