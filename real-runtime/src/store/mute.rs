//! Panics that are caught and told as errors are not printed as well.

use std::cell::Cell;
use std::panic;
use std::sync::Once;

thread_local! {
    static MUTED: Cell<bool> = const { Cell::new(false) };
}

/// Does something without printing its panics. Those of other threads are printed as ever.
pub(crate) fn panics<T>(work: impl FnOnce() -> T) -> T {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let printing = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !MUTED.get() {
                printing(info);
            }
        }));
    });
    let before = MUTED.replace(true);
    let outcome = work();
    MUTED.set(before);
    outcome
}
