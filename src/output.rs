//! Where results go: a folder of their own, complete or not there at all.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::exit::Failure;

/// The folder of one run's results.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The folder that was asked for, or the next free one under `out/NAME`. Earlier results are not overwritten unless
    /// `force`.
    pub(crate) fn open(asked: Option<&Path>, name: &str, force: bool) -> Result<Folder, Failure> {
        let path = asked.map_or_else(|| next_free(&Path::new("out").join(name)), Path::to_path_buf);
        if path.join("manifest.json").exists() && !force {
            let what = format!("{} holds the results of another run", path.display());
            return Err(Failure::input(what, "give another --out, or --force to replace them"));
        }
        std::fs::create_dir_all(&path).map_err(|error| Failure::file("create", &path, &error))?;
        let folder = Folder(path);
        // A folder that cannot be written to is noticed before the work, not after it.
        folder.write(".probe", b"")?;
        let probe = folder.0.join(".probe");
        std::fs::remove_file(&probe).map_err(|error| Failure::file("remove", &probe, &error))?;
        Ok(folder)
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
    pub(crate) fn stream(&self, name: &str) -> std::io::Result<Box<dyn Write + Send>> {
        Ok(Box::new(BufWriter::new(std::fs::File::create(self.0.join(name))?)))
    }
}

fn next_free(parent: &Path) -> PathBuf {
    (1u32..).map(|number| parent.join(number.to_string())).find(|path| !path.exists()).unwrap_or_default()
}
