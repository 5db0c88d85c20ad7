//! Ctrl-C: the first asks a command to end in order, the second ends it at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};

use crate::exit::Failure;
use crate::output;

/// What a shell calls a process that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// Whether somebody asked the command to end.
#[derive(Clone)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on. `what` is said on the first signal.
    pub(crate) fn listen(what: &'static str) -> Result<Interrupt, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::internal)?;
        let interrupt = Interrupt(Arc::default());
        let told = interrupt.clone();
        let mut signals = runtime.block_on(async { signal(SignalKind::interrupt()) }).map_err(Failure::internal)?;
        std::thread::spawn(move || {
            runtime.block_on(async {
                while signals.recv().await.is_some() {
                    if told.0.swap(true, Ordering::SeqCst) {
                        std::process::exit(INTERRUPTED);
                    }
                    output::remark(what);
                }
            });
        });
        Ok(interrupt)
    }

    /// Whether the command shall go on.
    pub(crate) fn goes_on(&self) -> bool {
        !self.0.load(Ordering::SeqCst)
    }
}
