//! Nodes that choose whom they open links to.

use contract::draws::{Draws, Key, below};

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
