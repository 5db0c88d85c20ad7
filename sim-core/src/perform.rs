//! Does what the effects of a step ask.

use contract::{Effect, Effects, PeerId, Protocol, Runtime, Time, Wire};
use net_model::{Fate, Parcel};

use crate::disk::Batch;
use crate::key::Class;
use crate::packed::Writes;
use crate::world::{Event, Observed, Replied, Rest, World};

/// Stale timers that may wait in the queue beyond as many as there are live events.
const STALE_SLACK: usize = 4_096;

impl<P: Protocol> Runtime<P> for World<P> {
    /// Performs the effects of one step of `node`, which is in the world.
    fn perform(&mut self, node: PeerId, step: &mut Effects<P>) {
        let Some(number) = self.plan.cast.directory.number(&node) else { return };
        let mut list = step.take_list();
        self.perform_list(number, &mut list);
        step.restore(list);
    }
}

impl<P: Protocol> World<P> {
    /// Performs the effects of one step in order, and empties the list.
    #[inline]
    pub(crate) fn perform_list(&mut self, node: u32, list: &mut Vec<Effect<P>>) {
        let writes = list.iter().any(|effect| matches!(effect, Effect::Persist(_)));
        if writes || self.nodes[node as usize].is_special() {
            self.perform_behind_disk(node, list, writes);
        } else {
            self.touch_receivers(list);
            list.drain(..).for_each(|effect| self.perform_now(node, effect));
        }
    }

    /// Reads what sending needs of several receivers before the first message leaves, so that the cache misses overlap.
    #[inline]
    fn touch_receivers(&self, list: &[Effect<P>]) {
        if list.len() < 2 {
            return;
        }
        let mut seen = 0;
        for effect in list {
            if let Effect::Send { to, .. } = effect
                && let Some(to) = self.plan.cast.directory.number(to)
            {
                seen ^= u64::from(self.nodes[to as usize].life) ^ self.plan.network.touch_receiver(to);
            }
        }
        std::hint::black_box(seen);
    }

    #[inline]
    pub(crate) fn perform_now(&mut self, node: u32, effect: Effect<P>) {
        match effect {
            Effect::Send { to, message } => self.send(node, self.plan.cast.directory.number(&to), message),
            Effect::SetTimer { timer, at } => self.set_timer(node, timer, at),
            Effect::CancelTimer(timer) => self.cancel_timer(node, timer),
            Effect::Reply { call, reply } => {
                self.kept.replies.push(Replied { at: self.now, node, call, reply });
            }
            Effect::Observe(observation) => {
                self.kept.observed.push(Observed { at: self.now, node, observation });
            }
            // Writes go through the disk.
            Effect::Persist(_) => {}
        }
    }

    /// A step that writes, or whose node has writes under way: what leaves waits for them.
    fn perform_behind_disk(&mut self, node: u32, list: &mut Vec<Effect<P>>, writes: bool) {
        let (mut written, mut outputs) = (Vec::new(), Vec::new());
        for effect in list.drain(..) {
            let leaves = matches!(effect, Effect::Send { .. } | Effect::Reply { .. });
            match effect {
                Effect::Persist(write) => written.push(write),
                effect if !leaves => self.perform_now(node, effect),
                effect if written.is_empty() => match self.barrier(node) {
                    Some(waiting) => waiting.outputs.push(effect),
                    None => self.perform_now(node, effect),
                },
                effect => outputs.push(effect),
            }
        }
        if writes {
            self.begin_sync(node, Batch { writes: Writes::of(&written), outputs });
        }
    }

    fn barrier(&mut self, node: u32) -> Option<&mut Batch<P>> {
        self.rests[node as usize].disk.as_mut()?.barrier()
    }

    fn begin_sync(&mut self, node: u32, batch: Batch<P>) {
        let (now, key) = (self.now, self.sync_key);
        let disk = self.rests[node as usize].disk.get_or_insert_default();
        match self.plan.storage {
            None => {
                disk.begin(now, |_| contract::Span::ZERO, batch);
                let outputs = disk.end();
                outputs.into_iter().for_each(|effect| self.perform_now(node, effect));
            }
            Some(storage) => {
                let end = disk.begin(now, |syncs| storage.sync_time(key, node, syncs), batch);
                let writer = &mut self.nodes[node as usize];
                writer.make_special(true);
                let life = writer.life;
                self.schedule(node, end, Class::Synced, Event::Synced { node, life });
            }
        }
    }

    pub(crate) fn synced(&mut self, node: u32, life: u32) {
        if self.nodes[node as usize].life != life {
            return;
        }
        self.counts.syncs += 1;
        let Rest { clock, disk, .. } = &mut self.rests[node as usize];
        let outputs = disk.as_mut().map(|disk| disk.end()).unwrap_or_default();
        let waits = disk.as_mut().is_some_and(|disk| disk.barrier().is_some());
        self.nodes[node as usize].make_special(waits || !clock.is_exact());
        outputs.into_iter().for_each(|effect| self.perform_now(node, effect));
    }

    /// Sends a message to a node, or to nobody if the recipient is a stranger.
    #[inline(always)]
    pub(crate) fn send(&mut self, from: u32, to: Option<u32>, message: P::Message) {
        let size = message.size();
        self.counts.sent += 1;
        self.counts.bytes_sent += u64::from(size);
        let Some(to) = to else {
            self.counts.lost_unknown_peer += 1;
            return;
        };
        let (tag, kind) = (message.tag(), message.kind());
        assert!(tag < P::Message::TAGS, "message kind {tag} is not below {}", P::Message::TAGS);
        let sent = &mut self.sent[from as usize * usize::from(P::Message::TAGS) + usize::from(tag)];
        let parcel = Parcel { from, to, size, kind, tag, occurrence: u64::from(*sent) };
        // One sender's messages of one kind are numbered for their draws; a number that returns would repeat them.
        *sent = sent.checked_add(1).expect("one node sends fewer than 2^32 messages of a kind");
        match self.plan.network.route(self.now, parcel) {
            Fate::Arrives(at) => {
                self.counts.in_flight += 1;
                let life = self.life_addressed(from, to, kind);
                self.schedule(from, at, Class::Message, Event::Message { from, to, life, message });
            }
            Fate::ArrivesTwice([at, again]) => {
                self.counts.in_flight += 2;
                self.counts.duplicated += 1;
                for (at, message) in [(at, message.clone()), (again, message)] {
                    let life = self.life_addressed(from, to, kind);
                    self.schedule(from, at, Class::Message, Event::Message { from, to, life, message });
                }
            }
            Fate::Lost(loss) => self.counts.lost_by_network[loss as usize] += 1,
            Fate::Breaks(at) => {
                self.counts.lost_with_connection += 1;
                self.break_connection(at, from, to);
                self.break_connection(at, to, from);
            }
        }
    }

    fn set_timer(&mut self, node: u32, timer: P::Timer, at: Time) {
        let clock = &self.rests[node as usize].clock;
        let at = if clock.is_exact() { at } else { clock.world(at) };
        let slot = self.schedule(node, at, Class::Timer, Event::Timer { node });
        if let Some(before) = self.rests[node as usize].timers.set(timer, slot) {
            self.make_stale(before);
        }
    }

    fn cancel_timer(&mut self, node: u32, timer: P::Timer) {
        if let Some(slot) = self.rests[node as usize].timers.cancel(&timer) {
            self.make_stale(slot);
        }
    }

    /// The event stays in the queue until its time comes or stale events become too many.
    pub(crate) fn make_stale(&mut self, slot: u32) {
        let event = self.events.get_mut(slot).expect("a timer or a notice refers to an event that waits");
        *event = Event::Stale;
        self.agenda.stale += 1;
        if self.agenda.stale > STALE_SLACK + self.events.len() / 2 {
            self.drop_stale();
        }
    }

    #[cold]
    fn drop_stale(&mut self) {
        let (events, mut dropped) = (&self.events, Vec::new());
        self.agenda.queue.retain(|entry| {
            let stale = matches!(events.get(entry.slot), Some(Event::Stale));
            dropped.extend(stale.then_some(entry.slot));
            !stale
        });
        // Those that wait for a paused node are not in the queue.
        self.agenda.stale -= dropped.len();
        dropped.into_iter().for_each(|slot| drop(self.events.take(slot)));
    }
}
