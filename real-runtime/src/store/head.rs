//! The number of the last commit, beside the store.
//!
//! It is written after a commit is durable and is never synchronised: a killed process leaves it exact, a power failure
//! may set it back. So it never knows of a commit that the store had not.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

const LENGTH: usize = 16;

pub(crate) struct Head {
    file: File,
    known: u64,
}

impl Head {
    /// Opens or makes the file beside the store at `store`. One that is damaged knows nothing.
    pub(crate) fn open(store: &Path) -> io::Result<Head> {
        let mut path = OsString::from(store);
        path.push(".head");
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut bytes = Vec::new();
        (&mut file).take(LENGTH as u64 + 1).read_to_end(&mut bytes)?;
        Ok(Head { file, known: decode(&bytes).unwrap_or(0) })
    }

    /// The last commit that was noted when the file was opened.
    pub(crate) fn known(&self) -> u64 {
        self.known
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
