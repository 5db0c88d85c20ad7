//! nexosim in its documented style: models, output ports, and a model for the medium.
//!
//! Every node has one output port, connected to a hub. The hub schedules each parcel on itself for the time of its
//! arrival, and then sends it through the port that leads to its receiver. So a message is two deliveries and one
//! scheduled event, and the number of connections is twice the number of nodes.

use std::sync::Arc;
use std::time::Duration;

use nexosim::model::{BuildContext, Context, Model, ProtoModel, schedulable};
use nexosim::ports::{EventSource, Output};
use nexosim::simulation::{Mailbox, Scheduler, SimInit, Simulation};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

use super::nexosim_direct::{run_to_halt, virtual_ns};
use super::quota::Quota;
use super::{Engine, Failure};
use crate::meter::{Measured, Meter};
use crate::phold::{SplitMix, Workload};

/// nexosim with messages sent through ports and a hub.
pub(super) struct NexosimPorts;

impl Engine for NexosimPorts {
    fn name(&self) -> &'static str {
        "nexosim-ports"
    }

    fn nodes_max(&self) -> u32 {
        300_000
    }

    fn run(&self, workload: &Workload) -> Result<Measured, Failure> {
        let meter = Meter::new();
        let (mut simulation, run) = build(workload)?;
        let running = meter.start();
        run_to_halt(&mut simulation)?;
        Ok(running.stop(run.quota.handled(), virtual_ns(&simulation)))
    }
}

/// A message on its way.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Parcel {
    from: u32,
    to: u32,
    delay_ns: u64,
}

/// What all nodes know of the run.
struct Run {
    quota: Quota,
    halt: OnceLock<Scheduler>,
    workload: Workload,
}

/// A node, as a model.
#[derive(Serialize, Deserialize)]
struct Node {
    index: u32,
    words: SplitMix,
    output: Output<Parcel>,
}

#[Model(type Env = Arc<Run>)]
impl Node {
    /// Receives a message.
    async fn input(&mut self, _from: u32, _: &Context<Self>, run: &mut Arc<Run>) {
        if run.quota.count_one()
            && let Some(scheduler) = run.halt.get()
        {
            scheduler.halt();
        }
        let hop = run.workload.draw(&mut self.words);
        self.output.send(Parcel { from: self.index, to: hop.to, delay_ns: hop.delay_ns }).await;
    }
}

/// A node and the run that it is born into.
struct Prototype(Node, Arc<Run>);

impl ProtoModel for Prototype {
    type Model = Node;

    fn build(self, _: &mut BuildContext<Self>) -> (Node, Arc<Run>) {
        (self.0, self.1)
    }
}

/// The medium: one port per node.
#[derive(Serialize, Deserialize)]
struct Hub {
    ports: Vec<Output<u32>>,
}

#[Model]
impl Hub {
    /// Takes a parcel and keeps it for its delay.
    fn accept(&mut self, parcel: Parcel, cx: &Context<Self>) {
        cx.schedule_event(Duration::from_nanos(parcel.delay_ns), schedulable!(Self::deliver), parcel)
            .expect("a delay is at least 1 ns");
    }

    /// Hands a parcel to its receiver.
    #[nexosim(schedulable)]
    async fn deliver(&mut self, parcel: Parcel) {
        self.ports[parcel.to as usize].send(parcel.from).await;
    }
}

/// Builds the models and puts the first messages in flight.
fn build(workload: &Workload) -> Result<(Simulation, Arc<Run>), Failure> {
    let run = Arc::new(Run { quota: Quota::new(workload.events), halt: OnceLock::new(), workload: *workload });
    let mut init = SimInit::with_num_threads(1);
    let hub_mailbox = Mailbox::new();
    let accept = EventSource::new().connect(Hub::accept, &hub_mailbox).register(&mut init);
    let mut ports = Vec::with_capacity(workload.nodes as usize);
    for index in 0..workload.nodes {
        let mailbox = Mailbox::new();
        let mut port = Output::default();
        port.connect(Node::input, &mailbox);
        ports.push(port);
        let mut output = Output::default();
        output.connect(Hub::accept, &hub_mailbox);
        let node = Node { index, words: SplitMix::of_node(workload.seed, index), output };
        init = init.add_model(Prototype(node, run.clone()), mailbox, "");
    }
    let failure = |error: &dyn std::error::Error| Failure(error.to_string());
    init = init.add_model(Hub { ports }, hub_mailbox, "hub");
    let mut simulation = init.init(MonotonicTime::EPOCH).map_err(|error| failure(&error))?;
    run.halt.get_or_init(|| simulation.scheduler());

    let mut words = SplitMix::of_node(workload.seed, u32::MAX);
    for from in workload.first_senders() {
        let hop = workload.draw(&mut words);
        let parcel = Parcel { from, to: hop.to, delay_ns: hop.delay_ns };
        simulation.process_event(&accept, parcel).map_err(|error| failure(&error))?;
    }
    Ok((simulation, run))
}
