//! Identities and node numbers. Numbers are dense and local to a world; identities cross the seam.

use contract::PeerId;

#[expect(clippy::disallowed_types, reason = "looked up by key only, never iterated")]
type Numbers = rustc_hash::FxHashMap<PeerId, u32>;

/// Who the nodes of a world are.
#[derive(Clone, Debug)]
pub enum Directory {
    /// Numbered stand-ins: node `i` is `PeerId::simulated(i)`. Nothing is stored.
    Simulated {
        /// How many nodes there are.
        nodes: u32,
    },
    /// Real keys.
    Keys(Keys),
}

/// Real keys by number, and numbers by key.
#[derive(Clone, Debug)]
pub struct Keys {
    peers: Vec<PeerId>,
    numbers: Numbers,
}

impl Directory {
    /// A directory of these identities in this order.
    pub fn of(peers: Vec<PeerId>) -> Directory {
        let simulated = peers.iter().zip(0u64..).all(|(peer, number)| peer.simulated_number() == Some(number));
        if simulated {
            return Directory::Simulated { nodes: peers.len() as u32 };
        }
        let numbers = peers.iter().copied().zip(0u32..).collect();
        Directory::Keys(Keys { peers, numbers })
    }

    /// A node whose identity is that of another node.
    pub(crate) fn twin(&self) -> Option<(u32, PeerId)> {
        let Directory::Keys(keys) = self else { return None };
        // Of equal identities the last one has the entry.
        let is_twin = |(number, peer): &(u32, &PeerId)| keys.numbers.get(*peer) != Some(number);
        let first = (0..).zip(&keys.peers).find(is_twin)?;
        Some((keys.numbers[first.1], *first.1))
    }

    /// How many nodes there are.
    pub fn len(&self) -> u32 {
        match self {
            Directory::Simulated { nodes } => *nodes,
            Directory::Keys(keys) => keys.peers.len() as u32,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of a node, or `None` for a stranger.
    #[inline]
    pub fn number(&self, peer: &PeerId) -> Option<u32> {
        match self {
            Directory::Simulated { nodes } => {
                let number = peer.simulated_number()?;
                (number < u64::from(*nodes)).then_some(number as u32)
            }
            Directory::Keys(keys) => keys.numbers.get(peer).copied(),
        }
    }

    /// The identity of a node.
    ///
    /// # Panics
    /// If there is no such node.
    #[inline]
    pub fn peer(&self, number: u32) -> PeerId {
        match self {
            Directory::Simulated { .. } => PeerId::simulated(u64::from(number)),
            Directory::Keys(keys) => keys.peers[number as usize],
        }
    }

    /// Whether identities are numbered stand-ins.
    pub const fn is_simulated(&self) -> bool {
        matches!(self, Directory::Simulated { .. })
    }
}
