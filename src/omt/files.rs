//! Reading sources, and the files that they import.

use std::io::Read as _;
use std::path::Path;

use ::omt::Program;

use crate::exit::Failure;

/// The bytes of a file, or of standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    if path == Path::new("-") {
        let mut bytes = vec![];
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.map_err(|error| Failure::file("read", path, &error))?;
        return Ok(bytes);
    }
    std::fs::read(path).map_err(|error| Failure::file("read", path, &error))
}

/// A file with its imports.
pub(crate) fn load(path: &Path) -> Result<Program, Failure> {
    let bytes = read(path)?;
    let folder = std::env::current_dir().map(|folder| folder.display().to_string()).unwrap_or_default();
    Ok(Program::load_in(&folder, &path.display().to_string(), bytes, &mut |path| std::fs::read(path).ok()))
}
