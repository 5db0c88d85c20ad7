//! The reference: the loop that one writes by hand, a binary heap and one ChaCha8 for all nodes.
//!
//! It has no actors, no seam and no state or draws of a node, so it is a yardstick and not a simulator.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Engine, Failure};
use crate::meter::{Measured, Meter};
use crate::phold::{Workload, chacha8};

/// `BinaryHeap` of (time, sequence number, node).
pub(super) struct Heap;

impl Engine for Heap {
    fn name(&self) -> &'static str {
        "heap"
    }

    fn run(&self, workload: &Workload) -> Result<Measured, Failure> {
        let meter = Meter::new();
        let mut words = chacha8(workload.seed);
        let mut sequence = 0u64;
        let mut queue = BinaryHeap::with_capacity(workload.in_flight() as usize + 1);
        for _ in workload.first_senders() {
            let hop = workload.draw(&mut words);
            queue.push(Reverse((hop.delay_ns, sequence, hop.to)));
            sequence += 1;
        }

        let running = meter.start();
        let mut now = 0;
        for _ in 0..workload.events {
            let Some(Reverse((time, _, _))) = queue.pop() else {
                return Err(Failure("the queue ran empty".into()));
            };
            now = time;
            let hop = workload.draw(&mut words);
            queue.push(Reverse((now + hop.delay_ns, sequence, hop.to)));
            sequence += 1;
        }
        Ok(running.stop(workload.events, now))
    }
}
