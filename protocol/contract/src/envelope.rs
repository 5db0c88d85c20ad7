//! The frame in which a message crosses the wire.
//!
//! | Bytes | Content |
//! |---|---|
//! | 0 | version of the envelope, 1 |
//! | 1–2 | number of the protocol, little-endian |
//! | 3–4 | version of the protocol's messages, little-endian |
//! | 5– | canonical bytes of the message |
//!
//! A transport delimits frames. A change of these five bytes is a new envelope version; a change of a protocol's messages
//! is a new version of that protocol. Nodes refuse what they do not know, and say which of the three it was.

use crate::{Canonical, Malformed, Protocol, Wire};

/// The version of the envelope.
pub const VERSION: u8 = 1;
/// Bytes that the envelope adds to a message.
pub const OVERHEAD: usize = 5;
/// The longest frame in bytes, checked before anything is allocated.
pub const FRAME_MAX: usize = 1 << 20;

/// Bytes on the wire of a message of so many canonical bytes.
#[inline]
pub fn wire_size(body: usize) -> u32 {
    u32::try_from(body.saturating_add(OVERHEAD)).unwrap_or(u32::MAX)
}

/// Why a frame was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The frame is too long or too short to be one.
    #[error("a frame of {length} bytes; it takes {OVERHEAD} to {FRAME_MAX}")]
    Length {
        /// Its length.
        length: usize,
    },
    /// Another envelope version.
    #[error("envelope version {got}; this node speaks {VERSION}")]
    Envelope {
        /// The version in the frame.
        got: u8,
    },
    /// Another protocol.
    #[error("protocol number {got}; expected {expected} ({name})")]
    Protocol {
        /// The number in the frame.
        got: u16,
        /// The number of the protocol that runs here.
        expected: u16,
        /// Its name.
        name: &'static str,
    },
    /// Another version of the protocol.
    #[error("version {got} of {name}; this node speaks {expected}")]
    Version {
        /// The version in the frame.
        got: u16,
        /// The version that runs here.
        expected: u16,
        /// The protocol's name.
        name: &'static str,
    },
    /// The message itself is not canonical.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// The frame of a message.
pub fn seal<P: Protocol>(message: &P::Message) -> Vec<u8> {
    let mut frame = Vec::with_capacity((message.size() as usize).min(FRAME_MAX));
    frame.push(VERSION);
    frame.extend_from_slice(&P::ID.to_le_bytes());
    frame.extend_from_slice(&P::VERSION.to_le_bytes());
    message.encode(&mut frame);
    frame
}

/// The message in a frame.
///
/// # Errors
/// [`Refused`] says which part was wrong.
pub fn open<P: Protocol>(frame: &[u8]) -> Result<P::Message, Refused> {
    let length = frame.len();
    if length > FRAME_MAX {
        return Err(Refused::Length { length });
    }
    let Some((&[version, id0, id1, version0, version1], body)) = frame.split_first_chunk() else {
        return Err(Refused::Length { length });
    };
    if version != VERSION {
        return Err(Refused::Envelope { got: version });
    }
    let (got, name) = (u16::from_le_bytes([id0, id1]), P::NAME);
    if got != P::ID {
        return Err(Refused::Protocol { got, expected: P::ID, name });
    }
    let got = u16::from_le_bytes([version0, version1]);
    if got != P::VERSION {
        return Err(Refused::Version { got, expected: P::VERSION, name });
    }
    Ok(P::Message::decode(body)?)
}
