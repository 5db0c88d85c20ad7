//! What the stream between two peers carries: a hello, then frames, each with its length before it.
//!
//! | Bytes | Content |
//! |---|---|
//! | 0–3 | length of the frame, little-endian |
//! | 4– | the frame |
//!
//! The first frame of a stream is the [hello](super::hello) of its sender. A datagram is one frame without a length.

use bytes::{BufMut, Bytes, BytesMut};

/// Bytes of the length before a frame.
pub(crate) const PREFIX: usize = 4;

/// Space that is set aside for a frame before its bytes are there.
const SPECULATION: usize = 64 << 10;

/// A frame is longer than the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a frame of {length} bytes; the limit is {max}")]
pub struct FrameTooLong {
    /// Its length in bytes.
    pub length: usize,
    /// The longest that is allowed, in bytes.
    pub max: u32,
}

/// Appends a frame, whose length has been checked against the limit of 32 bits, with its length before it.
pub(crate) fn encode(frame: &[u8], out: &mut BytesMut) {
    out.reserve(PREFIX + frame.len());
    out.put_u32_le(frame.len() as u32);
    out.put_slice(frame);
}

/// Cuts a stream of bytes into frames. It never holds more than one frame and the chunk that was pushed last.
#[derive(Debug)]
pub(crate) struct Decoder {
    max: u32,
    /// A length was above the limit: what follows means nothing.
    broken: Option<FrameTooLong>,
    chunk: Bytes,
    prefix: [u8; PREFIX],
    prefix_length: usize,
    body: Option<Body>,
}

#[derive(Debug)]
struct Body {
    length: usize,
    bytes: Vec<u8>,
}

impl Decoder {
    /// A decoder that refuses frames of more than `max` bytes.
    pub(crate) fn new(max: u32) -> Decoder {
        Decoder { max, broken: None, chunk: Bytes::new(), prefix: [0; PREFIX], prefix_length: 0, body: None }
    }

    /// Changes the limit for frames whose length has not been read yet.
    pub(crate) fn set_max(&mut self, max: u32) {
        self.max = max;
    }

    /// Takes the next bytes. Call [`next_frame`](Decoder::next_frame) until it returns `None` before pushing more.
    pub(crate) fn push(&mut self, chunk: Bytes) {
        debug_assert!(self.chunk.is_empty(), "frames of the chunk before were not taken");
        self.chunk = chunk;
    }

    /// The next complete frame; `None` if more bytes are needed.
    ///
    /// # Errors
    /// A length above the limit, before anything is allocated for that frame, from then on each time: the stream has no
    /// meaning after it.
    pub(crate) fn next_frame(&mut self) -> Result<Option<Bytes>, FrameTooLong> {
        if let Some(too_long) = self.broken {
            return Err(too_long);
        }
        let mut body = match self.body.take() {
            Some(body) => body,
            None => match self.length()? {
                Some(length) => Body { length, bytes: Vec::with_capacity(length.min(SPECULATION)) },
                None => return Ok(None),
            },
        };
        let part = self.chunk.split_to(self.chunk.len().min(body.length - body.bytes.len()));
        body.bytes.extend_from_slice(&part);
        if body.bytes.len() == body.length {
            return Ok(Some(Bytes::from(body.bytes)));
        }
        self.body = Some(body);
        Ok(None)
    }

    /// Whether the stream may end here without cutting a frame.
    pub(crate) fn between_frames(&self) -> bool {
        self.body.is_none() && self.prefix_length == 0
    }

    fn length(&mut self) -> Result<Option<usize>, FrameTooLong> {
        let part = self.chunk.split_to(self.chunk.len().min(PREFIX - self.prefix_length));
        self.prefix[self.prefix_length..][..part.len()].copy_from_slice(&part);
        self.prefix_length += part.len();
        if self.prefix_length < PREFIX {
            return Ok(None);
        }
        self.prefix_length = 0;
        let length = u32::from_le_bytes(self.prefix);
        match length <= self.max {
            true => Ok(Some(length as usize)),
            false => {
                let too_long = FrameTooLong { length: length as usize, max: self.max };
                self.broken = Some(too_long);
                Err(too_long)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(decoder: &mut Decoder, chunk: &[u8]) -> Result<Vec<Bytes>, FrameTooLong> {
        decoder.push(Bytes::copy_from_slice(chunk));
        std::iter::from_fn(|| decoder.next_frame().transpose()).collect()
    }

    #[test]
    fn frames_come_out_as_they_went_in_however_they_are_cut() {
        let sent: Vec<Vec<u8>> = [0usize, 1, 3, 4, 5, 70_000, 2].iter().map(|&n| vec![n as u8; n]).collect();
        let mut wire = BytesMut::new();
        sent.iter().for_each(|frame| encode(frame, &mut wire));
        for size in [1, 2, 3, 7, 1200, 65_536, wire.len()] {
            let mut decoder = Decoder::new(70_000);
            let got: Vec<Bytes> = wire
                .chunks(size)
                .flat_map(|chunk| frames(&mut decoder, chunk).expect("no frame is too long"))
                .collect();
            assert_eq!(got, sent, "in chunks of {size}");
            assert!(decoder.between_frames());
        }
    }

    #[test]
    fn the_length_is_refused_before_the_frame_is_there() {
        let mut decoder = Decoder::new(100);
        assert_eq!(frames(&mut decoder, &[100, 0, 0, 0]), Ok(vec![]));
        assert!(!decoder.between_frames());
        let mut decoder = Decoder::new(100);
        assert_eq!(frames(&mut decoder, &[101, 0, 0, 0]), Err(FrameTooLong { length: 101, max: 100 }));
        assert_eq!(frames(&mut Decoder::new(100), &[255; 4]).map_err(|e| e.length), Err(u32::MAX as usize));
    }

    #[test]
    fn an_announced_frame_takes_space_only_as_it_arrives() {
        let mut decoder = Decoder::new(1 << 20);
        assert_eq!(frames(&mut decoder, &(1u32 << 20).to_le_bytes()), Ok(vec![]));
        let body = decoder.body.as_ref().expect("the frame has begun");
        assert!(body.bytes.capacity() <= SPECULATION);
    }
}
