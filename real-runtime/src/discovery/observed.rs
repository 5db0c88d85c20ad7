//! What peers say about where this node seems to be.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use contract::PeerId;

/// The most peers whose word is kept.
const WITNESSES_MAX: usize = 64;

/// The word of each peer that has named an address, the last one of each.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    by: BTreeMap<PeerId, SocketAddr>,
}

impl Observed {
    /// `witness` says that this node dials from `address`.
    pub fn hear(&mut self, witness: PeerId, address: SocketAddr) {
        if self.by.len() >= WITNESSES_MAX && !self.by.contains_key(&witness) {
            self.by.pop_first();
        }
        self.by.insert(witness, address);
    }

    /// The address on which most peers agree, with their number. One peer alone is not believed.
    pub fn agreed(&self) -> Option<(SocketAddr, usize)> {
        let mut votes = BTreeMap::<SocketAddr, usize>::new();
        self.by.values().for_each(|address| *votes.entry(*address).or_default() += 1);
        votes.into_iter().max_by_key(|(_, count)| *count).filter(|(_, count)| *count >= 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_peers_are_believed_and_one_is_not() {
        let (here, there) = (SocketAddr::from(([127, 0, 0, 1], 1)), SocketAddr::from(([127, 0, 0, 1], 2)));
        let peer = |number: usize| PeerId::simulated(number as u64);
        let mut observed = Observed::default();
        observed.hear(peer(1), there);
        observed.hear(peer(1), there);
        assert_eq!(observed.agreed(), None);
        observed.hear(peer(2), here);
        observed.hear(peer(3), here);
        assert_eq!(observed.agreed(), Some((here, 2)));
        (4..1000).for_each(|number| observed.hear(peer(number), here));
        assert_eq!(observed.by.len(), WITNESSES_MAX);
    }
}
