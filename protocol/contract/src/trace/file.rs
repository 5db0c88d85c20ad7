//! The trace file: a magic line, then records, each behind its prefix of 16 bytes: the length (`u32`, little-endian), its
//! complement, and the first 8 bytes of BLAKE3 over the record.
//!
//! A flipped bit anywhere is found; who may choose the bytes can write another trace. A process that is killed leaves a cut
//! record at the end. The reader gives every complete record and then says at which byte the rest is missing; whether a
//! trace is whole, its last record says: [`Record::End`].

use super::record::{FORMAT, Record};
use crate::{Canonical, Hash, Malformed};

/// The first bytes of every trace file, with the version of the format.
pub const MAGIC: &[u8; 15] = b"dunbar-trace 4\n";
/// What those of every format begin with. The first had no checksums and no number, the second another hash chain, the third wrote a
/// message for every peer that it was sent to.
const ANY_MAGIC: &[u8] = b"dunbar-trace";
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
    /// The length or the bytes of a record are not those that were written.
    #[error("the record at byte {offset} is damaged: its checksum does not fit")]
    Checksum {
        /// Where the record begins.
        offset: usize,
    },
    /// A record is none, although its checksum fits.
    #[error("the record at byte {offset} is damaged: {source}")]
    Damaged {
        /// Where the record begins.
        offset: usize,
        /// What is wrong in it.
        source: Malformed,
    },
}

/// The format that the first line of a trace names.
fn format_of(bytes: &[u8]) -> Option<u16> {
    let line = bytes.strip_prefix(ANY_MAGIC)?;
    let number = line.split(|byte| *byte == b'\n').next().filter(|number| number.len() < line.len())?;
    match number {
        b"" => Some(1),
        [b' ', digits @ ..] if digits.iter().all(u8::is_ascii_digit) => str::from_utf8(digits).ok()?.parse().ok(),
        _ => None,
    }
}

/// Bytes before each record.
const PREFIX: usize = 16;

fn check(record: &[u8]) -> [u8; 8] {
    *Hash::blake3(&[record]).as_bytes().first_chunk().expect("a hash has 32 bytes")
}

/// Appends a record behind its prefix.
pub fn append(record: &Record, bytes: &mut Vec<u8>) {
    let start = bytes.len();
    bytes.extend_from_slice(&[0; PREFIX]);
    record.encode(bytes);
    // A record above 4 GiB does not exist: frames and stores that go into it are bounded far below.
    let length = u32::try_from(bytes.len() - start - PREFIX).expect("a record below 4 GiB");
    let check = check(&bytes[start + PREFIX..]);
    let prefix = &mut bytes[start..start + PREFIX];
    prefix[..4].copy_from_slice(&length.to_le_bytes());
    prefix[4..8].copy_from_slice(&(!length).to_le_bytes());
    prefix[8..].copy_from_slice(&check);
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
    /// [`BadTrace::NotATrace`] if it is missing, [`BadTrace::Format`] if it is that of another format.
    pub fn new(bytes: &'a [u8]) -> Result<Reader<'a>, BadTrace> {
        if bytes.starts_with(MAGIC) {
            return Ok(Reader { bytes, offset: MAGIC.len() });
        }
        let other = format_of(bytes).filter(|got| *got != FORMAT);
        Err(other.map_or(BadTrace::NotATrace, |got| BadTrace::Format { got }))
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
        let Some((prefix, rest)) = rest.split_first_chunk::<PREFIX>() else {
            return Err(BadTrace::CutOff { offset, expected: PREFIX, found: rest.len() });
        };
        let [a, b, c, d, e, f, g, h, checked @ ..] = *prefix;
        let length = u32::from_le_bytes([a, b, c, d]);
        if length != !u32::from_le_bytes([e, f, g, h]) {
            return Err(BadTrace::Checksum { offset });
        }
        let expected = length as usize;
        if expected > RECORD_MAX {
            return Err(BadTrace::TooLong { offset, claimed: expected });
        }
        let Some(body) = rest.get(..expected) else {
            return Err(BadTrace::CutOff { offset, expected, found: rest.len() });
        };
        if check(body) != checked {
            return Err(BadTrace::Checksum { offset });
        }
        self.offset = offset + PREFIX + expected;
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
