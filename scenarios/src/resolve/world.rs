//! The world around the nodes.

use crate::raw::Spanned;
use contract::{Span, Time};
use sim_core::Storage;

use super::{WorldSpec, span};
use crate::raw::RawWorld;
use crate::source::{BadScenario, Source};

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
