//! Who knows whom.

mod degrees;
mod draft;
mod graph;
mod growth;
mod lattice;
mod peers;
mod random;
mod statistics;

use contract::draws::Key;

use crate::error::BadTopology;

pub use degrees::OutboundDegrees;
pub use graph::{Degrees, Graph, Neighbours};
pub use lattice::square_columns;
pub use statistics::Statistics;

/// A rule by which nodes are linked. Links have no direction.
#[derive(Clone, Debug, PartialEq)]
pub enum Topology {
    /// Everybody knows everybody.
    Complete,
    /// Each node knows its nearest by number, half of them on either side; the last is beside the first.
    Ring {
        /// Neighbours of a node: even, at least 2.
        degree: u32,
    },
    /// Rows of nodes; each knows those beside, above and below it.
    Grid {
        /// Nodes in a row, at least 1.
        columns: u32,
        /// Whether rows and columns are closed to rings: a torus.
        wrapped: bool,
    },
    /// Each pair is linked with the same probability, independently: G(n, p) of Gilbert, usually named after Erdős and Rényi.
    ErdosRenyi {
        /// The probability, from 0 to 1.
        connectivity: f64,
    },
    /// Everybody has the same number of neighbours, drawn without structure.
    RandomRegular {
        /// Neighbours of a node: below the number of nodes, and even if that is odd.
        degree: u32,
    },
    /// Newcomers link to half the degree of earlier nodes, in proportion to their degrees.
    BarabasiAlbert {
        /// The mean degree of a large graph: even, at least 2.
        degree: u32,
    },
    /// A ring whose links are moved to uniform nodes by chance.
    WattsStrogatz {
        /// Neighbours of a node before links are moved: even, at least 2.
        degree: u32,
        /// The probability that a link is moved, from 0 to 1.
        rewired: f64,
    },
    /// Each node opens links to others, as many as a distribution says: the network of SimBlock.
    Outbound {
        /// The distribution.
        degrees: OutboundDegrees,
    },
    /// Each node opens half the degree of links, a share of them within its own region.
    RegionAware {
        /// The mean degree: even, at least 2.
        degree: u32,
        /// The probability that an opened link stays in the region, from 0 to 1.
        local_share: f64,
    },
    /// Links that were written down.
    Listed {
        /// Where: a file, or the scenario.
        source: String,
        /// Pairs of different nodes, in any order; a pair that occurs twice is one link.
        links: Vec<[u32; 2]>,
    },
}

impl Topology {
    /// The links among `nodes` nodes, of which each is in the region that `regions` says; an empty list puts all into one. Under
    /// [`ErdosRenyi`](Topology::ErdosRenyi) and [`BarabasiAlbert`](Topology::BarabasiAlbert) the links of a node to
    /// lower-numbered ones depend on the key and the lower numbers alone, so that more nodes do not change the links among the
    /// first ones.
    ///
    /// # Errors
    /// [`BadTopology`] if a parameter is out of its range, or if there would be more than 2³¹ − 1 links.
    pub fn links(&self, nodes: u32, regions: &[u16], key: Key) -> Result<Graph, BadTopology> {
        self.check(nodes)?;
        Ok(match self {
            Topology::Complete => Graph::complete(nodes),
            &Topology::Ring { degree } => lattice::ring(nodes, degree),
            &Topology::Grid { columns, wrapped } => lattice::grid(nodes, columns, wrapped),
            &Topology::ErdosRenyi { connectivity } => {
                Graph::from_links(nodes, &random::erdos_renyi(nodes, connectivity, key))
            }
            &Topology::RandomRegular { degree } => random::random_regular(nodes, degree, key),
            &Topology::BarabasiAlbert { degree } => growth::barabasi_albert(nodes, degree / 2, key),
            &Topology::WattsStrogatz { degree, rewired } => growth::watts_strogatz(nodes, degree, rewired, key),
            Topology::Outbound { degrees } => peers::outbound(nodes, degrees, key),
            &Topology::RegionAware { degree, local_share } => {
                let one = vec![0; nodes as usize];
                let regions = if regions.is_empty() { &one } else { regions };
                peers::region_aware(regions, degree / 2, local_share, key)
            }
            Topology::Listed { links, .. } => {
                let ordered = |&[a, b]: &[u32; 2]| [a.max(b), a.min(b)];
                let mut links: Vec<[u32; 2]> = links.iter().map(ordered).collect();
                links.sort_unstable();
                links.dedup();
                Graph::from_links(nodes, &links)
            }
        })
    }

    /// Whether the parameters are in their ranges and the links can be numbered.
    ///
    /// # Errors
    /// [`BadTopology`] says which is not.
    pub fn check(&self, nodes: u32) -> Result<(), BadTopology> {
        match self {
            Topology::Complete => Ok(()),
            Topology::Grid { columns: 0, .. } => Err(BadTopology::Columns),
            Topology::Grid { .. } => countable(nodes, 2.0 * f64::from(nodes), || "a grid".to_owned()),
            &Topology::ErdosRenyi { connectivity } => {
                probability("connectivity", connectivity)?;
                let pairs = f64::from(nodes) * (f64::from(nodes) - 1.0) / 2.0;
                countable(nodes, pairs * connectivity, || format!("connectivity {connectivity}"))
            }
            &Topology::RandomRegular { degree } => {
                if degree >= nodes.max(1) || u64::from(nodes) * u64::from(degree) % 2 == 1 {
                    return Err(BadTopology::Regular { nodes, degree });
                }
                crowd(nodes, degree)
            }
            &Topology::WattsStrogatz { degree, rewired } => {
                probability("rewired", rewired)?;
                even(nodes, degree)
            }
            &Topology::RegionAware { degree, local_share } => {
                probability("local_share", local_share)?;
                even(nodes, degree)
            }
            &Topology::Ring { degree } | &Topology::BarabasiAlbert { degree } => even(nodes, degree),
            Topology::Outbound { degrees } => {
                let links = f64::from(nodes) * degrees.mean();
                countable(nodes, links, || format!("{:.1} outbound links each", degrees.mean()))
            }
            Topology::Listed { links, .. } => {
                let bad = links.iter().find(|[a, b]| a == b || *a.max(b) >= nodes);
                match bad {
                    Some(&ends) => Err(BadTopology::Ends { ends, nodes }),
                    None => countable(nodes, links.len() as f64, || "these links".to_owned()),
                }
            }
        }
    }
}

fn probability(key: &'static str, value: f64) -> Result<(), BadTopology> {
    if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(BadTopology::Probability { key, value }) }
}

/// A degree of which half lies on either side, or is opened by either end.
fn even(nodes: u32, degree: u32) -> Result<(), BadTopology> {
    if degree < 2 || !degree.is_multiple_of(2) {
        return Err(BadTopology::OddDegree { degree });
    }
    crowd(nodes, degree)
}

fn crowd(nodes: u32, degree: u32) -> Result<(), BadTopology> {
    countable(nodes, f64::from(nodes) * f64::from(degree) / 2.0, || format!("degree {degree}"))
}

/// Whether about `links` links can be numbered: six standard deviations below the bound, what is drawn fits, too.
fn countable(nodes: u32, links: f64, what: impl FnOnce() -> String) -> Result<(), BadTopology> {
    if links + 6.0 * libm::sqrt(links) > f64::from(i32::MAX) {
        return Err(BadTopology::TooManyLinks { nodes, what: what(), links });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
