//! Who is where: the region of every node.

use contract::Seed;

use crate::profile::Profile;

/// The region of every node of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    nodes: u32,
    /// By node; empty if there is one region.
    regions: Vec<u16>,
}

impl Placement {
    /// Each node draws its region by the profile's shares: world seed, purpose `region`, entity = node.
    pub fn drawn(profile: &Profile, nodes: u32, world: &Seed) -> Placement {
        let shares = profile.shares();
        if shares.len() == 1 {
            return Placement { nodes, regions: Vec::new() };
        }
        let (key, shares) = (world.key("region"), Shares::new(shares));
        let regions = (0..nodes).map(|node| shares.pick(key.draw(u64::from(node), 0)[0]) as u16).collect();
        Placement { nodes, regions }
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> u32 {
        self.nodes
    }

    /// The region of each node, as its place in the profile; empty if there is one region.
    pub fn regions(&self) -> &[u16] {
        &self.regions
    }

    /// The region of a node, as its place in the profile.
    #[inline]
    pub fn region(&self, node: u32) -> u16 {
        if self.regions.is_empty() { 0 } else { self.regions[node as usize] }
    }

    /// Bytes on the heap.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.regions.capacity() * size_of::<u16>()
    }
}

/// Shares that sum to one, as bounds for uniform bits.
struct Shares {
    bounds: Vec<u64>,
    /// Rounding may leave the last bound a little below 2⁶⁴; what lies above belongs to the last that has a share.
    last: usize,
}

impl Shares {
    fn new(shares: &[f64]) -> Shares {
        let sums = shares.iter().scan(0.0, |sum, share| {
            *sum += share;
            Some(share_of_64_bits(*sum))
        });
        Shares { bounds: sums.collect(), last: shares.iter().rposition(|&share| share > 0.0).unwrap_or(0) }
    }

    fn pick(&self, bits: u64) -> usize {
        self.bounds.iter().position(|&bound| bits < bound).unwrap_or(self.last)
    }
}

/// Probability `share` as a bound for 64 uniform bits: bits below it are the event. A power of two scales without rounding,
/// and the cast saturates.
pub(crate) fn share_of_64_bits(share: f64) -> u64 {
    (share * 18_446_744_073_709_551_616.0) as u64
}
