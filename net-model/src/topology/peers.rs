//! Nodes that choose whom they open links to.

use std::ops::Range;

use contract::draws::{Draws, Key, below, open_unit};

use super::degrees::OutboundDegrees;
use super::draft::Draft;
use super::graph::Graph;

/// SimBlock's Bitcoin network (`BitcoinCoreTable`): in order of their numbers, nodes open as many links as the distribution
/// says, each to somebody drawn uniformly among those with whom there is no link yet in either direction. A node that is
/// linked with everybody opens no more. Draws: entity = node; the first is its number of links.
pub(super) fn outbound(nodes: u32, degrees: &OutboundDegrees, key: Key) -> Graph {
    let mut draft = Draft::new(nodes);
    for node in 0..nodes {
        let mut draws = Draws::new(key, u64::from(node));
        let [bits, _] = draws.draw();
        let wanted = degrees.sample(bits).min(nodes - 1 - draft.degree(node));
        let mut opened = 0;
        while opened < wanted {
            let [bits, _] = draws.draw();
            opened += u32::from(draft.link(node, below(bits, u64::from(nodes)) as u32));
        }
    }
    draft.finish()
}

/// Nodes of regions that prefer their own: in order of their numbers, each opens `opened` links, each with probability
/// `local_share` to a uniform node of its own region and otherwise to one of the others, to somebody with whom there is no
/// link yet. Where one of the two has nobody left, the other is taken. Draws: entity = node.
pub(super) fn region_aware(regions: &[u16], opened: u32, local_share: f64, key: Key) -> Graph {
    let nodes = regions.len() as u32;
    let by_region = ByRegion::new(regions);
    let mut draft = Draft::new(nodes);
    for node in 0..nodes {
        let mut draws = Draws::new(key, u64::from(node));
        let own = by_region.span(regions[node as usize]);
        for _ in 0..opened.min(nodes - 1 - draft.degree(node)) {
            let local_links = draft.neighbours(node).iter().filter(|&&n| regions[n as usize] == regions[node as usize]);
            let local_links = local_links.count();
            let distant_links = draft.degree(node) as usize - local_links;
            let local_free = own.len() - 1 > local_links;
            let distant_free = nodes as usize - own.len() > distant_links;
            let [bits, mut choice] = draws.draw();
            let local = local_free && (!distant_free || open_unit(bits) < local_share);
            while !draft.link(node, by_region.pick(choice, &own, local)) {
                [choice, _] = draws.draw();
            }
        }
    }
    draft.finish()
}

/// Nodes in the order of their regions.
struct ByRegion {
    sorted: Vec<u32>,
    /// Where each region begins, and the end.
    starts: Vec<usize>,
}

impl ByRegion {
    fn new(regions: &[u16]) -> ByRegion {
        let mut sorted: Vec<u32> = (0..regions.len() as u32).collect();
        sorted.sort_by_key(|&node| regions[node as usize]);
        let last = regions.iter().max().map_or(0, |&region| region + 1);
        let begin = |region: u16| sorted.partition_point(|&node| regions[node as usize] < region);
        let starts = (0..=last).map(begin).collect();
        ByRegion { sorted, starts }
    }

    fn span(&self, region: u16) -> Range<usize> {
        self.starts[usize::from(region)]..self.starts[usize::from(region) + 1]
    }

    /// A uniform node of the span, or of all others.
    fn pick(&self, bits: u64, own: &Range<usize>, local: bool) -> u32 {
        if local {
            return self.sorted[own.start + below(bits, own.len() as u64) as usize];
        }
        let place = below(bits, (self.sorted.len() - own.len()) as u64) as usize;
        self.sorted[if place < own.start { place } else { place + own.len() }]
    }
}
