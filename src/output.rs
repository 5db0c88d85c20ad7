//! What the command prints, and where results go: a folder of their own, complete or not there at all.

use std::fmt::Display;
use std::fs::{File, TryLockError};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

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

/// Whether remarks are left out.
static SILENT: AtomicBool = AtomicBool::new(false);

/// Leaves out all remarks from now on.
pub(crate) fn silence() {
    SILENT.store(true, Ordering::Relaxed);
}

/// Prints a remark to standard error. Nothing depends on whether somebody reads it.
pub(crate) fn remark(text: impl Display) {
    if !SILENT.load(Ordering::Relaxed) {
        complain(text);
    }
}

/// Prints to standard error what is wrong.
pub(crate) fn complain(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Reads a scenario or another file of the same syntax.
pub(crate) fn read(path: &Path) -> Result<Source, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
    let source = Source::from_bytes(path.display().to_string(), bytes)?;
    Ok(source.in_folder(path.parent().unwrap_or(Path::new(""))))
}

/// Writes a file completely, or leaves the one that is there as it is. A link stays one, and its file is written; who may read that
/// stays as it is. A device such as /dev/stdout is written to, and nothing takes its place.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error| Failure::file("write", path, &error);
    // A file that is written for the first time is no link.
    let file = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let there = std::fs::metadata(&file).ok();
    if there.as_ref().is_some_and(|there| !there.is_file() && !there.is_dir()) {
        return std::fs::write(path, bytes).map_err(failed);
    }
    let mut partial = file.clone().into_os_string();
    // Two processes that write the same file do not write into each other's.
    partial.push(format!(".{}.partial", std::process::id()));
    let written = std::fs::write(&partial, bytes).and_then(|()| {
        if let Some(there) = there.filter(std::fs::Metadata::is_file) {
            std::fs::set_permissions(&partial, there.permissions())?;
        }
        std::fs::rename(&partial, &file)
    });
    written.map_err(|error| {
        let _ = std::fs::remove_file(&partial);
        failed(error)
    })
}

/// Says no to a file that is there already, unless it is to be replaced.
pub(crate) fn vacant(path: &Path, force: bool) -> Result<(), Failure> {
    if force || !path.exists() {
        return Ok(());
    }
    Err(Failure::input(
        format!("{} is there already", path.display()),
        "name another file, or give --force to replace it",
    ))
}

/// Says no to a file that is one of those that are read.
pub(crate) fn apart(path: &Path, inputs: &[PathBuf]) -> Result<(), Failure> {
    let real = |path: &Path| path.canonicalize().ok();
    let written = real(path);
    if written.is_some() && inputs.iter().any(|input| real(input) == written) {
        return Err(Failure::input(format!("{} is what is read", path.display()), "write into another file"));
    }
    Ok(())
}

/// So much room a folder must have before the work begins, in bytes.
const PROBE: usize = 64 << 10;

/// Says no to a folder that takes no file, or has no room, before there is anything to put into it.
pub(crate) fn probe(folder: &Path) -> Result<(), Failure> {
    let probed = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(&[0; PROBE])?;
        file.close()
    });
    probed.map_err(|error| Failure::file("write to", folder, &error))
}

/// The folder of one run's results. Everything is written beside what is there, and takes its place when it is complete:
/// until then earlier results are untouched, whatever happens.
pub(crate) struct Folder {
    path: PathBuf,
    /// The files that are written, under names that end in `.partial`.
    written: Mutex<Vec<String>>,
    committed: bool,
    /// Keeps other processes out as long as this one is at work here.
    _locked: File,
}

impl Folder {
    /// The folder that was asked for, or the next free one under `out/NAME`. Earlier results are not replaced unless
    /// `force`; if they are, nothing of them stays.
    pub(crate) fn open(asked: Option<&Path>, name: &str, force: bool) -> Result<Folder, Failure> {
        let path = match asked {
            Some(path) => path.to_path_buf(),
            None => next_free(&Path::new("out").join(name))?,
        };
        std::fs::create_dir_all(&path).map_err(|error| Failure::file("create", &path, &error))?;
        let opened = File::open(&path).map_err(|error| Failure::file("open", &path, &error))?;
        lock(&opened, &path)?;
        let folder = Folder { path, written: Mutex::default(), committed: false, _locked: opened };
        let path = folder.path();
        folder.repair().map_err(|error| Failure::file("repair", path, &error))?;
        let there = folder.earlier().map_err(|error| Failure::file("read", path, &error))?;
        if let Some(name) = there.first().filter(|_| !force) {
            let what = match there.iter().any(|name| name == MANIFEST) {
                true => format!("{} holds the results of another run", path.display()),
                false => format!("{} holds a file that a run writes: {name}", path.display()),
            };
            return Err(Failure::input(what, "give another --out, or --force to replace them"));
        }
        // A folder that cannot be written to, or is full, is noticed before the work, not after it.
        probe(path)?;
        Ok(folder)
    }

    /// The names of the files here that a run writes and that end in `suffix`, without it.
    fn ending_in(&self, suffix: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            if let Ok(name) = entry?.file_name().into_string()
                && let Some(name) = name.strip_suffix(suffix).filter(|name| is_ours(name))
            {
                names.push(name.to_owned());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// What an earlier run left.
    fn earlier(&self) -> io::Result<Vec<String>> {
        self.ending_in("")
    }

    /// Removes what a process left here that was killed. If that was while it replaced results, they come back.
    fn repair(&self) -> io::Result<()> {
        if self.has(MANIFEST, "") {
            self.remove_all(&self.ending_in(ASIDE)?, ASIDE)?;
        } else {
            self.restore()?;
        }
        self.remove_all(&self.ending_in(PARTIAL)?, PARTIAL)
    }

    /// Brings earlier results back that were moved aside, the manifest last: where it is, everything is. It may be cut anywhere and
    /// begun again.
    fn restore(&self) -> io::Result<()> {
        if self.has(MANIFEST, ASIDE) {
            // All of them were aside: what stands here is of those that were to take their place.
            self.remove_all(&self.earlier()?, "")?;
            self.rename(MANIFEST, ASIDE, MOVING)?;
        }
        self.ending_in(ASIDE)?.iter().try_for_each(|name| self.rename(name, ASIDE, ""))?;
        if self.has(MANIFEST, MOVING) { self.rename(MANIFEST, MOVING, "") } else { Ok(()) }
    }

    fn has(&self, name: &str, suffix: &str) -> bool {
        self.path.join(format!("{name}{suffix}")).exists()
    }

    fn remove_all(&self, names: &[String], suffix: &str) -> io::Result<()> {
        names.iter().try_for_each(|name| remove(&self.path.join(format!("{name}{suffix}"))))
    }

    fn rename(&self, name: &str, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.path.join(format!("{name}{from}")), self.path.join(format!("{name}{to}")))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where a file is written until it is complete.
    fn partial(&self, name: &str) -> PathBuf {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if !written.iter().any(|other| other == name) {
            written.push(name.to_owned());
        }
        self.path.join(format!("{name}{PARTIAL}"))
    }

    /// Writes a file, which is there after [`Folder::commit`].
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        std::fs::write(self.partial(name), bytes).map_err(|error| Failure::file("write", &self.path.join(name), &error))
    }

    /// A file that grows while a run goes on, and is there after [`Folder::commit`].
    pub(crate) fn stream(&self, name: &str) -> io::Result<Box<dyn Write + Send>> {
        Ok(Box::new(BufWriter::new(File::create(self.partial(name))?)))
    }

    /// Puts everything that was written in the place of what was there before, the manifest last: where it is, everything is.
    pub(crate) fn commit(mut self, manifest: &[u8]) -> Result<PathBuf, Failure> {
        self.write(MANIFEST, manifest)?;
        let dropped = self.settle().map_err(|error| Failure::file("replace the results in", &self.path, &error))?;
        self.committed = true;
        if dropped > 0 {
            let what = if dropped == 1 { "1 trace".to_owned() } else { format!("{dropped} traces") };
            remark(format_args!("# {what} of the results that were in {} dropped", self.path.display()));
        }
        Ok(self.path.clone())
    }

    /// Returns how many earlier traces have no successor. What cannot be done is undone.
    fn settle(&self) -> io::Result<usize> {
        let earlier = self.earlier()?;
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        self.replace(&earlier, &written).inspect_err(|_| {
            // If this fails too, the next one that opens the folder does it.
            let _ = self.restore();
        })?;
        self.remove_all(&earlier, ASIDE)?;
        let is_dropped = |name: &&String| name.ends_with(".trace") && !written.contains(name);
        Ok(earlier.iter().filter(is_dropped).count())
    }

    /// Moves the earlier files aside, and those that were written into their place, the manifest last.
    fn replace(&self, earlier: &[String], written: &[String]) -> io::Result<()> {
        let mut others = earlier.iter().filter(|name| *name != MANIFEST);
        if self.has(MANIFEST, "") {
            self.rename(MANIFEST, "", MOVING)?;
        }
        others.try_for_each(|name| self.rename(name, "", ASIDE))?;
        if self.has(MANIFEST, MOVING) {
            self.rename(MANIFEST, MOVING, ASIDE)?;
        }
        written.iter().try_for_each(|name| self.rename(name, PARTIAL, ""))
    }
}

/// What is not complete goes, and with it a folder that was made for it.
impl Drop for Folder {
    fn drop(&mut self) {
        if self.committed {
            return;
        }
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        for name in written.iter() {
            let _ = std::fs::remove_file(self.path.join(format!("{name}{PARTIAL}")));
        }
        // Only an empty one.
        let _ = std::fs::remove_dir(&self.path);
    }
}

/// Locks a file of a folder, or the folder itself, as long as it is open. The lock goes with the process, however that ends.
pub(crate) fn lock(file: &File, folder: &Path) -> Result<(), Failure> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            let what = format!("another process is at work in {}", folder.display());
            Err(Failure::input(what, "wait for it, or give another --out"))
        }
        Err(TryLockError::Error(error)) => Err(Failure::file("lock", folder, &error)),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What runs have measured that were cut.
pub(crate) const STOPPED: &str = "stopped.csv";

/// The file that says that a folder is complete.
const MANIFEST: &str = "manifest.json";
/// How the name of a file ends that is not complete.
const PARTIAL: &str = ".partial";
/// How the name of an earlier file ends while its successor takes its place.
const ASIDE: &str = ".replaced";
/// How the name of an earlier manifest ends until all the other files are aside.
const MOVING: &str = ".moving";

/// The name of a run's trace.
pub(crate) fn trace_name(cell: usize, seed: u64) -> String {
    format!("cell-{cell}-seed-{seed}.trace")
}

/// Whether a run writes files of this name.
fn is_ours(name: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let trace = name.strip_prefix("cell-").and_then(|rest| rest.strip_suffix(".trace"));
    let trace = trace.and_then(|rest| rest.split_once("-seed-"));
    trace.is_some_and(|(cell, seed)| number(cell) && number(seed))
        || [MANIFEST, "metrics.csv", "windows.csv", STOPPED].contains(&name)
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
        for name in ["cell-0-seed-1.trace", "cell-12-seed-345.trace", "metrics.csv", "windows.csv", "manifest.json"] {
            assert!(is_ours(name), "{name}");
        }
        for name in ["cell-0-seed-1.trace.bak", "cell-a-seed-1.trace", "cell--seed-.trace", "notes.md", "plot.csv"] {
            assert!(!is_ours(name), "{name}");
        }
    }

    fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        files.iter().for_each(|(name, text)| std::fs::write(folder.path().join(name), text).unwrap());
        folder
    }

    fn files(folder: &tempfile::TempDir) -> Vec<(String, String)> {
        let names =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        names
            .into_iter()
            .map(|name| (name.clone(), std::fs::read_to_string(folder.path().join(name)).unwrap()))
            .collect()
    }

    fn pairs(files: &[(&str, &str)]) -> Vec<(String, String)> {
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_file_that_a_run_writes_is_in_the_way_also_without_a_manifest() {
        for name in ["metrics.csv", "cell-0-seed-1.trace", "stopped.csv"] {
            let folder = folder_with(&[(name, "mine")]);
            assert!(Folder::open(Some(folder.path()), "x", false).is_err(), "{name}");
            assert_eq!(files(&folder), pairs(&[(name, "mine")]));
        }
    }

    #[test]
    fn results_that_cannot_all_be_replaced_stay() {
        let old = [("cell-0-seed-1.trace", "old"), ("manifest.json", "old"), ("metrics.csv", "old")];
        let folder = folder_with(&old);
        let opened = Folder::open(Some(folder.path()), "x", true).ok().unwrap();
        opened.write("metrics.csv", b"new").ok().unwrap();
        opened.write("windows.csv", b"new").ok().unwrap();
        // What was written is gone.
        std::fs::remove_file(folder.path().join("windows.csv.partial")).unwrap();
        assert!(opened.commit(b"new").is_err());
        assert_eq!(files(&folder), pairs(&old));
    }

    #[test]
    fn results_come_back_wherever_their_replacement_was_cut() {
        let whole = [("cell-0-seed-1.trace", "old"), ("manifest.json", "old"), ("metrics.csv", "old")];
        let cuts: [&[(&str, &str)]; 4] = [
            // While they were moved aside.
            &[("manifest.json.moving", "old"), ("metrics.csv.replaced", "old"), ("cell-0-seed-1.trace", "old")],
            // While others took their place, one of them new.
            &[
                ("manifest.json.replaced", "old"),
                ("metrics.csv.replaced", "old"),
                ("cell-0-seed-1.trace.replaced", "old"),
                ("metrics.csv", "new"),
                ("cell-9-seed-9.trace", "new"),
                ("manifest.json.partial", "new"),
            ],
            // While they came back.
            &[("manifest.json.moving", "old"), ("metrics.csv", "old"), ("cell-0-seed-1.trace.replaced", "old")],
            &[("manifest.json.moving", "old"), ("metrics.csv", "old"), ("cell-0-seed-1.trace", "old")],
        ];
        for cut in cuts {
            let folder = folder_with(cut);
            assert!(Folder::open(Some(folder.path()), "x", false).is_err());
            assert_eq!(files(&folder), pairs(&whole), "{cut:?}");
        }
    }

    #[test]
    fn results_whose_replacement_was_complete_do_not_come_back() {
        let folder = folder_with(&[("manifest.json", "new"), ("metrics.csv.replaced", "old"), ("metrics.csv", "new")]);
        assert!(Folder::open(Some(folder.path()), "x", false).is_err());
        assert_eq!(files(&folder), pairs(&[("manifest.json", "new"), ("metrics.csv", "new")]));
    }

    #[test]
    fn every_command_gets_a_folder_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let taken = || next_free(folder.path()).ok().unwrap().file_name().unwrap().to_owned();
        assert_eq!([taken(), taken(), taken()], ["1", "2", "3"]);
    }
}
