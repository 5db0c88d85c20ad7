//! Who knows whom.

mod degrees;
mod draft;
mod graph;
mod peers;

use contract::draws::{Key, open_unit};
use serde::Serialize;

use crate::error::BadTopology;

pub use degrees::OutboundDegrees;
pub use graph::{Degrees, Graph, Neighbours};

/// A rule by which nodes are linked. Links have no direction.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topology {
    /// Everybody knows everybody.
    Complete,
    /// Each pair is linked with the same probability, independently: G(n, p) of Gilbert, usually named after Erdős and Rényi.
    ErdosRenyi {
        /// The probability, from 0 to 1.
        connectivity: f64,
    },
    /// Each node opens links to others, as many as a distribution says: the network of SimBlock.
    Outbound {
        /// The distribution.
        degrees: OutboundDegrees,
    },
}

impl Topology {
    /// The links among `nodes` nodes. Under [`ErdosRenyi`](Topology::ErdosRenyi) the links of a node to lower-numbered ones
    /// depend on the key and the node alone, so that more nodes do not change the links among the first ones.
    ///
    /// # Errors
    /// [`BadTopology`] if a parameter is out of its range, or if there would be more than 2³¹ − 1 links.
    pub fn links(&self, nodes: u32, key: Key) -> Result<Graph, BadTopology> {
        match self {
            Topology::Complete => Ok(Graph::complete(nodes)),
            &Topology::ErdosRenyi { connectivity } => {
                if !(0.0..=1.0).contains(&connectivity) {
                    return Err(BadTopology::Connectivity { value: connectivity });
                }
                let pairs = f64::from(nodes) * (f64::from(nodes) - 1.0) / 2.0;
                countable(nodes, pairs * connectivity, || format!("connectivity {connectivity}"))?;
                Ok(Graph::from_links(nodes, &erdos_renyi(nodes, connectivity, key)))
            }
            Topology::Outbound { degrees } => {
                let links = f64::from(nodes) * degrees.mean();
                countable(nodes, links, || format!("{:.1} outbound links each", degrees.mean()))?;
                Ok(peers::outbound(nodes, degrees, key))
            }
        }
    }
}

/// Whether about `links` links can be numbered: six standard deviations below the bound, what is drawn fits, too.
fn countable(nodes: u32, links: f64, what: impl FnOnce() -> String) -> Result<(), BadTopology> {
    if links + 6.0 * libm::sqrt(links) > f64::from(i32::MAX) {
        return Err(BadTopology::TooManyLinks { nodes, what: what(), links });
    }
    Ok(())
}

/// Pairs (higher, lower) in ascending order, in time proportional to nodes and links: the gaps between links of a row are
/// geometric, so each draw leaps to the next link (Batagelj and Brandes, "Efficient generation of large random networks",
/// Physical Review E 71, 2005). Rows draw separately: entity = the higher node.
fn erdos_renyi(nodes: u32, connectivity: f64, key: Key) -> Vec<[u32; 2]> {
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

#[cfg(test)]
mod tests;
