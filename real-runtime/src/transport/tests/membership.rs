//! A node outside gets nothing.

use super::*;

fn outside(seed: u8) -> Node {
    let (transport, events) = Transport::bind(key(seed), network(2), LOOPBACK, limits()).expect("a free port");
    Node { transport, events }
}

#[tokio::test]
async fn a_node_of_another_network_gets_nothing_in_either_direction() {
    let (mut inside, mut outside) = (Node::start(1), outside(2));
    outside.knows(&inside);
    outside.send(inside.id(), b"let me in");
    assert_eq!(outside.dial_failed().await, DialError::OtherNetwork);
    inside.counts(|counters| counters.refused.stranger > 0).await;
    assert_eq!(inside.events.try_next(), None);
    inside.knows(&outside);
    inside.send(outside.id(), b"not for outsiders");
    let why = inside.dial_failed().await;
    assert_eq!(why, DialError::OtherNetwork);
    assert!(why.to_string().contains("another invitation"), "{why}");
    for node in [&inside, &outside] {
        assert_eq!((node.transport.counters().sent, node.transport.counters().received), Default::default());
        assert_eq!(node.transport.connected(), []);
        assert!(node.transport.address_book().known().all(|known| known.signed.record.peer == node.id()));
    }
}

#[tokio::test]
async fn a_proof_that_was_heard_on_another_connection_is_worth_nothing() {
    let mut b = Node::start(2);
    let first = Raw::connect(1, &b, |_| {}).await.expect("the key is right");
    let heard = first.hello(1, 1);
    let _held = first.say(&heard).await;
    assert_eq!(b.connected().await, id(1));
    // The same key, the same bytes, another connection.
    let second = Raw::connect(1, &b, |_| {}).await.expect("the key is right");
    let _replayed = second.say(&hello::Hello { ordinal: 9, ..heard }).await;
    assert_eq!(second.closed().await, Some(9));
    assert_eq!(b.transport.counters().refused.stranger, 1);
    assert_eq!(b.events.try_next(), None, "the first connection goes on");
}

#[tokio::test]
async fn an_acceptor_that_sends_a_proof_back_is_refused_by_the_dialler() {
    // An impostor behind the right key, without the secret, reflects what it hears.
    let provider_key = key(2);
    let mut a = Node::start(1);
    let tls = tls::Tls::new(Identity::new(provider_key), version::SPOKEN, &limits()).expect("ring is there");
    let server = tls.server(&limits()).expect("ring is there");
    let endpoint = quinn::Endpoint::server(server, LOOPBACK).expect("a free port");
    a.transport.add_peer(id(2), endpoint.local_addr().expect("it is bound"));
    a.send(id(2), b"secret");
    let incoming = endpoint.accept().await.expect("it is dialled");
    let connection = incoming.await.expect("the handshake succeeds");
    let mut heard = connection.accept_uni().await.expect("it says hello");
    let mut hello = vec![0; 4 + 48 + 7];
    heard.read_exact(&mut hello).await.expect("it says all of it");
    let mut stream = connection.open_uni().await.expect("it is open");
    stream.write_all(&hello).await.expect("it is open");
    assert_eq!(a.dial_failed().await, DialError::OtherNetwork);
    assert_eq!(a.transport.counters().sent, Traffic::default());
}

#[tokio::test]
async fn a_peer_that_is_expelled_is_cut_off_and_does_not_come_back() {
    let (mut a, mut b, c) = (Node::start(1), Node::start(2), Node::start(3));
    a.transport.keep_peer(b.id(), b.addr());
    c.transport.keep_peer(b.id(), b.addr());
    let mut connected = [b.connected().await, b.connected().await];
    connected.sort();
    let mut expected = [id(1), id(3)];
    expected.sort();
    assert_eq!(connected, expected);
    b.transport.expel([id(1)].into());
    assert_eq!(b.broken().await, Breakage::Expelled);
    assert_eq!(a.broken().await, Breakage::ClosedByPeer(Close::Expelled));
    assert_eq!(a.dial_failed().await, DialError::ClosedByPeer(Close::Expelled));
    b.counts(|counters| counters.refused.expelled > 0).await;
    assert_eq!(b.transport.connected(), [id(3)]);
    b.send(id(1), b"not even this");
    eventually(|| b.transport.counters().dropped.no_address == 1).await;
    b.transport.expel(BTreeSet::new());
    assert_eq!(b.until(|event| matches!(event, Event::Connected { .. }).then_some(())).await, ());
}
