//! Nodes live by their own clocks.

use contract::{Span, Time};
use sim_core::{BadPlan, Clock, World};

use crate::common::{Op, Toy, constant, exponential, fired, history, ms, network, scripted, toys, toys_on};

const AHEAD: Clock = Clock { offset_ns: 50_000_000, drift_ppb: 0 };
const BEHIND: Clock = Clock { offset_ns: -50_000_000, drift_ppb: 0 };
/// A tenth faster than the world.
const FAST: Clock = Clock { offset_ns: 0, drift_ppb: 100_000_000 };

fn world(clock: Clock, script: &[(u64, u32, &[Op])]) -> World<Toy> {
    let mut plan = toys(2, &constant(1));
    plan.cast.clocks = vec![clock, Clock::default()];
    scripted(plan, script)
}

#[test]
fn a_node_sees_its_own_clock() {
    for (clock, seen) in [(AHEAD, ms(150)), (BEHIND, ms(50)), (FAST, ms(110))] {
        let history = history(&mut world(clock, &[(100, 0, &[]), (100, 1, &[])]), ms(200));
        let last = |node| history.iter().rfind(|happened| happened.node == node).unwrap();
        assert_eq!((last(0).at, last(0).now), (ms(100), seen));
        assert_eq!((last(1).at, last(1).now), (ms(100), ms(100)));
    }
}

#[test]
fn a_deadline_is_met_on_the_clock_of_the_node() {
    for (clock, at) in [(AHEAD, 950), (BEHIND, 1_050)] {
        let mut world = world(clock, &[(100, 0, &[Op::Set(1, ms(1_000))])]);
        assert_eq!(fired(&history(&mut world, ms(2_000)), 0), [(ms(at), 1)]);
    }
    let mut world = world(FAST, &[(100, 0, &[Op::Set(1, ms(1_100))])]);
    assert_eq!(fired(&history(&mut world, ms(2_000)), 0), [(ms(1_000), 1)]);
}

#[test]
fn a_clock_that_is_behind_shows_zero_first_and_as_soon_as_possible_is_soon() {
    let mut world = world(BEHIND, &[(10, 0, &[Op::Set(1, Time::ZERO)])]);
    let history = history(&mut world, ms(100));
    assert_eq!(fired(&history, 0), [(ms(10) + Span::from_nanos(1), 1)]);
    assert!(history.iter().all(|happened| happened.node == 1 || happened.now == Time::ZERO));
}

#[test]
fn no_clock_runs_backwards_and_no_timer_is_early() {
    let seed = contract::Seed::from_number(3);
    let mut plan = toys_on(6, network(&exponential(), 6, Vec::new(), &seed), &seed, 3);
    let drifts = [-999_999_999, -400_000_000, -1, 1, 300_000_000, 5_000_000_000];
    plan.cast.clocks = drifts.map(|drift_ppb| Clock { offset_ns: drift_ppb / 50, drift_ppb }).to_vec();
    let clocks = plan.cast.clocks.clone();
    let mut world = World::new(plan).unwrap();
    let history = history(&mut world, ms(300));
    let mut last = [Time::ZERO; 6];
    for happened in &history {
        assert!(happened.now >= last[happened.node as usize], "{happened:?}");
        last[happened.node as usize] = happened.now;
        assert_eq!(happened.now, clocks[happened.node as usize].local(happened.at));
    }
    assert!(history.len() > 1_000);
}

#[test]
fn a_clock_that_stands_still_is_refused() {
    let mut plan = toys(1, &constant(1));
    plan.cast.clocks = vec![Clock { offset_ns: 0, drift_ppb: -1_000_000_000 }];
    assert_eq!(World::new(plan).err(), Some(BadPlan::Drift { node: 0, drift_ppb: -1_000_000_000 }));
}
