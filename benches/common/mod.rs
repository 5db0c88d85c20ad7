//! What several benchmarks need.

use std::time::Duration;

/// How long this thread was on a processor: on a shared machine the wall clock measures the neighbours. Linux keeps account of it.
pub(crate) fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux keeps account of its threads");
    let nanos = stat.split(' ').next().and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(nanos.expect("the first number is nanoseconds on a processor"))
}
