//! Ctrl-C, or SIGTERM: the first asks a command to end in order, the second ends it at once.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};

use crate::exit::Failure;
use crate::output;

/// What a shell calls a process that Ctrl-C ended.
pub(crate) const INTERRUPTED: i32 = 130;

/// How long what has begun may take after the first signal, before it is cut.
const PATIENCE: Duration = Duration::from_secs(2);

/// When somebody asked the command to end.
#[derive(Clone)]
pub(crate) struct Interrupt(Arc<OnceLock<Instant>>);

impl Interrupt {
    /// Listens from now on. `what` is said on the first signal.
    pub(crate) fn listen(what: &'static str) -> Result<Interrupt, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::internal)?;
        let interrupt = Interrupt(Arc::default());
        let told = interrupt.clone();
        let listen = |kind| runtime.block_on(async { signal(kind) }).map_err(Failure::internal);
        let (mut keyboard, mut system) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
        std::thread::spawn(move || {
            runtime.block_on(async {
                loop {
                    tokio::select! { _ = keyboard.recv() => {}, _ = system.recv() => {} }
                    if told.0.set(Instant::now()).is_err() {
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
        self.0.get().is_none()
    }

    /// Whether what has begun shall go on: for two seconds after the signal it does.
    pub(crate) fn is_patient(&self) -> bool {
        self.0.get().is_none_or(|told| told.elapsed() < PATIENCE)
    }
}
