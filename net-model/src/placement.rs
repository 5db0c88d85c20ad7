//! Who is where, and how he is connected.

use std::ops::Range;

use contract::Seed;

use crate::profile::{Line, Profile};

/// The region and the access line of every node of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    nodes: u32,
    /// By node; empty if there is one region and one line.
    places: Vec<Place>,
    /// By node; empty if there is one region.
    regions: Vec<u16>,
    /// The different lines.
    lines: Vec<Line>,
}

/// Where one node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) region: u16,
    /// Which of the lines it has.
    pub(crate) line: u16,
}

/// What some nodes have instead of what the profile draws for them.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// The nodes.
    pub nodes: Range<u32>,
    /// Their region, by its place in the profile.
    pub region: Option<u16>,
    /// Their connection, by its place in the profile.
    pub connection: Option<u16>,
    /// Bits per second from them, at least 1.
    pub upload_bps: Option<u64>,
    /// Bits per second to them, at least 1.
    pub download_bps: Option<u64>,
}

impl Placement {
    /// Each node draws its region and its connection by the profile's shares: world seed, purposes `region` and `connection`, entity =
    /// node. Then overrides apply, the later ones over the earlier. A draw that is overridden moves no other.
    ///
    /// # Panics
    /// If an override names a region or connection that the profile has not, or there are more than 65,536 different lines.
    pub fn drawn(profile: &Profile, nodes: u32, overrides: &[Override], world: &Seed) -> Placement {
        let (shares, connections) = (profile.shares(), profile.connections());
        if shares.len() == 1 && connections.is_empty() && overrides.is_empty() {
            return Placement { nodes, places: Vec::new(), regions: Vec::new(), lines: vec![profile.line(0, 0)] };
        }
        let mut regions = draw(nodes, world, "region", shares);
        let shares: Vec<f64> = connections.iter().map(|connection| connection.share).collect();
        let mut connections =
            if shares.is_empty() { vec![0; nodes as usize] } else { draw(nodes, world, "connection", &shares) };
        let mut rates: Vec<[Option<u64>; 2]> = Vec::new();
        for change in overrides {
            let span = change.nodes.start as usize..change.nodes.end as usize;
            if let Some(region) = change.region {
                assert!(usize::from(region) < profile.regions().len(), "an override names region {region}");
                regions[span.clone()].fill(region);
            }
            if let Some(connection) = change.connection {
                connections[span.clone()].fill(connection);
            }
            if change.upload_bps.is_some() || change.download_bps.is_some() {
                rates.resize(nodes as usize, [None; 2]);
                for [upload, download] in &mut rates[span] {
                    *upload = change.upload_bps.or(*upload);
                    *download = change.download_bps.or(*download);
                }
            }
        }
        let mut lines: Vec<Line> = Vec::new();
        let place = |((region, connection), node): ((&u16, u16), usize)| {
            let mut line = profile.line(*region, connection);
            let [upload, download] = rates.get(node).copied().unwrap_or_default();
            line.bandwidth.upload_bps = upload.unwrap_or(line.bandwidth.upload_bps);
            line.bandwidth.download_bps = download.unwrap_or(line.bandwidth.download_bps);
            let known = lines.iter().position(|known| *known == line).unwrap_or_else(|| {
                lines.push(line);
                lines.len() - 1
            });
            Place { region: *region, line: u16::try_from(known).expect("there are at most 65,536 different lines") }
        };
        let places: Vec<Place> = regions.iter().zip(connections).zip(0..).map(place).collect();
        let regions = if profile.regions().len() == 1 { Vec::new() } else { regions };
        Placement { nodes, places, regions, lines }
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
        self.place(node).region
    }

    /// The access of a node.
    pub fn line(&self, node: u32) -> Line {
        self.lines[usize::from(self.place(node).line)]
    }

    #[inline(always)]
    pub(crate) fn place(&self, node: u32) -> Place {
        if self.places.is_empty() { Place::default() } else { self.places[node as usize] }
    }

    /// The different lines, by the numbers that places have.
    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Bytes on the heap.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.places.capacity() * size_of::<Place>()
            + self.regions.capacity() * size_of::<u16>()
            + self.lines.capacity() * size_of::<Line>()
    }
}

/// One of the shares for every node.
fn draw(nodes: u32, world: &Seed, purpose: &str, shares: &[f64]) -> Vec<u16> {
    if shares.len() == 1 {
        return vec![0; nodes as usize];
    }
    let (key, shares) = (world.key(purpose), Shares::new(shares));
    (0..nodes).map(|node| shares.pick(key.draw(u64::from(node), 0)[0]) as u16).collect()
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
