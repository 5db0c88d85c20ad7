//! A run is a function of its plan, and its digest tells two runs apart.

use contract::trace::Level;
use contract::{Hash, Protocol, Seed, Span, Time};
use sim_core::{Limits, Pause, Plan, Storage, World};

use crate::common::{Op, Toy, constant, crash, exponential, ms, network, phold, restart, scripted, toys, toys_on};

fn digest<P: Protocol>(plan: Plan<P>) -> Hash {
    let mut world = World::new(plan).unwrap();
    assert_eq!(world.run_until(ms(100)), Pause::Reached);
    world.finish()
}

/// Everything at once: chatter, disks, loss, and a crash.
fn busy(seed: u64) -> World<Toy> {
    let seed = Seed::from_number(seed);
    let profile = exponential().with_loss(0.05).unwrap();
    let mut plan = toys_on(15, network(&profile, 15, Vec::new(), &seed), &seed, 3);
    plan.storage = Some(Storage { base: Span::from_micros(100), mean_extra: Span::from_micros(500) });
    busy_from(plan)
}

fn busy_from(plan: Plan<Toy>) -> World<Toy> {
    let mut world = World::new(plan).unwrap();
    crash(&mut world, 33, 2);
    restart(&mut world, 61, 2);
    world
}

fn finished(mut world: World<Toy>) -> (Hash, Vec<(Time, Hash)>, Vec<u8>) {
    assert_eq!(world.run_until(ms(100)), Pause::Reached);
    (world.finish(), world.checkpoints().to_vec(), world.states())
}

#[test]
fn the_same_plan_gives_the_same_digest_and_another_seed_another() {
    assert_eq!(digest(phold(50, 1)), digest(phold(50, 1)));
    assert_ne!(digest(phold(50, 1)), digest(phold(50, 2)));
    assert_eq!(finished(busy(1)), finished(busy(1)));
    assert_ne!(finished(busy(1)).0, finished(busy(2)).0);
}

#[test]
fn both_seeds_matter() {
    let plan = || phold(50, 1);
    let other = Seed::from_number(77);
    assert_ne!(digest(plan()), digest(Plan { network: network(&exponential(), 50, Vec::new(), &other), ..plan() }));
    // Ties are decided by the world's seed, and PHOLD on one latency is all ties.
    let tied = || Plan { network: network(&constant(1), 50, Vec::new(), &other), ..plan() };
    assert_ne!(digest(tied()), digest(Plan { world_seed: other, ..tied() }));
}

#[test]
fn golden_digests_do_not_change() {
    let phold = digest(phold(50, 1)).to_string();
    let (busy, checkpoints, _) = finished(busy(1));
    let checkpoints: Vec<String> = checkpoints.iter().map(|(at, digest)| format!("{at} {digest}")).collect();
    insta::assert_snapshot!(format!("phold {phold}\nbusy  {busy}\n{}", checkpoints.join("\n")));
}

#[test]
fn the_level_of_recording_does_not_change_the_run() {
    let at = |level| {
        let mut plan = phold(50, 1);
        plan.level = level;
        let mut world = World::new(plan).unwrap();
        world.run_until(ms(100));
        (world.finish(), world.checkpoints().to_vec(), world.states(), world.counts())
    };
    let (off, digest, full) = (at(Level::Off), at(Level::Digest), at(Level::Full));
    assert_eq!(digest, full);
    assert_eq!((off.2, off.3), (full.2, full.3));
    assert_eq!(off.0, Hash::ZERO);
}

#[test]
fn a_run_in_slices_is_the_run_in_one_go() {
    let whole = finished(busy(1));
    let mut sliced = busy(1);
    for slice in 0..1_000 {
        // Uneven slices that do not fall on checkpoints.
        assert_eq!(sliced.run_until(Time::from_nanos(slice * 99_991)), Pause::Reached);
    }
    assert_eq!(finished(sliced), whole);
}

#[test]
fn a_run_that_pauses_all_the_time_is_the_run_in_one_go() {
    let seed = Seed::from_number(1);
    let whole = finished(busy(1));
    let profile = exponential().with_loss(0.05).unwrap();
    let mut plan = toys_on(15, network(&profile, 15, Vec::new(), &seed), &seed, 3);
    plan.storage = Some(Storage { base: Span::from_micros(100), mean_extra: Span::from_micros(500) });
    plan.limits = Limits { observations: 1, trace_bytes: 1, ..Limits::default() };
    let mut world = busy_from(plan);
    let (mut pauses, mut bytes) = (0, world.take_trace());
    while world.run_until(ms(100)) == Pause::Full {
        pauses += 1;
        bytes.extend(world.take_trace());
        world.take_observed();
    }
    let digest = world.finish();
    assert_eq!((digest, world.checkpoints().to_vec(), world.states()), whole);
    assert!(pauses > 1_000);
    bytes.extend(world.take_trace());
    let mut uninterrupted = busy(1);
    uninterrupted.run_until(ms(100));
    uninterrupted.finish();
    assert!(bytes == uninterrupted.take_trace(), "the trace in pieces is the trace");
}

#[test]
fn commands_given_on_the_way_are_commands_given_ahead() {
    // A timer far ahead leaves the world idle in between.
    let ops: &[Op] = &[Op::Throw(1, 1), Op::Set(1, ms(37)), Op::Set(2, ms(1_000_000))];
    let script: Vec<(u64, u32, &[Op])> = vec![(5, 0, ops), (21, 1, ops), (70, 0, ops)];
    let ahead = finished(scripted(toys(2, &constant(3)), &script));
    let mut world = scripted(toys(2, &constant(3)), &[]);
    for (at, node, ops) in script {
        world.run_until(ms(at) - Span::from_nanos(1));
        world.command(ms(at), node, ops.to_vec());
    }
    assert_eq!(finished(world), ahead);
}

#[test]
fn checkpoints_are_multiples_and_idle_ones_are_left_out() {
    let mut world = scripted(toys(1, &constant(1)), &[(25, 0, &[]), (61, 0, &[Op::Set(1, ms(80))])]);
    world.run_until(ms(200));
    world.finish();
    let times: Vec<Time> = world.checkpoints().iter().map(|(at, _)| *at).collect();
    assert_eq!(times, [ms(20), ms(40), ms(80), ms(200)]);
}

#[test]
fn two_worlds_side_by_side_do_not_influence_each_other() {
    let (one, two) = (finished(busy(1)), finished(busy(2)));
    let (mut a, mut b) = (busy(1), busy(2));
    for slice in 0..200 {
        a.run_until(Time::from_nanos(slice * 500_000));
        b.run_until(Time::from_nanos(slice * 400_000));
    }
    assert_eq!((finished(a), finished(b)), (one, two));
}

#[test]
fn a_world_can_go_to_another_thread() {
    let world = busy(1);
    #[expect(clippy::disallowed_methods, reason = "the claim is that the thread does not matter")]
    let there = std::thread::spawn(move || finished(world)).join().unwrap();
    assert_eq!(there, finished(busy(1)));
}
