//! Links: shared downloads, duplicates, overtaking, packets, set-up, courses over time.

use super::*;
use crate::Override;
use crate::course::{Between, Course};
use crate::testing::{SIGMAS, arrival};

fn stream(ends: [u32; 2], occurrence: u64) -> Parcel {
    parcel(Kind::Stream, ends, occurrence)
}

fn with(profile: Profile, change: impl FnOnce(&mut Behaviour)) -> Profile {
    let mut behaviour = profile.behaviour();
    change(&mut behaviour);
    profile.with_behaviour(behaviour).unwrap()
}

/// Ten senders of 100 bytes each at once to one receiver of 8 kbit/s: its download carries one after the other, 100 ms each.
#[test]
fn what_comes_from_several_shares_the_download() {
    let mut network = network(&narrow(10.0, [1000.0, 0.008]), 11);
    let arrivals: Vec<Time> =
        (1..11).map(|from| arrival(network.route(at(0), parcel(Kind::Datagram, [from, 0], 0)))).collect();
    let upload = Span::from_nanos(800);
    for (place, found) in (1..).zip(arrivals) {
        // The first bit is there after the latency; from then on the download is busy without a pause.
        assert_eq!(found + upload, at(10 + place * 100) + upload, "{place}");
    }
}

/// The busy download is no hindrance to what comes before it was busy, or in a gap that is long enough.
#[test]
fn a_quick_message_goes_before_a_slow_one_that_was_sent_earlier() {
    let text = "[p]\nsource = ''\nregions = ['near', 'far']\nlatency_mean_ms = [[1, 500], [500, 1]]\n\
                latency_sampling = 'constant'\nupload_mbps = 8\ndownload_mbps = 0.8\nregion_share.x = [0.5, 0.5]";
    let profile = Profile::parse(text, "p").unwrap();
    let nodes = |region| Override {
        nodes: region..region + 1,
        region: Some(region as u16),
        connection: None,
        upload_bps: None,
        download_bps: None,
    };
    let placement = Placement::drawn(&profile, 2, &[nodes(0), nodes(1)], &seeds(1).world);
    let mut network = Network::placed(&profile, placement, Vec::new(), &seeds(1).noise).unwrap();
    let far = arrival(network.route(at(0), parcel(Kind::Datagram, [1, 0], 0)));
    let near = arrival(network.route(at(1), parcel(Kind::Datagram, [0, 0], 0)));
    assert_eq!((far, near), (at(501), at(3)), "a millisecond into the receiver after the latency");
}

/// Capacity is conserved: whatever is sent, no download carries more than its rate.
#[test]
fn a_download_never_carries_more_than_its_rate() {
    let mut network = network(&narrow(5.0, [100.0, 1.0]), 5);
    let mut ends: Vec<u64> = Vec::new();
    for step in 0..400u64 {
        let from = 1 + (step % 4) as u32;
        let kind = if step % 3 == 0 { Kind::Stream } else { Kind::Datagram };
        let sent = Parcel { size: 1_250, ..parcel(kind, [from, 0], step) };
        ends.push(arrival(network.route(at(step / 2), sent)).as_nanos());
    }
    // 1,250 bytes take 10 ms at 1 Mbit/s. Streams may be held back for their order, so only what came in is counted.
    ends.sort_unstable();
    for (count, end) in (1u64..).zip(&ends) {
        assert!(*end >= 5_000_000 + count * 10_000_000 - 100_000, "{count} messages by {end} ns");
    }
}

#[test]
fn a_receiver_whose_queue_is_full_loses_datagrams_and_delays_streams() {
    let profile = narrow(1.0, [1000.0, 0.008]).with_queue(Span::from_millis(250));
    let mut network = network(&profile, 8);
    let fates: Vec<Fate> = (1..6).map(|from| network.route(at(0), parcel(Kind::Datagram, [from, 0], 0))).collect();
    assert!(fates[..3].iter().all(|fate| matches!(fate, Fate::Arrives(_))), "{fates:?}");
    assert_eq!(fates[3..], [Fate::Lost(Loss::ReceiverFull); 2]);
    assert!(arrival(network.route(at(0), stream([6, 0], 0))) >= at(400), "a stream waits");
}

/// Within 4.9 standard deviations of the binomial; a copy has its own latency.
#[test]
fn datagrams_are_duplicated_as_often_as_they_should() {
    const COUNT: u64 = 20_000;
    let profile = with(Profile::exponential(Span::from_millis(1), Span::from_millis(5)), |b| b.duplication = 0.1);
    let mut network = network(&profile, 2);
    let mut twice = Vec::new();
    for step in 0..COUNT {
        match network.route(at(step), parcel(Kind::Datagram, [0, 1], step)) {
            Fate::ArrivesTwice(times) => twice.push(times),
            fate => assert!(arrival(fate) > at(step)),
        }
        assert!(
            matches!(network.route(at(step), stream([0, 1], step)), Fate::Arrives(_)),
            "streams are never duplicated"
        );
    }
    let (mean, sigma) = (COUNT as f64 * 0.1, (COUNT as f64 * 0.1 * 0.9).sqrt());
    assert!((twice.len() as f64 - mean).abs() < SIGMAS * sigma, "{}", twice.len());
    assert!(twice.iter().all(|[first, second]| first != second));
    let earlier = twice.iter().filter(|[first, second]| second < first).count() as f64 / twice.len() as f64;
    assert!((earlier - 0.5).abs() < SIGMAS * (0.25 / twice.len() as f64).sqrt(), "{earlier}");
}

#[test]
fn what_is_held_back_is_overtaken() {
    const COUNT: u64 = 20_000;
    let profile = with(constant(10.0), |b| {
        b.reordering = 0.2;
        b.held_back = Span::from_millis(50);
    });
    let mut network = network(&profile, 2);
    let times: Vec<Time> =
        (0..COUNT).map(|step| arrival(network.route(at(step), parcel(Kind::Datagram, [0, 1], step)))).collect();
    let late: Vec<u64> =
        (0..).zip(&times).map(|(step, time)| time.since(at(step) + Span::from_millis(10)).as_nanos()).collect();
    let held = late.iter().filter(|late| **late > 0).count() as f64;
    assert!((held - 4_000.0).abs() < SIGMAS * 3_200f64.sqrt(), "{held}");
    assert!(late.iter().all(|late| *late <= 50_000_000) && late.iter().any(|late| *late > 49_000_000));
    assert!(times.windows(2).any(|pair| pair[1] < pair[0]));
}

/// Of n packets at least one is lost with probability 1 − (1 − p)^n; 4.9 standard deviations.
#[test]
fn a_large_datagram_is_lost_with_any_of_its_packets() {
    const COUNT: u64 = 20_000;
    let profile = constant(10.0).with_loss(0.02).unwrap();
    for (size, packets) in [(1, 1), (1_200, 1), (1_201, 2), (60_000, 50)] {
        let mut network = network(&profile, 2);
        let sent = |step| Parcel { size, ..parcel(Kind::Datagram, [0, 1], step) };
        let lost = (0..COUNT).filter(|&step| network.route(at(step), sent(step)) == Fate::Lost(Loss::Random)).count();
        let expected = 1.0 - libm::pow(0.98, f64::from(packets));
        let sigma = (expected * (1.0 - expected) / COUNT as f64).sqrt();
        let found = lost as f64 / COUNT as f64;
        assert!((found - expected).abs() < SIGMAS * sigma, "{size} bytes: {found} against {expected}");
    }
}

/// A stream of n packets needs as many rounds as the packet that is lost most often: P(at most k losses) = (1 − p^(k+1))^n.
#[test]
fn a_large_message_on_a_stream_waits_for_its_last_packet() {
    const COUNT: u64 = 20_000;
    let profile = constant(10.0).with_loss(0.1).unwrap();
    for packets in [1u32, 20] {
        let mut network = network(&profile, 2);
        let sent = |step| Parcel { size: 1_200 * packets, ..stream([0, 1], step) };
        // Far enough apart that none holds up the next.
        let time = |step: u64| at(step * 100_000);
        let waits: Vec<Span> =
            (0..COUNT).map(|step| arrival(network.route(time(step), sent(step))).since(time(step))).collect();
        let probe = Retransmission::probe(&Law::Constant { latency_ns: 1e7 }, &Law::Constant { latency_ns: 1e7 });
        for losses in 0..3u32 {
            let until = Span::from_millis(10) + probe.saturating_mul((1 << losses) - 1);
            let found = waits.iter().filter(|wait| **wait <= until).count() as f64 / COUNT as f64;
            let expected = libm::pow(1.0 - libm::pow(0.1, f64::from(losses + 1)), f64::from(packets));
            let sigma = (expected * (1.0 - expected) / COUNT as f64).sqrt();
            assert!(
                (found - expected).abs() < SIGMAS * sigma,
                "{packets} packets, {losses}: {found} against {expected}"
            );
        }
    }
}

#[test]
fn first_contact_costs_as_many_round_trips_as_the_profile_says() {
    for (trips, first) in [(0, 10), (1, 30), (2, 50)] {
        let mut network = network(&with(constant(10.0), |b| b.handshake_round_trips = trips), 3);
        assert_eq!(arrival(network.route(at(0), stream([0, 1], 0))), at(first));
        assert_eq!(arrival(network.route(at(1_000), stream([0, 1], 1))), at(1_010), "the connection is there");
        assert_eq!(arrival(network.route(at(1_000), stream([1, 0], 0))), at(1_010), "for both ends");
        assert_eq!(arrival(network.route(at(1_000), stream([0, 2], 2))), at(1_000 + first), "not for others");
        network.forget(1);
        assert_eq!(arrival(network.route(at(2_000), stream([0, 1], 3))), at(2_000 + first), "and not after a crash");
        assert_eq!(arrival(network.route(at(0), parcel(Kind::Datagram, [2, 1], 0))), at(10), "nor for datagrams");
    }
}

#[test]
fn what_follows_the_first_message_waits_behind_it() {
    let mut network = network(&with(constant(10.0), |b| b.handshake_round_trips = 1), 2);
    assert_eq!(arrival(network.route(at(0), stream([0, 1], 0))), at(30));
    assert_eq!(arrival(network.route(at(5), stream([0, 1], 1))), at(30) + Span::from_nanos(1));
}

#[test]
fn latency_follows_its_course_between_the_regions_that_it_names() {
    let text = "[p]\nsource = ''\nregions = ['a', 'b']\nlatency_mean_ms = [[10, 100], [100, 10]]\n\
                latency_sampling = 'constant'\nregion_share.x = [0.5, 0.5]";
    let profile = Profile::parse(text, "p").unwrap();
    let region = |node: u32, region| Override {
        nodes: node..node + 1,
        region: Some(region),
        connection: None,
        upload_bps: None,
        download_bps: None,
    };
    let placement = Placement::drawn(&profile, 3, &[region(0, 0), region(1, 1), region(2, 0)], &seeds(1).world);
    let points = vec![(Span::from_secs(1), 3.0), (Span::from_secs(2), 1.0)];
    let cut = Course { between: Between::Pair(1, 0), points, every: None, linear: false };
    let network = Network::placed(&profile, placement, Vec::new(), &seeds(1).noise).unwrap();
    let mut network = network.with_courses(vec![cut.clone()]).unwrap();
    let mut took = |now: u64, ends| arrival(network.route(at(now), parcel(Kind::Datagram, ends, now))).since(at(now));
    assert_eq!([0, 1_000, 1_999, 2_000].map(|now| took(now, [0, 1])), [100, 300, 300, 100].map(Span::from_millis));
    assert_eq!(took(1_500, [0, 2]), Span::from_millis(10), "another pair");
    let bad = Course { points: Vec::new(), ..cut };
    let error = network.with_courses(vec![bad]).unwrap_err();
    assert_eq!(error.to_string(), "course 0: it has no points: give at least one time and factor");
}
