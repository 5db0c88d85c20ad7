//! What one node spends at most on its peers.

use std::net::SocketAddr;
use std::time::Duration;

/// The most that a node keeps, waits and accepts. Every buffer of the transport has its bound here.
///
/// Per connection a peer can make a node hold at most one frame in assembly (`frame_max`), what the flow control
/// window admits (`window_bytes`) and the datagrams that wait (64 KiB); what it sent beyond waits at its own end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest frame in bytes, both ways. It is checked before anything is allocated for the frame.
    pub frame_max: u32,
    /// Frames that wait for one peer, counted for streams and for datagrams separately.
    pub queue_frames: usize,
    /// Bytes that wait for one peer, counted for streams and for datagrams separately. At least `frame_max`.
    pub queue_bytes: usize,
    /// Events that wait for the driver; frames that came together count as one.
    pub inbox_events: usize,
    /// Bytes of frames that wait for the driver, 64 more for each, all peers together.
    pub inbox_bytes: u32,
    /// Bytes under way to a peer, and from it, before flow control makes the sender wait.
    pub window_bytes: u32,
    /// Peers, known or connected, beyond which a connection of a peer that is not in the address book is refused.
    pub peers_max: usize,
    /// What one address may have.
    pub per_address: PerAddress,
    /// Handshakes under way that others began; by default twice what one address may have. From a quarter of it on, a dialler
    /// first proves its address.
    pub handshakes_max: usize,
    /// After this long without a sign of life a connection is broken. A peer without an address is waited for as long.
    pub idle_timeout: Duration,
    /// A quiet connection shows a sign of life this often. Below `idle_timeout`.
    pub keep_alive: Duration,
    /// How long a dial, or a handshake that a dialler began, may take.
    pub handshake_timeout: Duration,
    /// The pause before the second attempt to dial; it doubles from attempt to attempt.
    pub backoff_min: Duration,
    /// The longest pause between attempts to dial.
    pub backoff_max: Duration,
    /// How peers are found.
    pub discovery: Discovery,
}

/// What one address may have; in version 6 of IP an address is its first 64 bits, which one subscriber has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerAddress {
    /// Connections, handshakes under way included. Half of them may be from diallers that have not proved the address.
    pub connections_max: usize,
    /// Handshakes that it may begin each second in the long run; at once it is `connections_max`.
    pub handshakes_per_second: u32,
}

impl Default for PerAddress {
    fn default() -> PerAddress {
        PerAddress { connections_max: 256, handshakes_per_second: 20 }
    }
}

/// How a node makes itself known, and how many others it gets to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovery {
    /// Endpoint records of other peers that are kept.
    pub records_max: usize,
    /// Discovered peers to which a connection is kept, besides those that are configured.
    pub neighbours: usize,
    /// A neighbour is told at most this often what has changed.
    pub interval: Duration,
    /// Where others find this node. If there is nothing here, it is the address on which the node listens, unless that is
    /// any address; then it is the one on which peers agree that they see it.
    pub announce: Vec<SocketAddr>,
}

impl Default for Discovery {
    fn default() -> Discovery {
        Discovery { records_max: 500, neighbours: 8, interval: Duration::from_secs(1), announce: Vec::new() }
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            frame_max: contract::envelope::FRAME_MAX as u32,
            queue_frames: 1024,
            queue_bytes: 4 << 20,
            inbox_events: 1024,
            inbox_bytes: 16 << 20,
            window_bytes: 2 << 20,
            peers_max: 1024,
            per_address: PerAddress::default(),
            handshakes_max: 512,
            idle_timeout: Duration::from_secs(30),
            keep_alive: Duration::from_secs(10),
            handshake_timeout: Duration::from_secs(10),
            backoff_min: Duration::from_millis(100),
            backoff_max: Duration::from_secs(10),
            discovery: Discovery::default(),
        }
    }
}

impl Limits {
    /// What contradicts itself, as a sentence.
    pub(crate) fn contradiction(&self) -> Option<&'static str> {
        let frame = self.frame_max as usize;
        if self.queue_bytes < frame || (self.inbox_bytes as usize) < frame {
            return Some("queue_bytes and inbox_bytes must hold a frame of frame_max bytes");
        }
        if self.queue_frames == 0 || self.inbox_events == 0 || self.handshakes_max == 0 || self.window_bytes == 0 {
            return Some("queue_frames, inbox_events, handshakes_max and window_bytes must not be 0");
        }
        if self.per_address.connections_max < 2 || self.per_address.handshakes_per_second == 0 {
            return Some("connections_max of an address must be 2 at least, and handshakes_per_second 1");
        }
        if self.keep_alive >= self.idle_timeout {
            return Some("keep_alive must be shorter than idle_timeout");
        }
        if self.backoff_min.is_zero() || self.backoff_min > self.backoff_max {
            return Some("backoff_min must lie above 0 and not above backoff_max");
        }
        None
    }
}
