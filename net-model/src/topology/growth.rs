//! Graphs that grow, and lattices that are rewired.

use contract::draws::{Draws, Key, below, open_unit};

use super::draft::Draft;
use super::graph::Graph;

/// Preferential attachment (Barabási and Albert, "Emergence of scaling in random networks", Science 286, 1999): the first
/// `newcomer + 1` nodes know each other; each further one links to `newcomer` different earlier nodes, drawn in proportion
/// to their degrees. A uniform end of a uniform link is such a node (Batagelj and Brandes 2005), so a draw takes
/// constant time. Draws: entity = the newcomer.
pub(super) fn barabasi_albert(nodes: u32, newcomer: u32, key: Key) -> Graph {
    let core = (newcomer + 1).min(nodes);
    let mut draft = Draft::new(nodes);
    let mut ends: Vec<u32> = Vec::with_capacity(2 * nodes as usize * newcomer as usize);
    for high in 1..core {
        for low in 0..high {
            draft.link(high, low);
            ends.extend([high, low]);
        }
    }
    for node in core..nodes {
        let mut draws = Draws::new(key, u64::from(node));
        let known = ends.len() as u64;
        while draft.degree(node) < newcomer {
            for bits in draws.draw() {
                let other = ends[below(bits, known) as usize];
                if draft.degree(node) < newcomer && draft.link(node, other) {
                    ends.extend([node, other]);
                }
            }
        }
    }
    draft.finish()
}

/// A small world (Watts and Strogatz, "Collective dynamics of 'small-world' networks", Nature 393, 1998): a ring of `degree / 2`
/// neighbours on either side, whose links keep one end and move the other to a uniform node with probability `rewired`.
/// A node that is linked with everybody keeps its links. Draws: entity = node, occurrence = distance on the ring.
pub(super) fn watts_strogatz(nodes: u32, degree: u32, rewired: f64, key: Key) -> Graph {
    let mut draft = Draft::new(nodes);
    let reach = degree / 2;
    let distances = || (1..=reach).flat_map(|step| (0..nodes).map(move |node| (node, step)));
    let ahead = |node: u32, step: u32| ((u64::from(node) + u64::from(step)) % u64::from(nodes)) as u32;
    for (node, step) in distances() {
        draft.link(node, ahead(node, step));
    }
    for (node, step) in distances() {
        let mut stream = Draws::new(key, u64::from(node) << 32 | u64::from(step));
        let [bits, mut choice] = stream.draw();
        let old = ahead(node, step);
        if open_unit(bits) >= rewired || draft.degree(node) >= nodes - 1 || !draft.linked(node, old) {
            continue;
        }
        loop {
            let other = below(choice, u64::from(nodes)) as u32;
            if draft.link(node, other) {
                draft.cut(node, old);
                break;
            }
            [choice, _] = stream.draw();
        }
    }
    draft.finish()
}
