//! Nodes that are not where the profile would put them.

use net_model::{Override, Profile};

use super::super::{Population, names, quantity};
use super::nodes_named;
use crate::raw::{RawNetwork, RawPlace, Spanned};
use crate::source::{BadScenario, Source, closest};

pub(super) fn overrides(
    source: &Source,
    raw: &RawNetwork,
    populations: &[Population],
    profile: &Profile,
) -> Result<Vec<Override>, BadScenario> {
    let mut overrides = Vec::new();
    for place in &raw.node {
        let RawPlace { nodes, region, connection, upload, download } = place.get_ref();
        if region.is_none() && connection.is_none() && upload.is_none() && download.is_none() {
            let hint = "give a `region`, a `connection`, an `upload` or a `download`";
            return Err(source.error(place.span(), "nothing is said about these nodes", hint));
        }
        if nodes.is_empty() {
            return Err(source.error(place.span(), "these are no nodes", "name populations or nodes"));
        }
        let region = region.as_ref().map(|name| self::region(source, profile, name.get_ref(), name)).transpose()?;
        let connection = connection.as_ref().map(|name| self::connection(source, profile, name)).transpose()?;
        let (upload_bps, download_bps) = (rate(source, upload)?, rate(source, download)?);
        for name in nodes {
            let nodes = nodes_named(populations, name.get_ref()).ok_or_else(|| {
                let hint = names::hint(populations, name.get_ref());
                source.error(name.span(), format!("there is no node `{}`", name.get_ref()), hint)
            })?;
            overrides.push(Override { nodes, region, connection, upload_bps, download_bps });
        }
    }
    Ok(overrides)
}

/// The place of a region in the profile.
pub(super) fn region<T>(
    source: &Source,
    profile: &Profile,
    name: &str,
    place: &Spanned<T>,
) -> Result<u16, BadScenario> {
    let found = profile.regions().iter().position(|region| region == name);
    found.map(|place| place as u16).ok_or_else(|| {
        let hint = closest(name, profile.regions().iter().map(String::as_str)).unwrap_or_default();
        source.error(place.span(), format!("the profile has no region `{name}`"), hint)
    })
}

fn connection(source: &Source, profile: &Profile, name: &Spanned<String>) -> Result<u16, BadScenario> {
    let types = || profile.connections().iter().map(|connection| connection.name.as_str());
    types().position(|connection| connection == name.get_ref()).map(|place| place as u16).ok_or_else(|| {
        let hint =
            closest(name.get_ref(), types()).unwrap_or_else(|| "give `upload` and `download` instead".to_owned());
        source.error(name.span(), format!("the profile has no connection `{}`", name.get_ref()), hint)
    })
}

fn rate(source: &Source, text: &Option<Spanned<String>>) -> Result<Option<u64>, BadScenario> {
    let Some(text) = text else { return Ok(None) };
    match quantity(source, text, contract::units::parse_rate)? {
        0 => Err(source.error(text.span(), "nothing gets through at this rate", "give at least \"1 bit/s\"")),
        rate => Ok(Some(rate)),
    }
}
