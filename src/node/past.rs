//! Whether a node's store is the newest that there is of it. One that goes on from an older copy would sign a second version of
//! its past.
//!
//! The folder cannot show it, since all of it may be a copy. So a node asks those that it knows; and one that has run before and
//! knows nobody waits until somebody comes, unless the operator vouches for the store.

use std::path::Path;

use contract::PeerId;

use super::config::NodeConfig;
use crate::exit::Failure;

/// What the operator knows of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Past {
    /// Nothing in particular.
    Unknown,
    /// It may be lost or an older copy.
    Recover,
    /// It is the newest, and there is nobody to ask.
    Alone,
}

impl Past {
    /// As the command line says, where at most one of the two is set.
    pub(super) fn as_told(recover: bool, alone: bool) -> Past {
        match (recover, alone) {
            (true, _) => Past::Recover,
            (false, true) => Past::Alone,
            (false, false) => Past::Unknown,
        }
    }

    /// Refuses what does not go together with the configuration.
    pub(super) fn fits(self, config: &NodeConfig) -> Result<(), Failure> {
        if self != Past::Unknown && config.own.is_some() {
            let hint = "leave --recover and --alone away; if the store is not the newest, put the newest backup of the folder in its \
                        place, or make a new key";
            return Err(Failure::input("only nodes of the ledger learn from peers what they have signed", hint));
        }
        if self == Past::Recover && !config.parameters.ask_first {
            let hint = "remove `trust_store = true` from the configuration, or leave --recover away";
            let what = "--recover asks peers what this node has signed, and `trust_store` says not to";
            return Err(Failure::input(what, hint));
        }
        Ok(())
    }

    /// Whether a store with content may be an older copy, so that the node needs at least one answer before it signs.
    /// `neighbours` are those whom it will ask in any case.
    pub(super) fn doubts(self, config: &NodeConfig, neighbours: &[PeerId]) -> Result<bool, Failure> {
        match self {
            Past::Unknown => Ok(neighbours.is_empty() && config.parameters.ask_first),
            Past::Recover => Ok(true),
            Past::Alone if neighbours.is_empty() => Ok(false),
            Past::Alone => {
                let what = format!("this node is not alone: it knows {} to ask what it has signed", peers(neighbours));
                let hint = "leave --alone away; if they are gone for good and the store is the newest, `trust_store = true` in the \
                            configuration says so";
                Err(Failure::input(what, hint))
            }
        }
    }
}

fn peers(neighbours: &[PeerId]) -> String {
    match neighbours.len() {
        1 => "a peer".to_owned(),
        count => format!("{count} peers"),
    }
}

/// What the operator is told when a node that has run before knows nobody.
pub(super) fn nobody_to_ask(config: &Path) -> String {
    format!(
        "this node has run before and knows no peer that could tell what it has signed: it signs nothing until one has come and \
         has answered. If nothing newer than its folder exists, `dunbar node run {} --alone` goes on at once",
        config.display()
    )
}
