//! How a node is: what its driver tells whoever asks.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use contract::Unready;
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
    /// What the actor waits for.
    unready: Mutex<Option<Unready>>,
    work: Mutex<Work>,
    /// The node's metrics.
    pub metrics: Metrics,
}

impl Default for Status {
    fn default() -> Status {
        let health = Mutex::new(Health::Starting);
        Status { health, unready: Mutex::default(), work: Mutex::default(), metrics: Metrics::default() }
    }
}

impl Status {
    /// How the node is.
    pub fn health(&self) -> Health {
        *locked(&self.health)
    }

    /// Why it cannot do now what is asked of it, if so.
    pub fn unready(&self) -> Option<Unready> {
        let health = self.health();
        match health {
            Health::Ok => locked(&self.unready).clone(),
            _ => Some(Unready { reason: health.name(), detail: health.in_words().to_owned() }),
        }
    }

    /// Notes how it is, and returns how it was. An earlier beginning of the same trouble is kept.
    pub(crate) fn set(&self, health: Health) -> Health {
        let mut now = locked(&self.health);
        let before = *now;
        if !matches!((before, health), (Health::StorageFull { .. }, Health::StorageFull { .. })) {
            *now = health;
        }
        before
    }

    /// Notes what the actor waits for.
    pub(crate) fn wants(&self, unready: Option<Unready>) {
        *locked(&self.unready) = unready;
    }

    /// What was done.
    pub fn work(&self) -> Work {
        *locked(&self.work)
    }

    pub(crate) fn count(&self, change: impl FnOnce(&mut Work)) {
        change(&mut locked(&self.work));
    }

    /// Notes a commit: how long it took, and how many bytes the store's content and its file have now.
    pub(crate) fn committed(&self, took: Duration, size: (u64, u64)) {
        self.count(|work| work.commits += 1);
        self.stored(size);
        self.metrics.committed(took);
    }

    /// Notes how many bytes the store's content and its file have.
    pub(crate) fn stored(&self, (content, file): (u64, u64)) {
        self.count(|work| (work.store_content_bytes, work.store_file_bytes) = (content, file));
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

    /// What it means.
    pub fn in_words(self) -> &'static str {
        match self {
            Health::Starting => "the first step is not durable yet",
            Health::Ok => "the node does its work",
            Health::StorageFull { .. } => "there is no room on the disk: nothing is acknowledged until there is",
            Health::Stopping => "the node is stopping",
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
