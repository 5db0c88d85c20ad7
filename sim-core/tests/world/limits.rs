//! Bounds, plans that cannot be run, and strangers.

use contract::{PeerId, Span};
use sim_core::{BadPlan, Clock, Directory, Limits, Pause, Plan, World};

use crate::common::{Op, Toy, constant, exponential, ms, network, phold, scripted, toys};

fn refused(change: impl FnOnce(&mut Plan<Toy>)) -> Option<BadPlan> {
    let mut plan = toys(2, &constant(1));
    change(&mut plan);
    World::new(plan).err()
}

#[test]
fn a_run_stops_at_its_last_event_and_stays_there() {
    let mut plan = phold(10, 1);
    plan.limits.events = 1_000;
    let mut world = World::new(plan).unwrap();
    assert_eq!(world.run_until(ms(10_000)), Pause::Exhausted);
    let states = world.states();
    assert_eq!(world.run_until(ms(10_000)), Pause::Exhausted);
    assert_eq!((world.counts().events, world.states()), (1_000, states));
}

#[test]
fn a_run_with_too_many_events_waiting_stops() {
    let mut plan = toys(1, &constant(1));
    plan.limits.waiting = 10;
    let ops: Vec<Op> = (0..20).map(|timer| Op::Set(timer, ms(1_000))).collect();
    let mut world = scripted(plan, &[(1, 0, &ops)]);
    assert_eq!(world.run_until(ms(500)), Pause::Exhausted);
    assert_eq!(world.now(), ms(1));
}

#[test]
fn a_world_pauses_when_it_keeps_enough_observations() {
    let mut plan = toys(1, &constant(1));
    plan.limits.observations = 3;
    let script: Vec<[Op; 2]> = (0..4).map(|i| [Op::Observe(i), Op::Reply(i as u32)]).collect();
    let script: Vec<(u64, u32, &[Op])> = (1..).zip(&script).map(|(at, ops)| (at, 0, &ops[..])).collect();
    let mut world = scripted(plan, &script);
    let mut pauses = 0;
    let (mut observed, mut replies) = (0, 0);
    while world.run_until(ms(100)) == Pause::Full {
        pauses += 1;
        observed += world.take_observed().len();
        replies += world.take_replies().len();
    }
    assert_eq!((pauses, observed, replies), (2, 4, 4));
}

#[test]
fn impossible_plans_are_refused_with_a_reason() {
    let key = |byte| PeerId::from_bytes([byte; 32]);
    let nobody = refused(|plan| plan.cast.directory = Directory::Simulated { nodes: 0 });
    assert_eq!(nobody, Some(BadPlan::Empty));
    let crowd = refused(|plan| plan.cast.directory = Directory::Simulated { nodes: 1 << 24 });
    assert_eq!(crowd, Some(BadPlan::TooManyNodes { nodes: 1 << 24 }));
    let clocks = refused(|plan| plan.cast.clocks = vec![Clock::default()]);
    assert_eq!(clocks, Some(BadPlan::Clocks { clocks: 1, nodes: 2 }));
    let twins = refused(|plan| plan.cast.directory = Directory::of(vec![key(1), key(1)]));
    assert_eq!(twins, Some(BadPlan::Twins { node: 1, peer: key(1) }));
    let network = refused(|plan| plan.network = network(&constant(1), 3, Vec::new(), &plan.world_seed));
    assert_eq!(network, Some(BadPlan::Network { network: 3, nodes: 2 }));
    let checkpoints = refused(|plan| plan.checkpoint_every = Span::ZERO);
    assert_eq!(checkpoints, Some(BadPlan::NoCheckpoints));
    assert_eq!(BadPlan::Empty.to_string(), "a world needs at least one node");
}

#[test]
fn messages_to_strangers_count_as_sent_and_lost() {
    let mut world = scripted(toys(2, &constant(1)), &[(1, 0, &[Op::ToStranger, Op::ToStranger, Op::Throw(1, 1)])]);
    assert_eq!(world.run_until(ms(10)), Pause::Reached);
    let counts = world.counts();
    assert_eq!((counts.sent, counts.lost_unknown_peer, counts.delivered), (3, 2, 1));
}

/// A message to a stranger makes no draw, so it moves nothing else.
#[test]
fn messages_to_strangers_change_nobody_elses_latency() {
    let arrivals = |ops: &[Op]| {
        let mut world = scripted(toys(2, &exponential()), &[(1, 0, ops)]);
        crate::common::received(&crate::common::history(&mut world, ms(1_000)), 1)
    };
    assert_eq!(arrivals(&[Op::Throw(1, 1)]), arrivals(&[Op::ToStranger, Op::Throw(1, 1)]));
}

#[test]
fn keys_in_the_directory_are_found_both_ways() {
    let keys: Vec<PeerId> = (0..5).map(|byte| PeerId::from_bytes([byte * 50; 32])).collect();
    let directory = Directory::of(keys.clone());
    assert!(!directory.is_simulated() && directory.len() == 5 && !directory.is_empty());
    assert!((0..5).all(|number| directory.number(&keys[number as usize]) == Some(number)));
    assert!((0..5).all(|number| directory.peer(number) == keys[number as usize]));
    assert_eq!(directory.number(&PeerId::from_bytes([1; 32])), None);
    let stand_ins = Directory::of((0..5).map(PeerId::simulated).collect());
    assert!(stand_ins.is_simulated());
    assert_eq!(stand_ins.number(&PeerId::simulated(5)), None);
}

#[test]
fn an_idle_world_reaches_the_end_of_time_at_once() {
    let mut world = scripted(toys(1, &constant(1)), &[(5, 0, &[Op::Observe(1)])]);
    assert_eq!(world.run_until(contract::Time::MAX), Pause::Reached);
    assert_eq!(world.checkpoints().len(), 1);
    let limits = Limits::default();
    assert!(limits.events == u64::MAX && limits.waiting > 1 << 20);
}
