//! What one of ours holds: bytes per message in flight, and bytes per node that only waits for its timer.
//!
//! Both are differences between two worlds that ran, counted at the allocator, so that neither hides in the other: a message
//! is what a world with messages holds more than one without, a node is what a world without messages holds.

use std::fmt::Write;

use contract::trace::Level;
use contract::{Span, Time};
use sim_core::{Memory, Pause, World};

use crate::engines::Failure;
use crate::engines::dunbar::{Load, plan};
use crate::meter::Meter;
use crate::phold::{IN_FLIGHT_PER_NODE, Workload};

/// The timer of an idle node.
const HEARTBEAT_NS: u64 = 1_000_000_000;

/// Mean delays that a world with messages runs for, until its queue has the shape that it keeps.
const TURNOVERS: u64 = 5;

/// What worlds of one size hold.
#[derive(Debug)]
pub(crate) struct Row {
    /// Number of nodes.
    pub nodes: u32,
    /// How much is recorded.
    pub level: Level,
    /// Bytes per node without messages and with a timer.
    pub idle_node: f64,
    /// Bytes per message in flight.
    pub message: f64,
    /// What the engine reports of the world with messages.
    pub reported: Memory,
}

/// Measures worlds of these sizes.
///
/// # Errors
///
/// When a world cannot be built.
pub(crate) fn run(sizes: &[u32], delay_ns_mean: u64, seed: u64) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for &nodes in sizes {
        for level in [Level::Off, Level::Digest] {
            rows.push(measure(Workload { nodes, events: u64::MAX, seed, delay_ns_mean }, level)?);
        }
    }
    Ok(rows)
}

fn measure(workload: Workload, level: Level) -> Result<Row, Failure> {
    let beats = Span::from_nanos(HEARTBEAT_NS).saturating_mul(3);
    let (timed, _) = held(&workload, level, Load { messages: 0, heartbeat_ns: HEARTBEAT_NS }, beats)?;
    let turnovers = Span::from_nanos(workload.delay_ns_mean).saturating_mul(TURNOVERS);
    let (silent, _) = held(&workload, level, Load { messages: 0, heartbeat_ns: 0 }, turnovers)?;
    let busy = Load { messages: IN_FLIGHT_PER_NODE, heartbeat_ns: 0 };
    let (full, reported) = held(&workload, level, busy, turnovers)?;
    Ok(Row {
        nodes: workload.nodes,
        level,
        idle_node: timed as f64 / f64::from(workload.nodes),
        message: full.saturating_sub(silent) as f64 / workload.in_flight() as f64,
        reported,
    })
}

/// Bytes that a world holds after running for a while, and what it says of itself.
fn held(workload: &Workload, level: Level, load: Load, span: Span) -> Result<(u64, Memory), Failure> {
    let plan = plan(workload, level, load)?;
    let meter = Meter::new();
    let mut world = World::new(plan).map_err(|error| Failure(error.to_string()))?;
    match world.run_until(Time::ZERO + span) {
        Pause::Reached => Ok((meter.held(), world.memory())),
        pause => Err(Failure(format!("the world stopped early: {pause:?}"))),
    }
}

/// A table for the terminal.
pub(crate) fn text(rows: &[Row]) -> String {
    let mut table =
        String::from("    nodes  recording  B/idle timed node  B/message in flight  engine says B/node, B/event\n");
    for row in rows {
        let level = format!("{:?}", row.level).to_lowercase();
        let Row { nodes, idle_node, message, reported, .. } = row;
        let (node, event) = (reported.per_node(), reported.per_event());
        let _ =
            writeln!(table, "{nodes:>9}  {level:>9}  {idle_node:>17.1}  {message:>19.1}  {node:>19.1}, {event:>7.1}");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The project's promise for a minimal actor.
    #[test]
    fn a_message_takes_64_bytes_and_an_idle_timed_node_512_at_most() {
        for row in run(&[1_000, 30_000], 1_000_000, 1).expect("small worlds are built") {
            assert!(row.message <= 64.0 && row.idle_node <= 512.0, "{row:?}");
        }
    }

    /// What the engine reports is what the allocator counted, but for actors' own memory and rounding of the allocator.
    #[test]
    fn the_engine_knows_what_it_holds() {
        let row = &run(&[30_000], 1_000_000, 1).expect("a small world is built")[0];
        assert!((row.reported.per_event() / row.message - 1.0).abs() < 0.1, "{row:?}");
    }
}
