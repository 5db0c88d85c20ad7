//! A graph under construction: whoever is linked already is not linked again.

use super::graph::Graph;

/// The neighbours of each node, in the order in which they were linked.
pub(super) struct Draft(Vec<Vec<u32>>);

impl Draft {
    pub(super) fn new(nodes: u32) -> Draft {
        Draft(vec![Vec::new(); nodes as usize])
    }

    pub(super) fn nodes(&self) -> u32 {
        self.0.len() as u32
    }

    /// How many neighbours a node has so far.
    pub(super) fn degree(&self, node: u32) -> u32 {
        self.0[node as usize].len() as u32
    }

    /// The neighbours of a node so far.
    pub(super) fn neighbours(&self, node: u32) -> &[u32] {
        &self.0[node as usize]
    }

    /// Whether two nodes are linked. It takes as long as the first has neighbours.
    pub(super) fn linked(&self, a: u32, b: u32) -> bool {
        self.0[a as usize].contains(&b)
    }

    /// Links two nodes, unless they are one or are linked already. It takes as long as the first has neighbours.
    pub(super) fn link(&mut self, a: u32, b: u32) -> bool {
        let new = a != b && !self.linked(a, b);
        if new {
            self.0[a as usize].push(b);
            self.0[b as usize].push(a);
        }
        new
    }

    /// Removes a link, if it is there.
    pub(super) fn cut(&mut self, a: u32, b: u32) {
        self.0[a as usize].retain(|&other| other != b);
        self.0[b as usize].retain(|&other| other != a);
    }

    pub(super) fn finish(self) -> Graph {
        Graph::from_lists(self.0)
    }

    /// The graph of all links that are not there.
    pub(super) fn complement(self) -> Graph {
        let nodes = self.nodes();
        let others = |(node, mut list): (u32, Vec<u32>)| {
            list.push(node);
            list.sort_unstable();
            (0..nodes).filter(|other| list.binary_search(other).is_err()).collect()
        };
        Graph::from_lists((0..nodes).zip(self.0).map(others).collect())
    }
}
