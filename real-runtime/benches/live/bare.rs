//! Quinn alone: one stream each way that carries frames, the same windows, and nothing on top of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};

use crate::echo::{FRAME, LOOPBACK};

/// As a node's limits have it.
const WINDOW: u32 = 2 << 20;
const PREFIX: usize = 4;

fn transport() -> Arc<quinn::TransportConfig> {
    let mut config = quinn::TransportConfig::default();
    config
        .stream_receive_window(WINDOW.into())
        .receive_window(WINDOW.into())
        .send_window(WINDOW.into())
        .max_idle_timeout(Some(Duration::from_secs(30).try_into().expect("it is short")))
        .keep_alive_interval(Some(Duration::from_secs(10)));
    Arc::new(config)
}

/// An endpoint that accepts.
pub(crate) fn server() -> quinn::Endpoint {
    // PKCS #8 of an Ed25519 key (RFC 8410, section 7).
    let private = [&[0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20][..], &[9; 32]].concat();
    let key = rustls::crypto::ring::sign::any_eddsa_type(&PrivatePkcs8KeyDer::from(private)).expect("it is a key");
    let public = CertificateDer::from(key.public_key().expect("it has one").to_vec());
    let certified = Arc::new(rustls::sign::CertifiedKey::new(vec![public], key));
    let mut tls = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("ring speaks TLS 1.3")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(rustls::server::AlwaysResolvesServerRawPublicKeys::new(certified)));
    tls.send_tls13_tickets = 0;
    let crypto = QuicServerConfig::try_from(tls).expect("ring has the initial suite");
    let mut config = quinn::ServerConfig::with_crypto(Arc::new(crypto));
    config.transport_config(transport());
    quinn::Endpoint::server(config, LOOPBACK).expect("loopback has a free port")
}

/// A connection from an endpoint of its own.
pub(crate) async fn connect(to: SocketAddr) -> (quinn::Endpoint, quinn::Connection) {
    let endpoint = quinn::Endpoint::client(LOOPBACK).expect("loopback has a free port");
    let connecting = endpoint.connect_with(client(&[]), to, "peer").expect("the address is valid");
    let connection = connecting.await.expect("it is up");
    (endpoint, connection)
}

/// Begins a handshake with a node as somebody without a key who offers this version, and waits for the refusal.
pub(crate) async fn knock(endpoint: &quinn::Endpoint, to: SocketAddr, version: &[u8]) {
    // Nobody begins a handshake when the attack ends.
    let Ok(connecting) = endpoint.connect_with(client(&[version]), to, "peer") else { return };
    if let Ok(connection) = connecting.await {
        connection.closed().await;
    }
}

/// How a client connects that offers these versions.
pub(crate) fn client(alpn: &[&[u8]]) -> quinn::ClientConfig {
    let mut tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("ring speaks TLS 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_no_client_auth();
    tls.enable_sni = false;
    tls.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    let crypto = QuicClientConfig::try_from(tls).expect("ring has the initial suite");
    let mut config = quinn::ClientConfig::new(Arc::new(crypto));
    config.transport_config(transport());
    config
}

/// Sends every byte of every connection back, for ever.
pub(crate) async fn send_back(endpoint: quinn::Endpoint) {
    while let Some(incoming) = endpoint.accept().await {
        tokio::spawn(async move {
            let connection = incoming.await.expect("it is up");
            let (mut to, mut from) = (connection.open_uni().await?, connection.accept_uni().await?);
            while let Ok(Some(chunk)) = from.read_chunk(64 << 10, true).await {
                if to.write_chunk(chunk.bytes).await.is_err() {
                    break;
                }
            }
            connection.closed().await;
            Ok::<_, quinn::ConnectionError>(())
        });
    }
}

/// Sends `window` frames, and each again when it has come back; counts those that have.
pub(crate) async fn write(connection: &quinn::Connection, window: u32, count: &AtomicU64) {
    let frame = [&(FRAME as u32).to_le_bytes()[..], &[7; FRAME]].concat();
    let mut to = connection.open_uni().await.expect("it is up");
    for _ in 0..window {
        to.write_all(&frame).await.expect("it is up");
    }
    let mut from = connection.accept_uni().await.expect("it is up");
    let mut rest = 0;
    while let Ok(Some(chunk)) = from.read_chunk(64 << 10, true).await {
        let bytes = rest + chunk.bytes.len();
        let frames = bytes / (PREFIX + FRAME);
        rest = bytes % (PREFIX + FRAME);
        count.fetch_add(frames as u64, Ordering::Relaxed);
        for _ in 0..frames {
            if to.write_all(&frame).await.is_err() {
                return;
            }
        }
    }
}

#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _public: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _public: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _public: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}
