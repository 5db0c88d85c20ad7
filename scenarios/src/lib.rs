//! Scenario files: TOML as written, resolved, turned into worlds, run, and judged.
//!
//! Data flows one way: [`source`] (text, overrides) → [`raw`] (as written) → [`resolve`] (complete, checked) →
//! [`system`] (a world of one protocol) → [`metric`]s → [`expect`]ations. A researcher's file is the only input;
//! nothing here has a default that the printed, resolved scenario does not show.

pub mod batch;
mod beside;
pub mod campaign;
mod caught;
pub mod compose;
pub mod details;
pub mod expect;
pub mod fault;
mod files;
pub mod gate;
mod graph_file;
mod hint;
pub mod metric;
pub mod observable;
pub mod own;
mod pace;
pub mod pattern;
pub mod quantity;
pub mod raw;
mod refused;
pub mod replay;
pub mod resolve;
pub mod schema;
pub mod series;
pub mod shrink;
pub mod source;
pub mod sweep;
pub mod system;
pub mod systems;
pub mod workload;

pub use batch::{Batch, Row};
pub use caught::caught;
pub use compose::OpenError;
pub use expect::Verdict;
pub use files::{UnreadableFolder, files};
pub use refused::{Refused, refusal};
pub use resolve::{Crew, Scenario};
pub use source::{BadScenario, Source};
pub use system::{Broken, Job, Outcome, Registry, RunError, System};
