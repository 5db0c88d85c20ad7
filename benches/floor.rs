//! What the engine takes for the traffic of a block relay when the handlers do nothing: the floor under `blocks`.
//!
//! 6,000 nodes in SimBlock's graph; now and then node 0 sends a number to its neighbours, and who hears of a number for the first time
//! waits 10 ms and sends it to his. There is no block, no request, no upload slot, no draw: a comparison, a timer and a list of
//! sends. Each row leaves one more thing out: the digest, the network's queues and latencies, both. An event is a message that was
//! received or a timer that fired; times are CPU time of the one thread that everything runs on.
//!
//! `cargo bench --bench floor`.

mod common;

use std::hint::black_box;
use std::sync::Arc;

use common::cpu_time;
use contract::trace::{Birth, Level};
use contract::{Actor, Canonical, Effects, Input, Kind, PeerId, Protocol, Seed, Span, Time, Wire};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use net_model::{Network, OutboundDegrees, Profile, Seeds, Topology};
use sim_core::{Cast, Directory, Limits, Origin, Plan, World};

// As the command has it.
#[global_allocator]
static ALLOCATOR: dunbar::Allocator = dunbar::Allocator;

const NODES: u32 = 6_000;
const WAVES: u64 = 13;
/// As long as SimBlock's relay waits before it sends.
const OVERHEAD: Span = Span::from_millis(10);
const BETWEEN: Span = Span::from_secs(60);

#[derive(Clone, Debug, PartialEq)]
struct Waves;

#[derive(Clone, Debug, PartialEq, borsh::BorshSerialize, borsh::BorshDeserialize)]
struct Wave(u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, borsh::BorshSerialize, borsh::BorshDeserialize)]
enum Timer {
    Begin,
    PassOn,
}

impl Wire for Wave {
    fn kind(&self) -> Kind {
        Kind::Datagram
    }
    fn size(&self) -> u32 {
        // Bitcoin's `inv` with one entry.
        61
    }
}

impl Protocol for Waves {
    const NAME: &'static str = "waves";
    const ID: u16 = 0xfff1;
    const VERSION: u16 = 1;
    type Message = Wave;
    type Timer = Timer;
    type Command = ();
    type Reply = ();
    type View = u32;
}

#[derive(Clone)]
struct Node {
    heard: u32,
    first: bool,
    neighbours: Box<[PeerId]>,
}

impl Actor<Waves> for Node {
    #[inline]
    fn handle(&mut self, now: Time, input: Input<Waves>, out: &mut Effects<Waves>) {
        match input {
            Input::Message { message: Wave(number), .. } if number > self.heard => {
                self.heard = number;
                out.set_timer(Timer::PassOn, now + OVERHEAD);
            }
            Input::Timer(timer) => {
                if timer == Timer::Begin {
                    self.heard += 1;
                    out.set_timer(Timer::Begin, now + BETWEEN);
                }
                self.neighbours.iter().for_each(|peer| out.send(*peer, Wave(self.heard)));
            }
            Input::Start(_) if self.first => out.set_timer(Timer::Begin, now + BETWEEN),
            _ => {}
        }
    }
    fn view(&self) -> u32 {
        self.heard
    }
    fn fork(&self) -> Box<dyn Actor<Waves>> {
        Box::new(self.clone())
    }
    fn rekey(&mut self, _seed: &Seed) {}
    fn state(&self, bytes: &mut Vec<u8>) {
        self.heard.encode(bytes);
    }
    #[inline]
    fn touch(&self) -> u64 {
        u64::from(self.heard)
    }
}

fn world(profile: &str, level: Level) -> World<Waves> {
    let seed = Seed::from_number(1);
    let degrees = OutboundDegrees::named("bitcoin").expect("the table is there");
    let graph = Topology::Outbound { degrees }.links(NODES, &[], seed.key("links")).expect("6,000 nodes are enough");
    let peer = |node: u32| PeerId::simulated(u64::from(node));
    let nursery = move |node: u32| -> Box<dyn Actor<Waves>> {
        Box::new(Node { heard: 0, first: node == 0, neighbours: graph.neighbours(node).map(peer).collect() })
    };
    let register = move |node: u32| Birth { node, peer: peer(node), role: String::new(), parameters: String::new() };
    let profile = Profile::named(profile).expect("the profile is built in");
    let seeds = Seeds { world: seed, noise: seed };
    let plan = Plan {
        cast: Cast {
            directory: Directory::Simulated { nodes: NODES },
            nursery: Arc::new(nursery),
            register: Arc::new(register),
            clocks: Vec::new(),
        },
        network: Network::new(&profile, NODES, Vec::new(), seeds).expect("there are nodes"),
        world_seed: seed,
        noise_seed: seed,
        storage: None,
        level,
        // As often as `blocks` has one.
        checkpoint_every: Span::from_nanos(BETWEEN.as_nanos() * WAVES / 64),
        limits: Limits::default(),
        origin: Origin::default(),
    };
    World::new(plan).expect("the plan is sound")
}

/// Runs all waves, and gives the events.
fn run(world: &mut World<Waves>) -> u64 {
    world.run_until(Time::ZERO + BETWEEN.saturating_mul(WAVES) + Span::from_secs(59));
    let counts = world.counts();
    counts.delivered + counts.timers
}

fn floor(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("waves, 6000 nodes, empty handlers, CPU time");
    group.sample_size(10);
    let rows = [
        ("simblock-2019, digest", "simblock-2019", Level::Digest),
        ("simblock-2019, no digest", "simblock-2019", Level::Off),
        ("free network, digest", "perfect", Level::Digest),
        ("free network, no digest", "perfect", Level::Off),
    ];
    for (name, profile, level) in rows {
        let mut first = world(profile, level);
        let events = run(&mut first);
        assert!((0..NODES).all(|node| u64::from(first.view(node)) == WAVES), "every wave reaches everybody");
        group.throughput(Throughput::Elements(events));
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|times| {
                let worlds: Vec<_> = (0..times).map(|_| world(profile, level)).collect();
                let begun = cpu_time();
                for mut world in worlds {
                    black_box(run(&mut world));
                }
                cpu_time() - begun
            });
        });
    }
    group.finish();
}

criterion_group!(benches, floor);
criterion_main!(benches);
