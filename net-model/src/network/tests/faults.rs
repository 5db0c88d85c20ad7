//! Faults: what each does, how they add up, and which are refused.

use super::*;
use crate::fault::{BadFault, Group, Harm, Links};
use crate::testing::arrival;

fn with(profile: &Profile, faults: &[Fault]) -> Network {
    Network::new(profile, 5, faults.to_vec(), seeds(1)).unwrap()
}

fn fault(from: u64, until: u64, links: Links, harm: Harm) -> Fault {
    Fault { from: at(from), until: at(until), links, harm }
}

fn between(one: &[u32], two: &[u32]) -> Links {
    Links { sides: [one, two].map(|side| Group::Nodes(side.to_vec())), one_way: false }
}

fn send(network: &mut Network, millis: u64, kind: Kind, ends: [u32; 2], occurrence: u64) -> Fate {
    network.route(at(millis), parcel(kind, ends, occurrence))
}

#[test]
fn a_one_way_cut_stops_one_direction() {
    let mut network = with(&constant(10.0), &[split(100, 200, [&[0], &[1, 2]]).one_way()]);
    assert_eq!(send(&mut network, 150, Kind::Datagram, [0, 1], 0), Fate::Lost(Loss::Partition));
    assert_eq!(send(&mut network, 150, Kind::Datagram, [1, 0], 0), Fate::Arrives(at(160)));
    assert_eq!(send(&mut network, 150, Kind::Stream, [1, 0], 0), Fate::Arrives(at(160)));
    assert!(arrival(send(&mut network, 150, Kind::Stream, [0, 2], 0)) > at(200), "repeated until it is over");
}

#[test]
fn a_node_reaches_itself_whatever_is_cut() {
    let alone = fault(0, 100, Links::all(), Harm::Lose { probability: 1.0 });
    let mut network = with(&constant(10.0), &[alone]);
    assert_eq!(send(&mut network, 1, Kind::Datagram, [3, 3], 0), Fate::Arrives(at(11)));
    assert_eq!(send(&mut network, 1, Kind::Datagram, [3, 4], 0), Fate::Lost(Loss::Burst));
}

#[test]
fn latency_is_multiplied_for_what_leaves_in_time_and_factors_multiply() {
    let slow = |from, until, links, factor| fault(from, until, links, Harm::Slow { factor });
    let faults = [slow(100, 200, Links::of(vec![0]), 3.0), slow(150, 300, between(&[1], &[0, 2]), 0.5)];
    for kind in [Kind::Datagram, Kind::Stream] {
        let mut network = with(&constant(10.0), &faults);
        for (number, (millis, ends, takes)) in [
            (99, [0, 1], 10),
            (100, [4, 0], 30),
            (100, [1, 2], 10),
            (150, [0, 1], 15),
            (160, [1, 2], 5),
            (199, [3, 0], 30),
            (200, [0, 1], 5),
            (300, [0, 1], 10),
        ]
        .into_iter()
        .enumerate()
        {
            let fate = send(&mut network, millis, kind, ends, number as u64);
            assert_eq!(fate, Fate::Arrives(at(millis + takes)), "{ends:?} at {millis} ms");
        }
    }
}

/// 1,250 bytes at 1 Mbit/s take 10 ms; at a tenth of it, 100 ms, and what follows waits for them.
#[test]
fn bandwidth_collapses_for_what_begins_to_upload_in_time() {
    let collapse = fault(100, 200, between(&[0], &[1]), Harm::Narrow { factor: 0.1 });
    let mut network = with(&narrow(10.0, [1.0, 1.0]), &[collapse]);
    let mut send = |millis, ends| network.route(at(millis), Parcel { size: 1_250, ..parcel(Kind::Datagram, ends, 0) });
    assert_eq!(send(85, [0, 1]), Fate::Arrives(at(105)));
    assert_eq!(send(96, [0, 1]), Fate::Arrives(at(116)), "begun before");
    assert_eq!(send(110, [0, 1]), Fate::Arrives(at(220)), "leaves at 210 ms, although it is over at 200 ms");
    assert_eq!(send(110, [0, 2]), Fate::Arrives(at(230)), "waits for it");
    assert_eq!(send(110, [3, 0]), Fate::Arrives(at(130)), "another link");
    assert_eq!(send(260, [0, 1]), Fate::Arrives(at(280)));
}

/// The share of losses under 20 % loss and a burst of 50 %: 1 − 0.8 · 0.5. Without the burst the same messages are lost
/// and some fewer.
#[test]
fn a_burst_loses_more_of_the_same_messages() {
    let profile = constant(10.0).with_loss(0.2).unwrap();
    let burst = fault(0, 1_000_000, Links::all(), Harm::Lose { probability: 0.5 });
    let (mut calm, mut stormy) = (with(&profile, &[]), with(&profile, &[burst]));
    let (mut random, mut bursts) = (0, 0);
    const SENT: u64 = 100_000;
    for occurrence in 0..SENT {
        let fates = [&mut calm, &mut stormy].map(|network| send(network, 5, Kind::Datagram, [0, 1], occurrence));
        match fates {
            [Fate::Lost(Loss::Random), other] => {
                random += 1;
                assert_eq!(other, Fate::Lost(Loss::Random));
            }
            [Fate::Arrives(_), Fate::Lost(Loss::Burst)] => bursts += 1,
            [one, other] => assert_eq!(one, other),
        }
    }
    let close = |count: u32, share: f64| {
        let deviation = libm::sqrt(SENT as f64 * share * (1.0 - share));
        (f64::from(count) - SENT as f64 * share).abs() < crate::testing::SIGMAS * deviation
    };
    assert!(close(random, 0.2) && close(bursts, 0.4), "{random} by chance, {bursts} in bursts");
}

/// A network without any chance in it draws as soon as a burst may lose something.
#[test]
fn a_burst_strikes_a_perfect_network_too() {
    let burst = fault(100, 200, between(&[0], &[1]), Harm::Lose { probability: 0.5 });
    let mut network = with(&constant(10.0), &[burst]);
    let mut lost = |millis, ends| {
        let fates = (0..200).map(|occurrence| send(&mut network, millis, Kind::Datagram, ends, occurrence));
        fates.filter(|fate| *fate == Fate::Lost(Loss::Burst)).count()
    };
    assert_eq!((lost(50, [0, 1]), lost(150, [0, 2]), lost(200, [1, 0])), (0, 0, 0));
    let (there, back) = (lost(150, [0, 1]), lost(150, [1, 0]));
    assert!((60..140).contains(&there) && (60..140).contains(&back), "{there} {back} of 200");
}

/// Transmissions at 0, 46, 138, 322 … ms: of those within the burst each is lost with its probability.
#[test]
fn a_stream_repeats_what_a_burst_lost() {
    let burst = fault(0, 140, Links::all(), Harm::Lose { probability: 0.5 });
    let mut counts = std::collections::BTreeMap::new();
    for occurrence in 0..8_000u64 {
        let mut network = with(&constant(10.0), std::slice::from_ref(&burst));
        let time = arrival(send(&mut network, 0, Kind::Stream, [0, 1], occurrence));
        *counts.entry(time).or_insert(0) += 1;
    }
    let times: Vec<Time> = counts.keys().copied().collect();
    assert_eq!(times, [10, 56, 148, 332].map(at));
    let counts: Vec<u32> = counts.into_values().collect();
    assert!(
        crate::testing::chi2(&counts, &[4_000.0, 2_000.0, 1_000.0, 1_000.0]) < 16.27,
        "{counts:?}, 3 degrees, 0.1 %"
    );
}

/// Without bursts a stream counts its losses by a logarithm, among bursts by a product: the same up to rounding.
#[test]
fn a_burst_elsewhere_moves_nothing() {
    let profile = constant(10.0).with_loss(0.3).unwrap();
    let elsewhere = fault(0, 1_000_000, between(&[3], &[4]), Harm::Lose { probability: 0.5 });
    let (mut calm, mut stormy) = (with(&profile, &[]), with(&profile, &[elsewhere]));
    for occurrence in 0..20_000 {
        let kind = if occurrence % 2 == 0 { Kind::Stream } else { Kind::Datagram };
        let millis = occurrence * 10;
        let fates = [&mut calm, &mut stormy].map(|network| send(network, millis, kind, [0, 1], occurrence));
        assert_eq!(fates[0], fates[1], "{occurrence}");
    }
}

#[test]
fn a_region_is_struck_as_a_whole() {
    let profile = Profile::named("simblock-2019").unwrap();
    let links = Links { sides: [Group::Regions(vec![1]), Group::Everyone], one_way: false };
    let faults = vec![fault(0, 1_000, links, Harm::Lose { probability: 1.0 })];
    let mut network = Network::new(&profile, 200, faults, seeds(1)).unwrap();
    for node in 1..200 {
        let ends = [node - 1, node];
        let fate = send(&mut network, 5, Kind::Datagram, ends, 0);
        let europe = ends.iter().any(|end| network.region(*end) == 1);
        assert_eq!(fate == Fate::Lost(Loss::Burst), europe, "{ends:?}: {fate:?}");
    }
    let europeans = (0..200).filter(|node| network.region(*node) == 1).count();
    assert!((50..150).contains(&europeans));
}

#[test]
fn an_impossible_fault_is_refused_with_its_place() {
    let good = || split(0, 1, [&[0], &[1]]);
    let refusal =
        |fault: Fault| Network::new(&constant(1.0), 5, vec![good(), fault], seeds(1)).unwrap_err().to_string();
    let reversed = "fault 1: it lasts from 0.005000000s until 0.005000000s: it must end after it begins";
    assert_eq!(refusal(split(5, 5, [&[0], &[1]])), reversed);
    let empty = "fault 1: nobody is on side 1: name at least one node on each side, or remove the fault";
    assert_eq!(refusal(split(0, 5, [&[0], &[]])), empty);
    assert_eq!(refusal(split(0, 5, [&[0], &[5]])), "fault 1: there is no node 5: the nodes are 0 to 4");
    assert_eq!(refusal(split(0, 5, [&[0, 3], &[3]])), "fault 1: node 3 is on both sides: remove it from one of them");
    let region = Links { sides: [Group::Regions(vec![1]), Group::Everyone], one_way: true };
    assert_eq!(
        refusal(fault(0, 5, region, Harm::Slow { factor: 2.0 })),
        "fault 1: there is no region 1: the regions are 0 to 0"
    );
    for harm in [
        Harm::Slow { factor: 0.0 },
        Harm::Slow { factor: f64::NAN },
        Harm::Narrow { factor: -1.0 },
        Harm::Narrow { factor: f64::INFINITY },
        Harm::Lose { probability: 1.5 },
    ] {
        assert!(refusal(fault(0, 5, Links::all(), harm)).contains(" of "), "{harm:?}");
    }
    let many = (0..6_000).map(|start| split(start, 1_000_000 + start, [&[0], &[1]])).collect();
    let error = Network::new(&constant(1.0), 5, many, seeds(1)).unwrap_err();
    assert!(matches!(error, BadNetwork::Fault { why: BadFault::TooMany { .. }, .. }), "{error}");
}

fn group() -> impl Strategy<Value = Group> {
    // Twelve of 20 nodes are stored as bits, few in a list.
    let nodes = prop_oneof![prop::collection::vec(0..20u32, 1..4), prop::collection::vec(0..20u32, 12..20)];
    prop_oneof![Just(Group::Everyone), nodes.prop_map(Group::Nodes), Just(Group::Regions(vec![0]))]
}

fn any_fault() -> impl Strategy<Value = Fault> {
    let cut = prop::collection::vec(0..3u8, 20).prop_map(|mut sides| {
        (sides[0], sides[1]) = (1, 2);
        let side = |side| (0..20u32).filter(|&node| sides[node as usize] == side).collect::<Vec<u32>>();
        ([Group::Nodes(side(1)), Group::Nodes(side(2))], Harm::Cut)
    });
    let factors = prop_oneof![
        (0.1..10.0f64).prop_map(|factor| Harm::Slow { factor }),
        (0.1..10.0f64).prop_map(|factor| Harm::Narrow { factor }),
        (0.0..=1.0f64).prop_map(|probability| Harm::Lose { probability }),
    ];
    let other = ([group(), group()], factors);
    (0..100u64, 1..50u64, any::<bool>(), prop_oneof![cut, other])
        .prop_map(|(from, lasts, one_way, (sides, harm))| fault(from, from + lasts, Links { sides, one_way }, harm))
}

/// By the definition, one fault after the other.
fn naive(faults: &[Fault], time: Time, [a, b]: [u32; 2]) -> Struck {
    let within = |group: &Group, node: u32| match group {
        Group::Everyone | Group::Regions(_) => true,
        Group::Nodes(nodes) => nodes.contains(&node),
    };
    let strikes = |fault: &&Fault| {
        let [one, two] = &fault.links.sides;
        let there = within(one, a) && within(two, b);
        let back = within(one, b) && within(two, a) && !fault.links.one_way;
        a != b && (there || back) && fault.from <= time && time < fault.until
    };
    let mut struck = Struck::NOT;
    faults.iter().filter(strikes).for_each(|fault| match fault.harm {
        Harm::Cut => struck.cut = true,
        Harm::Slow { factor } => struck.slow *= factor,
        Harm::Lose { probability } => struck.keep *= 1.0 - probability,
        Harm::Narrow { factor } => struck.narrow *= factor,
    });
    struck
}

proptest! {
    #[test]
    fn any_number_of_faults_overlap_as_defined(
        faults in prop::collection::vec(any_fault(), 0..10),
        questions in prop::collection::vec((0..160u64, [0..20u32, 0..20u32]), 1..100),
    ) {
        let map = Map { nodes: 20, regions: &[], region_count: 1 };
        let mut prepared = Faults::new(&faults, &map).unwrap();
        for (millis, ends) in questions {
            let expected = naive(&faults, at(millis), ends);
            prop_assert_eq!(prepared.at(at(millis), ends), expected);
            prop_assert_eq!(prepared.now(at(millis), ends), expected);
        }
    }
}
