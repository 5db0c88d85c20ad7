//! Random small worlds with loss, partitions, crashes, slow disks and wrong clocks: every message is accounted for, and every
//! step is the one that the naive world takes.

use contract::{Seed, Span, Time};
use net_model::{Behaviour, Fault as NetworkFault};
use proptest::prelude::*;
use sim_core::{Clock, Fault, Pause, Plan, Storage, World};

use crate::common::{Op, Toy, constant, exponential, ms, network, records, steps, toys_on};
use crate::naive::{Line, Naive};

/// A world to be, and what is done to it.
#[derive(Clone, Debug)]
struct Case {
    seed: u64,
    nodes: u32,
    chatter: u8,
    /// All latencies equal, so that everything is a tie.
    tied: bool,
    loss: f64,
    storage: Option<Storage>,
    clocks: bool,
    partitions: Vec<(u64, u64, u32)>,
    /// When, and what; of nodes that do not exist nothing.
    faults: Vec<(u64, Fault)>,
    commands: Vec<(u64, u32, Vec<Op>)>,
}

fn ops() -> impl Strategy<Value = Op> {
    prop_oneof![
        (0..6u32, any::<u32>()).prop_map(|(to, note)| Op::Throw(to, note)),
        (0..6u32, any::<u32>()).prop_map(|(to, note)| Op::Write(to, note)),
        Just(Op::ToStranger),
        (0..6u8, 0..300u64).prop_map(|(timer, at)| Op::Set(timer, ms(at))),
        (0..6u8).prop_map(Op::Cancel),
        (0..4u8, any::<u8>()).prop_map(|(key, value)| Op::Put(key, value)),
        (0..4u8).prop_map(Op::Delete),
        any::<u32>().prop_map(Op::Reply),
    ]
}

fn storages() -> impl Strategy<Value = Option<Storage>> {
    prop_oneof![
        Just(None),
        Just(Some(Storage { base: Span::from_millis(5), mean_extra: Span::ZERO })),
        Just(Some(Storage { base: Span::ZERO, mean_extra: Span::from_millis(3) })),
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    (0..6u32, 0..6u8, -90_000_000..90_000_000i64).prop_map(|(node, kind, by_ns)| match kind {
        0 => Fault::Crash { node },
        1 => Fault::Restart { node },
        2 => Fault::Pause { node },
        3 => Fault::Resume { node },
        4 => Fault::StepClock { node, by_ns },
        _ => Fault::DriftClock { node, by_ppb: by_ns * 10 },
    })
}

const fn node_of(fault: Fault) -> u32 {
    match fault {
        Fault::Crash { node }
        | Fault::Restart { node }
        | Fault::Pause { node }
        | Fault::Resume { node }
        | Fault::StepClock { node, .. }
        | Fault::DriftClock { node, .. } => node,
    }
}

fn cases() -> impl Strategy<Value = Case> {
    let shape = (any::<u64>(), 1..6u32, 0..4u8, any::<bool>(), prop_oneof![Just(0.0), Just(0.3), Just(1.0)]);
    // Some partitions outlast the idle timeout of 30 s.
    let partitions = prop::collection::vec((0..150u64, prop_oneof![1..100u64, Just(40_000)], any::<u32>()), 0..3);
    // Some nodes go on after their peers gave up.
    let faults = prop::collection::vec((prop_oneof![8 => 0..200u64, 1 => Just(30_500)], fault()), 0..8);
    let commands = prop::collection::vec((0..200u64, 0..6u32, prop::collection::vec(ops(), 0..6)), 0..8);
    (shape, storages(), any::<bool>(), partitions, faults, commands).prop_map(
        |((seed, nodes, chatter, tied, loss), storage, clocks, partitions, faults, commands)| Case {
            seed,
            nodes,
            chatter,
            tied,
            loss,
            storage,
            clocks,
            partitions,
            faults,
            commands: commands.into_iter().map(|(at, node, ops)| (at, node % nodes, ops)).collect(),
        },
    )
}

impl Case {
    fn plan(&self) -> Plan<Toy> {
        let seed = Seed::from_number(self.seed);
        let profile = if self.tied { constant(3) } else { exponential() }.with_loss(self.loss).unwrap();
        // Where something is lost, something is duplicated and held back as well, and connections cost a round trip.
        let behaviour = Behaviour {
            duplication: self.loss,
            reordering: self.loss,
            held_back: Span::from_millis(7),
            handshake_round_trips: u8::from(self.loss > 0.0),
            ..profile.behaviour()
        };
        let profile = profile.with_behaviour(behaviour).unwrap();
        // The lower nodes on one side: at least one on each, so worlds of one node have no partition.
        let side = |cut: u32| 1 + cut % (self.nodes - 1);
        let cut = |&(from, length, cut): &(u64, u64, u32)| {
            let groups = [(0..side(cut)).collect(), (side(cut)..self.nodes).collect()];
            NetworkFault::partition(ms(from), ms(from + length), groups)
        };
        let partitions = if self.nodes > 1 { self.partitions.iter().map(cut).collect() } else { Vec::new() };
        let mut plan = toys_on(self.nodes, network(&profile, self.nodes, partitions, &seed), &seed, self.chatter);
        plan.storage = self.storage;
        if self.clocks {
            let clock = |node: u32| Clock {
                offset_ns: (i64::from(node) - 2) * 7_000_000,
                drift_ppb: (i64::from(node) - 2) * 100_000_000,
            };
            plan.cast.clocks = (0..self.nodes).map(clock).collect();
        }
        plan
    }

    fn faults(&self) -> impl Iterator<Item = (Time, Fault)> + '_ {
        self.faults.iter().filter(|(_, fault)| node_of(*fault) < self.nodes).map(|&(at, fault)| (ms(at), fault))
    }
}

fn lines(world: &mut World<Toy>) -> Vec<Line> {
    let records = records(&world.take_trace());
    let line = |step: &contract::trace::Step| (step.node, step.at, step.now, step.input.clone(), step.effects.clone());
    steps(&records).map(line).collect()
}

/// Long enough for idle timeouts to end after the chatter is over for some and goes on for others.
const UNTIL: Time = Time::from_nanos(250_000_000);
const SILENCE: Time = Time::from_nanos(31_000_000_000);

fn compare(case: &Case) -> Result<(), TestCaseError> {
    // A chatting world makes a million steps in half a minute; one that is quiet shows what its timeouts do.
    let until = if case.chatter == 0 { SILENCE } else { UNTIL };
    let mut world = World::new(case.plan()).unwrap();
    let mut naive = Naive::new(case.plan());
    for (at, fault) in case.faults() {
        world.fault(at, fault);
        naive.fault(at, fault);
    }
    for (at, node, ops) in &case.commands {
        world.command(ms(*at), *node, ops.clone());
        naive.command(ms(*at), *node, ops.clone());
    }
    prop_assert_eq!(world.run_until(until), Pause::Reached);
    naive.run_until(until);
    let (counts, lines) = (world.counts(), lines(&mut world));
    prop_assert_eq!(lines.len(), naive.lines.len());
    for (got, expected) in lines.iter().zip(&naive.lines) {
        prop_assert_eq!(got, expected);
    }
    prop_assert_eq!(world.states(), naive.states());
    prop_assert_eq!((counts.sent, counts.delivered, counts.lost()), (naive.sent, naive.delivered, naive.lost));
    counts.assert_conserved();
    let replies: Vec<_> =
        world.take_replies().iter().map(|replied| (replied.at, replied.node, replied.reply)).collect();
    prop_assert_eq!(replies, naive.replies);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn every_step_is_the_one_that_the_naive_world_takes(case in cases()) {
        compare(&case)?;
    }
}

/// The comparison is worth something only if its cases do what they are made for.
#[test]
fn the_cases_lose_and_break_and_recover() {
    let case = Case {
        seed: 1,
        nodes: 5,
        chatter: 3,
        tied: false,
        loss: 0.3,
        storage: Some(Storage { base: Span::from_millis(5), mean_extra: Span::ZERO }),
        clocks: true,
        partitions: vec![(20, 60, 1)],
        faults: vec![
            (30, Fault::Crash { node: 0 }),
            (50, Fault::Restart { node: 0 }),
            (60, Fault::Pause { node: 1 }),
            (80, Fault::Resume { node: 1 }),
            (90, Fault::Crash { node: 3 }),
        ],
        commands: Vec::new(),
    };
    compare(&case).unwrap();
    let mut world = World::new(case.plan()).unwrap();
    case.faults().for_each(|(at, fault)| world.fault(at, fault));
    world.run_until(UNTIL);
    let counts = world.counts();
    assert!(counts.lost_by_network.iter().take(2).all(|lost| *lost > 0), "{counts:?}");
    assert!(counts.duplicated > 0, "{counts:?}");
    assert!(counts.lost_at_recipient.down > 0 && counts.lost_with_connection > 0, "{counts:?}");
    assert!(counts.lost_before_durable > 0 && counts.syncs > 0 && counts.timers > 100, "{counts:?}");
}
