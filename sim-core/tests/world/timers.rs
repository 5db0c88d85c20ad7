//! Timers are keyed: setting one again replaces it, and a cancelled one never fires.

use contract::Span;
use sim_core::Pause;

use crate::common::{Op, constant, crash, fired, history, ms, restart, scripted, toys};

#[test]
fn setting_a_timer_again_replaces_it() {
    let mut world = scripted(
        toys(1, &constant(1)),
        &[
            (1, 0, &[Op::Set(7, ms(10)), Op::Set(8, ms(10))]),
            (2, 0, &[Op::Set(7, ms(30))]),
            (3, 0, &[Op::Set(8, ms(5))]),
        ],
    );
    assert_eq!(fired(&history(&mut world, ms(100)), 0), [(ms(5), 8), (ms(30), 7)]);
}

#[test]
fn a_cancelled_timer_never_fires_and_may_be_set_again() {
    let mut world = scripted(
        toys(1, &constant(1)),
        &[
            (1, 0, &[Op::Set(1, ms(10)), Op::Set(2, ms(10)), Op::Set(3, ms(10)), Op::Cancel(3)]),
            (2, 0, &[Op::Cancel(1), Op::Cancel(9)]),
            (20, 0, &[Op::Set(1, ms(25))]),
            // It has fired: there is nothing to cancel.
            (26, 0, &[Op::Cancel(1)]),
        ],
    );
    assert_eq!(fired(&history(&mut world, ms(100)), 0), [(ms(10), 2), (ms(25), 1)]);
    assert_eq!(world.counts().events, 4 + 2, "commands and timers; what was cancelled is no event");
}

#[test]
fn within_a_step_the_last_word_counts() {
    let mut world = scripted(
        toys(1, &constant(1)),
        &[(1, 0, &[Op::Cancel(1), Op::Set(1, ms(9)), Op::Set(2, ms(9)), Op::Cancel(2), Op::Set(2, ms(8))])],
    );
    assert_eq!(fired(&history(&mut world, ms(100)), 0), [(ms(8), 2), (ms(9), 1)]);
}

#[test]
fn a_deadline_that_is_past_comes_one_nanosecond_later() {
    let mut world = scripted(toys(1, &constant(1)), &[(5, 0, &[Op::Set(1, ms(2))])]);
    assert_eq!(fired(&history(&mut world, ms(100)), 0), [(ms(5) + Span::from_nanos(1), 1)]);
}

#[test]
fn the_end_of_time_never_comes() {
    let mut world = scripted(toys(1, &constant(1)), &[(5, 0, &[Op::Set(1, contract::Time::MAX)])]);
    assert_eq!(world.run_until(contract::Time::MAX), Pause::Reached);
    assert_eq!(world.counts().timers, 0);
    assert_eq!(world.memory().event_count, 1);
}

#[test]
fn timers_of_a_former_life_never_fire() {
    let mut world = scripted(
        toys(1, &constant(1)),
        &[(1, 0, &[Op::Set(1, ms(10)), Op::Set(2, ms(50))]), (30, 0, &[Op::Set(2, ms(60))])],
    );
    crash(&mut world, 5, 0);
    restart(&mut world, 20, 0);
    assert_eq!(fired(&history(&mut world, ms(100)), 0), [(ms(60), 2)]);
}

/// What was replaced stays in the queue until its time or until there is too much of it: at most as much as is alive, and
/// twice the slack of 4,096.
#[test]
fn a_timer_that_is_set_a_hundred_thousand_times_does_not_fill_the_queue() {
    let mut world = scripted(toys(1, &constant(1)), &[]);
    let mut most = 0;
    for round in 1..=100 {
        let ops: Vec<Op> = (0..1_000).map(|i| Op::Set((i % 5) as u8, ms(1_000_000 + i))).collect();
        world.command(ms(round), 0, ops);
        assert_eq!(world.run_until(ms(round)), Pause::Reached);
        most = most.max(world.memory().event_count);
    }
    let alive = 5;
    assert!(most > alive + 1_000, "this run never had stale timers to drop: {most}");
    assert!(most <= 2 * (alive + 4_096) + 1, "{most} events wait for {alive} timers");
    assert_eq!(world.run_until(ms(2_000_000)), Pause::Reached);
    assert_eq!((world.counts().timers, world.memory().event_count), (5, 0));
}
