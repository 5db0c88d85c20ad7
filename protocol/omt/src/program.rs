//! A file with everything that it imports.

use std::collections::BTreeMap;

use crate::ast::{Declaration, declarations};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::parse::parse_bytes;
use crate::span::{Lines, Span};
use crate::tree::{NodeKind, Tree};

/// A file of a program.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The path by which it was found.
    pub path: String,
    /// What it says.
    pub tree: Tree,
    /// Where its lines begin.
    pub lines: Lines,
    /// The first import that asked for it; none for the main file.
    pub imported: Option<Span>,
}

/// A file with everything that it imports, each once.
#[derive(Clone, Debug)]
pub struct Program {
    /// The file that was asked for comes first, imports in the order in which they are met.
    pub files: Vec<SourceFile>,
    /// What is wrong with syntax and imports.
    pub errors: Vec<Diagnostic>,
}

/// Gives the bytes of a path, or `None` if there is no such file.
pub type Read<'r> = &'r mut dyn FnMut(&str) -> Option<Vec<u8>>;

impl Program {
    /// Reads a file and, with `read`, its imports: `imports a/b` is `BASE/a/b.omt`, or else `BASE/a/b`, where `BASE`
    /// is the nearest folder called `protocol` above the file, or else the file's own folder.
    pub fn load(path: &str, bytes: Vec<u8>, read: Read<'_>) -> Program {
        Program::load_in("", path, bytes, read)
    }

    /// As [`Program::load`], for a path that is relative to `folder`: a folder called `protocol` counts wherever the path
    /// begins, so that a file has the same imports from every working directory.
    pub fn load_in(folder: &str, path: &str, bytes: Vec<u8>, read: Read<'_>) -> Program {
        let mut loader = Loader {
            read,
            folder: folder.to_owned(),
            files: vec![],
            errors: vec![],
            known: BTreeMap::new(),
            loading: vec![],
            missing: 0,
        };
        loader.file(path, bytes, None);
        Program { files: loader.files, errors: loader.errors }
    }

    /// A program of one text, whose imports are not there.
    pub fn of_text(path: &str, text: &str) -> Program {
        Program::load(path, text.as_bytes().to_vec(), &mut |_| None)
    }

    /// The file that was asked for.
    pub fn main(&self) -> &SourceFile {
        &self.files[0]
    }

    /// The text at a place.
    pub fn text(&self, span: Span) -> &str {
        &self.files[span.file as usize].tree.text()[span.start as usize..span.end as usize]
    }
}

struct Loader<'r> {
    read: Read<'r>,
    /// The working directory; empty if it does not matter.
    folder: String,
    files: Vec<SourceFile>,
    errors: Vec<Diagnostic>,
    /// Numbers of the files by path.
    known: BTreeMap<String, usize>,
    /// The files whose imports are being read.
    loading: Vec<usize>,
    /// How many imports have no file.
    missing: usize,
}

/// How many files a program may have, missing ones included.
const FILES_MAX: usize = 1_000;

/// How many files may import one another in a row.
const IMPORTS_MAX: usize = 64;

impl Loader<'_> {
    fn file(&mut self, path: &str, bytes: Vec<u8>, imported: Option<Span>) {
        let number = self.files.len();
        let parsed = parse_bytes(number as u32, bytes);
        self.errors.extend(parsed.errors);
        let lines = Lines::new(parsed.tree.text());
        self.files.push(SourceFile { path: path.to_owned(), tree: parsed.tree, lines, imported });
        self.known.insert(path.to_owned(), number);
        self.loading.push(number);
        let tree = &self.files[number].tree;
        let imports: Vec<_> = declarations(tree)
            .filter_map(|declaration| match declaration {
                // A path that could not be read is an error already.
                Declaration::Import(import) if import.node().child(NodeKind::ERROR).is_some() => None,
                Declaration::Import(import) => Some((import.path(), import.node().span())),
                _ => None,
            })
            .collect();
        for (import, span) in imports {
            if self.files.len() + self.missing > FILES_MAX {
                let message = format!("more than {FILES_MAX} files are imported");
                self.errors.push(Diagnostic::new(Code::IMPORT, span, message).hint("import fewer files"));
                break;
            }
            self.import(path, &import, span);
        }
        self.loading.pop();
    }

    fn import(&mut self, from: &str, import: &str, span: Span) {
        let candidates = candidates_in(&self.folder, from, import);
        for path in &candidates {
            if let Some(number) = self.known.get(path) {
                if self.loading.contains(number) {
                    self.cycle(*number, span);
                }
                return;
            }
            if self.loading.len() >= IMPORTS_MAX {
                let message = format!("more than {IMPORTS_MAX} files import one another in a row");
                self.errors.push(Diagnostic::new(Code::IMPORT, span, message).hint("import fewer levels"));
                return;
            }
            if let Some(bytes) = (self.read)(path) {
                return self.file(path, bytes, Some(span));
            }
        }
        self.missing += 1;
        let message = format!("there is no file for the import `{import}`");
        let searched = candidates.join(" and ");
        let error = Diagnostic::new(Code::IMPORT, span, message).here("not found");
        self.errors
            .push(error.hint(format!("searched: {searched}; paths begin at the nearest folder called `protocol`")));
    }

    fn cycle(&mut self, number: usize, span: Span) {
        let start = self.loading.iter().position(|at| *at == number).unwrap_or(0);
        let mut way: Vec<&str> = self.loading[start..].iter().map(|at| self.files[*at].path.as_str()).collect();
        way.push(&self.files[number].path);
        let message = format!("files import each other in a circle: {}", way.join(" -> "));
        let hint = "move what they share into a file of its own, and import that";
        self.errors.push(Diagnostic::new(Code::CYCLE, span, message).hint(hint));
    }
}

/// Where an import is looked for, in this order.
pub(crate) fn candidates(from: &str, import: &str) -> Vec<String> {
    candidates_in("", from, import)
}

fn candidates_in(folder: &str, from: &str, import: &str) -> Vec<String> {
    let base = base_in(folder, from);
    vec![format!("{base}{import}.omt"), format!("{base}{import}")]
}

/// The folder at which the imports of a file begin, with `/` at its end; empty for the working directory.
pub(crate) fn base(from: &str) -> String {
    base_in("", from)
}

/// The same for a path that is relative to `folder`.
fn base_in(folder: &str, from: &str) -> String {
    let own: Vec<&str> = from.split('/').collect();
    let own = &own[..own.len() - 1];
    let above = if from.starts_with('/') { "" } else { folder };
    let whole = joined(above.split('/').filter(|part| !part.is_empty()), own.iter().copied());
    let levels = whole.iter().rev().position(|folder| *folder == "protocol").unwrap_or(0);
    let base = joined(own.iter().copied(), std::iter::repeat_n("..", levels));
    match base.as_slice() {
        [] => String::new(),
        [""] => "/".to_owned(),
        base => format!("{}/", base.join("/")),
    }
}

/// A path with more parts behind it, of which each `..` takes one away.
fn joined<'a>(first: impl Iterator<Item = &'a str>, more: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut all: Vec<&str> = vec![];
    for part in first.chain(more) {
        match (part, all.last()) {
            (".", _) => {}
            ("..", Some(last)) if !["", ".."].contains(last) => drop(all.pop()),
            _ => all.push(part),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(files: &[(&str, &str)]) -> Program {
        let mut read = |path: &str| files.iter().find(|file| file.0 == path).map(|file| file.1.as_bytes().to_vec());
        let first = read(files[0].0).expect("the first file is there");
        Program::load(files[0].0, first, &mut read)
    }

    fn paths(program: &Program) -> Vec<&str> {
        program.files.iter().map(|file| file.path.as_str()).collect()
    }

    #[test]
    fn paths_begin_at_the_nearest_folder_called_protocol() {
        assert_eq!(candidates("a/protocol/b/c.omt", "s/t"), ["a/protocol/s/t.omt", "a/protocol/s/t"]);
        assert_eq!(candidates("c.omt", "t"), ["t.omt", "t"]);
        assert_eq!(candidates("/x/c.omt", "t")[0], "/x/t.omt");
        assert_eq!(candidates("/c.omt", "t")[0], "/t.omt");
        for (folder, from, found) in [
            ("/w", "protocol/market/a.omt", "protocol/s.omt"),
            ("/w/protocol", "market/a.omt", "s.omt"),
            ("/w/protocol/market", "a.omt", "../s.omt"),
            ("/w/protocol/market", "./a.omt", "../s.omt"),
            ("/w/protocol/market/deep", "../a.omt", "../../s.omt"),
            ("/w/tools", "../protocol/market/a.omt", "../protocol/s.omt"),
            ("/w/protocol/market", "/w/protocol/market/a.omt", "/w/protocol/s.omt"),
            ("/w/other", "a.omt", "s.omt"),
        ] {
            assert_eq!(candidates_in(folder, from, "s")[0], found, "{from} in {folder}");
        }
    }

    #[test]
    fn a_file_is_loaded_once_and_the_name_with_its_ending_wins() {
        let program = load(&[("a.omt", "imports b imports c"), ("b.omt", "imports c"), ("c.omt", ""), ("c", "enum")]);
        assert_eq!(paths(&program), ["a.omt", "b.omt", "c.omt"]);
        assert!(program.errors.is_empty(), "{:?}", program.errors);
    }

    #[test]
    fn a_circle_is_named_and_a_missing_file_says_where_it_was_looked_for() {
        let program = load(&[("p/a.omt", "imports b"), ("p/b.omt", "imports a imports c")]);
        assert_eq!(program.errors[0].code, Code::CYCLE);
        assert!(program.errors[0].message.ends_with("p/a.omt -> p/b.omt -> p/a.omt"));
        assert_eq!(program.errors[1].code, Code::IMPORT);
        assert!(program.errors[1].hint.contains("p/c.omt and p/c"), "{}", program.errors[1].hint);
    }

    #[test]
    fn a_long_chain_of_imports_is_cut() {
        let mut read = |path: &str| {
            let number: usize = path.trim_end_matches(".omt").trim_start_matches('f').parse().expect("a number");
            Some(format!("imports f{}", number + 1).into_bytes())
        };
        let program = Program::load("f0.omt", b"imports f1".to_vec(), &mut read);
        assert_eq!(program.files.len(), IMPORTS_MAX);
        assert_eq!(program.errors.len(), 1);
    }
}
