//! What waits for one peer: bounded, and never a silent gap in a stream.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use contract::Kind;
use tokio::sync::Notify;

use super::frame;
use super::limits::Limits;

/// Frames that the stream takes at a time, in bytes; one frame may exceed it.
const BATCH: usize = 64 << 10;

/// The queue between the driver, which never waits, and the task that serves one peer.
///
/// The policy at the bound: a datagram that does not fit is dropped. A stream frame that does not fit breaks the
/// connection: it is dropped together with all stream frames that wait, and the task is told, because a stream must
/// not lose a frame while its connection lives. Frames that come after belong to the next connection.
#[derive(Debug)]
pub(crate) struct Queue {
    lines: Mutex<Lines>,
    /// A stream frame came.
    pub(crate) stream: Notify,
    /// A datagram came.
    pub(crate) datagram: Notify,
    /// The stream's line overflowed.
    pub(crate) overflow: Notify,
    /// Any of these.
    pub(crate) any: Notify,
}

#[derive(Debug)]
struct Lines {
    stream: Line,
    datagram: Line,
    overflowed: bool,
}

#[derive(Debug)]
struct Line {
    frames: VecDeque<Bytes>,
    bytes: usize,
    frames_max: usize,
    bytes_max: usize,
}

/// What the stream is to carry next.
#[derive(Debug)]
pub(crate) struct Batch {
    /// Frames with their lengths before them.
    pub(crate) wire: BytesMut,
    pub(crate) frames: usize,
    /// Bytes without the lengths.
    pub(crate) bytes: usize,
}

impl Queue {
    pub(crate) fn new(limits: &Limits) -> Queue {
        let line = || Line {
            frames: VecDeque::new(),
            bytes: 0,
            frames_max: limits.queue_frames,
            bytes_max: limits.queue_bytes,
        };
        Queue {
            lines: Mutex::new(Lines { stream: line(), datagram: line(), overflowed: false }),
            stream: Notify::new(),
            datagram: Notify::new(),
            overflow: Notify::new(),
            any: Notify::new(),
        }
    }

    /// Adds frames in their order. Returns how many frames of streams and how many datagrams were lost by that, these
    /// included.
    pub(crate) fn push(&self, frames: impl IntoIterator<Item = (Bytes, Kind)>) -> (usize, usize) {
        let (mut lost, mut came) = ((0, 0), (false, false));
        let mut lines = self.lines();
        for (frame, kind) in frames {
            match kind {
                Kind::Datagram => {
                    came.1 = true;
                    lost.1 += usize::from(!lines.datagram.push(frame));
                }
                Kind::Stream => {
                    came.0 = true;
                    if !lines.stream.push(frame) {
                        lines.overflowed = true;
                        lost.0 += 1 + lines.stream.clear();
                    }
                }
            }
        }
        drop(lines);
        if lost.0 > 0 {
            self.overflow.notify_one();
        } else if came.0 {
            self.stream.notify_one();
        }
        if came.1 {
            self.datagram.notify_one();
        }
        self.any.notify_one();
        lost
    }

    /// The next frames for the stream; `None` if none wait, or if the line overflowed and nothing more may follow on
    /// this connection.
    pub(crate) fn next_batch(&self) -> Option<Batch> {
        let mut lines = self.lines();
        if lines.overflowed || lines.stream.frames.is_empty() {
            return None;
        }
        let length = (lines.stream.bytes + lines.stream.frames.len() * frame::PREFIX).min(BATCH);
        let mut batch = Batch { wire: BytesMut::with_capacity(length), frames: 0, bytes: 0 };
        while let Some(frame) = lines.stream.pop_within(BATCH.saturating_sub(batch.wire.len())) {
            frame::encode(&frame, &mut batch.wire);
            batch.frames += 1;
            batch.bytes += frame.len();
        }
        Some(batch)
    }

    /// The next datagram; `None` if none waits.
    pub(crate) fn next_datagram(&self) -> Option<Bytes> {
        self.lines().datagram.pop_within(usize::MAX)
    }

    /// Whether the stream's line has overflowed since the last call.
    pub(crate) fn take_overflow(&self) -> bool {
        std::mem::take(&mut self.lines().overflowed)
    }

    /// Whether there is nothing to send and nothing to report.
    pub(crate) fn is_idle(&self) -> bool {
        let lines = self.lines();
        lines.stream.frames.is_empty() && lines.datagram.frames.is_empty() && !lines.overflowed
    }

    /// Drops everything that waits. Returns how many frames of streams and how many datagrams that was.
    pub(crate) fn clear(&self) -> (usize, usize) {
        let mut lines = self.lines();
        (lines.stream.clear(), lines.datagram.clear())
    }

    /// How many frames wait.
    pub(crate) fn len(&self) -> usize {
        let lines = self.lines();
        lines.stream.frames.len() + lines.datagram.frames.len()
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        // Nothing under the lock panics half-way, so a poisoned one is still whole.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn push(&mut self, frame: Bytes) -> bool {
        let fits = self.frames.len() < self.frames_max && frame.len() <= self.bytes_max - self.bytes;
        if fits {
            self.bytes += frame.len();
            self.frames.push_back(frame);
        }
        fits
    }

    /// The first frame, if it and its prefix fit `space`, or if nothing was taken before (`space` is whole).
    fn pop_within(&mut self, space: usize) -> Option<Bytes> {
        let first = self.frames.front()?;
        if first.len() + frame::PREFIX > space && space < BATCH {
            return None;
        }
        let frame = self.frames.pop_front()?;
        self.bytes -= frame.len();
        Some(frame)
    }

    fn clear(&mut self) -> usize {
        self.bytes = 0;
        std::mem::take(&mut self.frames).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(frames: usize, bytes: usize) -> Queue {
        Queue::new(&Limits { queue_frames: frames, queue_bytes: bytes, ..Limits::default() })
    }

    fn frame(length: usize) -> Bytes {
        Bytes::from(vec![1; length])
    }

    fn push(queue: &Queue, length: usize, kind: Kind) -> usize {
        let (frames, datagrams) = queue.push([(frame(length), kind)]);
        frames + datagrams
    }

    #[test]
    fn a_stream_frame_beyond_the_bound_loses_the_whole_line_and_says_so() {
        for queue in [queue(3, 1000), queue(100, 30)] {
            assert_eq!((0..3).map(|_| push(&queue, 10, Kind::Stream)).sum::<usize>(), 0);
            assert_eq!(push(&queue, 10, Kind::Stream), 4);
            assert_eq!(push(&queue, 9, Kind::Stream), 0, "what comes after belongs to the next connection");
            assert!(queue.next_batch().is_none(), "and waits until the overflow is noticed");
            assert!(queue.take_overflow() && !queue.take_overflow());
            assert_eq!(queue.next_batch().map(|batch| batch.bytes), Some(9));
            assert!(queue.is_idle());
        }
    }

    #[test]
    fn a_datagram_beyond_the_bound_is_dropped_alone() {
        let queue = queue(2, 1000);
        assert_eq!([1, 2, 3].map(|n| push(&queue, n, Kind::Datagram)), [0, 0, 1]);
        assert_eq!(push(&queue, 5, Kind::Stream), 0, "streams have their own bound");
        assert!(!queue.take_overflow());
        assert_eq!(queue.next_datagram().map(|d| d.len()), Some(1));
        assert_eq!(queue.clear(), (1, 1));
    }

    #[test]
    fn batches_are_bounded_but_take_one_frame_of_any_size() {
        let queue = queue(1000, 4 << 20);
        for length in [1 << 20, 40_000, 30_000, 1] {
            push(&queue, length, Kind::Stream);
        }
        let sizes: Vec<_> = std::iter::from_fn(|| queue.next_batch()).map(|b| (b.frames, b.bytes)).collect();
        assert_eq!(sizes, [(1, 1 << 20), (1, 40_000), (2, 30_001)]);
    }
}
