//! The socket of a node, which leaves unread what is worth nothing, before QUIC spends memory or cryptography on it.
//!
//! Everything that belongs to a connection bears one of this node's [ids](super::ids). What does not is a first packet of a
//! handshake, a stateless reset, or garbage, and gets what its address may still spend ([`Doorstep`]). A datagram whose last
//! 16 bytes, the authentication tag, were seen lately is a copy of another one ([`Seen`]).

use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use quinn::udp::{RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, UdpPoller};

use super::counters::{Tally, Unread};
use super::doorstep::{Doorstep, Visit};
use super::ids::{self, Seal};
use super::limits::Limits;
use super::seen::Seen;

/// What a first packet has at least (RFC 9000, section 14.1).
const FIRST_PACKET_MIN: usize = 1200;
/// The shortest and the longest id that a dialler may draw for the node (RFC 9000, section 7.2).
const DRAWN_ID: std::ops::RangeInclusive<usize> = 8..=20;

/// A socket that leaves unread what is worth nothing.
pub(crate) struct Gate {
    socket: Arc<dyn AsyncUdpSocket>,
    seal: Seal,
    tally: Arc<Tally>,
    watch: Mutex<Watch>,
}

/// What the gate remembers.
struct Watch {
    seen: Seen,
    doorstep: Doorstep,
}

/// What a datagram looks like from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// It bears an id of this node.
    Ours,
    /// It bears one, and is of a handshake.
    Handshake,
    /// It may begin a handshake.
    First,
    /// It may be a stateless reset.
    Reset,
    /// No peer sends such a thing.
    Garbage,
}

impl Gate {
    pub(crate) fn new(socket: Arc<dyn AsyncUdpSocket>, seal: Seal, limits: &Limits, tally: Arc<Tally>) -> Gate {
        let watch = Watch { seen: Seen::default(), doorstep: Doorstep::new(limits) };
        Gate { socket, seal, tally, watch: Mutex::new(watch) }
    }

    /// A member is connected from here: it keeps a share of its own, whoever else is at its address.
    pub(crate) fn welcome(&self, member: SocketAddr) {
        self.watch().doorstep.welcome(member);
    }

    /// Somebody at this address has wasted a handshake.
    pub(crate) fn punish(&self, address: SocketAddr) {
        self.watch().doorstep.punish(address);
    }

    fn watch(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self, datagram: &[u8]) -> Look {
        let [first, rest @ ..] = datagram else { return Look::Garbage };
        if first & 0x80 == 0 {
            return match rest.get(..ids::LENGTH) {
                Some(id) if self.seal.fits(id) => Look::Ours,
                // A reset has 21 bytes at least (RFC 9000, section 10.3).
                Some(_) if datagram.len() >= 21 => Look::Reset,
                _ => Look::Garbage,
            };
        }
        let Some((version, [length, rest @ ..])) = rest.split_first_chunk::<4>() else { return Look::Garbage };
        let Some(id) = rest.get(..usize::from(*length)) else { return Look::Garbage };
        let initial = first & 0x30 == 0 || u32::from_be_bytes(*version) != 1;
        match self.seal.fits(id) {
            true if initial => Look::Handshake,
            true => Look::Ours,
            false if initial && datagram.len() >= FIRST_PACKET_MIN && DRAWN_ID.contains(&id.len()) => Look::First,
            false => Look::Garbage,
        }
    }

    /// Whether QUIC gets to see a datagram; if not, why is counted.
    fn passes(&self, watch: &mut Watch, datagram: &[u8], from: SocketAddr, unread: &mut Unread) -> bool {
        let Watch { seen, doorstep } = watch;
        let look = self.look(datagram);
        let ours = matches!(look, Look::Ours | Look::Handshake);
        let (visit, why) = match look {
            _ if ours && seen.is_copy(datagram) => (Visit::Copy, &mut unread.copy),
            Look::Ours => return true,
            Look::Handshake => (Visit::Handshake, &mut unread.hasty),
            Look::First => (Visit::First, &mut unread.hasty),
            Look::Reset => (Visit::Stray, &mut unread.stray),
            Look::Garbage => {
                unread.stray += 1;
                return false;
            }
        };
        let passes = doorstep.admits(visit, from);
        *why += u64::from(!passes);
        passes
    }

    /// Takes out of `bytes`, which came from one address in datagrams of `meta.stride` bytes, those that are left unread.
    fn sift(&self, watch: &mut Watch, bytes: &mut [u8], meta: &mut RecvMeta, unread: &mut Unread) {
        let (stride, end) = (meta.stride.max(1), meta.len.min(bytes.len()));
        let (mut at, mut kept) = (0, 0);
        while at < end {
            let next = (at + stride).min(end);
            if self.passes(watch, &bytes[at..next], meta.addr, unread) {
                // Only the last one may be shorter, and it stays the last.
                if kept < at {
                    bytes.copy_within(at..next, kept);
                }
                kept += next - at;
            }
            at = next;
        }
        meta.len = kept;
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gate").field(&self.socket).finish()
    }
}

impl AsyncUdpSocket for Gate {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        self.socket.clone().create_io_poller()
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        self.socket.try_send(transmit)
    }

    /// A message of which nothing is left has no bytes, which QUIC skips.
    fn poll_recv(
        &self,
        context: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
        metas: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(self.socket.poll_recv(context, bufs, metas))?;
        let mut unread = Unread::default();
        let mut watch = self.watch();
        for (bytes, meta) in bufs.iter_mut().zip(metas.iter_mut()).take(count) {
            self.sift(&mut watch, bytes, meta, &mut unread);
        }
        drop(watch);
        if unread != Unread::default() {
            self.tally.count(|c| c.unread.add(&unread));
        }
        Poll::Ready(Ok(count))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    fn max_transmit_segments(&self) -> usize {
        self.socket.max_transmit_segments()
    }

    fn max_receive_segments(&self) -> usize {
        self.socket.max_receive_segments()
    }

    fn may_fragment(&self) -> bool {
        self.socket.may_fragment()
    }
}

#[cfg(test)]
mod tests;
