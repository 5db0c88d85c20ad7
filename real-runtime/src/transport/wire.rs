//! One end of a connection: the two streams, and the hellos that open them.

use bytes::BytesMut;
use quinn::{ConnectionError, ReadError, RecvStream, SendStream, WriteError};

use super::event::{Breakage, DialError};
use super::frame::{Decoder, Hello, encode};
use super::limits::Limits;

/// Bytes that are taken from a stream at a time.
const CHUNK: usize = 64 << 10;

/// A connection on which both ends have said hello.
pub(crate) struct Up {
    pub(crate) connection: quinn::Connection,
    pub(crate) sender: SendStream,
    pub(crate) receiver: Receiver,
    /// What the other end said.
    pub(crate) theirs: Hello,
}

/// The stream from the other end, cut into frames.
pub(crate) struct Receiver {
    stream: RecvStream,
    decoder: Decoder,
}

/// Why a hello did not come to be.
pub(crate) enum NoHello {
    Lost(ConnectionError),
    Malformed(&'static str),
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
        }
    }
}

/// Opens this end's stream and says hello on it.
pub(crate) async fn say_hello(connection: &quinn::Connection, hello: Hello) -> Result<SendStream, NoHello> {
    let mut stream = connection.open_uni().await?;
    let mut bytes = BytesMut::new();
    encode(&hello.encode(), &mut bytes);
    match stream.write_all(&bytes).await {
        Ok(()) => Ok(stream),
        Err(WriteError::ConnectionLost(error)) => Err(NoHello::Lost(error)),
        Err(_) => Err(NoHello::Malformed("it was stopped")),
    }
}

/// Waits for the other end's stream and its hello.
pub(crate) async fn hear_hello(connection: &quinn::Connection, limits: &Limits) -> Result<(Receiver, Hello), NoHello> {
    let stream = connection.accept_uni().await?;
    let mut receiver = Receiver { stream, decoder: Decoder::new(Hello::LENGTH) };
    let first = match receiver.frame().await {
        Ok(Some(frame)) => frame,
        Ok(None) => return Err(NoHello::Malformed("it ended before the hello")),
        Err(ReceiveError::Lost(error)) => return Err(NoHello::Lost(error)),
        Err(ReceiveError::Broken(_)) => return Err(NoHello::Malformed("it does not begin with a hello")),
    };
    let hello = Hello::decode(first).ok_or(NoHello::Malformed("the hello has another length"))?;
    receiver.decoder.set_max(limits.frame_max);
    Ok((receiver, hello))
}

/// Why no further frame comes.
pub(crate) enum ReceiveError {
    Lost(ConnectionError),
    Broken(Breakage),
}

impl Receiver {
    /// The next frame; `None` if the other end has finished its stream.
    pub(crate) async fn frame(&mut self) -> Result<Option<bytes::Bytes>, ReceiveError> {
        loop {
            match self.decoder.next_frame() {
                Ok(Some(frame)) => return Ok(Some(frame)),
                Ok(None) => {}
                Err(too_long) => return Err(ReceiveError::Broken(too_long.into())),
            }
            match self.stream.read_chunk(CHUNK, true).await {
                Ok(Some(chunk)) => self.decoder.push(chunk.bytes),
                Ok(None) if self.decoder.between_frames() => return Ok(None),
                Ok(None) => return Err(malformed("it ended within a frame")),
                Err(ReadError::ConnectionLost(error)) => return Err(ReceiveError::Lost(error)),
                Err(_) => return Err(malformed("it was reset")),
            }
        }
    }
}

fn malformed(what: &'static str) -> ReceiveError {
    ReceiveError::Broken(Breakage::Malformed(what))
}
