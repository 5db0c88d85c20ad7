//! A second implementation of the world, as plain as possible: one heap of whole events, nothing removed from it, and
//! every rule written out. Random plans run in both.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use contract::draws::below;
use contract::effects::Write;
use contract::trace::list;
use contract::{Actor, CallId, Canonical, Effect, Effects, Input, Kind, PeerId, Recovered, Span, Time, Wire};
use net_model::network::Retransmission;
use net_model::{Fate, Parcel};
use sim_core::{Clock, Fault, INBOX, Plan};

use crate::common::{Letter, Op, Toy};

/// (time, class, rank of the source, its sequence): the order that `sim_core::key` documents.
type Place = (Time, u8, u32, u64);

#[derive(Clone)]
enum Event {
    Fault(Fault),
    Silence { node: usize, since: Time },
    Synced { node: usize, life: u32 },
    Message { from: usize, to: usize, life: u32, letter: Letter },
    Broken { node: usize, peer: usize, number: usize },
    Timer { node: usize, timer: u8, number: usize },
    Command { node: usize, call: u64, ops: Vec<Op> },
}

impl Event {
    fn class(&self) -> u8 {
        match self {
            Event::Fault(_) | Event::Silence { .. } => 0,
            Event::Synced { .. } => 1,
            Event::Message { .. } => 2,
            Event::Broken { .. } => 3,
            Event::Timer { .. } => 4,
            Event::Command { .. } => 5,
        }
    }
}

struct Node {
    actor: Box<dyn Actor<Toy>>,
    rank: u32,
    clock: Clock,
    /// What all drifts sum to.
    drift_ppb: i64,
    /// What the clock showed when it was set last.
    floor: Time,
    up: bool,
    /// Since when it stands still, and what waits for it.
    paused: Option<(Time, Vec<Event>)>,
    /// Grows at every crash and every birth.
    life: u32,
    scheduled: u64,
    sent: [u64; 2],
    /// The event of each timer, and its place in the order.
    timers: BTreeMap<u8, (usize, Place)>,
    durable: BTreeMap<Vec<u8>, Vec<u8>>,
    syncing: VecDeque<(Vec<Write>, Vec<Effect<Toy>>)>,
    busy_until: Time,
    syncs: u64,
}

/// A step as the trace has it: node, world's time, node's time, input, effects.
pub(crate) type Line = (u32, Time, Time, Vec<u8>, Vec<u8>);

pub(crate) struct Naive {
    plan: Plan<Toy>,
    now: Time,
    heap: BinaryHeap<Reverse<(Place, usize)>>,
    events: Vec<Event>,
    nodes: Vec<Node>,
    script: u64,
    calls: u64,
    /// Who will be told about whom: when, and by which event.
    notices: BTreeMap<(usize, usize), (Time, usize)>,
    known: BTreeMap<(usize, usize), u32>,
    pub(crate) lines: Vec<Line>,
    pub(crate) sent: u64,
    pub(crate) delivered: u64,
    pub(crate) lost: u64,
    pub(crate) replies: Vec<(Time, u32, u32)>,
}

/// The permutation that the seed gives.
fn ranks(plan: &Plan<Toy>, nodes: u32) -> Vec<u32> {
    let key = plan.world_seed.key("rank");
    let mut ranks: Vec<u32> = (0..nodes).collect();
    for i in (1..nodes as usize).rev() {
        ranks.swap(i, below(key.draw(i as u64, 0)[0], i as u64 + 1) as usize);
    }
    ranks
}

impl Naive {
    pub(crate) fn new(plan: Plan<Toy>) -> Naive {
        let count = plan.cast.directory.len();
        let node = |(number, rank): (u32, u32)| Node {
            actor: (plan.cast.nursery)(number),
            rank,
            clock: plan.cast.clocks.get(number as usize).copied().unwrap_or_default(),
            drift_ppb: plan.cast.clocks.get(number as usize).map_or(0, |clock| clock.drift_ppb),
            floor: Time::ZERO,
            up: true,
            paused: None,
            life: 1,
            scheduled: 0,
            sent: [0; 2],
            timers: BTreeMap::new(),
            durable: BTreeMap::new(),
            syncing: VecDeque::new(),
            busy_until: Time::ZERO,
            syncs: 0,
        };
        let nodes: Vec<Node> = (0..count).zip(ranks(&plan, count)).map(node).collect();
        let mut naive = Naive {
            plan,
            now: Time::ZERO,
            heap: BinaryHeap::new(),
            events: Vec::new(),
            nodes,
            script: 0,
            calls: 0,
            notices: BTreeMap::new(),
            known: BTreeMap::new(),
            lines: Vec::new(),
            sent: 0,
            delivered: 0,
            lost: 0,
            replies: Vec::new(),
        };
        (0..count as usize).for_each(|node| naive.step(node, Input::Start(Recovered::default())));
        naive
    }

    pub(crate) fn command(&mut self, at: Time, node: u32, ops: Vec<Op>) {
        self.calls += 1;
        let call = self.calls;
        self.schedule_script(at, Event::Command { node: node as usize, call, ops });
    }

    pub(crate) fn fault(&mut self, at: Time, fault: Fault) {
        self.schedule_script(at, Event::Fault(fault));
    }

    pub(crate) fn run_until(&mut self, until: Time) {
        while self.heap.peek().is_some_and(|Reverse(((at, ..), _))| *at <= until) {
            let Some(Reverse(((at, ..), number))) = self.heap.pop() else { return };
            self.now = at;
            let event = self.events[number].clone();
            self.happen(event);
        }
        self.now = until;
    }

    pub(crate) fn states(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.nodes.iter().for_each(|node| node.actor.state(&mut bytes));
        bytes
    }

    fn schedule_script(&mut self, at: Time, event: Event) {
        let place = (at.max(self.now + Span::from_nanos(1)), event.class(), u32::MAX, self.script);
        self.script += 1;
        self.heap.push(Reverse((place, self.events.len())));
        self.events.push(event);
    }

    fn schedule(&mut self, node: usize, at: Time, event: Event) -> Place {
        let source = &mut self.nodes[node];
        let place = (at.max(self.now + Span::from_nanos(1)), event.class(), source.rank, source.scheduled);
        source.scheduled += 1;
        self.heap.push(Reverse((place, self.events.len())));
        self.events.push(event);
        place
    }

    /// An event whose time has come: it happens, or waits for its node.
    fn happen(&mut self, event: Event) {
        let node = match &event {
            Event::Fault(_) | Event::Silence { .. } => None,
            Event::Message { to, .. } => Some(*to),
            Event::Synced { node, .. } | Event::Broken { node, .. } | Event::Timer { node, .. } => Some(*node),
            Event::Command { node, .. } => Some(*node),
        };
        let datagram =
            |event: &Event| matches!(event, Event::Message { letter, .. } if letter.kind() == Kind::Datagram);
        let held = node.and_then(|node| self.nodes[node].paused.as_mut());
        match held {
            None => self.handle(event),
            Some((_, held)) if datagram(&event) && held.iter().filter(|event| datagram(event)).count() == INBOX => {
                self.lost += 1;
            }
            Some((_, held)) => held.push(event),
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Fault(fault) => self.strike(fault),
            Event::Silence { node, since } => self.fall_silent(node, since),
            Event::Synced { node, life } => self.synced(node, life),
            Event::Message { from, to, life, letter } => self.arrive(from, to, life, letter),
            Event::Broken { node, peer, number } => {
                if self.notices.get(&(node, peer)).is_some_and(|(_, current)| *current == number) {
                    self.notices.remove(&(node, peer));
                    self.known.insert((node, peer), self.nodes[peer].life - 1);
                    self.step(node, Input::Broken { peer: PeerId::simulated(peer as u64) });
                }
            }
            Event::Timer { node, timer, number } => {
                if self.nodes[node].timers.get(&timer).is_some_and(|(current, _)| *current == number) {
                    self.nodes[node].timers.remove(&timer);
                    self.step(node, Input::Timer(timer));
                }
            }
            Event::Command { node, call, ops } => {
                if self.nodes[node].up {
                    self.step(node, Input::Command { call: CallId(call), command: ops });
                }
            }
        }
    }

    fn strike(&mut self, fault: Fault) {
        match fault {
            Fault::Crash { node } => self.crash(node as usize),
            Fault::Restart { node } => self.restart(node as usize),
            Fault::Pause { node } => self.pause(node as usize),
            Fault::Resume { node } => self.release(node as usize),
            Fault::StepClock { node, by_ns } => {
                let clock = self.nodes[node as usize].clock;
                self.set_clock(node as usize, Clock { offset_ns: clock.offset_ns + by_ns, ..clock });
            }
            Fault::DriftClock { node, by_ppb } => {
                let (clock, now) = (self.nodes[node as usize].clock, i128::from(self.now.as_nanos()));
                let sum = self.nodes[node as usize].drift_ppb + by_ppb;
                let drift_ppb = sum.max(-999_999_999);
                let gone = |drift: i64| now * (1_000_000_000 + i128::from(drift)) / 1_000_000_000;
                let offset = i128::from(clock.offset_ns) + gone(clock.drift_ppb) - gone(drift_ppb);
                self.nodes[node as usize].drift_ppb = sum;
                self.set_clock(node as usize, Clock { offset_ns: offset as i64, drift_ppb });
            }
        }
    }

    fn pause(&mut self, node: usize) {
        if self.nodes[node].up && self.nodes[node].paused.is_none() {
            self.nodes[node].paused = Some((self.now, Vec::new()));
            self.schedule_script(self.now + Retransmission::IDLE, Event::Silence { node, since: self.now });
        }
    }

    fn release(&mut self, node: usize) {
        let Some((_, held)) = self.nodes[node].paused.take() else { return };
        held.into_iter().for_each(|event| self.handle(event));
    }

    fn fall_silent(&mut self, node: usize, begun: Time) {
        let Some((since, held)) = &mut self.nodes[node].paused else { return };
        if *since != begun {
            return;
        }
        let before = held.len();
        held.retain(|event| !matches!(event, Event::Message { letter, .. } if letter.kind() == Kind::Stream));
        self.lost += (before - held.len()) as u64;
        for peer in self.plan.network.forget(node as u32) {
            self.notice(self.now, peer as usize, node);
            self.notice(self.now, node, peer as usize);
        }
    }

    fn shown(&self, node: usize, at: Time) -> Time {
        self.nodes[node].clock.local(at).max(self.nodes[node].floor)
    }

    /// The time of the world at which the node's clock shows `at`.
    fn due(&self, node: usize, at: Time) -> Time {
        if at <= self.nodes[node].floor { Time::ZERO } else { self.nodes[node].clock.world(at) }
    }

    fn set_clock(&mut self, node: usize, clock: Clock) {
        let held = self.nodes[node].paused.as_ref().map_or(&[][..], |(_, held)| held);
        let waits = |number: usize| {
            !held.iter().any(|event| matches!(event, Event::Timer { number: other, .. } if *other == number))
        };
        let timers = self.nodes[node].timers.iter().filter(|(_, (number, _))| waits(*number));
        let shown = |(timer, (_, place)): (&u8, &(usize, Place))| (*timer, *place, self.shown(node, place.0));
        let moved: Vec<(u8, Place, Time)> = timers.map(shown).collect();
        self.nodes[node].floor = self.shown(node, self.now);
        self.nodes[node].clock = clock;
        for (timer, place, shown) in moved {
            let number = self.events.len();
            let place = (self.due(node, shown).max(self.now + Span::from_nanos(1)), place.1, place.2, place.3);
            self.nodes[node].timers.insert(timer, (number, place));
            self.heap.push(Reverse((place, number)));
            self.events.push(Event::Timer { node, timer, number });
        }
    }

    fn crash(&mut self, node: usize) {
        let crashed = &mut self.nodes[node];
        if !crashed.up {
            return;
        }
        crashed.up = false;
        crashed.life += 1;
        crashed.timers.clear();
        crashed.syncing.clear();
        crashed.busy_until = Time::ZERO;
        self.notices.retain(|(told, _), _| *told != node);
        for peer in self.plan.network.forget(node as u32) {
            self.notice(self.now + Retransmission::IDLE, peer as usize, node);
        }
        self.release(node);
    }

    fn restart(&mut self, node: usize) {
        let born = &mut self.nodes[node];
        if born.up {
            return;
        }
        born.up = true;
        born.life += 1;
        born.actor = (self.plan.cast.nursery)(node as u32);
        born.actor.rekey(&self.plan.noise_seed.child(&format!("life/{}", born.life)));
        let entries = born.durable.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        self.step(node, Input::Start(Recovered { entries }));
    }

    fn synced(&mut self, node: usize, life: u32) {
        if self.nodes[node].life != life {
            return;
        }
        let (writes, outputs) = self.nodes[node].syncing.pop_front().unwrap();
        for write in writes {
            match write {
                Write::Put { key, value } => drop(self.nodes[node].durable.insert(key, value)),
                Write::Delete { key } => drop(self.nodes[node].durable.remove(&key)),
            }
        }
        outputs.into_iter().for_each(|effect| self.leave(node, effect));
    }

    fn arrive(&mut self, from: usize, to: usize, life: u32, letter: Letter) {
        let (up, stream) = (self.nodes[to].up, letter.kind() == Kind::Stream);
        if up && (!stream || life == self.nodes[to].life) {
            self.delivered += 1;
            return self.step(to, Input::Message { from: PeerId::simulated(from as u64), message: letter });
        }
        self.lost += 1;
        let knows = self.known.get(&(from, to)).is_some_and(|over| life <= *over);
        if stream && self.nodes[from].up && !knows {
            let silence = if up { Span::ZERO } else { Retransmission::IDLE };
            self.notice(self.now + silence, from, to);
        }
    }

    fn notice(&mut self, at: Time, node: usize, peer: usize) {
        if self.notices.get(&(node, peer)).is_none_or(|(planned, _)| at < *planned) {
            let number = self.events.len();
            self.notices.insert((node, peer), (at, number));
            self.schedule(node, at, Event::Broken { node, peer, number });
        }
    }

    fn step(&mut self, node: usize, input: Input<Toy>) {
        let now = self.shown(node, self.now);
        let (input_bytes, mut out) = (input.to_bytes(), Effects::default());
        self.nodes[node].actor.handle(now, input, &mut out);
        let effects: Vec<Effect<Toy>> = out.take_list();
        self.lines.push((node as u32, self.now, now, input_bytes, list::to_bytes(&effects)));
        let mut batch = (Vec::new(), Vec::new());
        for effect in effects {
            match effect {
                Effect::Persist(write) => batch.0.push(write),
                Effect::Send { .. } | Effect::Reply { .. } if !batch.0.is_empty() => batch.1.push(effect),
                Effect::Send { .. } | Effect::Reply { .. } if !self.nodes[node].syncing.is_empty() => {
                    self.nodes[node].syncing.back_mut().unwrap().1.push(effect);
                }
                other => self.leave(node, other),
            }
        }
        if !batch.0.is_empty() {
            self.sync(node, batch);
        }
    }

    fn sync(&mut self, number: usize, batch: (Vec<Write>, Vec<Effect<Toy>>)) {
        let node = &mut self.nodes[number];
        node.syncing.push_back(batch);
        let Some(storage) = self.plan.storage else { return self.synced(number, self.nodes[number].life) };
        let takes = storage.sync_time(self.plan.noise_seed.key("sync"), number as u32, node.syncs);
        node.syncs += 1;
        let end = (self.now + takes).max(node.busy_until + Span::from_nanos(1));
        node.busy_until = end;
        let life = node.life;
        self.schedule(number, end, Event::Synced { node: number, life });
    }

    /// What a step wants at once, or what leaves when a sync is done.
    fn leave(&mut self, node: usize, effect: Effect<Toy>) {
        match effect {
            Effect::Send { to, message } => self.send(node, to, message),
            Effect::SetTimer { timer, at } => {
                let number = self.events.len();
                let at = self.due(node, at);
                let place = self.schedule(node, at, Event::Timer { node, timer, number });
                self.nodes[node].timers.insert(timer, (number, place));
            }
            Effect::CancelTimer(timer) => drop(self.nodes[node].timers.remove(&timer)),
            Effect::Reply { reply, .. } => self.replies.push((self.now, node as u32, reply)),
            Effect::Observe(_) | Effect::Persist(_) => {}
        }
    }

    fn send(&mut self, from: usize, to: PeerId, letter: Letter) {
        self.sent += 1;
        let Some(to) = to.simulated_number().filter(|number| *number < self.nodes.len() as u64) else {
            self.lost += 1;
            return;
        };
        let (to, tag) = (to as usize, letter.tag());
        let occurrence = self.nodes[from].sent[usize::from(tag)];
        self.nodes[from].sent[usize::from(tag)] += 1;
        let (size, kind) = (letter.size(), letter.kind());
        let parcel = Parcel { from: from as u32, to: to as u32, size, kind, tag, occurrence };
        match self.plan.network.route(self.now, parcel) {
            Fate::Arrives(at) => {
                let unaware = kind == Kind::Stream && self.notices.contains_key(&(from, to));
                let life = self.nodes[to].life - u32::from(unaware);
                self.schedule(from, at, Event::Message { from, to, life, letter });
            }
            Fate::ArrivesTwice(times) => {
                for at in times {
                    let life = self.nodes[to].life;
                    self.schedule(from, at, Event::Message { from, to, life, letter: letter.clone() });
                }
            }
            Fate::Lost(_) => self.lost += 1,
            Fate::Breaks(at) => {
                self.lost += 1;
                self.notice(at, from, to);
                self.notice(at, to, from);
            }
        }
    }
}
