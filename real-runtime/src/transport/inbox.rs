//! The bounded channel between the tasks that serve peers and the driver.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use contract::{Kind, PeerId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::Instant;

use super::counters::Tally;
use super::event::Event;
use super::fair::{Fair, Spent};

/// What a frame occupies of the inbox beyond its bytes, so that short frames have their bound as well.
const FRAME_OVERHEAD: usize = 64;
/// What one peer may occupy of the inbox, in bytes: enough deliveries that the driver does not wait for a peer that alone
/// sends much. So peers take turns, and one that sends without end gets one peer's share. A longer frame waits until it has
/// all of this.
const SHARE: u32 = 256 << 10;

/// The driver's end of the channel.
///
/// When the driver is behind, frames of streams wait, and so in the end does their sender; datagrams are dropped. No peer has
/// more than its share of what waits.
#[derive(Debug)]
pub struct Events {
    held: mpsc::Receiver<Held>,
    /// Frames that came together, and the space that they occupy until the last one is taken.
    batch: Option<Batch>,
}

#[derive(Debug)]
struct Batch {
    from: PeerId,
    frames: std::vec::IntoIter<Bytes>,
    _space: Space,
}

impl Events {
    /// The next event; `None` after the transport was shut down and everything was taken. May be dropped and called
    /// again, as in `select!`.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(frame) = self.next_of_batch() {
                return Some(frame);
            }
            if let Some(event) = self.held.recv().await.map(|held| self.open(held))? {
                return Some(event);
            }
        }
    }

    /// The next event if it is already there, so that a driver can commit many steps at once.
    pub fn try_next(&mut self) -> Option<Event> {
        loop {
            if let Some(frame) = self.next_of_batch() {
                return Some(frame);
            }
            if let Some(event) = self.held.try_recv().ok().map(|held| self.open(held))? {
                return Some(event);
            }
        }
    }

    fn next_of_batch(&mut self) -> Option<Event> {
        let batch = self.batch.as_mut()?;
        match batch.frames.next() {
            Some(bytes) => Some(Event::Frame { from: batch.from, bytes, kind: Kind::Stream }),
            None => {
                self.batch = None;
                None
            }
        }
    }

    /// The event, unless it is a batch, which is kept.
    fn open(&mut self, held: Held) -> Option<Event> {
        match held {
            Held::Event(event) => Some(event),
            Held::Datagram(event, _space) => Some(event),
            Held::Batch(batch) => {
                self.batch = Some(batch);
                None
            }
        }
    }
}

/// What waits for the driver.
#[derive(Debug)]
enum Held {
    Event(Event),
    /// With the space that it occupies.
    Datagram(Event, Space),
    Batch(Batch),
}

/// What of the inbox is occupied until this is dropped: of all of it, and of the share of the peer.
#[derive(Debug)]
struct Space {
    _of_all: OwnedSemaphorePermit,
    _of_share: OwnedSemaphorePermit,
}

/// The part of the inbox that one peer may occupy, and what it has spent of the node lately.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    space: Arc<Semaphore>,
    spent: Arc<Mutex<Spent>>,
}

impl Share {
    /// Notes whether everything that the peer had sent was taken in the meantime, before it sent more.
    pub(crate) fn pauses(&self, paused: bool) {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner).pauses(paused, Instant::now());
    }
}

impl Default for Share {
    fn default() -> Share {
        Share { space: Arc::new(Semaphore::new(SHARE as usize)), spent: Arc::default() }
    }
}

/// The other end: every task that serves a peer has one.
#[derive(Clone, Debug)]
pub(crate) struct Inbox {
    events: mpsc::Sender<Held>,
    space: Arc<Semaphore>,
    /// All of it, in bytes.
    space_max: u32,
    fair: Arc<Fair>,
    tally: Arc<Tally>,
}

/// An inbox that does not keep the channel open.
#[derive(Debug)]
pub(crate) struct WeakInbox {
    events: mpsc::WeakSender<Held>,
    space: Arc<Semaphore>,
    space_max: u32,
    fair: Arc<Fair>,
    tally: Arc<Tally>,
}

/// The driver has dropped its [`Events`].
#[derive(Debug)]
pub(crate) struct NobodyListens;

impl Inbox {
    /// An inbox of a node on the present runtime.
    pub(crate) fn new(events_max: usize, bytes_max: u32, tally: Arc<Tally>) -> (Inbox, Events) {
        let (events, receiver) = mpsc::channel(events_max);
        let space = Arc::new(Semaphore::new(bytes_max as usize));
        let fair = Arc::new(Fair::new(&tokio::runtime::Handle::current()));
        (Inbox { events, space, space_max: bytes_max, fair, tally }, Events { held: receiver, batch: None })
    }

    pub(crate) fn downgrade(&self) -> WeakInbox {
        let (space, fair, tally) = (self.space.clone(), self.fair.clone(), self.tally.clone());
        WeakInbox { events: self.events.downgrade(), space, space_max: self.space_max, fair, tally }
    }

    /// Delivers something else than a frame; waits while the driver is behind.
    pub(crate) async fn tell(&self, event: Event) -> Result<(), NobodyListens> {
        self.events.send(Held::Event(event)).await.map_err(|_| NobodyListens)
    }

    /// Delivers frames of a stream that came together; waits while the driver is behind, and until the peer may cost more.
    pub(crate) async fn deliver(&self, from: PeerId, share: &Share, frames: Vec<Bytes>) -> Result<(), NobodyListens> {
        let (count, bytes) = (frames.len(), frames.iter().map(Bytes::len).sum::<usize>());
        let needed = self.space_for(count, bytes);
        let of_share = share.space.clone().acquire_many_owned(needed.min(SHARE)).await.map_err(|_| NobodyListens)?;
        let of_all = self.space.clone().acquire_many_owned(needed).await.map_err(|_| NobodyListens)?;
        let space = Space { _of_all: of_all, _of_share: of_share };
        let slot = self.events.reserve().await.map_err(|_| NobodyListens)?;
        self.tally.count(|c| c.received.add(Kind::Stream, count, bytes));
        slot.send(Held::Batch(Batch { from, frames: frames.into_iter(), _space: space }));
        let mut pause = self.spend(share, needed);
        if !pause.is_zero() {
            self.tally.count(|c| c.slowed += 1);
        }
        while !pause.is_zero() {
            tokio::time::sleep(pause).await;
            pause = self.spend(share, 0);
        }
        Ok(())
    }

    /// Notes what a peer costs; says how long it is to wait before it may cost more.
    fn spend(&self, share: &Share, cost: u32) -> Duration {
        let behind = self.space.available_permits() < self.space_max as usize / 2;
        let mut spent = share.spent.lock().unwrap_or_else(PoisonError::into_inner);
        self.fair.spend(&mut spent, cost as usize, behind)
    }

    /// What frames occupy. All of the space is enough for any of them: the limits say that it holds the longest frame.
    fn space_for(&self, frames: usize, bytes: usize) -> u32 {
        let space = bytes + frames * FRAME_OVERHEAD;
        u32::try_from(space).unwrap_or(u32::MAX).min(self.space_max)
    }

    /// Delivers a datagram, or drops it while the driver is behind.
    pub(crate) fn offer(&self, from: PeerId, share: &Share, bytes: Bytes) {
        let length = bytes.len();
        let needed = self.space_for(1, length);
        let of_share = share.space.clone().try_acquire_many_owned(needed.min(SHARE));
        let of_all = self.space.clone().try_acquire_many_owned(needed);
        let (Ok(of_share), Ok(of_all), Ok(slot)) = (of_share, of_all, self.events.try_reserve()) else {
            return self.tally.count(|c| c.dropped.inbox_full += 1);
        };
        if !self.spend(share, 0).is_zero() {
            return self.tally.count(|c| c.dropped.inbox_full += 1);
        }
        self.spend(share, needed);
        let space = Space { _of_all: of_all, _of_share: of_share };
        self.tally.count(|c| c.received.add(Kind::Datagram, 1, length));
        slot.send(Held::Datagram(Event::Frame { from, bytes, kind: Kind::Datagram }, space));
    }
}

impl WeakInbox {
    /// `None` after the last task has ended.
    pub(crate) fn upgrade(&self) -> Option<Inbox> {
        let events = self.events.upgrade()?;
        let (space, fair, tally) = (self.space.clone(), self.fair.clone(), self.tally.clone());
        Some(Inbox { events, space, space_max: self.space_max, fair, tally })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_peer_that_sends_without_end_waits_for_its_turn_and_the_others_do_not() {
        let (inbox, mut events) = Inbox::new(1024, 16 << 20, Arc::default());
        let (flooder, honest) = (PeerId::simulated(1), PeerId::simulated(2));
        let frames = |count| vec![Bytes::from_static(&[7; 1000]); count];
        let (flooding, share) = (inbox.clone(), Share::default());
        let flood = tokio::spawn(async move { while flooding.deliver(flooder, &share, frames(16)).await.is_ok() {} });
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        inbox.deliver(honest, &Share::default(), frames(1)).await.expect("there is room");
        let mut before = 0;
        while !matches!(events.next().await, Some(Event::Frame { from, .. }) if from == honest) {
            before += 1;
        }
        assert_eq!(before, 16 * 15, "no more than a share of the flooder's was there before");
        drop(events);
        flood.await.expect("it ends with the driver");
    }
}
