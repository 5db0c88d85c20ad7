//! How neighbours tell each other where peers are: on a stream of its own, which yields to messages.
//!
//! Each end sends what has changed in its book since it sent last, at most once an interval; so every member hears of every
//! record within as many intervals as there are hops. What an end takes is bounded by an allowance that grows with time:
//! records beyond it are dropped unread and counted, because verifying a signature is what a record costs.

use std::future::pending;
use std::sync::Arc;

use bytes::BytesMut;
use contract::{Bounded, Canonical as _, PeerId};
use tokio::time::sleep;

use super::allowance::Allowance;
use super::event::Breakage;
use super::frame::encode;
use super::hub::Hub;
use super::serve::End;
use super::wire::{ReceiveError, Receiver};
use crate::discovery::{Heard, Signed, unix_ms};

/// The most records in a frame.
const RECORDS_MAX: usize = 10;
/// The longest frame in bytes: records with four addresses of version 6.
const FRAME_MAX: u32 = 4096;
/// Records that a neighbour may bring at once. A whole book is that much.
const ALLOWANCE_MAX: u32 = 600;
/// Records that a neighbour may bring each second in the long run.
const ALLOWANCE_PER_SECOND: f64 = 20.0;

type Frame = Bounded<Signed, RECORDS_MAX>;

/// Sends what `peer` has not been sent yet, for as long as the connection lives.
pub(crate) async fn write(hub: &Hub, peer: PeerId, connection: &quinn::Connection) -> End {
    let Ok(mut stream) = connection.open_uni().await else { return pending().await };
    // Messages go first.
    let _ = stream.set_priority(-1);
    let (mut changes, mut seen) = (hub.book.changes(), 0);
    loop {
        changes.borrow_and_update();
        loop {
            let (records, until) = hub.book.read(|book| book.since(seen, peer, RECORDS_MAX));
            seen = until;
            if records.is_empty() {
                break;
            }
            let mut wire = BytesMut::new();
            encode(&Frame::truncated(records).to_bytes(), &mut wire);
            if stream.write_chunk(wire.freeze()).await.is_err() {
                return pending().await;
            }
        }
        // News that come within an interval travel together.
        sleep(hub.limits.discovery.interval).await;
        if changes.changed().await.is_err() {
            return pending().await;
        }
    }
}

/// Takes what `peer` sends, for as long as the connection lives.
pub(crate) async fn read(hub: &Arc<Hub>, peer: PeerId, connection: &quinn::Connection) -> End {
    let Ok(stream) = connection.accept_uni().await else { return pending().await };
    let mut receiver = Receiver::new(stream, FRAME_MAX);
    let mut allowance = Allowance::new(ALLOWANCE_MAX, ALLOWANCE_PER_SECOND);
    loop {
        let frame = match receiver.frame().await {
            Ok(Some(frame)) => frame,
            Ok(None) | Err(ReceiveError::Lost(_)) => return pending().await,
            Err(ReceiveError::Broken(why)) => return End::Broken(why),
        };
        let Ok(records) = Frame::decode(&frame) else {
            return End::Broken(Breakage::Malformed("its endpoint records cannot be read"));
        };
        for signed in records.into_vec() {
            if allowance.take() {
                hear(hub, peer, signed);
            } else {
                hub.tally.count(|c| c.refused.record += 1);
            }
        }
    }
}

fn hear(hub: &Arc<Hub>, from: PeerId, signed: Signed) {
    let (peer, address) = (signed.record.peer, signed.record.addresses().next());
    match hub.book.write(|book| book.hear(unix_ms(), from, signed)) {
        Ok(Heard::New | Heard::Newer) => {
            if let Some(address) = address {
                hub.discovered(peer, address);
            }
        }
        Ok(Heard::Known) => {}
        Err(_) => hub.tally.count(|c| c.refused.record += 1),
    }
}
