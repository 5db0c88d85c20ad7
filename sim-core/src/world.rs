//! The loop: take the earliest event, tell the node, do what it asks.
//!
//! Drive a world with [`World::run_until`]; when it pauses, take what it kept ([`World::take_observed`],
//! [`World::take_replies`], [`World::take_trace`]) and go on. Commands and faults are scheduled from outside;
//! nothing else enters.

use contract::draws::{Key as DrawKey, below};
use contract::trace::{Level, Recorder};
use contract::{Actor, CallId, Effects, Hash, Observation, PeerId, Protocol, Recovered, Seed, Time, Wire};

use crate::clock::Running;
use crate::connections::Notices;
use crate::disk::Disk;
use crate::fault::Strike;
use crate::key::Class;
use crate::pause::Paused;
use crate::queue::Wheel;
use crate::slab::Slab;
use crate::timers::Timers;
use crate::{BadPlan, Counts, Fault, Memory, Plan};

/// What waits in the queue.
#[derive(Clone)]
pub(crate) enum Event<P: Protocol> {
    Message {
        from: u32,
        to: u32,
        life: u32,
        message: P::Message,
    },
    /// Which one is in [`Rest::timers`].
    Timer {
        node: u32,
    },
    Synced {
        node: u32,
        life: u32,
    },
    Broken {
        node: u32,
        peer: u32,
    },
    /// What is asked of whom is in [`World::commands`]: an event is as small as a message allows.
    Command {
        number: u32,
    },
    /// What happens is in [`World::script`], for the same reason.
    Strike {
        number: u32,
    },
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

/// Set for a node whose clock is not exact or whose writes are under way: only then its [`Rest`] is looked at.
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

    pub(crate) const fn make_special(&mut self, special: bool) {
        self.rank_and_flag = self.rank() | if special { SPECIAL } else { 0 };
    }

    #[inline]
    pub(crate) const fn is_up(&self) -> bool {
        self.life % 2 == 1
    }
}

/// What only some events of a node touch.
#[derive(Clone)]
pub(crate) struct Rest<P: Protocol> {
    pub(crate) clock: Running,
    pub(crate) timers: Timers<P::Timer>,
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
    /// Observations, replies or trace wait to be taken; call again. One event at least was handled.
    Full,
    /// The run used up its events, or too many wait: [`Limits`](crate::Limits).
    Exhausted,
}

/// What comes from outside: commands, and the order of everything that no node scheduled.
#[derive(Clone)]
pub(crate) struct Script<P: Protocol> {
    /// How much was scheduled.
    pub(crate) sequence: u64,
    /// How many commands were given.
    pub(crate) calls: u64,
    /// Commands that wait: for whom, their number, what is asked.
    pub(crate) commands: Slab<(u32, CallId, P::Command)>,
    /// Faults that wait.
    pub(crate) strikes: Slab<Strike>,
}

/// What waits for the caller to take it.
#[derive(Clone)]
pub(crate) struct Kept<P: Protocol> {
    pub(crate) observed: Vec<Observed>,
    pub(crate) replies: Vec<Replied<P>>,
    /// Whose actor panicked.
    pub(crate) fallen: Option<u32>,
}

/// The order of what is to come.
#[derive(Clone, Default)]
pub(crate) struct Agenda {
    pub(crate) queue: Wheel,
    /// How many entries of cancelled timers are in the queue, or wait for a paused node.
    pub(crate) stale: usize,
}

/// What is written down of the run.
pub(crate) struct Record {
    pub(crate) recorder: Recorder,
    /// The node of each rank, for the causes in a full trace.
    pub(crate) node_of_rank: Vec<u32>,
    pub(crate) next_checkpoint: Time,
    pub(crate) checkpoints: Vec<(Time, Hash)>,
    /// How many steps the last checkpoint covered.
    pub(crate) bound_steps: u64,
}

/// A world and its future.
pub struct World<P: Protocol> {
    pub(crate) plan: Plan<P>,
    pub(crate) now: Time,
    pub(crate) agenda: Agenda,
    pub(crate) events: Slab<Event<P>>,
    pub(crate) nodes: Vec<Node<P>>,
    pub(crate) rests: Vec<Rest<P>>,
    /// How many messages of each kind each node sent: `node * TAGS + tag`.
    pub(crate) sent: Vec<u32>,
    pub(crate) sync_key: DrawKey,
    pub(crate) script: Script<P>,
    pub(crate) notices: Notices,
    pub(crate) paused: Paused,
    pub(crate) counts: Counts,
    pub(crate) kept: Kept<P>,
    pub(crate) effects: Effects<P>,
    pub(crate) record: Record,
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
            // All are up before the first one speaks.
            Node { actor: (plan.cast.nursery)(node), sequence: 0, rank_and_flag, life: 1 }
        });
        let rests =
            (0..count).map(|node| Rest { clock: Running::of(clock(node)), timers: Timers::default(), disk: None });
        let mut world = World {
            now: Time::ZERO,
            agenda: Agenda::default(),
            events: Slab::default(),
            nodes: nodes.collect(),
            rests: rests.collect(),
            sent: vec![0; count as usize * usize::from(P::Message::TAGS)],
            sync_key: plan.noise_seed.key("sync"),
            script: Script { sequence: 0, calls: 0, commands: Slab::default(), strikes: Slab::default() },
            notices: Notices::default(),
            paused: Paused::default(),
            counts: Counts::default(),
            kept: Kept { observed: Vec::new(), replies: Vec::new(), fallen: None },
            effects: recorder.buffer(),
            record: Record {
                recorder,
                node_of_rank,
                next_checkpoint: Time::ZERO + plan.checkpoint_every,
                checkpoints: Vec::new(),
                bound_steps: 0,
            },
            plan,
        };
        (0..count).for_each(|node| world.start(node, Recovered::default()));
        Ok(world)
    }

    /// Handles every event up to and including `until`, unless it has to pause before. The end of time is never reached:
    /// what is scheduled for it never happens.
    pub fn run_until(&mut self, until: Time) -> Pause {
        loop {
            // A checkpoint covers everything up to and including its time.
            let limit =
                if self.record.recorder.level() == Level::Off { until } else { until.min(self.record.next_checkpoint) };
            let pause = self.run_to(limit);
            if pause != Pause::Reached {
                return pause;
            }
            if limit == self.record.next_checkpoint {
                self.pass_checkpoint(until);
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
        self.script.calls += 1;
        let call = CallId(self.script.calls);
        let number = self.script.commands.insert((node, call, command));
        self.schedule_from_script(at, Class::Command, Event::Command { number });
        call
    }

    /// Schedules a fault at a time of the world that is not past.
    pub fn fault(&mut self, at: Time, fault: Fault) {
        self.schedule_strike(at, Strike::Fault(fault));
    }

    /// Ends the recording and gives the digest of everything that happened. It belongs to the end of a run: what happens
    /// afterwards is not in this digest.
    pub fn finish(&mut self) -> Hash {
        let digest = self.checkpoint(self.now);
        self.record.recorder.finish();
        digest
    }

    /// An independent copy of the world at this moment; what was kept for the caller is in both. With a seed, its network,
    /// its disks and its actors draw other noise from here on.
    ///
    /// The copy keeps no trace, but it continues the hash chains: its digest covers the common past and its own future, and
    /// without a seed it is the digest that the original will have.
    pub fn fork(&self, noise: Option<&Seed>) -> World<P> {
        let nodes = self.nodes.iter().map(|node| Node { actor: node.actor.fork(), ..*node });
        let recorder = self.record.recorder.fork();
        let level = recorder.level();
        let mut copy = World {
            plan: Plan { level, ..self.plan.clone() },
            now: self.now,
            agenda: self.agenda.clone(),
            events: self.events.clone(),
            nodes: nodes.collect(),
            rests: self.rests.clone(),
            sent: self.sent.clone(),
            sync_key: self.sync_key,
            script: self.script.clone(),
            notices: self.notices.clone(),
            paused: self.paused.clone(),
            counts: self.counts,
            kept: self.kept.clone(),
            effects: recorder.buffer(),
            record: Record {
                recorder,
                node_of_rank: Vec::new(),
                next_checkpoint: self.record.next_checkpoint,
                checkpoints: self.record.checkpoints.clone(),
                bound_steps: self.record.bound_steps,
            },
        };
        if let Some(seed) = noise {
            copy.plan.noise_seed = *seed;
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

    /// The node whose actor panicked, for whoever caught that. Nothing else of such a world means anything but its time.
    pub const fn fallen(&self) -> Option<u32> {
        self.kept.fallen
    }

    /// How many nodes there are.
    pub fn len(&self) -> u32 {
        self.nodes.len() as u32
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The network that carries its messages.
    pub const fn network(&self) -> &net_model::Network {
        &self.plan.network
    }

    /// The identity of a node.
    pub fn peer(&self, node: u32) -> PeerId {
        self.plan.cast.directory.peer(node)
    }

    /// Whether a node is up.
    pub fn is_up(&self, node: u32) -> bool {
        self.nodes.get(node as usize).is_some_and(Node::is_up)
    }

    /// Whether a node stands still.
    pub fn is_paused(&self, node: u32) -> bool {
        self.paused.contains_key(&node)
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

    /// The checkpoints so far: time, and digest of the run up to and including it. Multiples of the plan's time between two
    /// checkpoints; those without a step since the one before are left out.
    pub fn checkpoints(&self) -> &[(Time, Hash)] {
        &self.record.checkpoints
    }

    /// Takes the observations since the last call.
    pub fn take_observed(&mut self) -> Vec<Observed> {
        std::mem::take(&mut self.kept.observed)
    }

    /// Takes the replies since the last call.
    pub fn take_replies(&mut self) -> Vec<Replied<P>> {
        std::mem::take(&mut self.kept.replies)
    }

    /// Takes the bytes of the trace since the last call; none unless everything is recorded.
    pub fn take_trace(&mut self) -> Vec<u8> {
        self.record.recorder.take_bytes()
    }

    /// Bytes of memory, by part.
    pub fn memory(&self) -> Memory {
        let actors: usize = self.nodes.iter().map(|node| size_of_val(&*node.actor)).sum();
        let timers: usize = self.rests.iter().map(|rest| rest.timers.memory_bytes()).sum();
        let slots = self.nodes.capacity() * (size_of::<Node<P>>() + size_of::<Rest<P>>());
        Memory {
            nodes: actors + timers + slots + self.sent.capacity() * 4,
            events: self.agenda.queue.memory_bytes() + self.events.memory_bytes() + self.script.commands.memory_bytes(),
            network: self.plan.network.memory_bytes(),
            node_count: self.nodes.len(),
            event_count: self.events.len(),
        }
    }
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
