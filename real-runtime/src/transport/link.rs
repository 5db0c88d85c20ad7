//! One peer: its queue, its address, and the task that keeps at most one connection to it.
//!
//! Two nodes may dial each other at once. The connection that the peer with the smaller id dialled wins: the larger
//! gives its own attempt up when the smaller one's arrives, and the smaller lets the larger's wait until it knows how
//! its own ends. When a connection is up, another replaces it only if the peer began it later ([`Hello`]): then the
//! peer has given the first one up, and there is nothing left to defend.
//!
//! [`Hello`]: super::hello::Hello

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contract::PeerId;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::allowance::Allowance;
use super::backoff::Backoff;
use super::dial::{Arrival, dial};
use super::event::{Breakage, Close, DialError, Event};
use super::hub::Hub;
use super::inbox::{Inbox, NobodyListens, Share};
use super::limits::Limits;
use super::queue::Queue;
use super::serve::{End, serve};
use super::wire::Up;

/// Connections of one peer that wait at the door.
const DOOR: usize = 4;
/// Frames of one peer that may be unreadable at once, and in the long run, before it is cut off: some come of an upgrade
/// under way, and no node sends many.
const UNREADABLE_MAX: u32 = 16;
const UNREADABLE_PER_SECOND: f64 = 0.2;

/// What others see of the task that serves one peer.
pub(crate) struct Link {
    pub(crate) peer: PeerId,
    pub(crate) queue: Queue,
    /// What of the peer may wait for the driver.
    pub(crate) share: Share,
    /// Where connections that the peer has dialled are handed in.
    pub(crate) door: mpsc::Sender<Arrival>,
    /// The peer was expelled.
    pub(crate) cut: Notify,
    /// The peer has sent too many frames that cannot be read.
    pub(crate) unreadable: Notify,
    /// How many more it may send. It outlives connections, for as long as the peer is known.
    forgiveness: Mutex<Allowance>,
    address: Mutex<Option<Address>>,
    /// The connection that is up.
    up: Mutex<Option<quinn::Connection>>,
}

/// Where a peer is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address {
    at: SocketAddr,
    /// Stay connected even if there is nothing to send.
    keep: bool,
    /// Somebody has configured it; what is discovered does not replace it.
    pinned: bool,
}

impl Link {
    pub(crate) fn new(peer: PeerId, limits: &Limits) -> (Link, mpsc::Receiver<Arrival>) {
        let (door, receiver) = mpsc::channel(DOOR);
        (
            Link {
                peer,
                queue: Queue::new(limits),
                share: Share::default(),
                door,
                cut: Notify::new(),
                unreadable: Notify::new(),
                forgiveness: Mutex::new(Allowance::new(UNREADABLE_MAX, UNREADABLE_PER_SECOND)),
                address: Mutex::new(None),
                up: Mutex::default(),
            },
            receiver,
        )
    }

    pub(crate) fn set_address(&self, at: SocketAddr, keep: bool) {
        self.locked().replace(Address { at, keep, pinned: true });
        self.queue.any.notify_one();
    }

    /// Notes where a peer says that it is, unless somebody has configured where it is.
    pub(crate) fn discover(&self, at: SocketAddr, keep: bool) {
        let mut address = self.locked();
        if address.is_none_or(|address| !address.pinned) {
            address.replace(Address { at, keep, pinned: false });
            drop(address);
            self.queue.any.notify_one();
        }
    }

    /// Forgets where a peer is: all of it, or only what it said itself.
    pub(crate) fn forget_address(&self, pinned: bool) {
        let mut address = self.locked();
        if address.is_some_and(|address| pinned || !address.pinned) {
            address.take();
            drop(address);
            self.queue.any.notify_one();
        }
    }

    /// Whether a frame that cannot be read is one of few.
    pub(crate) fn forgive(&self) -> bool {
        self.forgiveness.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether there is a connection.
    pub(crate) fn is_up(&self) -> bool {
        self.connection().is_some()
    }

    /// The connection that is up.
    pub(crate) fn connection(&self) -> Option<quinn::Connection> {
        self.up.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_connection(&self, connection: Option<quinn::Connection>) {
        *self.up.lock().unwrap_or_else(PoisonError::into_inner) = connection;
    }

    pub(crate) fn address(&self) -> Option<Address> {
        *self.locked()
    }

    fn locked(&self) -> MutexGuard<'_, Option<Address>> {
        self.address.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task that serves one peer.
pub(crate) struct Task {
    hub: Arc<Hub>,
    link: Arc<Link>,
    door: mpsc::Receiver<Arrival>,
    inbox: Inbox,
    closing: watch::Receiver<bool>,
    backoff: Backoff,
    /// No dial before this.
    retry_at: Instant,
    /// Where the last dial went.
    dialled: Option<SocketAddr>,
    /// A peer without an address is waited for until then.
    waits_until: Instant,
}

/// What the task does while there is no connection.
enum Next {
    Dial(SocketAddr),
    Wait(Option<Instant>),
    GiveUp,
    Retire,
}

impl Task {
    pub(crate) fn new(hub: Arc<Hub>, link: Arc<Link>, door: mpsc::Receiver<Arrival>, inbox: Inbox) -> Task {
        let (closing, now) = (hub.closing(), Instant::now());
        let backoff = Backoff::new(hub.limits.backoff_min, hub.limits.backoff_max);
        Task { hub, link, door, inbox, closing, backoff, retry_at: now, dialled: None, waits_until: now }
    }

    /// Serves the peer until there is nothing to serve, the transport shuts down, or the driver is gone.
    pub(crate) async fn run(mut self) {
        let mut arrival = None;
        while let Ok(Some(up)) = self.connect(arrival.take()).await {
            match self.hold(up).await {
                Ok(next) => arrival = next,
                Err(NobodyListens) => return,
            }
        }
    }

    /// Serves one connection to its end. Returns the one that replaces it.
    async fn hold(&mut self, up: Up) -> Result<Option<Arrival>, NobodyListens> {
        let (peer, since) = (self.link.peer, Instant::now());
        self.link.set_connection(Some(up.connection.clone()));
        self.hub.gate.welcome(up.connection.remote_address());
        self.inbox.tell(Event::Connected { peer, address: up.connection.remote_address() }).await?;
        let end = serve(&self.hub, &self.link, &self.inbox, &mut self.door, up).await;
        self.link.set_connection(None);
        let now = Instant::now();
        self.waits_until = now + self.hub.limits.idle_timeout;
        if now - since >= self.hub.limits.backoff_max {
            self.backoff.reset();
        }
        self.pause();
        if *self.closing.borrow() {
            return Ok(None);
        }
        let (why, successor) = match end {
            End::Broken(why) => (why, None),
            End::Replaced(arrival) => (Breakage::Superseded, Some(*arrival)),
            End::Left => return Ok(None),
            End::NobodyListens => return Err(NobodyListens),
        };
        self.tell(Event::Broken { peer, why }).await?;
        Ok(successor)
    }

    /// Waits for a connection, or makes one. `None` means that the task is to end.
    async fn connect(&mut self, mut arrival: Option<Arrival>) -> Result<Option<Up>, NobodyListens> {
        let peer = self.link.peer;
        while !*self.closing.borrow() {
            if self.link.queue.take_overflow() {
                self.tell(Event::Broken { peer, why: Breakage::QueueFull }).await?;
            }
            if let Some(arrival) = arrival.take().or_else(|| self.door.try_recv().ok()) {
                match arrival.welcome(&self.hub).await {
                    Some(up) => return Ok(Some(up)),
                    None => continue,
                }
            }
            match self.next() {
                Next::Dial(at) => match self.attempt(at).await? {
                    Some(up) => return Ok(Some(up)),
                    None => continue,
                },
                Next::GiveUp => self.give_up().await?,
                Next::Retire if self.hub.retire(&self.link, &self.door) => return Ok(None),
                Next::Retire => {}
                Next::Wait(until) => arrival = self.wait(until).await,
            }
        }
        Ok(None)
    }

    fn next(&mut self) -> Next {
        let (now, idle) = (Instant::now(), self.link.queue.is_idle());
        match self.link.address().filter(|_| !self.hub.admission.is_expelled(&self.link.peer)) {
            Some(address) if idle && !address.keep => Next::Wait(None),
            Some(address) => {
                if self.dialled.replace(address.at).is_some_and(|before| before != address.at) {
                    self.backoff.reset();
                    self.retry_at = now;
                }
                if now >= self.retry_at { Next::Dial(address.at) } else { Next::Wait(Some(self.retry_at)) }
            }
            None if now < self.waits_until => Next::Wait(Some(self.waits_until)),
            None if idle => Next::Retire,
            None => Next::GiveUp,
        }
    }

    /// Waits until a peer arrives, something changes, or it is time.
    async fn wait(&mut self, until: Option<Instant>) -> Option<Arrival> {
        let time = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            arrival = self.door.recv() => arrival,
            () = self.link.queue.any.notified() => None,
            () = time => None,
            _ = self.closing.changed() => None,
        }
    }

    /// Dials once. The peer may arrive meanwhile.
    async fn attempt(&mut self, at: SocketAddr) -> Result<Option<Up>, NobodyListens> {
        let hub = self.hub.clone();
        let mut attempt = Box::pin(dial(&hub, self.link.peer, at));
        let mut waiting: Option<Arrival> = None;
        let outcome = loop {
            tokio::select! {
                outcome = &mut attempt => break outcome,
                Some(arrival) = self.door.recv() => {
                    if self.link.peer < hub.me {
                        drop(attempt);
                        return Ok(arrival.welcome(&hub).await);
                    }
                    if let Some(earlier) = waiting.replace(arrival) {
                        earlier.decline(&hub);
                    }
                }
                _ = self.closing.changed() => return Ok(None),
            }
        };
        match (outcome, waiting) {
            (Ok(up), waiting) => {
                if let Some(loser) = waiting {
                    loser.decline(&hub);
                }
                Ok(Some(up))
            }
            (Err(why), None) => self.failed(why).await.map(|()| None),
            (Err(_), Some(arrival)) => Ok(arrival.welcome(&hub).await),
        }
    }

    async fn failed(&mut self, why: DialError) -> Result<(), NobodyListens> {
        let retry = self.pause();
        if why == DialError::ClosedByPeer(Close::Duplicate) {
            // The peer holds on to a connection that it dialled, which is on its way here.
            return Ok(());
        }
        self.hub.tally.count(|c| c.dials_failed += 1);
        self.tell(Event::DialFailed { peer: self.link.peer, why, retry }).await
    }

    async fn give_up(&mut self) -> Result<(), NobodyListens> {
        let (frames, datagrams) = self.link.queue.clear();
        self.hub.tally.count(|c| c.dropped.no_address += (frames + datagrams) as u64);
        if frames == 0 {
            return Ok(());
        }
        self.tell(Event::Broken { peer: self.link.peer, why: Breakage::NoAddress }).await
    }

    /// Puts the next dial off. Returns for how long.
    fn pause(&mut self) -> std::time::Duration {
        // Without randomness the pause is the longest of its range.
        let pause = self.backoff.pause(self.hub.tls.entropy().unwrap_or(0));
        self.retry_at = Instant::now() + pause;
        pause
    }

    /// Tells the driver, unless it is shutting the transport down and may not be listening.
    async fn tell(&mut self, event: Event) -> Result<(), NobodyListens> {
        tokio::select! {
            told = self.inbox.tell(event) => told,
            _ = self.closing.wait_for(|closing| *closing) => Ok(()),
        }
    }
}
