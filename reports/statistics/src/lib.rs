//! Evidence from seeds: what a number of runs shows, and what it does not.
//!
//! The sampling unit is the world, so every function here takes one value for each seed. Two kinds of results are kept
//! apart. [`interval`]s and [`bootstrap`] describe a fixed number of seeds, for display. A [`claim`] decides while seeds
//! come in, and its error rates hold at every look: Wald's test for rates ([`sprt`]), betting for bounded means and
//! quantiles ([`betting`]). A library of claims shares its false alarms by [`holm`]. Nothing here knows a scenario, a
//! trace or a clock; floats go through `libm`, so that a verdict is the same on every machine.

pub mod betting;
pub mod binomial;
pub mod bootstrap;
pub mod claim;
pub mod descriptive;
pub mod holm;
pub mod interval;
pub mod metrics;
pub mod paired;
pub mod sprt;

pub use betting::{Bounds, ConfidenceSequence};
pub use claim::{BadClaim, Claim, Decision, Side, Statistic, Test};
pub use descriptive::{mean, quantile};
pub use interval::Interval;
