//! One end of a connection: the two streams, and the hellos that open them.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;

use bytes::{Bytes, BytesMut};
use contract::PeerId;
use quinn::{ConnectionError, ReadError, RecvStream, SendStream, WriteError};

use super::admission::Seat;
use super::event::{Breakage, DialError};
use super::frame::{Decoder, encode};
use super::hello::Hello;
use super::hub::Hub;
use super::version::Version;
use crate::network::Role;

/// Chunks that are taken from a stream at a time; each came in one packet.
const CHUNKS: usize = 32;
/// Frames are handed on together up to so many bytes, so that no peer has the driver to itself for long.
const TOGETHER: usize = 16 << 10;

/// A connection on which both ends have said hello.
pub(crate) struct Up {
    pub(crate) connection: quinn::Connection,
    pub(crate) sender: SendStream,
    pub(crate) receiver: Receiver,
    /// What the other end said.
    pub(crate) theirs: Hello,
    pub(crate) version: Version,
    /// The place that the connection of a dialler takes.
    pub(crate) seat: Option<Seat>,
}

/// The stream from the other end, cut into frames.
pub(crate) struct Receiver {
    stream: RecvStream,
    /// What was taken from the stream and not decoded yet.
    chunks: VecDeque<Bytes>,
    decoder: Decoder,
    /// There was nothing to take, at least once since somebody asked.
    waited: bool,
}

/// Why a hello did not come to be.
pub(crate) enum NoHello {
    Lost(ConnectionError),
    Malformed(&'static str),
    /// It proves no membership.
    Stranger,
}

impl From<ConnectionError> for NoHello {
    fn from(error: ConnectionError) -> NoHello {
        NoHello::Lost(error)
    }
}

impl From<NoHello> for DialError {
    fn from(why: NoHello) -> DialError {
        match why {
            NoHello::Lost(error) => error.into(),
            NoHello::Malformed(what) => DialError::Malformed(what),
            NoHello::Stranger => DialError::OtherNetwork,
        }
    }
}

/// Opens this end's stream and says hello on it.
pub(crate) async fn say_hello(
    connection: &quinn::Connection,
    version: Version,
    hello: &Hello,
) -> Result<SendStream, NoHello> {
    let mut stream = connection.open_uni().await?;
    let mut bytes = BytesMut::new();
    encode(&hello.encode(version), &mut bytes);
    match stream.write_all(&bytes).await {
        Ok(()) => Ok(stream),
        Err(WriteError::ConnectionLost(error)) => Err(NoHello::Lost(error)),
        Err(_) => Err(NoHello::Malformed("it was stopped")),
    }
}

/// Whom a hello is expected from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    pub(crate) peer: PeerId,
    pub(crate) role: Role,
    pub(crate) version: Version,
}

/// Waits for the other end's stream and its hello, and checks that it is a member's.
pub(crate) async fn hear_hello(
    hub: &Hub,
    connection: &quinn::Connection,
    from: Expected,
) -> Result<(Receiver, Hello), NoHello> {
    let stream = connection.accept_uni().await?;
    let mut receiver = Receiver::new(stream, Hello::LENGTH_MAX);
    let first = match receiver.frame().await {
        Ok(Some(frame)) => frame,
        Ok(None) => return Err(NoHello::Malformed("it ended before the hello")),
        Err(ReceiveError::Lost(error)) => return Err(NoHello::Lost(error)),
        Err(ReceiveError::Broken(_)) => return Err(NoHello::Malformed("it does not begin with a hello")),
    };
    let hello = Hello::decode(&first, from.version).ok_or(NoHello::Malformed("it does not begin with a hello"))?;
    let exported = exported(connection).ok_or(NoHello::Malformed("TLS exports nothing"))?;
    if !hub.admission.admits(&exported, from.role, &from.peer, &hello.proof) {
        return Err(NoHello::Stranger);
    }
    receiver.decoder.set_max(hub.limits.frame_max);
    Ok((receiver, hello))
}

/// What TLS exports for this connection, and no other, to both of its ends.
pub(crate) fn exported(connection: &quinn::Connection) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    connection.export_keying_material(&mut bytes, b"EXPORTER-dunbar-membership", b"").ok()?;
    Some(bytes)
}

/// Why no further frame comes.
pub(crate) enum ReceiveError {
    Lost(ConnectionError),
    Broken(Breakage),
}

impl Receiver {
    /// The frames of a stream, none longer than `max` bytes.
    pub(crate) fn new(stream: RecvStream, max: u32) -> Receiver {
        Receiver { stream, chunks: VecDeque::new(), decoder: Decoder::new(max), waited: false }
    }

    /// The next frame; `None` if the other end has finished its stream.
    pub(crate) async fn frame(&mut self) -> Result<Option<Bytes>, ReceiveError> {
        loop {
            if let Some(frame) = self.at_hand()? {
                return Ok(Some(frame));
            }
            if !self.read().await? {
                return Ok(None);
            }
        }
    }

    /// The next frames that are at hand, one at least; `None` if the other end has finished its stream.
    pub(crate) async fn frames(&mut self) -> Result<Option<Vec<Bytes>>, ReceiveError> {
        let Some(first) = self.frame().await? else { return Ok(None) };
        let mut bytes = first.len();
        let mut frames = vec![first];
        // What is wrong after these frames is found again once they are handed on.
        while bytes < TOGETHER
            && let Ok(Some(frame)) = self.at_hand()
        {
            bytes += frame.len();
            frames.push(frame);
        }
        Ok(Some(frames))
    }

    /// Whether there was a moment since the last call in which everything that had come was taken.
    pub(crate) fn has_waited(&mut self) -> bool {
        std::mem::take(&mut self.waited)
    }

    /// The next frame of what was taken from the stream.
    fn at_hand(&mut self) -> Result<Option<Bytes>, ReceiveError> {
        loop {
            if let Some(frame) = self.decoder.next_frame().map_err(|too_long| ReceiveError::Broken(too_long.into()))? {
                return Ok(Some(frame));
            }
            match self.chunks.pop_front() {
                Some(chunk) => self.decoder.push(chunk),
                None => return Ok(None),
            }
        }
    }

    /// Takes what has come; false if the other end has finished its stream.
    async fn read(&mut self) -> Result<bool, ReceiveError> {
        let mut chunks = [const { Bytes::new() }; CHUNKS];
        let read = {
            let mut reading = pin!(self.stream.read_chunks(&mut chunks));
            let waited = &mut self.waited;
            poll_fn(move |context| {
                let read = reading.as_mut().poll(context);
                *waited |= read.is_pending();
                read
            })
            .await
        };
        match read {
            Ok(Some(count)) => {
                self.chunks.extend(chunks.into_iter().take(count));
                Ok(true)
            }
            Ok(None) if self.decoder.between_frames() => Ok(false),
            Ok(None) => Err(malformed("it ended within a frame")),
            Err(ReadError::ConnectionLost(error)) => Err(ReceiveError::Lost(error)),
            Err(_) => Err(malformed("it was reset")),
        }
    }
}

fn malformed(what: &'static str) -> ReceiveError {
    ReceiveError::Broken(Breakage::Malformed(what))
}
