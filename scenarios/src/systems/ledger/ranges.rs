//! Parameters that are of the right kind and mean nothing.

use contract::Amount;
use ledger::gossip::ITEMS_MAX;
use ledger::payload::Millionths;
use ledger::{Acceptance, Spread};

use super::Written;
use crate::{BadScenario, Source};

/// Refuses what is out of its range.
///
/// # Errors
/// [`BadScenario`] at the first such parameter.
pub(super) fn check(source: &Source, written: &Written, nodes: u32) -> Result<(), BadScenario> {
    endowments(source, written.endowment, nodes)?;
    match written.node.spread {
        Spread::Flood => Ok(()),
        Spread::Push { fanout } => within(source, ("push", "fanout"), fanout, u8::MAX),
        Spread::Keepalive { fanout, items } => {
            within(source, ("keepalive", "fanout"), fanout, u8::MAX)?;
            within(source, ("keepalive", "items"), items, ITEMS_MAX as u8)
        }
    }?;
    let share = |key: [&str; 2], value: Millionths| share(source, key, value);
    match written.node.acceptance {
        Acceptance::Immediate => Ok(()),
        Acceptance::Wait(wait) => share(["wait", "threshold"], wait.threshold),
        Acceptance::Weight(weight) => {
            share(["weight", "connectivity"], weight.connectivity)?;
            share(["weight", "detection"], weight.detection)?;
            share(["weight", "threshold"], weight.threshold)
        }
    }
}

/// All money of a network has to be countable.
fn endowments(source: &Source, each: Amount, nodes: u32) -> Result<(), BadScenario> {
    let most = Amount::from_micro(u64::MAX / u64::from(nodes.max(1)));
    if each <= most {
        return Ok(());
    }
    let place = source.place_of(&["parameters", "endowment"]).unwrap_or(0..0);
    let what = format!("{nodes} endowments of {each} OMC are more money than can be counted");
    Err(source.error(place, what, format!("{nodes} nodes can have at most \"{most} OMC\" each")))
}

fn within(source: &Source, (rule, key): (&str, &str), value: u8, most: u8) -> Result<(), BadScenario> {
    if (1..=most).contains(&value) {
        return Ok(());
    }
    let place = source.place_of(&["parameters", "node", "spread", rule, key]).unwrap_or(0..0);
    Err(source.error(place, format!("`{key}` is {value}"), format!("write a whole number from 1 to {most}")))
}

fn share(source: &Source, [rule, key]: [&str; 2], value: Millionths) -> Result<(), BadScenario> {
    if (Millionths(0)..=Millionths::ONE).contains(&value) {
        return Ok(());
    }
    let place = source.place_of(&["parameters", "node", "acceptance", rule, key]).unwrap_or(0..0);
    let what = format!("`{key}` is {}, and is a share", value.as_f64());
    Err(source.error(place, what, "write a number from 0 to 1"))
}
