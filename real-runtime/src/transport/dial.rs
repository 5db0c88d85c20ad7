//! Both ways to a connection: to dial a peer, and to welcome one that has dialled.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use contract::PeerId;
use tokio::time::timeout;

use super::admission::Seat;
use super::event::{Close, DialError};
use super::hello::Hello;
use super::hub::Hub;
use super::tls::SERVER_NAME;
use super::version::Version;
use super::wire::{self, Expected, NoHello, Receiver, Up};
use crate::network::Role;

/// A peer that has dialled, proved its key and said hello. It waits for our hello, which says that the connection is
/// to be used, or for a [`Close`], which says why not.
pub(crate) struct Arrival {
    pub(crate) connection: quinn::Connection,
    pub(crate) receiver: Receiver,
    pub(crate) hello: Hello,
    pub(crate) version: Version,
    pub(crate) seat: Seat,
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
    let ordinal = hub.lives.next();
    let other = |error: &dyn std::fmt::Display| DialError::Other(error.to_string());
    let config = hub.tls.client(peer, impostor).map_err(|e| other(&e))?;
    let connecting = hub.endpoint.connect_with(config, address, SERVER_NAME).map_err(|e| other(&e))?;
    let connection = connecting.await?;
    let Some((_, version)) = hub.tls.proven(&connection).filter(|(found, _)| *found == peer) else {
        return Err(DialError::Version);
    };
    let hello = hub.hello(&connection, Role::Dialler, ordinal).ok_or(DialError::Malformed("TLS exports nothing"))?;
    let sender = wire::say_hello(&connection, version, &hello).await?;
    let from = Expected { peer, role: Role::Acceptor, version };
    let (receiver, theirs) = match wire::hear_hello(hub, &connection, from).await {
        Err(NoHello::Stranger) => {
            Close::Stranger.apply(&connection);
            return Err(DialError::OtherNetwork);
        }
        heard => heard?,
    };
    hub.tally.count(|c| c.dialled += 1);
    Ok(Up { connection, sender, receiver, theirs, version, seat: None })
}

impl Arrival {
    /// Says hello in return; the connection is up for this end. `None` if the peer has gone meanwhile.
    pub(crate) async fn welcome(self, hub: &Hub) -> Option<Up> {
        let Arrival { connection, receiver, hello: theirs, version, seat } = self;
        let hello = hub.hello(&connection, Role::Acceptor, hub.lives.next())?;
        let said = timeout(hub.limits.handshake_timeout, wire::say_hello(&connection, version, &hello)).await;
        let sender = said.ok()?.ok()?;
        hub.tally.count(|c| c.accepted += 1);
        Some(Up { connection, sender, receiver, theirs, version, seat: Some(seat) })
    }

    /// Turns the peer away because there is another connection.
    pub(crate) fn decline(self, hub: &Hub) {
        hub.tally.count(|c| c.refused.duplicate += 1);
        Close::Duplicate.apply(&self.connection);
    }
}
