//! The roles of the ledger by name, and the actor that plays each.

use contract::Actor;
use ledger::{Birth, Ledger, LedgerNode};
use serde::{Deserialize, Serialize};

use crate::{DoubleSpend, DoubleSpender, Overdrafter, Spam, Spammer};

/// Who a node is. In JSON: `"honest"`, or `{"double-spender": {"second": "#7"}}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Follows the protocol.
    Honest,
    /// Pays twice with the same money.
    DoubleSpender(DoubleSpend),
    /// Pays what it does not have.
    Overdrafter,
    /// Floods its peers with rubbish.
    Spammer(Spam),
}

impl Role {
    /// The names of all roles.
    pub const NAMES: [&str; 4] = ["honest", "double-spender", "overdrafter", "spammer"];

    /// Its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Role::Honest => Self::NAMES[0],
            Role::DoubleSpender(_) => Self::NAMES[1],
            Role::Overdrafter => Self::NAMES[2],
            Role::Spammer(_) => Self::NAMES[3],
        }
    }

    /// Whether it follows the protocol.
    pub const fn is_honest(&self) -> bool {
        matches!(self, Role::Honest)
    }

    /// The actor that plays it.
    pub fn actor(&self, birth: Birth) -> Box<dyn Actor<Ledger>> {
        let (signer, peers) = (birth.signer.clone(), birth.peers.clone());
        let honest = Box::new(LedgerNode::new(birth));
        match *self {
            Role::Honest => honest,
            Role::DoubleSpender(plan) => Box::new(DoubleSpender::new(honest, signer, plan)),
            Role::Overdrafter => Box::new(Overdrafter::new(honest, signer)),
            Role::Spammer(plan) => Box::new(Spammer::new(honest, signer, peers, plan)),
        }
    }
}
