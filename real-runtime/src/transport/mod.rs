//! Frames between peers over QUIC: authenticated, bounded, one connection per pair.
//!
//! A peer is an Ed25519 key, which both ends prove in the handshake (RFC 7250 raw public keys, TLS 1.3). The dialler
//! requires the key of the peer that it dialled; the acceptor learns the key and names the peer by it. The first thing that
//! crosses a connection is a proof of membership in each direction ([`Network`]); a stranger gets nothing but a refusal.
//!
//! | Direction | What the driver sees |
//! |---|---|
//! | out | [`Transport::send`] never waits; a queue per peer, bounded by [`Limits`] |
//! | in | [`Events`], one bounded channel; when the driver is behind, the senders of streams wait |
//!
//! [`Kind::Stream`] frames travel on one stream per direction, in order, and none is lost while a connection lives:
//! what may be lost is announced by [`Event::Broken`]. [`Kind::Datagram`] frames may vanish; each loss that this node
//! can see is counted. A datagram that the path cannot carry is dropped and counted, not moved to the stream: its
//! sender chose a message that may be lost, and a stream would let it overtake or delay others.
//!
//! A connection is made when frames wait for a peer whose address is known, or when the peer is to be kept connected;
//! after a failure the next attempt waits, longer each time, up to `backoff_max`.

mod accept;
mod admission;
mod allowance;
mod announce;
mod backoff;
mod book;
mod counters;
mod dial;
mod doorstep;
mod event;
mod exchange;
mod fair;
mod frame;
mod gate;
mod hello;
mod hub;
mod identity;
mod ids;
mod inbox;
mod limits;
mod link;
mod queue;
mod reset;
mod seen;
mod serve;
#[cfg(test)]
mod tests;
mod tls;
mod version;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use contract::{Kind, PeerId};
use ed25519_dalek::SigningKey;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

pub use counters::{Counters, Dropped, Refused, Traffic, Unread};
pub use event::{Breakage, Close, DialError, Event};
pub use frame::FrameTooLong;
pub use inbox::Events;
pub use limits::{Discovery, Limits, PerAddress};
pub use tls::TlsError;

use admission::Admission;
use book::SharedBook;
use gate::Gate;
use hub::{Hub, Lives};
use identity::Identity;
use inbox::Inbox;
use version::Version;

use crate::discovery::{AddressBook, unix_ms};
use crate::network::Network;

/// Why a transport could not be started.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The socket cannot be bound.
    #[error("cannot listen on {listen}: {source}")]
    Bind {
        /// The address that was asked for.
        listen: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The limits contradict each other.
    #[error("bad limits: {0}")]
    Limits(&'static str),
    /// The configuration of TLS failed.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes")]
    Entropy,
    /// There is no tokio runtime here.
    #[error("a transport needs a tokio runtime")]
    NoRuntime,
}

/// One node's end of all its connections. Clones share it; when the last one is dropped, everything is closed at once.
#[derive(Clone)]
pub struct Transport {
    running: Arc<Running>,
}

/// Closes everything when it goes.
struct Running {
    hub: Arc<Hub>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.hub.endpoint.close(quinn::VarInt::from_u32(0), b"");
        self.hub.take_tasks().abort_all();
    }
}

/// How this node stands with a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerState {
    /// The peer.
    pub id: PeerId,
    /// The connection, if one is up.
    pub connection: Option<PeerConnection>,
    /// Frames that wait for it.
    pub waiting: usize,
}

/// A connection that is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerConnection {
    /// Where the peer is; it may move.
    pub address: SocketAddr,
    /// The round trip time, as QUIC estimates it.
    pub rtt: Duration,
}

/// How a shutdown went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Every connected peer has read everything that was sent to it.
    pub in_time: bool,
    /// Frames that still waited, for peers that were not connected or read too slowly.
    pub frames_left: usize,
}

impl Transport {
    /// Listens on `listen` (port 0 takes a free one) as the peer whose key is `identity`, a member of `network`.
    ///
    /// # Errors
    /// The address is taken or not ours, the limits contradict each other, or the machine lacks something basic.
    pub fn bind(
        identity: SigningKey,
        network: Network,
        listen: SocketAddr,
        limits: Limits,
    ) -> Result<(Transport, Events), TransportError> {
        Self::bind_versions(identity, network, listen, limits, version::SPOKEN)
    }

    /// A node that speaks these versions, the newest first; others than [`version::SPOKEN`] are for tests of what happens
    /// when versions meet.
    pub(crate) fn bind_versions(
        identity: SigningKey,
        network: Network,
        listen: SocketAddr,
        limits: Limits,
        versions: &[Version],
    ) -> Result<(Transport, Events), TransportError> {
        if let Some(contradiction) = limits.contradiction() {
            return Err(TransportError::Limits(contradiction));
        }
        let runtime = Handle::try_current().map_err(|_| TransportError::NoRuntime)?;
        let identity = Identity::new(identity);
        let (me, tls) = (identity.peer(), tls::Tls::new(identity, versions, &limits)?);
        let life = tls.entropy().ok_or(TransportError::Entropy)?;
        let tally = Arc::new(counters::Tally::default());
        let (gate, endpoint) =
            open(listen, &tls, &limits, &tally).map_err(|source| TransportError::Bind { listen, source })?;
        endpoint.set_server_config(Some(tls.server(&limits)?));
        let (inbox, events) = Inbox::new(limits.inbox_events, limits.inbox_bytes, tally.clone());
        let hub = Arc::new(Hub {
            me,
            tls,
            endpoint,
            gate,
            tally,
            lives: Lives::new(life),
            book: SharedBook::new(AddressBook::new(network.id(), me, limits.discovery.records_max)),
            admission: Admission::new(network, limits.per_address),
            limits,
            inbox: inbox.downgrade(),
            runtime,
            shutting: watch::channel(false).0,
            links: Mutex::new(BTreeMap::new()),
            tasks: Mutex::new(JoinSet::new()),
        });
        let door = hub.clone();
        hub.spawn(async move {
            // The inbox lives as long as the door, so that events do not end before the first peer.
            let _inbox = inbox;
            accept::accept(door).await;
        });
        hub.spawn(announce::announce(hub.clone()));
        Ok((Transport { running: Arc::new(Running { hub }) }, events))
    }

    /// Who this node is.
    pub fn id(&self) -> PeerId {
        self.hub().me
    }

    /// Where it listens, with the port that was chosen.
    ///
    /// # Errors
    /// The operating system does not say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.hub().endpoint.local_addr()
    }

    /// Notes where a peer is, in place of what was known. It is dialled when there is something to send to it.
    /// Nothing is noted of this node itself.
    pub fn add_peer(&self, peer: PeerId, address: SocketAddr) {
        self.hub().set_address(peer, address, false);
    }

    /// Notes where a peer is, and stays connected to it: it is dialled now, and again whenever the connection breaks.
    pub fn keep_peer(&self, peer: PeerId, address: SocketAddr) {
        self.hub().set_address(peer, address, true);
    }

    /// Forgets where a peer is, and no longer stays connected to it. A connection that is up goes on.
    pub fn forget_peer(&self, peer: PeerId) {
        if let Some(link) = self.hub().links().get(&peer) {
            link.forget_address(true);
        }
    }

    /// Expels exactly these peers: their connections end at once, and they get no others, whatever they know.
    pub fn expel(&self, peers: BTreeSet<PeerId>) {
        self.hub().expel(peers);
    }

    /// Notes that a frame of a peer could not be read. Of a peer of whom there are many such its connection ends, and each
    /// further one ends the next. Returns whether it is one of the few that are worth a word.
    pub fn unreadable(&self, from: PeerId) -> bool {
        self.hub().unreadable(from)
    }

    /// Sends a frame. It never waits, and it may be called from any thread.
    ///
    /// At the bound of the peer's queue a datagram is dropped and counted; a stream frame breaks the connection, is
    /// lost with all that wait, and is announced by [`Event::Broken`]. The same happens to frames for a peer that has
    /// neither an address nor a connection, nor had one within the idle timeout.
    ///
    /// # Errors
    /// The frame is longer than `frame_max`: no peer would take it. Nothing was sent.
    pub fn send(&self, to: PeerId, frame: impl Into<Bytes>, kind: Kind) -> Result<(), FrameTooLong> {
        self.send_all(to, vec![(frame.into(), kind)])
    }

    /// Sends frames to one peer, in their order, as [`send`](Transport::send) does.
    ///
    /// # Errors
    /// A frame is longer than `frame_max`. Such frames were not sent; all others were.
    pub fn send_all(&self, to: PeerId, mut frames: Vec<(Bytes, Kind)>) -> Result<(), FrameTooLong> {
        let max = self.hub().limits.frame_max;
        let mut too_long = None;
        frames.retain(|(frame, _)| {
            let fits = frame.len() <= max as usize;
            if !fits {
                too_long = Some(FrameTooLong { length: frame.len(), max });
            }
            fits
        });
        if !frames.is_empty() {
            self.hub().send(to, frames);
        }
        too_long.map_or(Ok(()), Err)
    }

    /// What was counted since the start.
    pub fn counters(&self) -> Counters {
        self.hub().tally.snapshot()
    }

    /// The peers that are configured, discovered and kept, or connected, in the order of their identities.
    pub fn peers(&self) -> Vec<PeerState> {
        let links = self.hub().links();
        let state = |link: &Arc<link::Link>| PeerState {
            id: link.peer,
            connection: link.connection().map(|up| PeerConnection { address: up.remote_address(), rtt: up.rtt() }),
            waiting: link.queue.len(),
        };
        links.values().map(state).collect()
    }

    /// The peers to which a connection is up.
    pub fn connected(&self) -> Vec<PeerId> {
        self.hub().links().values().filter(|link| link.is_up()).map(|link| link.peer).collect()
    }

    /// What is known of where peers are.
    pub fn address_book(&self) -> AddressBook {
        self.hub().book.read(AddressBook::clone)
    }

    /// Takes the records that [`AddressBook::to_bytes`] gave in a former life. Returns how many still hold.
    pub fn remember(&self, bytes: &[u8]) -> usize {
        let taken = self.hub().book.write(|book| book.read(unix_ms(), bytes));
        let known = self.address_book();
        for record in known.known().map(|known| &known.signed.record) {
            if let Some(address) = record.addresses().next().filter(|_| record.peer != self.id()) {
                self.hub().discovered(record.peer, address);
            }
        }
        taken
    }

    /// Where peers see this node, if two at least agree, and how many do.
    pub fn observed(&self) -> Option<(SocketAddr, usize)> {
        self.hub().book.observed()
    }

    /// Sends what waits for connected peers, tells them that this node leaves, and ends. It takes at most `patience`
    /// and a tenth of a second. Frames that arrive meanwhile are still delivered; after them events end.
    pub async fn shutdown(&self, patience: Duration) -> Drained {
        const FAREWELL: Duration = Duration::from_millis(100);
        let (hub, deadline) = (self.hub(), Instant::now() + patience);
        hub.shutting.send_replace(true);
        hub.endpoint.set_server_config(None);
        let mut tasks = hub.take_tasks();
        let ended = timeout_at(deadline, async { while tasks.join_next().await.is_some() {} }).await;
        tasks.shutdown().await;
        let links = std::mem::take(&mut *hub.links());
        let frames_left =
            links.values().map(|link| link.queue.clear()).map(|(frames, datagrams)| frames + datagrams).sum();
        hub.tally.count(|c| c.dropped.shut_down += frames_left as u64);
        hub.endpoint.close(quinn::VarInt::from_u32(1), b"");
        let _ = timeout(FAREWELL, hub.endpoint.wait_idle()).await;
        Drained { in_time: ended.is_ok(), frames_left }
    }

    fn hub(&self) -> &Arc<Hub> {
        &self.running.hub
    }
}

/// A socket with its gate, and QUIC behind it.
fn open(
    listen: SocketAddr,
    tls: &tls::Tls,
    limits: &Limits,
    tally: &Arc<counters::Tally>,
) -> io::Result<(Arc<Gate>, quinn::Endpoint)> {
    let tokio = Arc::new(quinn::TokioRuntime);
    let socket = quinn::Runtime::wrap_udp_socket(&*tokio, UdpSocket::bind(listen)?)?;
    let gate = Arc::new(Gate::new(socket, tls.seal(), limits, tally.clone()));
    let endpoint = quinn::Endpoint::new_with_abstract_socket(tls.endpoint(), None, gate.clone(), tokio)?;
    Ok((gate, endpoint))
}
