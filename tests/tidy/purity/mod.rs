//! Purity of the crates in which the worlds live: no clock, no entropy, no IO, no thread, no async, no global state.
//! Three gates: clippy's bans (`bans.rs`), what their sources say, and what they depend on.

mod dependencies;
mod source;
mod tokens;

/// The folders of the pure crates, which need not exist yet.
pub(crate) const FOLDERS: &[&str] = &[
    "protocol/contract",
    "protocol/reference",
    "protocol/omt",
    "protocol/ledger",
    "protocol/market",
    "protocol/credit",
    "protocol/channel",
    "protocol/services",
    "agents",
    "net-model",
    "sim-core",
];
