//! The recorder: turns steps into the hash chain, and into records where a full trace is wanted.

use super::chain::Chains;
use super::record::{Cause, Record, Step};
use super::stream::ZEROS;
use super::{Birth, Header, file, list};
use crate::{Canonical, Effects, Hash, Input, Protocol, Time};

/// How much is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing: for measuring the engine.
    Off,
    /// The hash chain of every node.
    Digest,
    /// The hash chain, and every step as a record.
    Full,
}

/// When and why a step happens.
#[derive(Clone, Copy, Debug)]
pub struct StepContext {
    /// The node's number.
    pub node: u32,
    /// The world's time.
    pub at: Time,
    /// The time on the node's clock.
    pub now: Time,
    /// What scheduled the input.
    pub cause: Option<Cause>,
    /// How much the node had scheduled before.
    pub scheduled: u64,
}

/// Records the steps of the nodes of one runtime.
pub struct Recorder {
    level: Level,
    chains: Chains,
    scratch: Vec<u8>,
    frames: Vec<u8>,
    steps: u64,
    /// How many records the trace has.
    records: u64,
}

impl Recorder {
    /// A recorder for `nodes` nodes.
    pub fn new(level: Level, nodes: usize) -> Recorder {
        let chains = Chains::new(if level == Level::Off { 0 } else { nodes });
        Recorder { level, chains, scratch: Vec::new(), frames: Vec::new(), steps: 0, records: 0 }
    }

    /// Goes on with a trace that has so many steps and records already.
    pub const fn resume(&mut self, steps: u64, records: u64) {
        (self.steps, self.records) = (steps, records);
    }

    fn write(&mut self, record: &Record) {
        self.records += 1;
        file::append(record, &mut self.frames);
    }

    /// A recorder that continues the hash chains of this one on its own. It keeps no trace.
    #[must_use]
    pub fn fork(&self) -> Recorder {
        let level = self.level.min(Level::Digest);
        let chains = self.chains.clone();
        Recorder { level, chains, scratch: Vec::new(), frames: Vec::new(), steps: self.steps, records: 0 }
    }

    /// How much is recorded.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// The effects buffer that this level needs.
    pub fn buffer<P: Protocol>(&self) -> Effects<P> {
        if self.level == Level::Full { Effects::recording() } else { Effects::default() }
    }

    /// Begins the trace.
    pub fn header(&mut self, header: Header) {
        if self.level == Level::Full {
            self.frames.extend_from_slice(file::MAGIC);
            self.write(&Record::Header(header));
        }
    }

    /// Records a birth.
    pub fn birth(&mut self, birth: Birth) {
        if self.level == Level::Full {
            self.write(&Record::Birth(birth));
        }
    }

    /// Notes the input of a step, before the actor consumes it. Gives the length of its bytes for [`end`](Self::end).
    #[inline(always)]
    pub fn begin<P: Protocol>(&mut self, now: Time, input: &Input<P>) -> usize {
        if self.level == Level::Off { 0 } else { self.note(now, input) }
    }

    fn note<P: Protocol>(&mut self, now: Time, input: &Input<P>) -> usize {
        self.scratch.clear();
        now.encode(&mut self.scratch);
        input.encode(&mut self.scratch);
        self.scratch.len()
    }

    /// Notes the effects of the step that [`begin`](Self::begin) began.
    #[inline]
    pub fn end<P: Protocol>(&mut self, begun: usize, context: StepContext, effects: &mut Effects<P>) {
        self.steps += 1;
        if self.level == Level::Off {
            return;
        }
        list::encode(effects.as_slice(), &mut self.scratch);
        let length = self.scratch.len();
        self.scratch.extend_from_slice(&ZEROS);
        self.chains.absorb_padded(context.node, &self.scratch, length);
        self.scratch.truncate(length);
        if self.level == Level::Full {
            self.keep(begun, context, effects);
        }
    }

    fn keep<P: Protocol>(&mut self, begun: usize, context: StepContext, effects: &mut Effects<P>) {
        const NOW: usize = size_of::<u64>();
        let StepContext { node, at, now, cause, scheduled } = context;
        let (input, effects_bytes) = (self.scratch[NOW..begun].to_vec(), self.scratch[begun..].to_vec());
        let witness = effects.take_witness();
        let step = Step { node, at, now, cause, scheduled, input, effects: effects_bytes, witness };
        self.write(&Record::Step(step));
    }

    /// Binds all steps so far into the heads, and gives the digest of the run. Zero when nothing is recorded.
    pub fn checkpoint(&mut self, at: Time) -> Hash {
        if self.level == Level::Off {
            return Hash::ZERO;
        }
        let digest = self.chains.checkpoint(at);
        if self.level == Level::Full {
            self.write(&Record::Checkpoint { at, digest });
        }
        digest
    }

    /// Ends the trace.
    pub fn finish(&mut self) {
        if self.level == Level::Full {
            self.write(&Record::End { steps: self.steps, records: self.records });
        }
    }

    /// Reads what the next step of a node will need, and does nothing else, so that the cache misses of many nodes overlap. What
    /// it returns means nothing.
    #[inline]
    pub fn touch(&self, node: u32) -> u64 {
        self.chains.touch(node)
    }

    /// Takes the bytes of the trace since the last call. The caller takes them often enough to bound them.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.frames)
    }

    /// Bytes of the trace that wait to be taken.
    pub fn waiting_bytes(&self) -> usize {
        self.frames.len()
    }

    /// How many steps were taken, at any level.
    pub const fn steps(&self) -> u64 {
        self.steps
    }
}
