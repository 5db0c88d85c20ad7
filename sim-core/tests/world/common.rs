//! Plans, runs, and what happened in them.

mod toy;

use std::sync::Arc;

use contract::trace::{Birth, Level, Reader, Record, Step};
use contract::{Canonical, Input, PeerId, Protocol, Seed, Span, Time};
use net_model::{Fault as NetworkFault, Network, Profile, Seeds};
use reference::phold::{Parameters, Phold, PholdNode};
use sim_core::{Cast, Directory, Fault, Limits, Origin, Pause, Plan, World};

pub(crate) use toy::{Letter, Op, Toy, ToyNode};

pub(crate) fn ms(millis: u64) -> Time {
    Time::ZERO + Span::from_millis(millis)
}

/// One latency and nothing else, so that a test can say when a message arrives.
pub(crate) fn constant(millis: u64) -> Profile {
    let text = format!("[c]\nsource = \"test\"\nlatency_ms = {millis}\nlatency_sampling = \"constant\"");
    Profile::parse(&text, "c").unwrap()
}

/// A mean latency of 2 ms with a long tail.
pub(crate) fn exponential() -> Profile {
    Profile::exponential(Span::from_micros(200), Span::from_micros(1_800))
}

pub(crate) fn network(profile: &Profile, nodes: u32, faults: Vec<NetworkFault>, seed: &Seed) -> Network {
    let seeds = Seeds { world: seed.child("world"), noise: seed.child("noise") };
    Network::new(profile, nodes, faults, seeds).unwrap()
}

fn plan<P: Protocol>(nodes: u32, network: Network, seed: &Seed, nursery: sim_core::Nursery<P>) -> Plan<P> {
    let birth = |node: u32| Birth {
        node,
        peer: PeerId::simulated(u64::from(node)),
        role: "test".to_owned(),
        parameters: String::new(),
    };
    Plan {
        cast: Cast {
            directory: Directory::Simulated { nodes },
            nursery,
            register: Arc::new(birth),
            clocks: Vec::new(),
        },
        network,
        world_seed: seed.child("world"),
        noise_seed: seed.child("noise"),
        storage: None,
        level: Level::Full,
        checkpoint_every: Span::from_millis(20),
        limits: Limits { trace_bytes: usize::MAX, ..Limits::default() },
        origin: Origin::default(),
    }
}

/// A plan for actors that do what they are told, on a network with this profile, recorded in full.
pub(crate) fn toys(nodes: u32, profile: &Profile) -> Plan<Toy> {
    let seed = Seed::from_number(1);
    toys_on(nodes, network(profile, nodes, Vec::new(), &seed), &seed, 0)
}

/// The same on any network; with `chatter` above zero they also act on their own.
pub(crate) fn toys_on(nodes: u32, network: Network, seed: &Seed, chatter: u8) -> Plan<Toy> {
    let noise = seed.child("noise");
    plan(nodes, network, seed, Arc::new(move |node| Box::new(ToyNode::new(node, nodes, chatter, &noise))))
}

/// PHOLD with four messages in flight and a heartbeat of 5 ms per node.
pub(crate) fn phold(nodes: u32, seed: u64) -> Plan<Phold> {
    let seed = Seed::from_number(seed);
    let parameters = Parameters { nodes, messages: 4, heartbeat_ns: 5_000_000 };
    let noise = seed.child("noise");
    let nursery = Arc::new(move |node| Box::new(PholdNode::new(parameters, &noise, node)) as Box<_>);
    plan(nodes, network(&exponential(), nodes, Vec::new(), &seed), &seed, nursery)
}

/// A world of toys that are told what to do, and when.
pub(crate) fn scripted(plan: Plan<Toy>, script: &[(u64, u32, &[Op])]) -> World<Toy> {
    let mut world = World::new(plan).unwrap();
    for (at_ms, node, ops) in script {
        world.command(ms(*at_ms), *node, ops.to_vec());
    }
    world
}

pub(crate) fn crash(world: &mut World<Toy>, at_ms: u64, node: u32) {
    world.fault(ms(at_ms), Fault::Crash { node });
}

pub(crate) fn restart(world: &mut World<Toy>, at_ms: u64, node: u32) {
    world.fault(ms(at_ms), Fault::Restart { node });
}

/// The whole trace of a world that runs to its end.
pub(crate) fn trace<P: Protocol>(world: &mut World<P>, until: Time) -> Vec<Record> {
    assert_eq!(world.run_until(until), Pause::Reached);
    world.finish();
    records(&world.take_trace())
}

pub(crate) fn records(bytes: &[u8]) -> Vec<Record> {
    let mut reader = Reader::new(bytes).unwrap();
    std::iter::from_fn(|| reader.next_record().unwrap()).collect()
}

pub(crate) fn steps(records: &[Record]) -> impl Iterator<Item = &Step> {
    records.iter().filter_map(|record| if let Record::Step(step) = record { Some(step) } else { None })
}

/// What happened to a node, and when.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Happened {
    pub(crate) at: Time,
    pub(crate) now: Time,
    pub(crate) node: u32,
    pub(crate) what: Input<Toy>,
}

/// Runs a world of toys and gives everything that happened to its nodes, in order.
pub(crate) fn history(world: &mut World<Toy>, until: Time) -> Vec<Happened> {
    let records = trace(world, until);
    let happened = |step: &Step| {
        let what = Input::decode(&step.input).unwrap();
        Happened { at: step.at, now: step.now, node: step.node, what }
    };
    steps(&records).map(happened).collect()
}

/// The times and notes of the messages that a node received.
pub(crate) fn received(history: &[Happened], node: u32) -> Vec<(Time, u32)> {
    let note = |happened: &Happened| match &happened.what {
        Input::Message { message, .. } if happened.node == node => Some((happened.at, message.note)),
        _ => None,
    };
    history.iter().filter_map(note).collect()
}

/// The world's times at which a node's timers fired, and which.
pub(crate) fn fired(history: &[Happened], node: u32) -> Vec<(Time, u8)> {
    let timer = |happened: &Happened| match &happened.what {
        Input::Timer(timer) if happened.node == node => Some((happened.at, *timer)),
        _ => None,
    };
    history.iter().filter_map(timer).collect()
}

/// The times at which a node learnt of a broken connection, and to whom.
pub(crate) fn broken(history: &[Happened], node: u32) -> Vec<(Time, u64)> {
    let peer = |happened: &Happened| match &happened.what {
        Input::Broken { peer } if happened.node == node => Some((happened.at, peer.simulated_number().unwrap())),
        _ => None,
    };
    history.iter().filter_map(peer).collect()
}

/// What each start of a node found on its disk.
pub(crate) fn recovered(history: &[Happened], node: u32) -> Vec<Vec<(u8, u8)>> {
    let entries = |happened: &Happened| match &happened.what {
        Input::Start(recovered) if happened.node == node => {
            Some(recovered.entries.iter().map(|(key, value)| (key[0], value[0])).collect())
        }
        _ => None,
    };
    history.iter().filter_map(entries).collect()
}
