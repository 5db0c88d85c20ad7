//! The seam: a protocol's vocabulary, the actor that speaks it, and the runtime that drives the actor.

use std::fmt::{self, Debug};

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

use crate::draws::Seed;
use crate::effects::Hex;
use crate::{Canonical, Effects, PeerId, Time};

/// What crosses a node's boundary: its vocabulary, not its behaviour.
pub trait Protocol: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// The name in scenarios, configurations and traces.
    const NAME: &'static str;
    /// The number in the wire envelope. Two protocols on one network have different numbers.
    const ID: u16;
    /// The version of the messages in the wire envelope.
    const VERSION: u16;
    /// How often at most a runtime that looks ahead calls [`Actor::touch_for`] for a message: with 0, 1 and so on. Default never.
    const TOUCHES: u8 = 0;
    /// What nodes send each other.
    type Message: Wire;
    /// What a timer is for. Setting a timer again replaces it.
    type Timer: Canonical + Ord + Copy + Debug + Send;
    /// What an operator or a scenario's script asks of a node.
    type Command: Canonical + Clone + Debug + PartialEq + Send;
    /// What a node answers to a command.
    type Reply: Canonical + Clone + Debug + PartialEq + Send;
    /// What players, the admin API and the viewer may see of a node.
    type View: Serialize;
}

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// In order between two nodes, and never lost while the connection lives: loss shows as delay. What was under way
    /// on a broken connection is lost, and [`Input::Broken`] says so.
    Stream,
    /// May be lost, duplicated and reordered.
    Datagram,
}

/// A message between nodes. Messages that are equal have the same canonical bytes: of equal messages to several peers a trace holds
/// one.
pub trait Wire: Canonical + Clone + Debug + PartialEq + Send + 'static {
    /// How many kinds of message there are: [`tag`](Wire::tag) is below.
    const TAGS: u8 = 1;

    /// Which kind of message this is. Draws about a message are keyed by it, so that one kind more or less does not move
    /// the draws of the others.
    fn tag(&self) -> u8 {
        0
    }

    /// Whether it travels as a stream or as a datagram.
    fn kind(&self) -> Kind;

    /// Bytes on the wire, the envelope included. The default counts the canonical bytes.
    fn size(&self) -> u32 {
        crate::envelope::wire_size(borsh::object_length(self).unwrap_or(usize::MAX))
    }
}

/// The number of a command, by which its reply is found.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize,
)]
pub struct CallId(pub u64);

/// What a node had made durable before it started, in the order of the keys.
#[derive(Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Recovered {
    /// Keys and values.
    pub entries: Vec<(Vec<u8>, Vec<u8>)>,
}

impl fmt::Debug for Recovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recovered ")?;
        f.debug_map().entries(self.entries.iter().map(|(key, value)| (Hex(key), Hex(value)))).finish()
    }
}

/// What happens to a node.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum Input<P: Protocol> {
    /// The node starts, for the first time or again. It is the first input of an actor.
    Start(Recovered),
    /// A message arrived.
    Message {
        /// Who sent it; the runtime has authenticated this.
        from: PeerId,
        /// What it says.
        message: P::Message,
    },
    /// A timer that was set and not cancelled is due.
    Timer(P::Timer),
    /// An operator or a script asks for something.
    Command {
        /// The number that the reply carries.
        call: CallId,
        /// What is asked.
        command: P::Command,
    },
    /// The connection to a peer broke: stream messages that were under way, in either direction, may be lost.
    Broken {
        /// The other end.
        peer: PeerId,
    },
    /// There is a connection to a peer: a new one, or one in the place of a broken one. It comes before everything that
    /// the peer sends on it. A simulated world has its connections from the start, so there it does not occur; an actor must
    /// not depend on it.
    Connected {
        /// The other end.
        peer: PeerId,
    },
}

/// Why a node cannot do yet what is asked of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unready {
    /// In kebab case, for programs.
    pub reason: &'static str,
    /// In a sentence, for people.
    pub detail: String,
}

/// A node's state machine.
///
/// An implementation consults nothing but its arguments and its own state. Keys, randomness and parameters are given to
/// it at birth. Input from a peer never makes it panic: what is wrong with a message is an observation.
pub trait Actor<P: Protocol>: Send + Sync {
    /// Advances the node by one input. `now` never decreases from one call to the next.
    fn handle(&mut self, now: Time, input: Input<P>, out: &mut Effects<P>);

    /// What may be seen of the node.
    fn view(&self) -> P::View;

    /// Why it cannot do yet what operators ask of it, if so: they and their load balancers wait for that. A wrapper passes it
    /// on. A runtime asks often: it costs next to nothing while the answer is `None`.
    fn unready(&self) -> Option<Unready> {
        None
    }

    /// A copy that goes on independently, for a forked world.
    fn fork(&self) -> Box<dyn Actor<P>>;

    /// Makes the randomness from here on depend on `seed`, so that a fork can have another future.
    fn rekey(&mut self, seed: &Seed);

    /// Appends the canonical bytes of the whole state: equal states, equal bytes.
    fn state(&self, bytes: &mut Vec<u8>);

    /// Reads some of what [`handle`](Actor::handle) will need first, and does nothing else; what it returns means nothing.
    /// A runtime that knows which nodes come next calls it for all of them, so that the cache misses of a hundred
    /// actors overlap instead of following one another. Worth it where worlds of this actor are large; a wrapper
    /// passes it on.
    fn touch(&self) -> u64 {
        0
    }

    /// The same for a message that comes next, instead of [`touch`](Actor::touch), in [`Protocol::TOUCHES`] passes over all nodes
    /// that come next: what one pass has read is in the cache in the following one, which can then decide by it without
    /// waiting. None where the message will change nothing and send nothing, as far as one can see: then nothing more is read
    /// for it.
    fn touch_for(&self, _message: &P::Message, _pass: u8) -> Option<u64> {
        Some(0)
    }
}

/// What a driver does with the effects of one step.
pub trait Runtime<P: Protocol> {
    /// Performs the effects of one step of `node` and leaves the buffer empty.
    fn perform(&mut self, node: PeerId, step: &mut Effects<P>);
}
