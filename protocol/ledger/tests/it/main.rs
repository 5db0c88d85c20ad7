//! Ledger nodes in a tiny network: what they do together.

mod acceptance;
mod crash;
mod double_spend;
mod gossip;
mod hostile;
mod invariants;
mod network;
mod payments;
mod repair;
mod sessions;
