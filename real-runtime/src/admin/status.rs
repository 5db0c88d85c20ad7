//! How a node is: what its driver tells whoever asks.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::Metrics;

/// Whether a node does its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Its first step is not durable yet.
    Starting,
    /// It does.
    Ok,
    /// There is no room on its disk: it acknowledges nothing, and tries again.
    StorageFull {
        /// Since when.
        since: Instant,
    },
    /// It ends.
    Stopping,
}

/// What the driver has done since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Work {
    /// Steps of the actor.
    pub steps: u64,
    /// Commits that became durable; each took one synchronisation of the disk, or a few.
    pub commits: u64,
    /// Messages that were let out after a commit.
    pub messages: u64,
    /// Bytes of all keys and values in the store.
    pub store_content_bytes: u64,
    /// Bytes of the store's file, which is rewritten at a start when it has grown far beyond its content.
    pub store_file_bytes: u64,
}

/// Shared between the driver and the admin API.
#[derive(Debug)]
pub struct Status {
    health: Mutex<Health>,
    work: Mutex<Work>,
    /// The node's metrics.
    pub metrics: Metrics,
}

impl Default for Status {
    fn default() -> Status {
        Status { health: Mutex::new(Health::Starting), work: Mutex::default(), metrics: Metrics::default() }
    }
}

impl Status {
    /// How the node is.
    pub fn health(&self) -> Health {
        *locked(&self.health)
    }

    /// Notes how it is. An earlier beginning of the same trouble is kept.
    pub(crate) fn set(&self, health: Health) {
        let mut now = locked(&self.health);
        if !matches!((*now, health), (Health::StorageFull { .. }, Health::StorageFull { .. })) {
            *now = health;
        }
    }

    /// What was done.
    pub fn work(&self) -> Work {
        *locked(&self.work)
    }

    pub(crate) fn count(&self, change: impl FnOnce(&mut Work)) {
        change(&mut locked(&self.work));
    }

    /// Notes a commit: how long it took, and how many bytes the store's content and its file have now.
    pub(crate) fn committed(&self, took: Duration, (content, file): (u64, u64)) {
        self.count(|work| {
            work.commits += 1;
            (work.store_content_bytes, work.store_file_bytes) = (content, file);
        });
        self.metrics.committed(took);
    }
}

impl Health {
    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Health::Starting => "starting",
            Health::Ok => "ok",
            Health::StorageFull { .. } => "storage-full",
            Health::Stopping => "stopping",
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
