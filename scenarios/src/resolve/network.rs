//! What connects the nodes.

mod topology;

use net_model::Profile;

use super::{NetworkSpec, Population};
use crate::raw::RawNetwork;
use crate::source::{BadScenario, Source, closest};

pub(super) fn network(
    source: &Source,
    raw: &RawNetwork,
    populations: &[Population],
) -> Result<NetworkSpec, BadScenario> {
    let name = raw.profile.get_ref();
    let profile = Profile::named(name).map_err(|error| {
        let hint = closest(name, Profile::names().iter().map(String::as_str)).unwrap_or_default();
        source.error(raw.profile.span(), error.to_string(), hint)
    })?;
    let topology = topology::topology(source, raw, populations)?;
    Ok(NetworkSpec { profile, profile_name: name.clone(), topology })
}
