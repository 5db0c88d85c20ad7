//! A graph under construction: whoever is linked already is not linked again.

use super::graph::Graph;

/// The neighbours of each node, in the order in which they were linked.
pub(super) struct Draft(Vec<Vec<u32>>);

impl Draft {
    pub(super) fn new(nodes: u32) -> Draft {
        Draft(vec![Vec::new(); nodes as usize])
    }

    /// How many neighbours a node has so far.
    pub(super) fn degree(&self, node: u32) -> u32 {
        self.0[node as usize].len() as u32
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

    pub(super) fn finish(self) -> Graph {
        Graph::from_lists(self.0)
    }
}
