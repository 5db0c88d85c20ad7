//! Each family of graphs against what is known of it.

use super::*;

fn linked(topology: &Topology, nodes: u32) -> Graph {
    topology.links(nodes, &[], key("links")).unwrap()
}

fn clustering(graph: &Graph) -> f64 {
    Statistics::of(graph, key("sources")).clustering.unwrap()
}

#[test]
fn a_ring_knows_its_nearest_on_either_side() {
    let ring = |nodes, degree| linked(&Topology::Ring { degree }, nodes);
    assert_eq!(listed(&ring(5, 2)), [vec![1, 4], vec![0, 2], vec![1, 3], vec![2, 4], vec![0, 3]]);
    assert_eq!(ring(100, 4).degrees(), Degrees { min: 4, mean: 4.0, max: 4 });
    let statistics = Statistics::of(&ring(100, 2), key("sources"));
    assert_eq!((statistics.distance_max, statistics.components), (50, 1));
    assert!((statistics.distance_mean - 2500.0 / 99.0).abs() < 1e-9, "{}", statistics.distance_mean);
    // Too short for so many neighbours: everybody knows everybody.
    for nodes in 0..9 {
        assert_eq!(listed(&ring(nodes, 16)), listed(&linked(&Topology::Complete, nodes)), "{nodes}");
    }
}

#[test]
fn a_grid_knows_its_four_sides() {
    let grid = |nodes, columns, wrapped| linked(&Topology::Grid { columns, wrapped }, nodes);
    assert_eq!(
        listed(&grid(6, 3, false)),
        [vec![1, 3], vec![0, 2, 4], vec![1, 5], vec![0, 4], vec![1, 3, 5], vec![2, 4]]
    );
    assert_eq!(grid(100, 10, false).links(), 180);
    let torus = grid(100, 10, true);
    assert_eq!((torus.links(), torus.degrees().min, torus.degrees().max), (200, 4, 4));
    assert_eq!(Statistics::of(&torus, key("sources")).distance_max, 10);
    for nodes in 1..40 {
        let columns = square_columns(nodes);
        assert!(columns * columns >= nodes && (columns - 1) * (columns - 1) < nodes);
        for wrapped in [false, true] {
            assert!(grid(nodes, columns, wrapped).is_connected(), "{nodes} nodes in {columns} columns");
        }
    }
}

#[test]
fn in_a_regular_graph_everybody_has_the_same_number_of_neighbours() {
    for nodes in 1..14 {
        for degree in (0..nodes).filter(|degree| nodes * degree % 2 == 0) {
            for seed in 0..20 {
                let key = contract::Seed::from_number(seed).key("links");
                let graph = Topology::RandomRegular { degree }.links(nodes, &[], key).unwrap();
                let degrees = graph.degrees();
                assert_eq!((degrees.min, degrees.max), (degree, degree), "{nodes} nodes");
            }
        }
    }
    // Almost every regular graph of degree 3 or more is connected (Wormald 1981).
    let graph = linked(&Topology::RandomRegular { degree: 8 }, 10_000);
    assert!(graph.is_connected() && graph.degrees().max == 8 && clustering(&graph) < 0.01);
}

/// All 70 labelled 2-regular graphs of six nodes (60 hexagons, 10 pairs of triangles), alike: over 3,500 draws the pairs of triangles are
/// binomial with mean 500 and standard deviation 20.7.
#[test]
fn regular_graphs_are_drawn_about_uniformly() {
    let pair_of_triangles = |seed: u64| {
        let key = contract::Seed::from_number(seed).key("links");
        !Topology::RandomRegular { degree: 2 }.links(6, &[], key).unwrap().is_connected()
    };
    let pairs = (0..3_500).filter(|&seed| pair_of_triangles(seed)).count() as f64;
    // Steger and Wormald's pairing is uniform only in the limit; at six nodes it is a few percent off.
    assert!((pairs - 500.0).abs() < SIGMAS * 20.7 + 100.0, "{pairs}");
}

/// The degrees of a large graph of `m` links a newcomer have P(k) = 2m(m+1) / (k(k+1)(k+2)) (Dorogovtsev, Mendes and Samukhin
/// 2000). The share of the least degree is 2 / (m + 2), and the share of degrees from k upwards m(m+1) / (k(k+1)).
#[test]
fn preferential_attachment_has_the_known_tail() {
    const NODES: u32 = 100_000;
    let graph = linked(&Topology::BarabasiAlbert { degree: 16 }, NODES);
    assert_eq!(graph.links(), 36 + u64::from(NODES - 9) * 8);
    assert!(graph.is_connected() && graph.degrees().min == 8 && graph.degrees().max > 500);
    for from in [9, 12, 16, 32, 64, 128] {
        let share = f64::from((0..NODES).filter(|&node| graph.degree(node) >= from).count() as u32) / f64::from(NODES);
        let expected = 8.0 * 9.0 / (f64::from(from) * f64::from(from + 1));
        let sigma = (expected / f64::from(NODES)).sqrt();
        assert!((share - expected).abs() < SIGMAS * sigma + 0.01 * expected, "{from}: {share} against {expected}");
    }
    let small = linked(&Topology::BarabasiAlbert { degree: 16 }, 1_000);
    for node in 0..1_000 {
        let kept: Vec<u32> = graph.neighbours(node).filter(|&other| other < 1_000).collect();
        assert_eq!(small.neighbours(node).collect::<Vec<u32>>(), kept);
    }
}

/// Of a ring with k neighbours the clustering is 3(k − 2) / (4(k − 1)), and (1 − p)³ of it is left when a share p was moved
/// (Barrat and Weigt 2000), up to a term of order 1/n. The number of links stays.
#[test]
fn a_small_world_keeps_its_clusters_and_shortens_its_ways() {
    let world = |rewired| linked(&Topology::WattsStrogatz { degree: 10, rewired }, 5_000);
    let ring = 3.0 * 8.0 / (4.0 * 9.0);
    for rewired in [0.0, 0.1, 0.3] {
        let graph = world(rewired);
        assert_eq!(graph.links(), 25_000);
        let (found, expected) = (clustering(&graph), ring * (1.0f64 - rewired) * (1.0 - rewired) * (1.0 - rewired));
        assert!((found - expected).abs() < 0.02, "{rewired}: {found} against {expected}");
    }
    let mean = |rewired| Statistics::of(&world(rewired), key("sources")).distance_mean;
    assert!(mean(0.0) > 200.0 && mean(0.1) < 8.0, "{} {}", mean(0.0), mean(0.1));
    for nodes in 0..12 {
        let graph = linked(&Topology::WattsStrogatz { degree: 4, rewired: 1.0 }, nodes);
        assert_eq!(graph.links(), linked(&Topology::Ring { degree: 4 }, nodes).links());
    }
}

/// With shares of regions s the share of local ends is `local_share`: within 4.9 standard deviations of the binomial.
#[test]
fn region_aware_links_stay_at_home_as_often_as_they_should() {
    const NODES: u32 = 6_000;
    let regions: Vec<u16> = (0..NODES).map(|node| (node % 6).min(3) as u16).collect();
    for local_share in [0.0, 0.25, 0.8, 1.0] {
        let topology = Topology::RegionAware { degree: 12, local_share };
        let graph = topology.links(NODES, &regions, key("links")).unwrap();
        assert_eq!(graph.links(), u64::from(NODES) * 6);
        let ends = (0..NODES).flat_map(|node| graph.neighbours(node).map(move |other| (node, other)));
        let local = ends.filter(|&(a, b)| regions[a as usize] == regions[b as usize]).count() as f64;
        let share = local / (2.0 * graph.links() as f64);
        let sigma = (local_share * (1.0 - local_share) / graph.links() as f64).sqrt();
        assert!((share - local_share).abs() <= SIGMAS * sigma, "{share} against {local_share}");
    }
    assert!(linked(&Topology::RegionAware { degree: 6, local_share: 0.9 }, 50).is_connected(), "one region is all");
    for nodes in 0..8u16 {
        let hermits: Vec<u16> = (0..nodes).collect();
        let graph =
            Topology::RegionAware { degree: 32, local_share: 1.0 }.links(u32::from(nodes), &hermits, key("l")).unwrap();
        assert_eq!(graph.links(), u64::from(nodes) * u64::from(nodes.saturating_sub(1)) / 2, "nobody at home");
    }
}

#[test]
fn what_is_listed_is_linked_once() {
    let listed_links = |links: &[[u32; 2]]| Topology::Listed { source: "test".to_owned(), links: links.to_vec() };
    let graph = linked(&listed_links(&[[2, 0], [0, 2], [1, 0]]), 4);
    assert_eq!(listed(&graph), [vec![1, 2], vec![0], vec![0], vec![]]);
    let refusal = |links| listed_links(links).links(4, &[], key("links")).unwrap_err();
    assert_eq!(refusal(&[[0, 1], [3, 3]]), BadTopology::Ends { ends: [3, 3], nodes: 4 });
    assert_eq!(refusal(&[[4, 1]]), BadTopology::Ends { ends: [4, 1], nodes: 4 });
}

#[test]
fn parameters_out_of_range_are_refused() {
    let refusal = |topology: Topology, nodes| topology.links(nodes, &[], key("links")).unwrap_err();
    for degree in [0, 3] {
        let topologies = [
            Topology::Ring { degree },
            Topology::BarabasiAlbert { degree },
            Topology::WattsStrogatz { degree, rewired: 0.1 },
            Topology::RegionAware { degree, local_share: 0.1 },
        ];
        topologies
            .into_iter()
            .for_each(|topology| assert_eq!(refusal(topology, 10), BadTopology::OddDegree { degree }));
    }
    assert_eq!(refusal(Topology::RandomRegular { degree: 3 }, 7), BadTopology::Regular { nodes: 7, degree: 3 });
    assert_eq!(refusal(Topology::RandomRegular { degree: 7 }, 7), BadTopology::Regular { nodes: 7, degree: 7 });
    assert_eq!(refusal(Topology::Grid { columns: 0, wrapped: false }, 7), BadTopology::Columns);
    let improbable = refusal(Topology::WattsStrogatz { degree: 2, rewired: -0.1 }, 7);
    assert_eq!(improbable, BadTopology::Probability { key: "rewired", value: -0.1 });
    let crowded = refusal(Topology::Ring { degree: 1_000_000 }, 1_000_000);
    assert!(crowded.to_string().starts_with("1000000 nodes with degree 1000000 have about 500000000000 links"));
}

/// The naive way: every pair of neighbours, every pair of nodes.
#[test]
fn statistics_are_those_of_all_pairs() {
    let graph = erdos(40, 0.08);
    let statistics = Statistics::of(&graph, key("sources"));
    let pairs = |node: u32| {
        let list: Vec<u32> = graph.neighbours(node).collect();
        list.iter().flat_map(|&a| list.iter().map(move |&b| (a, b))).filter(|(a, b)| a < b).collect::<Vec<_>>()
    };
    let all: Vec<(u32, u32)> = (0..40).flat_map(pairs).collect();
    let closed = all.iter().filter(|&&(a, b)| graph.linked(a, b)).count();
    assert_eq!(statistics.clustering, Some(closed as f64 / all.len() as f64));
    let mut roots = graph.components();
    roots.sort_unstable();
    roots.dedup();
    assert_eq!(statistics.components as usize, roots.len());
    let complete = Statistics::of(&Graph::complete(50), key("sources"));
    let stored = Statistics::of(&erdos(50, 1.0), key("sources"));
    assert_eq!(complete, stored, "a graph that is complete by rule, or by its links");
    assert_eq!(Statistics::of(&Graph::complete(0), key("sources")).components, 0);
}
