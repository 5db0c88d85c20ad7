//! The bounded channel between the tasks that serve peers and the driver.

use std::sync::Arc;

use bytes::Bytes;
use contract::{Kind, PeerId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::counters::Tally;
use super::event::Event;

/// The driver's end of the channel.
///
/// When the driver is behind, frames of streams wait, and so in the end does their sender; datagrams are dropped.
#[derive(Debug)]
pub struct Events(mpsc::Receiver<Held>);

impl Events {
    /// The next event; `None` after the transport was shut down and everything was taken. May be dropped and called
    /// again, as in `select!`.
    pub async fn next(&mut self) -> Option<Event> {
        self.0.recv().await.map(|held| held.event)
    }

    /// The next event if it is already there, so that a driver can commit many steps at once.
    pub fn try_next(&mut self) -> Option<Event> {
        self.0.try_recv().ok().map(|held| held.event)
    }
}

/// An event and the bytes it occupies of the inbox.
#[derive(Debug)]
struct Held {
    event: Event,
    _space: Option<OwnedSemaphorePermit>,
}

/// The other end: every task that serves a peer has one.
#[derive(Clone, Debug)]
pub(crate) struct Inbox {
    events: mpsc::Sender<Held>,
    space: Arc<Semaphore>,
    tally: Arc<Tally>,
}

/// An inbox that does not keep the channel open.
#[derive(Debug)]
pub(crate) struct WeakInbox {
    events: mpsc::WeakSender<Held>,
    space: Arc<Semaphore>,
    tally: Arc<Tally>,
}

/// The driver has dropped its [`Events`].
#[derive(Debug)]
pub(crate) struct NobodyListens;

impl Inbox {
    pub(crate) fn new(events_max: usize, bytes_max: u32, tally: Arc<Tally>) -> (Inbox, Events) {
        let (events, receiver) = mpsc::channel(events_max);
        let space = Arc::new(Semaphore::new(bytes_max as usize));
        (Inbox { events, space, tally }, Events(receiver))
    }

    pub(crate) fn downgrade(&self) -> WeakInbox {
        WeakInbox { events: self.events.downgrade(), space: self.space.clone(), tally: self.tally.clone() }
    }

    /// Delivers something else than a frame; waits while the driver is behind.
    pub(crate) async fn tell(&self, event: Event) -> Result<(), NobodyListens> {
        self.events.send(Held { event, _space: None }).await.map_err(|_| NobodyListens)
    }

    /// Delivers a frame of a stream; waits while the driver is behind.
    pub(crate) async fn deliver(&self, from: PeerId, bytes: Bytes) -> Result<(), NobodyListens> {
        // A frame of at most 32 bits is at most the whole space, which the limits guarantee.
        let space = self.space.clone().acquire_many_owned(bytes.len() as u32).await.map_err(|_| NobodyListens)?;
        let slot = self.events.reserve().await.map_err(|_| NobodyListens)?;
        self.tally.count(|c| c.received.add(Kind::Stream, 1, bytes.len()));
        slot.send(Held { event: Event::Frame { from, bytes, kind: Kind::Stream }, _space: Some(space) });
        Ok(())
    }

    /// Delivers a datagram, or drops it while the driver is behind.
    pub(crate) fn offer(&self, from: PeerId, bytes: Bytes) {
        let length = bytes.len();
        let space = self.space.clone().try_acquire_many_owned(length as u32).ok();
        let (Some(space), Ok(slot)) = (space, self.events.try_reserve()) else {
            return self.tally.count(|c| c.dropped.inbox_full += 1);
        };
        self.tally.count(|c| c.received.add(Kind::Datagram, 1, length));
        slot.send(Held { event: Event::Frame { from, bytes, kind: Kind::Datagram }, _space: Some(space) });
    }
}

impl WeakInbox {
    /// `None` after the last task has ended.
    pub(crate) fn upgrade(&self) -> Option<Inbox> {
        let events = self.events.upgrade()?;
        Some(Inbox { events, space: self.space.clone(), tally: self.tally.clone() })
    }
}
