//! Which files hold scenarios.

use std::io;
use std::path::{Path, PathBuf};

/// A folder that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {error}", folder.display())]
pub struct UnreadableFolder {
    /// The folder.
    pub folder: PathBuf,
    /// Why not.
    pub error: io::Error,
}

/// The scenarios that a path names: a file as it is, and of a folder every `.toml` below it, in the order of their names.
///
/// # Errors
/// [`UnreadableFolder`] at the first that cannot be read.
pub fn files(path: &Path) -> Result<Vec<PathBuf>, UnreadableFolder> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let failed = |error| UnreadableFolder { folder: path.to_owned(), error };
    let entries = std::fs::read_dir(path).map_err(failed)?;
    let mut entries: Vec<PathBuf> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>().map_err(failed)?;
    entries.sort();
    let mut found = Vec::new();
    for entry in entries {
        if entry.is_dir() {
            found.extend(files(&entry)?);
        } else if entry.extension().is_some_and(|extension| extension == "toml") {
            found.push(entry);
        }
    }
    Ok(found)
}
