//! Crashes, restarts, and who learns of a broken connection.

use contract::{Seed, Span, Time};
use net_model::Fault as NetworkFault;

use crate::common::{Op, broken, constant, crash, history, ms, network, received, restart, scripted, toys, toys_on};

/// The idle timeout of a connection.
const IDLE_MS: u64 = 30_000;

fn just_after(millis: u64) -> Time {
    ms(millis) + Span::from_nanos(1)
}

#[test]
fn nodes_can_write_to_each_other_from_the_first_moment() {
    let mut plan = toys(3, &constant(1));
    plan.cast.nursery = std::sync::Arc::new(|node| Box::new(Greeter { node }));
    let mut world = scripted(plan, &[]);
    let history = history(&mut world, ms(100));
    assert_eq!(received(&history, 2), [(ms(1), 0)]);
    assert_eq!((world.counts().delivered, world.counts().lost()), (1, 0));
}

#[test]
fn a_stream_message_to_a_former_life_is_lost_and_the_sender_learns_it_once() {
    // Both are on their way when node 1 crashes, and arrive after its restart.
    let mut world = scripted(toys(2, &constant(10)), &[(1, 0, &[Op::Write(1, 1)]), (2, 0, &[Op::Write(1, 2)])]);
    crash(&mut world, 5, 1);
    restart(&mut world, 8, 1);
    let history = history(&mut world, ms(2 * IDLE_MS));
    assert_eq!(received(&history, 1), []);
    assert_eq!(broken(&history, 0), [(just_after(11), 1)]);
    assert_eq!(world.counts().lost_with_connection, 2);
}

#[test]
fn a_datagram_reaches_the_new_life() {
    let mut world = scripted(toys(2, &constant(10)), &[(1, 0, &[Op::Throw(1, 1)])]);
    crash(&mut world, 5, 1);
    restart(&mut world, 8, 1);
    let history = history(&mut world, ms(2 * IDLE_MS));
    assert_eq!(received(&history, 1), [(ms(11), 1)]);
    assert_eq!(broken(&history, 0), []);
}

#[test]
fn peers_of_a_crashed_node_learn_it_from_the_silence() {
    let mut world = scripted(
        toys(4, &constant(10)),
        // Node 1 wrote, node 2 was written to, node 3 has only datagrams.
        &[(1, 1, &[Op::Write(0, 1)]), (2, 0, &[Op::Write(2, 2), Op::Throw(3, 3)]), (50, 1, &[Op::Write(0, 4)])],
    );
    crash(&mut world, 40, 0);
    let history = history(&mut world, ms(2 * IDLE_MS));
    assert_eq!(broken(&history, 1), [(ms(40 + IDLE_MS), 0)]);
    assert_eq!(broken(&history, 2), [(ms(40 + IDLE_MS), 0)]);
    assert_eq!(broken(&history, 3), []);
    assert_eq!(world.counts().lost_at_recipient.down, 1);
}

#[test]
fn until_a_node_has_learnt_of_the_restart_what_it_writes_is_lost() {
    let mut world = scripted(
        toys(2, &constant(10)),
        &[
            (1, 0, &[Op::Write(1, 1)]),
            (100, 0, &[Op::Write(1, 2)]),
            (105, 0, &[Op::Write(1, 3)]),
            (120, 0, &[Op::Write(1, 4)]),
        ],
    );
    crash(&mut world, 50, 1);
    restart(&mut world, 60, 1);
    let history = history(&mut world, ms(2 * IDLE_MS));
    assert_eq!(received(&history, 1), [(ms(11), 1), (ms(130), 4)]);
    assert_eq!(broken(&history, 0), [(just_after(110), 1)]);
}

#[test]
fn a_message_to_nobody_breaks_the_connection_when_the_timeout_ends() {
    let mut world = scripted(toys(2, &constant(10)), &[(50, 0, &[Op::Write(1, 1)]), (51, 0, &[Op::Throw(1, 2)])]);
    crash(&mut world, 5, 1);
    let history = history(&mut world, ms(2 * IDLE_MS));
    assert_eq!(broken(&history, 0), [(ms(60 + IDLE_MS), 1)]);
    assert_eq!(world.counts().lost_at_recipient.down, 2);
}

#[test]
fn a_fresh_process_is_told_nothing_about_connections_of_its_former_life() {
    let mut world = scripted(toys(2, &constant(10)), &[(1, 0, &[Op::Write(1, 1)])]);
    crash(&mut world, 50, 1);
    crash(&mut world, 60, 0);
    restart(&mut world, 70, 0);
    let history = history(&mut world, ms(2 * IDLE_MS));
    assert_eq!((broken(&history, 0), broken(&history, 1)), (vec![], vec![]));
}

#[test]
fn a_partition_that_outlasts_the_timeout_breaks_the_connection_for_both() {
    let seed = Seed::from_number(1);
    let cut = NetworkFault::partition(ms(100), ms(100 + 2 * IDLE_MS), [vec![0], vec![1]]);
    let plan = toys_on(2, network(&constant(10), 2, vec![cut], &seed), &seed, 0);
    let script: &[(u64, u32, &[Op])] = &[
        (1, 0, &[Op::Write(1, 1)]),
        (200, 0, &[Op::Write(1, 2)]),
        (210, 0, &[Op::Write(1, 3)]),
        (220, 1, &[Op::Write(0, 4)]),
    ];
    let mut world = scripted(plan, script);
    let history = history(&mut world, ms(3 * IDLE_MS));
    assert_eq!(received(&history, 1), [(ms(11), 1)]);
    assert_eq!(broken(&history, 0), [(ms(200 + IDLE_MS), 1)]);
    assert_eq!(broken(&history, 1), [(ms(200 + IDLE_MS), 0)]);
    assert_eq!(world.counts().lost_with_connection, 3);
}

#[test]
fn a_command_to_a_node_that_is_down_is_lost_and_counted() {
    let mut world = scripted(toys(1, &constant(1)), &[(10, 0, &[Op::Reply(1)]), (30, 0, &[Op::Reply(2)])]);
    crash(&mut world, 5, 0);
    restart(&mut world, 20, 0);
    history(&mut world, ms(100));
    assert_eq!(world.take_replies().len(), 1);
    assert_eq!(world.counts().lost_commands, 1);
}

#[test]
fn faults_that_do_not_apply_are_nothing() {
    let mut world = scripted(toys(1, &constant(1)), &[]);
    restart(&mut world, 1, 0);
    crash(&mut world, 2, 9);
    restart(&mut world, 3, 9);
    crash(&mut world, 4, 0);
    crash(&mut world, 5, 0);
    assert_eq!(history(&mut world, ms(100)).len(), 1);
    assert!(!world.is_up(0) && !world.is_up(9));
}

/// A restarted node that drew what it drew before would repeat its nonces.
#[test]
fn a_fresh_process_has_fresh_randomness() {
    let seed = Seed::from_number(1);
    let mut world = scripted(toys_on(1, network(&constant(1), 1, Vec::new(), &seed), &seed, 3), &[]);
    crash(&mut world, 50, 0);
    restart(&mut world, 100, 0);
    let records = crate::common::trace(&mut world, ms(150));
    let witnesses = |births: usize| -> Vec<_> {
        let own = records.split(|record| matches!(record, contract::trace::Record::Birth(_))).nth(births).unwrap();
        crate::common::steps(own).flat_map(|step| step.witness.clone()).collect()
    };
    assert!(witnesses(1).len() > 10 && witnesses(2).len() > 10);
    assert_ne!(witnesses(1)[..5], witnesses(2)[..5]);
}

/// Writes to the last node as soon as it is born, before that one is.
struct Greeter {
    node: u32,
}

impl contract::Actor<crate::common::Toy> for Greeter {
    fn handle(
        &mut self,
        _: Time,
        input: contract::Input<crate::common::Toy>,
        out: &mut contract::Effects<crate::common::Toy>,
    ) {
        if matches!(input, contract::Input::Start(_)) && self.node == 0 {
            out.send(contract::PeerId::simulated(2), crate::common::Letter { stream: true, note: 0 });
        }
    }

    fn view(&self) -> u64 {
        0
    }

    fn fork(&self) -> Box<dyn contract::Actor<crate::common::Toy>> {
        Box::new(Greeter { node: self.node })
    }

    fn rekey(&mut self, _: &Seed) {}

    fn state(&self, _: &mut Vec<u8>) {}
}
