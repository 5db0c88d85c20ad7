//! Partitions: what they stop, and what not.

use super::*;

fn with(faults: Vec<Fault>) -> Network {
    Network::new(&constant(10.0), 5, faults, seeds(1)).unwrap()
}

fn reaches(network: &mut Network, millis: u64, ends: [u32; 2]) -> bool {
    match network.route(at(millis), parcel(Kind::Datagram, ends, 0)) {
        Fate::Arrives(_) => true,
        Fate::Lost(Loss::Partition) => false,
        other => panic!("{other:?}"),
    }
}

/// Two sides from 100 ms until 200 ms; node 4 is on neither.
#[test]
fn a_partition_stops_what_leaves_between_its_sides_while_it_lasts() {
    let mut network = with(vec![split(100, 200, [&[0, 1], &[2, 3]])]);
    for (ends, millis, expected) in [
        ([0, 2], 99, true),
        ([0, 2], 100, false),
        ([2, 0], 100, false),
        ([1, 3], 150, false),
        ([3, 1], 199, false),
        ([0, 2], 200, true),
        ([0, 1], 150, true),
        ([2, 3], 150, true),
        ([0, 4], 150, true),
        ([4, 2], 150, true),
        ([4, 4], 150, true),
    ] {
        assert_eq!(reaches(&mut network, millis, ends), expected, "{ends:?} at {millis} ms");
    }
}

#[test]
fn what_left_before_a_partition_began_arrives_during_it() {
    let mut network = with(vec![split(100, 200, [&[0], &[1]])]);
    let datagram = network.route(at(95), parcel(Kind::Datagram, [0, 1], 0));
    assert_eq!(datagram, Fate::Arrives(at(105)));
    assert_eq!(network.route(at(99), parcel(Kind::Stream, [0, 1], 0)), Fate::Arrives(at(109)));
}

/// 1 Mbit/s: 1,250 bytes take 10 ms to leave.
#[test]
fn the_moment_of_leaving_the_queue_counts() {
    let faults = vec![split(100, 200, [&[0], &[1]])];
    let mut network = Network::new(&narrow(10.0, [1.0, 1.0]), 2, faults, seeds(1)).unwrap();
    let mut send = |millis| network.route(at(millis), Parcel { size: 1_250, ..parcel(Kind::Datagram, [0, 1], 0) });
    assert_eq!(send(85), Fate::Arrives(at(105)), "leaves at 95 ms");
    assert_eq!(send(94), Fate::Lost(Loss::Partition), "sent before, but leaves at 105 ms");
    assert_eq!(send(185), Fate::Lost(Loss::Partition), "leaves at 195 ms");
    assert_eq!(send(191), Fate::Arrives(at(215)), "sent during, waits for what was lost, leaves at 205 ms");
}

#[test]
fn healing_one_of_two_overlapping_partitions_leaves_the_other() {
    let mut network = with(vec![split(0, 150, [&[0], &[2]]), split(100, 200, [&[0, 1], &[2, 3]])]);
    for (millis, expected) in [(50, false), (120, false), (149, false), (150, false), (199, false), (200, true)] {
        assert_eq!(reaches(&mut network, millis, [0, 2]), expected, "at {millis} ms");
    }
    assert!(reaches(&mut network, 50, [1, 3]));
    assert!(!reaches(&mut network, 150, [1, 3]));
}
