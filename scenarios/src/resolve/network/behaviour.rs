//! What links do to messages, and how latencies change over time.

use net_model::{BadCourse, BadProfile, Behaviour, Between, Course, Profile};

use super::super::{quantity, span};
use super::place::region;
use crate::raw::{RawBetween, RawChange, RawLinks, RawNetwork, Spanned};
use crate::source::{BadScenario, Source};

pub(super) fn behave(source: &Source, raw: &RawNetwork, profile: Profile) -> Result<Profile, BadScenario> {
    let RawLinks { loss, duplication, reordering, held_back, queue, handshake_round_trips, packet, bandwidth } =
        &raw.link;
    let mut profile = profile;
    if *bandwidth == Some(false) {
        profile = profile.without_bandwidth();
    }
    if let Some(loss) = loss {
        profile = profile.with_loss(*loss.get_ref()).map_err(|error| improbable(source, loss, &error))?;
    }
    let default = profile.behaviour();
    let time = |text: &Option<Spanned<String>>| text.as_ref().map(|text| span(source, text)).transpose();
    let share = |share: &Option<Spanned<f64>>, default: f64| share.as_ref().map_or(default, |share| *share.get_ref());
    let behaviour = Behaviour {
        queue: time(queue)?.unwrap_or(default.queue),
        duplication: share(duplication, default.duplication),
        reordering: share(reordering, default.reordering),
        held_back: time(held_back)?.unwrap_or(default.held_back),
        handshake_round_trips: handshake_round_trips
            .as_ref()
            .map_or(default.handshake_round_trips, |trips| *trips.get_ref()),
        packet_bytes: packet.as_ref().map_or(Ok(default.packet_bytes), |packet| packet_bytes(source, packet))?,
    };
    if let (Some(reordering), None) = (reordering, held_back) {
        let hint = "add `held_back`, by how much later they arrive at most";
        return Err(source.error(reordering.span(), "it is not said how long datagrams are held back", hint));
    }
    let places = [("duplication", duplication), ("reordering", reordering)];
    profile.with_behaviour(behaviour).map_err(|error| {
        let of = |key: &str| places.iter().find(|(name, _)| *name == key).and_then(|(_, place)| place.as_ref());
        match &error {
            BadProfile::Range { key, .. } => of(key).map(|place| improbable(source, place, &error)),
            _ => None,
        }
        .unwrap_or_else(|| source.error_beside(error.to_string(), "change [network.link]"))
    })
}

fn improbable(source: &Source, place: &Spanned<f64>, error: &BadProfile) -> BadScenario {
    let hint = "write a probability between 0 and 1";
    match error {
        BadProfile::Range { key, value, .. } => {
            let key = key.split(',').next().unwrap_or_default();
            source.error(place.span(), format!("{key} {value} is not a probability"), hint)
        }
        _ => source.error(place.span(), error.to_string(), hint),
    }
}

fn packet_bytes(source: &Source, packet: &Spanned<String>) -> Result<u32, BadScenario> {
    let bytes = quantity(source, packet, contract::units::parse_bytes)?;
    match u32::try_from(bytes) {
        Ok(bytes) if bytes > 0 => Ok(bytes),
        _ => Err(source.error(packet.span(), "no packet has this size", "QUIC's packets have at least \"1200 B\"")),
    }
}

pub(super) fn courses(source: &Source, raw: &RawNetwork, profile: &Profile) -> Result<Vec<Course>, BadScenario> {
    raw.change.iter().map(|change| course(source, change, profile)).collect()
}

fn course(source: &Source, change: &Spanned<RawChange>, profile: &Profile) -> Result<Course, BadScenario> {
    let RawChange { between, at, latency, every, linear } = change.get_ref();
    let (times, factors) = (at.get_ref(), latency.get_ref());
    if times.len() != factors.len() {
        let message = format!("{} factors for {} times", factors.len(), times.len());
        return Err(source.error(latency.span(), message, "give a factor for each time of `at`"));
    }
    let times = times.iter().map(|time| span(source, time)).collect::<Result<Vec<_>, _>>()?;
    let course = Course {
        between: self::between(source, between, profile)?,
        points: times.into_iter().zip(factors.iter().copied()).collect(),
        every: every.as_ref().map(|every| span(source, every)).transpose()?,
        linear: *linear,
    };
    course.check().map_err(|error| {
        let place = match error {
            BadCourse::Order(index) => at.get_ref()[index].span(),
            BadCourse::Factor(_) => latency.span(),
            BadCourse::Period => every.as_ref().map_or(change.span(), Spanned::span),
            BadCourse::Empty => at.span(),
        };
        let message = error.to_string();
        let (what, hint) = message.split_once(": ").unwrap_or((&message, ""));
        source.error(place, what, hint)
    })?;
    Ok(course)
}

fn between(source: &Source, between: &Option<Spanned<RawBetween>>, profile: &Profile) -> Result<Between, BadScenario> {
    let Some(place) = between else { return Ok(Between::Everywhere) };
    match place.get_ref() {
        RawBetween::Region(name) => Ok(Between::Of(region(source, profile, name, place)?)),
        RawBetween::Pair(pair) => {
            let [a, b] = &**pair;
            Ok(Between::Pair(region(source, profile, a, place)?, region(source, profile, b, place)?))
        }
    }
}
