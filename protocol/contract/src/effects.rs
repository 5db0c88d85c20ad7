//! Effects are values in a buffer that the runtime owns: a trace prints them, a replay compares them, an adversary
//! edits those of an honest actor on the way out.

use std::collections::VecDeque;
use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::draws::{Entropy, below};
use crate::hash::write_hex;
use crate::keys::Hand;
use crate::{CallId, Domain, Observation, PeerId, Protocol, Signature, Signer, Time, Verifier};

/// One change of the node's durable key/value store.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Write {
    /// Sets a key.
    Put {
        /// The key.
        key: Vec<u8>,
        /// Its value from now on.
        value: Vec<u8>,
    },
    /// Removes a key; removing an absent one is nothing.
    Delete {
        /// The key.
        key: Vec<u8>,
    },
}

impl fmt::Debug for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Write::Put { key, value } => write!(f, "Put {{ key: {:?}, value: {:?} }}", Hex(key), Hex(value)),
            Write::Delete { key } => write!(f, "Delete {{ key: {:?} }}", Hex(key)),
        }
    }
}

/// Bytes as two digits each, so that a printed step can be read.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl fmt::Debug for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        write_hex(f, self.0)
    }
}

/// What a node wants done.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum Effect<P: Protocol> {
    /// Send a message. It leaves after every write that stands before it is durable.
    Send {
        /// To whom.
        to: PeerId,
        /// What.
        message: P::Message,
    },
    /// Set a timer, or move it if it is set. A time that is past means as soon as possible.
    SetTimer {
        /// Which timer.
        timer: P::Timer,
        /// When it is due, on the node's own clock.
        at: Time,
    },
    /// Cancel a timer: it does not fire. Cancelling one that is not set is nothing.
    CancelTimer(P::Timer),
    /// Make a change durable.
    Persist(Write),
    /// Answer a command. It leaves after every write that stands before it is durable.
    Reply {
        /// The command's number.
        call: CallId,
        /// The answer.
        reply: P::Reply,
    },
    /// State a fact for metrics and checkers. It costs nothing and changes nothing.
    Observe(Observation),
}

/// Random bits and signatures that a step was given, so that a replay needs neither seed nor key.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Witness {
    /// The result of [`Effects::draw`].
    Draw([u64; 2]),
    /// The result of [`Effects::sign`].
    Signature(Signature),
}

/// Why a replayed step could not be given what it asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadWitness {
    /// The step asked for more, or for something else, than the recording holds.
    #[error("the step asked for {asked}, but the recording has {recorded} at that place")]
    Unexpected {
        /// What the actor asked for.
        asked: &'static str,
        /// What the recording holds.
        recorded: &'static str,
    },
    /// A recorded signature does not verify under the node's key.
    #[error("the recorded signature of {signer} does not verify")]
    Forged {
        /// Whose signature it claims to be.
        signer: PeerId,
    },
}

/// Where [`Effects::draw`] and [`Effects::sign`] keep or find their results.
#[derive(Clone, Debug, Default)]
enum Tape {
    #[default]
    Off,
    Recording(Vec<Witness>),
    Playing {
        left: VecDeque<Witness>,
        verifier: Verifier,
        bad: Option<BadWitness>,
    },
}

/// The buffer that an actor writes its effects into.
#[derive(Clone, Debug)]
pub struct Effects<P: Protocol> {
    list: Vec<Effect<P>>,
    tape: Tape,
}

impl<P: Protocol> Default for Effects<P> {
    fn default() -> Self {
        Effects { list: Vec::new(), tape: Tape::Off }
    }
}

/// What an actor calls.
impl<P: Protocol> Effects<P> {
    /// Sends a message.
    #[inline]
    pub fn send(&mut self, to: PeerId, message: P::Message) {
        // Made where it stays: `push` would make it on the stack and move it.
        self.list.extend(std::iter::once_with(|| Effect::Send { to, message }));
    }

    /// Sets or moves a timer.
    #[inline]
    pub fn set_timer(&mut self, timer: P::Timer, at: Time) {
        self.list.push(Effect::SetTimer { timer, at });
    }

    /// Cancels a timer.
    pub fn cancel_timer(&mut self, timer: P::Timer) {
        self.list.push(Effect::CancelTimer(timer));
    }

    /// Makes `value` durable under `key`.
    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.list.push(Effect::Persist(Write::Put { key, value }));
    }

    /// Removes `key` from the store.
    pub fn delete(&mut self, key: Vec<u8>) {
        self.list.push(Effect::Persist(Write::Delete { key }));
    }

    /// Answers a command.
    pub fn reply(&mut self, call: CallId, reply: P::Reply) {
        self.list.push(Effect::Reply { call, reply });
    }

    /// States a fact.
    pub fn observe(&mut self, observation: Observation) {
        self.list.push(Effect::Observe(observation));
    }

    /// 128 uniform random bits.
    #[inline(always)]
    pub fn draw(&mut self, entropy: &mut Entropy) -> [u64; 2] {
        match (entropy, &self.tape) {
            (Entropy::Keyed(draws), Tape::Off) => draws.draw(),
            (entropy, _) => self.draw_with_tape(entropy),
        }
    }

    #[inline(never)]
    fn draw_with_tape(&mut self, entropy: &mut Entropy) -> [u64; 2] {
        let drawn = match entropy {
            Entropy::Keyed(draws) => Some(draws.draw()),
            Entropy::Recorded => None,
        };
        match (drawn, &mut self.tape) {
            (Some(bits), Tape::Off) => bits,
            (Some(bits), Tape::Recording(tape)) => {
                tape.push(Witness::Draw(bits));
                bits
            }
            (_, tape) => tape.played_draw(),
        }
    }

    /// A uniform number below `bound`.
    #[inline]
    pub fn draw_below(&mut self, entropy: &mut Entropy, bound: u64) -> u64 {
        below(self.draw(entropy)[0], bound)
    }

    /// The signature of `signer` on `message` for `domain`.
    pub fn sign(&mut self, signer: &Signer, domain: Domain, message: &[u8]) -> Signature {
        self.sign_by_hand(signer, domain, message).0
    }

    /// The same, with the signer's hand where the signature was made just now and in a simulated world.
    pub fn sign_by_hand(&mut self, signer: &Signer, domain: Domain, message: &[u8]) -> (Signature, Option<Hand>) {
        let signed = signer.sign(domain, message);
        match (signed, &mut self.tape) {
            (Some(signature), Tape::Off) => (signature, signer.hand()),
            (Some(signature), Tape::Recording(tape)) => {
                tape.push(Witness::Signature(signature));
                (signature, signer.hand())
            }
            (_, tape) => (tape.played_signature(signer.id(), domain, message), None),
        }
    }
}

/// What a runtime or a wrapper of an actor calls.
impl<P: Protocol> Effects<P> {
    /// A buffer that also notes random bits and signatures.
    pub fn recording() -> Self {
        Effects { list: Vec::new(), tape: Tape::Recording(Vec::new()) }
    }

    /// A buffer that gives a recorded step its random bits and signatures back; signatures are verified.
    pub fn playing(witness: Vec<Witness>, verifier: Verifier) -> Self {
        let tape = Tape::Playing { left: witness.into(), verifier, bad: None };
        Effects { list: Vec::new(), tape }
    }

    /// How many effects there are. A wrapper notes it before it calls the inner actor.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The effects so far.
    pub fn as_slice(&self) -> &[Effect<P>] {
        &self.list
    }

    /// Takes the effects from position `from` on out of the buffer, for a wrapper to edit and put back.
    pub fn take_from(&mut self, from: usize) -> Vec<Effect<P>> {
        self.list.split_off(from.min(self.list.len()))
    }

    /// Puts one effect into the buffer.
    pub fn push(&mut self, effect: Effect<P>) {
        self.list.push(effect);
    }

    /// Takes all effects out, in order.
    pub fn drain(&mut self) -> impl Iterator<Item = Effect<P>> + '_ {
        self.list.drain(..)
    }

    /// Takes the list out, so that it can be worked on while the runtime is borrowed; [`restore`](Self::restore) gives
    /// its memory back.
    #[inline]
    pub fn take_list(&mut self) -> Vec<Effect<P>> {
        std::mem::take(&mut self.list)
    }

    /// Gives the memory of a list back, and drops what is left in it.
    #[inline]
    pub fn restore(&mut self, mut list: Vec<Effect<P>>) {
        if !list.is_empty() {
            list.clear();
        }
        self.list = list;
    }

    /// Takes the message out if a message is the only effect, and says what `look` says of its recipient. It is the commonest
    /// step of all, done here without a move of what every kind of effect has room for.
    #[inline(always)]
    pub fn take_only_send<T>(&mut self, look: impl FnOnce(&PeerId) -> T) -> Option<(T, P::Message)> {
        let [Effect::Send { to, .. }] = self.list.as_slice() else { return None };
        let seen = look(to);
        match self.list.pop() {
            Some(Effect::Send { message, .. }) => Some((seen, message)),
            _ => None,
        }
    }

    /// Takes what was noted since the last call; empty unless [`recording`](Self::recording).
    pub fn take_witness(&mut self) -> Vec<Witness> {
        match &mut self.tape {
            Tape::Recording(tape) => std::mem::take(tape),
            Tape::Off | Tape::Playing { .. } => Vec::new(),
        }
    }

    /// After a replayed step: what was wrong with its recorded draws and signatures.
    ///
    /// # Errors
    /// [`BadWitness`] if the step asked for something else than the recording holds, or a signature is forged.
    pub fn finish_playing(&self) -> Result<(), BadWitness> {
        match &self.tape {
            Tape::Playing { bad: Some(bad), .. } => Err(bad.clone()),
            Tape::Playing { left, .. } if !left.is_empty() => {
                Err(BadWitness::Unexpected { asked: "nothing more", recorded: name(left.front()) })
            }
            _ => Ok(()),
        }
    }
}

impl Tape {
    #[cold]
    fn played_draw(&mut self) -> [u64; 2] {
        match self.play("random bits") {
            Some(Witness::Draw(bits)) => bits,
            other => {
                self.refuse("random bits", other);
                [0; 2]
            }
        }
    }

    #[cold]
    fn played_signature(&mut self, signer: PeerId, domain: Domain, message: &[u8]) -> Signature {
        let signature = match self.play("a signature") {
            Some(Witness::Signature(signature)) => signature,
            other => {
                self.refuse("a signature", other);
                return Signature::from_bytes([0; 64]);
            }
        };
        if let Tape::Playing { verifier, bad, .. } = self
            && !verifier.verify(&signer, domain, message, &signature)
        {
            bad.get_or_insert(BadWitness::Forged { signer });
        }
        signature
    }

    fn play(&mut self, asked: &'static str) -> Option<Witness> {
        match self {
            Tape::Playing { left, .. } => left.pop_front(),
            // A recorded signer or entropy is only ever built together with a playing buffer.
            Tape::Off | Tape::Recording(_) => panic!("an actor born for replay asked for {asked} outside of a replay"),
        }
    }

    fn refuse(&mut self, asked: &'static str, found: Option<Witness>) {
        if let Tape::Playing { bad, .. } = self {
            bad.get_or_insert(BadWitness::Unexpected { asked, recorded: name(found.as_ref()) });
        }
    }
}

fn name(witness: Option<&Witness>) -> &'static str {
    match witness {
        Some(Witness::Draw(_)) => "random bits",
        Some(Witness::Signature(_)) => "a signature",
        None => "nothing",
    }
}
