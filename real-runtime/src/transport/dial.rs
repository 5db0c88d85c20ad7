//! Both ways to a connection: to dial a peer, and to welcome one that has dialled.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use contract::PeerId;
use tokio::time::timeout;

use super::event::{Close, DialError};
use super::frame::Hello;
use super::hub::Hub;
use super::tls::SERVER_NAME;
use super::wire::{self, Receiver, Up};

/// A peer that has dialled, proved its key and said hello. It waits for our hello, which says that the connection is
/// to be used, or for a [`Close`], which says why not.
pub(crate) struct Arrival {
    pub(crate) connection: quinn::Connection,
    pub(crate) receiver: Receiver,
    pub(crate) hello: Hello,
}

/// Dials `peer`; the connection is up when the peer's hello is here.
///
/// Dropping the future gives the attempt up: the peer sees a connection that closes without a reason.
pub(crate) async fn dial(hub: &Hub, peer: PeerId, address: SocketAddr) -> Result<Up, DialError> {
    let impostor = Arc::new(OnceLock::new());
    match timeout(hub.limits.handshake_timeout, attempt(hub, peer, address, impostor.clone())).await {
        Ok(Err(why)) => Err(impostor.get().map_or(why, |found| DialError::WrongKey { found: *found })),
        Ok(up) => up,
        Err(_) => Err(DialError::TimedOut),
    }
}

async fn attempt(
    hub: &Hub,
    peer: PeerId,
    address: SocketAddr,
    impostor: Arc<OnceLock<PeerId>>,
) -> Result<Up, DialError> {
    // Drawn now: what counts is when an end decided that it needs a connection.
    let hello = hub.next_hello();
    let other = |error: &dyn std::fmt::Display| DialError::Other(error.to_string());
    let config = hub.tls.client(peer, impostor).map_err(|e| other(&e))?;
    let connecting = hub.endpoint.connect_with(config, address, SERVER_NAME).map_err(|e| other(&e))?;
    let connection = connecting.await?;
    if hub.tls.proven(&connection) != Some(peer) {
        return Err(DialError::Version);
    }
    let sender = wire::say_hello(&connection, hello).await?;
    let (receiver, theirs) = wire::hear_hello(&connection, &hub.limits).await?;
    hub.tally.count(|c| c.dialled += 1);
    Ok(Up { connection, sender, receiver, theirs })
}

impl Arrival {
    /// Says hello in return; the connection is up for this end. `None` if the peer has gone meanwhile.
    pub(crate) async fn welcome(self, hub: &Hub) -> Option<Up> {
        let Arrival { connection, receiver, hello: theirs } = self;
        let said = timeout(hub.limits.handshake_timeout, wire::say_hello(&connection, hub.next_hello())).await;
        let sender = said.ok()?.ok()?;
        hub.tally.count(|c| c.accepted += 1);
        Some(Up { connection, sender, receiver, theirs })
    }

    /// Turns the peer away because there is another connection.
    pub(crate) fn decline(self, hub: &Hub) {
        hub.tally.count(|c| c.refused.duplicate += 1);
        Close::Duplicate.apply(&self.connection);
    }
}
