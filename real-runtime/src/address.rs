//! Addresses of the internet as canonical bytes.

use std::net::SocketAddr;

use borsh::{BorshDeserialize, BorshSerialize};

/// An address and a port: 7 or 19 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub(crate) enum Address {
    V4([u8; 4], u16),
    V6([u8; 16], u16),
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Address {
        match address {
            SocketAddr::V4(v4) => Address::V4(v4.ip().octets(), v4.port()),
            SocketAddr::V6(v6) => Address::V6(v6.ip().octets(), v6.port()),
        }
    }
}

impl From<Address> for SocketAddr {
    fn from(address: Address) -> SocketAddr {
        match address {
            Address::V4(ip, port) => (ip, port).into(),
            Address::V6(ip, port) => (ip, port).into(),
        }
    }
}
