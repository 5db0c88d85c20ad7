//! Who may connect to whom.

use super::*;

#[tokio::test]
async fn both_ends_learn_each_others_key() {
    let (mut a, mut b) = (Node::start(1), Node::start(2));
    a.knows(&b);
    a.send(b.id(), b"to b");
    assert_eq!(b.connected().await, id(1));
    assert_eq!(a.connected().await, id(2));
    assert_eq!(b.frame().await, (id(1), Bytes::from_static(b"to b")));
    b.send(a.id(), b"to a");
    assert_eq!(a.frame().await, (id(2), Bytes::from_static(b"to a")));
    assert_eq!((a.transport.counters().dialled, b.transport.counters().accepted), (1, 1));
}

#[tokio::test]
async fn a_peer_with_another_key_is_refused() {
    let (mut a, mut c) = (Node::start(1), Node::start(3));
    a.transport.add_peer(id(2), c.addr());
    a.send(id(2), b"not for c");
    assert_eq!(a.dial_failed().await, DialError::WrongKey { found: id(3) });
    c.counts(|counters| counters.refused.handshake > 0).await;
    assert_eq!(c.events.try_next(), None);
    assert_eq!(a.transport.counters().sent, Traffic::default());
}

#[tokio::test]
async fn a_dialler_that_offers_no_version_is_refused() {
    let mut b = Node::start(2);
    let dialled = Raw::connect(1, &b, |tls| tls.alpn_protocols.clear()).await;
    assert!(dialled.is_err());
    b.counts(|counters| counters.refused.version == 1).await;
    assert_eq!(b.events.try_next(), None);
}

#[tokio::test]
async fn a_dialler_without_a_key_is_refused() {
    #[derive(Debug)]
    struct Nobody;
    impl rustls::client::ResolvesClientCert for Nobody {
        fn resolve(&self, _: &[&[u8]], _: &[rustls::SignatureScheme]) -> Option<Arc<rustls::sign::CertifiedKey>> {
            None
        }
        fn only_raw_public_keys(&self) -> bool {
            true
        }
        fn has_certs(&self) -> bool {
            false
        }
    }
    refused(|tls| tls.client_auth_cert_resolver = Arc::new(Nobody)).await;
}

#[tokio::test]
async fn a_dialler_that_shows_a_key_without_having_it_is_refused() {
    let stolen = rustls::pki_types::CertificateDer::from(super::super::identity::spki(&id(9)));
    let thief = Arc::new(rustls::sign::CertifiedKey::new(vec![stolen], Arc::new(Identity::new(key(1)))));
    let resolver = rustls::client::AlwaysResolvesClientRawPublicKeys::new(thief);
    refused(|tls| tls.client_auth_cert_resolver = Arc::new(resolver)).await;
}

/// The client's handshake ends before the server has seen the client's proof, so the refusal shows afterwards.
async fn refused(change: impl FnOnce(&mut rustls::ClientConfig)) {
    let mut b = Node::start(2);
    if let Ok(raw) = Raw::connect(1, &b, change).await {
        assert_eq!(raw.closed().await, None, "TLS refuses, not the application");
    }
    b.counts(|counters| counters.refused.handshake == 1).await;
    assert_eq!(b.events.try_next(), None);
}

#[tokio::test]
async fn a_dialler_that_says_nothing_is_closed_in_time() {
    let quick = Limits { handshake_timeout: Duration::from_millis(200), ..limits() };
    let mut b = Node::with(2, LOOPBACK, quick);
    let raw = Raw::connect(1, &b, |_| {}).await.expect("the key is right");
    assert_eq!(raw.closed().await, Some(8));
    assert_eq!(b.transport.counters().refused.timeout, 1);
    assert_eq!(b.events.try_next(), None);
}

#[tokio::test]
async fn a_stranger_beyond_the_limit_is_turned_away() {
    let (a, mut c) = (Node::start(1), Node::start(3));
    let b = Node::with(2, LOOPBACK, Limits { peers_max: 1, ..limits() });
    b.knows(&a);
    c.knows(&b);
    c.send(b.id(), b"room?");
    assert_eq!(c.dial_failed().await, DialError::Busy);
    assert!(b.transport.counters().refused.busy > 0);
    a.knows(&b);
    let mut a = a;
    a.send(b.id(), b"known");
    assert_eq!(a.connected().await, id(2));
}
