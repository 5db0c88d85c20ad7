//! CPU time and memory of one run.
//!
//! CPU seconds are those of the calling thread, so a neighbour that takes the core costs less than it would in wall
//! time. Memory is counted at the allocator: bytes asked for and not yet given back, so it says what an engine holds
//! and not what the allocator keeps in reserve. Both are per thread: an engine must not start threads of its own.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use cpu_time::ThreadTime;

/// The system's allocator, counting per thread.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    // Without destructors and initialised at compile time: an allocator must not allocate to count.
    static LIVE_BYTES: Cell<i64> = const { Cell::new(0) };
    static PEAK_BYTES: Cell<i64> = const { Cell::new(0) };
}

/// Adds `bytes`, which may be negative, to what this thread holds.
#[inline]
fn count(bytes: i64) {
    let live = LIVE_BYTES.get() + bytes;
    LIVE_BYTES.set(live);
    if live > PEAK_BYTES.get() {
        PEAK_BYTES.set(live);
    }
}

// SAFETY: every call goes to `System` unchanged; counting touches only plain thread-local cells.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-(layout.size() as i64));
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as i64 - layout.size() as i64);
        unsafe { System.realloc(block, layout, size) }
    }
}

/// What one run cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    /// Events handled, at least as many as the workload asked for.
    pub events: u64,
    /// CPU time of the events alone, building the world excluded, in seconds.
    pub cpu_seconds: f64,
    /// Most bytes held at one time, from an empty world to the last event.
    pub bytes_peak: u64,
    /// Virtual time of the last event, in nanoseconds of the workload.
    pub virtual_ns: u64,
}

impl Measured {
    /// Events per second of CPU time.
    pub(crate) fn rate(&self) -> f64 {
        self.events as f64 / self.cpu_seconds.max(1e-9)
    }
}

/// Counts memory from its creation on. Create it before the world is built.
pub(crate) struct Meter {
    bytes_before: i64,
}

impl Meter {
    /// Starts to count memory.
    pub(crate) fn new() -> Self {
        let live = LIVE_BYTES.get();
        PEAK_BYTES.set(live);
        Meter { bytes_before: live }
    }

    /// Bytes held now that were not held when the meter was made.
    pub(crate) fn held(&self) -> u64 {
        u64::try_from(LIVE_BYTES.get() - self.bytes_before).unwrap_or(0)
    }

    /// Starts the clock. Call it when the world is built and the first messages are in flight.
    pub(crate) fn start(self) -> Running {
        Running { meter: self, clock: ThreadTime::now() }
    }
}

/// A meter whose clock runs.
pub(crate) struct Running {
    meter: Meter,
    clock: ThreadTime,
}

impl Running {
    /// Stops the clock. Call it before the world is torn down.
    pub(crate) fn stop(self, events: u64, virtual_ns: u64) -> Measured {
        let cpu_seconds = self.clock.elapsed().as_secs_f64();
        let bytes_peak = u64::try_from(PEAK_BYTES.get() - self.meter.bytes_before).unwrap_or(0);
        Measured { events, cpu_seconds, bytes_peak, virtual_ns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peak_is_what_was_held_at_one_time() {
        let meter = Meter::new();
        drop(vec![0u8; 100_000]);
        let held = vec![0u8; 50_000];
        let measured = meter.start().stop(1, 1);
        assert!((100_000..110_000).contains(&measured.bytes_peak), "{measured:?}");
        drop(held);
    }
}
