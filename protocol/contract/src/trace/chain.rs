//! The hash chain of a node, and the digest of a run over the heads of its nodes.
//!
//! A node's steps stream through the lanes of XXH64; at a checkpoint of virtual time their 256 bits are bound into a BLAKE3 chain.
//! The streamed hash is not collision-resistant against somebody who chooses the steps: a digest shows whether two runs are
//! the same, it is no seal. It does not depend on how the steps of different nodes interleave.

use super::stream::Stream;
use crate::{Hash, Time};

/// The chain of one node.
#[derive(Clone, Default)]
pub struct NodeChain {
    stream: Stream,
    head: Hash,
}

impl NodeChain {
    /// Takes in the canonical bytes of one step.
    pub fn absorb(&mut self, step: &[u8]) {
        self.stream.absorb(step);
    }

    /// Binds what was absorbed since the last checkpoint into the head. Without new steps the head stays.
    pub fn checkpoint(&mut self) -> Hash {
        bind(&mut self.stream, &mut self.head)
    }
}

/// The chains of many nodes: what each step touches lies apart from what only checkpoints touch.
#[derive(Clone, Default)]
pub(super) struct Chains {
    streams: Vec<Stream>,
    heads: Vec<Hash>,
}

impl Chains {
    pub(super) fn new(nodes: usize) -> Chains {
        Chains { streams: vec![Stream::default(); nodes], heads: vec![Hash::ZERO; nodes] }
    }

    #[inline]
    pub(super) fn absorb_padded(&mut self, node: u32, padded: &[u8], length: usize) {
        self.streams[node as usize].absorb_padded(padded, length);
    }

    /// Reads what the next step of a node will need.
    #[inline]
    pub(super) fn touch(&self, node: u32) -> u64 {
        self.streams.get(node as usize).map_or(0, |stream| stream.pieces)
    }

    /// Binds what was absorbed into the heads, and gives the digest over them.
    pub(super) fn checkpoint(&mut self, at: Time) -> Hash {
        let chains = self.streams.iter_mut().zip(&mut self.heads);
        run_digest(at, chains.map(|(stream, head)| bind(stream, head)))
    }
}

/// Bytes that are hashed at once: of a long piece at such a multiple, BLAKE3 takes many blocks side by side.
const PIECE: usize = 64 << 10;

fn bind(stream: &mut Stream, head: &mut Hash) -> Hash {
    if stream.pieces > 0 {
        let mut bytes = [0; 72];
        bytes[..32].copy_from_slice(head.as_bytes());
        bytes[32..64].copy_from_slice(&stream.finish());
        bytes[64..].copy_from_slice(&stream.pieces.to_le_bytes());
        *head = Hash::blake3(&[&bytes]);
        *stream = Stream::default();
    }
    *head
}

/// The digest of a run at a checkpoint: over the heads of all nodes in the order of their numbers.
pub fn run_digest(at: Time, heads: impl Iterator<Item = Hash>) -> Hash {
    let mut hasher = blake3::Hasher::new();
    let mut waiting = Vec::with_capacity(PIECE + size_of::<Hash>());
    waiting.extend_from_slice(b"dunbar/run/v1");
    waiting.extend_from_slice(&at.as_nanos().to_le_bytes());
    for head in heads {
        waiting.extend_from_slice(head.as_bytes());
        if waiting.len() >= PIECE {
            hasher.update(&waiting[..PIECE]);
            waiting.drain(..PIECE);
        }
    }
    Hash::from_bytes(*hasher.update(&waiting).finalize().as_bytes())
}
