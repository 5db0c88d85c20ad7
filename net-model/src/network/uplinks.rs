//! The upload queues: what one node sends waits for what it sent before.

use contract::{Kind, Span, Time};

use super::Parcel;
use crate::fault::Struck;
use crate::profile::{Bandwidth, Profile};

/// One queue per node, known by the time at which it will be empty.
#[derive(Clone, Debug)]
pub(super) struct Uplinks {
    /// When the last bit of all that was sent so far has left, by node.
    free: Vec<Time>,
    /// By region.
    bandwidths: Vec<Bandwidth>,
    /// A datagram that would wait longer is dropped.
    queue: Span,
}

impl Uplinks {
    /// None if the profile does not limit bandwidth.
    pub(super) fn new(profile: &Profile, nodes: u32) -> Option<Uplinks> {
        let bandwidths = profile.bandwidths().to_vec();
        let free = if bandwidths.is_empty() { Vec::new() } else { vec![Time::ZERO; nodes as usize] };
        (!bandwidths.is_empty()).then(|| Uplinks { free, bandwidths, queue: profile.queue() })
    }

    /// When the last bit has left the sender, and how much longer it takes into the receiver. None if the queue is full: a
    /// datagram is dropped then, and takes no room; a stream waits, as its sender does under flow control.
    /// `struck` says what strikes the link at the moment at which the upload begins.
    #[inline]
    pub(super) fn send(
        &mut self,
        now: Time,
        parcel: &Parcel,
        [from, to]: [u16; 2],
        struck: &mut impl FnMut(Time) -> Struck,
    ) -> Option<(Time, Span)> {
        let free = &mut self.free[parcel.from as usize];
        let start = now.max(*free);
        if parcel.kind == Kind::Datagram && start.since(now) > self.queue {
            return None;
        }
        let struck = struck(start);
        let upload_bps = struck.narrowed(self.bandwidths[usize::from(from)].upload_bps);
        let download_bps = struck.narrowed(self.bandwidths[usize::from(to)].download_bps);
        let upload = transmission_ns(parcel.size, upload_bps);
        *free = start + Span::from_nanos(upload);
        let slower = if download_bps < upload_bps { transmission_ns(parcel.size, download_bps) - upload } else { 0 };
        Some((*free, Span::from_nanos(slower)))
    }

    /// A node that restarts begins with an empty queue.
    pub(super) fn forget(&mut self, node: u32) {
        self.free[node as usize] = Time::ZERO;
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.free.capacity() * size_of::<Time>() + self.bandwidths.capacity() * size_of::<Bandwidth>()
    }
}

/// Nanoseconds that `size` bytes take at `bps` bits per second, rounded up.
#[inline]
pub(super) fn transmission_ns(size: u32, bps: u64) -> u64 {
    const NANOBITS_PER_BYTE: u64 = 8_000_000_000;
    // Below 2³¹ bytes the product fits into 64 bits, whose division is several times quicker.
    if size < 1 << 31 {
        return (u64::from(size) * NANOBITS_PER_BYTE).div_ceil(bps);
    }
    let nanos = (u128::from(size) * u128::from(NANOBITS_PER_BYTE)).div_ceil(u128::from(bps));
    u64::try_from(nanos).unwrap_or(u64::MAX)
}
