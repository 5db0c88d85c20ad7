//! Nodes of different versions.

use super::*;

#[tokio::test]
async fn a_version_that_is_not_spoken_is_refused_clearly_on_both_sides() {
    let (mut a, mut b) = (Node::start(1), speaking(2, &[4, 3]));
    a.knows(&b);
    a.send(b.id(), b"hello");
    let why = a.dial_failed().await;
    assert_eq!(why, DialError::Version);
    let said = "the peer does not speak dunbar/2 or dunbar/1: one of the two nodes needs another version";
    assert_eq!(why.to_string(), said);
    b.counts(|counters| counters.refused.version > 0).await;
    assert_eq!(b.events.try_next(), None);
}

/// A network of three moves from version 1 to version 2 node by node, and everybody talks to everybody throughout.
#[tokio::test]
async fn a_network_is_upgraded_node_by_node_between_adjacent_versions() {
    let mut nodes: Vec<Node> = (1..=3).map(|seed| speaking(seed, &[1])).collect();
    for upgraded in 0..=nodes.len() {
        if upgraded > 0 {
            // What is sent to a connection that is just breaking is lost, so everybody notices first.
            nodes[upgraded - 1] = speaking(upgraded as u8, &[2, 1]);
            for node in nodes.iter().filter(|node| node.id() != id(upgraded as u8)) {
                eventually(|| !node.transport.connected().contains(&id(upgraded as u8))).await;
            }
        }
        for from in 0..nodes.len() {
            for to in 0..nodes.len() {
                if from != to {
                    let (to_id, text) = (nodes[to].id(), format!("{upgraded}: {from} to {to}"));
                    nodes[from].transport.add_peer(to_id, nodes[to].addr());
                    nodes[from].send(to_id, text.as_bytes());
                    let expected = (nodes[from].id(), Bytes::from(text));
                    assert_eq!(nodes[to].until_frame(|frame| *frame == expected).await, expected);
                }
            }
        }
    }
    let known = nodes[0].transport.address_book().known().count();
    assert!(known >= 2, "those that speak version 2 know more than themselves");
}

#[tokio::test]
async fn both_ends_choose_the_newest_version_that_both_speak() {
    for (dialler, acceptor, exchange) in
        [(&[2, 1][..], &[2, 1][..], true), (&[1], &[2, 1], false), (&[2, 1], &[1], false)]
    {
        let (a, mut b) = (speaking(1, dialler), speaking(2, acceptor));
        a.knows(&b);
        a.send(b.id(), b"hello");
        assert_eq!(b.frame().await.0, id(1));
        if exchange {
            eventually(|| b.transport.address_book().get(&id(1)).is_some()).await;
        } else {
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert!(b.transport.address_book().get(&id(1)).is_none(), "version 1 has no exchange");
        }
    }
}
