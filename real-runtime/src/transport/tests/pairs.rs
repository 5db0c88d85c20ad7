//! One connection per pair, through simultaneous dials, restarts and departures.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn simultaneous_dials_leave_one_connection() {
    let rounds: JoinSet<u64> = (0..16).map(meet).collect();
    let collisions: u64 = rounds.join_all().await.into_iter().sum();
    assert!(collisions > 0, "no two dials ever met: the test showed nothing");
}

/// Two nodes dial each other at once. Returns how many connections were turned away or given up.
async fn meet(round: u8) -> u64 {
    // Sixteen pairs at once, on a machine that may be busy.
    let patient = || Limits { handshake_timeout: Duration::from_secs(30), ..limits() };
    let (mut a, mut b) = (Node::with(round, LOOPBACK, patient()), Node::with(round + 100, LOOPBACK, patient()));
    let (to_a, to_b) = (a.addr(), b.addr());
    a.transport.keep_peer(b.id(), to_b);
    b.transport.keep_peer(a.id(), to_a);
    // Exactly these events: nothing failed and nothing broke in between.
    for node in [&mut a, &mut b] {
        assert!(matches!(node.event().await, Event::Connected { .. }), "round {round}");
    }
    a.send(b.id(), b"from a");
    b.send(a.id(), b"from b");
    for node in [&mut a, &mut b] {
        assert!(matches!(node.event().await, Event::Frame { .. }), "round {round}");
    }
    assert_eq!((a.events.try_next(), b.events.try_next()), (None, None), "round {round}");
    assert_eq!((a.transport.connected(), b.transport.connected()), (vec![b.id()], vec![a.id()]));
    let (a, b) = (a.transport.counters(), b.transport.counters());
    assert_eq!((a.dialled + b.dialled, a.accepted + b.accepted), (1, 1), "round {round}: {a:?} {b:?}");
    [a.refused, b.refused].iter().map(|refused| refused.duplicate + refused.handshake).sum()
}

#[tokio::test]
async fn a_peer_that_restarts_on_its_port_is_found_again() {
    let (mut a, mut b) = (Node::start(1), Node::start(2));
    let address = b.addr();
    a.transport.keep_peer(b.id(), address);
    assert_eq!(b.connected().await, a.id());
    assert_eq!(a.connected().await, b.id());
    drop(b);
    a.broken().await;
    a.send(id(2), b"while you were out");
    let mut b = Node::restart(2, address, limits()).await;
    assert_eq!(b.connected().await, a.id());
    assert_eq!(b.frame().await, (id(1), Bytes::from_static(b"while you were out")));
    assert_eq!(a.connected().await, id(2));
}

#[test]
fn a_killed_peer_that_restarts_says_so_without_knowing_us() {
    let (ours, theirs) = (runtime(), runtime());
    let patient = Limits { idle_timeout: Duration::from_secs(60), keep_alive: Duration::from_secs(50), ..limits() };
    let mut a = ours.block_on(async { Node::with(1, LOOPBACK, patient.clone()) });
    let b = theirs.block_on(async {
        let mut b = Node::with(2, LOOPBACK, patient.clone());
        b.knows(&a);
        b.send(a.id(), b"here i am");
        b.connected().await;
        b
    });
    let address = b.addr();
    ours.block_on(a.frame());
    // The runtime goes first, so that nothing of it can say good-bye.
    theirs.shutdown_timeout(Duration::from_secs(1));
    drop(b);
    ours.block_on(async {
        let b = Node::restart(2, address, patient).await;
        a.send(id(2), b"still there?");
        let begun = Instant::now();
        assert_eq!(a.broken().await, Breakage::Restarted);
        assert!(begun.elapsed() < Duration::from_secs(5), "long before the idle timeout");
        assert_eq!(b.transport.counters().accepted, 0);
    });
}

#[tokio::test]
async fn a_newer_connection_of_the_same_peer_replaces_the_older() {
    let mut b = Node::start(2);
    let first = Raw::connect(1, &b, |_| {}).await.expect("the key is right");
    let _one = first.say_hello(1, 5).await;
    assert_eq!(b.connected().await, id(1));
    let older = Raw::connect(1, &b, |_| {}).await.expect("the key is right");
    let _two = older.say_hello(1, 4).await;
    assert_eq!(older.closed().await, Some(2));
    let newer = Raw::connect(1, &b, |_| {}).await.expect("the key is right");
    let _three = newer.say_hello(1, 6).await;
    assert_eq!(b.broken().await, Breakage::Superseded);
    assert_eq!(first.closed().await, Some(3));
    assert_eq!(b.connected().await, id(1));
    assert_eq!(b.transport.counters().refused.duplicate, 1);
}

#[test]
fn a_vanished_peer_is_noticed_by_the_idle_timeout() {
    let quick = Limits { idle_timeout: Duration::from_millis(600), keep_alive: Duration::from_millis(200), ..limits() };
    let (ours, theirs) = (runtime(), runtime());
    let mut b = ours.block_on(async { Node::with(2, LOOPBACK, quick) });
    let held = theirs.block_on(async {
        let raw = Raw::connect(1, &b, |_| {}).await.expect("the key is right");
        let stream = raw.say_hello(1, 1).await;
        (raw, stream)
    });
    ours.block_on(async {
        assert_eq!(b.connected().await, id(1));
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert_eq!(b.events.try_next(), None, "signs of life keep a quiet connection up");
        tokio::task::spawn_blocking(move || theirs.shutdown_timeout(Duration::from_secs(1))).await.expect("no panic");
        assert_eq!(b.broken().await, Breakage::TimedOut);
        drop(held);
    });
}

/// A second one in a test is a peer that can be killed without saying good-bye.
fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().expect("threads can be started")
}

#[tokio::test]
async fn shutdown_delivers_what_waits_and_says_good_bye() {
    let (mut a, mut b) = (Node::start(1), Node::start(2));
    a.knows(&b);
    a.send(b.id(), b"first");
    assert_eq!(a.connected().await, b.id());
    for number in 0..1000u32 {
        a.send(b.id(), &number.to_le_bytes());
    }
    let reader = tokio::spawn(async move {
        let mut frames = 0;
        let why = loop {
            match b.event().await {
                Event::Frame { .. } => frames += 1,
                Event::Broken { why, .. } => break why,
                _ => {}
            }
        };
        (frames, why)
    });
    assert_eq!(a.transport.shutdown(Duration::from_secs(10)).await, Drained { in_time: true, frames_left: 0 });
    assert_eq!(reader.await.expect("no panic"), (1001, Breakage::PeerLeft));
    while let Some(event) = a.events.next().await {
        assert!(!matches!(event, Event::Broken { .. }), "its own departure is no news");
    }
    a.send(id(2), b"too late");
    assert_eq!(a.transport.counters().dropped.shut_down, 1);
}

#[tokio::test]
async fn shutdown_is_bounded_by_its_patience() {
    let mut a = Node::start(1);
    let b = Node::with(2, LOOPBACK, Limits { inbox_events: 1, window_bytes: 10_000, ..limits() });
    a.knows(&b);
    a.transport.add_peer(id(3), "127.0.0.1:9".parse().expect("an address"));
    a.send(id(3), b"nobody is there");
    for _ in 0..100 {
        a.send(b.id(), &[0; 10_000]);
    }
    assert_eq!(a.connected().await, b.id());
    let begun = Instant::now();
    let drained = a.transport.shutdown(Duration::from_millis(300)).await;
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert!(!drained.in_time && drained.frames_left > 10, "{drained:?}");
    assert_eq!(a.transport.counters().dropped.shut_down, drained.frames_left as u64);
}

#[tokio::test]
async fn a_transport_that_is_dropped_ends_its_events_and_frees_its_port() {
    let Node { transport, mut events } = Node::start(1);
    let address = transport.local_addr().expect("it is bound");
    let error = Transport::bind(key(2), network(1), address, limits()).err().expect("the port is taken");
    assert!(error.to_string().starts_with(&format!("cannot listen on {address}: ")), "{error}");
    transport.keep_peer(id(3), "127.0.0.1:9".parse().expect("an address"));
    drop(transport);
    let end = async { while events.next().await.is_some() {} };
    timeout(Duration::from_secs(10), end).await.expect("events end");
    Node::restart(2, address, limits()).await;
}
