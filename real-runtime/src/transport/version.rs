//! The versions of what this module puts on the wire: hello, length prefix, the meaning of streams and datagrams.
//!
//! The application protocol of TLS (ALPN) carries the version. A node offers the newest that it speaks and the one before, and
//! the acceptor chooses the newest that both speak: so a network moves from one version to the next node by node. Two
//! nodes without a common version refuse each other in the handshake, and both say so.
//!
//! | Version | What it added |
//! |---|---|
//! | 1 | messages on one stream per direction and in datagrams; a hello with a proof of membership |
//! | 2 | the hello says where its sender sees the other end; a second stream per direction exchanges endpoint records |

/// A version of the transport's protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u8);

/// What a node speaks, the newest first.
pub(crate) const SPOKEN: &[Version] = &[Version(2), Version(1)];

impl Version {
    /// Its name in TLS.
    pub(crate) fn alpn(self) -> Vec<u8> {
        format!("dunbar/{}", self.0).into_bytes()
    }

    /// Whether peers tell each other where peers are.
    pub(crate) fn has_exchange(self) -> bool {
        self.0 >= 2
    }
}

/// The versions as a sentence has them.
pub(crate) fn names(versions: &[Version]) -> String {
    versions.iter().map(|version| format!("dunbar/{}", version.0)).collect::<Vec<_>>().join(" or ")
}
