//! The routing decision: when a message arrives, or why it does not.

mod access;
mod faults;
mod links;
mod streams;
mod way;

use contract::draws::{Key, Seed, below};
use contract::{Kind, Span, Time};

use crate::course::Course;
use crate::error::BadNetwork;
use crate::fault::{Fault, Struck};
use crate::latency::Law;
use crate::placement::{Placement, share_of_64_bits};
use crate::profile::{Bandwidth, Behaviour, Line, Profile};

pub use streams::Retransmission;

use access::{Access, Carriage};
use faults::{Faults, Map};
use streams::Streams;
use way::Way;

/// A message, as the network sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Who sends it.
    pub from: u32,
    /// Who shall get it.
    pub to: u32,
    /// Bytes on the wire.
    pub size: u32,
    /// Whether it travels as a stream or as a datagram.
    pub kind: Kind,
    /// Which kind of message it is: [`contract::Wire::tag`].
    pub tag: u8,
    /// How many parcels of this tag the sender sent before, to whomever.
    pub occurrence: u64,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives then, at least 1 ns after it was sent.
    Arrives(Time),
    /// It arrives twice, at these times in any order.
    ArrivesTwice([Time; 2]),
    /// It never arrives, and nobody is told.
    Lost(Loss),
    /// It is lost because its connection breaks; both ends learn that then. Several parcels, in both directions, may be lost
    /// with one connection: they all get the same time, and the driver tells each end once.
    Breaks(Time),
}

/// Why a datagram is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Loss {
    /// By chance, with the profile's probability.
    Random,
    /// Its pair was partitioned when it left.
    Partition,
    /// The sender's upload queue was full.
    QueueFull,
    /// By chance, in a burst of loss.
    Burst,
    /// The queue before the receiver's download was full.
    ReceiverFull,
}

impl Loss {
    /// Every reason, in the order of their numbers.
    pub const ALL: [Loss; 5] = [Loss::Random, Loss::Partition, Loss::QueueFull, Loss::Burst, Loss::ReceiverFull];

    /// The reason as traces and tables write it.
    pub const fn name(self) -> &'static str {
        match self {
            Loss::Random => "random",
            Loss::Partition => "partition",
            Loss::QueueFull => "queue_full",
            Loss::Burst => "burst",
            Loss::ReceiverFull => "receiver_full",
        }
    }
}

/// The two roots of a network's randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeds {
    /// Who is in which region.
    pub world: Seed,
    /// Latency and loss of each message.
    pub noise: Seed,
}

/// What is known of a pair of regions, in one place for the cache.
#[derive(Clone, Copy, Debug)]
struct Pair {
    law: Law,
    /// How long a stream waits for an acknowledgement before it repeats what it sent, the first time.
    probe: Span,
}

/// The keys of the tags' draws, purpose `latency/<tag>`, derived when a tag is first used.
#[derive(Clone, Debug)]
struct Keys {
    noise: Seed,
    by_tag: Vec<Key>,
}

/// A network of numbered nodes. It decides, and never delivers.
#[derive(Clone, Debug)]
pub struct Network {
    keys: Keys,
    names: Vec<String>,
    placement: Placement,
    /// Row by row: from region, to region.
    pairs: Vec<Pair>,
    lines: Vec<Line>,
    /// The same lines, prepared.
    ways: Vec<Way>,
    /// Whether chance loses anything.
    loses: bool,
    /// Whether datagrams are duplicated or held back.
    unruly: bool,
    /// Whether a datagram needs a draw at all.
    draws: bool,
    behaviour: Behaviour,
    access: Option<Access>,
    courses: Vec<Course>,
    faults: Faults,
    streams: Streams,
}

impl Network {
    /// A network of `nodes` nodes, whose regions and connections are drawn. Faults are known ahead, so that a decision never depends
    /// on when a fault was announced.
    ///
    /// # Errors
    /// [`BadNetwork`] if there is no node, or a fault is impossible.
    pub fn new(profile: &Profile, nodes: u32, faults: Vec<Fault>, seeds: Seeds) -> Result<Network, BadNetwork> {
        Network::placed(profile, Placement::drawn(profile, nodes, &[], &seeds.world), faults, &seeds.noise)
    }

    /// A network of nodes whose places are known.
    ///
    /// # Errors
    /// [`BadNetwork`] if there is no node, or a fault is impossible.
    pub fn placed(
        profile: &Profile,
        placement: Placement,
        faults: Vec<Fault>,
        noise: &Seed,
    ) -> Result<Network, BadNetwork> {
        let nodes = placement.nodes();
        if nodes == 0 {
            return Err(BadNetwork::NoNodes);
        }
        let pairs = pairs(profile);
        let constant = pairs.iter().all(|pair| matches!(pair.law, Law::Constant { .. }));
        let (lines, behaviour) = (placement.lines().to_vec(), profile.behaviour());
        let loss_max = lines.iter().map(|line| line.loss).fold(0.0, f64::max);
        let network = Network {
            keys: Keys::new(*noise),
            names: profile.regions().to_vec(),
            draws: !constant || loss_max > 0.0,
            access: Access::new(&placement, behaviour.queue),
            placement,
            pairs,
            ways: lines.iter().map(Way::new).collect(),
            lines,
            loses: loss_max > 0.0,
            unruly: behaviour.duplication > 0.0 || behaviour.reordering > 0.0,
            behaviour,
            courses: Vec::new(),
            faults: Faults::default(),
            streams: Streams::default(),
        };
        network.with_faults(&faults)
    }

    /// The same network whose latencies change over time.
    ///
    /// # Errors
    /// [`BadNetwork::Course`] at the first that is impossible.
    pub fn with_courses(mut self, courses: Vec<Course>) -> Result<Network, BadNetwork> {
        for (index, course) in courses.iter().enumerate() {
            course.check().map_err(|why| BadNetwork::Course { index, why })?;
        }
        self.courses = courses;
        Ok(self)
    }

    /// The same network with these faults instead of those that it had, before anything was sent: for faults that depend on
    /// who is in which region.
    ///
    /// # Errors
    /// [`BadNetwork::Fault`] at the first that is impossible.
    pub fn with_faults(mut self, faults: &[Fault]) -> Result<Network, BadNetwork> {
        let map = Map { nodes: self.nodes(), regions: self.placement.regions(), region_count: self.names.len() };
        self.faults = Faults::new(faults, &map)?;
        self.draws |= self.faults.lose();
        self.loses |= self.faults.lose();
        Ok(self)
    }

    /// What becomes of `parcel`, sent at `now`. The driver asks in the order of time, each parcel once.
    #[inline(always)]
    pub fn route(&mut self, now: Time, parcel: Parcel) -> Fate {
        debug_assert!(parcel.from.max(parcel.to) < self.nodes(), "{parcel:?} among {} nodes", self.nodes());
        let hint = if parcel.kind == Kind::Stream { self.streams.hint(parcel.from) } else { 0 };
        let [latency_bits, loss_bits] =
            if self.draws { self.keys.of(parcel.tag).draw(parcel.entity(), parcel.occurrence) } else { [0, u64::MAX] };
        let (from, to) = (self.placement.place(parcel.from), self.placement.place(parcel.to));
        let ways = [&self.ways[usize::from(from.line)], &self.ways[usize::from(to.line)]];
        let pair = &self.pairs[usize::from(from.region) * self.names.len() + usize::from(to.region)];
        let (ends, faults) = ([parcel.from, parcel.to], &mut self.faults);
        let mut carriage = Carriage { left: now, upload: Span::ZERO, download: Span::ZERO };
        if let Some(access) = &mut self.access {
            let struck = |time| if faults.narrow() { faults.now(time, ends) } else { Struck::NOT };
            match access.send(now, &parcel, ways, struck) {
                Some(sent) => carriage = sent,
                None => return Fate::Lost(Loss::QueueFull),
            }
        }
        let mut latency = pair.law.sample(latency_bits);
        if !self.courses.is_empty() {
            latency = bent(&self.courses, carriage.left, [from.region, to.region], latency);
        }
        let added = ways[0].added + ways[1].added;
        let latency = latency + added;
        let lost_below = ways[0].lost_below.max(ways[1].lost_below);
        let chance = if self.loses { self.chance(&parcel, lost_below, loss_bits) } else { streams::Chance::NONE };
        if parcel.kind == Kind::Stream {
            let probe = pair.probe + added + added;
            let leg = streams::Leg { now, left: carriage.left, latency, probe, chance, hint };
            return self.route_stream(&parcel, carriage, leg);
        }
        let struck = self.faults.now(carriage.left, ends);
        if struck.cut {
            return Fate::Lost(Loss::Partition);
        }
        if chance.losses > 0 {
            return Fate::Lost(Loss::Random);
        }
        if struck.keep < 1.0 && chance.lost_in_burst(struck) {
            return Fate::Lost(Loss::Burst);
        }
        let tail = carriage.left + struck.slowed(latency);
        if self.unruly {
            return self.route_unruly(now, parcel, carriage, struck, tail);
        }
        match self.receive(now, &parcel, carriage, tail) {
            Some(at) => Fate::Arrives(at),
            None => Fate::Lost(Loss::ReceiverFull),
        }
    }

    #[inline(always)]
    fn receive(&mut self, now: Time, parcel: &Parcel, carriage: Carriage, tail: Time) -> Option<Time> {
        match &mut self.access {
            Some(access) => access.receive(now, parcel, carriage, tail),
            None => Some(tail),
        }
    }

    /// What chance does to a parcel, of which a packet is lost if its draw is below a bound.
    #[inline(always)]
    fn chance(&self, parcel: &Parcel, lost_below: u64, bits: u64) -> streams::Chance {
        if parcel.size <= self.behaviour.packet_bytes && bits >= lost_below && !self.faults.lose() {
            return streams::Chance::NONE;
        }
        self.chance_of_many(parcel, bits)
    }

    /// The same for any number of packets, and as bursts of loss need it.
    #[cold]
    fn chance_of_many(&self, parcel: &Parcel, bits: u64) -> streams::Chance {
        let line = |node| self.lines[usize::from(self.placement.place(node).line)];
        let loss = line(parcel.from).loss.max(line(parcel.to).loss);
        let packets = parcel.size.div_ceil(self.behaviour.packet_bytes).max(1);
        let lost = bits < share_of_64_bits(streams::any_lost(loss, packets));
        let losses = match (lost, parcel.kind) {
            (false, _) => 0,
            (true, Kind::Stream) => streams::losses(bits, loss, packets),
            (true, Kind::Datagram) => 1,
        };
        streams::Chance { losses, bits, loss, packets }
    }

    /// By reference: a copy would read in one piece what was written in several, and wait until all of it is in the cache.
    #[inline(always)]
    fn route_stream(&mut self, parcel: &Parcel, mut carriage: Carriage, mut leg: streams::Leg) -> Fate {
        let ends = [parcel.from, parcel.to];
        if self.behaviour.handshake_round_trips > 0 && !self.streams.is_open(ends) {
            let ready = leg.now + self.handshake(parcel);
            carriage.left = carriage.left.max(ready + carriage.upload);
            leg.left = carriage.left;
        }
        let alone = match self.streams.alone(&mut self.faults, ends, leg) {
            Ok(alone) => alone,
            Err(at) => return Fate::Breaks(at),
        };
        // A stream is never refused.
        let alone = self.receive(leg.now, parcel, carriage, alone).unwrap_or(alone);
        Fate::Arrives(self.streams.in_order(ends, leg.hint, alone))
    }

    /// How long it takes to set a connection up: round trips, whose latencies are drawn for purpose `handshake`.
    #[cold]
    fn handshake(&self, parcel: &Parcel) -> Span {
        let key = self.keys.noise.key("handshake");
        let added = self.added(parcel);
        let [out, home] = [self.law(parcel.from, parcel.to), self.law(parcel.to, parcel.from)];
        let trip = |trip: u8| {
            let [there, back] = key.draw(parcel.entity(), parcel.occurrence << 8 | u64::from(trip));
            out.sample(there) + home.sample(back) + added + added
        };
        (0..self.behaviour.handshake_round_trips).map(trip).fold(Span::ZERO, |sum, trip| sum + trip)
    }

    fn law(&self, from: u32, to: u32) -> Law {
        self.pairs[usize::from(self.region(from)) * self.names.len() + usize::from(self.region(to))].law
    }

    /// The latency that the lines at both ends add.
    fn added(&self, parcel: &Parcel) -> Span {
        let added = |node| self.ways[usize::from(self.placement.place(node).line)].added;
        added(parcel.from) + added(parcel.to)
    }

    /// A datagram on a link that holds some back and duplicates some. Draws: purpose `datagram`, entity and occurrence as the
    /// parcel's.
    #[cold]
    fn route_unruly(&mut self, now: Time, parcel: Parcel, carriage: Carriage, struck: Struck, tail: Time) -> Fate {
        let Behaviour { duplication, reordering, held_back, .. } = self.behaviour;
        let [twice, copy] = self.keys.noise.key("duplicate").draw(parcel.entity(), parcel.occurrence);
        let [late, by] = self.keys.noise.key("reorder").draw(parcel.entity(), parcel.occurrence);
        let held = if late < share_of_64_bits(reordering) { below(by, held_back.as_nanos() + 1) } else { 0 };
        let Some(first) = self.receive(now, &parcel, carriage, tail + Span::from_nanos(held)) else {
            return Fate::Lost(Loss::ReceiverFull);
        };
        if twice >= share_of_64_bits(duplication) {
            return Fate::Arrives(first);
        }
        let regions = [self.region(parcel.from), self.region(parcel.to)];
        let latency = self.law(parcel.from, parcel.to).sample(copy);
        let latency = bent(&self.courses, carriage.left, regions, latency) + self.added(&parcel);
        match self.receive(now, &parcel, carriage, carriage.left + struck.slowed(latency)) {
            Some(second) => Fate::ArrivesTwice([first, second]),
            None => Fate::Arrives(first),
        }
    }

    /// Reads what a parcel from `node` will need, in two passes of which the second follows what the first has read, and does
    /// nothing else: a driver that knows who sends next lets the cache misses of many nodes overlap. What it returns means
    /// nothing.
    #[inline]
    pub fn touch_sender(&self, node: u32, pass: u8) -> u64 {
        match pass {
            0 => self.streams.touch(node) ^ self.access.as_ref().map_or(0, |access| access.touch(node)),
            _ => self.streams.touch_links(node),
        }
    }

    /// The same of a parcel to `node`.
    #[inline]
    pub fn touch_receiver(&self, node: u32) -> u64 {
        let place = self.placement.place(node);
        u64::from(place.line) ^ self.access.as_ref().map_or(0, |access| access.touch(node))
    }

    /// Forgets the connections of a node that crashed, and returns the peers that had an open one with it, in ascending order.
    /// A peer whose connection is already bound to break ([`Fate::Breaks`] was answered) is not among them: it learns at the
    /// time that was answered. Parcels that were under way are the driver's to drop. The upload queue of the node is empty
    /// afterwards.
    pub fn forget(&mut self, node: u32) -> Vec<u32> {
        if let Some(access) = &mut self.access {
            access.forget(node);
        }
        self.streams.forget(node)
    }

    /// Draws from another seed from here on, for a forked world whose future shall differ. Regions stay.
    pub fn rekey(&mut self, noise: &Seed) {
        self.keys = Keys::new(*noise);
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> u32 {
        self.placement.nodes()
    }

    /// The region of a node, as its place in the profile.
    #[inline]
    pub fn region(&self, node: u32) -> u16 {
        self.placement.region(node)
    }

    /// The bandwidth of a node's own line, as its profile and overrides say; faults may take some of it away for a while.
    pub fn bandwidth(&self, node: u32) -> Bandwidth {
        self.placement.line(node).bandwidth
    }

    /// The name of a region.
    pub fn region_name(&self, region: u16) -> &str {
        &self.names[usize::from(region)]
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.streams.open_count()
    }

    /// Bytes that this network occupies, its heap included.
    pub fn memory_bytes(&self) -> usize {
        size_of::<Network>()
            + self.keys.by_tag.capacity() * size_of::<Key>()
            + self.placement.memory_bytes()
            + self.pairs.capacity() * size_of::<Pair>()
            + self.lines.capacity() * size_of::<Line>()
            + self.ways.capacity() * size_of::<Way>()
            + self.courses.iter().map(|course| size_of_val(course.points.as_slice())).sum::<usize>()
            + self.access.as_ref().map_or(0, Access::memory_bytes)
            + self.faults.memory_bytes()
            + self.streams.memory_bytes()
    }
}

impl Parcel {
    /// The entity of its draws: who sends to whom.
    #[inline]
    fn entity(&self) -> u64 {
        u64::from(self.from) << 32 | u64::from(self.to)
    }
}

/// A latency of a message that leaves at a time, under all courses of the pair of regions.
fn bent(courses: &[Course], left: Time, [from, to]: [u16; 2], latency: Span) -> Span {
    let of_pair = courses.iter().filter(|course| course.covers(from, to));
    let factor: f64 = of_pair.map(|course| course.factor(left)).product();
    // The cast saturates.
    Span::from_nanos(((latency.as_nanos() as f64 * factor + 0.5) as u64).max(1))
}

impl Keys {
    fn new(noise: Seed) -> Keys {
        Keys { noise, by_tag: Vec::new() }
    }

    #[inline]
    fn of(&mut self, tag: u8) -> Key {
        match self.by_tag.get(usize::from(tag)) {
            Some(&key) => key,
            None => self.derive(tag),
        }
    }

    #[cold]
    fn derive(&mut self, tag: u8) -> Key {
        let known = self.by_tag.len();
        self.by_tag.extend((known..=usize::from(tag)).map(|tag| self.noise.key(&format!("latency/{tag}"))));
        self.by_tag[usize::from(tag)]
    }
}

fn pairs(profile: &Profile) -> Vec<Pair> {
    let count = profile.regions().len() as u16;
    let pair = |from, to| {
        let law = profile.law(from, to);
        Pair { law, probe: Retransmission::probe(&law, &profile.law(to, from)) }
    };
    (0..count).flat_map(|from| (0..count).map(move |to| pair(from, to))).collect()
}

#[cfg(test)]
mod tests;
