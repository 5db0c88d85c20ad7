//! What a connection carries.

use super::*;

const MIB: usize = 1 << 20;

#[tokio::test]
async fn frames_arrive_in_order_in_both_directions() {
    let (mut a, mut b) = (Node::start(1), Node::start(2));
    a.knows(&b);
    a.send(b.id(), &0u32.to_le_bytes());
    assert_eq!(b.connected().await, a.id());
    for number in 0..1000u32 {
        a.send(b.id(), &(number + 1).to_le_bytes());
        b.send(a.id(), &vec![number as u8; number as usize]);
    }
    for number in 0..=1000u32 {
        assert_eq!(b.frame().await.1[..], number.to_le_bytes());
    }
    for number in 0..1000u32 {
        assert_eq!(a.frame().await.1, vec![number as u8; number as usize]);
    }
    let (a, b) = (a.transport.counters(), b.transport.counters());
    assert_eq!((a.sent, b.sent), (b.received, a.received));
    assert_eq!((a.sent.stream_frames, a.sent.bytes), (1001, 4004));
}

#[tokio::test]
async fn a_frame_of_the_limit_arrives_and_a_longer_one_is_refused_at_once() {
    let (a, mut b) = (Node::start(1), Node::start(2));
    a.knows(&b);
    let refused = a.transport.send(b.id(), vec![0; MIB + 1], Kind::Stream);
    assert_eq!(refused, Err(FrameTooLong { length: MIB + 1, max: MIB as u32 }));
    let frame: Vec<u8> = (0..MIB).map(|i| (i / 251) as u8).collect();
    a.send(b.id(), &frame);
    assert!(b.frame().await.1 == frame);
}

#[tokio::test]
async fn an_announced_frame_above_the_limit_closes_the_connection() {
    let mut b = Node::start(2);
    let raw = Raw::connect(1, &b, |_| {}).await.expect("the key is right");
    let mut stream = raw.say_hello(1, 1).await;
    stream.write_all(&[3, 0, 0, 0, b'o', b'n', b'e']).await.expect("it is open");
    assert_eq!(b.frame().await, (id(1), Bytes::from_static(b"one")));
    stream.write_all(&(MIB as u32 + 1).to_le_bytes()).await.expect("it is open");
    assert_eq!(b.broken().await, Breakage::FrameTooLong(FrameTooLong { length: MIB + 1, max: MIB as u32 }));
    assert_eq!(raw.closed().await, Some(5));
    assert_eq!(b.transport.counters().refused.frame_too_long, 1);
}

#[tokio::test]
async fn a_stream_that_breaks_the_rules_closes_the_connection() {
    let good = |raw: &Raw| {
        let hello = raw.hello(1, 1).encode(version::SPOKEN[0]);
        [&(hello.len() as u32).to_le_bytes()[..], &hello].concat()
    };
    type Bytes = fn(Vec<u8>) -> Vec<u8>;
    let broken: [(Bytes, bool); 6] = [
        (|_| vec![16, 0, 0, 0, 1, 2], false),
        (|_| vec![255, 0, 0, 0], false),
        (|good| [&[good[0] - 1, 0, 0, 0], &good[4..good.len() - 1]].concat(), false),
        (|good| [&[good[0] + 1, 0, 0, 0], &good[4..], &[0]].concat(), false),
        (|good| [&good[..], &[9, 0, 0, 0, 1]].concat(), true),
        (|good| [&good[..], &[9, 0]].concat(), true),
    ];
    for (change, connected) in broken {
        let mut b = Node::start(2);
        let raw = Raw::connect(1, &b, |_| {}).await.expect("the key is right");
        let mut stream = raw.connection.open_uni().await.expect("one stream is allowed");
        let bytes = change(good(&raw));
        stream.write_all(&bytes).await.expect("it is open");
        stream.finish().expect("it is open");
        assert_eq!(raw.closed().await, Some(6), "{bytes:?}");
        b.counts(|counters| counters.refused.malformed == 1).await;
        if connected {
            assert!(matches!(b.broken().await, Breakage::Malformed(_)));
        } else {
            assert_eq!(b.events.try_next(), None);
        }
    }
}

#[tokio::test]
async fn datagrams_arrive_and_those_too_long_for_the_path_are_counted() {
    let (mut a, mut b) = (Node::start(1), Node::start(2));
    a.knows(&b);
    for length in [0usize, 1, 1000, 60_000] {
        a.transport.send(b.id(), vec![7; length], Kind::Datagram).expect("it is below the limit of frames");
    }
    for length in [0usize, 1, 1000] {
        let found = b.until(|event| match event {
            Event::Frame { bytes, kind, .. } => Some((bytes.len(), *kind)),
            _ => None,
        });
        assert_eq!(found.await, (length, Kind::Datagram));
    }
    a.counts(|counters| counters.dropped.datagram_too_long == 1).await;
    assert_eq!(a.connected().await, b.id());
    assert_eq!((a.transport.counters().sent.datagrams, b.transport.counters().received.datagrams), (3, 3));
}

#[tokio::test]
async fn a_slow_driver_makes_the_sender_wait_and_loses_nothing() {
    let a = Node::start(1);
    let mut b = Node::with(2, LOOPBACK, Limits { inbox_events: 2, window_bytes: 100_000, ..limits() });
    a.knows(&b);
    for number in 0..60u8 {
        a.send(b.id(), &[number; 50_000]);
    }
    assert_eq!(b.connected().await, a.id());
    tokio::time::sleep(Duration::from_millis(300)).await;
    let arrived = b.transport.counters().received.stream_frames;
    assert!(arrived <= 2, "{arrived} frames were taken by nobody");
    assert!(a.transport.counters().sent.bytes < 3_000_000);
    for number in 0..60 {
        assert_eq!(b.frame().await.1[0], number);
    }
}

#[tokio::test]
async fn datagrams_for_a_slow_driver_are_dropped_and_counted() {
    let mut a = Node::start(1);
    let b = Node::with(2, LOOPBACK, Limits { inbox_events: 2, ..limits() });
    a.knows(&b);
    a.send(b.id(), b"first");
    assert_eq!(a.connected().await, b.id());
    b.counts(|counters| counters.received.stream_frames == 1).await;
    for _ in 0..10 {
        a.transport.send(b.id(), vec![1; 100], Kind::Datagram).expect("it is short");
    }
    b.counts(|counters| counters.dropped.inbox_full > 0).await;
}
