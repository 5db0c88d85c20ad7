//! nexosim, the fastest way for a node to reach any other node after a delay: the global scheduler.
//!
//! A node is a model with its own mailbox. Its input is registered as an event source, and every model holds the
//! scheduler's handle in its environment, so one message is one scheduled event and one delivery. Ports cannot do
//! that: a port is connected before the run, and a node would need one to each of the others.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use nexosim::model::{BuildContext, Context, Model, ProtoModel};
use nexosim::ports::EventSource;
use nexosim::simulation::{EventId, ExecutionError, Mailbox, Scheduler, SimInit, Simulation};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

use super::quota::Quota;
use super::{Engine, Failure};
use crate::meter::{Measured, Meter};
use crate::phold::{SplitMix, Workload};

/// nexosim with messages put on the global scheduler.
pub(super) struct NexosimDirect;

impl Engine for NexosimDirect {
    fn name(&self) -> &'static str {
        "nexosim-direct"
    }

    fn nodes_max(&self) -> u32 {
        300_000
    }

    fn run(&self, workload: &Workload) -> Result<Measured, Failure> {
        let meter = Meter::new();
        let (mut simulation, network) = build(workload)?;
        let running = meter.start();
        run_to_halt(&mut simulation)?;
        Ok(running.stop(network.quota.handled(), virtual_ns(&simulation)))
    }
}

/// What all nodes share: the inputs of the others, and the scheduler once the simulation exists.
struct Network {
    inputs: Vec<EventId<u32>>,
    scheduler: OnceLock<Scheduler>,
    quota: Quota,
    workload: Workload,
}

impl Network {
    /// Sends one message from `node` to a random node.
    fn send(&self, node: u32, words: &mut SplitMix) {
        let hop = self.workload.draw(words);
        let scheduler = self.scheduler.get().expect("set before the first event");
        scheduler
            .schedule_event(Duration::from_nanos(hop.delay_ns), &self.inputs[hop.to as usize], node)
            .expect("a delay is at least 1 ns");
    }
}

/// A node, as a model.
#[derive(Serialize, Deserialize)]
struct Node {
    index: u32,
    words: SplitMix,
}

#[Model(type Env = Arc<Network>)]
impl Node {
    /// Receives a message.
    fn input(&mut self, _from: u32, _: &Context<Self>, network: &mut Arc<Network>) {
        if network.quota.count_one()
            && let Some(scheduler) = network.scheduler.get()
        {
            scheduler.halt();
        }
        network.send(self.index, &mut self.words);
    }
}

/// A node and the network that it is born into.
struct Prototype(Node, Arc<Network>);

impl ProtoModel for Prototype {
    type Model = Node;

    fn build(self, _: &mut BuildContext<Self>) -> (Node, Arc<Network>) {
        (self.0, self.1)
    }
}

/// Builds the models and puts the first messages in flight.
fn build(workload: &Workload) -> Result<(Simulation, Arc<Network>), Failure> {
    let mut init = SimInit::with_num_threads(1);
    let mailboxes: Vec<Mailbox<Node>> = (0..workload.nodes).map(|_| Mailbox::new()).collect();
    let register = |mailbox| EventSource::new().connect(Node::input, mailbox).register(&mut init);
    let inputs = mailboxes.iter().map(register).collect();
    let quota = Quota::new(workload.events);
    let network = Arc::new(Network { inputs, scheduler: OnceLock::new(), quota, workload: *workload });

    for (index, mailbox) in (0..).zip(mailboxes) {
        let node = Node { index, words: SplitMix::of_node(workload.seed, index) };
        init = init.add_model(Prototype(node, network.clone()), mailbox, "");
    }
    let simulation = init.init(MonotonicTime::EPOCH).map_err(|error| Failure(error.to_string()))?;
    network.scheduler.get_or_init(|| simulation.scheduler());
    let mut words = SplitMix::of_node(workload.seed, u32::MAX);
    workload.first_senders().for_each(|node| network.send(node, &mut words));
    Ok((simulation, network))
}

/// Runs until a model halts the simulation, which is how a PHOLD run ends.
pub(super) fn run_to_halt(simulation: &mut Simulation) -> Result<(), Failure> {
    match simulation.run() {
        Err(ExecutionError::Halted) => Ok(()),
        Ok(()) => Err(Failure("the queue ran empty".into())),
        Err(error) => Err(Failure(error.to_string())),
    }
}

/// Virtual time since the start.
pub(super) fn virtual_ns(simulation: &Simulation) -> u64 {
    simulation.time().duration_since(MonotonicTime::EPOCH).as_nanos() as u64
}
