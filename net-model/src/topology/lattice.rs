//! Regular arrangements: rings and grids.

use super::graph::Graph;

/// Each node and its `degree / 2` nearest on either side, round the numbers.
pub(super) fn ring(nodes: u32, degree: u32) -> Graph {
    let reach = u64::from((degree / 2).min(nodes.saturating_sub(1)));
    let nodes_wide = u64::from(nodes);
    let neighbours = |node: u64| {
        let mut list: Vec<u32> = (1..=reach)
            .flat_map(|step| [(node + step) % nodes_wide, (node + nodes_wide - step) % nodes_wide])
            .map(|other| other as u32)
            .collect();
        // On a short ring both ways lead to the same node.
        list.sort_unstable();
        list.dedup();
        list
    };
    Graph::from_lists((0..nodes_wide).map(neighbours).collect())
}

/// Rows of `columns` nodes, the last one possibly shorter; each node is linked with those beside, above and below it. With
/// `wrapped`, the first and the last of a row and of a column are linked as well: a torus.
pub(super) fn grid(nodes: u32, columns: u32, wrapped: bool) -> Graph {
    let mut lists: Vec<Vec<u32>> = vec![Vec::new(); nodes as usize];
    let mut link = |a: u32, b: u32| {
        if a != b && !lists[a as usize].contains(&b) {
            lists[a as usize].push(b);
            lists[b as usize].push(a);
        }
    };
    for node in 0..nodes {
        let column = node % columns;
        let row_start = node - column;
        if column + 1 < columns && node + 1 < nodes {
            link(node, node + 1);
        } else if wrapped {
            link(node, row_start);
        }
        match node.checked_add(columns).filter(|&below| below < nodes) {
            Some(below) => link(node, below),
            None if wrapped => link(node, column),
            None => {}
        }
    }
    Graph::from_lists(lists)
}

/// The number of columns that makes a grid of `nodes` nodes nearly square: the least whose square is not smaller.
pub fn square_columns(nodes: u32) -> u32 {
    let root = libm::sqrt(f64::from(nodes)) as u32;
    let enough = |columns: u32| u64::from(columns) * u64::from(columns) >= u64::from(nodes);
    (root.saturating_sub(1)..=root + 1).find(|&columns| enough(columns)).unwrap_or(root + 1).max(1)
}
