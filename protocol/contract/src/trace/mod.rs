//! What happened: records, the recorder that writes them, the hash chain over them, and replay.
//!
//! The format is the same whether a simulator or a live node wrote it; nothing that reads a trace can tell the two apart
//! except by the header's `source`.

pub mod chain;
pub mod file;
pub mod list;
pub mod record;
pub mod recorder;
pub mod replay;
mod stream;

pub use chain::{NodeChain, run_digest};
pub use file::{BadTrace, Reader};
pub use record::{Birth, Cause, Header, Record, Step};
pub use recorder::{Level, Recorder};
pub use replay::{Divergence, replay_step};

#[cfg(test)]
mod tests;
