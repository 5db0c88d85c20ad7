//! Peers find each other.

use super::*;

fn quick() -> Limits {
    Limits { discovery: Discovery { interval: Duration::from_millis(50), ..Discovery::default() }, ..limits() }
}

#[tokio::test]
async fn peers_that_know_one_member_find_all_and_keep_in_touch_without_it() {
    let bootstrap = Node::with(1, LOOPBACK, quick());
    let others: Vec<Node> = (2..=4).map(|seed| Node::with(seed, LOOPBACK, quick())).collect();
    for node in &others {
        node.transport.keep_peer(bootstrap.id(), bootstrap.addr());
    }
    for node in &others {
        eventually(|| node.transport.connected().len() == 3).await;
        let book = node.transport.address_book();
        assert!((1..=4).all(|seed| book.get(&id(seed)).is_some()));
    }
    drop(bootstrap);
    for node in &others {
        eventually(|| node.transport.connected().len() == 2).await;
    }
}

#[tokio::test]
async fn a_message_finds_a_peer_that_is_known_by_its_record_alone() {
    let no_neighbours = || {
        let discovery = Discovery { neighbours: 0, ..quick().discovery };
        Limits { discovery, ..quick() }
    };
    let bootstrap = Node::with(1, LOOPBACK, no_neighbours());
    let (a, mut b) = (Node::with(2, LOOPBACK, no_neighbours()), Node::with(3, LOOPBACK, no_neighbours()));
    a.transport.keep_peer(bootstrap.id(), bootstrap.addr());
    b.transport.keep_peer(bootstrap.id(), bootstrap.addr());
    eventually(|| a.transport.address_book().get(&id(3)).is_some()).await;
    assert_eq!(a.transport.connected(), [id(1)]);
    a.send(id(3), b"found you");
    assert_eq!(b.frame().await, (id(2), Bytes::from_static(b"found you")));
}

#[tokio::test]
async fn a_node_learns_from_two_peers_where_it_is_seen() {
    let witnesses = [Node::with(1, LOOPBACK, quick()), Node::with(2, LOOPBACK, quick())];
    let a = Node::with(3, "0.0.0.0:0".parse().expect("an address"), quick());
    a.knows(&witnesses[0]);
    a.send(id(1), b"hello");
    eventually(|| a.transport.connected().contains(&id(1))).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(a.transport.observed(), None, "one witness is not believed");
    a.knows(&witnesses[1]);
    a.send(id(2), b"hello");
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, a.addr().port()));
    eventually(|| a.transport.observed() == Some((here, 2))).await;
    eventually(|| witnesses[0].transport.address_book().get(&id(3)).is_some()).await;
    let book = witnesses[0].transport.address_book();
    let found: Vec<_> = book.get(&id(3)).into_iter().flat_map(|known| known.signed.record.addresses()).collect();
    assert_eq!(found, [here]);
}

#[tokio::test]
async fn a_node_that_starts_again_finds_its_peers_by_what_it_remembers() {
    let (a, b) = (Node::with(1, LOOPBACK, quick()), Node::with(2, LOOPBACK, quick()));
    a.transport.keep_peer(b.id(), b.addr());
    eventually(|| a.transport.address_book().get(&id(2)).is_some()).await;
    let remembered = a.transport.address_book().to_bytes();
    drop(a);
    let a = Node::with(1, LOOPBACK, quick());
    assert_eq!(a.transport.remember(&remembered), 1);
    eventually(|| a.transport.connected() == [id(2)]).await;
}
