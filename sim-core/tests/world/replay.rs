//! The recorded inputs of a node, given to a fresh actor, have the recorded effects.

use std::collections::BTreeMap;

use contract::draws::Entropy;
use contract::keys::Scheme;
use contract::trace::{Divergence, Record, replay_step};
use contract::{Actor, Protocol, Seed, Span, Verifier};
use reference::phold::{Parameters, Phold, PholdNode};
use sim_core::{Clock, Storage, World};

use crate::common::{Toy, ToyNode, crash, exponential, ms, network, phold, restart, toys_on, trace};

fn verifier() -> Verifier {
    Scheme::Ed25519.verifier()
}

/// Replays all lives of all nodes.
fn replay<P: Protocol>(records: &[Record], fresh: impl Fn() -> Box<dyn Actor<P>>) -> Result<(), Divergence<P>> {
    let mut actors: BTreeMap<u32, Box<dyn Actor<P>>> = BTreeMap::new();
    for record in records {
        match record {
            Record::Birth(birth) => drop(actors.insert(birth.node, fresh())),
            Record::Step(step) => replay_step(actors.get_mut(&step.node).unwrap().as_mut(), step, &verifier())?,
            _ => {}
        }
    }
    Ok(())
}

#[test]
fn a_full_trace_of_phold_replays() {
    let mut world = World::new(phold(20, 1)).unwrap();
    let records = trace(&mut world, ms(50));
    let parameters = Parameters { nodes: 20, messages: 4, heartbeat_ns: 5_000_000 };
    replay::<Phold>(&records, || Box::new(PholdNode::with_entropy(parameters, Entropy::Recorded))).unwrap();
}

fn traced() -> Vec<Record> {
    let seed = Seed::from_number(5);
    let mut plan = toys_on(10, network(&exponential(), 10, Vec::new(), &seed), &seed, 4);
    plan.storage = Some(Storage { base: Span::from_micros(100), mean_extra: Span::from_millis(1) });
    plan.cast.clocks = (0..10).map(|i| Clock { offset_ns: i * 1_000_000, drift_ppb: i * 10_000 }).collect();
    let mut world = World::new(plan).unwrap();
    for node in 0..5 {
        crash(&mut world, 20 + u64::from(node), node);
        restart(&mut world, 40 + 2 * u64::from(node), node);
    }
    trace(&mut world, ms(100))
}

#[test]
fn crashes_disks_and_clocks_replay() {
    let records = traced();
    assert!(records.iter().filter(|record| matches!(record, Record::Birth(_))).count() == 15);
    replay::<Toy>(&records, || Box::new(ToyNode::recorded(10, 4))).unwrap();
}

#[test]
fn an_actor_that_behaves_otherwise_is_found_out() {
    assert!(replay::<Toy>(&traced(), || Box::new(ToyNode::recorded(10, 3))).is_err());
    assert!(replay::<Toy>(&traced(), || Box::new(ToyNode::recorded(11, 4))).is_err());
}

#[test]
fn a_trace_is_complete_and_in_order() {
    let records = traced();
    let steps: Vec<_> = crate::common::steps(&records).collect();
    assert!(matches!(records.first(), Some(Record::Header(_))));
    assert_eq!(records.last(), Some(&Record::End { steps: steps.len() as u64, records: records.len() as u64 - 1 }));
    assert!(steps.is_sorted_by_key(|step| step.at));
    // What a node had scheduled before never shrinks, and no step is caused by what is scheduled later.
    let mut scheduled = [0; 10];
    for step in &steps {
        assert!(step.scheduled >= scheduled[step.node as usize]);
        scheduled[step.node as usize] = step.scheduled;
        assert!(step.cause.is_none_or(|cause| cause.node != step.node || cause.sequence < step.scheduled));
    }
}
