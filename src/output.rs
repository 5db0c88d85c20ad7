//! What the command prints, and where results go: a folder of their own, complete or not there at all.

use std::fmt::Display;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use scenarios::Source;

use crate::exit::Failure;

/// Prints a line, or several, to standard output. Whoever reads it may stop reading, as `head` does: that is no failure.
pub(crate) fn print(text: impl Display) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::internal(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints a remark to standard error. Nothing depends on whether somebody reads it.
pub(crate) fn remark(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Reads a scenario or another file of the same syntax.
pub(crate) fn read(path: &Path) -> Result<Source, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
    let source = Source::from_bytes(path.display().to_string(), bytes)?;
    Ok(source.in_folder(path.parent().unwrap_or(Path::new(""))))
}

/// The folder of one run's results.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The folder that was asked for, or the next free one under `out/NAME`. Earlier results are not replaced unless
    /// `force`; if they are, nothing of them stays.
    pub(crate) fn open(asked: Option<&Path>, name: &str, force: bool) -> Result<Folder, Failure> {
        let folder = Folder(match asked {
            Some(path) => path.to_path_buf(),
            None => next_free(&Path::new("out").join(name))?,
        });
        let path = folder.path();
        if path.join("manifest.json").exists() && !force {
            let what = format!("{} holds the results of another run", path.display());
            return Err(Failure::input(what, "give another --out, or --force to replace them"));
        }
        std::fs::create_dir_all(path).map_err(|error| Failure::file("create", path, &error))?;
        // A folder that cannot be written to is noticed before the work, not after it.
        folder.write(".probe", b"")?;
        folder.clear().map_err(|error| Failure::file("replace the results in", path, &error))?;
        Ok(folder)
    }

    /// Removes what a run writes, the manifest first: where it is, everything is.
    fn clear(&self) -> io::Result<()> {
        let mut names = vec!["manifest.json".to_owned(), "metrics.csv".to_owned(), "windows.csv".to_owned()];
        for entry in std::fs::read_dir(&self.0)? {
            names.extend(entry?.file_name().into_string().ok().filter(|name| is_ours(name)));
        }
        for name in names {
            match std::fs::remove_file(self.0.join(name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file completely or not at all.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let (path, partial) = (self.0.join(name), self.0.join(format!("{name}.partial")));
        let written = std::fs::write(&partial, bytes).and_then(|()| std::fs::rename(&partial, &path));
        written.map_err(|error| Failure::file("write", &path, &error))
    }

    /// A file that grows while a run goes on.
    pub(crate) fn stream(&self, name: &str) -> io::Result<Box<dyn Write + Send>> {
        Ok(Box::new(BufWriter::new(std::fs::File::create(self.0.join(name))?)))
    }
}

/// The name of a run's trace.
pub(crate) fn trace_name(cell: usize, seed: u64) -> String {
    format!("cell-{cell}-seed-{seed}.trace")
}

/// Whether a run writes files of this name, besides the manifest and the metrics.
fn is_ours(name: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let trace = name.strip_prefix("cell-").and_then(|rest| rest.strip_suffix(".trace"));
    let trace = trace.and_then(|rest| rest.split_once("-seed-"));
    let partial = ["manifest.json.partial", "metrics.csv.partial", "windows.csv.partial", ".probe", ".probe.partial"];
    trace.is_some_and(|(cell, seed)| number(cell) && number(seed)) || partial.contains(&name)
}

/// Makes the first folder 1, 2, … that is not there yet. Two commands at the same time get one each.
fn next_free(parent: &Path) -> Result<PathBuf, Failure> {
    std::fs::create_dir_all(parent).map_err(|error| Failure::file("create", parent, &error))?;
    for path in (1u32..).map(|number| parent.join(number.to_string())) {
        match std::fs::create_dir(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Failure::file("create", &path, &error)),
            Ok(()) => return Ok(path),
        }
    }
    Err(Failure::input(format!("{} is full", parent.display()), "give another --out"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_a_run_are_replaced() {
        for name in ["cell-0-seed-1.trace", "cell-12-seed-345.trace", "metrics.csv.partial", ".probe"] {
            assert!(is_ours(name), "{name}");
        }
        for name in ["cell-0-seed-1.trace.bak", "cell-a-seed-1.trace", "cell--seed-.trace", "notes.md", "plot.csv"] {
            assert!(!is_ours(name), "{name}");
        }
    }

    #[test]
    fn every_command_gets_a_folder_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let taken = || next_free(folder.path()).ok().unwrap().file_name().unwrap().to_owned();
        assert_eq!([taken(), taken(), taken()], ["1", "2", "3"]);
    }
}
