//! The token by which somebody joins a network: its secret, and where to find members.
//!
//! A text of `dunbar1-` and hexadecimal digits: canonical bytes, then the first four bytes of their blake3 hash, so that a
//! slip of the hand is told from another network. Whoever has the token is a member: it is handed over like a password.

use std::fmt;
use std::net::SocketAddr;

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Bounded, Canonical as _, PeerId};
use zeroize::Zeroizing;

use super::Network;
use crate::address::Address;

const PREFIX: &str = "dunbar1-";
const CHECK: usize = 4;
/// The most members that an invitation names.
pub const BOOTSTRAP_MAX: usize = 8;
/// The longest name of a network in bytes.
const NAME_MAX: usize = 64;
/// The longest token that is looked at.
const TEXT_MAX: usize = 2048;

/// A member that newcomers dial first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bootstrap {
    /// Who it is.
    pub peer: PeerId,
    /// Where it listens.
    pub address: SocketAddr,
}

/// What a newcomer needs.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// What people call the network; it proves nothing.
    pub name: String,
    /// Membership.
    pub network: Network,
    /// Members to dial first.
    pub bootstrap: Vec<Bootstrap>,
}

/// Why a text is no invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadInvitation {
    /// It does not begin as one.
    #[error("an invitation begins with {PREFIX}")]
    Prefix,
    /// A character was lost or changed.
    #[error("the invitation is damaged: copy all of it")]
    Damaged,
    /// It is intact, but of another version.
    #[error("the invitation was made by another version of dunbar")]
    Version,
}

#[derive(BorshSerialize, BorshDeserialize)]
struct Content {
    name: Bounded<u8, NAME_MAX>,
    secret: [u8; 32],
    bootstrap: Bounded<(PeerId, Address), BOOTSTRAP_MAX>,
}

impl Invitation {
    /// The token. It holds the network's secret.
    pub fn token(&self) -> Zeroizing<String> {
        let bootstrap = self.bootstrap.iter().map(|known| (known.peer, known.address.into())).collect();
        let content = Content {
            name: Bounded::truncated(self.name.clone().into_bytes()),
            secret: **self.network.secret,
            bootstrap: Bounded::truncated(bootstrap),
        };
        let mut bytes = Zeroizing::new(content.to_bytes());
        let check = blake3::hash(&bytes);
        bytes.extend_from_slice(&check.as_bytes()[..CHECK]);
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + 2 * bytes.len()));
        text.push_str(PREFIX);
        for byte in bytes.iter() {
            text.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])));
        }
        text
    }

    /// Reads a token.
    ///
    /// # Errors
    /// [`BadInvitation`] if it is none.
    pub fn parse(text: &str) -> Result<Invitation, BadInvitation> {
        let digits = text.trim().strip_prefix(PREFIX).ok_or(BadInvitation::Prefix)?;
        if digits.len() > TEXT_MAX {
            return Err(BadInvitation::Damaged);
        }
        let bytes = Zeroizing::new(from_hex(digits).ok_or(BadInvitation::Damaged)?);
        let (body, check) = bytes.split_last_chunk::<CHECK>().ok_or(BadInvitation::Damaged)?;
        if blake3::hash(body).as_bytes()[..CHECK] != check[..] {
            return Err(BadInvitation::Damaged);
        }
        let Content { name, secret, bootstrap } = Content::decode(body).map_err(|_| BadInvitation::Version)?;
        let name = String::from_utf8(name.into_vec()).map_err(|_| BadInvitation::Version)?;
        let bootstrap = bootstrap.into_vec().into_iter();
        Ok(Invitation {
            name,
            network: Network::from_secret(Zeroizing::new(secret)),
            bootstrap: bootstrap.map(|(peer, address)| Bootstrap { peer, address: address.into() }).collect(),
        })
    }
}

/// What people see of an invitation: everything but the secret.
impl fmt::Display for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.network.id())
    }
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |pair: &[u8; 2]| Some((digit(pair[0])? << 4 | digit(pair[1])?) as u8);
    rest.is_empty().then(|| pairs.iter().map(byte).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn invitation() -> Invitation {
        let known = |byte, address: &str| Bootstrap {
            peer: PeerId::from_bytes([byte; 32]),
            address: address.parse().expect("an address"),
        };
        Invitation {
            name: "village".to_owned(),
            network: Network::from_secret(Zeroizing::new([9; 32])),
            bootstrap: vec![known(1, "127.0.0.1:4001"), known(2, "[::1]:4002")],
        }
    }

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let (one, token) = (invitation(), invitation().token());
        let read = Invitation::parse(&format!("  {}\n", *token)).expect("it is one");
        assert_eq!((&read.name, read.network.id(), &read.bootstrap), (&one.name, one.network.id(), &one.bootstrap));
        assert_eq!(read.to_string(), format!("village ({})", one.network.id()));
    }

    #[test]
    fn no_character_of_a_token_can_be_changed_or_lost() {
        let token = invitation().token();
        for at in 0..token.len() {
            let mut text = token.to_string();
            let other = if text.as_bytes()[at] == b'0' { "1" } else { "0" };
            text.replace_range(at..=at, other);
            assert!(Invitation::parse(&text).is_err(), "character {at}");
            assert!(Invitation::parse(&token[..at]).is_err(), "cut off at {at}");
        }
        assert_eq!(Invitation::parse("hello").err(), Some(BadInvitation::Prefix));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,80}", digits in "[0-9a-f]{0,200}") {
            let _ = Invitation::parse(&text);
            let token = [PREFIX, &digits].concat();
            prop_assert!(Invitation::parse(&token).is_err());
        }
    }
}
