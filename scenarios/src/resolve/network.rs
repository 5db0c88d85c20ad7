//! What connects the nodes.

mod behaviour;
mod place;
pub(crate) mod profile;
mod topology;

use super::{NetworkSpec, Population, nodes_named};
use crate::raw::RawNetwork;
use crate::source::{BadScenario, Source};

pub(super) fn network(
    source: &Source,
    raw: &RawNetwork,
    populations: &[Population],
) -> Result<NetworkSpec, BadScenario> {
    let profile = profile::profile(source, raw)?;
    let profile = behaviour::behave(source, raw, profile)?;
    let overrides = place::overrides(source, raw, populations, &profile)?;
    let courses = behaviour::courses(source, raw, &profile)?;
    let topology = topology::topology(source, raw, populations)?;
    Ok(NetworkSpec { profile_name: raw.profile.get_ref().clone(), profile, overrides, courses, topology })
}
