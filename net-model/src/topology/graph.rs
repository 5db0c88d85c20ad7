//! A graph without directions, compact enough for a million nodes.

use std::iter::Chain;
use std::ops::Range;

/// Numbered nodes and their links. A complete graph stores no link; others store each twice in one array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    nodes: u32,
    links: Links,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Links {
    Complete,
    /// The neighbours of `node` are `neighbours[offsets[node]..offsets[node + 1]]`, in ascending order.
    Listed {
        offsets: Vec<u32>,
        neighbours: Vec<u32>,
    },
}

/// The neighbours of a node, in ascending order.
#[derive(Clone, Debug)]
pub struct Neighbours<'a>(Inner<'a>);

#[derive(Clone, Debug)]
enum Inner<'a> {
    Complete(Chain<Range<u32>, Range<u32>>),
    Listed(std::iter::Copied<std::slice::Iter<'a, u32>>),
}

/// How many neighbours nodes have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Degrees {
    /// The least.
    pub min: u32,
    /// The mean: twice the links over the nodes.
    pub mean: f64,
    /// The most.
    pub max: u32,
}

impl Graph {
    /// Everybody is linked with everybody else.
    pub(super) fn complete(nodes: u32) -> Graph {
        Graph { nodes, links: Links::Complete }
    }

    /// `links` are different pairs (higher, lower) of nodes, in ascending order.
    pub(super) fn from_links(nodes: u32, links: &[[u32; 2]]) -> Graph {
        let mut offsets = vec![0u32; nodes as usize + 1];
        for &node in links.as_flattened() {
            offsets[node as usize + 1] += 1;
        }
        for node in 0..nodes as usize {
            offsets[node + 1] += offsets[node];
        }
        let mut next = offsets.clone();
        let mut neighbours = vec![0; links.len() * 2];
        // Row by row, a node first meets its lower neighbours and then, in later rows, its higher ones: lists come out sorted.
        for &[high, low] in links {
            for (node, neighbour) in [(high, low), (low, high)] {
                let place = &mut next[node as usize];
                neighbours[*place as usize] = neighbour;
                *place += 1;
            }
        }
        Graph { nodes, links: Links::Listed { offsets, neighbours } }
    }

    /// The neighbours of every node, in any order; each link is in the lists of both its ends.
    pub(super) fn from_lists(lists: Vec<Vec<u32>>) -> Graph {
        let mut offsets = Vec::with_capacity(lists.len() + 1);
        let mut neighbours = Vec::with_capacity(lists.iter().map(Vec::len).sum());
        offsets.push(0);
        for list in &lists {
            let begin = neighbours.len();
            neighbours.extend_from_slice(list);
            neighbours[begin..].sort_unstable();
            offsets.push(neighbours.len() as u32);
        }
        Graph { nodes: lists.len() as u32, links: Links::Listed { offsets, neighbours } }
    }

    /// The same graph with further links; those that it has, and links of a node to itself, are nothing.
    ///
    /// # Panics
    /// If there is no such node.
    #[must_use]
    pub fn with_links(self, links: &[[u32; 2]]) -> Graph {
        let new = links.iter().filter(|[a, b]| a != b && !self.linked(*a, *b));
        let new: std::collections::BTreeSet<[u32; 2]> = new.map(|[a, b]| [*a.min(b), *a.max(b)]).collect();
        if new.is_empty() {
            return self;
        }
        let mut lists: Vec<Vec<u32>> = (0..self.nodes).map(|node| self.neighbours(node).collect()).collect();
        for [a, b] in new {
            lists[a as usize].push(b);
            lists[b as usize].push(a);
        }
        Graph::from_lists(lists)
    }

    /// Whether everybody is linked with everybody by rule, and no link is stored.
    pub(super) fn is_complete(&self) -> bool {
        self.links == Links::Complete
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> u32 {
        self.nodes
    }

    /// How many links there are.
    pub fn links(&self) -> u64 {
        match &self.links {
            Links::Complete => u64::from(self.nodes) * u64::from(self.nodes.saturating_sub(1)) / 2,
            Links::Listed { neighbours, .. } => neighbours.len() as u64 / 2,
        }
    }

    /// The neighbours of `node`, in ascending order.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn neighbours(&self, node: u32) -> Neighbours<'_> {
        assert!(node < self.nodes, "node {node} of {}", self.nodes);
        Neighbours(match &self.links {
            Links::Complete => Inner::Complete((0..node).chain(node + 1..self.nodes)),
            Links::Listed { offsets, neighbours } => Inner::Listed(neighbours[span(offsets, node)].iter().copied()),
        })
    }

    /// How many neighbours `node` has.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn degree(&self, node: u32) -> u32 {
        self.neighbours(node).len() as u32
    }

    /// The neighbour of `node` at `index` of the ascending order, in constant time; none beyond the last. With a uniform index
    /// it is a uniform neighbour.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn neighbour(&self, node: u32, index: u32) -> Option<u32> {
        self.neighbours(node).nth(index as usize)
    }

    /// Whether two nodes are linked. Nobody is linked with itself.
    pub fn linked(&self, a: u32, b: u32) -> bool {
        match &self.links {
            Links::Complete => a != b && a.max(b) < self.nodes,
            Links::Listed { offsets, neighbours } => {
                a.max(b) < self.nodes && neighbours[span(offsets, a)].binary_search(&b).is_ok()
            }
        }
    }

    /// The component of each node: the lowest-numbered node that it can reach.
    pub fn components(&self) -> Vec<u32> {
        if self.is_complete() {
            return vec![0; self.nodes as usize];
        }
        const UNSEEN: u32 = u32::MAX;
        let mut component = vec![UNSEEN; self.nodes as usize];
        let mut open = Vec::new();
        for root in 0..self.nodes {
            if component[root as usize] != UNSEEN {
                continue;
            }
            component[root as usize] = root;
            open.push(root);
            while let Some(node) = open.pop() {
                for neighbour in self.neighbours(node) {
                    if component[neighbour as usize] == UNSEEN {
                        component[neighbour as usize] = root;
                        open.push(neighbour);
                    }
                }
            }
        }
        component
    }

    /// Whether every node can reach every other. A graph without nodes is connected.
    pub fn is_connected(&self) -> bool {
        self.components().iter().all(|&component| component == 0)
    }

    /// How many neighbours nodes have; all zero for a graph without nodes.
    pub fn degrees(&self) -> Degrees {
        let degrees = || (0..self.nodes).map(|node| self.degree(node));
        let mean = if self.nodes == 0 { 0.0 } else { 2.0 * self.links() as f64 / f64::from(self.nodes) };
        Degrees { min: degrees().min().unwrap_or(0), mean, max: degrees().max().unwrap_or(0) }
    }

    /// Bytes that this graph occupies, its heap included.
    pub fn memory_bytes(&self) -> usize {
        let heap = match &self.links {
            Links::Complete => 0,
            Links::Listed { offsets, neighbours } => offsets.capacity() + neighbours.capacity(),
        };
        size_of::<Graph>() + heap * size_of::<u32>()
    }
}

fn span(offsets: &[u32], node: u32) -> Range<usize> {
    offsets[node as usize] as usize..offsets[node as usize + 1] as usize
}

impl Iterator for Neighbours<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        match &mut self.0 {
            Inner::Complete(nodes) => nodes.next(),
            Inner::Listed(nodes) => nodes.next(),
        }
    }

    fn nth(&mut self, index: usize) -> Option<u32> {
        match &mut self.0 {
            Inner::Complete(nodes) => nodes.nth(index),
            Inner::Listed(nodes) => nodes.nth(index),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Inner::Complete(nodes) => nodes.size_hint(),
            Inner::Listed(nodes) => nodes.size_hint(),
        }
    }
}

impl ExactSizeIterator for Neighbours<'_> {}
