//! What a hostile peer can do, and what it costs: bounded memory, and honest peers go on.

use super::*;

/// Two honest nodes that exchange a frame now.
async fn honest_go_on(a: &Node, b: &mut Node, text: &'static str) {
    a.send(b.id(), text.as_bytes());
    let expected = (a.id(), Bytes::from_static(text.as_bytes()));
    assert_eq!(b.until_frame(|frame| *frame == expected).await, expected);
}

async fn honest_pair() -> (Node, Node) {
    let (a, b) = (Node::start(101), Node::start(102));
    a.transport.keep_peer(b.id(), b.addr());
    eventually(|| !a.transport.connected().is_empty()).await;
    (a, b)
}

#[tokio::test]
async fn bytes_that_are_no_quic_do_nothing() {
    let (a, mut b) = honest_pair().await;
    let socket = UdpSocket::bind(LOOPBACK).expect("a free port");
    for round in 0..2000u32 {
        let seed = blake3::hash(&round.to_le_bytes());
        let mut garbage = vec![0; 1 + round as usize % 1400];
        blake3::Hasher::new_keyed(seed.as_bytes()).finalize_xof().fill(&mut garbage);
        socket.send_to(&garbage, b.addr()).expect("loopback takes it");
    }
    honest_go_on(&a, &mut b, "after the garbage").await;
    assert_eq!(b.transport.connected(), [a.id()]);
    b.counts(|counters| counters.unread.stray > 50).await;
}

#[tokio::test]
async fn handshakes_that_are_begun_and_not_finished_are_bounded_and_forgotten() {
    let few = Limits { handshakes_max: 16, handshake_timeout: Duration::from_millis(500), ..limits() };
    let (a, mut b) = (Node::start(101), Node::with(102, LOOPBACK, few));
    a.transport.keep_peer(b.id(), b.addr());
    eventually(|| !a.transport.connected().is_empty()).await;
    // Diallers that prove a key and then say nothing.
    let mut silent = JoinSet::new();
    for seed in 1..=60 {
        let to = Node { transport: b.transport.clone(), events: Inbox::new(1, 1, Arc::default()).1 };
        silent.spawn(async move { Raw::connect(seed, &to, |_| {}).await });
    }
    let connected = silent.join_all().await;
    honest_go_on(&a, &mut b, "among the silent").await;
    b.counts(|counters| counters.refused.retried > 0 && counters.refused.busy > 0).await;
    b.counts(|counters| counters.refused.timeout > 0).await;
    for raw in connected.into_iter().flatten() {
        assert!(matches!(raw.closed().await, Some(8) | None));
    }
    honest_go_on(&a, &mut b, "after the silent").await;
    assert_eq!(b.transport.connected(), [a.id()]);
}

#[tokio::test]
async fn a_thousand_connections_from_one_address_take_what_one_address_may_have() {
    let few = Limits {
        per_address: PerAddress { connections_max: 20, ..PerAddress::default() },
        handshakes_max: 1024,
        ..limits()
    };
    let mut b = Node::with(102, LOOPBACK, few);
    let address = b.addr();
    let mut crowd = JoinSet::new();
    for round in 0..1000u32 {
        let to = Node { transport: b.transport.clone(), events: Inbox::new(1, 1, Arc::default()).1 };
        crowd.spawn(async move {
            let raw = Raw::connect((round % 97) as u8, &to, |_| {}).await.ok()?;
            let stream = raw.say_hello(round.into(), 1).await;
            Some((raw, stream))
        });
        if round % 50 == 49 {
            tokio::task::yield_now().await;
        }
    }
    // An honest node at another address gets in meanwhile.
    let elsewhere = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), 0));
    let a = Node::with(101, elsewhere, limits());
    a.transport.keep_peer(id(102), address);
    a.send(id(102), b"from elsewhere");
    let expected = (id(101), Bytes::from_static(b"from elsewhere"));
    assert_eq!(b.until_frame(|frame| *frame == expected).await, expected);
    assert!(b.transport.connected().len() <= 21, "{} are in", b.transport.connected().len());
    crowd.abort_all();
    b.counts(|counters| counters.refused.crowded > 0).await;
}

#[tokio::test]
async fn a_member_that_opens_more_streams_than_the_protocol_has_is_held_by_quic() {
    let mut b = Node::start(2);
    let raw = Raw::connect(1, &b, |_| {}).await.expect("the key is right");
    let _hello = raw.say_hello(1, 1).await;
    assert_eq!(b.connected().await, id(1));
    let mut opened = Vec::new();
    let more = async {
        loop {
            opened.push(raw.connection.open_uni().await);
        }
    };
    assert!(timeout(Duration::from_millis(300), more).await.is_err());
    assert_eq!(opened.len(), 1, "one is for endpoint records");
    assert!(timeout(Duration::from_millis(100), raw.connection.open_bi()).await.is_err(), "there are none both ways");
}

#[tokio::test]
async fn endpoint_records_that_are_garbage_forged_or_too_many_are_counted() {
    let mut b = Node::start(2);
    let raw = Raw::connect(1, &b, |_| {}).await.expect("the key is right");
    let _hello = raw.say_hello(1, 1).await;
    assert_eq!(b.connected().await, id(1));
    let mut stream = raw.connection.open_uni().await.expect("it is allowed");
    let address = vec![SocketAddr::from(([127, 0, 0, 1], 9))];
    let record =
        |network: Network, seed| crate::discovery::Signed::issue(&key(seed), network.id(), address.clone(), unix_ms());
    let frame = |records: Vec<crate::discovery::Signed>| {
        let bytes = contract::Canonical::to_bytes(&records);
        [&(bytes.len() as u32).to_le_bytes()[..], &bytes].concat()
    };
    stream.write_all(&frame(vec![record(network(2), 5), record(network(1), 6)])).await.expect("it is open");
    b.counts(|counters| counters.refused.record == 1).await;
    eventually(|| b.transport.address_book().get(&id(6)).is_some()).await;
    assert!(b.transport.address_book().get(&id(5)).is_none());
    for _ in 0..100 {
        stream.write_all(&frame(vec![record(network(1), 7); 10])).await.expect("it is open");
    }
    b.counts(|counters| counters.refused.record > 300).await;
    stream.write_all(&[4, 0, 0, 0, 255, 255, 255, 255]).await.expect("it is open");
    assert!(matches!(b.broken().await, Breakage::Malformed(_)));
    assert_eq!(raw.closed().await, Some(6));
}

#[tokio::test]
async fn a_member_that_floods_waits_and_others_do_not() {
    let (a, mut b) = honest_pair().await;
    let raw = Raw::connect(1, &b, |_| {}).await.expect("the key is right");
    let mut stream = raw.say_hello(1, 1).await;
    let flood = tokio::spawn(async move {
        let frame = [&1000u32.to_le_bytes()[..], &[7; 1000]].concat();
        while stream.write_all(&frame).await.is_ok() {}
    });
    for text in ["one", "two", "three"] {
        honest_go_on(&a, &mut b, text).await;
    }
    flood.abort();
}

#[tokio::test]
async fn a_member_whose_frames_cannot_be_read_is_cut_off_and_once_more_at_the_first_of_the_next_connection() {
    let mut b = Node::start(2);
    let (mut cuts, mut few) = (0, 0);
    for ordinal in 1..=3 {
        let raw = Raw::connect(1, &b, |_| {}).await.expect("the key is right");
        let mut stream = raw.say_hello(1, ordinal).await;
        assert_eq!(b.connected().await, id(1));
        let flood = tokio::spawn(async move { while stream.write_all(&[1, 0, 0, 0, 255]).await.is_ok() {} });
        loop {
            match b.event().await {
                Event::Frame { from, .. } => few += u32::from(b.transport.unreadable(from)),
                Event::Broken { why, .. } => break assert_eq!(why, Breakage::Malformed("its frames cannot be read")),
                _ => {}
            }
        }
        cuts += 1;
        assert_eq!(raw.closed().await, Some(6));
        flood.await.expect("no panic");
    }
    let refused = b.transport.counters().refused;
    assert_eq!((cuts, refused.malformed), (3, 3));
    assert!((16..20).contains(&few) && refused.unreadable > 18, "{few} were worth a word: {refused:?}");
}

#[tokio::test]
async fn handshakes_of_one_address_beyond_its_allowance_are_turned_away_and_counted() {
    let few = Limits { per_address: PerAddress { connections_max: 8, handshakes_per_second: 1 }, ..limits() };
    let b = Node::with(102, LOOPBACK, few);
    let (begun, mut passed) = (Instant::now(), 0);
    for seed in 1..=24 {
        // Each is over before the next one begins; who is not heard at all gives up.
        let knock = timeout(Duration::from_millis(200), Raw::connect(seed, &b, |_| {}));
        passed += u64::from(knock.await.is_ok_and(|connected| connected.is_ok()));
    }
    assert!((8..=9 + begun.elapsed().as_secs()).contains(&passed), "{passed} got in");
    b.counts(|counters| counters.refused.hasty > 0 && counters.refused.retried > 0).await;
    b.counts(|counters| counters.unread.hasty > 0).await;
    let elsewhere = Node::with(101, SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), 0)), limits());
    elsewhere.transport.keep_peer(id(102), b.addr());
    eventually(|| !elsewhere.transport.connected().is_empty()).await;
}

#[tokio::test]
async fn datagrams_of_a_connection_that_are_sent_again_and_again_are_left_unread() {
    let (mut a, mut b) = (Node::start(101), Node::start(102));
    // Somebody between the two, who keeps what the first one sends.
    let (inner, outer) = (between().await, between().await);
    outer.connect(b.addr()).await.expect("loopback is there");
    a.transport.keep_peer(b.id(), inner.local_addr().expect("it is bound"));
    let (mut kept, mut forward, mut back) = (Vec::<Vec<u8>>::new(), vec![0; 2048], vec![0; 2048]);
    let mut at = None;
    let mut pass = async |kept: &mut Vec<Vec<u8>>| {
        loop {
            tokio::select! {
                Ok((length, from)) = inner.recv_from(&mut forward) => {
                    at = Some(from);
                    kept.push(forward[..length].to_vec());
                    outer.send(&forward[..length]).await.expect("loopback takes it");
                }
                Ok(length) = outer.recv(&mut back) => {
                    inner.send_to(&back[..length], at.expect("it was sent to")).await.expect("loopback takes it");
                }
            }
        }
    };
    let meet = async {
        assert_eq!(a.connected().await, id(102));
        honest_go_on(&a, &mut b, "through the middle").await;
    };
    tokio::select! {
        () = meet => {}
        () = pass(&mut kept) => {}
    }
    for round in 0..2000 {
        outer.send(&kept[round % kept.len()]).await.expect("loopback takes it");
        if round % 50 == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    b.counts(|counters| counters.unread.copy > 500).await;
    let again = honest_go_on(&a, &mut b, "after the copies");
    tokio::select! {
        () = again => {}
        () = pass(&mut kept) => {}
    }
    assert_eq!(b.transport.counters().refused, Refused::default());
}

/// A socket of somebody between two nodes.
async fn between() -> tokio::net::UdpSocket {
    tokio::net::UdpSocket::bind(LOOPBACK).await.expect("a free port")
}

#[tokio::test]
async fn a_member_comes_back_from_its_socket_although_a_flood_has_its_address() {
    let per_address = PerAddress { connections_max: 8, handshakes_per_second: 1 };
    let mut b = Node::with(102, LOOPBACK, Limits { per_address, ..limits() });
    let a = Node::start(101);
    let port = a.addr();
    a.transport.keep_peer(b.id(), b.addr());
    assert_eq!(b.connected().await, a.id());
    a.transport.shutdown(Duration::from_secs(1)).await;
    drop(a);
    // First packets, each of another connection, faster than the address may begin handshakes.
    let (socket, to) = (between().await, b.addr());
    let flood = tokio::spawn(async move {
        for number in 0u64.. {
            let mut packet = vec![0; 1200];
            packet[..6].copy_from_slice(&[0xc3, 0, 0, 0, 1, 8]);
            packet[6..14].copy_from_slice(&number.to_le_bytes());
            let _ = socket.send_to(&packet, to).await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    b.counts(|counters| counters.unread.hasty > 100).await;
    let a = Node::restart(101, port, limits()).await;
    a.transport.keep_peer(b.id(), b.addr());
    assert_eq!(b.connected().await, a.id());
    flood.abort();
}

#[tokio::test]
async fn strangers_that_come_again_and_again_are_soon_not_heard() {
    let per_address = PerAddress { connections_max: 16, handshakes_per_second: 1 };
    let b = Node::with(102, LOOPBACK, Limits { per_address, ..limits() });
    let eager = Limits { backoff_min: Duration::from_millis(1), backoff_max: Duration::from_millis(1), ..limits() };
    let bound = Transport::bind(key(1), network(2), LOOPBACK, eager);
    let (stranger, _events) = bound.expect("loopback has a free port");
    stranger.keep_peer(b.id(), b.addr());
    b.counts(|counters| counters.unread.hasty > 0).await;
    let heard = b.transport.counters().refused.stranger;
    assert!((1..=6).contains(&heard), "32 first packets are a few handshakes that are wasted: {heard}");
}
