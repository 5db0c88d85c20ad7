//! Events of one instant come by class, then by the rank that the seed gave their source, then in its own order.

use contract::{Input, Seed};
use sim_core::{Fault, World};

use crate::common::{Happened, Op, Toy, constant, history, ms, network, received, scripted, toys_on};

fn world(seed: u64, script: &[(u64, u32, &[Op])]) -> World<Toy> {
    let seed = Seed::from_number(seed);
    scripted(toys_on(8, network(&constant(10), 8, Vec::new(), &seed), &seed, 0), script)
}

/// Seven nodes send to node 7 at one instant, in this order of commands.
fn senders_by_arrival(seed: u64, order: &[u32]) -> Vec<u32> {
    let ops: Vec<[Op; 1]> = order.iter().map(|sender| [Op::Throw(7, *sender)]).collect();
    let script: Vec<(u64, u32, &[Op])> = order.iter().zip(&ops).map(|(sender, ops)| (1, *sender, &ops[..])).collect();
    received(&history(&mut world(seed, &script), ms(100)), 7).into_iter().map(|(_, note)| note).collect()
}

#[test]
fn the_order_of_a_tie_does_not_depend_on_who_came_into_the_queue_first() {
    let forwards = senders_by_arrival(1, &[0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(forwards, senders_by_arrival(1, &[6, 5, 4, 3, 2, 1, 0]));
    assert_eq!(forwards, senders_by_arrival(1, &[3, 0, 6, 1, 5, 2, 4]));
}

#[test]
fn no_node_wins_ties_by_its_number() {
    let orders: Vec<Vec<u32>> = (0..60).map(|seed| senders_by_arrival(seed, &[0, 1, 2, 3, 4, 5, 6])).collect();
    for node in 0..7 {
        let first = orders.iter().filter(|order| order[0] == node).count();
        assert!((1..=20).contains(&first), "node {node} came first {first} times of 60");
    }
}

#[test]
fn what_one_node_sends_at_once_arrives_in_its_order() {
    let ops: Vec<Op> = (0..5).map(|note| Op::Throw(7, note)).collect();
    let arrivals = received(&history(&mut world(1, &[(1, 0, &ops)]), ms(100)), 7);
    assert_eq!(arrivals, (0..5).map(|note| (ms(11), note)).collect::<Vec<_>>());
}

#[test]
fn at_one_instant_a_message_comes_before_a_timer_and_a_timer_before_a_command() {
    let script: &[(u64, u32, &[Op])] =
        &[(1, 0, &[Op::Set(1, ms(20))]), (10, 1, &[Op::Throw(0, 1)]), (20, 0, &[Op::Observe(1)])];
    let mut world = world(1, script);
    let kinds = |history: &[Happened]| -> Vec<&'static str> {
        let kind = |happened: &Happened| match happened.what {
            Input::Message { .. } => "message",
            Input::Timer(_) => "timer",
            Input::Command { .. } => "command",
            Input::Start(_) => "start",
            Input::Broken { .. } => "broken",
            Input::Connected { .. } => "connected",
        };
        history.iter().filter(|happened| happened.node == 0 && happened.at == ms(20)).map(kind).collect()
    };
    assert_eq!(kinds(&history(&mut world, ms(100))), ["message", "timer", "command"]);
    assert_eq!(world.counts().ties, 2);
}

#[test]
fn a_crash_comes_before_everything_else_of_its_instant() {
    let mut world = world(1, &[(1, 0, &[Op::Set(1, ms(20))]), (10, 1, &[Op::Throw(0, 1)])]);
    world.fault(ms(20), Fault::Crash { node: 0 });
    let history = history(&mut world, ms(100));
    assert!(history.iter().all(|happened| happened.node != 0 || happened.at < ms(20)));
    assert_eq!(world.counts().lost_at_recipient.down, 1);
}

/// The order that is written down, read from outside: rank, then sequence.
#[test]
fn causes_name_the_event_that_scheduled_a_step() {
    let mut world = world(1, &[(1, 0, &[Op::Throw(1, 0), Op::Throw(2, 0)]), (2, 3, &[Op::Throw(1, 0)])]);
    let records = crate::common::trace(&mut world, ms(100));
    let causes: Vec<_> = crate::common::steps(&records)
        .filter_map(|step| step.cause.map(|cause| (step.node, cause.node, cause.sequence)))
        .collect();
    assert_eq!(causes.len(), 3);
    assert!([(1, 0, 0), (2, 0, 1), (1, 3, 0)].iter().all(|cause| causes.contains(cause)), "{causes:?}");
}
