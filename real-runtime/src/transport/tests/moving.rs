//! A peer whose address changes while it is connected, as behind a router that has been restarted.

use super::*;

impl Node {
    /// Goes on from another port.
    fn moves(&self) -> SocketAddr {
        let before = self.addr();
        let socket = UdpSocket::bind(LOOPBACK).expect("a free port");
        self.transport.hub().endpoint.rebind(socket).expect("it moves");
        assert_ne!(self.addr(), before);
        self.addr()
    }

    /// Where this node sees its only peer.
    fn sees_its_peer(&self) -> Option<SocketAddr> {
        self.transport.peers().first()?.connection.map(|connection| connection.address)
    }
}

#[tokio::test]
async fn a_connection_follows_whoever_has_dialled_it_to_another_port() {
    let mut b = Node::start(2);
    let raw = Raw::connect(1, &b, |_| {}).await.expect("the key is right");
    let mut stream = raw.say_hello(1, 1).await;
    assert_eq!(b.connected().await, id(1));
    stream.write_all(&[1, 0, 0, 0, 1]).await.expect("it is open");
    assert_eq!(b.frame().await.1[..], [1]);
    let before = raw.endpoint.local_addr().expect("it is bound");
    raw.endpoint.rebind(UdpSocket::bind(LOOPBACK).expect("a free port")).expect("it moves");
    assert_ne!(raw.endpoint.local_addr().expect("it is bound"), before);
    stream.write_all(&[1, 0, 0, 0, 2]).await.expect("it is open");
    assert_eq!(b.frame().await.1[..], [2]);
    assert_eq!(b.events.try_next(), None, "nothing broke");
    assert_eq!(b.transport.counters().accepted, 1);
}

#[tokio::test]
async fn two_nodes_lose_nothing_when_the_one_that_dialled_moves_twice_in_the_middle() {
    let (mut a, mut b) = (Node::start(1), Node::start(2));
    a.transport.keep_peer(b.id(), b.addr());
    assert_eq!((a.connected().await, b.connected().await), (b.id(), a.id()));
    for part in 0..3u8 {
        if part > 0 {
            let here = a.moves();
            a.send(b.id(), &[part, 255]);
            assert_eq!(b.frame().await.1[..], [part, 255]);
            eventually(|| b.sees_its_peer() == Some(here)).await;
        }
        for number in 0..100u8 {
            a.send(b.id(), &[part, number]);
            b.send(a.id(), &[number, part]);
        }
        for number in 0..100u8 {
            assert_eq!((&b.frame().await.1[..], &a.frame().await.1[..]), (&[part, number][..], &[number, part][..]));
        }
    }
    assert_eq!((a.events.try_next(), b.events.try_next()), (None, None), "nothing broke");
    assert_eq!((a.transport.counters().dialled, b.transport.counters().accepted), (1, 1));
}
