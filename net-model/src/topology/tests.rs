//! Topologies: counts against the formulas, structure against a naive model.

mod families;

use proptest::prelude::*;

use super::*;
use crate::testing::{SIGMAS, chi2, key};

fn erdos(nodes: u32, connectivity: f64) -> Graph {
    Topology::ErdosRenyi { connectivity }.links(nodes, &[], key("links")).unwrap()
}

fn listed(graph: &Graph) -> Vec<Vec<u32>> {
    (0..graph.nodes()).map(|node| graph.neighbours(node).collect()).collect()
}

#[test]
fn complete_means_everybody_else() {
    let graph = Topology::Complete.links(4, &[], key("links")).unwrap();
    assert_eq!(listed(&graph), [vec![1, 2, 3], vec![0, 2, 3], vec![0, 1, 3], vec![0, 1, 2]]);
    assert_eq!((graph.links(), graph.degree(2), graph.neighbour(2, 2), graph.neighbour(2, 3)), (6, 3, Some(3), None));
    assert!(graph.is_connected() && graph.linked(0, 3) && !graph.linked(3, 3) && !graph.linked(0, 4));
    assert_eq!(graph.degrees(), Degrees { min: 3, mean: 3.0, max: 3 });
}

#[test]
fn a_large_complete_graph_costs_nothing() {
    let graph = Topology::Complete.links(u32::MAX, &[], key("links")).unwrap();
    assert!(graph.memory_bytes() < 100);
    assert_eq!(graph.links(), 9_223_372_030_412_324_865);
    assert_eq!(graph.neighbour(7, 6), Some(6));
    assert_eq!(graph.neighbour(7, 7), Some(8));
    assert_eq!(graph.degree(7), u32::MAX - 1);
}

#[test]
fn certainty_is_complete_and_impossibility_is_empty() {
    let complete = Topology::Complete.links(30, &[], key("links")).unwrap();
    assert_eq!(listed(&erdos(30, 1.0)), listed(&complete));
    let empty = erdos(30, 0.0);
    assert_eq!((empty.links(), empty.is_connected()), (0, false));
    assert_eq!(empty.components(), (0..30).collect::<Vec<u32>>());
    assert_eq!(erdos(30, 1e-300).links(), 0, "a gap beyond every row");
}

#[test]
fn nobody_and_a_hermit_are_connected() {
    for nodes in [0, 1] {
        let graph = erdos(nodes, 0.5);
        assert_eq!((graph.links(), graph.is_connected(), graph.nodes()), (0, true, nodes));
        assert_eq!(graph.degrees(), Degrees { min: 0, mean: 0.0, max: 0 });
    }
    assert!(Topology::Complete.links(0, &[], key("links")).unwrap().is_connected());
}

/// Within 4.9 standard deviations of the binomial distribution of n(n−1)/2 pairs.
#[test]
fn the_number_of_links_is_binomial() {
    for (nodes, connectivity) in [(50, 0.1), (2_000, 0.01), (2_000, 0.9), (100_000, 0.0001)] {
        let graph = erdos(nodes, connectivity);
        let pairs = f64::from(nodes) * f64::from(nodes - 1) / 2.0;
        let (mean, sigma) = (pairs * connectivity, (pairs * connectivity * (1.0 - connectivity)).sqrt());
        let links = graph.links() as f64;
        assert!((links - mean).abs() < SIGMAS * sigma, "{nodes} nodes, {connectivity}: {links} links, expected {mean}");
        assert!((graph.degrees().mean - 2.0 * links / f64::from(nodes)).abs() < 1e-9);
    }
}

/// Pearson's statistic of the degrees against Poisson(10), to which the binomial of 100,000 nodes converges. Degrees of two nodes share at
/// most one link, so they are all but independent. 21 cells: with 20 degrees of freedom, above 65.4 with probability 10⁻⁶.
#[test]
fn degrees_are_binomial() {
    const NODES: u32 = 100_000;
    let graph = erdos(NODES, 10.0 / f64::from(NODES - 1));
    let mut counts = [0u32; 21];
    for node in 0..NODES {
        counts[graph.degree(node).min(20) as usize] += 1;
    }
    let mut expected = [0.0; 21];
    let mut share = libm::exp(-10.0);
    for (degree, cell) in expected.iter_mut().enumerate().take(20) {
        *cell = share * f64::from(NODES);
        share *= 10.0 / (degree + 1) as f64;
    }
    expected[20] = f64::from(NODES) - expected.iter().sum::<f64>();
    let chi2 = chi2(&counts, &expected);
    assert!(chi2 < 65.4, "chi-squared {chi2:.1}: {counts:?}");
}

/// Of 200 graphs of 100 nodes at p = (ln n + 1) / n, a share of about exp(−exp(−1)) = 0.692 is connected (Erdős and Rényi 1959);
/// the bounds are 4.9 standard deviations, and 0.05 for the finite size.
#[test]
fn connectivity_follows_the_threshold() {
    let connectivity = (libm::log(100.0) + 1.0) / 100.0;
    let connected = |i: u64| {
        let key = contract::Seed::from_number(i).key("links");
        Topology::ErdosRenyi { connectivity }.links(100, &[], key).unwrap().is_connected()
    };
    let share = (0..200).filter(|&i| connected(i)).count() as f64 / 200.0;
    let expected = libm::exp(-libm::exp(-1.0));
    let sigma = (expected * (1.0 - expected) / 200.0).sqrt();
    assert!((share - expected).abs() < SIGMAS * sigma + 0.05, "{share} against {expected}");
}

#[test]
fn more_nodes_leave_the_links_of_the_first_ones() {
    let (small, large) = (erdos(40, 0.2), erdos(90, 0.2));
    for node in 0..40 {
        let kept: Vec<u32> = large.neighbours(node).filter(|&neighbour| neighbour < 40).collect();
        assert_eq!(small.neighbours(node).collect::<Vec<u32>>(), kept);
    }
}

#[test]
fn golden_links_do_not_change() {
    let graph = erdos(16, 0.2);
    let rows: Vec<String> = listed(&graph).iter().enumerate().map(|(node, list)| format!("{node}: {list:?}")).collect();
    insta::assert_snapshot!(rows.join("\n"));
}

#[test]
fn an_impossible_topology_is_refused() {
    let refusal = |nodes, connectivity| {
        Topology::ErdosRenyi { connectivity }.links(nodes, &[], key("links")).unwrap_err().to_string()
    };
    let probability = "connectivity 1.5 is not a probability: it lies between 0 and 1";
    assert_eq!(refusal(10, 1.5), probability);
    assert!(refusal(10, f64::NAN).starts_with("connectivity NaN is not"));
    assert_eq!(
        refusal(1_000_000, 0.5),
        "1000000 nodes with connectivity 0.5 have about 249999750000 links, more than 2147483647; \
         lower it, or use the complete topology, which stores none"
    );
}

/// Degrees drawn by the measured distributions: Pearson's statistic of 200,000 draws against the shares. Bitcoin has 19
/// kinds of nodes (the share of 15 and of 16 links is the same), litecoin 20: with at most 19 degrees of freedom, above 63.5
/// with probability 10⁻⁶.
#[test]
fn outbound_degrees_follow_their_distribution() {
    const NODES: u32 = 200_000;
    for name in OutboundDegrees::names() {
        let degrees = OutboundDegrees::named(&name).unwrap();
        let shares: Vec<f64> = (1..=20u32).map(|links| share_of(&degrees, links)).collect();
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let key = key(&name);
        let mut counts = vec![0u32; 20];
        for node in 0..NODES {
            counts[degrees.sample(key.draw(u64::from(node), 0)[0]) as usize - 1] += 1;
        }
        let (counts, expected): (Vec<u32>, Vec<f64>) = counts
            .into_iter()
            .zip(shares)
            .filter(|cell| cell.1 > 1e-9 || cell.0 > 0)
            .map(|(n, s)| (n, s * f64::from(NODES)))
            .unzip();
        let chi2 = chi2(&counts, &expected);
        assert!(chi2 < 63.5, "{name}: chi-squared {chi2:.1}: {counts:?}");
    }
}

/// The share of nodes with exactly so many links, by sampling at every share of a fine comb.
fn share_of(degrees: &OutboundDegrees, links: u32) -> f64 {
    const TEETH: u64 = 2_000;
    let hits = (0..TEETH).filter(|tooth| degrees.sample((2 * tooth + 1) * (u64::MAX / (2 * TEETH))) == links).count();
    hits as f64 / TEETH as f64
}

/// SimBlock's network of 600 nodes: everybody opens as many links as he drew, none twice, so their sum is the number of links;
/// the mean of 8.645 opened gives a mean degree of 17.29.
#[test]
fn outbound_links_are_opened_once_each() {
    let degrees = OutboundDegrees::named("bitcoin").unwrap();
    assert!((degrees.mean() - 8.645).abs() < 1e-9);
    let key = key("links");
    let graph = Topology::Outbound { degrees: degrees.clone() }.links(600, &[], key).unwrap();
    let wanted: u64 = (0..600u64).map(|node| u64::from(degrees.sample(key.draw(node, 0)[0]))).sum();
    assert_eq!(graph.links(), wanted);
    assert!(graph.is_connected() && (16.0..18.6).contains(&graph.degrees().mean), "{:?}", graph.degrees());
}

#[test]
fn who_is_linked_with_everybody_opens_no_more_links() {
    for nodes in 0..=9 {
        let degrees = OutboundDegrees::new(vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]).unwrap();
        let graph = Topology::Outbound { degrees }.links(nodes, &[], key("links")).unwrap();
        assert_eq!(graph.links(), u64::from(nodes) * u64::from(nodes.saturating_sub(1)) / 2);
    }
}

#[test]
fn cumulative_shares_rise_from_zero_to_one() {
    let refusal = |cdf: &[f64]| OutboundDegrees::new(cdf.to_vec()).unwrap_err();
    assert_eq!(refusal(&[]), BadTopology::Cumulative { index: 0, share: 0.0 });
    assert_eq!(refusal(&[0.5, 0.4, 1.0]), BadTopology::Cumulative { index: 1, share: 0.4 });
    assert_eq!(refusal(&[0.5, 0.9]), BadTopology::Cumulative { index: 2, share: 0.9 });
    assert_eq!(refusal(&[0.5, 1.2]), BadTopology::Cumulative { index: 1, share: 1.2 });
    assert!(matches!(refusal(&[f64::NAN, 1.0]), BadTopology::Cumulative { index: 0, .. }));
    let unknown = OutboundDegrees::named("dogecoin").unwrap_err().to_string();
    assert_eq!(unknown, "there is no distribution of outbound links `dogecoin`; there are bitcoin, litecoin");
}

proptest! {
    #[test]
    fn links_go_both_ways_in_order_and_never_home(nodes in 0..60u32, connectivity in 0.0..=1.0f64) {
        let graph = erdos(nodes, connectivity);
        let mut ends = 0;
        for node in 0..nodes {
            let neighbours: Vec<u32> = graph.neighbours(node).collect();
            prop_assert!(neighbours.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert_eq!(neighbours.len() as u32, graph.degree(node));
            for (index, &neighbour) in neighbours.iter().enumerate() {
                prop_assert!(neighbour != node && graph.linked(neighbour, node) && graph.linked(node, neighbour));
                prop_assert_eq!(graph.neighbour(node, index as u32), Some(neighbour));
            }
            ends += neighbours.len() as u64;
        }
        prop_assert_eq!(ends, graph.links() * 2);
    }

    /// Against spreading the lowest number until nothing changes.
    #[test]
    fn components_are_what_can_be_reached(nodes in 1..40u32, connectivity in 0.0..0.15f64) {
        let graph = erdos(nodes, connectivity);
        let mut lowest: Vec<u32> = (0..nodes).collect();
        for _ in 0..nodes {
            for node in 0..nodes {
                for neighbour in graph.neighbours(node) {
                    lowest[node as usize] = lowest[node as usize].min(lowest[neighbour as usize]);
                }
            }
        }
        prop_assert_eq!(graph.is_connected(), lowest.iter().all(|&low| low == 0));
        prop_assert_eq!(graph.components(), lowest);
    }
}
