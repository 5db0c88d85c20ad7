//! The routing decision, part by part.

mod datagrams;
mod draws;
mod faults;
mod links;
mod partitions;
mod queues;
mod streams;

use contract::{Kind, Span, Time};
use proptest::prelude::*;

use super::*;
use crate::testing::{at, constant, network, parcel, seeds};

/// One region with these bandwidths, and always the same latency.
fn narrow(latency_ms: f64, [upload_mbps, download_mbps]: [f64; 2]) -> Profile {
    let text = format!(
        "[n]\nsource = 'test'\nlatency_ms = {latency_ms:?}\nlatency_sampling = 'constant'\n\
         upload_mbps = {upload_mbps:?}\ndownload_mbps = {download_mbps:?}"
    );
    Profile::parse(&text, "n").unwrap()
}

fn split(from: u64, until: u64, groups: [&[u32]; 2]) -> Fault {
    Fault::partition(at(from), at(until), groups.map(<[u32]>::to_vec))
}

/// One question to a network of four nodes: milliseconds since the last, ends, bytes, kind, tag.
fn question() -> impl Strategy<Value = (u64, [u32; 2], u32, bool, u8)> {
    (0..2_000u64, [0..4u32, 0..4u32], 0..200_000u32, any::<bool>(), 0..3u8)
}

proptest! {
    /// Every question has exactly one answer, of a kind that the parcel's kind allows, and never in the past.
    #[test]
    fn every_parcel_has_one_lawful_fate(
        questions in prop::collection::vec(question(), 1..200),
        loss in 0.0..=1.0f64,
        unruly in 0.0..=1.0f64,
        faults in prop::collection::vec((0..60_000u64, 1..60_000u64), 0..4),
    ) {
        let behaviour = Behaviour {
            queue: Span::from_millis(500),
            duplication: unruly,
            reordering: unruly,
            held_back: Span::from_millis(40),
            handshake_round_trips: 1,
            packet_bytes: 1_200,
        };
        let profile = narrow(30.0, [1.0, 0.5]).with_loss(loss).unwrap().with_behaviour(behaviour).unwrap();
        let faults = faults.into_iter().map(|(from, lasts)| split(from, from + lasts, [&[0, 1], &[2]])).collect();
        let mut network = Network::new(&profile, 4, faults, seeds(3)).unwrap();
        let mut again = network.clone();
        let (mut now, mut sent) = (0, [[0; 3]; 4]);
        for (pause, [from, to], size, stream, tag) in questions {
            now += pause;
            let occurrence = sent[from as usize][usize::from(tag)];
            sent[from as usize][usize::from(tag)] += 1;
            let kind = if stream { Kind::Stream } else { Kind::Datagram };
            let asked = Parcel { from, to, size, kind, tag, occurrence };
            let fate = network.route(at(now), asked);
            match fate {
                Fate::Arrives(time) => prop_assert!(time >= at(now) + Span::from_millis(30)),
                Fate::ArrivesTwice(times) => {
                    prop_assert!(!stream && times.iter().all(|time| *time >= at(now) + Span::from_millis(30)));
                }
                Fate::Lost(_) => prop_assert_eq!(kind, Kind::Datagram),
                Fate::Breaks(time) => prop_assert!(stream && time > at(now)),
            }
            prop_assert_eq!(again.route(at(now), asked), fate);
        }
    }
}

#[test]
fn a_network_needs_a_node() {
    let error = Network::new(&constant(1.0), 0, Vec::new(), seeds(1)).unwrap_err();
    assert_eq!(error, BadNetwork::NoNodes);
}

#[test]
fn losses_have_names() {
    assert_eq!(Loss::ALL.map(Loss::name), ["random", "partition", "queue_full", "burst", "receiver_full"]);
    assert_eq!(Loss::ALL.map(|loss| loss as u8), [0, 1, 2, 3, 4]);
}

#[test]
fn an_instant_profile_still_takes_a_nanosecond() {
    let fate = network(&constant(0.0), 2).route(at(5), parcel(Kind::Datagram, [0, 1], 0));
    assert_eq!(fate, Fate::Arrives(at(5) + Span::from_nanos(1)));
}

/// Only nodes cost memory while nobody uses a stream: 70 bytes each for regions and queues.
#[test]
fn datagrams_store_nothing_per_pair() {
    const NODES: u32 = 1_000;
    let mut network = network(&Profile::named("simblock-2019").unwrap(), NODES);
    network.route(at(0), parcel(Kind::Datagram, [0, 1], 0));
    let before = network.memory_bytes();
    assert!(before < 70 * NODES as usize + 8_000, "{before} bytes");
    for i in 0..40_000u32 {
        let ends = [i % NODES, i.wrapping_mul(7) % NODES];
        network.route(at(u64::from(i)), parcel(Kind::Datagram, ends, u64::from(i / NODES)));
    }
    assert_eq!((network.memory_bytes(), network.connections()), (before, 0));
    network.route(at(40_000), parcel(Kind::Stream, [1, 2], 20));
    assert!(network.memory_bytes() > before);
    assert_eq!(network.connections(), 1);
}
