//! What connects the nodes.

use net_model::{OutboundDegrees, Profile, Topology};
use toml::Spanned;

use super::NetworkSpec;
use crate::raw::{RawNetwork, RawOutboundLinks};
use crate::source::{BadScenario, Source, closest};

/// The topologies, and the key that each needs beside its name.
const TOPOLOGIES: [(&str, Option<&str>); 3] =
    [("complete", None), ("erdos-renyi", Some("connectivity")), ("outbound", Some("outbound_links"))];

pub(super) fn network(source: &Source, raw: &RawNetwork) -> Result<NetworkSpec, BadScenario> {
    let name = raw.profile.get_ref();
    let profile = Profile::named(name).map_err(|error| {
        let hint = closest(name, Profile::names().iter().map(String::as_str)).unwrap_or_default();
        source.error(raw.profile.span(), error.to_string(), hint)
    })?;
    Ok(NetworkSpec { profile, profile_name: name.clone(), topology: topology(source, raw)? })
}

fn topology(source: &Source, raw: &RawNetwork) -> Result<Topology, BadScenario> {
    let kind = raw.topology.as_ref().map_or("complete", |kind| kind.get_ref().as_str());
    let place = raw.topology.as_ref().map_or(0..0, Spanned::span);
    if !TOPOLOGIES.iter().any(|(name, _)| *name == kind) {
        let hint = closest(kind, TOPOLOGIES.iter().map(|(name, _)| *name)).unwrap_or_default();
        return Err(source.error(place, format!("no topology `{kind}`"), hint));
    }
    foreign_keys(source, raw, kind)?;
    match (kind, &raw.connectivity, &raw.outbound_links) {
        ("erdos-renyi", Some(given), _) if (0.0..=1.0).contains(given.get_ref()) => {
            Ok(Topology::ErdosRenyi { connectivity: *given.get_ref() })
        }
        ("erdos-renyi", Some(given), _) => {
            Err(source.error(given.span(), "not a probability", "connectivity is between 0 and 1"))
        }
        ("erdos-renyi", None, _) => {
            let hint = "add `connectivity`, the probability of each link";
            Err(source.error(place, "an Erdős–Rényi graph needs its connectivity", hint))
        }
        ("outbound", _, Some(links)) => Ok(Topology::Outbound { degrees: outbound(source, links)? }),
        ("outbound", _, None) => {
            let hint = "add `outbound_links = \"bitcoin\"`, or the cumulative shares of nodes that open 1, 2, … links";
            Err(source.error(place, "it is not said how many links nodes open", hint))
        }
        _ => Ok(Topology::Complete),
    }
}

/// A key that the topology does not use is a mistake, not a decoration.
fn foreign_keys(source: &Source, raw: &RawNetwork, kind: &str) -> Result<(), BadScenario> {
    let given = [
        ("connectivity", raw.connectivity.as_ref().map(Spanned::span)),
        ("outbound_links", raw.outbound_links.as_ref().map(Spanned::span)),
    ];
    for (key, place) in given {
        let owner = TOPOLOGIES.iter().find(|(_, needed)| *needed == Some(key));
        if let (Some(place), Some((owner, _))) = (place, owner)
            && *owner != kind
        {
            let message = format!("the topology `{kind}` has no `{key}`");
            return Err(source.error(place, message, format!("it belongs to `topology = \"{owner}\"`")));
        }
    }
    Ok(())
}

fn outbound(source: &Source, links: &Spanned<RawOutboundLinks>) -> Result<OutboundDegrees, BadScenario> {
    let degrees = match links.get_ref() {
        RawOutboundLinks::Named(name) => OutboundDegrees::named(name),
        RawOutboundLinks::Cumulative(shares) => OutboundDegrees::new(shares.clone()),
    };
    degrees.map_err(|error| {
        let message = error.to_string();
        let (what, hint) = message.split_once(": ").or(message.split_once("; ")).unwrap_or((&message, ""));
        source.error(links.span(), what, hint)
    })
}
