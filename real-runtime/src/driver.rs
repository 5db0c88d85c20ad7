//! The loop that drives one actor: take what happened, step, make durable, let out.
//!
//! Everything that is at hand becomes one batch of steps. All writes of a batch are durable in one commit before anything
//! that the batch sends or replies leaves the node; what arrives meanwhile is the next batch. So the more there is to do, the
//! more steps share a commit.

use std::collections::BTreeMap;

use contract::envelope;
use contract::{Actor, CallId, Effect, Effects, Input, Observation, PeerId, Protocol, Recovered, Runtime, Wire};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::spawn_blocking;

use crate::clock::Clock;
use crate::record::{RecordError, TraceFile};
use crate::store::{Batch, CommitError, Store};
use crate::timers::Timers;
use crate::transport::{Event, Events, Transport};

/// The most steps in a batch.
const BATCH: usize = 256;
/// Requests that may wait for the driver; who asks for more waits.
pub const REQUESTS: usize = 64;

/// What somebody beside the network asks of a running node.
pub enum Request<P: Protocol> {
    /// A command for the actor.
    Command {
        /// The command.
        command: P::Command,
        /// Takes the reply, once what it depends on is durable.
        answer: oneshot::Sender<P::Reply>,
    },
    /// What may be seen of the actor.
    View {
        /// Takes the view.
        answer: oneshot::Sender<P::View>,
    },
}

/// What the node says about itself, as it happens.
pub enum Notice<'a> {
    /// The actor observed something.
    Observed(&'a Observation),
    /// Something happened on the network that the actor is not told.
    Network(String),
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
}

/// Drives one actor.
pub struct Driver<P: Protocol> {
    id: PeerId,
    parts: Parts<P>,
    clock: Clock,
    timers: Timers<P::Timer>,
    effects: Effects<P>,
    batch: Batch,
    /// What may leave when the batch is durable.
    outputs: Vec<Effect<P>>,
    calls: u64,
    callers: BTreeMap<CallId, oneshot::Sender<P::Reply>>,
}

/// What can happen to a node.
enum Happening<P: Protocol> {
    Network(Event),
    Request(Request<P>),
    TimerDue,
}

impl<P: Protocol> Driver<P> {
    /// A driver of these parts.
    pub fn new(parts: Parts<P>) -> Driver<P> {
        Driver {
            id: parts.transport.id(),
            clock: Clock::not_before(parts.store.now_max()),
            timers: Timers::default(),
            effects: parts.trace.buffer(),
            batch: Batch::default(),
            outputs: Vec::new(),
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
        mut events: Events,
        mut requests: mpsc::Receiver<Request<P>>,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), Stopped> {
        self.step(Input::Start(recovered));
        self = self.release().await?;
        loop {
            let due = self.timers.next_at().map(|at| self.clock.until(at));
            let happening = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return Ok(()),
                event = events.next() => match event {
                    Some(event) => Happening::Network(event),
                    None => return Ok(()),
                },
                Some(request) = requests.recv() => Happening::Request(request),
                () = sleep(due) => Happening::TimerDue,
            };
            self.take(happening);
            for _ in 1..BATCH {
                let Some(event) = events.try_next() else { break };
                self.take(Happening::Network(event));
            }
            self = self.release().await?;
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
            Happening::Request(Request::View { answer }) => {
                // Whoever asked may be gone.
                let _ = answer.send(self.parts.actor.view());
            }
        }
    }

    fn take_event(&mut self, event: Event) {
        match event {
            Event::Frame { from, bytes, kind } => match envelope::open::<P>(&bytes) {
                Ok(message) if message.kind() == kind => self.step(Input::Message { from, message }),
                Ok(_) => self.note(format!("refused a frame from {from}: it travelled the wrong way")),
                Err(refused) => self.note(format!("refused a frame from {from}: {refused}")),
            },
            Event::Broken { peer, why } => {
                self.note(format!("connection to {peer} broke: {why}"));
                self.step(Input::Broken { peer });
            }
            Event::Connected { peer, address } => self.note(format!("connected to {peer} at {address}")),
            Event::DialFailed { peer, why, retry } => {
                self.note(format!("cannot reach {peer}: {why}; next attempt in {retry:?}"));
            }
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
        let mut effects = std::mem::take(&mut self.effects);
        self.perform(self.id, &mut effects);
        self.effects = effects;
    }

    /// Makes the batch durable, then lets out what it sends and replies.
    async fn release(mut self) -> Result<Driver<P>, Stopped> {
        self.parts.trace.flush()?;
        if !self.batch.writes.is_empty() {
            let (batch, mut parts) = (std::mem::take(&mut self.batch), self.parts);
            let committed = spawn_blocking(move || {
                let outcome = parts.store.commit(&batch);
                (parts, outcome)
            });
            let (parts, outcome) = committed.await.map_err(|error| Stopped::Defect(error.to_string()))?;
            self.parts = parts;
            outcome?;
        }
        for effect in std::mem::take(&mut self.outputs) {
            self.let_out(effect);
        }
        Ok(self)
    }

    fn let_out(&mut self, effect: Effect<P>) {
        match effect {
            Effect::Send { to, message } => {
                let frame = envelope::seal::<P>(&message);
                if let Err(error) = self.parts.transport.send(to, frame, message.kind()) {
                    self.note(format!("did not send to {to}: {error}"));
                }
            }
            Effect::Reply { call, reply } => {
                if let Some(caller) = self.callers.remove(&call) {
                    // Whoever asked may be gone.
                    let _ = caller.send(reply);
                }
            }
            // Everything else was performed at once.
            Effect::SetTimer { .. } | Effect::CancelTimer(_) | Effect::Persist(_) | Effect::Observe(_) => {}
        }
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
async fn sleep(due: Option<std::time::Duration>) {
    match due {
        Some(duration) => tokio::time::sleep(duration).await,
        None => std::future::pending().await,
    }
}
