//! What is given to a node at birth.

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::{Amount, Entropy, Hash, PeerId, Signer, Span, Verifier};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::chain::Grant;
use crate::{Acceptance, text};

/// Everything that a node is born with.
#[derive(Clone, Debug)]
pub struct Birth {
    /// Signs for the node; its identity is the node's.
    pub signer: Signer,
    /// The peers that the node floods to.
    pub peers: Vec<PeerId>,
    /// Where its random bits come from.
    pub entropy: Entropy,
    /// What it shares with others.
    pub shared: Arc<Shared>,
}

/// What many nodes have in common. One copy serves them all.
#[derive(Clone, Debug)]
pub struct Shared {
    /// Checks signatures.
    pub verifier: Verifier,
    /// Who began with how much.
    pub founding: Founding,
    /// How the nodes behave.
    pub parameters: Parameters,
}

/// How a node behaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Parameters {
    /// How often keepalives go out, such as `"30 s"`; `"off"` switches them off, and with them rumours and periodic
    /// anti-entropy. Default 30 s.
    #[serde(with = "text::interval")]
    pub keepalive: Option<Span>,
    /// How new items travel. Default flood.
    pub spread: Spread,
    /// Every so many keepalives carry a digest, and who sees another one pulls what it lacks. 0 switches that off. Default 1.
    pub anti_entropy: u32,
    /// After every so many keepalives of a peer its head is recorded on the own chain, if it is another one than was recorded
    /// last. 0, the default, records none.
    pub entangle: u32,
    /// When a payment counts. Default immediate.
    pub acceptance: Acceptance,
    /// How long to wait before asking a peer whose connection broke; doubled with every further break, up to 64 times.
    /// Default 1 s.
    #[serde(with = "text::span")]
    pub repair: Span,
    /// The most blocks off its chain that are kept of one owner. Default 64.
    pub loose_per_owner: u32,
    /// The most blocks off their chains that are kept in all. Default 4096.
    pub loose_total: u32,
    /// Whether blocks of others are kept on disk. Default yes. Without, a node that starts again asks its peers for them.
    pub archive: bool,
    /// Whether a node that starts again first asks its peers what it has signed, and writes nothing until more than half of
    /// them have answered in full: its store may be an older copy. One without peers goes on at once, unless whoever runs it
    /// has doubts about its store. Default no.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ask_first: bool,
    /// Peers that write to a node and are none of its own become its own while it has fewer than this. Default 0.
    #[serde(skip_serializing_if = "is_zero")]
    pub peers_max: u32,
    /// Whether every block that joins a chain is observed as `block-accepted`. Default no: it is one per block and node.
    pub observe_blocks: bool,
    /// The most that is kept of what others can make without end. No part of a scenario.
    #[serde(skip)]
    pub bounds: Bounds,
}

/// The most that a node keeps of what others can make without end: identities cost nothing, and blocks little.
///
/// Peers of the founding document and the node itself always have room, so whoever makes up identities shuts out other new
/// identities at most. What is refused is observed as `rejected` with `no-room`, and may be asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Owners that the founding document does not list. At the bound no further one is taken up, nor evidence against it: none
    /// of its payments is accepted here.
    pub owners: usize,
    /// Blocks on the chains of such owners, in all. At the bound none of their chains grows.
    pub blocks: u64,
    /// Agreements. At the bound those with the lowest ids stay, in whatever order they came.
    pub agreements: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { owners: 1 << 20, blocks: 1 << 24, agreements: 1 << 16 }
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Default for Parameters {
    fn default() -> Parameters {
        Parameters {
            keepalive: Some(Span::from_secs(30)),
            spread: Spread::Flood,
            anti_entropy: 1,
            entangle: 0,
            acceptance: Acceptance::Immediate,
            repair: Span::from_secs(1),
            loose_per_owner: 64,
            loose_total: 4096,
            archive: true,
            ask_first: false,
            peers_max: 0,
            observe_blocks: false,
            bounds: Bounds::default(),
        }
    }
}

/// How new items travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Spread {
    /// At once to every peer but the one it came from.
    Flood,
    /// At once to so many peers, drawn anew for each item; evidence still goes to all.
    #[serde(rename_all = "kebab-case")]
    Push {
        /// To how many.
        fanout: u8,
    },
    /// On keepalives, as rumours: see [`gossip`](crate::gossip).
    #[serde(rename_all = "kebab-case")]
    Keepalive {
        /// To how many peers an item goes.
        fanout: u8,
        /// The most items on one keepalive, at most 16.
        items: u8,
    },
}

/// The founding document of a network: who begins with how much, and how much everybody may claim from the mint each day.
/// Whoever is not listed begins with nothing.
///
/// In JSON and TOML it is a table from peers to amounts; the name `mint` stands for the mint, which is left out where there
/// is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Founding {
    /// In the order of the peers.
    endowments: Box<[(PeerId, Amount)]>,
    mint: Amount,
}

/// Why a founding document is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFounding {
    /// More money than can be counted.
    #[error("the endowments sum up to more than {}", u64::MAX)]
    TooMuch,
    /// Another document than the one that was agreed on.
    #[error("the founding document has the hash {found}, where {expected} is configured")]
    Another {
        /// The hash of the document.
        found: Hash,
        /// The configured hash.
        expected: Hash,
    },
}

impl Founding {
    /// The document that gives each of these peers so much.
    ///
    /// # Errors
    /// [`BadFounding::TooMuch`] if the sum does not fit.
    pub fn new(endowments: impl IntoIterator<Item = (PeerId, Amount)>) -> Result<Founding, BadFounding> {
        let endowments: BTreeMap<PeerId, Amount> = endowments.into_iter().collect();
        let sum = endowments.values().try_fold(Amount::ZERO, |sum, amount| sum.checked_add(*amount));
        let founding = Founding { endowments: endowments.into_iter().collect(), mint: Amount::ZERO };
        sum.map(|_| founding).ok_or(BadFounding::TooMuch)
    }

    /// The document, if it is the one whose hash is configured.
    ///
    /// # Errors
    /// [`BadFounding::Another`] if it is not.
    pub fn expecting(self, expected: Hash) -> Result<Founding, BadFounding> {
        let found = self.hash();
        if found == expected { Ok(self) } else { Err(BadFounding::Another { found, expected }) }
    }

    /// Whether the document lists `peer`.
    pub fn lists(&self, peer: &PeerId) -> bool {
        self.find(peer).is_some()
    }

    /// What the document says of `peer`. A stand-in mostly stands at the place of its number, since all are listed.
    fn find(&self, peer: &PeerId) -> Option<Amount> {
        let number = peer.simulated_number().and_then(|number| usize::try_from(number).ok());
        if let Some((_, amount)) = number.and_then(|place| self.endowments.get(place)).filter(|(at, _)| at == peer) {
            return Some(*amount);
        }
        let place = self.endowments.binary_search_by_key(peer, |(at, _)| *at).ok()?;
        Some(self.endowments[place].1)
    }

    /// What `peer` begins with.
    pub fn endowment(&self, peer: &PeerId) -> Amount {
        self.find(peer).unwrap_or_default()
    }

    /// The same with a mint, from which everybody may claim so much a day.
    #[must_use]
    pub fn with_mint(self, mint: Amount) -> Founding {
        Founding { mint, ..self }
    }

    /// What `peer` begins with, and what it may claim.
    pub fn grant(&self, peer: &PeerId) -> Grant {
        Grant { endowment: self.endowment(peer), mint: self.mint }
    }

    /// The sum of all endowments.
    pub fn total(&self) -> Amount {
        // The constructors have checked that the sum fits.
        self.endowments.iter().fold(Amount::ZERO, |sum, (_, amount)| {
            sum.checked_add(*amount).expect("a founding document's sum was checked when it was built")
        })
    }

    /// SHA-256 over a format tag and the canonical bytes, by which every node is configured.
    pub fn hash(&self) -> Hash {
        match self.mint {
            Amount::ZERO => crate::sha256(b"dunbar/ledger/founding/v1\0", &self.endowments),
            mint => crate::sha256(b"dunbar/ledger/founding-with-mint/v1\0", &(&self.endowments, mint)),
        }
    }
}

impl Serialize for Founding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mint = Some(self.mint).filter(|mint| *mint > Amount::ZERO);
        let endowments = self.endowments.iter().map(|(peer, amount)| (peer.to_string(), *amount));
        serializer.collect_map(endowments.chain(mint.map(|mint| (MINT.to_owned(), mint))))
    }
}

/// What the mint is called in JSON and TOML.
const MINT: &str = "mint";

impl<'de> Deserialize<'de> for Founding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Founding, D::Error> {
        let mut table = BTreeMap::<Name, AmountText>::deserialize(deserializer)?;
        let mint = table.remove(&Name::Mint).map_or(Amount::ZERO, |mint| mint.0);
        let endowments = table.into_iter().filter_map(|(name, amount)| match name {
            Name::Peer(peer) => Some((peer, amount.0)),
            Name::Mint => None,
        });
        Founding::new(endowments).map(|founding| founding.with_mint(mint)).map_err(serde::de::Error::custom)
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Peer(PeerId),
    Mint,
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
        let name = String::deserialize(deserializer)?;
        let unknown = || serde::de::Error::invalid_value(serde::de::Unexpected::Str(&name), &"a peer, or `mint`");
        if name == MINT { Ok(Name::Mint) } else { PeerId::parse(&name).map(Name::Peer).ok_or_else(unknown) }
    }
}

#[derive(Deserialize)]
struct AmountText(#[serde(with = "text::amount")] Amount);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_written_with_units_and_read_again() {
        let parameters = Parameters { keepalive: None, ..Parameters::default() };
        let json = serde_json::to_string(&parameters).unwrap();
        insta::assert_snapshot!(json);
        assert_eq!(serde_json::from_str::<Parameters>(&json).unwrap(), parameters);
        assert_eq!(serde_json::from_str::<Parameters>("{}").unwrap(), Parameters::default());
        assert!(serde_json::from_str::<Parameters>(r#"{"keepalive": "0 s"}"#).is_err());
        assert!(serde_json::from_str::<Parameters>(r#"{"keep-alive": "1 s"}"#).is_err());
    }

    #[test]
    fn a_founding_document_is_known_by_its_hash() {
        let read = |json| serde_json::from_str::<Founding>(json);
        let founding = read(r##"{"#1": "10 OMC", "#2": 5}"##).unwrap();
        assert_eq!(founding.endowment(&PeerId::simulated(1)), Amount::from_units(10));
        assert_eq!(founding.endowment(&PeerId::simulated(3)), Amount::ZERO);
        assert_eq!(founding.total(), Amount::from_micro(10_000_005));
        insta::assert_snapshot!(founding.hash());
        assert_eq!(founding.clone().expecting(founding.hash()), Ok(founding.clone()));
        assert!(founding.expecting(Hash::ZERO).is_err());
        assert!(read(r##"{"#1": 18446744073709551615, "#2": 1}"##).is_err());
    }
}
