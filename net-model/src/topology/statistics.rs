//! What a graph is like: degrees, components, distances, clustering.

use contract::draws::{Key, below};
use serde::Serialize;

use super::graph::Graph;

/// How many nodes distances are measured from.
const SOURCES: u32 = 16;
/// The most pairs of neighbours that are looked at for the clustering.
const PAIRS_MAX: u64 = 50_000_000;

/// What a graph is like.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Statistics {
    /// How many nodes there are.
    pub nodes: u32,
    /// How many links.
    pub links: u64,
    /// Neighbours of a node: the least, the median, the 90th and 99th percentile, the most.
    pub degree_min: u32,
    /// The median.
    pub degree_p50: u32,
    /// The 90th percentile.
    pub degree_p90: u32,
    /// The 99th percentile.
    pub degree_p99: u32,
    /// The most.
    pub degree_max: u32,
    /// The mean: twice the links over the nodes.
    pub degree_mean: f64,
    /// How many parts cannot reach each other; one if the graph is connected.
    pub components: u32,
    /// The share of nodes in the largest of them.
    pub largest_share: f64,
    /// Links on the shortest way between two nodes of one part: the mean over the ways from up to sixteen nodes to everybody.
    pub distance_mean: f64,
    /// The longest such way that was seen: at most the diameter.
    pub distance_max: u32,
    /// How often two neighbours of a node are neighbours: triangles over pairs of neighbours. None if there are too many.
    pub clustering: Option<f64>,
}

impl Statistics {
    /// Looks at a graph. Sixteen nodes from which distances are measured are drawn under `key`.
    pub fn of(graph: &Graph, key: Key) -> Statistics {
        let nodes = graph.nodes();
        let mut degrees: Vec<u32> = (0..nodes).map(|node| graph.degree(node)).collect();
        degrees.sort_unstable();
        let percentile = |percent: usize| degrees.get(degrees.len().saturating_sub(1) * percent / 100).copied();
        let percentile = |percent| percentile(percent).unwrap_or(0);
        let sizes = component_sizes(graph);
        let (distance_mean, distance_max) = if graph.is_complete() { complete(nodes) } else { distances(graph, key) };
        Statistics {
            nodes,
            links: graph.links(),
            degree_min: percentile(0),
            degree_p50: percentile(50),
            degree_p90: percentile(90),
            degree_p99: percentile(99),
            degree_max: percentile(100),
            degree_mean: graph.degrees().mean,
            components: sizes.len() as u32,
            largest_share: sizes.iter().max().map_or(0.0, |&largest| f64::from(largest) / f64::from(nodes)),
            distance_mean,
            distance_max,
            clustering: if graph.is_complete() { Some(f64::from(u8::from(nodes > 2))) } else { clustering(graph) },
        }
    }
}

fn complete(nodes: u32) -> (f64, u32) {
    let way = u32::from(nodes > 1);
    (f64::from(way), way)
}

fn component_sizes(graph: &Graph) -> Vec<u32> {
    let components = graph.components();
    let mut sizes = vec![0u32; components.len()];
    components.iter().for_each(|&root| sizes[root as usize] += 1);
    sizes.retain(|&size| size > 0);
    sizes
}

/// The mean and the longest of the shortest ways from some nodes to all that they reach.
fn distances(graph: &Graph, key: Key) -> (f64, u32) {
    let nodes = graph.nodes();
    let sources: Vec<u32> = if nodes <= SOURCES {
        (0..nodes).collect()
    } else {
        (0..SOURCES).map(|i| below(key.draw(u64::from(i), 0)[0], u64::from(nodes)) as u32).collect()
    };
    let (mut sum, mut ways, mut longest) = (0u64, 0u64, 0);
    for (distance, reached) in layers(graph, &sources).into_iter().enumerate().skip(1) {
        sum += distance as u64 * reached;
        ways += reached;
        longest = distance as u32;
    }
    (if ways == 0 { 0.0 } else { sum as f64 / ways as f64 }, longest)
}

/// How many nodes are 0, 1, 2, … links away from each of at most sixteen sources, added up. The searches go side by side: a
/// bit of a node's mask stands for a source.
fn layers(graph: &Graph, sources: &[u32]) -> Vec<u64> {
    let nothing = || vec![0u16; graph.nodes() as usize];
    let (mut seen, mut last, mut next) = (nothing(), nothing(), nothing());
    sources.iter().enumerate().for_each(|(bit, &source)| last[source as usize] |= 1 << bit);
    let mut layer: Vec<u32> = sources.to_vec();
    layer.sort_unstable();
    layer.dedup();
    let mut counts = Vec::new();
    while !layer.is_empty() {
        for &node in &layer {
            seen[node as usize] |= last[node as usize];
        }
        counts.push(layer.iter().map(|&node| u64::from(last[node as usize].count_ones())).sum());
        let mut reached = Vec::new();
        for node in layer {
            let mask = std::mem::take(&mut last[node as usize]);
            for neighbour in graph.neighbours(node) {
                let new = mask & !seen[neighbour as usize];
                if new != 0 && next[neighbour as usize] == 0 {
                    reached.push(neighbour);
                }
                next[neighbour as usize] |= new;
            }
        }
        std::mem::swap(&mut last, &mut next);
        layer = reached;
    }
    counts
}

/// Newman's transitivity: the share of pairs of neighbours that are linked.
fn clustering(graph: &Graph) -> Option<f64> {
    let pairs = |node: u32| u64::from(graph.degree(node)) * u64::from(graph.degree(node).saturating_sub(1)) / 2;
    let all: u64 = (0..graph.nodes()).map(pairs).sum();
    if all > PAIRS_MAX {
        return None;
    }
    // Each triangle is found once, from its lowest corner, and closes a pair at each of the three.
    let (mut triangles, mut linked) = (0u64, vec![false; graph.nodes() as usize]);
    for lowest in 0..graph.nodes() {
        let above = |node: u32| graph.neighbours(node).filter(move |&neighbour| neighbour > node);
        above(lowest).for_each(|neighbour| linked[neighbour as usize] = true);
        let closing = |middle: u32| above(middle).filter(|&highest| linked[highest as usize]).count() as u64;
        triangles += above(lowest).map(closing).sum::<u64>();
        above(lowest).for_each(|neighbour| linked[neighbour as usize] = false);
    }
    Some(if all == 0 { 0.0 } else { 3.0 * triangles as f64 / all as f64 })
}
