//! madsim, as one writes for it: a task and a channel per node, and `sleep` for the delay.
//!
//! Its simulated network is not used: it draws latencies from one uniform range, and each send and each receive there
//! sleeps another millisecond. Tasks, channels and `sleep` are what both styles pay for and all that PHOLD needs.
//!
//! Two properties of madsim would distort the workload at delays of a millisecond: a `sleep` takes at least 1 ms, and
//! the clock moves 50 to 100 ns with each poll of a task. So the workload's nanosecond is [`SCALE`] nanoseconds here;
//! a timer heap does not care about the unit.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use madsim::runtime::{NodeHandle, Runtime};
use madsim::task::spawn;
use madsim::time::sleep;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::quota::Quota;
use super::{Engine, Failure};
use crate::meter::{Measured, Meter};
use crate::phold::{Hop, SplitMix, Workload};

#[cfg(not(madsim))]
compile_error!(
    "build inside benches/peers: its .cargo/config.toml sets `--cfg madsim`, which madsim's simulator needs"
);

/// Nanoseconds of madsim's clock per nanosecond of the workload: the default delay of 1 ms becomes 10 s.
const SCALE: u64 = 10_000;

/// How a node waits for the delays of several messages at once.
#[derive(Clone, Copy)]
pub(super) enum Style {
    /// One task per node, which waits for its inbox and for all its delays.
    Select,
    /// One task more per message, which sleeps and then sends. madsim keeps 8 bytes and the task's description of
    /// every task that a node ever spawned, so memory grows with the length of the run.
    Spawn,
}

/// madsim with tasks and channels.
pub(super) struct Madsim(pub(super) Style);

impl Engine for Madsim {
    fn name(&self) -> &'static str {
        match self.0 {
            Style::Select => "madsim",
            Style::Spawn => "madsim-spawn",
        }
    }

    fn nodes_max(&self) -> u32 {
        100_000
    }

    fn run(&self, workload: &Workload) -> Result<Measured, Failure> {
        let meter = Meter::new();
        let runtime = Runtime::with_seed_and_config(workload.seed, madsim::Config::default());
        // The clock of CPU time is read outside `block_on`: inside, madsim takes the place of the system's clocks.
        let cluster = runtime.create_node().build();
        let (world, begin) = runtime.block_on(build(*workload, self.0, &cluster));
        let running = meter.start();
        let end = runtime.block_on(async {
            world.done.notified().await;
            Instant::now()
        });
        let measured = running.stop(world.quota.handled(), (end - begin).as_nanos() as u64 / SCALE);
        // The tasks hold each other through their channels: without this the world would never be freed.
        runtime.handle().kill(cluster.id());
        runtime.block_on(async {});
        Ok(measured)
    }
}

/// What all nodes share.
struct World {
    inboxes: Vec<UnboundedSender<u32>>,
    quota: Quota,
    done: Notify,
    workload: Workload,
}

impl World {
    /// Counts a received message and wakes the main task on the last.
    fn count_one(&self) {
        if self.quota.count_one() {
            self.done.notify_one();
        }
    }

    /// Sends a message that arrives at once. After the end of the run nobody listens, and that is fine.
    fn deliver(&self, from: u32, to: u32) {
        let _ = self.inboxes[to as usize].send(from);
    }
}

/// Starts all nodes and the first messages. Returns the time at which they leave.
async fn build(workload: Workload, style: Style, cluster: &NodeHandle) -> (Arc<World>, Instant) {
    let (inboxes, receivers): (Vec<_>, Vec<_>) = (0..workload.nodes).map(|_| unbounded_channel()).unzip();
    let quota = Quota::new(workload.events);
    let world = Arc::new(World { inboxes, quota, done: Notify::new(), workload });
    for (index, inbox) in (0..).zip(receivers) {
        match style {
            Style::Select => drop(cluster.spawn(node_with_select(index, inbox, world.clone()))),
            Style::Spawn => drop(cluster.spawn(node_with_spawn(index, inbox, world.clone()))),
        }
    }
    (world, Instant::now())
}

/// Waits for the delay of a message; returns its receiver.
async fn arrival(hop: Hop) -> u32 {
    sleep(Duration::from_nanos(hop.delay_ns * SCALE)).await;
    hop.to
}

/// A node that keeps the delays of its messages in its own task.
async fn node_with_select(index: u32, mut inbox: UnboundedReceiver<u32>, world: Arc<World>) {
    let mut words = SplitMix::of_node(world.workload.seed, index);
    let mut delays = FuturesUnordered::new();
    for _ in 0..crate::phold::IN_FLIGHT_PER_NODE {
        delays.push(arrival(world.workload.draw(&mut words)));
    }
    loop {
        tokio::select! {
            biased;
            Some(to) = delays.next() => world.deliver(index, to),
            message = inbox.recv() => {
                if message.is_none() {
                    return;
                }
                world.count_one();
                delays.push(arrival(world.workload.draw(&mut words)));
            }
        }
    }
}

/// A node that spawns a task for each message.
async fn node_with_spawn(index: u32, mut inbox: UnboundedReceiver<u32>, world: Arc<World>) {
    let mut words = SplitMix::of_node(world.workload.seed, index);
    let mut send = |world: &Arc<World>| {
        let hop = world.workload.draw(&mut words);
        let world = world.clone();
        spawn(async move {
            let to = arrival(hop).await;
            world.deliver(index, to);
        });
    };
    for _ in 0..crate::phold::IN_FLIGHT_PER_NODE {
        send(&world);
    }
    while inbox.recv().await.is_some() {
        world.count_one();
        send(&world);
    }
}
