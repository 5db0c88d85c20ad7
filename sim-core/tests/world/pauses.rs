//! Nodes that stand still, and clocks that are set.

use contract::{Span, Time};
use net_model::network::Retransmission;
use sim_core::{Fault, INBOX, World};

use crate::common::{
    Happened, Op, Toy, broken, constant, crash, fired, history, ms, received, restart, scripted, toys,
};

fn struck(nodes: u32, script: &[(u64, u32, &[Op])], faults: &[(u64, Fault)]) -> World<Toy> {
    let mut world = scripted(toys(nodes, &constant(10)), script);
    faults.iter().for_each(|(at, fault)| world.fault(ms(*at), *fault));
    world
}

fn paused(from: u64, until: u64) -> [(u64, Fault); 2] {
    [(from, Fault::Pause { node: 1 }), (until, Fault::Resume { node: 1 })]
}

const IDLE_MS: u64 = Retransmission::IDLE.as_nanos() / 1_000_000;

fn counts_after(world: &mut World<Toy>, until: Time) -> (Vec<Happened>, sim_core::Counts) {
    let happened = history(world, until);
    world.counts().assert_conserved();
    (happened, world.counts())
}

#[test]
fn what_comes_to_a_paused_node_waits_and_keeps_its_order() {
    let script: &[(u64, u32, &[Op])] = &[
        (10, 1, &[Op::Set(1, ms(130))]),
        (95, 0, &[Op::Throw(1, 1)]),
        (100, 0, &[Op::Write(1, 2)]),
        (125, 0, &[Op::Throw(1, 3)]),
        (150, 1, &[Op::Throw(0, 4)]),
        (160, 0, &[Op::Throw(2, 5)]),
    ];
    let (happened, counts) = counts_after(&mut struck(3, script, &paused(100, 200)), ms(300));
    assert_eq!(received(&happened, 1), [1, 2, 3].map(|note| (ms(200), note)));
    assert_eq!(fired(&happened, 1), [(ms(200), 1)]);
    let of_node: Vec<&Happened> = happened.iter().filter(|happened| happened.node == 1).collect();
    // Born, told to set the timer; then the letters of 105 and 110 ms, the timer of 130 ms, the letter of 135 ms, the command.
    assert_eq!(of_node.len(), 7);
    assert_eq!(fired(&happened[..], 1).len(), 1);
    assert_eq!(received(&happened, 0), [(ms(210), 4)], "a paused node does nothing");
    assert_eq!(received(&happened, 2), [(ms(170), 5)], "others go on");
    assert_eq!((counts.lost(), counts.lost_commands), (0, 0));
}

#[test]
fn a_timer_that_is_cancelled_by_what_waited_before_it_does_not_fire() {
    let script: &[(u64, u32, &[Op])] =
        &[(10, 1, &[Op::Set(1, ms(130)), Op::Set(2, ms(140))]), (120, 1, &[Op::Cancel(1)])];
    let happened = history(&mut struck(2, script, &paused(100, 200)), ms(300));
    assert_eq!(fired(&happened, 1), [(ms(200), 2)]);
}

#[test]
fn the_inbox_of_a_paused_node_has_a_bound() {
    let many: Vec<Op> = (0..INBOX as u32 + 44).map(|note| Op::Throw(1, note)).chain([Op::Write(1, 999)]).collect();
    let (happened, counts) = counts_after(&mut struck(2, &[(110, 0, &many)], &paused(100, 200)), ms(300));
    let notes: Vec<u32> = received(&happened, 1).into_iter().map(|(_, note)| note).collect();
    assert_eq!(notes.len(), INBOX + 1);
    assert!(notes.contains(&999), "a stream waits");
    assert_eq!((counts.lost_at_recipient.inbox_full, counts.lost()), (44, 44));
}

#[test]
fn connections_outlive_a_short_pause_and_not_a_long_one() {
    let script: &[(u64, u32, &[Op])] = &[(10, 0, &[Op::Write(1, 1)]), (150, 0, &[Op::Write(1, 2), Op::Throw(1, 3)])];
    let (happened, _) = counts_after(&mut struck(2, script, &paused(100, IDLE_MS)), ms(2 * IDLE_MS));
    assert_eq!(received(&happened, 1)[1..], [2, 3].map(|note| (ms(IDLE_MS), note)));
    assert_eq!((broken(&happened, 0), broken(&happened, 1)), (vec![], vec![]));

    let over = IDLE_MS + 100;
    let late: &[(u64, u32, &[Op])] = &[script[0], script[1], (over + 50, 0, &[Op::Write(1, 4)])];
    let (happened, counts) = counts_after(&mut struck(2, late, &paused(100, over + 1_000)), ms(2 * IDLE_MS));
    let soon = Span::from_nanos(1);
    assert_eq!(broken(&happened, 0), [(ms(over) + soon, 1)]);
    assert_eq!(broken(&happened, 1), [(ms(over + 1_000), 0)], "it learns when it goes on");
    assert_eq!(received(&happened, 1)[1..], [3, 4].map(|note| (ms(over + 1_000), note)), "the new connection lives");
    assert_eq!(counts.lost_with_connection, 1);
}

#[test]
fn a_crash_ends_a_pause_and_loses_what_waited() {
    let script: &[(u64, u32, &[Op])] =
        &[(50, 1, &[Op::Set(1, ms(120))]), (110, 0, &[Op::Throw(1, 1), Op::Write(1, 2)])];
    let mut world = struck(2, script, &paused(100, 200));
    crash(&mut world, 150, 1);
    restart(&mut world, 160, 1);
    let (happened, counts) = counts_after(&mut world, ms(IDLE_MS + 1_000));
    assert_eq!((received(&happened, 1), fired(&happened, 1)), (vec![], vec![]));
    assert_eq!(counts.lost_at_recipient.down, 2);
    assert_eq!(broken(&happened, 0).len(), 1);
}

#[test]
fn a_clock_that_jumps_takes_its_timers_along() {
    let script: &[(u64, u32, &[Op])] = &[(10, 1, &[Op::Set(1, ms(500)), Op::Set(2, ms(900))]), (350, 1, &[])];
    let step = |by_ms: i64| (300, Fault::StepClock { node: 1, by_ns: by_ms * 1_000_000 });
    let fired_after = |by_ms| fired(&history(&mut struck(2, script, &[step(by_ms)]), ms(2_000)), 1);
    assert_eq!(fired_after(150), [(ms(350), 1), (ms(750), 2)]);
    assert_eq!(fired_after(-150), [(ms(650), 1), (ms(1_050), 2)]);
    let soon = Span::from_nanos(1);
    assert_eq!(fired_after(300), [(ms(300) + soon, 1), (ms(600), 2)], "due at once");
    let happened = history(&mut struck(2, script, &[step(-150)]), ms(400));
    let last = happened.iter().rfind(|happened| happened.node == 1).unwrap();
    assert_eq!((last.at, last.now), (ms(350), ms(300)), "it stands still until it has caught up");
}

#[test]
fn a_clock_that_drifts_takes_its_timers_along() {
    let script: &[(u64, u32, &[Op])] = &[(10, 1, &[Op::Set(1, ms(500))])];
    let fast = (300, Fault::DriftClock { node: 1, by_ppb: 1_000_000_000 });
    let true_again = (350, Fault::DriftClock { node: 1, by_ppb: -1_000_000_000 });
    assert_eq!(fired(&history(&mut struck(2, script, &[fast]), ms(2_000)), 1), [(ms(400), 1)]);
    assert_eq!(fired(&history(&mut struck(2, script, &[fast, true_again]), ms(2_000)), 1), [(ms(450), 1)]);
}

#[test]
fn a_fork_of_a_paused_world_has_the_same_future() {
    let script: &[(u64, u32, &[Op])] = &[(105, 0, &[Op::Throw(1, 1), Op::Write(1, 2)]), (110, 1, &[Op::Throw(0, 3)])];
    let mut world = struck(2, script, &paused(100, 200));
    world.run_until(ms(150));
    let mut copy = world.fork(None);
    assert!(copy.is_paused(1));
    world.run_until(ms(300));
    copy.run_until(ms(300));
    assert_eq!(world.finish(), copy.finish());
    assert_eq!(world.counts(), copy.counts());
}
