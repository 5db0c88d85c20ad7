//! Who is a neighbour of whom.

use std::ops::Range;

use net_model::topology::square_columns;
use net_model::{BadTopology, OutboundDegrees, Topology};

use super::super::{Population, names, nodes_named};
use crate::graph_file;
use crate::raw::{RawGrid, RawNetwork, RawOutboundLinks, Spanned};
use crate::source::{BadScenario, Source, closest};

/// The topologies, the keys that each needs beside its name, and those that it may have.
const TOPOLOGIES: [(&str, &[&str], &[&str]); 11] = [
    ("complete", &[], &[]),
    ("ring", &[], &["degree"]),
    ("grid", &[], &["grid"]),
    ("erdos-renyi", &["connectivity"], &[]),
    ("random-regular", &["degree"], &[]),
    ("barabasi-albert", &["degree"], &[]),
    ("watts-strogatz", &["degree", "rewired"], &[]),
    ("outbound", &["outbound_links"], &[]),
    ("region-aware", &["degree", "local_share"], &[]),
    ("links", &["links"], &[]),
    ("file", &["graph"], &[]),
];

/// What to write for a key that is missing.
const MISSING: [(&str, &str); 7] = [
    ("connectivity", "add `connectivity`, the probability of each link"),
    ("degree", "add `degree`, the number of neighbours of a node"),
    ("rewired", "add `rewired`, the probability that a link is moved"),
    ("outbound_links", "add `outbound_links = \"bitcoin\"`, or the cumulative shares of nodes that open 1, 2, … links"),
    ("local_share", "add `local_share`, the probability that a link stays in its region"),
    ("links", "add `links = [[\"a\", \"b\"], …]`"),
    ("graph", "add `graph = \"graph.graphml\"`, a file beside the scenario"),
];

/// The most links that a scenario writes down itself, populations expanded.
const LINKS_MAX: usize = 1 << 24;

pub(super) fn topology(source: &Source, raw: &RawNetwork, populations: &[Population]) -> Result<Topology, BadScenario> {
    let kind = raw.topology.as_ref().map_or("complete", |kind| kind.get_ref().as_str());
    let place = raw.topology.as_ref().map_or(0..0, Spanned::span);
    let Some((_, needed, possible)) = TOPOLOGIES.iter().find(|(name, ..)| *name == kind) else {
        let hint = closest(kind, TOPOLOGIES.iter().map(|(name, ..)| *name)).unwrap_or_default();
        return Err(source.error(place, format!("no topology `{kind}`"), hint));
    };
    let given = given(raw);
    for (key, at) in &given {
        if at.is_some() && !needed.contains(key) && !possible.contains(key) {
            return Err(foreign(source, kind, key, at.clone().unwrap_or(place)));
        }
        if at.is_none() && needed.contains(key) {
            let hint = MISSING.iter().find(|(missing, _)| missing == key).map_or("", |(_, hint)| hint);
            return Err(source.error(place, format!("the topology `{kind}` needs `{key}`"), hint));
        }
    }
    let resolve = Resolve { source, raw, populations };
    let topology = resolve.named(kind)?;
    topology.check(resolve.nodes()).map_err(|error| {
        let at = |wanted: &str| given.iter().find(|(key, _)| *key == wanted).and_then(|(_, at)| at.clone());
        let key = match &error {
            BadTopology::Probability { key, .. } => key,
            BadTopology::Columns => "grid",
            _ => "degree",
        };
        let message = error.to_string();
        let (what, hint) = message.split_once(": ").or(message.split_once("; ")).unwrap_or((&message, ""));
        source.error(at(key).unwrap_or(place), what, hint)
    })?;
    Ok(topology)
}

/// Which keys of a topology are written, and where.
fn given(raw: &RawNetwork) -> [(&'static str, Option<Range<usize>>); 8] {
    fn place<T>(value: &Option<Spanned<T>>) -> Option<Range<usize>> {
        value.as_ref().map(Spanned::span)
    }
    [
        ("connectivity", place(&raw.connectivity)),
        ("degree", place(&raw.degree)),
        ("rewired", place(&raw.rewired)),
        ("grid", place(&raw.grid)),
        ("outbound_links", place(&raw.outbound_links)),
        ("local_share", place(&raw.local_share)),
        ("links", place(&raw.links)),
        ("graph", place(&raw.graph)),
    ]
}

/// A key that the topology does not use is a mistake, not a decoration.
fn foreign(source: &Source, kind: &str, key: &str, place: Range<usize>) -> BadScenario {
    let owners = TOPOLOGIES.iter().filter(|(_, needed, possible)| needed.contains(&key) || possible.contains(&key));
    let owners: Vec<String> = owners.map(|(name, ..)| format!("`topology = \"{name}\"`")).collect();
    source.error(place, format!("the topology `{kind}` has no `{key}`"), format!("it belongs to {}", owners.join(", ")))
}

struct Resolve<'a> {
    source: &'a Source,
    raw: &'a RawNetwork,
    populations: &'a [Population],
}

impl Resolve<'_> {
    fn nodes(&self) -> u32 {
        self.populations.iter().map(|population| population.count).sum()
    }

    /// The topology of this name, whose keys are all there.
    fn named(&self, kind: &str) -> Result<Topology, BadScenario> {
        let raw = self.raw;
        let degree = raw.degree.as_ref().map_or(2, |degree| *degree.get_ref());
        let share = |share: &Option<Spanned<f64>>| share.as_ref().map_or(0.0, |share| *share.get_ref());
        Ok(match kind {
            "ring" => Topology::Ring { degree },
            "grid" => {
                let grid = raw.grid.as_ref().map(|grid| *grid.get_ref());
                let RawGrid { columns, wrapped } = grid.unwrap_or(RawGrid { columns: None, wrapped: false });
                Topology::Grid { columns: columns.unwrap_or_else(|| square_columns(self.nodes())), wrapped }
            }
            "erdos-renyi" => Topology::ErdosRenyi { connectivity: share(&raw.connectivity) },
            "random-regular" => Topology::RandomRegular { degree },
            "barabasi-albert" => Topology::BarabasiAlbert { degree },
            "watts-strogatz" => Topology::WattsStrogatz { degree, rewired: share(&raw.rewired) },
            "region-aware" => Topology::RegionAware { degree, local_share: share(&raw.local_share) },
            "outbound" => Topology::Outbound { degrees: self.outbound()? },
            "links" => Topology::Listed { source: "the scenario".to_owned(), links: self.links()? },
            "file" => self.file()?,
            _ => Topology::Complete,
        })
    }

    fn outbound(&self) -> Result<OutboundDegrees, BadScenario> {
        let Some(links) = &self.raw.outbound_links else {
            return OutboundDegrees::new(vec![1.0]).map_err(|_| self.lost());
        };
        let degrees = match links.get_ref() {
            RawOutboundLinks::Named(name) => OutboundDegrees::named(name),
            RawOutboundLinks::Cumulative(shares) => OutboundDegrees::new(shares.clone()),
        };
        degrees.map_err(|error| {
            let message = error.to_string();
            let (what, hint) = message.split_once(": ").or(message.split_once("; ")).unwrap_or((&message, ""));
            self.source.error(links.span(), what, hint)
        })
    }

    fn lost(&self) -> BadScenario {
        self.source.error_beside("the topology lost its keys", "please report this defect")
    }

    fn links(&self) -> Result<Vec<[u32; 2]>, BadScenario> {
        let written = self.raw.links.as_ref().map_or(&[][..], |links| links.get_ref());
        let end = |name: &Spanned<String>| {
            nodes_named(self.populations, name.get_ref()).ok_or_else(|| {
                let hint = names::hint(self.populations, name.get_ref());
                self.source.error(name.span(), format!("there is no node `{}`", name.get_ref()), hint)
            })
        };
        if let Some(none) = self.raw.links.as_ref().filter(|links| links.get_ref().is_empty()) {
            return Err(self.source.error(
                none.span(),
                "nobody is linked with anybody",
                "add pairs: [[\"a\", \"b\"], …]",
            ));
        }
        let mut links = Vec::new();
        for pair in written {
            let [left, right] = &**pair.get_ref();
            let [left, right] = [end(left)?, end(right)?];
            if left.len().saturating_mul(right.len()) > LINKS_MAX - links.len().min(LINKS_MAX) {
                let hint = format!("a scenario writes at most {LINKS_MAX}; use `topology = \"complete\"` or a file");
                return Err(self.source.error(pair.span(), "too many links", hint));
            }
            let before = links.len();
            links.extend(left.flat_map(|a| right.clone().map(move |b| [a, b])).filter(|[a, b]| a != b));
            if links.len() == before {
                return Err(self.source.error(
                    pair.span(),
                    "this link leads back to where it begins",
                    "name two nodes",
                ));
            }
        }
        Ok(links)
    }

    fn file(&self) -> Result<Topology, BadScenario> {
        let Some(name) = &self.raw.graph else { return Err(self.lost()) };
        let file = self.source.file(name.get_ref(), name.span())?;
        let named = |text: &str| nodes_named(self.populations, text);
        let nodes = graph_file::Nodes { count: self.nodes(), named: &named };
        Ok(Topology::Listed { source: name.get_ref().clone(), links: graph_file::links(&file, &nodes)? })
    }
}
