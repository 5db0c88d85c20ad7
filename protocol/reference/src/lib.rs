//! Small known workloads that validate the engine. They are pure; what drives them is `sim-core` (or any other runtime
//! of the `contract`).

pub mod blocks;
pub mod phold;
