//! The world around the nodes, and what connects them.

use contract::{Span, Time};
use net_model::{Profile, Topology};
use sim_core::Storage;
use toml::Spanned;

use super::{NetworkSpec, WorldSpec, span};
use crate::raw::{RawNetwork, RawWorld};
use crate::source::{BadScenario, Source, closest};

pub(super) fn world(source: &Source, raw: &RawWorld, horizon: Time) -> Result<WorldSpec, BadScenario> {
    let simulated_crypto = match &raw.crypto {
        None => true,
        Some(crypto) => match crypto.get_ref().as_str() {
            "simulated" => true,
            "ed25519" => false,
            other => {
                let hint = "`simulated` is fast, `ed25519` is the real thing";
                return Err(source.error(crypto.span(), format!("no signature scheme `{other}`"), hint));
            }
        },
    };
    let default = Storage::default();
    let storage = Storage {
        base: raw.sync_base.as_ref().map_or(Ok(default.base), |text| span(source, text))?,
        mean_extra: raw.sync_extra.as_ref().map_or(Ok(default.mean_extra), |text| span(source, text))?,
    };
    let checkpoints = raw.checkpoints.as_ref().map_or(64, |count| *count.get_ref());
    if checkpoints == 0 {
        let place = raw.checkpoints.as_ref().map_or(0..0, Spanned::span);
        return Err(source.error(place, "no checkpoints", "a run needs at least one, by which it can be verified"));
    }
    let every = horizon.as_nanos().div_ceil(u64::from(checkpoints)).max(1);
    Ok(WorldSpec {
        simulated_crypto,
        storage,
        clock_offset_max: raw.clock_offset_max.as_ref().map_or(Ok(Span::ZERO), |text| span(source, text))?,
        clock_drift_max_ppm: drift(source, raw)?,
        checkpoint_every: Span::from_nanos(every),
        events_max: raw.events_max.unwrap_or(u64::MAX),
    })
}

fn drift(source: &Source, raw: &RawWorld) -> Result<u32, BadScenario> {
    let Some(ppm) = &raw.clock_drift_max_ppm else { return Ok(0) };
    if *ppm.get_ref() > 100_000 {
        let hint = "a quartz clock drifts by some 50 ppm; at most 100000 are allowed";
        return Err(source.error(ppm.span(), format!("a drift of {} ppm", ppm.get_ref()), hint));
    }
    Ok(*ppm.get_ref())
}

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
