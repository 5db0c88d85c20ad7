//! The inside of the loop: the next event, the step that it causes, and the schedule of what follows.

use contract::trace::recorder::StepContext;
use contract::trace::{Cause, Level, Recorder};
use contract::{Hash, Input, Protocol, Recovered, Span, Time, Wire};

use crate::key::{Class, Key, SCRIPT_RANK};
use crate::queue::Entry;
use crate::queue::wheel::AHEAD;
use crate::slab::Slab;
use crate::world::{Event, Node, Pause, Rest, World};

/// Held while an actor works. It is dropped only if the actor panics, and notes then who it was: a step that ends well pays nothing.
struct AtWork<'a> {
    number: u32,
    fallen: &'a mut Option<u32>,
}

impl AtWork<'_> {
    #[inline(always)]
    fn done(self) {
        std::mem::forget(self);
    }
}

impl Drop for AtWork<'_> {
    #[cold]
    fn drop(&mut self) {
        *self.fallen = Some(self.number);
    }
}

impl<P: Protocol> World<P> {
    /// Handles events up to `limit`. The end of time is never reached: an event there means never.
    pub(crate) fn run_to(&mut self, limit: Time) -> Pause {
        let limits = self.plan.limits;
        let limit = limit.min(Time::MAX - Span::from_nanos(1));
        loop {
            if self.counts.events >= limits.events || self.events.len() > limits.waiting {
                return Pause::Exhausted;
            }
            let network = &self.plan.network;
            let coming =
                Coming { events: &self.events, nodes: &self.nodes, rests: &self.rests, sent: &self.sent, network };
            let next = self.agenda.queue.pop_with(limit.as_nanos(), |ahead| coming.touch(ahead, &self.record.recorder));
            let Some(entry) = next else { return Pause::Reached };
            if !self.paused.is_empty() && self.hold(entry) {
                continue;
            }
            let event = self.events.take(entry.slot);
            self.counts.ties += u64::from(entry.key.time == self.now.as_nanos());
            self.now = entry.key.at();
            self.dispatch(entry, event);
            let kept = self.kept.observed.len() + self.kept.replies.len();
            if kept >= limits.observations || self.record.recorder.waiting_bytes() >= limits.trace_bytes {
                return Pause::Full;
            }
        }
    }

    #[inline]
    pub(crate) fn dispatch(&mut self, Entry { key, slot }: Entry, event: Event<P>) {
        self.counts.events += u64::from(!matches!(event, Event::Stale));
        match event {
            Event::Message { from, to, life, message } => self.deliver(key, (from, to, life), message),
            Event::Timer { node } => {
                let timer = self.rests[node as usize].timers.fire(slot).expect("a timer whose event waits is set");
                self.counts.timers += 1;
                self.seldom_step(node, Input::Timer(timer), Some(key));
            }
            Event::Synced { node, life } => self.synced(node, life),
            Event::Broken { node, peer } => {
                self.told(node, peer);
                let peer = self.peer(peer);
                self.seldom_step(node, Input::Broken { peer }, Some(key));
            }
            Event::Command { number } => {
                let (node, call, command) = self.script.commands.take(number);
                if self.is_up(node) {
                    self.seldom_step(node, Input::Command { call, command }, Some(key));
                } else {
                    self.counts.lost_commands += 1;
                }
            }
            Event::Strike { number } => {
                let strike = self.script.strikes.take(number);
                self.strike(strike);
            }
            Event::Stale => self.agenda.stale -= 1,
        }
    }

    #[inline]
    fn deliver(&mut self, key: Key, (from, to, life): (u32, u32, u32), message: P::Message) {
        self.counts.in_flight -= 1;
        let node = &self.nodes[to as usize];
        if !node.is_up() || (life != node.life && message.kind() == contract::Kind::Stream) {
            self.undeliverable(from, to, life, message.kind());
            return;
        }
        self.counts.delivered += 1;
        let from = self.plan.cast.directory.peer(from);
        self.step(to, || Input::Message { from, message }, Some(key));
    }

    /// A node is born and starts with what it finds on its disk.
    pub(crate) fn start(&mut self, node: u32, recovered: Recovered) {
        if self.record.recorder.level() == Level::Full {
            self.record.recorder.birth((self.plan.cast.register)(node));
        }
        self.seldom_step(node, Input::Start(recovered), None);
    }

    /// A step for which there is one piece of code.
    #[inline(never)]
    fn seldom_step(&mut self, number: u32, input: Input<P>, key: Option<Key>) {
        self.step(number, || input, key);
    }

    /// One step of one node. It becomes part of its caller, and the input is made where the actor takes it, so that a message
    /// is not moved from hand to hand.
    #[inline(always)]
    fn step(&mut self, number: u32, input: impl FnOnce() -> Input<P>, key: Option<Key>) {
        let node = &mut self.nodes[number as usize];
        let special = node.is_special();
        let now = if special { self.rests[number as usize].clock.local(self.now) } else { self.now };
        let scheduled = node.sequence;
        if self.record.recorder.level() == Level::Off {
            let at_work = AtWork { number, fallen: &mut self.kept.fallen };
            node.actor.handle(now, input(), &mut self.effects);
            at_work.done();
        } else {
            let input = input();
            let begun = self.record.recorder.begin(now, &input);
            let at_work = AtWork { number, fallen: &mut self.kept.fallen };
            node.actor.handle(now, input, &mut self.effects);
            at_work.done();
            let cause = key.and_then(|key| self.cause(key));
            let context = StepContext { node: number, at: self.now, now, cause, scheduled };
            self.record.recorder.end(begun, context, &mut self.effects);
        }
        if self.effects.is_empty() {
            return;
        }
        // The commonest step of all sends one message and waits for nothing.
        if !special && let Some((to, message)) = self.effects.take_only_send(|to| self.plan.cast.directory.number(to)) {
            self.send(number, to, message);
            return;
        }
        let mut list = self.effects.take_list();
        self.perform_list(number, &mut list);
        self.effects.restore(list);
    }

    fn cause(&self, key: Key) -> Option<Cause> {
        let node = *self.record.node_of_rank.get(key.rank() as usize)?;
        Some(Cause { node, sequence: key.sequence() })
    }

    /// The digest of all steps so far. A time has one checkpoint.
    pub(crate) fn checkpoint(&mut self, at: Time) -> Hash {
        if let Some((last, digest)) = self.record.checkpoints.last()
            && *last == at
            && self.record.bound_steps == self.record.recorder.steps()
        {
            return *digest;
        }
        let digest = self.record.recorder.checkpoint(at);
        self.record.bound_steps = self.record.recorder.steps();
        if self.record.recorder.level() != Level::Off {
            self.record.checkpoints.push((at, digest));
        }
        digest
    }

    /// Everything up to the next checkpoint was handled. A checkpoint without a step since the last one is left out, and
    /// those before the next event are skipped at once, so that an idle world costs nothing.
    pub(crate) fn pass_checkpoint(&mut self, until: Time) {
        let reached = self.record.next_checkpoint;
        if self.record.bound_steps != self.record.recorder.steps() {
            self.checkpoint(reached);
        }
        let after = reached + Span::from_nanos(1);
        // Not beyond `until`: what is scheduled from outside in the meantime may be earlier than all that waits.
        let idle = self.agenda.queue.not_before().map_or(until, Time::from_nanos).min(until);
        let every = self.plan.checkpoint_every;
        let number = after.max(idle).as_nanos().div_ceil(every.as_nanos());
        self.record.next_checkpoint = Time::ZERO + every.saturating_mul(number);
    }

    /// Puts an event of `node` into the queue, at least one nanosecond from now. Gives its number.
    #[inline(always)]
    pub(crate) fn schedule(&mut self, node: u32, at: Time, class: Class, event: Event<P>) -> u32 {
        let source = &mut self.nodes[node as usize];
        let at = at.max(self.now + Span::from_nanos(1));
        let key = Key::new(at, class, source.rank(), source.sequence);
        source.sequence += 1;
        let slot = self.events.insert(event);
        self.agenda.queue.push(Entry { key, slot });
        slot
    }

    /// Puts an event that no node caused into the queue, at least one nanosecond from now.
    pub(crate) fn schedule_from_script(&mut self, at: Time, class: Class, event: Event<P>) {
        let at = at.max(self.now + Span::from_nanos(1));
        let key = Key::new(at, class, SCRIPT_RANK, self.script.sequence);
        self.script.sequence += 1;
        let slot = self.events.insert(event);
        self.agenda.queue.push(Entry { key, slot });
    }
}

/// What the coming events will need.
struct Coming<'a, P: Protocol> {
    events: &'a Slab<Event<P>>,
    nodes: &'a [Node<P>],
    rests: &'a [Rest<P>],
    sent: &'a [u32],
    network: &'a net_model::Network,
}

/// A node to which something comes, and the message if it is one.
type Ahead<'a, P> = (u32, Option<&'a <P as Protocol>::Message>);

impl<'a, P: Protocol> Coming<'a, P> {
    /// Reads it: the events, then their nodes, then what the actors say they need, and what sending needs of those that may
    /// send. Within each pass the loads do not depend on each other, so their cache misses overlap.
    #[inline]
    fn touch(&self, entries: &[Entry], recorder: &Recorder) {
        let mut seen = 0u64;
        let mut room = [(0, None); AHEAD];
        let mut coming = self.events_of(entries, &mut room, &mut seen);
        for (number, _) in &*coming {
            seen ^= self.nodes.get(*number as usize).map_or(0, |node| node.sequence);
            if recorder.level() != Level::Off {
                seen ^= recorder.touch(*number);
            }
        }
        for (number, message) in &*coming {
            if P::TOUCHES == 0 || message.is_none() {
                seen ^= self.nodes.get(*number as usize).map_or(0, |node| node.actor.touch());
            }
        }
        // Most of what comes is often known there and ends there: who is left may send.
        for pass in 0..P::TOUCHES {
            coming = self.touch_for(coming, pass, &mut seen);
        }
        for (number, _) in &*coming {
            let sent = self.sent.get(*number as usize * usize::from(P::Message::TAGS)).copied().unwrap_or_default();
            let timers = self.rests.get(*number as usize).map_or(0, |rest| rest.timers.touch());
            seen ^= u64::from(sent) ^ timers ^ self.network.touch_sender(*number, 0);
        }
        for (number, _) in &*coming {
            seen ^= self.network.touch_sender(*number, 1);
        }
        std::hint::black_box(seen);
    }

    /// Who comes next, and with what message if it is one.
    #[inline]
    fn events_of<'b>(
        &self,
        entries: &[Entry],
        room: &'b mut [Ahead<'a, P>; AHEAD],
        seen: &mut u64,
    ) -> &'b mut [Ahead<'a, P>] {
        let mut count = 0;
        for entry in entries.iter().take(AHEAD) {
            room[count] = match self.events.get(entry.slot) {
                Some(Event::Message { to, life, message, .. }) => {
                    // An event may begin in one cache line and end in another.
                    *seen ^= u64::from(*life);
                    (*to, Some(message))
                }
                Some(Event::Timer { node }) => {
                    *seen ^= self.rests.get(*node as usize).map_or(0, |rest| rest.timers.len() as u64);
                    (*node, None)
                }
                _ => continue,
            };
            count += 1;
        }
        &mut room[..count]
    }

    /// One pass over what the actors say they need. Those of which nothing more need be read leave.
    #[inline]
    fn touch_for<'b>(&self, coming: &'b mut [Ahead<'a, P>], pass: u8, seen: &mut u64) -> &'b mut [Ahead<'a, P>] {
        let mut kept = 0;
        for place in 0..coming.len() {
            let (number, message) = coming[place];
            if let (Some(node), Some(message)) = (self.nodes.get(number as usize), message) {
                let Some(word) = node.actor.touch_for(message, pass) else { continue };
                *seen ^= word;
            }
            coming[kept] = (number, message);
            kept += 1;
        }
        &mut coming[..kept]
    }
}
