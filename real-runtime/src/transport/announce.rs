//! This node's own endpoint record: issued anew before it expires, and when the address changes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::hub::Hub;
use crate::discovery::{TTL_MS, unix_ms};

/// A record is renewed after this part of its time.
const RENEWALS: u64 = 6;

/// Keeps the own record in the book up to date, and what has expired out of it, until the transport shuts down.
pub(crate) async fn announce(hub: Arc<Hub>) {
    let mut closing = hub.closing();
    let (mut said, mut said_ms) = (Vec::new(), 0);
    loop {
        let (addresses, now_ms) = (addresses(&hub), unix_ms());
        if !addresses.is_empty() && (addresses != said || now_ms >= said_ms + TTL_MS / RENEWALS) {
            let network = hub.admission.network.id();
            let record = hub.tls.identity().endpoint_record(network, addresses.clone(), now_ms.max(said_ms + 1));
            // Nothing of ours is refused but an address that nobody can dial, which is then not known either.
            let _ = hub.book.write(|book| book.hear(now_ms, hub.me, record));
            (said, said_ms) = (addresses, now_ms);
        }
        hub.book.write(|book| book.expire(now_ms)).into_iter().for_each(|peer| hub.undiscovered(peer));
        tokio::select! {
            () = sleep(hub.limits.discovery.interval.max(Duration::from_millis(10))) => {}
            _ = closing.wait_for(|closing| *closing) => return,
        }
    }
}

/// Where this node says that it is.
fn addresses(hub: &Hub) -> Vec<SocketAddr> {
    if !hub.limits.discovery.announce.is_empty() {
        return hub.limits.discovery.announce.clone();
    }
    let bound = hub.endpoint.local_addr().ok().filter(|address| !address.ip().is_unspecified());
    bound.or_else(|| hub.book.observed().map(|(address, _)| address)).into_iter().collect()
}
