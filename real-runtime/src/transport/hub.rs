//! What the tasks of one transport share: the endpoint, and who serves which peer.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use contract::{Kind, PeerId};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::admission::Admission;
use super::book::SharedBook;
use super::counters::Tally;
use super::dial::Arrival;
use super::gate::Gate;
use super::hello::Hello;
use super::inbox::WeakInbox;
use super::limits::Limits;
use super::link::{Link, Task};
use super::tls::Tls;
use super::wire;
use crate::network::Role;

pub(crate) struct Hub {
    pub(crate) me: PeerId,
    pub(crate) limits: Limits,
    pub(crate) tls: Tls,
    pub(crate) endpoint: quinn::Endpoint,
    pub(crate) gate: Arc<Gate>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) lives: Lives,
    pub(crate) admission: Admission,
    pub(crate) book: SharedBook,
    /// Only tasks keep the channel open, so that the driver sees its end when the last task has ended.
    pub(crate) inbox: WeakInbox,
    pub(crate) runtime: Handle,
    pub(crate) shutting: watch::Sender<bool>,
    /// Locked before `tasks`, if both are.
    pub(crate) links: Mutex<BTreeMap<PeerId, Arc<Link>>>,
    pub(crate) tasks: Mutex<JoinSet<()>>,
}

/// Which life of the node this is, and how many connections it has begun or accepted.
pub(crate) struct Lives {
    life: u64,
    ordinals: AtomicU64,
}

impl Lives {
    pub(crate) fn new(life: u64) -> Lives {
        Lives { life, ordinals: AtomicU64::new(0) }
    }

    /// The number of the next connection.
    pub(crate) fn next(&self) -> u64 {
        self.ordinals.fetch_add(1, Ordering::Relaxed)
    }
}

impl Hub {
    /// What this end says first on a connection; `None` if TLS exports nothing for it.
    pub(crate) fn hello(&self, connection: &quinn::Connection, role: Role, ordinal: u64) -> Option<Hello> {
        let exported = wire::exported(connection)?;
        let proof = *self.admission.network.proof(&exported, role, &self.me).as_bytes();
        Some(Hello { life: self.lives.life, ordinal, proof, observed: Some(connection.remote_address()) })
    }

    /// A peer has said where it is.
    pub(crate) fn discovered(self: &Arc<Self>, peer: PeerId, address: SocketAddr) {
        let keep = self.book.keeps(peer, address, self.limits.discovery.neighbours);
        let mut links = self.links();
        // Peers that are neither kept nor written to cost no task: their address is looked up when it is needed.
        let room = links.len() < self.limits.peers_max || links.contains_key(&peer);
        if keep
            && room
            && let Some(link) = self.link(&mut links, peer)
        {
            link.discover(address, true);
        } else if let Some(link) = links.get(&peer) {
            link.discover(address, false);
        }
    }

    /// What a peer said about where it is holds no longer.
    pub(crate) fn undiscovered(&self, peer: PeerId) {
        self.book.forget(&peer);
        if let Some(link) = self.links().get(&peer) {
            link.forget_address(false);
        }
    }

    /// Expels exactly these peers: their connections end, and they get no others.
    pub(crate) fn expel(&self, peers: BTreeSet<PeerId>) {
        let links = self.links();
        self.admission.expel(peers);
        for link in links.values().filter(|link| self.admission.is_expelled(&link.peer)) {
            link.cut.notify_waiters();
            link.queue.any.notify_one();
        }
    }

    /// A frame of a peer could not be read: its connection ends, unless there were only few lately. Returns whether there were.
    pub(crate) fn unreadable(&self, from: PeerId) -> bool {
        self.tally.count(|c| c.refused.unreadable += 1);
        let Some(link) = self.links().get(&from).cloned() else { return false };
        let few = link.forgive();
        if !few {
            link.unreadable.notify_waiters();
        }
        few
    }

    /// Becomes true when the transport shuts down.
    pub(crate) fn closing(&self) -> watch::Receiver<bool> {
        self.shutting.subscribe()
    }

    /// Sets where a peer is, and whether to stay connected to it.
    pub(crate) fn set_address(self: &Arc<Self>, peer: PeerId, address: SocketAddr, keep: bool) {
        if peer == self.me {
            return;
        }
        if let Some(link) = self.link(&mut self.links(), peer) {
            link.set_address(address, keep);
        }
    }

    /// Queues frames for a peer, in their order.
    pub(crate) fn send(self: &Arc<Self>, to: PeerId, frames: Vec<(Bytes, Kind)>) {
        let count = frames.len() as u64;
        // The lock is held until the frames are in the queue, so that the link cannot retire in between.
        let mut links = self.links();
        let lost = match self.link(&mut links, to) {
            Some(link) if !*self.shutting.borrow() => link.queue.push(frames),
            _ => return self.tally.count(|c| c.dropped.shut_down += count),
        };
        drop(links);
        if lost != (0, 0) {
            self.tally.count(|c| {
                c.dropped.stream_queue_full += lost.0 as u64;
                c.dropped.datagram_queue_full += lost.1 as u64;
            });
        }
    }

    /// Hands a connection that a peer has dialled to the task that serves the peer. Returns it if there is no room.
    pub(crate) fn arrive(self: &Arc<Self>, peer: PeerId, arrival: Arrival) -> Option<Arrival> {
        let mut links = self.links();
        let crowded = links.len() >= self.limits.peers_max && !links.contains_key(&peer);
        if crowded || self.admission.is_expelled(&peer) {
            return Some(arrival);
        }
        match self.link(&mut links, peer) {
            Some(link) => link.door.try_send(arrival).err().map(|error| error.into_inner()),
            None => Some(arrival),
        }
    }

    /// Forgets a peer whose task has nothing to do; false if something came up in between.
    pub(crate) fn retire(&self, link: &Link, door: &mpsc::Receiver<Arrival>) -> bool {
        let mut links = self.links();
        let unknown = link.address().is_none() || self.admission.is_expelled(&link.peer);
        let idle = link.queue.is_idle() && unknown && door.is_empty();
        if idle {
            links.remove(&link.peer);
        }
        idle
    }

    /// The link to a peer, with its task; `None` if the transport has ended.
    fn link(self: &Arc<Self>, links: &mut BTreeMap<PeerId, Arc<Link>>, peer: PeerId) -> Option<Arc<Link>> {
        let known = || self.book.read(|book| book.get(&peer)?.signed.record.addresses().next());
        let entry = match links.entry(peer) {
            Entry::Occupied(entry) => return Some(entry.get().clone()),
            Entry::Vacant(entry) => entry,
        };
        let inbox = self.inbox.upgrade()?;
        let (link, door) = Link::new(peer, &self.limits);
        if let Some(address) = known() {
            link.discover(address, false);
        }
        let link = entry.insert(Arc::new(link)).clone();
        self.spawn(Task::new(self.clone(), link.clone(), door, inbox).run());
        Some(link)
    }

    /// Runs a task until it ends or the transport is dropped.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn_on(task, &self.runtime);
    }

    /// All tasks, for shutting down.
    pub(crate) fn take_tasks(&self) -> JoinSet<()> {
        std::mem::take(&mut self.tasks.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn links(&self) -> MutexGuard<'_, BTreeMap<PeerId, Arc<Link>>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
