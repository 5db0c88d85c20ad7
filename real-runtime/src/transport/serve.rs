//! One connection that is up, until it ends.

use std::future::pending;
use std::sync::Arc;

use quinn::{SendDatagramError, SendStream, WriteError};
use tokio::sync::mpsc;

use contract::Kind;

use super::dial::Arrival;
use super::event::{Breakage, Close};
use super::exchange;
use super::hello::Hello;
use super::hub::Hub;
use super::inbox::Inbox;
use super::link::Link;
use super::version::Version;
use super::wire::{ReceiveError, Receiver, Up};

/// How a connection ended.
pub(crate) enum End {
    Broken(Breakage),
    /// The peer has begun a newer one.
    Replaced(Box<Arrival>),
    /// This transport shuts down, and everything is with the peer.
    Left,
    NobodyListens,
}

/// Carries frames in both directions until the connection ends, and closes it.
///
/// The reader of the stream alone reports that a connection was lost, because it first hands over what had arrived
/// before; the other parts wait for ever then.
pub(crate) async fn serve(
    hub: &Arc<Hub>,
    link: &Link,
    inbox: &Inbox,
    door: &mut mpsc::Receiver<Arrival>,
    up: Up,
) -> End {
    let Up { connection, mut sender, mut receiver, theirs, version, seat } = up;
    if let Some(observed) = theirs.observed {
        hub.book.observed_by(link.peer, observed);
    }
    let end = tokio::select! {
        end = read_frames(link, inbox, &mut receiver) => end,
        end = write_frames(hub, link, &mut sender, &connection) => end,
        end = read_datagrams(hub, link, inbox, &connection) => end,
        end = write_datagrams(hub, link, &connection) => end,
        end = exchange(hub, link, version, &connection) => end,
        () = overflow(link) => End::Broken(Breakage::QueueFull),
        () = link.cut.notified() => End::Broken(Breakage::Expelled),
        () = link.unreadable.notified() => End::Broken(Breakage::Malformed("its frames cannot be read")),
        arrival = newer(hub, door, &theirs) => End::Replaced(Box::new(arrival)),
    };
    // Closed before the streams are dropped: a dropped stream is finished, which would say that this node leaves.
    let close = close_code(hub, &end);
    if matches!(close, Close::FrameTooLong | Close::Malformed | Close::Expelled) {
        hub.gate.punish(connection.remote_address());
    }
    close.apply(&connection);
    drop(seat);
    end
}

fn close_code(hub: &Hub, end: &End) -> Close {
    match end {
        End::Left | End::NobodyListens | End::Broken(Breakage::PeerLeft) => Close::Leaving,
        End::Replaced(_) => Close::Superseded,
        End::Broken(Breakage::QueueFull) => Close::QueueFull,
        End::Broken(Breakage::FrameTooLong(_)) => {
            hub.tally.count(|c| c.refused.frame_too_long += 1);
            Close::FrameTooLong
        }
        End::Broken(Breakage::Malformed(_)) => {
            hub.tally.count(|c| c.refused.malformed += 1);
            Close::Malformed
        }
        End::Broken(Breakage::Expelled) => Close::Expelled,
        // The connection is gone already.
        End::Broken(_) => Close::Unspecified,
    }
}

async fn read_frames(link: &Link, inbox: &Inbox, receiver: &mut Receiver) -> End {
    loop {
        match receiver.frames().await {
            Ok(Some(frames)) => {
                link.share.pauses(receiver.has_waited());
                if inbox.deliver(link.peer, &link.share, frames).await.is_err() {
                    return End::NobodyListens;
                }
            }
            Ok(None) => return End::Broken(Breakage::PeerLeft),
            Err(ReceiveError::Lost(error)) => return End::Broken(error.into()),
            Err(ReceiveError::Broken(why)) => return End::Broken(why),
        }
    }
}

async fn write_frames(hub: &Hub, link: &Link, stream: &mut SendStream, connection: &quinn::Connection) -> End {
    let mut closing = hub.closing();
    loop {
        if let Some(batch) = link.queue.next_batch() {
            match stream.write_chunk(batch.wire.freeze()).await {
                Ok(()) => hub.tally.count(|c| c.sent.add(Kind::Stream, batch.frames, batch.bytes)),
                Err(WriteError::ConnectionLost(_)) => return pending().await,
                Err(_) => return End::Broken(Breakage::Malformed("it stopped the other direction")),
            }
        } else if *closing.borrow_and_update() {
            // The peer closes the connection when it has read to the end.
            let _ = stream.finish();
            connection.closed().await;
            return End::Left;
        } else {
            tokio::select! {
                () = link.queue.stream.notified() => {}
                _ = closing.changed() => {}
            }
        }
    }
}

async fn read_datagrams(hub: &Hub, link: &Link, inbox: &Inbox, connection: &quinn::Connection) -> End {
    while let Ok(datagram) = connection.read_datagram().await {
        match datagram.len() <= hub.limits.frame_max as usize {
            true => inbox.offer(link.peer, &link.share, datagram),
            false => hub.tally.count(|c| c.dropped.datagram_too_long += 1),
        }
        // A flood of datagrams must not keep the thread.
        tokio::task::consume_budget().await;
    }
    pending().await
}

async fn write_datagrams(hub: &Hub, link: &Link, connection: &quinn::Connection) -> End {
    loop {
        while let Some(datagram) = link.queue.next_datagram() {
            let length = datagram.len();
            match connection.send_datagram_wait(datagram).await {
                Ok(()) => hub.tally.count(|c| c.sent.add(Kind::Datagram, 1, length)),
                Err(SendDatagramError::ConnectionLost(_)) => return pending().await,
                Err(_) => hub.tally.count(|c| c.dropped.datagram_too_long += 1),
            }
        }
        link.queue.datagram.notified().await;
    }
}

/// Endpoint records in both directions, if the version has them.
async fn exchange(hub: &Arc<Hub>, link: &Link, version: Version, connection: &quinn::Connection) -> End {
    if !version.has_exchange() {
        return pending().await;
    }
    tokio::select! {
        end = exchange::write(hub, link.peer, connection) => end,
        end = exchange::read(hub, link.peer, connection) => end,
    }
}

async fn overflow(link: &Link) {
    while !link.queue.take_overflow() {
        link.queue.overflow.notified().await;
    }
}

/// Waits for a connection that the peer began later than the present one; declines all others.
async fn newer(hub: &Hub, door: &mut mpsc::Receiver<Arrival>, present: &Hello) -> Arrival {
    loop {
        match door.recv().await {
            Some(arrival) if arrival.hello.supersedes(present) => return arrival,
            Some(arrival) => arrival.decline(hub),
            // The link holds a sender, so the door never closes.
            None => return pending().await,
        }
    }
}
