//! Reading sources, and the files that they import.

use std::io::Read as _;
use std::path::Path;

use ::omt::Program;

use crate::exit::Failure;

/// The bytes of a file, or of standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    if path == Path::new("-") {
        return bounded(std::io::stdin().lock()).map_err(|error| Failure::file("read", path, &error));
    }
    let read = std::fs::File::open(path).and_then(bounded);
    read.map_err(|error| Failure::file("read", path, &error))
}

/// What a source has, and a little of what is too much: then the program says that it is too large.
fn bounded(source: impl std::io::Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![];
    source.take(::omt::SIZE_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A file with its imports.
pub(crate) fn load(path: &Path) -> Result<Program, Failure> {
    Ok(with(path, read(path)?))
}

/// A file of these bytes, with its imports.
pub(crate) fn with(path: &Path, bytes: Vec<u8>) -> Program {
    let folder = std::env::current_dir().map(|folder| folder.display().to_string()).unwrap_or_default();
    let mut imported = |path: &str| bounded(std::fs::File::open(path).ok()?).ok();
    Program::load_in(&folder, &path.display().to_string(), bytes, &mut imported)
}
