//! Ledger nodes in a tiny network: what they do together.

mod crash;
mod double_spend;
mod hostile;
mod network;
mod payments;
mod repair;
mod sessions;
