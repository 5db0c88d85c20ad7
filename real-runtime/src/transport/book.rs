//! The address book that the tasks of one transport share, and this node's own place in it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use contract::PeerId;
use tokio::sync::watch;

use crate::discovery::{AddressBook, Observed};

/// A book, what peers say about this node's address, and who is to be told of changes.
#[derive(Debug)]
pub(crate) struct SharedBook {
    book: Mutex<AddressBook>,
    observed: Mutex<Observed>,
    changes: watch::Sender<u64>,
    /// Discovered peers that this node stays connected to.
    kept: Mutex<BTreeMap<PeerId, SocketAddr>>,
}

impl SharedBook {
    pub(crate) fn new(book: AddressBook) -> SharedBook {
        let changes = watch::channel(book.revision()).0;
        SharedBook { book: Mutex::new(book), observed: Mutex::default(), changes, kept: Mutex::default() }
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&AddressBook) -> T) -> T {
        look(&self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the book, and tells everybody who waits if something changed.
    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut AddressBook) -> T) -> T {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = change(&mut book);
        let revision = book.revision();
        drop(book);
        self.changes.send_if_modified(|seen| std::mem::replace(seen, revision) != revision);
        outcome
    }

    /// Tells when the book changes.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// `witness` has said where it sees this node.
    pub(crate) fn observed_by(&self, witness: PeerId, address: SocketAddr) {
        self.observed.lock().unwrap_or_else(PoisonError::into_inner).hear(witness, address);
    }

    /// Where peers see this node, if several agree, and how many do.
    pub(crate) fn observed(&self) -> Option<(SocketAddr, usize)> {
        self.observed.lock().unwrap_or_else(PoisonError::into_inner).agreed()
    }

    /// Whether to stay connected to a discovered peer: yes while there are fewer than `max` of them.
    pub(crate) fn keeps(&self, peer: PeerId, address: SocketAddr, max: usize) -> bool {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let keep = kept.len() < max || kept.contains_key(&peer);
        if keep {
            kept.insert(peer, address);
        }
        keep
    }

    /// A discovered peer is known no longer.
    pub(crate) fn forget(&self, peer: &PeerId) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(peer);
    }
}
