//! A peer is its Ed25519 key: TLS 1.3 proves possession of it by RFC 7250 raw public keys, without any certificate.
//!
//! The bytes of a raw public key are a fixed prefix and the 32 bytes of the [`PeerId`], so there is exactly one
//! encoding of a peer and nothing to parse. Signatures are checked strictly: keys of small order, under which one
//! signature can fit many messages, are nobody's identity.

use std::fmt;
use std::sync::{Arc, OnceLock};

use contract::PeerId;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, PeerIncompatible, SignatureAlgorithm,
    SignatureScheme,
};

/// The DER of a `SubjectPublicKeyInfo` with algorithm Ed25519, up to the key (RFC 8410, section 4).
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The raw public key of a peer, as TLS carries it.
pub(crate) fn spki(peer: &PeerId) -> Vec<u8> {
    [&SPKI_PREFIX[..], peer.as_bytes()].concat()
}

/// The peer whose raw public key this is; `None` if it is not an Ed25519 key that can be an identity.
pub(crate) fn peer_of(spki: &[u8]) -> Option<PeerId> {
    verifying_key(spki).map(|key| PeerId::from_bytes(key.to_bytes()))
}

fn verifying_key(spki: &[u8]) -> Option<VerifyingKey> {
    let bytes: &[u8; 32] = spki.strip_prefix(&SPKI_PREFIX)?.try_into().ok()?;
    let key = VerifyingKey::from_bytes(bytes).ok()?;
    (!key.is_weak()).then_some(key)
}

/// A node's own key, in the shape that rustls signs with. The key is erased when the last copy goes.
#[derive(Clone)]
pub(crate) struct Identity(Arc<SigningKey>);

impl Identity {
    pub(crate) fn new(key: SigningKey) -> Identity {
        Identity(Arc::new(key))
    }

    pub(crate) fn peer(&self) -> PeerId {
        PeerId::from_bytes(self.0.verifying_key().to_bytes())
    }

    /// Signs what this node says about where it is.
    pub(crate) fn endpoint_record(
        &self,
        network: crate::network::NetworkId,
        addresses: Vec<std::net::SocketAddr>,
        issued_ms: u64,
    ) -> crate::discovery::Signed {
        crate::discovery::Signed::issue(&self.0, network, addresses, issued_ms)
    }

    /// 32 bytes that only the owner of the key can compute, for one purpose.
    pub(crate) fn derive(&self, purpose: &str) -> [u8; 32] {
        blake3::derive_key(purpose, self.0.as_bytes())
    }

    /// Key and raw public key, as both roles of TLS present them.
    pub(crate) fn certified(&self) -> Arc<rustls::sign::CertifiedKey> {
        let public = CertificateDer::from(spki(&self.peer()));
        Arc::new(rustls::sign::CertifiedKey::new(vec![public], Arc::new(self.clone())))
    }
}

/// Shows the public half only.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.peer())
    }
}

impl rustls::sign::SigningKey for Identity {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn rustls::sign::Signer>> {
        offered.contains(&SignatureScheme::ED25519).then(|| Box::new(self.clone()) as _)
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(SubjectPublicKeyInfoDer::from(spki(&self.peer())))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ED25519
    }
}

impl rustls::sign::Signer for Identity {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.0.sign(message).to_bytes().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

/// Accepts one key: that of the peer that was dialled.
#[derive(Debug)]
pub(crate) struct Dialled {
    expected: PeerId,
    /// The key that another peer showed instead, for the error message.
    impostor: Arc<OnceLock<PeerId>>,
}

impl Dialled {
    pub(crate) fn new(expected: PeerId, impostor: Arc<OnceLock<PeerId>>) -> Dialled {
        Dialled { expected, impostor }
    }
}

impl ServerCertVerifier for Dialled {
    fn verify_server_cert(
        &self,
        public: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let found = peer_of(public).ok_or(Error::from(CertificateError::BadEncoding))?;
        if found != self.expected {
            let _ = self.impostor.set(found);
            return Err(CertificateError::ApplicationVerificationFailure.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _public: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerIncompatible::Tls13RequiredForQuic.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        public: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        check(message, public, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

/// Accepts any peer that proves its key; who may stay is decided above the handshake.
#[derive(Debug)]
pub(crate) struct Anyone;

impl ClientCertVerifier for Anyone {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        public: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        peer_of(public).ok_or(Error::from(CertificateError::BadEncoding))?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _public: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerIncompatible::Tls13RequiredForQuic.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        public: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        check(message, public, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

/// Checks the signature over the transcript of a handshake.
fn check(message: &[u8], public: &[u8], signed: &DigitallySignedStruct) -> Result<HandshakeSignatureValid, Error> {
    if signed.scheme != SignatureScheme::ED25519 {
        return Err(PeerIncompatible::NoSignatureSchemesInCommon.into());
    }
    let key = verifying_key(public).ok_or(Error::from(CertificateError::BadEncoding))?;
    let bad = || Error::from(CertificateError::BadSignature);
    let signature = Signature::from_slice(signed.signature()).map_err(|_| bad())?;
    key.verify_strict(message, &signature).map_err(|_| bad())?;
    Ok(HandshakeSignatureValid::assertion())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_has_one_encoding() {
        let peer = Identity::new(SigningKey::from_bytes(&[7; 32])).peer();
        let bytes = spki(&peer);
        assert_eq!(peer_of(&bytes), Some(peer));
        assert_eq!(peer_of(&bytes[..43]), None);
        assert_eq!(peer_of(&[&bytes[..], &[0]].concat()), None);
        for position in 0..SPKI_PREFIX.len() {
            let mut other = bytes.clone();
            other[position] ^= 1;
            assert_eq!(peer_of(&other), None, "byte {position}");
        }
    }

    #[test]
    fn a_key_of_small_order_is_nobody() {
        let mut neutral = [0; 32];
        neutral[0] = 1;
        assert_eq!(peer_of(&spki(&PeerId::from_bytes(neutral))), None);
        assert_eq!(peer_of(&spki(&PeerId::from_bytes([0; 32]))), None);
    }

    #[test]
    fn the_secret_is_never_printed() {
        let identity = Identity::new(SigningKey::from_bytes(&[0xab; 32]));
        assert!(!format!("{identity:?}").contains("abab"));
        assert_ne!(identity.derive("one purpose"), identity.derive("another"));
    }
}
