//! A protocol whose nodes do what commands say, and chatter at random if they are told to.

use borsh::{BorshDeserialize, BorshSerialize};
use contract::draws::{Draws, Entropy};
use contract::{Actor, Canonical, Effects, Input, Kind, Observation, PeerId, Protocol, Seed, Span, Time, Wire};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Toy;

impl Protocol for Toy {
    const NAME: &'static str = "toy";
    const ID: u16 = 901;
    const VERSION: u16 = 1;
    type Message = Letter;
    type Timer = u8;
    type Command = Vec<Op>;
    type Reply = u32;
    type View = u64;
}

/// A message: on a stream or as a datagram.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Letter {
    pub(crate) stream: bool,
    pub(crate) note: u32,
}

impl Wire for Letter {
    const TAGS: u8 = 2;

    fn tag(&self) -> u8 {
        u8::from(self.stream)
    }

    fn kind(&self) -> Kind {
        if self.stream { Kind::Stream } else { Kind::Datagram }
    }
}

/// One effect that a command asks for.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum Op {
    /// A datagram to a node.
    Throw(u32, u32),
    /// A stream message to a node.
    Write(u32, u32),
    /// A datagram to somebody who is not in the world.
    ToStranger,
    /// Sets a timer to a time of the node's clock.
    Set(u8, Time),
    Cancel(u8),
    Put(u8, u8),
    Delete(u8),
    Reply(u32),
    Observe(u64),
}

#[derive(Clone)]
pub(crate) struct ToyNode {
    nodes: u32,
    /// How many things it does on its own when a timer fires; zero for one that only does what it is told.
    chatter: u8,
    entropy: Entropy,
    inputs: u64,
    /// All it ever learnt, so that two nodes that lived differently are different.
    memory: u64,
}

const PURPOSE: &str = "toy";

impl ToyNode {
    pub(crate) fn new(number: u32, nodes: u32, chatter: u8, noise: &Seed) -> ToyNode {
        let entropy = Entropy::Keyed(Draws::new(noise.key(PURPOSE), u64::from(number)));
        ToyNode { nodes, chatter, entropy, inputs: 0, memory: 0 }
    }

    /// The same node for a replay: its random bits come from the recording.
    pub(crate) fn recorded(nodes: u32, chatter: u8) -> ToyNode {
        ToyNode { nodes, chatter, entropy: Entropy::Recorded, inputs: 0, memory: 0 }
    }

    fn remember(&mut self, value: u64) {
        self.memory = self.memory.rotate_left(7).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ value;
    }

    /// Something at random: all kinds of effect, with few keys, so that they meet.
    fn chat(&mut self, now: Time, out: &mut Effects<Toy>) {
        let [choice, value] = out.draw(&mut self.entropy);
        self.remember(value);
        let key = (value >> 32) as u8 % 4;
        let to = PeerId::simulated(value % u64::from(self.nodes));
        let soon = now + Span::from_nanos(value % 3_000_000);
        match choice % 10 {
            0..3 => out.send(to, Letter { stream: true, note: value as u32 }),
            3..6 => out.send(to, Letter { stream: false, note: value as u32 }),
            6 => out.set_timer(1 + key, soon),
            7 => out.cancel_timer(1 + key),
            8 => out.put(vec![key], vec![value as u8]),
            _ => out.observe(Observation::new("chat").with("value", value)),
        }
    }

    /// Timer 0 keeps a chatting node alive.
    fn go_on(&mut self, now: Time, out: &mut Effects<Toy>) {
        if self.chatter > 0 {
            let pause = out.draw_below(&mut self.entropy, 4_000_000);
            out.set_timer(0, now + Span::from_nanos(pause));
        }
    }
}

fn perform(op: &Op, call: contract::CallId, out: &mut Effects<Toy>) {
    let peer = |number: &u32| PeerId::simulated(u64::from(*number));
    match op {
        Op::Throw(to, note) => out.send(peer(to), Letter { stream: false, note: *note }),
        Op::Write(to, note) => out.send(peer(to), Letter { stream: true, note: *note }),
        Op::ToStranger => out.send(PeerId::from_bytes([7; 32]), Letter { stream: false, note: 0 }),
        Op::Set(timer, at) => out.set_timer(*timer, *at),
        Op::Cancel(timer) => out.cancel_timer(*timer),
        Op::Put(key, value) => out.put(vec![*key], vec![*value]),
        Op::Delete(key) => out.delete(vec![*key]),
        Op::Reply(reply) => out.reply(call, *reply),
        Op::Observe(value) => out.observe(Observation::new("told").with("value", *value)),
    }
}

impl Actor<Toy> for ToyNode {
    fn handle(&mut self, now: Time, input: Input<Toy>, out: &mut Effects<Toy>) {
        self.inputs += 1;
        self.remember(now.as_nanos());
        match input {
            Input::Start(recovered) => {
                recovered
                    .entries
                    .iter()
                    .for_each(|(key, value)| self.remember(u64::from(key[0]) << 8 | u64::from(value[0])));
                self.go_on(now, out);
            }
            Input::Message { message, .. } => {
                self.remember(u64::from(message.note));
                // Every fourth message is answered, so that talk dies out and timers begin it again.
                if self.chatter > 0 && message.note % 4 == 0 {
                    self.chat(now, out);
                }
            }
            Input::Timer(timer) => {
                self.remember(u64::from(timer));
                (0..self.chatter).for_each(|_| self.chat(now, out));
                if timer == 0 {
                    self.go_on(now, out);
                }
            }
            Input::Command { call, command } => command.iter().for_each(|op| perform(op, call, out)),
            Input::Broken { peer } | Input::Connected { peer } => {
                self.remember(peer.simulated_number().unwrap_or(u64::MAX))
            }
        }
    }

    fn view(&self) -> u64 {
        self.inputs
    }

    fn fork(&self) -> Box<dyn Actor<Toy>> {
        Box::new(self.clone())
    }

    fn rekey(&mut self, seed: &Seed) {
        self.entropy.rekey(seed.key(PURPOSE));
    }

    fn state(&self, bytes: &mut Vec<u8>) {
        (self.inputs, self.memory, self.entropy.made()).encode(bytes);
    }
}
