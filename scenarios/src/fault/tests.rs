//! What is drawn, and what becomes of overlaps.

use contract::{Seed, Span, Time};
use net_model::{Group, Harm};
use proptest::prelude::*;
use sim_core::Fault;

use super::*;

fn at(seconds: u64) -> Time {
    Time::ZERO + Span::from_secs(seconds)
}

/// Twenty nodes, every fourth of which is in region 1, and an hour.
fn drawn(specs: &[FaultSpec], seed: u64) -> Drawn {
    let map = Map { nodes: 20, region: &|node| u16::from(node % 4 == 0), horizon: at(3_600) };
    draw(specs, &map, &Seed::from_number(seed))
}

fn once(from: u64, until: Option<u64>, what: What) -> FaultSpec {
    FaultSpec { when: When::Once { from: at(from), until: until.map(at) }, what }
}

fn nodes(range: std::ops::Range<u32>) -> Selection {
    Selection(vec![Pick::Nodes(range)])
}

fn ill(who: Selection, ill: Ill) -> What {
    What::Nodes { who, ill }
}

#[test]
fn overlapping_crashes_of_a_node_are_one_and_touching_ones_are_two() {
    let crash = |from, until| once(from, Some(until), ill(nodes(3..4), Ill::Crash));
    let all = drawn(&[crash(10, 30), crash(20, 40), crash(40, 50)], 1).nodes;
    let node = 3;
    let expected = [
        (at(10), Fault::Crash { node }),
        (at(40), Fault::Restart { node }),
        (at(40), Fault::Crash { node }),
        (at(50), Fault::Restart { node }),
    ];
    assert_eq!(all, expected);
}

#[test]
fn a_fault_without_an_end_lasts_beyond_the_run() {
    let drawn = drawn(
        &[once(10, None, ill(nodes(0..2), Ill::Pause)), once(5, None, ill(nodes(1..2), Ill::Drift { by_ppb: 7 }))],
        1,
    );
    let expected = [
        (at(5), Fault::DriftClock { node: 1, by_ppb: 7 }),
        (at(10), Fault::Pause { node: 0 }),
        (at(10), Fault::Pause { node: 1 }),
    ];
    assert_eq!(drawn.nodes, expected);
    assert_eq!(drawn.lines, [""; 0], "what is fixed is in the scenario");
}

#[test]
fn a_random_half_and_the_rest_are_everybody() {
    let sides = [Selection(vec![Pick::Share(0.5)]), Selection::everyone()];
    let halves = |seed| {
        let spec = once(1, Some(2), What::Links { sides: sides.clone(), one_way: false, harm: Harm::Cut });
        let drawn = drawn(&[spec], seed);
        assert_eq!(drawn.lines.len(), 1);
        let [Group::Nodes(one), Group::Nodes(two)] = drawn.network[0].links.sides.clone() else { panic!() };
        assert_eq!((one.len(), two.len()), (10, 10));
        assert!(one.iter().all(|node| two.binary_search(node).is_err()));
        one
    };
    assert_ne!(halves(1), halves(2));
    assert_eq!(halves(1), halves(1));
}

#[test]
fn two_random_halves_are_a_bisection() {
    let half = || Selection(vec![Pick::Share(0.5)]);
    let cut = |second| What::Links { sides: [half(), second], one_way: false, harm: Harm::Cut };
    for seed in 1..10 {
        let drawn =
            drawn(&[once(1, Some(2), cut(half())), once(3, None, cut(Selection(vec![Pick::Share(0.8)])))], seed);
        for fault in &drawn.network {
            let [Group::Nodes(one), Group::Nodes(two)] = &fault.links.sides else { panic!() };
            let both: std::collections::BTreeSet<u32> = one.iter().chain(two).copied().collect();
            assert_eq!((one.len(), two.len(), both.len()), (10, 10, 20), "all that are left are taken");
        }
    }
}

#[test]
fn a_region_is_who_resides_there() {
    let sides = [Selection(vec![Pick::Region(1)]), Selection::everyone()];
    let spec = once(1, None, What::Links { sides, one_way: true, harm: Harm::Slow { factor: 2.0 } });
    let fault = &drawn(&[spec], 1).network[0];
    assert_eq!(fault.links.sides, [Group::Nodes(vec![0, 4, 8, 12, 16]), Group::Everyone]);
    assert!(fault.links.one_way && fault.until == Time::MAX);
}

#[test]
fn an_eclipse_cuts_everybody_but_the_attackers_and_links_them() {
    let spec = once(1, Some(2), What::Eclipse { victim: 5, attackers: vec![1, 7] });
    assert_eq!(spec.links(), [[5, 1], [5, 7]]);
    let [Group::Nodes(one), Group::Nodes(others)] = drawn(&[spec], 1).network[0].links.sides.clone() else { panic!() };
    assert_eq!(one, [5]);
    assert_eq!(others.len(), 17);
    assert!(![1, 5, 7].iter().any(|node| others.contains(node)));
}

fn every(every: u64, lasts: u64, what: What) -> FaultSpec {
    let (every, lasts) = (Span::from_secs(every), Span::from_secs(lasts));
    FaultSpec { when: When::Drawn { from: at(0), until: at(3_600), every, lasts }, what }
}

/// 360 expected in an hour, and a standard deviation of 19.
#[test]
fn moments_are_as_frequent_as_the_rate_says_and_strike_one_node_each() {
    let drawn = drawn(&[every(10, 0, ill(Selection::everyone(), Ill::Step { by_ns: 1 }))], 4);
    assert!((270..450).contains(&drawn.nodes.len()), "{}", drawn.nodes.len());
    assert!(drawn.nodes.is_sorted_by_key(|(at, _)| *at));
    let struck: std::collections::BTreeSet<u32> = drawn.nodes.iter().map(|(_, fault)| node_of(*fault)).collect();
    assert_eq!(struck.len(), 20);
    assert_eq!((drawn.lines.len(), drawn.count), (LINES_MAX, drawn.nodes.len()));
    assert_eq!(*drawn.lines.last().unwrap(), format!("and {} more", drawn.nodes.len() + 1 - LINES_MAX));
}

const fn node_of(fault: Fault) -> u32 {
    match fault {
        Fault::Crash { node }
        | Fault::Restart { node }
        | Fault::Pause { node }
        | Fault::Resume { node }
        | Fault::StepClock { node, .. }
        | Fault::DriftClock { node, .. } => node,
    }
}

#[test]
fn one_fault_more_moves_no_other() {
    let first = every(60, 10, ill(Selection::everyone(), Ill::Pause));
    let second = every(30, 5, ill(Selection::everyone(), Ill::Crash));
    let both = drawn(&[first.clone(), second], 9);
    let pauses = |drawn: &Drawn| {
        let pause = |(_, fault): &&(Time, Fault)| matches!(fault, Fault::Pause { .. } | Fault::Resume { .. });
        drawn.nodes.iter().filter(pause).copied().collect::<Vec<_>>()
    };
    assert_eq!(pauses(&both), pauses(&drawn(&[first], 9)));
}

/// Sessions of 100 s and gaps of 20 s: a node is up five sixths of the time, and 20 nodes end 600 sessions in an hour.
#[test]
fn churn_keeps_nodes_up_for_their_share_of_the_time() {
    let lasting = |law, mean| Lasting { law, mean: Span::from_secs(mean) };
    let what = What::Churn {
        who: Selection::everyone(),
        session: lasting(Law::Weibull { shape: 0.6 }, 100),
        gap: lasting(Law::Exponential, 20),
    };
    let drawn = drawn(&[once(0, None, what)], 2);
    let mut down = 0.0;
    let mut since = [None; 20];
    for (at, fault) in &drawn.nodes {
        match fault {
            Fault::Crash { node } => assert!(since[*node as usize].replace(*at).is_none()),
            Fault::Restart { node } => down += at.since(since[*node as usize].take().unwrap()).as_secs_f64(),
            other => panic!("{other:?}"),
        }
    }
    let share = down / (20.0 * 3_600.0);
    assert!((0.12..0.22).contains(&share), "{share}");
    assert!((450..750).contains(&(drawn.nodes.len() / 2)), "{}", drawn.nodes.len());
}

/// Means over 100,000 stratified quantiles; heavy tails leave some of it out.
#[test]
fn lengths_have_the_mean_that_is_given() {
    for (law, tolerance) in [
        (Law::Constant, 1e-9),
        (Law::Exponential, 1e-3),
        (Law::Weibull { shape: 0.5 }, 1e-2),
        (Law::Lognormal { sigma: 1.0 }, 1e-2),
        (Law::Pareto { shape: 2.5 }, 1e-2),
    ] {
        let lasting = Lasting { law, mean: Span::from_secs(100) };
        let count = 100_000u64;
        let sum: f64 = (0..count).map(|i| lasting.sample(i * (u64::MAX / count) + (1 << 40)).as_secs_f64()).sum();
        assert!((sum / count as f64 / 100.0 - 1.0).abs() < tolerance, "{law:?}: {}", sum / count as f64);
    }
}

/// 500 expected, each for 50 µs on average; no unit of time is too short.
#[test]
fn short_faults_are_drawn_as_long_ones_are() {
    let (every, lasts) = (Span::from_micros(200), Span::from_micros(50));
    let until = Time::ZERO + Span::from_millis(100);
    let what = What::Links {
        sides: [Selection::everyone(), Selection::everyone()],
        one_way: false,
        harm: Harm::Slow { factor: 2.0 },
    };
    let drawn = drawn(&[FaultSpec { when: When::Drawn { from: at(0), until, every, lasts }, what }], 3);
    let count = drawn.network.len();
    assert!((430..570).contains(&count), "{count}");
    let sum: f64 = drawn.network.iter().map(|fault| fault.until.since(fault.from).as_secs_f64()).sum();
    let mean_us = sum * 1e6 / count as f64;
    assert!((43.0..57.0).contains(&mean_us), "{mean_us}");
}

#[test]
fn swarms_differ_between_seeds_and_say_so() {
    let swarm = every(180, 180, What::Swarm { who: Selection::everyone() });
    let said: Vec<Drawn> = (0..30).map(|seed| drawn(std::slice::from_ref(&swarm), seed)).collect();
    for one in &said {
        assert!(one.lines[0].starts_with("swarm of "), "{:?}", one.lines);
    }
    for kind in ["partition", "latency", "loss", "bandwidth", "crash", "pause", "clock step", "clock drift"] {
        let with = said.iter().filter(|one| one.lines[1..].iter().any(|line| line.contains(kind))).count();
        assert!((3..30).contains(&with), "{kind} in {with} of 30 runs");
    }
}

fn any_period() -> impl Strategy<Value = (u32, u64, u64)> {
    (0..3u32, 0..40u64, 1..20u64)
}

proptest! {
    /// A node is down at a moment if any crash covers it; what is drawn says the same, event by event.
    #[test]
    fn overlaps_of_crashes_are_as_defined(periods in prop::collection::vec(any_period(), 0..12)) {
        let spec = |&(node, from, lasts): &(u32, u64, u64)| {
            once(from, Some(from + lasts), ill(nodes(node..node + 1), Ill::Crash))
        };
        let drawn = drawn(&periods.iter().map(spec).collect::<Vec<_>>(), 1);
        let mut events = drawn.nodes.iter().peekable();
        let mut down = [false; 3];
        for second in 0..70 {
            while let Some((_, fault)) = events.next_if(|(time, _)| *time <= at(second)) {
                let (node, falls) = match fault {
                    Fault::Crash { node } => (*node, true),
                    Fault::Restart { node } => (*node, false),
                    other => panic!("{other:?}"),
                };
                prop_assert_ne!(down[node as usize], falls);
                down[node as usize] = falls;
            }
            for node in 0..3u32 {
                let covers = |&(who, from, lasts): &(u32, u64, u64)| {
                    who == node && from <= second && second < from + lasts
                };
                prop_assert_eq!(down[node as usize], periods.iter().any(covers), "node {} at {} s", node, second);
            }
        }
    }
}
