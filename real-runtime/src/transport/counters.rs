//! What was sent, what arrived, and what was lost or refused and why.

use std::sync::{Mutex, PoisonError};

use contract::Kind;

/// Frames and bytes in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Frames on streams.
    pub stream_frames: u64,
    /// Frames as datagrams.
    pub datagrams: u64,
    /// Bytes of both, without the length prefixes and without what QUIC adds.
    pub bytes: u64,
}

/// Frames that were to be sent, or had arrived, and went no further.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Frames for a stream that were lost because the queue for their peer was full. `Broken` reported it.
    pub stream_queue_full: u64,
    /// Datagrams for which the queue of their peer was full.
    pub datagram_queue_full: u64,
    /// Datagrams longer than the path carries, or for a peer that takes none.
    pub datagram_too_long: u64,
    /// Datagrams that arrived while the driver was behind, or of a peer that was being slowed.
    pub inbox_full: u64,
    /// Frames for a peer that has no address and did not connect. `Broken` reported it.
    pub no_address: u64,
    /// Frames that were given to a transport that was shutting down, or left in its queues.
    pub shut_down: u64,
}

impl Dropped {
    /// Each reason with its count.
    pub fn by_reason(&self) -> [(&'static str, u64); 6] {
        [
            ("stream-queue-full", self.stream_queue_full),
            ("datagram-queue-full", self.datagram_queue_full),
            ("datagram-too-long", self.datagram_too_long),
            ("inbox-full", self.inbox_full),
            ("no-address", self.no_address),
            ("shut-down", self.shut_down),
        ]
    }
}

/// Connections and frames of others that were turned away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// Diallers that offer no version of the protocol that this node speaks.
    pub version: u64,
    /// Diallers that failed the handshake otherwise: no key, a key that is nobody's identity, another protocol.
    pub handshake: u64,
    /// Diallers that did not finish the handshake in time.
    pub timeout: u64,
    /// Diallers that had to prove their address first, and may have come back.
    pub retried: u64,
    /// Diallers that are no members of the network.
    pub stranger: u64,
    /// Diallers that were expelled.
    pub expelled: u64,
    /// Diallers turned away because too many connections came from their address.
    pub crowded: u64,
    /// Diallers turned away because too many handshakes were begun from their address lately.
    pub hasty: u64,
    /// Diallers turned away because too many handshakes were under way, or too many peers are known.
    pub busy: u64,
    /// Connections that lost against another one with the same peer.
    pub duplicate: u64,
    /// Connections closed because of a frame above the limit.
    pub frame_too_long: u64,
    /// Connections closed because of a stream that is not a hello and frames, or of frames that cannot be read.
    pub malformed: u64,
    /// Frames that the driver could not read.
    pub unreadable: u64,
    /// Endpoint records that could not be believed, or were too many.
    pub record: u64,
}

impl Refused {
    /// Each reason with its count.
    pub fn by_reason(&self) -> [(&'static str, u64); 14] {
        [
            ("version", self.version),
            ("handshake", self.handshake),
            ("timeout", self.timeout),
            ("retried", self.retried),
            ("stranger", self.stranger),
            ("expelled", self.expelled),
            ("crowded", self.crowded),
            ("hasty", self.hasty),
            ("busy", self.busy),
            ("duplicate", self.duplicate),
            ("frame-too-long", self.frame_too_long),
            ("malformed", self.malformed),
            ("unreadable", self.unreadable),
            ("record", self.record),
        ]
    }
}

/// Datagrams that were left unread: they have cost the node neither memory nor cryptography.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Of handshakes, more than their address may begin, or than all strangers together may.
    pub hasty: u64,
    /// Of no connection that this node has ever had.
    pub stray: u64,
    /// Copies of datagrams that had arrived before.
    pub copy: u64,
}

impl Unread {
    /// Each reason with its count.
    pub fn by_reason(&self) -> [(&'static str, u64); 3] {
        [("hasty", self.hasty), ("stray", self.stray), ("copy", self.copy)]
    }

    pub(crate) fn add(&mut self, more: &Unread) {
        self.hasty += more.hasty;
        self.stray += more.stray;
        self.copy += more.copy;
    }
}

/// Everything that a transport counts, since it was bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Given to connections.
    pub sent: Traffic,
    /// Taken from connections.
    pub received: Traffic,
    /// Lost, by reason.
    pub dropped: Dropped,
    /// Turned away, by reason.
    pub refused: Refused,
    /// Left unread, by reason.
    pub unread: Unread,
    /// Times that a peer was not read from for a while, because the node had too much to do and the peer had its share of it.
    pub slowed: u64,
    /// Connections that this node dialled and that came up.
    pub dialled: u64,
    /// Connections that peers dialled and that came up.
    pub accepted: u64,
    /// Attempts to dial that failed.
    pub dials_failed: u64,
}

impl Traffic {
    /// Counts `frames` frames of `bytes` bytes together.
    pub(crate) fn add(&mut self, kind: Kind, frames: usize, bytes: usize) {
        match kind {
            Kind::Stream => self.stream_frames += frames as u64,
            Kind::Datagram => self.datagrams += frames as u64,
        }
        self.bytes += bytes as u64;
    }
}

/// Counters that many tasks share.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<Counters>);

impl Tally {
    pub(crate) fn count(&self, change: impl FnOnce(&mut Counters)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn snapshot(&self) -> Counters {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
