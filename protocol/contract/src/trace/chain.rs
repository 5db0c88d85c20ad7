//! The hash chain of a node, and the digest of a run over the heads of its nodes.
//!
//! A node's steps stream through SipHash-1-3 with 128 bits of output, whose state is 72 bytes; at a checkpoint of
//! virtual time the result is bound into a BLAKE3 chain. The streamed hash is not collision-resistant against somebody who
//! chooses the steps: a digest shows whether two runs are the same, it is no seal. It does not depend on how the
//! steps of different nodes interleave.

use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::{Hash, Time};

/// The chain of one node.
#[derive(Clone)]
pub struct NodeChain {
    head: Hash,
    stream: SipHasher13,
    pending: u64,
}

impl Default for NodeChain {
    fn default() -> Self {
        NodeChain { head: Hash::ZERO, stream: fresh(), pending: 0 }
    }
}

fn fresh() -> SipHasher13 {
    SipHasher13::new_with_key(b"dunbar/chain/v1\0")
}

impl NodeChain {
    /// Takes in the canonical bytes of one step.
    #[inline]
    pub fn absorb(&mut self, step: &[u8]) {
        self.stream.write(step);
        self.pending += 1;
    }

    /// Binds what was absorbed since the last checkpoint into the head. Without new steps the head stays.
    pub fn checkpoint(&mut self) -> Hash {
        if self.pending > 0 {
            let streamed = self.stream.finish128().as_bytes();
            self.head = Hash::blake3(&[self.head.as_bytes(), &streamed, &self.pending.to_le_bytes()]);
            self.stream = fresh();
            self.pending = 0;
        }
        self.head
    }
}

/// The digest of a run at a checkpoint: over the heads of all nodes in the order of their numbers.
pub fn run_digest(at: Time, heads: impl Iterator<Item = Hash>) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"dunbar/run/v1").update(&at.as_nanos().to_le_bytes());
    for head in heads {
        hasher.update(head.as_bytes());
    }
    Hash::from_bytes(*hasher.finalize().as_bytes())
}
