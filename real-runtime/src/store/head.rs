//! The number of the last commit, beside the store.
//!
//! It is made with the store, and written after every commit that is durable, without synchronisation: a killed process
//! leaves it exact, a power failure may set it back. So it never knows of a commit that the store had not. Its sixteen bytes
//! lie in one sector, so a power failure does not damage it.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::key;

const LENGTH: usize = 16;

pub(crate) struct Head {
    file: File,
}

/// What the file beside a store says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// The last commit.
    Commit(u64),
    /// There is no file.
    Missing,
    /// It says nothing.
    Damaged,
}

/// Where the file beside the store at `store` lies.
pub(crate) fn path(store: &Path) -> PathBuf {
    let mut path = OsString::from(store);
    path.push(".head");
    path.into()
}

/// Reads the file beside the store at `store`.
pub(crate) fn known(store: &Path) -> io::Result<Known> {
    let file = match File::open(path(store)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Known::Missing),
        opened => opened?,
    };
    let mut bytes = Vec::new();
    file.take(LENGTH as u64 + 1).read_to_end(&mut bytes)?;
    Ok(decode(&bytes).map_or(Known::Damaged, Known::Commit))
}

impl Head {
    /// Opens the file beside the store at `store`, and makes it say that this is the last commit.
    pub(crate) fn begin(store: &Path, commits: u64) -> io::Result<Head> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(key::MODE).open(path(store))?;
        let head = Head { file };
        head.file.set_len(LENGTH as u64)?;
        head.write(commits)?;
        head.file.sync_all()?;
        Ok(head)
    }

    pub(crate) fn write(&self, commits: u64) -> io::Result<()> {
        self.file.write_all_at(&encode(commits), 0)
    }
}

fn encode(commits: u64) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    bytes[..8].copy_from_slice(&commits.to_le_bytes());
    bytes[8..].copy_from_slice(&blake3::hash(&commits.to_le_bytes()).as_bytes()[..8]);
    bytes
}

fn decode(bytes: &[u8]) -> Option<u64> {
    let commits = u64::from_le_bytes(*bytes.first_chunk()?);
    (bytes == encode(commits)).then_some(commits)
}
