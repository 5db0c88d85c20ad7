//! The door: handshakes that others begin, bounded in number and time.

use std::net::SocketAddr;
use std::sync::Arc;

use contract::PeerId;
use quinn::ConnectionError;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::admission::{Seat, Verdict};
use super::counters::Counters;
use super::dial::Arrival;
use super::event::{Close, DialError};
use super::hub::Hub;
use super::wire::{self, Expected, NoHello};
use crate::network::Role;

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

/// Starts a handshake, unless too many are under way, or too many come from the same address.
fn admit(hub: &Arc<Hub>, incoming: quinn::Incoming, handshakes: &mut JoinSet<()>) {
    let proven = incoming.remote_address_validated();
    if handshakes.len() >= hub.limits.handshakes_max {
        hub.tally.count(|c| c.refused.busy += 1);
        return incoming.refuse();
    }
    if !proven && handshakes.len() >= hub.limits.handshakes_max / 4 {
        return prove(hub, incoming);
    }
    match hub.admission.seat(incoming.remote_address().ip(), proven) {
        Verdict::Crowded => {
            hub.tally.count(|c| c.refused.crowded += 1);
            incoming.refuse();
        }
        Verdict::Hasty => {
            hub.tally.count(|c| c.refused.hasty += 1);
            incoming.refuse();
        }
        Verdict::Seated(seat) => {
            let hub = hub.clone();
            handshakes.spawn(async move { greet(&hub, incoming, seat).await });
        }
        Verdict::Prove => prove(hub, incoming),
    }
}

/// Asks somebody to come back with a proof of where he is.
fn prove(hub: &Hub, incoming: quinn::Incoming) {
    hub.tally.count(|c| c.refused.retried += 1);
    // An address that is not validated may always be asked to come back.
    let _ = incoming.retry();
}

async fn greet(hub: &Arc<Hub>, incoming: quinn::Incoming, seat: Seat) {
    let from = incoming.remote_address();
    let connecting = match incoming.accept() {
        Ok(connecting) => connecting,
        Err(error) => return refused(hub, from, error),
    };
    let limit = hub.limits.handshake_timeout;
    let deadline = tokio::time::Instant::now() + limit;
    let connection = match timeout(limit, connecting).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => return refused(hub, from, error),
        Err(_) => return hub.tally.count(|c| c.refused.timeout += 1),
    };
    let Some((peer, version)) = hub.tls.proven(&connection).filter(|(peer, _)| *peer != hub.me) else {
        hub.tally.count(|c| c.refused.handshake += 1);
        return Close::Duplicate.apply(&connection);
    };
    let dialler = Expected { peer, role: Role::Dialler, version };
    let heard = tokio::time::timeout_at(deadline, wire::hear_hello(hub, &connection, dialler)).await;
    let (count, close): (fn(&mut Counters), Close) = match heard {
        // Only a member learns that it was expelled.
        Ok(Ok(_)) if hub.admission.is_expelled(&peer) => (|c| c.refused.expelled += 1, Close::Expelled),
        Ok(Ok((receiver, hello))) => {
            return introduce(hub, peer, Arrival { connection, receiver, hello, version, seat });
        }
        Ok(Err(NoHello::Lost(error))) => return refused(hub, from, error),
        Ok(Err(NoHello::Malformed(_))) => (|c| c.refused.malformed += 1, Close::Malformed),
        Ok(Err(NoHello::Stranger)) => (|c| c.refused.stranger += 1, Close::Stranger),
        Err(_) => (|c| c.refused.timeout += 1, Close::TimedOut),
    };
    hub.tally.count(count);
    if close != Close::TimedOut {
        hub.gate.punish(from);
    }
    close.apply(&connection);
}

/// Hands the connection to the task that serves the peer.
fn introduce(hub: &Arc<Hub>, peer: PeerId, arrival: Arrival) {
    if let Some(arrival) = hub.arrive(peer, arrival) {
        hub.tally.count(|c| c.refused.busy += 1);
        Close::Busy.apply(&arrival.connection);
    }
}

/// A handshake went no further. Who breaks its rules has wasted it; who is late, or gives it up, has not.
fn refused(hub: &Hub, from: SocketAddr, error: ConnectionError) {
    let wasted = !matches!(
        error,
        ConnectionError::TimedOut | ConnectionError::ApplicationClosed(_) | ConnectionError::LocallyClosed
    );
    if wasted {
        hub.gate.punish(from);
    }
    let version = DialError::from(error) == DialError::Version;
    hub.tally.count(|c| match version {
        true => c.refused.version += 1,
        false => c.refused.handshake += 1,
    });
}
