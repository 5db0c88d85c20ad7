//! The event queue in the hold model: pop the earliest entry, push one at its time plus a delay. As many wait at the end as at
//! the start, so the cost of one hold at each size is the cost of one event.
//!
//! Delays are those of PHOLD, 0.1 ms plus an exponential 0.9 ms, drawn ahead so that the draw is not measured.

use std::hint::black_box;

use contract::Seed;
use contract::draws::open_unit;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sim_core::key::Key;
use sim_core::queue::{Entry, Heap, Wheel};

/// Delays that repeat; a power of two.
const DELAYS: usize = 1 << 16;
/// Holds between two looks at the clock.
const BATCH: u64 = 10_000;

trait Queue: Default {
    fn push(&mut self, entry: Entry);
    fn pop(&mut self) -> Option<Entry>;
}

impl Queue for Wheel {
    fn push(&mut self, entry: Entry) {
        Wheel::push(self, entry);
    }

    fn pop(&mut self) -> Option<Entry> {
        self.pop_until(u64::MAX)
    }
}

impl Queue for Heap {
    fn push(&mut self, entry: Entry) {
        Heap::push(self, entry);
    }

    fn pop(&mut self) -> Option<Entry> {
        self.pop_until(u64::MAX)
    }
}

fn delays() -> Vec<u64> {
    let key = Seed::from_number(1).key("delay");
    let delay = |i: u64| 100_000 - (900_000.0 * libm::log(open_unit(key.draw(0, i)[0]))) as i64;
    (0..DELAYS as u64).map(|i| delay(i) as u64).collect()
}

/// A queue in which `pending` entries wait, and how many were pushed so far.
struct Hold<'a, Q> {
    queue: Q,
    pushed: u64,
    delays: &'a [u64],
}

impl<'a, Q: Queue> Hold<'a, Q> {
    /// The queue turns over a few times first, so that it is in the state that it keeps.
    fn new(pending: u64, delays: &'a [u64]) -> Self {
        let mut hold = Hold { queue: Q::default(), pushed: 0, delays };
        (0..pending).for_each(|_| hold.push(0));
        (0..3 * pending).for_each(|_| hold.turn());
        hold
    }

    fn push(&mut self, now: u64) {
        let time = now + self.delays[self.pushed as usize % DELAYS];
        self.queue.push(Entry { key: Key { time, rest: self.pushed }, slot: self.pushed as u32 });
        self.pushed += 1;
    }

    fn turn(&mut self) {
        if let Some(entry) = self.queue.pop() {
            self.push(black_box(entry).key.time);
        }
    }
}

fn hold(c: &mut Criterion) {
    let delays = delays();
    let mut group = c.benchmark_group("hold");
    group.throughput(Throughput::Elements(BATCH)).sample_size(10);
    for pending in [1_000, 10_000, 100_000, 1_000_000] {
        let mut wheel = Hold::<Wheel>::new(pending, &delays);
        group.bench_function(BenchmarkId::new("wheel", pending), |b| b.iter(|| (0..BATCH).for_each(|_| wheel.turn())));
        drop(wheel);
        let mut heap = Hold::<Heap>::new(pending, &delays);
        group.bench_function(BenchmarkId::new("heap", pending), |b| b.iter(|| (0..BATCH).for_each(|_| heap.turn())));
    }
    group.finish();
}

criterion_group!(benches, hold);
criterion_main!(benches);
