//! The node's trace on disk: one file over all its lives, appended to.
//!
//! It is written before what it describes leaves the node, and not synchronised: a killed process loses nothing that its
//! peers know, a dead machine may. What a kill cut off is removed when the next life begins. A life that ends in order
//! writes an end record.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use contract::trace::recorder::StepContext;
use contract::trace::{BadTrace, Birth, Header, Level, Reader, Record, Recorder};
use contract::{Effects, Input, Protocol, Time};

use crate::key;

/// Why a trace cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The operating system refuses.
    #[error("cannot write the trace {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// What is there is no trace of this node.
    #[error("{} cannot be continued: {why}; move it away to begin a new one", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl RecordError {
    /// Whether there is no room for more.
    pub(crate) fn is_full(&self) -> bool {
        matches!(self, RecordError::Io { source, .. } if crate::store::is_full(source))
    }
}

/// A trace that is being written, or nothing if none is wanted.
pub struct TraceFile {
    recorder: Recorder,
    file: Option<(File, PathBuf)>,
    /// What the operating system has not taken yet.
    pending: Vec<u8>,
}

impl TraceFile {
    /// Records nothing.
    pub fn none() -> TraceFile {
        TraceFile { recorder: Recorder::new(Level::Off, 1), file: None, pending: Vec::new() }
    }

    /// Begins a trace, or continues the one that is there.
    ///
    /// # Errors
    /// [`RecordError`] if the file cannot be written or is something else.
    pub fn open(path: &Path, header: Header, birth: Birth) -> Result<TraceFile, RecordError> {
        let failed = |source| RecordError::Io { path: path.to_owned(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(key::MODE)
            .open(path)
            .map_err(failed)?;
        let mut recorder = Recorder::new(Level::Full, 1);
        let kept = complete_part(path, &header)?;
        recorder.resume(kept.steps, kept.records);
        file.set_len(kept.bytes).and_then(|()| file.seek(SeekFrom::End(0))).map_err(failed)?;
        if kept.bytes == 0 {
            recorder.header(header);
        }
        recorder.birth(birth);
        let mut trace = TraceFile { recorder, file: Some((file, path.to_owned())), pending: Vec::new() };
        trace.flush()?;
        Ok(trace)
    }

    /// The effects buffer that a recorded step needs.
    pub(crate) fn buffer<P: Protocol>(&self) -> Effects<P> {
        self.recorder.buffer()
    }

    /// Notes an input before the actor consumes it.
    pub(crate) fn begin<P: Protocol>(&mut self, now: Time, input: &Input<P>) -> usize {
        self.recorder.begin(now, input)
    }

    /// Notes what came of it.
    pub(crate) fn end<P: Protocol>(&mut self, begun: usize, now: Time, effects: &mut Effects<P>) {
        let context = StepContext { node: 0, at: now, now, cause: None, scheduled: 0 };
        self.recorder.end(begun, context, effects);
    }

    /// Notes that this life ended in order, and hands that to the operating system.
    ///
    /// # Errors
    /// [`RecordError`] if it refuses.
    pub(crate) fn finish(&mut self) -> Result<(), RecordError> {
        self.recorder.finish();
        self.flush()
    }

    /// Hands what was noted to the operating system.
    ///
    /// # Errors
    /// [`RecordError`] if it refuses. What it has not taken waits for the next call.
    pub(crate) fn flush(&mut self) -> Result<(), RecordError> {
        let bytes = self.recorder.take_bytes();
        let Some((file, path)) = &mut self.file else { return Ok(()) };
        self.pending.extend_from_slice(&bytes);
        while !self.pending.is_empty() {
            match file.write(&self.pending) {
                Ok(taken) if taken > 0 => drop(self.pending.drain(..taken)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => {
                    let source = outcome.err().unwrap_or_else(|| io::ErrorKind::WriteZero.into());
                    return Err(RecordError::Io { path: path.clone(), source });
                }
            }
        }
        Ok(())
    }
}

/// The complete records of an existing trace.
#[derive(Default)]
struct Kept {
    bytes: u64,
    records: u64,
    steps: u64,
}

/// How much of an existing trace are complete records of the same node.
fn complete_part(path: &Path, header: &Header) -> Result<Kept, RecordError> {
    let bytes = std::fs::read(path).map_err(|source| RecordError::Io { path: path.to_owned(), source })?;
    if bytes.is_empty() {
        return Ok(Kept::default());
    }
    let foreign = |why: String| RecordError::Foreign { path: path.to_owned(), why };
    let mut reader = Reader::new(&bytes).map_err(|error| foreign(error.to_string()))?;
    let found = reader.header().map_err(|error| foreign(error.to_string()))?;
    if (&found.protocol, &found.common, found.version) != (&header.protocol, &header.common, header.version) {
        return Err(foreign(
            "it is of another protocol or version, or of a network with another founding or other parameters"
                .to_owned(),
        ));
    }
    let mut kept = Kept { records: 1, ..Kept::default() };
    loop {
        match reader.next_record() {
            Ok(Some(record)) => {
                kept.records += 1;
                kept.steps += u64::from(matches!(record, Record::Step(_)));
            }
            Ok(None) | Err(BadTrace::CutOff { .. }) => return Ok(Kept { bytes: reader.offset() as u64, ..kept }),
            Err(error) => return Err(foreign(error.to_string())),
        }
    }
}
