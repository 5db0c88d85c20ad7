//! Where peers are: signed records that members pass on.
//!
//! A [`Record`] is a peer's own statement, so whoever passes it on cannot change it. The [`AddressBook`] keeps the newest of each
//! peer, up to a bound, until it expires. There is no IO here: the transport carries records between neighbours, each of
//! which is sent what it has not been sent yet.

mod book;
mod observed;
mod record;

use std::time::{SystemTime, UNIX_EPOCH};

use borsh::BorshDeserialize as _;
use contract::PeerId;

pub use book::{AddressBook, Heard, Known};
pub use observed::Observed;
pub use record::{ADDRESSES_MAX, BadRecord, Record, Signed, TTL_MS};

/// Of whom there are records in a node's own file, those that may have expired too, the latest first.
pub(crate) fn written(bytes: &[u8]) -> Vec<PeerId> {
    let mut records = Vec::<Signed>::try_from_slice(bytes).unwrap_or_default();
    records.sort_by_key(|signed| std::cmp::Reverse(signed.record.issued_ms));
    records.into_iter().map(|signed| signed.record.peer).collect()
}

/// Milliseconds of Unix time.
pub(crate) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
