//! The door: handshakes that others begin, bounded in number and time.

use std::sync::Arc;

use contract::PeerId;
use quinn::ConnectionError;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::dial::Arrival;
use super::event::{Close, DialError};
use super::hub::Hub;
use super::wire::{self, NoHello};

/// Accepts connections until the endpoint is closed or the transport shuts down.
pub(crate) async fn accept(hub: Arc<Hub>) {
    let mut handshakes = JoinSet::new();
    let mut closing = hub.closing();
    loop {
        tokio::select! {
            incoming = hub.endpoint.accept() => match incoming {
                Some(incoming) => admit(&hub, incoming, &mut handshakes),
                None => return,
            },
            Some(_) = handshakes.join_next() => {}
            _ = closing.wait_for(|closing| *closing) => return,
        }
    }
}

/// Starts a handshake, unless too many are under way.
fn admit(hub: &Arc<Hub>, incoming: quinn::Incoming, handshakes: &mut JoinSet<()>) {
    if handshakes.len() >= hub.limits.handshakes_max {
        hub.tally.count(|c| c.refused.busy += 1);
        incoming.refuse();
    } else if handshakes.len() >= hub.limits.handshakes_max / 4 && !incoming.remote_address_validated() {
        hub.tally.count(|c| c.refused.retried += 1);
        // An address that is not validated may always be asked to come back.
        let _ = incoming.retry();
    } else {
        let hub = hub.clone();
        handshakes.spawn(async move { greet(&hub, incoming).await });
    }
}

async fn greet(hub: &Arc<Hub>, incoming: quinn::Incoming) {
    let connecting = match incoming.accept() {
        Ok(connecting) => connecting,
        Err(error) => return refused(hub, error),
    };
    let limit = hub.limits.handshake_timeout;
    let deadline = tokio::time::Instant::now() + limit;
    let connection = match timeout(limit, connecting).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => return refused(hub, error),
        Err(_) => return hub.tally.count(|c| c.refused.timeout += 1),
    };
    let Some(peer) = hub.tls.proven(&connection).filter(|peer| *peer != hub.me) else {
        hub.tally.count(|c| c.refused.handshake += 1);
        return Close::Duplicate.apply(&connection);
    };
    match tokio::time::timeout_at(deadline, wire::hear_hello(&connection, &hub.limits)).await {
        Ok(Ok((receiver, hello))) => introduce(hub, peer, Arrival { connection, receiver, hello }),
        Ok(Err(NoHello::Lost(error))) => refused(hub, error),
        Ok(Err(NoHello::Malformed(_))) => {
            hub.tally.count(|c| c.refused.malformed += 1);
            Close::Malformed.apply(&connection);
        }
        Err(_) => {
            hub.tally.count(|c| c.refused.timeout += 1);
            Close::TimedOut.apply(&connection);
        }
    }
}

/// Hands the connection to the task that serves the peer.
fn introduce(hub: &Arc<Hub>, peer: PeerId, arrival: Arrival) {
    if let Some(arrival) = hub.arrive(peer, arrival) {
        hub.tally.count(|c| c.refused.busy += 1);
        Close::Busy.apply(&arrival.connection);
    }
}

fn refused(hub: &Hub, error: ConnectionError) {
    let version = DialError::from(error) == DialError::Version;
    hub.tally.count(|c| match version {
        true => c.refused.version += 1,
        false => c.refused.handshake += 1,
    });
}
