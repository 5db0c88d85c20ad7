//! `dunbar node`: run and talk to a live node.

use clap::Args;
use scenarios::Registry;

use crate::exit::{Failure, Finding};

/// To be written.
#[derive(Debug, Args)]
pub(crate) struct Arguments {}

pub(crate) fn node(_registry: &Registry, _arguments: Arguments) -> Result<Finding, Failure> {
    Err(Failure::internal("not yet"))
}
