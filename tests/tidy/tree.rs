//! The files that the rules judge.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file of the repository. Its path is relative to the root, with `/` on every platform.
pub(crate) struct File {
    pub(crate) path: String,
    /// `None` for what is not UTF-8.
    pub(crate) text: Option<String>,
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What git tracks, and new Rust files. Other untracked files are nobody's business: a result that was written into the
/// checkout may say what it likes. Without git, as in an unpacked archive, everything in the folder.
pub(crate) fn files() -> Vec<File> {
    let root = root();
    let paths = listed_by_git(&root).unwrap_or_else(|| walk(&root));
    let read = |path: String| {
        let bytes = fs::read(root.join(&path)).ok()?;
        let text = String::from_utf8(bytes).ok();
        Some(File { path, text })
    };
    paths.into_iter().filter_map(read).collect()
}

/// The files that are text: path and text.
pub(crate) fn texts(files: &[File]) -> impl Iterator<Item = (&str, &str)> {
    files.iter().filter_map(|file| Some((file.path.as_str(), file.text.as_deref()?)))
}

/// The Rust files among them.
pub(crate) fn rust(files: &[File]) -> impl Iterator<Item = (&str, &str)> {
    texts(files).filter(|(path, _)| path.ends_with(".rs"))
}

fn listed_by_git(root: &Path) -> Option<BTreeSet<String>> {
    let list = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.arg("-C").arg(root).args(["ls-files", "-z"]).args(arguments);
        let output = git.output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()
    };
    let tracked = list(&["--cached"])?;
    let new = list(&["--others", "--exclude-standard", "--", "*.rs"])?;
    let paths: BTreeSet<_> =
        tracked.split('\0').chain(new.split('\0')).filter(|path| !path.is_empty()).map(str::to_owned).collect();
    (!paths.is_empty()).then_some(paths)
}

fn walk(root: &Path) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a readable folder").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let hidden = name.starts_with('.') && ![".ci", ".github", ".cargo", ".config"].contains(&name.as_str());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !hidden && name != "target" && name != "out" => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => drop(paths.insert(relative(root, &entry.path()))),
                _ => {}
            }
        }
    }
    paths
}

fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).expect("a path below the root");
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

#[test]
fn the_list_of_files_has_this_file_and_nothing_built() {
    let files = files();
    assert!(files.iter().any(|file| file.path == "tests/tidy/tree.rs"));
    assert!(!files.iter().any(|file| file.path.starts_with("target/")));
}

#[test]
fn without_git_the_walk_finds_the_same_sources() {
    let walked = walk(&root());
    for file in files().iter().filter(|file| file.path.ends_with(".rs")) {
        assert!(walked.contains(&file.path), "{} is listed by git, but the walk misses it", file.path);
    }
}
