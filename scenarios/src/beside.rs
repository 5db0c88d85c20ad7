//! Files beside a scenario: graphs, matrices, measurements. What was read is kept, so that a manifest can hold it and the run
//! can be repeated without the folder.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The most bytes of a file beside a scenario.
const BYTES_MAX: u64 = 256 << 20;

/// Where files beside a scenario come from. Clones share what was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    /// The scenario's own, and those of the files that it extends.
    folders: Vec<PathBuf>,
    read: Arc<Mutex<BTreeMap<String, Arc<str>>>>,
}

impl Beside {
    /// Files are looked for in these folders, one after the other.
    pub(crate) fn folders(folders: Vec<PathBuf>) -> Beside {
        Beside { folders, read: Arc::default() }
    }

    /// These are all the files that there are.
    pub(crate) fn kept(files: BTreeMap<String, String>) -> Beside {
        let read = files.into_iter().map(|(name, text)| (name, Arc::from(text))).collect();
        Beside { folders: Vec::new(), read: Arc::new(Mutex::new(read)) }
    }

    /// Everything that was read so far, or given.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.iter().map(|(name, text)| (name.clone(), text.to_string())).collect()
    }

    /// The text of a file; the error says why there is none, and what to do.
    pub(crate) fn text(&self, name: &str) -> Result<Arc<str>, (String, &'static str)> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = read.get(name) {
            return Ok(Arc::clone(text));
        }
        let below = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if !below || name.is_empty() {
            let hint = "name a file in the scenario's folder or below it, such as \"graph.graphml\"";
            return Err((format!("`{name}` does not lie beside the scenario"), hint));
        }
        let found = self.folders.iter().find(|folder| folder.join(name).exists());
        let Some(folder) = found.or(self.folders.first()) else {
            return Err((format!("there is no file `{name}`"), "this scenario has no folder to look in"));
        };
        let why = |error: std::io::Error| (format!("cannot read `{name}`: {error}"), "it lies beside the scenario");
        let path = folder.join(name);
        let size = std::fs::metadata(&path).map_err(why)?.len();
        if size > BYTES_MAX {
            return Err((format!("`{name}` has {size} bytes"), "a file beside a scenario has at most 256 MiB"));
        }
        let text = String::from_utf8(std::fs::read(&path).map_err(why)?)
            .map_err(|error| (format!("`{name}`: {error}"), "save it as UTF-8"))?;
        let text: Arc<str> = Arc::from(text);
        read.insert(name.to_owned(), Arc::clone(&text));
        Ok(text)
    }
}
