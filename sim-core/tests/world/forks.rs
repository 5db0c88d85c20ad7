//! A fork is a second future of one past.

use contract::trace::Level;
use contract::{Seed, Span};
use sim_core::{Pause, Plan, Storage, World};

use crate::common::{Op, Toy, constant, crash, exponential, ms, network, phold, restart, scripted, toys_on};

/// Twelve chattering nodes with slow disks, one of which is down at 50 ms and up again at 70 ms.
fn plan(seed: u64) -> Plan<Toy> {
    let seed = Seed::from_number(seed);
    let mut plan = toys_on(12, network(&exponential(), 12, Vec::new(), &seed), &seed, 3);
    plan.storage = Some(Storage { base: Span::from_micros(100), mean_extra: Span::from_millis(1) });
    plan.level = Level::Digest;
    plan
}

fn world_at(plan: Plan<Toy>, millis: u64) -> World<Toy> {
    let mut world = World::new(plan).unwrap();
    crash(&mut world, 40, 3);
    restart(&mut world, 70, 3);
    assert_eq!(world.run_until(ms(millis)), Pause::Reached);
    world
}

#[test]
fn without_a_seed_both_futures_are_identical_byte_for_byte() {
    for at in [0, 10, 50, 70] {
        let mut original = world_at(plan(1), at);
        let mut copy = original.fork(None);
        assert_eq!(original.states(), copy.states());
        original.run_until(ms(200));
        copy.run_until(ms(200));
        assert_eq!(original.states(), copy.states());
        assert_eq!(original.counts(), copy.counts());
        assert_eq!(original.take_observed(), copy.take_observed());
        assert_eq!(original.finish(), copy.finish(), "the digest of a fork covers the common past");
        assert_eq!(original.checkpoints(), copy.checkpoints());
    }
}

#[test]
fn a_fork_of_a_world_that_is_traced_has_the_digest_and_no_trace() {
    let mut original = world_at(Plan { level: Level::Full, ..plan(1) }, 50);
    let mut copy = original.fork(None);
    original.run_until(ms(200));
    copy.run_until(ms(200));
    assert_eq!(original.finish(), copy.finish());
    assert!(copy.take_trace().is_empty());
}

#[test]
fn with_a_seed_the_past_is_the_same_and_the_future_another() {
    let original = world_at(plan(1), 50);
    let mut twin = original.fork(None);
    let futures: Vec<World<Toy>> = (0..3).map(|number| original.fork(Some(&Seed::from_number(100 + number)))).collect();
    let now = original.states();
    twin.run_until(ms(200));
    let mut seen = vec![twin.states()];
    for mut future in futures {
        assert_eq!(future.states(), now);
        assert_eq!(future.checkpoints(), original.checkpoints());
        future.run_until(ms(200));
        assert!(!seen.contains(&future.states()));
        seen.push(future.states());
    }
}

#[test]
fn the_same_seed_gives_the_same_other_future() {
    let original = world_at(plan(1), 50);
    let seed = Seed::from_number(7);
    // Node 3 restarts in the future: its new life must draw from the new seed, too.
    let [mut a, mut b] = [original.fork(Some(&seed)), original.fork(Some(&seed))];
    a.run_until(ms(200));
    b.run_until(ms(200));
    assert_eq!((a.states(), a.finish()), (b.states(), b.finish()));
}

/// One node, forked while it is down: the only draws that follow are those of its next life.
#[test]
fn a_node_that_is_born_in_a_fork_draws_from_its_seed() {
    let seed = Seed::from_number(1);
    let mut original = World::new(toys_on(1, network(&constant(1), 1, Vec::new(), &seed), &seed, 2)).unwrap();
    crash(&mut original, 50, 0);
    restart(&mut original, 70, 0);
    original.run_until(ms(60));
    let future = |seed: Option<u64>| {
        let mut world = original.fork(seed.map(Seed::from_number).as_ref());
        world.run_until(ms(100));
        world.states()
    };
    assert_eq!(future(None), future(None));
    assert_ne!(future(None), future(Some(7)));
}

/// One node that draws nothing: the only noise is its disk's.
#[test]
fn the_disks_of_a_fork_draw_from_its_seed() {
    let seed = Seed::from_number(1);
    let mut plan = toys_on(1, network(&exponential(), 1, Vec::new(), &seed), &seed, 0);
    plan.storage = Some(Storage { base: Span::ZERO, mean_extra: Span::from_millis(1) });
    let original = scripted(plan, &[(10, 0, &[Op::Put(1, 1), Op::Reply(1)])]);
    let replied = |seed: Option<u64>| {
        let mut world = original.fork(seed.map(Seed::from_number).as_ref());
        world.run_until(ms(100));
        world.take_replies()[0].at
    };
    assert_eq!(replied(None), replied(None));
    assert_ne!(replied(None), replied(Some(7)));
}

#[test]
fn forking_does_not_disturb_the_original() {
    let mut left_alone = world_at(plan(2), 200);
    let mut forked = world_at(plan(2), 50);
    let mut copies: Vec<World<Toy>> = (0..3).map(|number| forked.fork(Some(&Seed::from_number(number)))).collect();
    for copy in &mut copies {
        copy.run_until(ms(120));
    }
    forked.run_until(ms(100));
    drop(copies);
    forked.run_until(ms(200));
    assert_eq!(left_alone.states(), forked.states());
    assert_eq!(left_alone.finish(), forked.finish());
}

#[test]
fn a_fork_of_a_fork_is_a_fork() {
    let mut original = World::new(phold(20, 1)).unwrap();
    original.run_until(ms(30));
    let mut copy = original.fork(None).fork(None);
    original.run_until(ms(60));
    copy.run_until(ms(60));
    assert_eq!(original.states(), copy.states());
}
