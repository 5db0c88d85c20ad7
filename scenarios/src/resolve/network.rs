//! What connects the nodes.

use net_model::{Profile, Topology};
use toml::Spanned;

use super::NetworkSpec;
use crate::raw::RawNetwork;
use crate::source::{BadScenario, Source, closest};

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
    match (kind, &raw.connectivity) {
        ("complete", None) => Ok(Topology::Complete),
        ("complete", Some(given)) => {
            let hint = "it belongs to `topology = \"erdos-renyi\"`";
            Err(source.error(given.span(), "a complete graph has no connectivity", hint))
        }
        ("erdos-renyi", Some(given)) if (0.0..=1.0).contains(given.get_ref()) => {
            Ok(Topology::ErdosRenyi { connectivity: *given.get_ref() })
        }
        ("erdos-renyi", Some(given)) => {
            Err(source.error(given.span(), "not a probability", "connectivity is between 0 and 1"))
        }
        ("erdos-renyi", None) => {
            let hint = "add `connectivity`, the probability of each link";
            Err(source.error(place, "an Erdős–Rényi graph needs its connectivity", hint))
        }
        (other, _) => {
            let hint = closest(other, ["complete", "erdos-renyi"].into_iter()).unwrap_or_default();
            Err(source.error(place, format!("no topology `{other}`"), hint))
        }
    }
}
