//! What happens to frames that cannot leave.

use super::*;

#[tokio::test]
async fn frames_wait_for_a_peer_that_starts_later() {
    let mut a = Node::start(1);
    let vacant = Node::start(2).addr();
    a.transport.add_peer(id(2), vacant);
    for number in 0..10u8 {
        a.send(id(2), &[number]);
    }
    let mut b = Node::restart(2, vacant, limits()).await;
    for number in 0..10u8 {
        assert_eq!(b.frame().await, (id(1), Bytes::from(vec![number])));
    }
    assert_eq!(a.connected().await, id(2));
}

#[tokio::test]
async fn an_address_that_is_learned_later_or_changes_is_used_at_once() {
    let (mut a, mut b) = (
        Node::with(
            1,
            LOOPBACK,
            Limits { backoff_min: Duration::from_secs(60), backoff_max: Duration::from_secs(60), ..limits() },
        ),
        Node::start(2),
    );
    let other = Node::start(3);
    a.transport.add_peer(id(2), other.addr());
    a.send(id(2), b"where are you?");
    assert_eq!(a.dial_failed().await, DialError::WrongKey { found: id(3) });
    a.knows(&b);
    assert_eq!(b.frame().await.0, id(1));
}

#[tokio::test]
async fn a_full_queue_loses_its_frames_and_says_so() {
    let mut a = Node::with(1, LOOPBACK, Limits { queue_frames: 8, ..limits() });
    let vacant = Node::start(2).addr();
    a.transport.add_peer(id(2), vacant);
    for number in 0..9u8 {
        a.send(id(2), &[number]);
    }
    assert_eq!(a.broken().await, Breakage::QueueFull);
    assert_eq!(a.transport.counters().dropped.stream_queue_full, 9);
    a.send(id(2), b"afterwards");
    let mut b = Node::restart(2, vacant, limits()).await;
    assert_eq!(b.frame().await.1, Bytes::from_static(b"afterwards"));
}

#[tokio::test]
async fn a_peer_that_reads_too_slowly_is_cut_off_and_can_come_back() {
    let mut a = Node::with(1, LOOPBACK, Limits { queue_bytes: 1 << 20, ..limits() });
    let mut b = Node::with(2, LOOPBACK, Limits { inbox_events: 2, window_bytes: 50_000, ..limits() });
    a.knows(&b);
    a.send(b.id(), b"first");
    assert_eq!(a.connected().await, b.id());
    let mut sent = 0;
    while a.transport.counters().dropped.stream_queue_full == 0 {
        a.send(b.id(), &[1; 10_000]);
        sent += 1;
        assert!(sent < 1000, "the queue has a bound");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(a.broken().await, Breakage::QueueFull);
    assert_eq!(b.broken().await, Breakage::ClosedByPeer(Close::QueueFull));
    a.send(b.id(), b"again");
    assert_eq!(b.frame().await.1, Bytes::from_static(b"again"));
}

#[tokio::test]
async fn a_full_queue_of_datagrams_drops_and_counts() {
    let mut a = Node::with(1, LOOPBACK, Limits { queue_frames: 8, ..limits() });
    let vacant = Node::start(2).addr();
    a.transport.add_peer(id(2), vacant);
    for number in 0..20u8 {
        a.transport.send(id(2), vec![number], Kind::Datagram).expect("it is short");
    }
    assert_eq!(a.transport.counters().dropped.datagram_queue_full, 12);
    let mut b = Node::restart(2, vacant, limits()).await;
    assert_eq!(b.frame().await.1[..], [0]);
    assert_eq!(a.connected().await, id(2));
}

#[tokio::test]
async fn a_peer_without_an_address_is_waited_for_only_if_it_was_connected() {
    let mut a = Node::with(
        1,
        LOOPBACK,
        Limits { idle_timeout: Duration::from_millis(600), keep_alive: Duration::from_millis(200), ..limits() },
    );
    a.send(id(9), b"who are you?");
    assert_eq!(a.broken().await, Breakage::NoAddress);
    assert_eq!(a.transport.counters().dropped.no_address, 1);

    // Version 1 has no exchange, so nobody learns where the peer is.
    let b = speaking(2, &[1]);
    b.transport.keep_peer(a.id(), a.addr());
    assert_eq!(a.connected().await, id(2));
    drop(b);
    a.broken().await;
    a.send(id(2), b"come back");
    let mut b = speaking(2, &[1]);
    b.transport.keep_peer(a.id(), a.addr());
    assert_eq!(b.frame().await.1, Bytes::from_static(b"come back"));
    drop(b);
    a.broken().await;
    a.send(id(2), b"once more");
    assert_eq!(a.broken().await, Breakage::NoAddress);
}

#[tokio::test]
async fn limits_that_contradict_each_other_are_refused() {
    for limits in [
        Limits { queue_bytes: 1000, ..limits() },
        Limits { inbox_bytes: 1000, ..limits() },
        Limits { queue_frames: 0, ..limits() },
        Limits { keep_alive: Duration::from_secs(60), ..limits() },
        Limits { backoff_min: Duration::from_secs(60), ..limits() },
    ] {
        assert!(matches!(Transport::bind(key(1), network(1), LOOPBACK, limits), Err(TransportError::Limits(_))));
    }
}
