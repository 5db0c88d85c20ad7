//! Which files a check reads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use scenarios::campaign::RunRow;
use serde::{Deserialize, Serialize};

use crate::exit::Failure;
use crate::output;

/// The scenarios that paths name, as [`scenarios::files`] finds them, each once. A folder without any is a mistake.
pub(crate) fn scenarios_in(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        let found = scenarios::files(path)?;
        if found.is_empty() {
            let what = format!("there is no scenario in {}", path.display());
            return Err(Failure::input(what, "a scenario is a file that ends in .toml"));
        }
        all.extend(found);
    }
    let mut known = BTreeSet::new();
    all.retain(|path| known.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    Ok(all)
}

/// The file of a scenario in the folder of a baseline.
pub(crate) fn baseline_name(scenario: &Path) -> String {
    format!("{}.jsonl", scenario.file_stem().map(|name| name.to_string_lossy()).unwrap_or_default())
}

/// The files of scenarios in the folder of a baseline, each its own.
pub(crate) fn baseline_names(scenarios: &[PathBuf]) -> Result<(), Failure> {
    let mut known: BTreeMap<String, &PathBuf> = BTreeMap::new();
    for path in scenarios {
        if let Some(other) = known.insert(baseline_name(path), path).filter(|other| *other != path) {
            let what = format!("{} and {} would share a file of the baseline", other.display(), path.display());
            return Err(Failure::input(what, "give each folder a baseline of its own, or rename one of the files"));
        }
    }
    Ok(())
}

/// Whether there is such a folder.
pub(super) fn is_baseline(folder: &Path) -> Result<(), Failure> {
    if folder.is_dir() {
        return Ok(());
    }
    let what = format!("{} is no folder of a baseline", folder.display());
    Err(Failure::input(what, "make one with `dunbar baseline save`"))
}

/// The first line of a file of rows: how many follow, and BLAKE3 of them.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Heading {
    format: u32,
    /// The file of the scenario.
    scenario: PathBuf,
    rows: usize,
    hash: String,
}

impl Heading {
    fn of(scenario: &Path, rows: &str) -> Heading {
        Heading {
            format: FORMAT,
            scenario: scenario.to_path_buf(),
            rows: rows.lines().count(),
            hash: crate::manifest::hash(rows),
        }
    }
}

/// The version of a file of rows.
const FORMAT: u32 = 1;

/// Writes rows whole, or not at all.
pub(crate) fn write_rows(path: &Path, scenario: &Path, rows: &[RunRow]) -> Result<(), Failure> {
    let text: String = rows.iter().map(|row| format!("{}\n", row.to_line())).collect();
    let heading = serde_json::to_string(&Heading::of(scenario, &text)).map_err(Failure::internal)?;
    output::write_whole(path, format!("{heading}\n{text}").as_bytes())
}

/// All rows of a scenario's file. A damaged line is named, and none is used.
pub(crate) fn read_rows(path: &Path, scenario: &Path) -> Result<Vec<RunRow>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
    let damaged = |line: usize, why: String| {
        Failure::input(format!("{}, line {line}: {why}", path.display()), "save the baseline again")
    };
    if !text.ends_with('\n') {
        return Err(damaged(text.lines().count().max(1), "the file is cut off here".to_owned()));
    }
    let (heading, rows) = text.split_once('\n').unwrap_or_default();
    let heading: Heading = serde_json::from_str(heading)
        .map_err(|error| damaged(1, format!("it is no heading of a baseline: {error}")))?;
    let row = |(number, line)| RunRow::from_line(line).map_err(|bad| damaged(number + 2, bad.to_string()));
    let all = rows.lines().enumerate().map(row).collect::<Result<Vec<RunRow>, Failure>>()?;
    let is = Heading::of(&heading.scenario, rows);
    if is != heading {
        let what = format!(
            "{} rows and their hash were announced, and the {} rows that follow are others",
            heading.rows, is.rows
        );
        return Err(damaged(1, what));
    }
    // The same file may be called from several folders.
    if !(plain(&heading.scenario).ends_with(plain(scenario)) || plain(scenario).ends_with(plain(&heading.scenario))) {
        let what = format!("{} holds runs of {}", path.display(), heading.scenario.display());
        return Err(Failure::input(what, "give each folder of scenarios a baseline of its own"));
    }
    Ok(all)
}

/// A path without a `.` at its beginning, or a root.
fn plain(path: &Path) -> &Path {
    path.strip_prefix("./").unwrap_or(path)
}
