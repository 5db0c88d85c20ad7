//! A tiny network for tests: every message takes the same time, a write takes a while to become durable, nodes crash and
//! start again, links break. The real simulator lives elsewhere; this one is there to be read in a minute.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contract::draws::Draws;
use contract::effects::Witness;
use contract::keys::Scheme;
use contract::trace::list;
use contract::{
    Actor, Amount, CallId, Canonical, Effect, Effects, Entropy, Hash, Input, Observation, PeerId, Recovered, Seed,
    Signer, Span, Time, Write,
};
use ledger::audit::{Auditor, Totals};
use ledger::gossip::Item;
use ledger::{Birth, Command, Founding, Ledger, LedgerNode, Message, Parameters, Reply, Shared, Timer, View};

/// How long a message travels.
pub(crate) const HOP: Span = Span::from_millis(10);
/// How long a write takes to become durable.
pub(crate) const SYNC: Span = Span::from_millis(3);
/// What everybody begins with, in micro-units.
pub(crate) const ENDOWMENT: u64 = 1_000;

/// Builds a node, each time it starts.
pub(crate) type Nursery = Box<dyn Fn() -> Box<dyn Actor<Ledger>>>;

struct Node {
    nursery: Nursery,
    actor: Option<Box<dyn Actor<Ledger>>>,
    disk: BTreeMap<Vec<u8>, Vec<u8>>,
    timers: BTreeMap<Timer, u64>,
    /// How often it was started: what an earlier life had under way is void.
    life: u64,
    /// When the last write is durable.
    durable_at: Time,
}

enum Event {
    Deliver {
        from: PeerId,
        to: PeerId,
        message: Message,
    },
    Timer {
        node: PeerId,
        timer: Timer,
        number: u64,
    },
    Command {
        node: PeerId,
        command: Command,
    },
    /// A write became durable, or an effect that waited for one may leave.
    Durable {
        node: PeerId,
        life: u64,
        effect: Effect<Ledger>,
    },
}

/// One recorded step.
pub(crate) struct Step {
    pub(crate) now: Time,
    pub(crate) input: Vec<u8>,
    pub(crate) effects: Vec<u8>,
    pub(crate) witness: Vec<Witness>,
}

/// The network.
pub(crate) struct Network {
    pub(crate) now: Time,
    pub(crate) shared: Arc<Shared>,
    nodes: BTreeMap<PeerId, Node>,
    queue: BTreeMap<(Time, u64), Event>,
    scheduled: u64,
    cut: BTreeSet<(PeerId, PeerId)>,
    pub(crate) observed: Vec<(Time, PeerId, Observation)>,
    pub(crate) replies: Vec<(PeerId, Reply)>,
    pub(crate) sent: Vec<(PeerId, PeerId, Message)>,
    pub(crate) recorded: BTreeMap<PeerId, Vec<Step>>,
}

pub(crate) fn peer(number: u64) -> PeerId {
    PeerId::simulated(number)
}

pub(crate) fn scheme() -> Scheme {
    Scheme::simulated(&Seed::from_number(1))
}

pub(crate) fn signer(number: u64) -> Signer {
    scheme().signer(&Seed::from_number(1), number)
}

pub(crate) fn micro(amount: u64) -> Amount {
    Amount::from_micro(amount)
}

/// What all nodes share. `keepalive` in seconds; 0 for never.
pub(crate) fn shared(keepalive: u64) -> Arc<Shared> {
    shared_with(keepalive, |_| ())
}

/// The same with other parameters.
pub(crate) fn shared_with(keepalive: u64, edit: impl FnOnce(&mut Parameters)) -> Arc<Shared> {
    let founding = Founding::new((0..100).map(|number| (peer(number), micro(ENDOWMENT)))).unwrap();
    let keepalive = (keepalive > 0).then_some(Span::from_secs(keepalive));
    let mut parameters = Parameters { keepalive, ..Parameters::default() };
    edit(&mut parameters);
    Arc::new(Shared { verifier: scheme().verifier(), founding, parameters })
}

pub(crate) fn birth(number: u64, peers: &[u64], shared: &Arc<Shared>) -> Birth {
    Birth {
        signer: signer(number),
        peers: peers.iter().map(|peer| PeerId::simulated(*peer)).collect(),
        entropy: Entropy::Keyed(Draws::new(Seed::from_number(1).key("ledger"), number)),
        shared: shared.clone(),
    }
}

/// A node with no peers.
pub(crate) fn silent(number: u64) -> LedgerNode {
    LedgerNode::new(birth(number, &[], &shared(0)))
}

/// The neighbours on a line of `length` nodes.
pub(crate) fn on_line(number: u64, length: u64) -> Vec<u64> {
    [number.checked_sub(1), Some(number + 1)].into_iter().flatten().filter(|peer| *peer < length).collect()
}

/// Building and steering.
impl Network {
    pub(crate) fn new(shared: Arc<Shared>) -> Network {
        Network {
            now: Time::ZERO,
            shared,
            nodes: BTreeMap::new(),
            queue: BTreeMap::new(),
            scheduled: 0,
            cut: BTreeSet::new(),
            observed: Vec::new(),
            replies: Vec::new(),
            sent: Vec::new(),
            recorded: BTreeMap::new(),
        }
    }

    /// Honest nodes 0, 1, … on a line.
    pub(crate) fn line(length: u64, shared: Arc<Shared>) -> Network {
        let mut network = Network::new(shared);
        for number in 0..length {
            network.honest(number, &on_line(number, length));
        }
        network
    }

    /// Adds and starts an honest node.
    pub(crate) fn honest(&mut self, number: u64, peers: &[u64]) {
        let (shared, peers) = (self.shared.clone(), peers.to_vec());
        self.add(number, Box::new(move || Box::new(LedgerNode::new(birth(number, &peers, &shared)))));
    }

    /// Adds and starts a node.
    pub(crate) fn add(&mut self, number: u64, nursery: Nursery) {
        let (timers, disk) = (BTreeMap::new(), BTreeMap::new());
        let node = Node { nursery, actor: None, disk, timers, life: 0, durable_at: Time::ZERO };
        self.nodes.insert(peer(number), node);
        self.start(number);
    }

    /// Starts a node with what is on its disk.
    pub(crate) fn start(&mut self, number: u64) {
        let node = self.nodes.get_mut(&peer(number)).unwrap();
        assert!(node.actor.is_none(), "it runs");
        node.actor = Some((node.nursery)());
        let entries = node.disk.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        self.step(peer(number), Input::Start(Recovered { entries }));
    }

    /// Stops a node. What is not durable is lost; its neighbours notice.
    pub(crate) fn crash(&mut self, number: u64) {
        let node = self.nodes.get_mut(&peer(number)).unwrap();
        node.actor = None;
        node.timers.clear();
        node.life += 1;
        let others: Vec<PeerId> = self.nodes.keys().copied().filter(|other| *other != peer(number)).collect();
        others.iter().for_each(|other| self.step(*other, Input::Broken { peer: peer(number) }));
    }

    /// Breaks or heals the link between two nodes.
    pub(crate) fn link(&mut self, one: u64, other: u64, up: bool) {
        for (from, to) in [(peer(one), peer(other)), (peer(other), peer(one))] {
            if up {
                self.cut.remove(&(from, to));
            } else {
                self.cut.insert((from, to));
                self.step(from, Input::Broken { peer: to });
            }
        }
    }

    /// The disk of a node.
    pub(crate) fn disk(&mut self, number: u64) -> &mut BTreeMap<Vec<u8>, Vec<u8>> {
        &mut self.nodes.get_mut(&peer(number)).unwrap().disk
    }

    /// Tells a node to pay, now.
    pub(crate) fn pay(&mut self, from: u64, to: u64, amount: u64) {
        self.command(from, Command::Pay { to: peer(to), amount: micro(amount), memo: Hash::ZERO });
    }

    /// Orders something from a node, now.
    pub(crate) fn command(&mut self, node: u64, command: Command) {
        self.at(self.now, Event::Command { node: peer(node), command });
        self.run_until(self.now);
    }

    /// A message out of nowhere, from somebody who is authenticated as `from`.
    pub(crate) fn inject(&mut self, from: u64, to: u64, message: Message) {
        self.step(peer(to), Input::Message { from: peer(from), message });
    }

    /// Runs for so many milliseconds.
    pub(crate) fn run(&mut self, millis: u64) {
        self.run_until(self.now + Span::from_millis(millis));
    }

    fn run_until(&mut self, end: Time) {
        while let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= end) {
            let ((at, _), event) = entry.remove_entry();
            self.now = at;
            self.happen(event);
        }
        self.now = end;
    }
}

/// Looking.
impl Network {
    pub(crate) fn view(&self, number: u64) -> View {
        self.nodes[&peer(number)].actor.as_ref().expect("it runs").view()
    }

    /// What a node would find on its disk.
    pub(crate) fn recovered(&self, number: u64) -> Recovered {
        let disk = &self.nodes[&peer(number)].disk;
        Recovered { entries: disk.iter().map(|(key, value)| (key.clone(), value.clone())).collect() }
    }

    /// Where an observation was made, in order of time.
    pub(crate) fn observers(&self, name: &str) -> Vec<u64> {
        let named = self.observed.iter().filter(|(_, _, observation)| observation.name == name);
        named.filter_map(|(_, node, _)| node.simulated_number()).collect()
    }

    /// What a node observed under this name, as text.
    pub(crate) fn observations(&self, number: u64, name: &str) -> Vec<String> {
        let of_node = self.observed.iter().filter(|(_, node, _)| *node == peer(number));
        of_node.filter(|(_, _, found)| found.name == name).map(|(_, _, found)| found.to_string()).collect()
    }

    /// The sums over all blocks and evidence that were ever sent.
    pub(crate) fn totals(&self) -> Totals {
        let mut auditor = Auditor::new(&self.shared);
        for (_, _, message) in &self.sent {
            // What adversaries send may be anything.
            match message {
                Message::Block(block) => drop(auditor.see(block)),
                Message::Evidence(evidence) => drop(auditor.see_evidence(evidence)),
                Message::Segment(segment) => {
                    segment.evidence.iter().for_each(|evidence| drop(auditor.see_evidence(evidence)));
                    segment.blocks.iter().for_each(|block| drop(auditor.see(block)));
                }
                Message::Agreement(agreement) => drop(auditor.see_agreement(agreement)),
                Message::Keepalive(keepalive) => {
                    for item in keepalive.items.iter() {
                        match item {
                            Item::Block(block) => drop(auditor.see(block)),
                            Item::Evidence(evidence) => drop(auditor.see_evidence(evidence)),
                            Item::Agreement(agreement) => drop(auditor.see_agreement(agreement)),
                        }
                    }
                }
                Message::Pull(_) | Message::Want(_) | Message::Ask(_) | Message::Confirm(_) => {}
            }
        }
        auditor.totals()
    }
}

/// Running.
impl Network {
    fn at(&mut self, at: Time, event: Event) {
        self.scheduled += 1;
        self.queue.insert((at, self.scheduled), event);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Deliver { from, to, message } => {
                // What arrives has crossed a wire.
                let message = Message::decode(&message.to_bytes()).expect("a message that was sent");
                self.step(to, Input::Message { from, message });
            }
            Event::Timer { node, timer, number } => {
                let due = self.nodes.get_mut(&node).is_some_and(|node| {
                    node.timers.get(&timer) == Some(&number) && node.timers.remove(&timer).is_some()
                });
                if due {
                    self.step(node, Input::Timer(timer));
                }
            }
            Event::Command { node, command } => self.step(node, Input::Command { call: CallId(0), command }),
            Event::Durable { node, life, effect } => {
                let alive = self.nodes.get(&node).is_some_and(|node| node.life == life);
                if alive {
                    self.perform(node, effect);
                }
            }
        }
    }

    fn step(&mut self, id: PeerId, input: Input<Ledger>) {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(&id) else { return };
        let Some(actor) = &mut node.actor else { return };
        let mut out = Effects::recording();
        let bytes = input.to_bytes();
        actor.handle(now, input, &mut out);
        let (witness, effects) = (out.take_witness(), out.take_list());
        let step = Step { now, input: bytes, effects: list::to_bytes(&effects), witness };
        self.recorded.entry(id).or_default().push(step);
        let mut waiting = false;
        for effect in effects {
            waiting |= matches!(effect, Effect::Persist(_));
            let held = waiting && !matches!(effect, Effect::Observe(_));
            if held {
                let node = self.nodes.get_mut(&id).expect("it just took a step");
                node.durable_at = node.durable_at.max(now + SYNC);
                let (at, life) = (node.durable_at, node.life);
                self.at(at, Event::Durable { node: id, life, effect });
            } else {
                self.perform(id, effect);
            }
        }
    }

    fn perform(&mut self, id: PeerId, effect: Effect<Ledger>) {
        match effect {
            Effect::Send { to, message } => self.send(id, to, message),
            Effect::SetTimer { timer, at } => {
                self.scheduled += 1;
                let number = self.scheduled;
                self.nodes.get_mut(&id).expect("it runs").timers.insert(timer, number);
                self.at(at.max(self.now), Event::Timer { node: id, timer, number });
            }
            Effect::CancelTimer(timer) => {
                self.nodes.get_mut(&id).expect("it runs").timers.remove(&timer);
            }
            Effect::Persist(Write::Put { key, value }) => {
                self.disk_of(id).insert(key, value);
            }
            Effect::Persist(Write::Delete { key }) => {
                self.disk_of(id).remove(&key);
            }
            Effect::Reply { reply, .. } => self.replies.push((id, reply)),
            Effect::Observe(observation) => self.observed.push((self.now, id, observation)),
        }
    }

    fn disk_of(&mut self, id: PeerId) -> &mut BTreeMap<Vec<u8>, Vec<u8>> {
        &mut self.nodes.get_mut(&id).expect("it runs").disk
    }

    fn send(&mut self, from: PeerId, to: PeerId, message: Message) {
        let up = self.nodes.get(&to).is_some_and(|node| node.actor.is_some()) && !self.cut.contains(&(from, to));
        // Where there is no connection, nobody is told again that there is none.
        if up {
            self.sent.push((from, to, message.clone()));
            self.at(self.now + HOP, Event::Deliver { from, to, message });
        }
    }
}
