//! PHOLD: every node starts some messages; whoever receives one sends one to a node drawn uniformly.
//!
//! The standard synthetic load of parallel discrete-event simulation (Fujimoto, "Performance of Time Warp under
//! Synthetic Workloads", 1990). The number of messages in flight stays constant, and the delay is the network's.

use borsh::{BorshDeserialize, BorshSerialize};
use contract::draws::{Draws, Entropy, Seed};
use contract::{Actor, Canonical, Effects, Input, Kind, PeerId, Protocol, Span, Time, Wire};
use serde::{Deserialize, Serialize};

/// The protocol's vocabulary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phold;

impl Protocol for Phold {
    const NAME: &'static str = "phold";
    const ID: u16 = 0x00f0;
    const VERSION: u16 = 1;
    type Message = Ball;
    type Timer = Heartbeat;
    type Command = ();
    type Reply = ();
    type View = View;
}

/// The message: how often it was passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Ball(pub u32);

impl Wire for Ball {
    fn kind(&self) -> Kind {
        Kind::Datagram
    }

    fn size(&self) -> u32 {
        const SIZE: u32 = (contract::envelope::OVERHEAD + size_of::<u32>()) as u32;
        SIZE
    }
}

/// A node's only timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Heartbeat;

/// What a node is born with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// How many nodes there are; identities are stand-ins numbered from zero.
    pub nodes: u32,
    /// How many messages each node starts.
    pub messages: u32,
    /// The period in nanoseconds of a timer that does nothing but set itself again; zero for none.
    pub heartbeat_ns: u64,
}

/// What may be seen of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Messages received.
    pub received: u64,
    /// Times the timer fired.
    pub beats: u64,
}

/// A node.
#[derive(Clone, Debug)]
pub struct PholdNode {
    parameters: Parameters,
    entropy: Entropy,
    received: u64,
    beats: u64,
}

/// The purpose of the nodes' draws.
const PURPOSE: &str = "phold/destination";

impl PholdNode {
    /// Node `number` of a world with this noise seed.
    pub fn new(parameters: Parameters, noise: &Seed, number: u32) -> PholdNode {
        let draws = Draws::new(noise.key(PURPOSE), u64::from(number));
        PholdNode::with_entropy(parameters, Entropy::Keyed(draws))
    }

    /// A node whose random bits come from elsewhere, such as a recording.
    pub const fn with_entropy(parameters: Parameters, entropy: Entropy) -> PholdNode {
        PholdNode { parameters, entropy, received: 0, beats: 0 }
    }

    #[inline(always)]
    fn pass_on(&mut self, ball: Ball, out: &mut Effects<Phold>) {
        let to = out.draw_below(&mut self.entropy, u64::from(self.parameters.nodes));
        out.send(PeerId::simulated(to), ball);
    }

    fn beat(&self, now: Time, out: &mut Effects<Phold>) {
        if self.parameters.heartbeat_ns > 0 {
            out.set_timer(Heartbeat, now + Span::from_nanos(self.parameters.heartbeat_ns));
        }
    }
}

impl Actor<Phold> for PholdNode {
    #[inline]
    fn handle(&mut self, now: Time, input: Input<Phold>, out: &mut Effects<Phold>) {
        match input {
            Input::Message { message: Ball(passed), .. } => {
                self.received += 1;
                self.pass_on(Ball(passed.wrapping_add(1)), out);
            }
            Input::Timer(Heartbeat) => {
                self.beats += 1;
                self.beat(now, out);
            }
            Input::Start(_) => {
                (0..self.parameters.messages).for_each(|_| self.pass_on(Ball(0), out));
                self.beat(now, out);
            }
            Input::Command { .. } | Input::Broken { .. } | Input::Connected { .. } => {}
        }
    }

    fn view(&self) -> View {
        View { received: self.received, beats: self.beats }
    }

    fn fork(&self) -> Box<dyn Actor<Phold>> {
        Box::new(self.clone())
    }

    fn rekey(&mut self, seed: &Seed) {
        self.entropy.rekey(seed.key(PURPOSE));
    }

    fn state(&self, bytes: &mut Vec<u8>) {
        (self.received, self.beats, self.entropy.made()).encode(bytes);
    }

    #[inline]
    fn touch(&self) -> u64 {
        // The first field that a message needs and the last: a node may begin in one cache line and end in another.
        self.received ^ self.entropy.made()
    }
}
