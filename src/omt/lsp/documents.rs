//! The documents that are open, and the files around them. An open document counts as the file, saved or not.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::Arc;

use ::omt::Program;
use ::omt::ide::{Completion, CompletionKind, Encoding, Place, Text, is_name};
use tower_lsp_server::ls_types::Uri;

/// How many files of a workspace are read for references and renames, and how deep their folders may lie.
const FILES_MAX: usize = 1_000;
const DEPTH_MAX: usize = 16;
/// How many entries of a folder are looked at for an import.
const IMPORTS_MAX: usize = 10_000;

/// An open document.
#[derive(Clone, Debug)]
pub(super) struct Document {
    /// As the editor calls it.
    pub(super) uri: Uri,
    pub(super) text: Text,
    pub(super) version: i32,
}

/// All open documents by path, and which of them have to be checked.
#[derive(Debug, Default)]
pub(super) struct Documents {
    open: BTreeMap<String, Arc<Document>>,
    /// The folders that the editor works in.
    folders: Vec<String>,
    /// Documents that have to be checked, each once.
    dirty: VecDeque<String>,
    /// Which paths each document asked for when it was checked last.
    imports: BTreeMap<String, BTreeSet<String>>,
}

impl Documents {
    pub(super) fn work_in(&mut self, folders: Vec<String>) {
        self.folders = folders;
    }

    pub(super) fn open(&mut self, uri: Uri, text: String, version: i32) {
        let path = path_of(&uri);
        let document = Document { uri, text: Text::new(text), version };
        self.open.insert(path.clone(), Arc::new(document));
        self.changed(&path);
    }

    /// Makes changes one after the other. Those of a document that is not open, or that are older than it, are nothing.
    pub(super) fn change<'c>(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: impl Iterator<Item = (Option<(Place, Place)>, &'c str)>,
        encoding: Encoding,
    ) {
        let path = path_of(uri);
        let Some(document) = self.open.get_mut(&path).filter(|document| document.version <= version) else { return };
        let document = Arc::make_mut(document);
        for (range, with) in changes {
            document.text.replace(range, with, encoding);
        }
        document.version = version;
        self.changed(&path);
    }

    pub(super) fn close(&mut self, uri: &Uri) {
        let path = path_of(uri);
        self.open.remove(&path);
        self.imports.remove(&path);
        self.dirty.retain(|dirty| *dirty != path);
        self.changed(&path);
    }

    /// A file, open or not, is another one now: it and those that import it have to be checked.
    pub(super) fn changed(&mut self, path: &str) {
        if self.open.contains_key(path) {
            self.dirty.retain(|dirty| dirty != path);
            // What is typed comes first.
            self.dirty.push_front(path.to_owned());
        }
        let importers = self.imports.iter().filter(|(_, asked)| asked.contains(path));
        for importer in importers.map(|(importer, _)| importer.clone()).collect::<Vec<_>>() {
            if !self.dirty.contains(&importer) {
                self.dirty.push_back(importer);
            }
        }
    }

    /// A document that has to be checked, with everything else as it is now.
    pub(super) fn next(&mut self) -> Option<View> {
        let path = self.dirty.pop_front()?;
        self.view_of(path)
    }

    /// Notes what a document asked for; says whether the document is still the newest.
    pub(super) fn checked(&mut self, path: &str, version: i32, asked: BTreeSet<String>) -> bool {
        let newest = self.open.get(path).is_some_and(|document| document.version == version);
        if newest {
            self.imports.insert(path.to_owned(), asked);
        }
        newest
    }

    /// A document and everything around it, as it is now.
    pub(super) fn view(&self, uri: &Uri) -> Option<View> {
        self.view_of(path_of(uri))
    }

    fn view_of(&self, path: String) -> Option<View> {
        let document = Arc::clone(self.open.get(&path)?);
        Some(View { path, document, open: self.open.clone(), folders: self.folders.clone() })
    }
}

/// A document and everything around it, at one moment.
#[derive(Debug)]
pub(super) struct View {
    pub(super) path: String,
    pub(super) document: Arc<Document>,
    open: BTreeMap<String, Arc<Document>>,
    folders: Vec<String>,
}

impl View {
    /// The document with its imports.
    pub(super) fn program(&self) -> Program {
        self.load(&self.path, self.document.text.as_str(), &mut BTreeSet::new())
    }

    /// The same, and all paths that were looked for.
    pub(super) fn program_and_imports(&self) -> (Program, BTreeSet<String>) {
        let mut asked = BTreeSet::new();
        let program = self.load(&self.path, self.document.text.as_str(), &mut asked);
        (program, asked)
    }

    /// The document first, then other open documents, what it imports, and the files of the workspace.
    pub(super) fn programs(&self) -> Vec<Program> {
        let mut programs = vec![self.program()];
        let mut paths: BTreeSet<String> = self.open.keys().cloned().collect();
        paths.extend(programs[0].files.iter().map(|file| file.path.clone()));
        for folder in &self.folders {
            sources(Path::new(folder), DEPTH_MAX, &mut paths);
        }
        paths.remove(&self.path);
        for path in paths {
            if let Some(text) = self.read(&path).and_then(|bytes| String::from_utf8(bytes).ok()) {
                programs.push(self.load(&path, &text, &mut BTreeSet::new()));
            }
        }
        programs
    }

    fn load(&self, path: &str, text: &str, asked: &mut BTreeSet<String>) -> Program {
        Program::load(path, text.as_bytes().to_vec(), &mut |path| {
            asked.insert(path.to_owned());
            self.read(path)
        })
    }

    fn read(&self, path: &str) -> Option<Vec<u8>> {
        if let Some(document) = self.open.get(path) {
            return Some(document.text.as_str().as_bytes().to_vec());
        }
        let mut bytes = std::fs::read(path).ok()?;
        // Editors hide a byte order mark: without it their columns are ours.
        if bytes.starts_with("\u{feff}".as_bytes()) {
            bytes.drain(.."\u{feff}".len());
        }
        Some(bytes)
    }

    /// What an import may name in a folder: OMT files and folders with a name that the language can write, without this
    /// document. Files that are open and not saved yet are there as well.
    pub(super) fn imports(&self, folder: &str) -> Vec<Completion> {
        let mut names: BTreeMap<String, &str> = BTreeMap::new();
        let place = if folder.is_empty() { "." } else { folder };
        let entries = std::fs::read_dir(place).into_iter().flatten().filter_map(Result::ok);
        for entry in entries.take(IMPORTS_MAX) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() {
                names.insert(name, "folder");
            } else if let Some(name) = name.strip_suffix(".omt") {
                names.insert(name.to_owned(), "file");
            }
        }
        let beside = self.open.keys().filter_map(|path| path.strip_prefix(folder)?.strip_suffix(".omt"));
        names.extend(beside.map(|name| (name.to_owned(), "file")));
        let own = self.path.strip_prefix(folder).and_then(|name| name.strip_suffix(".omt"));
        let named = names.into_iter().filter(|(name, _)| own != Some(name) && is_name(name));
        named.map(|(name, detail)| Completion::new(name, CompletionKind::File, detail)).collect()
    }

    /// How the editor calls a file, and its version if it is open.
    pub(super) fn uri(&self, path: &str) -> Option<(Uri, Option<i32>)> {
        match self.open.get(path) {
            Some(document) => Some((document.uri.clone(), Some(document.version))),
            None => Some((Uri::from_file_path(path)?, None)),
        }
    }
}

/// The path of a file, or the whole name of what is no file, such as an unsaved document.
pub(super) fn path_of(uri: &Uri) -> String {
    let is_file = uri.scheme().as_str().eq_ignore_ascii_case("file");
    let path = if is_file { uri.to_file_path() } else { None };
    // Imports are joined with `/` on every system.
    path.map_or_else(|| uri.as_str().to_owned(), |path| path.to_string_lossy().replace('\\', "/"))
}

/// Collects the OMT files below a folder, in the order of their names, without hidden folders and links.
fn sources(folder: &Path, depth: usize, paths: &mut BTreeSet<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut entries: Vec<_> = entries.filter_map(Result::ok).collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (name, path) = (entry.file_name(), entry.path());
        let name = name.to_string_lossy();
        let Ok(kind) = entry.file_type() else { continue };
        if paths.len() >= FILES_MAX {
            return;
        }
        if kind.is_dir() && depth > 0 && !name.starts_with('.') && name != "target" && name != "node_modules" {
            sources(&path, depth - 1, paths);
        } else if kind.is_file() && name.ends_with(".omt") {
            paths.insert(path.to_string_lossy().replace('\\', "/"));
        }
    }
}
