//! Two or three transports on loopback, each test bounded in time.

mod discovery;
mod frames;
mod hostile;
mod identity;
mod membership;
mod moving;
mod pairs;
mod queues;
mod versions;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::identity::Identity;
use super::*;
use crate::network::Role;

pub(super) const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A transport and what a driver has of it.
pub(super) struct Node {
    pub(super) transport: Transport,
    pub(super) events: Events,
}

/// Short times, so that failures are seen within a test; everything else as in production.
pub(super) fn limits() -> Limits {
    Limits {
        idle_timeout: Duration::from_secs(5),
        keep_alive: Duration::from_secs(1),
        handshake_timeout: Duration::from_secs(3),
        backoff_min: Duration::from_millis(20),
        backoff_max: Duration::from_millis(200),
        ..Limits::default()
    }
}

pub(super) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// A network for each number.
pub(super) fn network(number: u8) -> Network {
    Network::from_secret(zeroize::Zeroizing::new([number; 32]))
}

pub(super) fn id(seed: u8) -> PeerId {
    Identity::new(key(seed)).peer()
}

/// A node that speaks these versions only.
pub(super) fn speaking(seed: u8, versions: &[u8]) -> Node {
    let versions: Vec<Version> = versions.iter().copied().map(Version).collect();
    let bound = Transport::bind_versions(key(seed), network(1), LOOPBACK, limits(), &versions);
    let (transport, events) = bound.expect("loopback has a free port");
    Node { transport, events }
}

impl Node {
    pub(super) fn start(seed: u8) -> Node {
        Node::with(seed, LOOPBACK, limits())
    }

    pub(super) fn with(seed: u8, listen: SocketAddr, limits: Limits) -> Node {
        let (transport, events) =
            Transport::bind(key(seed), network(1), listen, limits).expect("loopback has a free port");
        Node { transport, events }
    }

    /// Starts on a port that another transport has just left, and whose socket may take a moment to close.
    pub(super) async fn restart(seed: u8, listen: SocketAddr, limits: Limits) -> Node {
        for _ in 0..100 {
            match Transport::bind(key(seed), network(1), listen, limits.clone()) {
                Ok((transport, events)) => return Node { transport, events },
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
        panic!("the port {listen} stays occupied");
    }

    pub(super) fn id(&self) -> PeerId {
        self.transport.id()
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.transport.local_addr().expect("a bound socket has an address")
    }

    pub(super) fn knows(&self, other: &Node) {
        self.transport.add_peer(other.id(), other.addr());
    }

    pub(super) fn send(&self, to: PeerId, frame: &[u8]) {
        self.transport.send(to, frame.to_vec(), Kind::Stream).expect("the frame is short");
    }

    pub(super) async fn event(&mut self) -> Event {
        let next = timeout(Duration::from_secs(10), self.events.next());
        next.await.expect("something happens in time").expect("the transport is up")
    }

    /// Skips events until one fits.
    pub(super) async fn until<T>(&mut self, mut fits: impl FnMut(&Event) -> Option<T>) -> T {
        loop {
            if let Some(found) = fits(&self.event().await) {
                return found;
            }
        }
    }

    pub(super) async fn frame(&mut self) -> (PeerId, Bytes) {
        self.until(|event| match event {
            Event::Frame { from, bytes, .. } => Some((*from, bytes.clone())),
            _ => None,
        })
        .await
    }

    /// Skips frames until one fits.
    pub(super) async fn until_frame(&mut self, fits: impl Fn(&(PeerId, Bytes)) -> bool) -> (PeerId, Bytes) {
        loop {
            let frame = self.frame().await;
            if fits(&frame) {
                return frame;
            }
        }
    }

    pub(super) async fn connected(&mut self) -> PeerId {
        self.until(|event| match event {
            Event::Connected { peer, .. } => Some(*peer),
            _ => None,
        })
        .await
    }

    pub(super) async fn broken(&mut self) -> Breakage {
        self.until(|event| match event {
            Event::Broken { why, .. } => Some(why.clone()),
            _ => None,
        })
        .await
    }

    pub(super) async fn dial_failed(&mut self) -> DialError {
        self.until(|event| match event {
            Event::DialFailed { why, .. } => Some(why.clone()),
            _ => None,
        })
        .await
    }

    /// Waits until the counters say so.
    pub(super) async fn counts(&self, enough: impl Fn(&Counters) -> bool) {
        eventually(|| enough(&self.transport.counters())).await;
    }
}

pub(super) async fn eventually(holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(10), wait).await.expect("it holds in time");
}

/// A peer that follows the handshake and then does what a test wants.
pub(super) struct Raw {
    pub(super) connection: quinn::Connection,
    pub(super) endpoint: quinn::Endpoint,
    pub(super) me: PeerId,
}

impl Raw {
    /// Connects to `to` with a configuration of TLS that `change` may spoil.
    pub(super) async fn connect(
        seed: u8,
        to: &Node,
        change: impl FnOnce(&mut rustls::ClientConfig),
    ) -> Result<Raw, quinn::ConnectionError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let certified = Identity::new(key(seed)).certified();
        let mut tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("ring speaks TLS 1.3")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(identity_of(to)))
            .with_client_cert_resolver(Arc::new(rustls::client::AlwaysResolvesClientRawPublicKeys::new(certified)));
        tls.alpn_protocols = version::SPOKEN.iter().map(|version| version.alpn()).collect();
        change(&mut tls);
        let crypto = quinn::crypto::rustls::QuicClientConfig::try_from(tls).expect("ring has the initial suite");
        let endpoint = quinn::Endpoint::client(LOOPBACK).expect("loopback has a free port");
        let connecting = endpoint.connect_with(quinn::ClientConfig::new(Arc::new(crypto)), to.addr(), "peer");
        let connection = connecting.expect("the address is valid").await?;
        Ok(Raw { connection, endpoint, me: id(seed) })
    }

    /// The hello of a member with this key.
    pub(super) fn hello(&self, life: u64, ordinal: u64) -> hello::Hello {
        let exported = wire::exported(&self.connection).expect("TLS exports");
        let proof = *network(1).proof(&exported, Role::Dialler, &self.me).as_bytes();
        hello::Hello { life, ordinal, proof, observed: Some(LOOPBACK) }
    }

    /// Says hello as a member does.
    pub(super) async fn say_hello(&self, life: u64, ordinal: u64) -> quinn::SendStream {
        self.say(&self.hello(life, ordinal)).await
    }

    pub(super) async fn say(&self, hello: &hello::Hello) -> quinn::SendStream {
        wire::say_hello(&self.connection, version::SPOKEN[0], hello).await.ok().expect("it is up")
    }

    /// The code with which the other end closes.
    pub(super) async fn closed(&self) -> Option<u64> {
        match timeout(Duration::from_secs(10), self.connection.closed()).await.expect("it is closed in time") {
            quinn::ConnectionError::ApplicationClosed(close) => Some(close.error_code.into()),
            _ => None,
        }
    }
}

fn identity_of(node: &Node) -> super::identity::Dialled {
    super::identity::Dialled::new(node.id(), Arc::default())
}
