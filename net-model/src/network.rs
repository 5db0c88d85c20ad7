//! The routing decision: when a message arrives, or why it does not.

mod faults;
mod streams;
mod uplinks;

use contract::draws::{Key, Seed};
use contract::{Kind, Span, Time};

use crate::error::BadNetwork;
use crate::fault::{Fault, Struck};
use crate::latency::Law;
use crate::placement::{Placement, share_of_64_bits};
use crate::profile::Profile;

pub use streams::Retransmission;

use faults::{Faults, Map};
use streams::Streams;
use uplinks::Uplinks;

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
}

impl Loss {
    /// Every reason, in the order of their numbers.
    pub const ALL: [Loss; 4] = [Loss::Random, Loss::Partition, Loss::QueueFull, Loss::Burst];

    /// The reason as traces and tables write it.
    pub const fn name(self) -> &'static str {
        match self {
            Loss::Random => "random",
            Loss::Partition => "partition",
            Loss::QueueFull => "queue_full",
            Loss::Burst => "burst",
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
    loss: f64,
    /// A draw below this is a loss: the probability as a share of 2⁶⁴.
    loss_below: u64,
    /// Whether a datagram needs a draw at all.
    draws: bool,
    uplinks: Option<Uplinks>,
    faults: Faults,
    streams: Streams,
}

impl Network {
    /// A network of `nodes` nodes. Faults are known ahead, so that a decision never depends on when a fault was announced.
    ///
    /// # Errors
    /// [`BadNetwork`] if there is no node, or a fault is impossible.
    pub fn new(profile: &Profile, nodes: u32, faults: Vec<Fault>, seeds: Seeds) -> Result<Network, BadNetwork> {
        if nodes == 0 {
            return Err(BadNetwork::NoNodes);
        }
        let pairs = pairs(profile);
        let constant = pairs.iter().all(|pair| matches!(pair.law, Law::Constant { .. }));
        let network = Network {
            keys: Keys::new(seeds.noise),
            names: profile.regions().to_vec(),
            placement: Placement::drawn(profile, nodes, &seeds.world),
            loss: profile.loss(),
            loss_below: share_of_64_bits(profile.loss()),
            draws: !constant || profile.loss() > 0.0,
            pairs,
            uplinks: Uplinks::new(profile, nodes),
            faults: Faults::default(),
            streams: Streams::default(),
        };
        network.with_faults(&faults)
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
        Ok(self)
    }

    /// What becomes of `parcel`, sent at `now`. The driver asks in the order of time, each parcel once.
    #[inline(always)]
    pub fn route(&mut self, now: Time, parcel: Parcel) -> Fate {
        debug_assert!(parcel.from.max(parcel.to) < self.nodes(), "{parcel:?} among {} nodes", self.nodes());
        let [latency_bits, loss_bits] = if self.draws {
            let entity = u64::from(parcel.from) << 32 | u64::from(parcel.to);
            self.keys.of(parcel.tag).draw(entity, parcel.occurrence)
        } else {
            [0, u64::MAX]
        };
        let (from, to) = (self.region(parcel.from), self.region(parcel.to));
        let pair = &self.pairs[usize::from(from) * self.names.len() + usize::from(to)];
        let (ends, faults) = ([parcel.from, parcel.to], &mut self.faults);
        let mut struck = |time| if faults.is_empty() { Struck::NOT } else { faults.now(time, ends) };
        let (mut left, mut slower) = (now, Span::ZERO);
        if let Some(uplinks) = &mut self.uplinks {
            match uplinks.send(now, &parcel, [from, to], &mut struck) {
                Some(sent) => (left, slower) = sent,
                None => return Fate::Lost(Loss::QueueFull),
            }
        }
        let latency = pair.law.sample(latency_bits);
        let lost = loss_bits < self.loss_below;
        if parcel.kind == Kind::Stream {
            let losses = if lost { streams::losses(loss_bits, self.loss) } else { 0 };
            let chance = streams::Chance { losses, bits: loss_bits, loss: self.loss };
            let leg = streams::Leg { now, left, latency, slower, probe: pair.probe, chance };
            return self.streams.route(&self.faults, ends, leg);
        }
        let struck = struck(left);
        if struck.cut {
            return Fate::Lost(Loss::Partition);
        }
        if lost {
            return Fate::Lost(Loss::Random);
        }
        if struck.keep < 1.0 && loss_bits < share_of_64_bits(struck.loss(self.loss)) {
            return Fate::Lost(Loss::Burst);
        }
        Fate::Arrives(left + (struck.slowed(latency) + slower))
    }

    /// Forgets the connections of a node that crashed, and returns the peers that had an open one with it, in ascending order.
    /// A peer whose connection is already bound to break ([`Fate::Breaks`] was answered) is not among them: it learns at the
    /// time that was answered. Parcels that were under way are the driver's to drop. The upload queue of the node is empty
    /// afterwards.
    pub fn forget(&mut self, node: u32) -> Vec<u32> {
        if let Some(uplinks) = &mut self.uplinks {
            uplinks.forget(node);
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
            + self.uplinks.as_ref().map_or(0, Uplinks::memory_bytes)
            + self.faults.memory_bytes()
            + self.streams.memory_bytes()
    }
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
