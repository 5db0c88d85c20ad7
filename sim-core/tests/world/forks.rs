//! A fork is a second future of one past.

use contract::trace::Level;
use contract::{Seed, Span};
use sim_core::{Pause, Plan, Storage, World};

use crate::common::{Toy, crash, exponential, ms, network, phold, restart, toys_on};

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
    let futures: Vec<World<Toy>> =
        (0..3).map(|number| original.fork(Some(&Seed::from_number(100 + number)))).collect();
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

#[test]
fn a_node_that_is_born_in_a_fork_draws_from_its_seed() {
    let original = world_at(plan(1), 69);
    let births: Vec<Vec<u8>> = [None, Some(Seed::from_number(7))]
        .iter()
        .map(|seed| {
            let mut world = original.fork(seed.as_ref());
            // Only the start of node 3, which draws: its state holds what it drew for its first timer at 72 ms.
            world.run_until(ms(71));
            world.states()
        })
        .collect();
    assert_ne!(births[0], births[1]);
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
