//! What a transport tells its driver.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use contract::{Kind, PeerId};
use quinn::{ConnectionError, VarInt};

use super::frame::FrameTooLong;

/// What happened. The events of one peer are in the order in which they happened: `Connected`, its frames, `Broken`.
/// A `Broken` without a `Connected` before it says that frames were lost before there was a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A connection is up, both ends have agreed on it and the peer has proved its key.
    Connected {
        /// The other end.
        peer: PeerId,
        /// Where it is.
        address: SocketAddr,
    },
    /// A frame arrived.
    Frame {
        /// Who sent it, authenticated.
        from: PeerId,
        /// The frame, at most `frame_max` bytes.
        bytes: Bytes,
        /// How it travelled.
        kind: Kind,
    },
    /// The connection broke. Stream frames that had been given to it may be lost, in either direction; those that
    /// still waited are kept for the next connection, unless `why` is [`Breakage::QueueFull`] or
    /// [`Breakage::NoAddress`].
    Broken {
        /// The other end.
        peer: PeerId,
        /// The cause.
        why: Breakage,
    },
    /// A peer could not be reached. What waits for it goes on waiting.
    DialFailed {
        /// The peer that was dialled.
        peer: PeerId,
        /// The cause.
        why: DialError,
        /// The pause before the next attempt, if there is a reason for one.
        retry: Duration,
    },
}

/// Why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Breakage {
    /// No sign of life for the idle timeout.
    #[error("no sign of life from the peer")]
    TimedOut,
    /// The peer's machine knows nothing of the connection.
    #[error("the peer was restarted")]
    Restarted,
    /// The peer shuts down.
    #[error("the peer is leaving")]
    PeerLeft,
    /// The peer closed it.
    #[error("the peer closed the connection: {0}")]
    ClosedByPeer(Close),
    /// The peer has begun a newer connection.
    #[error("the peer has begun another connection")]
    Superseded,
    /// More stream frames waited than may. They are lost.
    #[error("too many frames wait for the peer")]
    QueueFull,
    /// There is no address for the peer, and it has not connected. What waited is lost.
    #[error("no address is known for the peer")]
    NoAddress,
    /// This node has expelled the peer.
    #[error("the peer is expelled")]
    Expelled,
    /// The peer sent a frame above the limit.
    #[error(transparent)]
    FrameTooLong(#[from] FrameTooLong),
    /// The peer's stream broke the rules.
    #[error("the peer's stream is malformed: {0}")]
    Malformed(&'static str),
    /// QUIC failed otherwise.
    #[error("{0}")]
    Other(String),
}

/// Why a peer could not be reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialError {
    /// Somebody else answers at the address.
    #[error("the address belongs to peer {found}")]
    WrongKey {
        /// Who it is.
        found: PeerId,
    },
    /// The peer does not speak this version.
    #[error(
        "the peer does not speak {}: one of the two nodes needs another version",
        super::version::names(super::version::SPOKEN)
    )]
    Version,
    /// One of the two is no member of the other's network.
    #[error("the peer belongs to another network: one of the two nodes needs another invitation")]
    OtherNetwork,
    /// Nobody answered in time.
    #[error("no answer within the handshake timeout")]
    TimedOut,
    /// The peer answers that it has no room.
    #[error("the peer has no room for another connection")]
    Busy,
    /// The peer closed the connection before it was up.
    #[error("the peer closed the connection: {0}")]
    ClosedByPeer(Close),
    /// The peer's hello broke the rules.
    #[error("the peer's stream is malformed: {0}")]
    Malformed(&'static str),
    /// QUIC failed otherwise.
    #[error("{0}")]
    Other(String),
}

/// The codes with which one end closes a connection. They are part of the protocol: a number keeps its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Close {
    /// 0: no reason was given; a dial that was given up ends like this.
    #[error("no reason given")]
    Unspecified,
    /// 1: the node shuts down, or it has seen that the peer does.
    #[error("the node is leaving")]
    Leaving,
    /// 2: there is another connection, and that one stays.
    #[error("there is another connection")]
    Duplicate,
    /// 3: there is a newer connection.
    #[error("there is a newer connection")]
    Superseded,
    /// 4: too many frames waited.
    #[error("the peer reads too slowly")]
    QueueFull,
    /// 5: a frame above the limit.
    #[error("a frame was too long")]
    FrameTooLong,
    /// 6: a stream that is not a hello and frames.
    #[error("the stream was malformed")]
    Malformed,
    /// 7: too many peers.
    #[error("no room for another peer")]
    Busy,
    /// 8: the handshake took too long.
    #[error("the handshake took too long")]
    TimedOut,
    /// 9: the other end has not proved that it is a member of the network.
    #[error("no member of the network")]
    Stranger,
    /// 10: the other end was expelled.
    #[error("expelled")]
    Expelled,
    /// A number that this version does not know.
    #[error("reason {0}")]
    Unknown(u64),
}

impl Close {
    const KNOWN: [Close; 11] = [
        Close::Unspecified,
        Close::Leaving,
        Close::Duplicate,
        Close::Superseded,
        Close::QueueFull,
        Close::FrameTooLong,
        Close::Malformed,
        Close::Busy,
        Close::TimedOut,
        Close::Stranger,
        Close::Expelled,
    ];

    fn from_code(code: u64) -> Close {
        let known = usize::try_from(code).ok().and_then(|index| Self::KNOWN.get(index));
        known.copied().unwrap_or(Close::Unknown(code))
    }

    /// Closes a connection for this reason.
    pub(crate) fn apply(self, connection: &quinn::Connection) {
        let code = Self::KNOWN.iter().position(|known| *known == self).unwrap_or(0);
        connection.close(VarInt::from_u32(code as u32), self.to_string().as_bytes());
    }
}

impl From<ConnectionError> for Breakage {
    fn from(error: ConnectionError) -> Breakage {
        match error {
            ConnectionError::TimedOut => Breakage::TimedOut,
            ConnectionError::Reset => Breakage::Restarted,
            ConnectionError::ApplicationClosed(close) => match Close::from_code(close.error_code.into()) {
                Close::Leaving => Breakage::PeerLeft,
                Close::Superseded => Breakage::Superseded,
                close => Breakage::ClosedByPeer(close),
            },
            other => Breakage::Other(other.to_string()),
        }
    }
}

impl From<ConnectionError> for DialError {
    fn from(error: ConnectionError) -> DialError {
        /// The TLS alert `no_application_protocol` as a QUIC error code (RFC 9001, section 4.8).
        const NO_APPLICATION_PROTOCOL: u64 = 0x100 + 120;
        let code = match &error {
            ConnectionError::TimedOut => return DialError::TimedOut,
            ConnectionError::ApplicationClosed(close) => {
                return match Close::from_code(close.error_code.into()) {
                    Close::Busy => DialError::Busy,
                    Close::Stranger => DialError::OtherNetwork,
                    close => DialError::ClosedByPeer(close),
                };
            }
            ConnectionError::TransportError(error) => error.code,
            ConnectionError::ConnectionClosed(close) => close.error_code,
            _ => return DialError::Other(error.to_string()),
        };
        match code {
            quinn::TransportErrorCode::CONNECTION_REFUSED => DialError::Busy,
            code if u64::from(code) == NO_APPLICATION_PROTOCOL => DialError::Version,
            _ => DialError::Other(error.to_string()),
        }
    }
}
