//! What a step sends after a write leaves when the write is durable; a crash before loses both.

use contract::{Span, Time};
use sim_core::{Storage, World};

use crate::common::{Op, Toy, constant, crash, history, ms, received, recovered, restart, scripted, toys};

/// A sync takes 10 ms, and a message 1 ms.
fn world(script: &[(u64, u32, &[Op])]) -> World<Toy> {
    let mut plan = toys(2, &constant(1));
    plan.storage = Some(Storage { base: Span::from_millis(10), mean_extra: Span::ZERO });
    scripted(plan, script)
}

fn replies(world: &mut World<Toy>) -> Vec<(Time, u32)> {
    world.take_replies().into_iter().map(|replied| (replied.at, replied.reply)).collect()
}

#[test]
fn what_stands_behind_a_write_waits_for_it() {
    let mut world =
        world(&[(1, 0, &[Op::Write(1, 1), Op::Put(1, 1), Op::Write(1, 2), Op::Reply(3), Op::Set(1, ms(5))])]);
    let history = history(&mut world, ms(100));
    assert_eq!(received(&history, 1), [(ms(2), 1), (ms(12), 2)]);
    assert_eq!(replies(&mut world), [(ms(11), 3)]);
    // A timer is no output: it does not wait.
    assert_eq!(crate::common::fired(&history, 0), [(ms(5), 1)]);
}

#[test]
fn a_later_step_waits_behind_an_earlier_unsynced_write() {
    let mut world = world(&[
        (1, 0, &[Op::Put(1, 1)]),
        (5, 0, &[Op::Throw(1, 5), Op::Reply(5)]),
        (20, 0, &[Op::Throw(1, 20), Op::Reply(20)]),
    ]);
    assert_eq!(received(&history(&mut world, ms(100)), 1), [(ms(12), 5), (ms(21), 20)]);
    assert_eq!(replies(&mut world), [(ms(11), 5), (ms(20), 20)]);
}

#[test]
fn a_write_without_output_holds_nobody_else_up() {
    let mut world = world(&[(1, 0, &[Op::Put(1, 1)]), (2, 1, &[Op::Throw(0, 2)])]);
    assert_eq!(received(&history(&mut world, ms(100)), 0), [(ms(3), 2)]);
}

#[test]
fn a_crash_in_between_loses_the_write_and_what_waited_for_it() {
    let mut world = world(&[
        (1, 0, &[Op::Put(1, 1), Op::Throw(1, 1)]),
        (15, 0, &[Op::Put(1, 2), Op::Put(2, 2), Op::Throw(1, 2), Op::Reply(2)]),
        (16, 0, &[Op::Throw(1, 3)]),
    ]);
    crash(&mut world, 20, 0);
    restart(&mut world, 30, 0);
    let history = history(&mut world, ms(100));
    assert_eq!(received(&history, 1), [(ms(12), 1)]);
    assert_eq!(recovered(&history, 0), [vec![], vec![(1, 1)]]);
    assert_eq!(replies(&mut world), []);
    assert_eq!((world.counts().sent, world.counts().lost_before_durable), (1, 2));
}

#[test]
fn a_start_finds_exactly_what_was_durable_in_the_order_of_the_keys() {
    let mut world = world(&[
        (1, 0, &[Op::Put(9, 1), Op::Put(3, 1), Op::Put(5, 1)]),
        (2, 0, &[Op::Put(3, 2), Op::Delete(5), Op::Delete(77), Op::Put(1, 2)]),
        (50, 0, &[Op::Put(9, 9)]),
    ]);
    crash(&mut world, 51, 0);
    restart(&mut world, 52, 0);
    crash(&mut world, 60, 0);
    restart(&mut world, 61, 0);
    let entries = vec![(1, 2), (3, 2), (9, 1)];
    assert_eq!(recovered(&history(&mut world, ms(100)), 0), [vec![], entries.clone(), entries]);
}

/// The second sync would be done first by its own time; it ends after the first.
#[test]
fn syncs_end_in_the_order_in_which_they_began() {
    let mut plan = toys(2, &constant(1));
    plan.storage = Some(Storage { base: Span::ZERO, mean_extra: Span::from_millis(20) });
    let script: Vec<(u64, u32, Vec<Op>)> =
        (0..40).map(|i| (1 + i, 0, vec![Op::Put(1, i as u8), Op::Write(1, i as u32)])).collect();
    let script: Vec<_> = script.iter().map(|(at, node, ops)| (*at, *node, ops.as_slice())).collect();
    let mut world = scripted(plan, &script);
    let arrivals = received(&history(&mut world, ms(10_000)), 1);
    assert!(arrivals.is_sorted());
    assert_eq!(arrivals.iter().map(|(_, note)| *note).collect::<Vec<_>>(), (0..40).collect::<Vec<_>>());
    let waited = arrivals.windows(2).filter(|pair| pair[1].0 == pair[0].0 + Span::from_nanos(1)).count();
    assert!(waited > 3, "only {waited} syncs had to wait for the one before");
    assert_eq!(world.counts().syncs, 40);
}

/// A restart does not inherit the rest of the syncs that the crash ended.
#[test]
fn a_fresh_process_finds_an_idle_disk() {
    let mut plan = toys(2, &constant(1));
    let storage = Storage { base: Span::ZERO, mean_extra: Span::from_millis(100) };
    plan.storage = Some(storage);
    let key = plan.noise_seed.key("sync");
    let put: &[Op] = &[Op::Put(1, 1)];
    let mut script = vec![(1, 0, put); 40];
    script.push((4, 0, &[Op::Put(1, 2), Op::Throw(1, 4)]));
    let mut world = scripted(plan, &script);
    crash(&mut world, 2, 0);
    restart(&mut world, 3, 0);
    let alone = ms(5) + storage.sync_time(key, 0, 40);
    assert!(alone < ms(5) + (0..40).map(|sync| storage.sync_time(key, 0, sync)).max().unwrap());
    assert_eq!(received(&history(&mut world, ms(1_000)), 1), [(alone, 4)]);
}

#[test]
fn without_storage_nothing_waits_and_nothing_is_lost() {
    let mut world = scripted(toys(2, &constant(1)), &[(1, 0, &[Op::Put(1, 1), Op::Throw(1, 1), Op::Reply(1)])]);
    crash(&mut world, 2, 0);
    restart(&mut world, 3, 0);
    let history = history(&mut world, ms(100));
    assert_eq!(received(&history, 1), [(ms(2), 1)]);
    assert_eq!(recovered(&history, 0), [vec![], vec![(1, 1)]]);
    assert_eq!(replies(&mut world), [(ms(1), 1)]);
}
