//! The trace file: a magic line, then records, each behind its length.
//!
//! A process that is killed leaves a cut record at the end. The reader gives every complete record and then says at
//! which byte the rest is missing.

use super::record::{FORMAT, Record};
use crate::{Canonical, Malformed};

/// The first bytes of every trace file.
pub const MAGIC: &[u8; 13] = b"dunbar-trace\n";
/// The longest record in bytes.
pub const RECORD_MAX: usize = 64 << 20;

/// Why a trace cannot be read further.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTrace {
    /// The file is something else.
    #[error("not a trace: the file does not begin with `dunbar-trace`")]
    NotATrace,
    /// The first record is no header.
    #[error("the trace does not begin with a header")]
    NoHeader,
    /// Another format version.
    #[error("trace format {got}; this program reads format {FORMAT}")]
    Format {
        /// The version in the file.
        got: u16,
    },
    /// The last record is cut off, as a killed process leaves it.
    #[error("the trace is cut off at byte {offset}: a record of {expected} bytes has only {found}")]
    CutOff {
        /// Where the record begins.
        offset: usize,
        /// How long it should be.
        expected: usize,
        /// How much of it is there.
        found: usize,
    },
    /// A record claims more than [`RECORD_MAX`] bytes.
    #[error("the record at byte {offset} claims {claimed} bytes; at most {RECORD_MAX} are allowed")]
    TooLong {
        /// Where the record begins.
        offset: usize,
        /// What it claims.
        claimed: usize,
    },
    /// A record is damaged.
    #[error("the record at byte {offset} is damaged: {source}")]
    Damaged {
        /// Where the record begins.
        offset: usize,
        /// What is wrong in it.
        source: Malformed,
    },
}

/// Appends a record behind its length.
pub fn append(record: &Record, bytes: &mut Vec<u8>) {
    let start = bytes.len();
    bytes.extend_from_slice(&[0; 4]);
    record.encode(bytes);
    // A record above 4 GiB does not exist: frames and stores that go into it are bounded far below.
    let length = u32::try_from(bytes.len() - start - 4).expect("a record below 4 GiB");
    bytes[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

/// Reads the records of a trace that lies in memory.
pub struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// Checks the magic line.
    ///
    /// # Errors
    /// [`BadTrace::NotATrace`] if it is missing.
    pub fn new(bytes: &'a [u8]) -> Result<Reader<'a>, BadTrace> {
        if !bytes.starts_with(MAGIC) {
            return Err(BadTrace::NotATrace);
        }
        Ok(Reader { bytes, offset: MAGIC.len() })
    }

    /// The next record, or `None` at the end.
    ///
    /// # Errors
    /// [`BadTrace`] with the place of a cut or damaged record.
    pub fn next_record(&mut self) -> Result<Option<Record>, BadTrace> {
        let (offset, rest) = (self.offset, &self.bytes[self.offset..]);
        if rest.is_empty() {
            return Ok(None);
        }
        let Some((prefix, rest)) = rest.split_first_chunk::<4>() else {
            return Err(BadTrace::CutOff { offset, expected: 4, found: rest.len() });
        };
        let expected = u32::from_le_bytes(*prefix) as usize;
        if expected > RECORD_MAX {
            return Err(BadTrace::TooLong { offset, claimed: expected });
        }
        let Some(body) = rest.get(..expected) else {
            return Err(BadTrace::CutOff { offset, expected, found: rest.len() });
        };
        self.offset = offset + 4 + expected;
        Record::decode(body).map(Some).map_err(|source| BadTrace::Damaged { offset, source })
    }

    /// Reads the header, which comes first.
    ///
    /// # Errors
    /// [`BadTrace`] if there is none or its format is unknown.
    pub fn header(&mut self) -> Result<super::Header, BadTrace> {
        match self.next_record()? {
            Some(Record::Header(header)) if header.format == FORMAT => Ok(header),
            Some(Record::Header(header)) => Err(BadTrace::Format { got: header.format }),
            _ => Err(BadTrace::NoHeader),
        }
    }

    /// Where the next record begins.
    pub const fn offset(&self) -> usize {
        self.offset
    }
}
