//! Graphs without a structure: every link, or every end of a link, is drawn alike.

use contract::draws::{Draws, Key, below, open_unit};

use super::draft::Draft;
use super::graph::Graph;

/// Pairs (higher, lower) in ascending order, in time proportional to nodes and links: the gaps between links of a row are
/// geometric, so each draw leaps to the next link (Batagelj and Brandes, "Efficient generation of large random networks",
/// Physical Review E 71, 2005). Rows draw separately: entity = the higher node.
pub(super) fn erdos_renyi(nodes: u32, connectivity: f64, key: Key) -> Vec<[u32; 2]> {
    let mut links = Vec::new();
    if connectivity == 0.0 {
        return links;
    }
    let log_absent = libm::log1p(-connectivity);
    for high in 1..nodes {
        let (mut low, mut draw) = (0, 0);
        loop {
            let [bits, _] = key.draw(u64::from(high), draw);
            // The cast saturates: a gap beyond the row ends it.
            let gap = (libm::log(open_unit(bits)) / log_absent) as u64;
            low = u64::saturating_add(low, gap);
            if low >= u64::from(high) {
                break;
            }
            links.push([high, low as u32]);
            (low, draw) = (low + 1, draw + 1);
        }
    }
    links
}

/// Every node has `degree` neighbours: free ends are joined in uniform pairs, where no such link exists yet (Steger and Wormald,
/// "Generating random regular graphs quickly", 1999; asymptotically uniform for small degrees). If the last ends cannot be
/// joined, a uniform link is cut and its ends are joined with them. Above half of the possible degree the complement is
/// drawn. `nodes · degree` is even, and `degree` below `nodes`.
pub(super) fn random_regular(nodes: u32, degree: u32, key: Key) -> Graph {
    let complement = nodes.saturating_sub(1) - degree.min(nodes.saturating_sub(1));
    if complement < degree {
        return regular(nodes, complement, key).complement();
    }
    regular(nodes, degree, key).finish()
}

fn regular(nodes: u32, degree: u32, key: Key) -> Draft {
    let mut draft = Draft::new(nodes);
    let mut free: Vec<u32> = (0..nodes).flat_map(|node| (0..degree).map(move |_| node)).collect();
    let mut draws = Draws::new(key, 0);
    let mut failures = 0;
    while !free.is_empty() {
        let [first, second] = draws.draw();
        let a = free.swap_remove(below(first, free.len() as u64) as usize);
        let place = below(second, free.len() as u64) as usize;
        if draft.link(a, free[place]) {
            free.swap_remove(place);
            failures = 0;
            continue;
        }
        free.push(a);
        failures += 1;
        // So many failures in a row are all but impossible while pairs of ends are left that can be joined.
        if failures > 32 * free.len() {
            let b = free.swap_remove(place);
            let a = free.pop().unwrap_or(b);
            interpose(&mut draft, [a, b], &mut draws);
            failures = 0;
        }
    }
    draft
}

/// Cuts a link (c, d) and makes (a, c) and (b, d) of it.
fn interpose(draft: &mut Draft, [a, b]: [u32; 2], draws: &mut Draws) {
    loop {
        let [node, index] = draws.draw();
        let c = below(node, u64::from(draft.nodes())) as u32;
        let Some(d) = draft.neighbours(c).get(below(index, u64::from(draft.degree(c))) as usize).copied() else {
            continue;
        };
        if [a, b].contains(&c) || [a, b].contains(&d) || draft.linked(a, c) || draft.linked(b, d) {
            continue;
        }
        draft.cut(c, d);
        draft.link(a, c);
        draft.link(b, d);
        return;
    }
}
