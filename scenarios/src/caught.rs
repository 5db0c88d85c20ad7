//! Runs that panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a run gives.
///
/// # Errors
/// What its panic says. A world is a value, and one that panicked is dropped: nothing of it is seen again.
pub fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a message".to_owned())
    })
}
