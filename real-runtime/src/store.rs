//! The node's durable memory: keys and values in one file, many steps per commit.
//!
//! A commit is durable when [`Store::commit`] returns; whatever depends on a write leaves the node only then. The calls
//! block, so that a driver gives the store a thread of its own.
//!
//! What is read is what was committed, or the store does not open: the metadata holds a digest over all entries, and a
//! second small file, `<store>.head`, holds the number of the last commit. The first finds damage that the database
//! does not look for, the second a store that has fallen back to an older commit or was replaced by an older copy. A
//! node on an older copy would sign a second version of its past, and be punished for it. Both files are made together,
//! when the key is; if one is missing later, the store does not open, unless its owner says that it need not be the newest
//! ([`Trust::Anything`]).
//!
//! | File | Content |
//! |---|---|
//! | `<store>` | redb: table `entries`, and table `meta` with one record |
//! | `<store>.head` | the number of the last commit; written after each, synchronised never |

mod head;
mod meta;
mod mute;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use contract::effects::Write;
use contract::{Recovered, Time};
use redb::{Database, Durability, ReadableDatabase, ReadableTable, TableDefinition};

use head::{Head, Known};
use meta::{Meta, MetaError};

use crate::key;

const ENTRIES: TableDefinition<&[u8], &[u8]> = TableDefinition::new("entries");
const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
const RECORD: &str = "record";

/// Pages that redb keeps in memory, in bytes. The actor has what it needs; the store is read at the start only.
const CACHE: usize = 32 << 20;

/// A file may be longer than four times its content by this many bytes before it is compacted at the start.
const SLACK: u64 = 16 << 20;

/// Why a store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process, or this one, has it open.
    #[error("{} is in use: one store and one key belong to one running node", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// There is none.
    #[error("{} is missing. A node that begins anew with a key that it has used would contradict what it has signed", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A store is to be made, and there is one.
    #[error("{} exists", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refuses.
    #[error("cannot open {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
    /// The file is damaged, or is not a store.
    #[error("{} is damaged: {detail}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// Nothing tells whether the store is the newest.
    #[error(
        "{}, which tells which commit of the store was the last, is {state}: the store may be an older copy, and a node \
         that goes on from one would contradict what it has signed",
        path.display()
    )]
    NoHead {
        /// The file beside the store.
        path: PathBuf,
        /// What is wrong with it.
        state: &'static str,
    },
    /// The store ends before its last known commit.
    #[error(
        "{} ends with commit {found}, but this node has made commit {known}: it is an older copy, or has lost its end. \
         A node that goes on from here would contradict what it has signed",
        path.display()
    )]
    Older {
        /// The file.
        path: PathBuf,
        /// The last commit in it.
        found: u64,
        /// The last commit that the head file knows of.
        known: u64,
    },
    /// The store belongs to something else.
    #[error("{} belongs to {found:?}, not to {expected:?}", path.display())]
    OtherOwner {
        /// The file.
        path: PathBuf,
        /// Whose store it is.
        found: String,
        /// Whose store was expected.
        expected: String,
    },
    /// A later version has written it.
    #[error("{} has format {found}; this version reads up to format {}", path.display(), meta::FORMAT)]
    Format {
        /// The file.
        path: PathBuf,
        /// The format that was found.
        found: u32,
    },
}

/// Whether a store must be the newest that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It must be there and end with the last known commit.
    Newest,
    /// It may be missing, or an older copy: whoever drives it learns from others what has happened since.
    Anything,
}

/// Why a batch is not durable. Nothing that depends on it may leave the node. The store is closed by it. After
/// [`Full`](CommitError::Full) the same batch may be tried again: the file is then opened anew, and says what it holds.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// There is no room.
    #[error("no space left for {}", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The database failed.
    #[error("cannot write to {}: {detail}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What it says.
        detail: String,
    },
}

/// What many steps want made durable, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The changes.
    pub writes: Vec<Write>,
    /// The largest time that a step has seen.
    pub now: Time,
}

/// An open store. Dropping it closes it.
pub struct Store {
    /// `None` after a failed commit.
    database: Option<Database>,
    /// The commit failed for want of room, and may be tried again.
    full: bool,
    path: PathBuf,
    head: Head,
    meta: Meta,
}

impl Store {
    /// Makes the store at `path` for `owner`, who is named by one text, and the head beside it.
    ///
    /// # Errors
    /// [`OpenError`] if there is one already, or it cannot be written.
    pub fn create(path: impl AsRef<Path>, owner: &str) -> Result<Store, OpenError> {
        let path = path.as_ref();
        if path.exists() {
            return Err(OpenError::Exists { path: path.to_owned() });
        }
        let made = guarded(|| Self::create_unguarded(path, owner));
        made.unwrap_or_else(|detail| Err(OpenError::Damaged { path: path.to_owned(), detail }))
    }

    /// Opens the store of `owner` at `path`. Returns what was committed.
    ///
    /// # Errors
    /// [`OpenError`] names the file. A file that is damaged is an error and never a panic.
    pub fn open(path: impl AsRef<Path>, owner: &str, trust: Trust) -> Result<(Store, Recovered), OpenError> {
        let path = path.as_ref();
        if !path.exists() {
            return match trust {
                Trust::Newest => Err(OpenError::Missing { path: path.to_owned() }),
                Trust::Anything => Ok((Self::create(path, owner)?, Recovered::default())),
            };
        }
        if std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() == 0) {
            return Err(OpenError::Damaged { path: path.to_owned(), detail: "the file is empty".to_owned() });
        }
        let opened = guarded(|| Self::open_unguarded(path, owner, trust));
        opened.unwrap_or_else(|detail| Err(OpenError::Damaged { path: path.to_owned(), detail }))
    }

    /// The largest time that a committed batch carried; live time must not begin below it.
    pub fn now_max(&self) -> Time {
        self.meta.now
    }

    /// How many bytes the keys and values have, and how many the file.
    pub fn size(&self) -> (u64, u64) {
        (self.meta.bytes(), std::fs::metadata(&self.path).map_or(0, |metadata| metadata.len()))
    }

    /// How many batches were committed since the store was made.
    pub fn commits(&self) -> u64 {
        self.meta.commits
    }

    /// Makes a batch durable in one transaction: all of it or nothing. Returns when it is on the disk.
    ///
    /// # Errors
    /// Nothing of the batch is durable as far as this process may assume; see [`CommitError`].
    pub fn commit(&mut self, batch: &Batch) -> Result<(), CommitError> {
        if self.full && self.reopen()? {
            return Ok(());
        }
        let path = || self.path.clone();
        let Some(database) = &self.database else {
            return Err(CommitError::Failed { path: path(), detail: "a commit has failed before".to_owned() });
        };
        let error = match guarded(|| write(database, self.meta.clone(), batch)) {
            Ok(Ok(meta)) => {
                // The batch is durable; a head that cannot be written only makes an older copy harder to notice.
                let _ = self.head.write(meta.commits);
                self.meta = meta;
                return Ok(());
            }
            Ok(Err(redb::Error::Io(error))) if is_full(&error) => CommitError::Full { path: path() },
            Ok(Err(error)) => CommitError::Failed { path: path(), detail: error.to_string() },
            Err(detail) => CommitError::Failed { path: path(), detail },
        };
        self.close();
        self.full = matches!(error, CommitError::Full { .. });
        Err(error)
    }

    /// Opens the file again after a commit for which there was no room. Returns whether that commit is durable all the same.
    fn reopen(&mut self) -> Result<bool, CommitError> {
        let failed = |detail: String| CommitError::Failed { path: self.path.clone(), detail };
        let opened = guarded(|| -> Result<_, redb::Error> {
            let mut database = Database::builder().set_cache_size(CACHE).open(&self.path)?;
            database.check_integrity()?;
            let record = record(&database)?;
            Ok((database, record))
        });
        let (database, record) = match opened {
            Ok(Ok(opened)) => opened,
            Ok(Err(redb::Error::Io(error))) if is_full(&error) => {
                return Err(CommitError::Full { path: self.path.clone() });
            }
            Ok(Err(error)) => return Err(failed(error.to_string())),
            Err(detail) => return Err(failed(detail)),
        };
        let found = match record.as_deref().map(Meta::decode) {
            Some(Ok((meta, _))) => meta,
            None | Some(Err(_)) => return Err(failed("the metadata are not intact".to_owned())),
        };
        let durable = found.commits == self.meta.commits + 1;
        if !durable && found != self.meta {
            return Err(failed("it does not end where it did".to_owned()));
        }
        (self.database, self.full, self.meta) = (Some(database), false, found);
        Ok(durable)
    }

    /// Closes the file. What redb does then may panic if the file was damaged meanwhile; everything is durable anyway.
    fn close(&mut self) {
        let database = self.database.take();
        let _ = guarded(|| drop(database));
    }

    fn create_unguarded(path: &Path, owner: &str) -> Result<Store, OpenError> {
        let io_failed = |source| OpenError::Io { path: path.to_owned(), source };
        // Only the file's owner may read it, as everything beside a key.
        File::options().write(true).create_new(true).mode(key::MODE).open(path).map_err(io_failed)?;
        let database =
            Database::builder().set_cache_size(CACHE).create(path).map_err(|e| open_error(path, e.into()))?;
        let meta = Meta::new(owner);
        put_record(&database, &meta).map_err(|error| open_error(path, error))?;
        let head = Head::begin(path, meta.commits).map_err(io_failed)?;
        make_entries_durable(path).map_err(io_failed)?;
        Ok(Store { database: Some(database), full: false, path: path.to_owned(), head, meta })
    }

    fn open_unguarded(path: &Path, owner: &str, trust: Trust) -> Result<(Store, Recovered), OpenError> {
        let failed = |error: redb::Error| open_error(path, error);
        let io_failed = |source| OpenError::Io { path: path.to_owned(), source };
        let mut database = Database::builder().set_cache_size(CACHE).open(path).map_err(|e| failed(e.into()))?;
        // Also whether the map of free pages is right, lest a later commit overwrites what is in use. What it
        // repairs is judged below.
        database.check_integrity().map_err(|e| failed(e.into()))?;
        let (record, recovered) = read(&database).map_err(failed)?;
        let (mut meta, written) = decode(path, record.as_deref(), owner)?;
        if trust == Trust::Newest {
            is_newest(path, meta.commits, head::known(path).map_err(io_failed)?)?;
        }
        if !meta.describes(&recovered.entries) {
            let detail = "the entries are not those that were committed".to_owned();
            return Err(OpenError::Damaged { path: path.to_owned(), detail });
        }
        if written != meta::FORMAT {
            meta.measure(&recovered.entries);
            put_record(&database, &meta).map_err(failed)?;
        }
        if is_sparse(path, meta.bytes()) {
            database.compact().map_err(|e| failed(e.into()))?;
        }
        let head = Head::begin(path, meta.commits).map_err(io_failed)?;
        Ok((Store { database: Some(database), full: false, path: path.to_owned(), head, meta }, recovered))
    }
}

/// Whether a store that ends with commit `found` is the newest, as far as the head beside it knows.
fn is_newest(path: &Path, found: u64, known: Known) -> Result<(), OpenError> {
    let no_head = |state| Err(OpenError::NoHead { path: head::path(path), state });
    match known {
        Known::Missing => no_head("missing"),
        Known::Damaged => no_head("damaged"),
        Known::Commit(known) if found < known => Err(OpenError::Older { path: path.to_owned(), found, known }),
        Known::Commit(_) => Ok(()),
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.close();
    }
}

/// Writes the batch. Takes the metadata that hold before it, and returns those that hold afterwards.
fn write(database: &Database, mut meta: Meta, batch: &Batch) -> Result<Meta, redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    {
        let mut entries = transaction.open_table(ENTRIES)?;
        for write in &batch.writes {
            match write {
                Write::Put { key, value } => {
                    if let Some(before) = entries.insert(&key[..], &value[..])? {
                        meta.remove(key, before.value());
                    }
                    meta.add(key, value);
                }
                Write::Delete { key } => {
                    if let Some(before) = entries.remove(&key[..])? {
                        meta.remove(key, before.value());
                    }
                }
            }
        }
        meta.commits += 1;
        meta.now = meta.now.max(batch.now);
        transaction.open_table(META)?.insert(RECORD, &meta.encode()[..])?;
    }
    transaction.commit()?;
    Ok(meta)
}

/// Writes the metadata alone.
fn put_record(database: &Database, meta: &Meta) -> Result<(), redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    transaction.open_table(ENTRIES)?;
    transaction.open_table(META)?.insert(RECORD, &meta.encode()[..])?;
    Ok(transaction.commit()?)
}

/// Whether the file is so much larger than its `content` in bytes that it is worth rewriting: reading it takes time.
fn is_sparse(path: &Path, content: u64) -> bool {
    let length = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    length > SLACK + 4 * content
}

/// Whether an error means that there is no room: the disk's, the user's or the process's.
pub(crate) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

/// The record of the metadata, if there is one.
fn record(database: &Database) -> Result<Option<Vec<u8>>, redb::Error> {
    match database.begin_read()?.open_table(META) {
        Ok(table) => Ok(table.get(RECORD)?.map(|record| record.value().to_vec())),
        Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The record of the metadata, if there is one, and all entries in the order of their keys.
fn read(database: &Database) -> Result<(Option<Vec<u8>>, Recovered), redb::Error> {
    let transaction = database.begin_read()?;
    let record = record(database)?;
    let mut recovered = Recovered::default();
    match transaction.open_table(ENTRIES) {
        Ok(table) => {
            for entry in table.iter()? {
                let (key, value) = entry?;
                recovered.entries.push((key.value().to_vec(), value.value().to_vec()));
            }
        }
        Err(redb::TableError::TableDoesNotExist(_)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok((record, recovered))
}

/// The metadata, and the format in which they were written.
fn decode(path: &Path, record: Option<&[u8]>, owner: &str) -> Result<(Meta, u32), OpenError> {
    let path = path.to_owned();
    match record.map_or(Err(MetaError::Damaged), Meta::decode) {
        Ok((meta, format)) if meta.owner == owner => Ok((meta, format)),
        Ok((meta, _)) => Err(OpenError::OtherOwner { path, found: meta.owner, expected: owner.to_owned() }),
        Err(MetaError::Format(found)) => Err(OpenError::Format { path, found }),
        Err(MetaError::Damaged) => Err(OpenError::Damaged { path, detail: "the metadata are not intact".to_owned() }),
    }
}

fn open_error(path: &Path, error: redb::Error) -> OpenError {
    let path = path.to_owned();
    match error {
        redb::Error::DatabaseAlreadyOpen => OpenError::InUse { path },
        // These kinds come from a file that is shorter than it says, or whose bytes say nothing.
        redb::Error::Io(source)
            if !matches!(source.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData) =>
        {
            OpenError::Io { path, source }
        }
        error => OpenError::Damaged { path, detail: error.to_string() },
    }
}

/// New files survive a power failure only if their folder does.
fn make_entries_durable(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Runs something that may panic inside redb when the file is not what redb wrote.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    mute::panics(|| catch_unwind(AssertUnwindSafe(work))).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        format!("the database gave up: {}", text.unwrap_or("no reason given"))
    })
}
