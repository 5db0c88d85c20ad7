//! The loop that drives one actor: take what happened, step, make durable, let out.
//!
//! Everything that is at hand becomes one batch of steps. All writes of a batch are durable in one commit before anything
//! that the batch sends, replies or shows leaves the node; what arrives meanwhile is the next batch. So the more there is to
//! do, the more steps share a commit.
//!
//! Time is durable too, ahead of its use: no step sees a time beyond the one that the store holds, so that a node that starts
//! again never sees an earlier time than before, even if the machine's clock was set back.
//!
//! When the disk is full, the batch waits and so does everything after it: nothing is acknowledged, commands are declined with
//! the reason, also those of the batch, and the commit is tried again until there is room. Who asks for a view gets it, and is
//! told that it is not durable.

mod request;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use contract::envelope;
use contract::{
    Actor, CallId, Effect, Effects, Input, Kind, Observation, PeerId, Protocol, Recovered, Runtime, Span, Time, Wire,
};
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;

use crate::admin::{Health, Status};
use crate::clock::Clock;
use crate::record::{RecordError, TraceFile};
use crate::store::{Batch, CommitError, Store};
use crate::timers::Timers;
use crate::transport::{Event, Events, Transport};

pub use request::{Answer, Declined, Request, Seen};

/// The most steps in a batch.
const BATCH: usize = 256;
/// Requests that may wait for the driver; who asks for more waits.
pub const REQUESTS: usize = 64;
/// How far ahead time is made durable. A node that starts again within this time stands still for the rest of it.
const LEASE: Span = Span::from_millis(500);
/// The pause before a commit is tried again for which there was no room.
const RETRY: Duration = Duration::from_millis(500);

/// What the node says about itself, as it happens.
pub enum Notice<'a> {
    /// The actor observed something.
    Observed(&'a Observation),
    /// Something happened on the network.
    Network(String),
    /// The disk of the node became full, or has room again.
    Storage {
        /// Which of the two.
        health: Health,
        /// In a sentence.
        what: String,
    },
}

/// Takes notices.
pub type Log = Box<dyn FnMut(Notice<'_>) + Send>;

/// Why a node stopped.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// A write could not be made durable: nothing that depends on it left the node.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The trace could not be written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A part of the node panicked.
    #[error("a part of the node ended: {0}")]
    Defect(String),
}

impl Stopped {
    /// Whether there was no room on the disk: what was acknowledged is durable, and what was not has reached nobody.
    pub fn is_full(&self) -> bool {
        match self {
            Stopped::Commit(error) => matches!(error, CommitError::Full { .. }),
            Stopped::Record(error) => error.is_full(),
            Stopped::Defect(_) => false,
        }
    }
}

/// What a node is made of.
pub struct Parts<P: Protocol> {
    /// The state machine.
    pub actor: Box<dyn Actor<P>>,
    /// Its connections.
    pub transport: Transport,
    /// Its durable memory.
    pub store: Store,
    /// Its trace.
    pub trace: TraceFile,
    /// Where notices go.
    pub log: Log,
    /// Where others see how it is.
    pub status: Arc<Status>,
}

/// Drives one actor.
pub struct Driver<P: Protocol> {
    id: PeerId,
    parts: Parts<P>,
    clock: Clock,
    timers: Timers<P::Timer>,
    effects: Effects<P>,
    batch: Batch,
    /// The time up to which steps need no commit.
    leased: Time,
    /// Steps of the batch.
    steps: u64,
    /// What may leave when the batch is durable.
    outputs: Vec<Effect<P>>,
    /// Who wants to see the actor when the batch is durable.
    onlookers: Vec<Answer<Seen<P::View>>>,
    calls: u64,
    callers: BTreeMap<CallId, Answer<P::Reply>>,
}

/// What can happen to a node.
enum Happening<P: Protocol> {
    Network(Event),
    Request(Request<P>),
    TimerDue,
}

/// The ends of the channels that a driver listens to.
struct Ears<P: Protocol> {
    events: Events,
    requests: mpsc::Receiver<Request<P>>,
    stop: watch::Receiver<bool>,
}

/// How a batch ended.
enum Released {
    Durable,
    /// The node was told to stop while there was no room on the disk.
    GivenUp(Stopped),
}

impl<P: Protocol> Driver<P> {
    /// A driver of these parts.
    pub fn new(parts: Parts<P>) -> Driver<P> {
        parts.status.stored(parts.store.size());
        Driver {
            id: parts.transport.id(),
            clock: Clock::not_before(parts.store.now_max()),
            timers: Timers::default(),
            effects: parts.trace.buffer(),
            batch: Batch::default(),
            leased: parts.store.now_max(),
            steps: 0,
            outputs: Vec::new(),
            onlookers: Vec::new(),
            calls: 0,
            callers: BTreeMap::new(),
            parts,
        }
    }

    /// Runs until `stop` is set or the network ends. What was begun is made durable and let out before it returns.
    ///
    /// # Errors
    /// [`Stopped`] if the node cannot go on without breaking a promise.
    pub async fn run(
        mut self,
        recovered: Recovered,
        events: Events,
        requests: mpsc::Receiver<Request<P>>,
        stop: watch::Receiver<bool>,
    ) -> Result<(), Stopped> {
        let mut ears = Ears { events, requests, stop };
        self.step(Input::Start(recovered));
        loop {
            let released;
            (self, released) = self.release(&mut ears).await?;
            if let Released::GivenUp(error) = released {
                return Err(error);
            }
            self.is_well();
            let due = self.timers.next_at().map(|at| self.clock.until(at));
            let Some(happening) = ears.next(due).await else {
                self.parts.status.set(Health::Stopping);
                return Ok(self.parts.trace.finish()?);
            };
            self.take(happening);
            for _ in 1..BATCH {
                let Some(happening) = ears.at_hand() else { break };
                self.take(happening);
            }
        }
    }

    fn take(&mut self, happening: Happening<P>) {
        match happening {
            Happening::Network(event) => self.take_event(event),
            Happening::TimerDue => {
                let now = self.clock.now();
                while let Some(timer) = self.timers.take_due(now) {
                    self.step(Input::Timer(timer));
                }
            }
            Happening::Request(Request::Command { command, answer }) => {
                self.calls += 1;
                self.callers.insert(CallId(self.calls), answer);
                self.step(Input::Command { call: CallId(self.calls), command });
            }
            Happening::Request(Request::View { answer }) => self.onlookers.push(answer),
        }
    }

    fn take_event(&mut self, event: Event) {
        match event {
            Event::Frame { from, bytes, kind } => match envelope::open::<P>(&bytes) {
                Ok(message) if message.kind() == kind => self.step(Input::Message { from, message }),
                Ok(_) => self.refuse(from, "it travelled the wrong way"),
                Err(refused) => self.refuse(from, refused),
            },
            Event::Broken { peer, why } => {
                self.note(format!("connection to {peer} broke: {why}"));
                self.step(Input::Broken { peer });
            }
            Event::Connected { peer, address } => {
                self.note(format!("connected to {peer} at {address}"));
                self.step(Input::Connected { peer });
            }
            Event::DialFailed { peer, why, retry } => {
                self.note(format!("cannot reach {peer}: {why}; next attempt in {retry:?}"));
            }
        }
    }

    /// A frame means nothing. Its sender is not worth a line for each of many.
    fn refuse(&mut self, from: PeerId, why: impl std::fmt::Display) {
        if self.parts.transport.unreadable(from) {
            self.note(format!("refused a frame from {from}: {why}"));
        }
    }

    fn note(&mut self, what: String) {
        (self.parts.log)(Notice::Network(what));
    }

    /// One step of the actor.
    fn step(&mut self, input: Input<P>) {
        let now = self.clock.now();
        self.batch.now = now;
        let begun = self.parts.trace.begin(now, &input);
        self.parts.actor.handle(now, input, &mut self.effects);
        self.parts.trace.end(begun, now, &mut self.effects);
        self.steps += 1;
        let mut effects = std::mem::take(&mut self.effects);
        self.perform(self.id, &mut effects);
        self.effects = effects;
    }

    /// Makes the batch durable, then lets out what it sends, replies and shows.
    async fn release(mut self, ears: &mut Ears<P>) -> Result<(Driver<P>, Released), Stopped> {
        while let Err(error) = self.parts.trace.flush() {
            if !error.is_full() {
                return Err(error.into());
            }
            if self.wait_for_room(ears, &error).await {
                return Ok((self, Released::GivenUp(error.into())));
            }
        }
        if !self.batch.writes.is_empty() || self.batch.now > self.leased {
            self.batch.now = self.batch.now + LEASE;
            loop {
                let outcome;
                (self, outcome) = self.commit().await?;
                let Err(full) = outcome else { break };
                if self.wait_for_room(ears, &full).await {
                    return Ok((self, Released::GivenUp(full.into())));
                }
            }
            self.leased = self.batch.now;
            self.batch.writes.clear();
        }
        self.let_out();
        self.show(true);
        Ok((self, Released::Durable))
    }

    fn show(&mut self, durable: bool) {
        for onlooker in std::mem::take(&mut self.onlookers) {
            // Whoever asked may be gone.
            let _ = onlooker.send(Ok(Seen { view: self.parts.actor.view(), durable }));
        }
    }

    /// A batch is durable, and so is everything before it.
    fn is_well(&mut self) {
        self.parts.status.wants(self.parts.actor.unready());
        if let Health::StorageFull { since } = self.parts.status.set(Health::Ok) {
            let what = format!("there is room on the disk again, after {} s", since.elapsed().as_secs());
            (self.parts.log)(Notice::Storage { health: Health::Ok, what });
        }
    }

    /// There is no room on the disk. For a while, whoever waits for a reply or asks for one is told so, and whoever wants to see
    /// the actor sees it as it is. Returns whether the node is to stop.
    async fn wait_for_room(&mut self, ears: &mut Ears<P>, error: &impl std::fmt::Display) -> bool {
        let full = Health::StorageFull { since: Instant::now() };
        if !matches!(self.parts.status.set(full), Health::StorageFull { .. }) {
            let what = format!("{error}; nothing is acknowledged until there is room");
            (self.parts.log)(Notice::Storage { health: full, what });
        }
        for caller in std::mem::take(&mut self.callers).into_values() {
            // Whoever asked may be gone.
            let _ = caller.send(Err(Declined::Undecided));
        }
        self.show(false);
        let until = tokio::time::Instant::now() + RETRY;
        loop {
            tokio::select! {
                _ = ears.stop.wait_for(|stop| *stop) => return true,
                Some(request) = ears.requests.recv() => match request {
                    Request::View { answer } => {
                        self.onlookers.push(answer);
                        self.show(false);
                    }
                    Request::Command { answer, .. } => drop(answer.send(Err(Declined::StorageFull))),
                },
                () = tokio::time::sleep_until(until) => return false,
            }
        }
    }

    /// Tries once to make the batch durable; a disk without room is an outcome, everything else that fails is the end.
    async fn commit(mut self) -> Result<(Driver<P>, Result<(), CommitError>), Stopped> {
        let Driver { mut batch, mut parts, .. } = self;
        let began = Instant::now();
        let committed = spawn_blocking(move || {
            let outcome = parts.store.commit(&batch);
            (parts, batch, outcome)
        });
        let outcome;
        (parts, batch, outcome) = committed.await.map_err(|error| Stopped::Defect(error.to_string()))?;
        (self.parts, self.batch) = (parts, batch);
        match outcome {
            Ok(()) => {
                self.parts.status.committed(began.elapsed(), self.parts.store.size());
                Ok((self, Ok(())))
            }
            Err(full @ CommitError::Full { .. }) => Ok((self, Err(full))),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends and replies what the batch has waited for; what goes to one peer goes together, in its order.
    fn let_out(&mut self) {
        let mut letters: BTreeMap<PeerId, Vec<(Bytes, Kind)>> = BTreeMap::new();
        for effect in std::mem::take(&mut self.outputs) {
            match effect {
                Effect::Send { to, message } => {
                    letters.entry(to).or_default().push((envelope::seal::<P>(&message).into(), message.kind()));
                }
                Effect::Reply { call, reply } => {
                    if let Some(caller) = self.callers.remove(&call) {
                        // Whoever asked may be gone.
                        let _ = caller.send(Ok(reply));
                    }
                }
                // Everything else was performed at once.
                Effect::SetTimer { .. } | Effect::CancelTimer(_) | Effect::Persist(_) | Effect::Observe(_) => {}
            }
        }
        let messages = letters.values().map(Vec::len).sum::<usize>() as u64;
        let steps = std::mem::take(&mut self.steps);
        self.parts.status.count(|work| (work.messages, work.steps) = (work.messages + messages, work.steps + steps));
        for (to, frames) in letters {
            if let Err(error) = self.parts.transport.send_all(to, frames) {
                self.note(format!("did not send to {to}: {error}"));
            }
        }
    }
}

impl<P: Protocol> Ears<P> {
    /// What happens next; `None` if the node is to stop.
    async fn next(&mut self, due: Option<Duration>) -> Option<Happening<P>> {
        tokio::select! {
            _ = self.stop.wait_for(|stop| *stop) => None,
            event = self.events.next() => event.map(Happening::Network),
            Some(request) = self.requests.recv() => Some(Happening::Request(request)),
            () = sleep(due) => Some(Happening::TimerDue),
        }
    }

    /// What has happened already.
    fn at_hand(&mut self) -> Option<Happening<P>> {
        let event = self.events.try_next().map(Happening::Network);
        event.or_else(|| self.requests.try_recv().ok().map(Happening::Request))
    }
}

impl<P: Protocol> Runtime<P> for Driver<P> {
    fn perform(&mut self, _node: PeerId, step: &mut Effects<P>) {
        for effect in step.drain() {
            match effect {
                Effect::SetTimer { timer, at } => self.timers.set(timer, at),
                Effect::CancelTimer(timer) => self.timers.cancel(timer),
                Effect::Persist(write) => self.batch.writes.push(write),
                Effect::Observe(observation) => (self.parts.log)(Notice::Observed(&observation)),
                leaves @ (Effect::Send { .. } | Effect::Reply { .. }) => self.outputs.push(leaves),
            }
        }
    }
}

/// Sleeps until a timer is due; for ever if none is set.
async fn sleep(due: Option<Duration>) {
    match due {
        Some(duration) => tokio::time::sleep(duration).await,
        None => std::future::pending().await,
    }
}
