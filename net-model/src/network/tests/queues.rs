//! Upload queues: exact times, since nothing here is random.

use super::*;
use crate::network::way::transmission_ns;

/// 1 Mbit/s up: 125 bytes take 1 ms.
fn line() -> Network {
    network(&narrow(10.0, [1.0, 2.0]), 3)
}

fn sized(kind: Kind, ends: [u32; 2], size: u32) -> Parcel {
    Parcel { size, ..parcel(kind, ends, 0) }
}

#[test]
fn what_one_node_sends_at_once_waits_in_line() {
    let mut network = line();
    let mut send = |ends, size| network.route(at(0), sized(Kind::Datagram, ends, size));
    assert_eq!(send([0, 1], 125), Fate::Arrives(at(11)));
    assert_eq!(send([0, 2], 250), Fate::Arrives(at(13)), "another receiver waits in the same line");
    assert_eq!(send([1, 2], 125), Fate::Arrives(at(11)), "another sender has its own");
    assert_eq!(send([0, 1], 0), Fate::Arrives(at(13)), "an empty message waits, too");
    assert_eq!(
        network.route(at(50), sized(Kind::Datagram, [0, 1], 125)),
        Fate::Arrives(at(61)),
        "the line is empty again"
    );
}

#[test]
fn a_slower_download_adds_the_difference() {
    let mut network = network(&narrow(10.0, [2.0, 1.0]), 2);
    let mut send = || network.route(at(0), sized(Kind::Datagram, [0, 1], 250));
    assert_eq!(send(), Fate::Arrives(at(12)), "1 ms up, 1 ms more down, 10 ms between");
    assert_eq!(send(), Fate::Arrives(at(14)), "1 ms later up, but the download is busy until the first is in");
}

#[test]
fn a_full_queue_drops_datagrams_and_holds_streams() {
    let profile = narrow(10.0, [1.0, 2.0]).with_queue(Span::from_millis(4));
    let mut network = network(&profile, 2);
    let mut send = |now, kind, size| network.route(at(now), sized(kind, [0, 1], size));
    assert_eq!(send(0, Kind::Datagram, 500), Fate::Arrives(at(14)));
    assert_eq!(send(0, Kind::Datagram, 125), Fate::Arrives(at(15)), "exactly as long as allowed");
    assert_eq!(send(0, Kind::Datagram, 125), Fate::Lost(Loss::QueueFull));
    assert_eq!(send(0, Kind::Stream, 125), Fate::Arrives(at(16)), "what was dropped took no room");
    assert_eq!(send(1, Kind::Datagram, 125), Fate::Lost(Loss::QueueFull), "6 ms of data, 1 ms later");
    assert_eq!(send(2, Kind::Datagram, 125), Fate::Arrives(at(17)));
}

#[test]
fn the_default_queue_holds_thirty_seconds() {
    let mut network = line();
    for second in 0..=30 {
        let fate = network.route(at(0), sized(Kind::Datagram, [0, 1], 125_000));
        assert_eq!(fate, Fate::Arrives(at(1_000 * (second + 1) + 10)));
    }
    assert_eq!(network.route(at(0), sized(Kind::Datagram, [0, 1], 1)), Fate::Lost(Loss::QueueFull));
}

#[test]
fn a_restarted_node_has_an_empty_queue() {
    let mut network = line();
    network.route(at(0), sized(Kind::Datagram, [0, 1], 125_000));
    network.forget(0);
    assert_eq!(network.route(at(5), sized(Kind::Datagram, [0, 1], 125)), Fate::Arrives(at(16)));
}

#[test]
fn without_bandwidth_there_is_no_queue() {
    let mut network = network(&constant(10.0), 2);
    for _ in 0..3 {
        assert_eq!(network.route(at(0), sized(Kind::Datagram, [0, 1], u32::MAX)), Fate::Arrives(at(10)));
    }
}

#[test]
fn a_block_between_simblock_regions_takes_its_size_over_the_smaller_bandwidth() {
    let profile = Profile::named("simblock-2019").unwrap();
    let lines = profile.bandwidths();
    let (europe, south_america) = (lines[1], lines[2]);
    // 535,000 bytes: SimBlock's block.
    assert_eq!(transmission_ns(535_000, europe.upload_bps), 206_763_286);
    assert_eq!(transmission_ns(535_000, south_america.download_bps), 237_777_778);
}

proptest! {
    /// The short cut for small sizes is the exact quotient, rounded up.
    #[test]
    fn transmission_is_exact(size: u32, bps in 1..=1_000_000_000_000u64) {
        let exact = (u128::from(size) * 8_000_000_000).div_ceil(u128::from(bps));
        prop_assert_eq!(u128::from(transmission_ns(size, bps)), exact.min(u128::from(u64::MAX)));
    }
}
