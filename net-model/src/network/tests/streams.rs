//! Streams: order, repetition, and the break of a connection.

use super::*;
use crate::network::streams::losses;
use crate::testing::{SIGMAS, arrival, key};

/// The first probe timeout of a constant latency of 10 ms: 20 ms of round trip, 1 ms of granularity, 25 ms for the
/// acknowledgement.
const PROBE_MS: u64 = 46;

fn with(faults: Vec<Fault>) -> Network {
    Network::new(&constant(10.0), 4, faults, seeds(1)).unwrap()
}

fn send(network: &mut Network, millis: u64, ends: [u32; 2]) -> Fate {
    network.route(at(millis), parcel(Kind::Stream, ends, 0))
}

#[test]
fn the_probe_timeout_is_that_of_rfc_9002() {
    let constant = Law::Constant { latency_ns: 10e6 };
    assert_eq!(Retransmission::probe(&constant, &constant), Span::from_millis(PROBE_MS));
    let far = Law::Exponential { least_ns: 0.0, mean_ns: 100e6 };
    // Mean deviation of an exponential: 2/e of its mean. 110 ms + 4 · 73.576 ms + 25 ms.
    assert_eq!(Retransmission::probe(&constant, &far).as_nanos() / 1_000, 429_303);
}

#[test]
fn a_stream_under_no_loss_is_as_quick_as_a_datagram() {
    assert_eq!(send(&mut with(Vec::new()), 5, [0, 1]), Fate::Arrives(at(15)));
}

#[test]
fn what_follows_waits_for_what_was_lost() {
    // Cut for a moment: the first is repeated 46 ms later, and the second must not overtake it.
    let mut network = with(vec![split(100, 101, [&[0], &[1]])]);
    let first = at(100 + PROBE_MS + 10);
    assert_eq!(send(&mut network, 100, [0, 1]), Fate::Arrives(first));
    assert_eq!(send(&mut network, 102, [0, 1]), Fate::Arrives(first + Span::from_nanos(1)));
    assert_eq!(send(&mut network, 103, [0, 1]), Fate::Arrives(first + Span::from_nanos(2)));
    assert_eq!(send(&mut network, 103, [1, 0]), Fate::Arrives(at(113)), "the other direction has its own order");
    assert_eq!(send(&mut network, 103, [0, 2]), Fate::Arrives(at(113)), "so has another peer");
    assert_eq!(
        network.route(at(103), parcel(Kind::Datagram, [0, 1], 0)),
        Fate::Arrives(at(113)),
        "and a datagram none"
    );
    assert_eq!(send(&mut network, 200, [0, 1]), Fate::Arrives(at(210)));
}

/// Transmissions leave 0, 46, 138, 322, 690 … ms after the first: 46 · (2^i − 1).
#[test]
fn a_partition_is_crossed_by_the_first_probe_after_it() {
    for (lasts, repeats) in [(1, 1), (46, 1), (47, 2), (138, 2), (139, 3), (5_000, 7), (10_000, 8), (23_506, 9)] {
        let mut network = with(vec![split(100, 100 + lasts, [&[0], &[1]])]);
        let leaves = 100 + PROBE_MS * ((1 << repeats) - 1);
        assert_eq!(send(&mut network, 100, [0, 1]), Fate::Arrives(at(leaves + 10)), "lasts {lasts} ms");
    }
}

/// The probe after 23,506 ms leaves at 47,058 ms, beyond the idle timeout: healed in time is not enough.
#[test]
fn a_connection_breaks_when_no_probe_gets_through_in_time() {
    for lasts in [23_507, 29_999, 40_000] {
        let mut network = with(vec![split(100, 100 + lasts, [&[0], &[1]])]);
        assert_eq!(send(&mut network, 100, [0, 1]), Fate::Breaks(at(30_100)), "lasts {lasts} ms");
    }
}

#[test]
fn a_connection_breaks_once_for_both_directions_and_is_opened_again() {
    let mut network = with(vec![split(100, 25_000, [&[0], &[1]])]);
    assert_eq!(send(&mut network, 50, [1, 0]), Fate::Arrives(at(60)));
    assert_eq!(send(&mut network, 100, [0, 1]), Fate::Breaks(at(30_100)));
    assert_eq!(send(&mut network, 5_000, [0, 1]), Fate::Breaks(at(30_100)), "lost with the first");
    assert_eq!(send(&mut network, 5_000, [1, 0]), Fate::Breaks(at(30_100)), "in both directions");
    assert_eq!(send(&mut network, 26_000, [0, 1]), Fate::Breaks(at(30_100)), "even after the partition");
    assert_eq!(send(&mut network, 26_000, [0, 2]), Fate::Arrives(at(26_010)), "other connections live");
    assert_eq!(network.connections(), 1);
    assert_eq!(send(&mut network, 30_100, [0, 1]), Fate::Arrives(at(30_110)), "then a new one is opened");
    assert_eq!(network.connections(), 2);
}

/// 1 bit/s: an hour in the queue, which outlives the break of the connection; what follows on the new one stays behind it.
#[test]
fn order_outlives_a_connection() {
    let slow =
        "[p]\nsource = ''\nlatency_ms = 10\nlatency_sampling = 'constant'\nupload_mbps = 0.000001\ndownload_mbps = 1";
    let profile = Profile::parse(slow, "p").unwrap();
    let mut network = Network::new(&profile, 2, vec![split(1_000, 99_000, [&[0], &[1]])], seeds(1)).unwrap();
    let long = Parcel { size: 450, ..parcel(Kind::Stream, [0, 1], 0) };
    let hour = arrival(network.route(at(0), long));
    assert_eq!(hour, at(3_600_010));
    let empty = Parcel { size: 0, ..parcel(Kind::Stream, [1, 0], 0) };
    assert_eq!(network.route(at(2_000), empty), Fate::Breaks(at(32_000)));
    let after = Parcel { size: 0, ..parcel(Kind::Stream, [0, 1], 1) };
    assert_eq!(network.route(at(100_000), after), Fate::Arrives(hour + Span::from_nanos(1)));
}

#[test]
fn a_crash_closes_connections_and_names_the_peers() {
    let mut network = with(vec![split(100, 90_000, [&[0], &[3]])]);
    for ends in [[2, 0], [0, 1], [1, 2], [0, 3]] {
        send(&mut network, 50, ends);
    }
    assert_eq!(send(&mut network, 200, [3, 0]), Fate::Breaks(at(30_200)));
    assert_eq!(network.forget(0), [1, 2], "3 was already told when it will break");
    assert_eq!(network.forget(0), Vec::<u32>::new());
    assert_eq!(network.forget(3), Vec::<u32>::new());
    assert_eq!(network.connections(), 1);
    assert_eq!(network.forget(2), [1]);
    assert_eq!(send(&mut network, 300, [0, 3]), Fate::Breaks(at(30_300)), "a new connection, a new timeout");
}

#[test]
fn a_node_may_talk_to_itself() {
    let mut network = network(&constant(10.0).with_loss(1.0).unwrap(), 2);
    assert_eq!(send(&mut network, 0, [1, 1]), Fate::Breaks(at(30_000)));
    assert_eq!(send(&mut network, 40_000, [1, 1]), Fate::Breaks(at(70_000)));
    assert_eq!(network.forget(1), Vec::<u32>::new());
    let mut lossless = with(Vec::new());
    assert_eq!(send(&mut lossless, 0, [1, 1]), Fate::Arrives(at(10)));
    assert_eq!(send(&mut lossless, 0, [1, 1]), Fate::Arrives(at(10) + Span::from_nanos(1)));
    assert_eq!(lossless.forget(1), Vec::<u32>::new());
}

/// P(at least k losses) = loss^k, within 4.9 standard deviations of the binomial distribution.
#[test]
fn losses_in_a_row_are_geometric() {
    const COUNT: u64 = 200_000;
    let (key, loss) = (key("geometric"), 0.3f64);
    let bound = share_of_64_bits(loss);
    let mut at_least = [0u64; 6];
    for i in 0..COUNT {
        let [_, bits] = key.draw(0, i);
        let count = if bits < bound { losses(bits, loss, 1) } else { 0 };
        (1..=at_least.len()).filter(|&k| count as usize >= k).for_each(|k| at_least[k - 1] += 1);
    }
    for (k, &found) in (1..).zip(&at_least) {
        let share = libm::pow(loss, f64::from(k));
        let (mean, sigma) = (COUNT as f64 * share, (COUNT as f64 * share * (1.0 - share)).sqrt());
        assert!((found as f64 - mean).abs() < SIGMAS * sigma, "{k} losses or more: {found} of {COUNT}");
    }
    assert_eq!(losses(0, 1.0, 1), u32::MAX);
    assert_eq!(losses(bound - 1, loss, 1), 1, "bits below the bound are a loss, however close");
}

/// The shares of parcels that are repeated once and twice are loss and loss², and each waits a whole number of probe timeouts.
#[test]
fn a_loss_costs_probe_timeouts() {
    const COUNT: u64 = 20_000;
    let loss = 0.1;
    let mut network = network(&constant(10.0).with_loss(loss).unwrap(), 2);
    let mut repeated = [0u64; 2];
    for i in 0..COUNT {
        // So far apart that no parcel waits for the one before.
        let now = at(i * 100_000);
        let extra = arrival(network.route(now, parcel(Kind::Stream, [0, 1], i))).since(now + Span::from_millis(10));
        let probes = extra.as_nanos() / (PROBE_MS * 1_000_000);
        assert_eq!(extra, Span::from_millis(PROBE_MS * probes));
        assert!((probes + 1).is_power_of_two(), "{probes} timeouts");
        repeated[0] += u64::from(probes >= 1);
        repeated[1] += u64::from(probes >= 3);
    }
    for (found, share) in repeated.into_iter().zip([loss, loss * loss]) {
        let (mean, sigma) = (COUNT as f64 * share, (COUNT as f64 * share * (1.0 - share)).sqrt());
        assert!((found as f64 - mean).abs() < SIGMAS * sigma, "{repeated:?} repeated once and twice of {COUNT}");
    }
}

proptest! {
    /// In order for each ordered pair, whatever is lost, cut or broken; and after a break nothing until its time.
    #[test]
    fn streams_keep_their_order(
        questions in prop::collection::vec((0..3_000u64, 0..3u32, 0..3u32, 0..20_000u32), 1..300),
        loss in 0.0..0.6f64,
        (from, lasts) in (0..100_000u64, 1..80_000u64),
    ) {
        let profile = Profile::named("wan").unwrap().with_loss(loss).unwrap();
        let faults = vec![split(from, from + lasts, [&[0], &[1]])];
        let mut network = Network::new(&profile, 3, faults, seeds(4)).unwrap();
        let (mut now, mut last, mut breaks) = (0, [[Time::ZERO; 3]; 3], [[Time::ZERO; 3]; 3]);
        for (occurrence, (pause, a, b, size)) in questions.into_iter().enumerate() {
            now += pause;
            let (i, j) = (a as usize, b as usize);
            let asked = Parcel { size, ..parcel(Kind::Stream, [a, b], occurrence as u64) };
            match network.route(at(now), asked) {
                Fate::Arrives(time) => {
                    prop_assert!(time > last[i][j] && at(now) >= breaks[i][j]);
                    last[i][j] = time;
                }
                Fate::Breaks(time) => {
                    prop_assert!(at(now) >= breaks[i][j] || time == breaks[i][j], "one break, one time");
                    (breaks[i][j], breaks[j][i]) = (time, time);
                }
                Fate::ArrivesTwice(_) => prop_assert!(false, "a stream that arrives twice"),
                Fate::Lost(reason) => prop_assert!(false, "a stream lost by {}", reason.name()),
            }
        }
    }
}
