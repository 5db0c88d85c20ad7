//! The loop: take the earliest event, tell the node, do what it asks.
//!
//! Drive a world with [`World::run_until`]; when it pauses, take what it kept ([`World::take_observed`],
//! [`World::take_replies`], [`World::take_trace`]) and go on. Commands and faults are scheduled from outside;
//! nothing else enters.

use std::collections::{BTreeMap, BTreeSet};

use contract::draws::{Key as DrawKey, below};
use contract::trace::recorder::StepContext;
use contract::trace::{Cause, Level, Recorder};
use contract::{
    Actor, CallId, Effect, Effects, Hash, Input, Observation, PeerId, Protocol, Recovered, Seed, Span, Time, Wire,
};

use net_model::network::Retransmission;

use crate::disk::Disk;
use crate::key::{Class, Key, SCRIPT_RANK};
use crate::queue::{Entry, Wheel};
use crate::slab::Slab;
use crate::{BadPlan, Clock, Counts, Fault, Memory, Plan};

/// What waits in the queue.
#[derive(Clone)]
pub(crate) enum Event<P: Protocol> {
    Message { from: u32, to: u32, life: u32, message: P::Message },
    Timer { node: u32, timer: P::Timer },
    Synced { node: u32, life: u32 },
    Broken { node: u32, peer: u32 },
    Command { node: u32, call: CallId, command: Box<P::Command> },
    Fault(Fault),
    /// A timer that was cancelled or moved.
    Stale,
}

/// What every event of a node touches, in half a cache line.
#[repr(align(32))]
pub(crate) struct Node<P: Protocol> {
    pub(crate) actor: Box<dyn Actor<P>>,
    /// How many events it scheduled.
    pub(crate) sequence: u64,
    /// Its rank, and [`SPECIAL`].
    rank_and_flag: u32,
    /// How often it was born or crashed: odd while it is up.
    pub(crate) life: u32,
}

/// Set for a node whose clock is not exact or that has a disk: only then its [`Rest`] is looked at.
const SPECIAL: u32 = 1 << 31;

impl<P: Protocol> Node<P> {
    #[inline]
    pub(crate) const fn rank(&self) -> u32 {
        self.rank_and_flag & !SPECIAL
    }

    #[inline]
    pub(crate) const fn is_special(&self) -> bool {
        self.rank_and_flag & SPECIAL != 0
    }

    pub(crate) const fn make_special(&mut self) {
        self.rank_and_flag |= SPECIAL;
    }

    #[inline]
    pub(crate) const fn is_up(&self) -> bool {
        self.life % 2 == 1
    }
}

/// What only some events of a node touch.
#[derive(Clone)]
pub(crate) struct Rest<P: Protocol> {
    pub(crate) clock: Clock,
    pub(crate) timers: BTreeMap<P::Timer, u32>,
    pub(crate) disk: Option<Box<Disk<P>>>,
}

/// An observation, with who made it and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The world's time.
    pub at: Time,
    /// The node's number.
    pub node: u32,
    /// What it said.
    pub observation: Observation,
}

/// A reply to a command, with who gave it and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Replied<P: Protocol> {
    /// The world's time.
    pub at: Time,
    /// The node's number.
    pub node: u32,
    /// The command's number.
    pub call: CallId,
    /// The answer.
    pub reply: P::Reply,
}

/// Why [`World::run_until`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// Every event up to the given time was handled.
    Reached,
    /// Observations, replies or trace wait to be taken; call again.
    Full,
    /// The run used up its events, or too many wait: [`Limits`](crate::Limits).
    Exhausted,
}

/// A world and its future.
pub struct World<P: Protocol> {
    pub(crate) plan: Plan<P>,
    pub(crate) now: Time,
    pub(crate) queue: Wheel,
    pub(crate) events: Slab<Event<P>>,
    pub(crate) stale: usize,
    pub(crate) nodes: Vec<Node<P>>,
    pub(crate) rests: Vec<Rest<P>>,
    /// How many messages of each kind each node sent: `node * TAGS + tag`.
    pub(crate) sent: Vec<u32>,
    pub(crate) sync_key: DrawKey,
    pub(crate) script_sequence: u64,
    pub(crate) breaking: BTreeSet<(u32, u32)>,
    pub(crate) counts: Counts,
    pub(crate) observed: Vec<Observed>,
    pub(crate) replies: Vec<Replied<P>>,
    effects: Effects<P>,
    recorder: Recorder,
    node_of_rank: Vec<u32>,
    next_checkpoint: Time,
    checkpoints: Vec<(Time, Hash)>,
    calls: u64,
}

/// Building and driving.
impl<P: Protocol> World<P> {
    /// Builds the world and starts every node at time zero.
    ///
    /// # Errors
    /// [`BadPlan`] says which part of the plan is impossible.
    pub fn new(plan: Plan<P>) -> Result<World<P>, BadPlan> {
        plan.check()?;
        let count = plan.cast.directory.len();
        let ranks = ranks(count, plan.world_seed.key("rank"));
        let mut recorder = Recorder::new(plan.level, count as usize);
        recorder.header(plan.header());
        let mut node_of_rank = Vec::new();
        if plan.level == Level::Full {
            node_of_rank = vec![0; count as usize];
            (0..count).for_each(|node| node_of_rank[ranks[node as usize] as usize] = node);
        }
        let clock = |node: u32| plan.cast.clocks.get(node as usize).copied().unwrap_or_default();
        let nodes = (0..count).map(|node| {
            let special = if clock(node).is_exact() { 0 } else { SPECIAL };
            let rank_and_flag = ranks[node as usize] | special;
            Node { actor: (plan.cast.nursery)(node), sequence: 0, rank_and_flag, life: 0 }
        });
        let rests = (0..count).map(|node| Rest { clock: clock(node), timers: BTreeMap::new(), disk: None });
        let mut world = World {
            now: Time::ZERO,
            queue: Wheel::default(),
            events: Slab::default(),
            stale: 0,
            nodes: nodes.collect(),
            rests: rests.collect(),
            sent: vec![0; count as usize * usize::from(P::Message::TAGS)],
            sync_key: plan.noise_seed.key("sync"),
            script_sequence: 0,
            breaking: BTreeSet::new(),
            counts: Counts::default(),
            observed: Vec::new(),
            replies: Vec::new(),
            effects: recorder.buffer(),
            recorder,
            node_of_rank,
            next_checkpoint: Time::ZERO + plan.checkpoint_every,
            checkpoints: Vec::new(),
            calls: 0,
            plan,
        };
        (0..count).for_each(|node| world.start(node, Recovered::default()));
        Ok(world)
    }

    /// Handles every event up to `until`, unless it has to pause before.
    pub fn run_until(&mut self, until: Time) -> Pause {
        loop {
            // A checkpoint covers everything up to and including its time.
            let limit = until.min(self.next_checkpoint);
            let pause = self.run_to(limit);
            if pause != Pause::Reached {
                return pause;
            }
            if limit == self.next_checkpoint {
                self.checkpoint(limit);
                self.next_checkpoint = limit + self.plan.checkpoint_every;
            }
            if limit == until {
                self.now = self.now.max(until);
                self.counts.assert_conserved();
                return Pause::Reached;
            }
        }
    }

    /// Sends a command to a node at a time of the world that is not past.
    pub fn command(&mut self, at: Time, node: u32, command: P::Command) -> CallId {
        self.calls += 1;
        let call = CallId(self.calls);
        self.schedule_from_script(at, Class::Command, Event::Command { node, call, command: Box::new(command) });
        call
    }

    /// Schedules a fault at a time of the world that is not past.
    pub fn fault(&mut self, at: Time, fault: Fault) {
        self.schedule_from_script(at, Class::Fault, Event::Fault(fault));
    }

    /// Ends the recording. What happens afterwards is not in the digest.
    pub fn finish(&mut self) -> Hash {
        let digest = self.checkpoint(self.now);
        self.recorder.finish();
        digest
    }

    /// An independent copy of the world at this moment. With a seed, its network, its disks and its actors draw other
    /// noise from here on. The copy records no trace.
    pub fn fork(&self, noise: Option<&Seed>) -> World<P> {
        let nodes = self.nodes.iter().map(|node| Node { actor: node.actor.fork(), ..*node });
        let level = self.plan.level.min(Level::Digest);
        let recorder = Recorder::new(level, self.nodes.len());
        let mut copy = World {
            plan: Plan { level, ..self.plan.clone() },
            now: self.now,
            queue: self.queue.clone(),
            events: self.events.clone(),
            stale: self.stale,
            nodes: nodes.collect(),
            rests: self.rests.clone(),
            sent: self.sent.clone(),
            sync_key: self.sync_key,
            script_sequence: self.script_sequence,
            breaking: self.breaking.clone(),
            counts: self.counts,
            observed: self.observed.clone(),
            replies: self.replies.clone(),
            effects: recorder.buffer(),
            recorder,
            node_of_rank: Vec::new(),
            next_checkpoint: self.next_checkpoint,
            checkpoints: Vec::new(),
            calls: self.calls,
        };
        if let Some(seed) = noise {
            copy.plan.network.rekey(seed);
            copy.sync_key = seed.key("sync");
            copy.nodes.iter_mut().for_each(|node| node.actor.rekey(seed));
        }
        copy
    }
}

/// Getters.
impl<P: Protocol> World<P> {
    /// The time of the world.
    pub const fn now(&self) -> Time {
        self.now
    }

    /// How many nodes there are.
    pub fn len(&self) -> u32 {
        self.nodes.len() as u32
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The identity of a node.
    pub fn peer(&self, node: u32) -> PeerId {
        self.plan.cast.directory.peer(node)
    }

    /// Whether a node is up.
    pub fn is_up(&self, node: u32) -> bool {
        self.nodes.get(node as usize).is_some_and(Node::is_up)
    }

    /// What may be seen of a node, up or down.
    pub fn view(&self, node: u32) -> P::View {
        self.nodes[node as usize].actor.view()
    }

    /// What a node has on its disk: what a start after a crash would find.
    pub fn durable(&self, node: u32) -> Recovered {
        let disk = self.rests[node as usize].disk.as_ref();
        disk.map_or_else(Recovered::default, |disk| disk.recovered())
    }

    /// The canonical bytes of all actors' states, in the order of the nodes.
    pub fn states(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.nodes.iter().for_each(|node| node.actor.state(&mut bytes));
        bytes
    }

    /// Counts so far.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// The checkpoints so far: time, and digest of the run up to it.
    pub fn checkpoints(&self) -> &[(Time, Hash)] {
        &self.checkpoints
    }

    /// Takes the observations since the last call.
    pub fn take_observed(&mut self) -> Vec<Observed> {
        std::mem::take(&mut self.observed)
    }

    /// Takes the replies since the last call.
    pub fn take_replies(&mut self) -> Vec<Replied<P>> {
        std::mem::take(&mut self.replies)
    }

    /// Takes the bytes of the trace since the last call; none unless everything is recorded.
    pub fn take_trace(&mut self) -> Vec<u8> {
        self.recorder.take_bytes()
    }

    /// Bytes of memory, by part.
    pub fn memory(&self) -> Memory {
        let actors: usize = self.nodes.iter().map(|node| size_of_val(&*node.actor)).sum();
        let timers: usize = self.rests.iter().map(|rest| rest.timers.len() * size_of::<(P::Timer, u32)>()).sum();
        let slots = self.nodes.capacity() * (size_of::<Node<P>>() + size_of::<Rest<P>>());
        Memory {
            nodes: actors + timers + slots + self.sent.capacity() * 4,
            events: self.queue.memory_bytes() + self.events.memory_bytes(),
            network: self.plan.network.memory_bytes(),
            node_count: self.nodes.len(),
            event_count: self.events.len(),
        }
    }
}

/// The inside of the loop.
impl<P: Protocol> World<P> {
    fn run_to(&mut self, limit: Time) -> Pause {
        let limits = self.plan.limits;
        loop {
            let (events, nodes, sent) = (&self.events, &self.nodes, &self.sent);
            let next = self.queue.pop_with(limit.as_nanos(), |opened| touch::<P>(opened, events, nodes, sent));
            let Some(entry) = next else { return Pause::Reached };
            let event = self.events.take(entry.slot);
            self.counts.events += 1;
            self.counts.ties += u64::from(entry.key.time == self.now.as_nanos());
            self.now = entry.key.at();
            self.dispatch(entry.key, event);
            let kept = self.observed.len() + self.replies.len();
            if kept >= limits.observations || self.recorder.waiting_bytes() >= limits.trace_bytes {
                return Pause::Full;
            }
            if self.counts.events >= limits.events || self.events.len() > limits.waiting {
                return Pause::Exhausted;
            }
        }
    }

    #[inline]
    fn dispatch(&mut self, key: Key, event: Event<P>) {
        match event {
            Event::Message { from, to, life, message } => self.deliver(key, (from, to, life), message),
            Event::Timer { node, timer } => {
                self.rests[node as usize].timers.remove(&timer);
                self.counts.timers += 1;
                self.step(node, Input::Timer(timer), Some(key));
            }
            Event::Synced { node, life } => self.synced(node, life),
            Event::Broken { node, peer } => {
                self.breaking.remove(&(node, peer));
                if self.is_up(node) {
                    let peer = self.peer(peer);
                    self.step(node, Input::Broken { peer }, Some(key));
                }
            }
            Event::Command { node, call, command } => {
                if self.is_up(node) {
                    self.step(node, Input::Command { call, command: *command }, Some(key));
                }
            }
            Event::Fault(fault) => self.strike(fault),
            Event::Stale => self.stale -= 1,
        }
    }

    #[inline]
    fn deliver(&mut self, key: Key, (from, to, life): (u32, u32, u32), message: P::Message) {
        self.counts.in_flight -= 1;
        let node = &self.nodes[to as usize];
        if !node.is_up() || (life != node.life && message.kind() == contract::Kind::Stream) {
            self.undeliverable((from, to), message.kind());
            return;
        }
        self.counts.delivered += 1;
        let from = self.plan.cast.directory.peer(from);
        self.step(to, Input::Message { from, message }, Some(key));
    }

    /// Nobody is there, or somebody whom the stream was not opened to. The sender of a stream message learns it: from the
    /// silence when nobody is there, at once from a fresh process.
    #[cold]
    fn undeliverable(&mut self, (from, to): (u32, u32), kind: contract::Kind) {
        let up = self.is_up(to);
        if up {
            self.counts.lost_with_connection += 1;
        } else {
            self.counts.lost_recipient_down += 1;
        }
        if kind == contract::Kind::Stream && self.is_up(from) {
            let silence = if up { Span::ZERO } else { Retransmission::IDLE };
            self.break_connection(self.now + silence, from, to);
        }
    }

    /// A node is born and starts with what it finds on its disk.
    pub(crate) fn start(&mut self, node: u32, recovered: Recovered) {
        let slot = &mut self.nodes[node as usize];
        slot.life += 1;
        if self.recorder.level() == Level::Full {
            self.recorder.birth((self.plan.cast.register)(node));
        }
        self.step(node, Input::Start(recovered), None);
    }

    /// One step of one node.
    #[inline]
    fn step(&mut self, number: u32, input: Input<P>, key: Option<Key>) {
        let node = &mut self.nodes[number as usize];
        let now = if node.is_special() { self.rests[number as usize].clock.local(self.now) } else { self.now };
        let scheduled = node.sequence;
        let begun = self.recorder.begin(now, &input);
        node.actor.handle(now, input, &mut self.effects);
        if self.recorder.level() != Level::Off {
            let cause = key.and_then(|key| self.cause(key));
            let context = StepContext { node: number, at: self.now, now, cause, scheduled };
            self.recorder.end(begun, context, &mut self.effects);
        }
        // The commonest step of all sends one message and waits for nothing.
        if matches!(self.effects.as_slice(), [Effect::Send { .. }]) && !self.nodes[number as usize].is_special() {
            if let Some(effect) = self.effects.take_single() {
                self.perform_now(number, effect);
            }
            return;
        }
        let mut list = self.effects.take_list();
        self.perform_list(number, &mut list);
        self.effects.restore(list);
    }

    fn cause(&self, key: Key) -> Option<Cause> {
        let node = *self.node_of_rank.get(key.rank() as usize)?;
        Some(Cause { node, sequence: key.sequence() })
    }

    fn checkpoint(&mut self, at: Time) -> Hash {
        let digest = self.recorder.checkpoint(at);
        if self.recorder.level() != Level::Off && self.checkpoints.last().is_none_or(|(last, _)| *last != at) {
            self.checkpoints.push((at, digest));
        }
        digest
    }

    /// Puts an event of `node` into the queue, at least one nanosecond from now. Gives its number.
    #[inline]
    pub(crate) fn schedule(&mut self, node: u32, at: Time, class: Class, event: Event<P>) -> u32 {
        let source = &mut self.nodes[node as usize];
        let at = at.max(self.now + Span::from_nanos(1));
        let key = Key::new(at, class, source.rank(), source.sequence);
        source.sequence += 1;
        let slot = self.events.insert(event);
        self.queue.push(Entry { key, slot });
        slot
    }

    /// Puts an event that no node caused into the queue, at least one nanosecond from now.
    pub(crate) fn schedule_from_script(&mut self, at: Time, class: Class, event: Event<P>) {
        let at = at.max(self.now + Span::from_nanos(1));
        let key = Key::new(at, class, SCRIPT_RANK, self.script_sequence);
        self.script_sequence += 1;
        let slot = self.events.insert(event);
        self.queue.push(Entry { key, slot });
    }
}

/// Reads what the coming events will need. The loads do not depend on each other, so their cache misses overlap.
#[inline]
fn touch<P: Protocol>(entries: &[Entry], events: &Slab<Event<P>>, nodes: &[Node<P>], sent: &[u32]) {
    let mut seen = 0u64;
    for entry in entries {
        if let Some(Event::Message { to, .. }) = events.get(entry.slot) {
            let (node, count) = (nodes.get(*to as usize), sent.get(*to as usize * usize::from(P::Message::TAGS)));
            seen ^= node.map_or(0, |node| node.sequence) ^ u64::from(count.copied().unwrap_or_default());
        }
    }
    std::hint::black_box(seen);
}

/// A permutation of the nodes: at one instant, who comes first does not depend on anybody's number.
fn ranks(nodes: u32, key: DrawKey) -> Vec<u32> {
    let mut ranks: Vec<u32> = (0..nodes).collect();
    for i in (1..ranks.len()).rev() {
        let j = below(key.draw(i as u64, 0)[0], i as u64 + 1) as usize;
        ranks.swap(i, j);
    }
    ranks
}
