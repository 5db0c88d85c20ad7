//! Which files a check reads.

use std::path::{Path, PathBuf};

use scenarios::campaign::RunRow;

use crate::exit::Failure;

/// The scenarios that paths name, as [`scenarios::files`] finds them. A folder without any is a mistake.
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
    Ok(all)
}

/// The file of a scenario in the folder of a baseline.
pub(crate) fn baseline_name(scenario: &Path) -> String {
    format!("{}.jsonl", scenario.file_stem().map(|name| name.to_string_lossy()).unwrap_or_default())
}

/// All rows of a file. A damaged line is named, and none is used.
pub(crate) fn read_rows(path: &Path) -> Result<Vec<RunRow>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
    let damaged = |line: usize, why: String| {
        Failure::input(format!("{}, line {line}: {why}", path.display()), "save the baseline again")
    };
    if !text.ends_with('\n') {
        return Err(damaged(text.lines().count(), "the file is cut off here".to_owned()));
    }
    let row = |(number, line)| RunRow::from_line(line).map_err(|bad| damaged(number + 1, bad.to_string()));
    text.lines().enumerate().map(row).collect()
}
