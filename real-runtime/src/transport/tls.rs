//! The configuration of QUIC and TLS: version 1.3 only, raw public keys both ways, no resumption.
//!
//! Sessions are not resumed, and no tickets are given out: a resumed session would skip the proof of the key, a ticket would
//! outlive an expulsion, and one handshake for a connection that lasts for hours costs nothing. Membership is proved
//! on every connection ([`hello`](super::hello)).

use std::sync::{Arc, OnceLock};

use contract::PeerId;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use rustls::client::{AlwaysResolvesClientRawPublicKeys, Resumption};
use rustls::crypto::CryptoProvider;
use rustls::server::{AlwaysResolvesServerRawPublicKeys, NoServerSessionStorage};

use super::identity::{Anyone, Dialled, Identity};
use super::ids::{Seal, SealedIds};
use super::limits::Limits;
use super::reset::ResetKey;
use super::version::Version;

/// Datagrams that wait inside a connection, in bytes, each way.
const DATAGRAM_BUFFER: usize = 64 << 10;

/// The name that rustls wants of a server. Nobody looks at it: a peer is its key.
pub(crate) const SERVER_NAME: &str = "peer.dunbar";

/// Everything that a connection is configured with.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    identity: Identity,
    versions: Vec<Version>,
    provider: Arc<CryptoProvider>,
    transport: Arc<quinn::TransportConfig>,
}

/// The cryptographic provider lacks what QUIC needs. It is compiled in, so this cannot be helped at run time.
#[derive(Debug, thiserror::Error)]
#[error("TLS cannot be configured: {0}")]
pub struct TlsError(String);

impl TlsError {
    fn from(error: impl std::fmt::Display) -> TlsError {
        TlsError(error.to_string())
    }
}

impl Tls {
    pub(crate) fn new(identity: Identity, versions: &[Version], limits: &Limits) -> Result<Tls, TlsError> {
        Ok(Tls {
            identity,
            versions: versions.to_vec(),
            provider: Arc::new(rustls::crypto::ring::default_provider()),
            transport: Arc::new(transport(limits)?),
        })
    }

    /// How connections are accepted.
    pub(crate) fn server(&self, limits: &Limits) -> Result<quinn::ServerConfig, TlsError> {
        let mut tls = rustls::ServerConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(TlsError::from)?
            .with_client_cert_verifier(Arc::new(Anyone))
            .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(self.identity.certified())));
        tls.alpn_protocols = self.alpn();
        tls.session_storage = Arc::new(NoServerSessionStorage {});
        tls.send_tls13_tickets = 0;
        let crypto = QuicServerConfig::try_from(tls).map_err(TlsError::from)?;
        let mut config = quinn::ServerConfig::with_crypto(Arc::new(crypto));
        config.transport_config(self.transport.clone()).max_incoming(limits.handshakes_max);
        Ok(config)
    }

    /// How one peer is dialled. A peer that shows another key is remembered in `impostor`.
    pub(crate) fn client(
        &self,
        expected: PeerId,
        impostor: Arc<OnceLock<PeerId>>,
    ) -> Result<quinn::ClientConfig, TlsError> {
        let mut tls = rustls::ClientConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(TlsError::from)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Dialled::new(expected, impostor)))
            .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(self.identity.certified())));
        tls.alpn_protocols = self.alpn();
        tls.resumption = Resumption::disabled();
        tls.enable_sni = false;
        let crypto = QuicClientConfig::try_from(tls).map_err(TlsError::from)?;
        let mut config = quinn::ClientConfig::new(Arc::new(crypto));
        config.transport_config(self.transport.clone());
        Ok(config)
    }

    /// The part that concerns the socket.
    pub(crate) fn endpoint(&self) -> quinn::EndpointConfig {
        let mut config = quinn::EndpointConfig::new(Arc::new(ResetKey::of(&self.identity)));
        let (random, seal) = (self.provider.secure_random, self.seal());
        config.cid_generator(move || Box::new(SealedIds { random, seal: seal.clone() }));
        config
    }

    /// What tells this node's ids of connections from others.
    pub(crate) fn seal(&self) -> Seal {
        Seal::of(&self.identity)
    }

    /// This node's own key.
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// 64 random bits from the operating system; `None` if it has none to give.
    pub(crate) fn entropy(&self) -> Option<u64> {
        let mut bytes = [0; 8];
        self.provider.secure_random.fill(&mut bytes).ok()?;
        Some(u64::from_le_bytes(bytes))
    }

    fn alpn(&self) -> Vec<Vec<u8>> {
        self.versions.iter().map(|version| version.alpn()).collect()
    }

    /// The version on which both ends have agreed, and the identity that the other end has proved.
    pub(crate) fn proven(&self, connection: &quinn::Connection) -> Option<(PeerId, Version)> {
        type Chain = Vec<rustls::pki_types::CertificateDer<'static>>;
        let data = connection.handshake_data()?.downcast::<quinn::crypto::rustls::HandshakeData>().ok()?;
        let agreed = data.protocol?;
        let version = self.versions.iter().find(|version| version.alpn() == agreed)?;
        let chain = connection.peer_identity()?.downcast::<Chain>().ok()?;
        match &chain[..] {
            [public] => Some((super::identity::peer_of(public)?, *version)),
            _ => None,
        }
    }
}

fn transport(limits: &Limits) -> Result<quinn::TransportConfig, TlsError> {
    let window = quinn::VarInt::from_u32(limits.window_bytes);
    let mut config = quinn::TransportConfig::default();
    config
        .max_concurrent_bidi_streams(0u32.into())
        .max_concurrent_uni_streams(2u32.into())
        .stream_receive_window(window)
        .receive_window(window)
        .send_window(limits.window_bytes.into())
        .max_idle_timeout(Some(limits.idle_timeout.try_into().map_err(TlsError::from)?))
        .keep_alive_interval(Some(limits.keep_alive))
        .datagram_receive_buffer_size(Some(DATAGRAM_BUFFER))
        .datagram_send_buffer_size(DATAGRAM_BUFFER);
    Ok(config)
}
