//! A program with one protocol more than `dunbar`: a deliberate leak, which `verify` must catch and locate.
//!
//! Its nodes greet each other in the order in which a randomly seeded map iterates. That is the mistake that all gates
//! of the pure crates exist for; here it is made on purpose, outside of them, to prove that the last gate holds:
//!
//! ```sh
//! cargo run --example planted_leak -- verify examples/planted_leak.toml
//! ```
//!
//! It ends with exit code 1 and names node 2, whose map is the leak, at 1.5 s.
//!
//! A scenario may demand that nobody is greeted more than `greetings_max` times. That is an invariant, checked from outside while
//! the world runs; a low number shows what a broken one looks like: exit code 4, with node, time, event and seed.
//!
//! It is also the example of a protocol that is a `System` of its own and no `Own`: it needs `dunbar` and `borsh` alone.

use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::Arc;

use dunbar::contract::trace::{Birth, Header, Step};
use dunbar::contract::{Actor, Canonical, Effects, Input, Kind, Observation, PeerId, Protocol, Seed, Span, Time, Wire};
use dunbar::scenarios::details::describe;
use dunbar::scenarios::metric::{Metric, Values};
use dunbar::scenarios::replay::Replayer;
use dunbar::scenarios::system::{Job, Outcome, RunError, System, Watcher, drive};
use dunbar::scenarios::{BadScenario, Broken, Scenario, Source, systems};
use dunbar::sim_core::{Cast, Directory, Observed, Replied, World};

fn main() -> std::process::ExitCode {
    dunbar::main(dunbar::Registry::standard().system(Leaky))
}

/// The vocabulary: one message, one timer.
#[derive(Clone, Debug, PartialEq)]
struct Greetings;

impl Protocol for Greetings {
    const NAME: &'static str = "leaky";
    const ID: u16 = 0xfff0;
    const VERSION: u16 = 1;
    type Message = Hello;
    type Timer = u8;
    type Command = ();
    type Reply = ();
    type View = u64;
}

#[derive(Clone, Debug, PartialEq, borsh::BorshSerialize, borsh::BorshDeserialize)]
struct Hello(u64);

impl Wire for Hello {
    fn kind(&self) -> Kind {
        Kind::Datagram
    }
}

/// The node whose map leaks, and when it is used for the first time.
const LEAKY_NODE: u64 = 2;
const LEAKS_AT: Time = Time::from_nanos(1_500_000_000);

struct Greeter {
    number: u64,
    friends: HashMap<u64, PeerId, RandomState>,
    heard: u64,
}

impl Greeter {
    fn new(number: u64, nodes: u64) -> Greeter {
        let friends = (0..nodes).filter(|other| *other != number).map(|other| (other, PeerId::simulated(other)));
        Greeter { number, friends: friends.collect(), heard: 0 }
    }
}

impl Actor<Greetings> for Greeter {
    fn handle(&mut self, now: Time, input: Input<Greetings>, out: &mut Effects<Greetings>) {
        match input {
            Input::Message { message: Hello(times), .. } => self.heard += times,
            Input::Start(_) | Input::Timer(_) => {
                let mut friends: Vec<(&u64, &PeerId)> = self.friends.iter().collect();
                if self.number != LEAKY_NODE || now < LEAKS_AT {
                    friends.sort();
                }
                friends.iter().for_each(|(_, friend)| out.send(**friend, Hello(1)));
                out.set_timer(0, now + Span::from_millis(100));
                out.observe(Observation::new("greeted").with("times", self.heard));
            }
            Input::Command { .. } | Input::Broken { .. } | Input::Connected { .. } => {}
        }
    }

    fn view(&self) -> u64 {
        self.heard
    }

    fn fork(&self) -> Box<dyn Actor<Greetings>> {
        Box::new(Greeter { friends: self.friends.clone(), ..*self })
    }

    fn rekey(&mut self, _seed: &Seed) {}

    fn state(&self, bytes: &mut Vec<u8>) {
        self.heard.encode(bytes);
    }
}

/// The system as scenarios see it: what a third party writes to bring its own protocol.
struct Leaky;

impl System for Leaky {
    fn name(&self) -> &'static str {
        Greetings::NAME
    }

    fn metrics(&self) -> &'static [Metric] {
        &[]
    }

    fn check(&self, _source: &Source, _scenario: &Scenario) -> Result<(), BadScenario> {
        Ok(())
    }

    fn run(&self, job: Job<'_>) -> Result<Outcome, RunError> {
        let (scenario, nodes) = (&job.cell.scenario, job.cell.scenario.nodes());
        let birth = |node: u32| {
            let (peer, role) = (PeerId::simulated(u64::from(node)), "greeter".to_owned());
            Birth { node, peer, role, parameters: String::new() }
        };
        let cast = Cast {
            directory: Directory::Simulated { nodes },
            nursery: Arc::new(move |node| Box::new(Greeter::new(u64::from(node), u64::from(nodes)))),
            register: Arc::new(birth),
            clocks: scenario.clocks(&job.world_seed()),
        };
        let max = scenario.parameters.get("greetings_max").and_then(|max| max.as_integer());
        let max = max.and_then(|max| u64::try_from(max).ok()).unwrap_or(u64::MAX);
        let plan = systems::plan(&job, cast, String::new(), None)?;
        drive(job, plan, Vec::new(), Manners { max, broken: None })
    }

    fn replayer(&self, _header: &Header) -> Result<Box<dyn Replayer>, String> {
        Err("a leak cannot be replayed".to_owned())
    }

    fn describe(&self, step: &Step) -> String {
        describe::<Greetings>(step)
    }
}

/// Measures nothing, and sees to it that nobody is greeted too often.
struct Manners {
    max: u64,
    broken: Option<Broken>,
}

impl Watcher<Greetings> for Manners {
    fn observed(&mut self, world: &World<Greetings>, observed: &Observed) {
        let (node, at, event) = (observed.node, observed.at, world.counts().events);
        let heard = world.view(node);
        if heard > self.max {
            let what = format!("it was greeted {heard} times, and at most {} are allowed", self.max);
            self.broken.get_or_insert(Broken { at, event, node, what });
        }
    }

    fn replied(&mut self, _world: &World<Greetings>, _replied: &Replied<Greetings>) {}

    fn broken(&self) -> Option<&Broken> {
        self.broken.as_ref()
    }

    fn finish(self, _world: &World<Greetings>) -> Values {
        Values::new()
    }
}
