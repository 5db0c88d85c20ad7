//! What an operator or a script asks of a node, and what it answers.

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Amount, Hash, PeerId};
use serde::{Deserialize, Serialize};

use crate::block::BadBlock;
use crate::chain::BadLink;
use crate::history::Proof;
use crate::payload::BurnReason;
use crate::witness::{NoSet, Request, Selection};
use crate::{Agreement, Escrow, Record, text};

/// What is asked of a node. In JSON: `{"pay": {"to": "#7", "amount": "10 OMC"}}`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Command {
    /// Send money.
    #[serde(rename_all = "kebab-case")]
    Pay {
        /// To whom.
        #[serde(with = "text::peer")]
        to: PeerId,
        /// How much.
        #[serde(with = "text::money")]
        amount: Amount,
        /// The hash of a text that both sides know; zero for none.
        #[serde(with = "text::hash", default)]
        memo: Hash,
    },
    /// Destroy money of one's own.
    #[serde(rename_all = "kebab-case")]
    Burn {
        /// How much.
        #[serde(with = "text::money")]
        amount: Amount,
        /// Why.
        reason: BurnReason,
        /// The id of the evidence that it answers; zero for none.
        #[serde(with = "text::hash", default)]
        evidence: Hash,
    },
    /// Claim today's money from the mint.
    #[serde(rename_all = "kebab-case")]
    Claim {
        /// How much.
        #[serde(with = "text::money")]
        amount: Amount,
    },
    /// Say something about somebody, or about the market.
    Record(Box<Record>),
    /// Set money aside for a session, or take it out.
    Escrow(Box<Escrow>),
    /// Prove that a block stands in the own chain.
    #[serde(rename_all = "kebab-case")]
    Prove {
        /// Its position.
        sequence: u64,
    },
    /// Make an agreement known: its canonical bytes, in hexadecimal digits.
    Publish(#[serde(with = "text::canonical")] Agreement),
    /// Say who is to watch over a session. Consumer and provider get the same answer.
    Witnesses(Box<Request>),
}

/// What a node answers.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// The payment was written into the own chain and is durable.
    Paid {
        /// The hash of its TRANSFER_OUT.
        block: Hash,
        /// The position of that block in the own chain.
        sequence: u64,
    },
    /// Another block was written into the own chain and is durable.
    Written {
        /// Its hash.
        block: Hash,
        /// Its position in the own chain.
        sequence: u64,
    },
    /// The agreement is known, and goes to all peers if it was new.
    Published {
        /// Its id.
        agreement: Hash,
    },
    /// The proof, as the hexadecimal digits of its canonical bytes.
    Proven {
        /// The block, the signed summary of the chain, and the hashes between them.
        #[serde(with = "text::canonical")]
        proof: Box<Proof>,
    },
    /// Nothing was done.
    Refused {
        /// Why.
        why: Refusal,
    },
    /// Who is to watch.
    Witnesses(Selection),
}

/// Why a payment was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// The free balance is smaller.
    #[error("the free balance is {free} OMC")]
    Insufficient {
        /// What could be paid.
        free: Amount,
    },
    /// A payment of nothing.
    #[error("a payment of nothing")]
    Nothing,
    /// A payment to the node itself.
    #[error("a payment to the payer itself")]
    ToItself,
    /// Evidence against this node is known: nobody would accept the payment.
    #[error("this node is banned")]
    Banned,
    /// No chain could hold it.
    #[error("no chain could hold the block: {0}")]
    Malformed(BadBlock),
    /// It may not follow the own chain.
    #[error("the block may not follow the own chain: {0}")]
    Link(BadLink),
    /// What it refers to is unknown, does not fit, or is not covered.
    #[error("what the block refers to is unknown, does not fit, or is not covered")]
    NotDue,
    /// Too few have signed the agreement.
    #[error("the agreement does not hold")]
    NoAgreement,
    /// The own chain is shorter.
    #[error("the own chain has no such block")]
    NoBlock,
    /// The node has started again, and asks its peers first what it has signed: its store may be an older copy.
    #[error("the node asks its peers what it has signed, and too few have answered yet")]
    AskingPeers,
    /// A part of the own chain is missing from the store. To write on would contradict what others hold.
    #[error("a part of the own chain is missing; it is asked for among the peers")]
    ChainDamaged,
    /// No witnesses follow from what was named.
    #[error("{0}")]
    NoWitnesses(NoSet),
}

impl Refusal {
    /// Its name in JSON documents and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Refusal::Insufficient { .. } => "insufficient",
            Refusal::Nothing => "nothing",
            Refusal::ToItself => "to-itself",
            Refusal::Banned => "banned",
            Refusal::Malformed(_) => "malformed",
            Refusal::Link(_) => "link",
            Refusal::NotDue => "not-due",
            Refusal::NoAgreement => "no-agreement",
            Refusal::NoBlock => "no-block",
            Refusal::AskingPeers => "asking-peers",
            Refusal::ChainDamaged => "chain-damaged",
            Refusal::NoWitnesses(_) => "no-witnesses",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Command, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn the_name_of_a_refusal_is_that_of_its_document() {
        for why in [Refusal::Nothing, Refusal::ToItself, Refusal::Banned, Refusal::AskingPeers, Refusal::ChainDamaged] {
            assert_eq!(serde_json::to_value(why).unwrap(), why.name());
        }
    }

    #[test]
    fn amounts_are_read_with_their_unit_and_never_without() {
        let pay = Command::Pay { to: PeerId::simulated(7), amount: Amount::from_units(10), memo: Hash::ZERO };
        assert_eq!(read(r##"{"pay": {"to": "#7", "amount": "10 OMC"}}"##), Ok(pay.clone()));
        assert_eq!(read(r##"{"pay": {"to": "#7", "amount": "10000000 uOMC"}}"##), Ok(pay.clone()));
        assert_eq!(read(&serde_json::to_string(&pay).unwrap()), Ok(pay));
    }

    #[test]
    fn a_bad_command_says_what_is_wrong() {
        let error = |json| read(json).unwrap_err();
        let cases = [
            r##"{"pay": {"to": "#7", "amount": "10 EUR"}}"##,
            r##"{"pay": {"to": "#7", "amount": 10}}"##,
            r##"{"pay": {"to": "seven", "amount": "1 OMC"}}"##,
            r##"{"pay": {"to": "#7", "amount": -1}}"##,
            r##"{"pay": {"to": "#7", "amount": "1 OMC", "fee": 1}}"##,
        ];
        insta::assert_snapshot!(cases.map(error).join("\n"), @r#"
        `EUR` is no unit of money; the units are uOMC, OMC at line 1 column 39
        `10` has no unit: write "10 OMC", or "10 uOMC" for millionths of it at line 1 column 33
        invalid value: string "seven", expected 64 hexadecimal digits, or # and a number at line 1 column 22
        invalid type: integer `-1`, expected an amount with its unit, such as "10 OMC" at line 1 column 33
        unknown field `fee`, expected one of `to`, `amount`, `memo` at line 1 column 45
        "#);
    }
}
