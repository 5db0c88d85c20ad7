//! What several parties sign together: lock, top-up, attestation and settlement results.
//!
//! An agreement is a fact about a session with the signatures of its panel. Its id is the hash of what it says, without the
//! signatures, so that copies with different subsets of signatures are one item and can be merged. It is relayed only if it
//! holds on its own: enough of the witnesses that it names signed it, and for a lock or a top-up the consumer too. So spam
//! needs several keys. Who signs two agreements that contradict each other has convicted itself: see
//! [`evidence`](crate::evidence).

use std::collections::BTreeMap;
use std::sync::Arc;

use borsh::io::{Error, ErrorKind, Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use contract::{
    Amount, Bounded, Canonical as _, Domain, Effects, Hash, PeerId, Signature, Signer, Span, Time, Verifier,
};

use crate::Ledger;
use crate::payload::WITNESSES_MAX;
use crate::trust::Class;

/// What a signature under an agreement is for; what is signed is the agreement's id.
pub const DOMAIN: Domain = Domain::new("dunbar/ledger/agreement/v1");

/// What the id of an agreement begins with: the version of its format.
const FORMAT: &[u8] = b"dunbar/ledger/agreement/v1\0";

/// The most signatures: all witnesses and the consumer.
const SIGNERS_MAX: usize = WITNESSES_MAX + 1;

/// Who takes part in a session. The same in all agreements about it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Panel {
    /// The session.
    pub session: Hash,
    /// Who pays.
    pub consumer: PeerId,
    /// Who serves.
    pub provider: PeerId,
    /// Who watches, ascending.
    pub witnesses: Bounded<PeerId, WITNESSES_MAX>,
    /// How many of them have to sign.
    pub threshold: u8,
}

/// What is agreed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Matter {
    /// LOCK_RESULT: the consumer may set aside so much.
    Lock {
        /// How much.
        amount: Amount,
    },
    /// TOPUP_RESULT: the consumer may set aside more.
    TopUp {
        /// The id of the lock or top-up result before it.
        after: Hash,
        /// How much was set aside before.
        previous_total: Amount,
        /// How much more.
        added: Amount,
    },
    /// ATTESTATION: what the panel found.
    Attestation {
        /// The class of the machine.
        class: Class,
        /// For how long it served.
        duration: Span,
        /// Measured over claimed, in millionths.
        score: u32,
        /// How many members found that it passes.
        passes: u8,
        /// How many found that it fails.
        fails: u8,
    },
    /// SETTLEMENT_RESULT: what becomes of the money set aside.
    Settlement {
        /// How much was set aside.
        locked: Amount,
        /// How much the provider receives.
        paid: Amount,
        /// How much is destroyed.
        burned: Amount,
        /// How much returns to the consumer.
        returned: Amount,
    },
}

/// Everything that the signatures are under.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Text {
    /// Who takes part.
    pub panel: Panel,
    /// What is agreed.
    pub matter: Matter,
    /// When.
    pub at: Time,
}

impl Text {
    /// SHA-256 over a format tag and the canonical bytes.
    pub fn id(&self) -> Hash {
        crate::sha256(FORMAT, self)
    }

    /// The signature of one party.
    pub fn sign(&self, signer: &Signer, out: &mut Effects<Ledger>) -> Signature {
        out.sign(signer, DOMAIN, self.id().as_bytes())
    }

    /// What only one agreement of a session can be: two different ones in one slot contradict each other.
    fn slot(&self) -> (Hash, u8, Hash) {
        let (kind, after) = match &self.matter {
            Matter::Lock { .. } => (0, Hash::ZERO),
            Matter::TopUp { after, .. } => (1, *after),
            Matter::Attestation { .. } => (2, Hash::ZERO),
            Matter::Settlement { .. } => (3, Hash::ZERO),
        };
        (self.panel.session, kind, after)
    }

    fn is_well_formed(&self) -> bool {
        let Panel { consumer, provider, witnesses, threshold, .. } = &self.panel;
        let apart = consumer != provider && !witnesses.contains(consumer) && !witnesses.contains(provider);
        let ascending = witnesses.windows(2).all(|pair| pair[0] < pair[1]);
        let threshold = usize::from(*threshold);
        // More than half: two agreements in one slot cannot both be made by honest witnesses.
        let enough = threshold <= witnesses.len() && 2 * threshold > witnesses.len();
        let sums = match &self.matter {
            Matter::Lock { amount } => *amount > Amount::ZERO,
            Matter::TopUp { previous_total, added, .. } => {
                *added > Amount::ZERO && previous_total.checked_add(*added).is_some()
            }
            Matter::Attestation { score, passes, fails, .. } => {
                *score <= 1_000_000 && usize::from(*passes) + usize::from(*fails) <= witnesses.len()
            }
            Matter::Settlement { locked, paid, burned, returned } => {
                let sum = paid.checked_add(*burned).and_then(|sum| sum.checked_add(*returned));
                sum == Some(*locked)
            }
        };
        apart && ascending && enough && sums
    }
}

/// A text and who signed it. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement(Arc<Signed>);

#[derive(Debug, PartialEq, Eq)]
struct Signed {
    text: Text,
    signatures: BTreeMap<PeerId, Signature>,
    id: Hash,
}

impl Agreement {
    /// An agreement of these parts, or `None` if the text contradicts itself or somebody signs who takes no part.
    pub fn new(text: Text, signatures: BTreeMap<PeerId, Signature>) -> Option<Agreement> {
        let Panel { consumer, witnesses, .. } = &text.panel;
        let part = |peer: &PeerId| peer == consumer || witnesses.contains(peer);
        let fits = text.is_well_formed() && signatures.len() <= SIGNERS_MAX && signatures.keys().all(part);
        fits.then(|| {
            let id = text.id();
            Agreement(Arc::new(Signed { text, signatures, id }))
        })
    }

    /// The hash of the text.
    pub fn id(&self) -> Hash {
        self.0.id
    }

    /// What it says.
    pub fn text(&self) -> &Text {
        &self.0.text
    }

    /// Who signed it.
    pub fn signers(&self) -> impl Iterator<Item = &PeerId> {
        self.0.signatures.keys()
    }

    /// Whether it binds: all signatures hold, enough witnesses signed, and the consumer where its money is set aside.
    pub fn holds(&self, verifier: &Verifier) -> bool {
        let Panel { consumer, threshold, .. } = &self.text().panel;
        let signatures = &self.0.signatures;
        let by_consumer = signatures.contains_key(consumer);
        let needs_consumer = matches!(self.text().matter, Matter::Lock { .. } | Matter::TopUp { .. });
        let witnesses = signatures.len() - usize::from(by_consumer);
        witnesses >= usize::from(*threshold)
            && (by_consumer || !needs_consumer)
            && signatures.keys().all(|peer| self.is_signed_by(peer, verifier))
    }

    /// Whether this peer's signature is under it, and holds.
    pub fn is_signed_by(&self, peer: &PeerId, verifier: &Verifier) -> bool {
        let signature = self.0.signatures.get(peer);
        signature.is_some_and(|signature| verifier.verify(peer, DOMAIN, self.id().as_bytes(), signature))
    }

    /// Whether it and another one cannot both be true.
    pub fn contradicts(&self, other: &Agreement) -> bool {
        self.id() != other.id() && self.text().slot() == other.text().slot()
    }

    /// The peers that signed both.
    pub fn common_signers(&self, other: &Agreement) -> Vec<PeerId> {
        self.signers().filter(|peer| other.0.signatures.contains_key(peer)).copied().collect()
    }

    /// Both sets of signatures under one text; `None` if nothing is added.
    pub fn merged(&self, other: &Agreement) -> Option<Agreement> {
        let more = self.id() == other.id() && other.signers().any(|peer| !self.0.signatures.contains_key(peer));
        more.then(|| {
            let signatures =
                other.0.signatures.iter().chain(&self.0.signatures).map(|(peer, by)| (*peer, *by)).collect();
            Agreement(Arc::new(Signed { text: self.text().clone(), signatures, id: self.id() }))
        })
    }

    /// The amount by which a contradiction is measured: what moves to somebody else.
    pub fn amount(&self) -> Amount {
        match &self.text().matter {
            Matter::Lock { amount } | Matter::TopUp { added: amount, .. } => *amount,
            Matter::Settlement { paid, burned, .. } => paid.checked_add(*burned).unwrap_or(*paid),
            Matter::Attestation { .. } => Amount::ZERO,
        }
    }
}

impl BorshSerialize for Agreement {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        self.0.text.serialize(writer)?;
        let signatures: Vec<(PeerId, Signature)> = self.0.signatures.iter().map(|(peer, by)| (*peer, *by)).collect();
        signatures.serialize(writer)
    }
}

impl BorshDeserialize for Agreement {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Agreement> {
        let text = Text::deserialize_reader(reader)?;
        let signatures = Bounded::<(PeerId, Signature), SIGNERS_MAX>::deserialize_reader(reader)?;
        let ascending = signatures.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let agreement = Agreement::new(text, signatures.into_vec().into_iter().collect());
        agreement.filter(|_| ascending).ok_or_else(|| Error::new(ErrorKind::InvalidData, "no agreement that can hold"))
    }
}

/// The agreements that a node knows: each that holds, once, and the first of each slot.
#[derive(Clone, Debug, Default)]
pub struct Agreements(Option<Box<Known>>);

#[derive(Clone, Debug, Default)]
struct Known {
    by_id: BTreeMap<Hash, Agreement>,
    by_slot: BTreeMap<(Hash, u8, Hash), Hash>,
}

impl Known {
    fn forget(&mut self, id: Hash) {
        let Some(agreement) = self.by_id.remove(&id) else { return };
        let slot = agreement.text().slot();
        if self.by_slot.get(&slot) == Some(&id) {
            self.by_slot.remove(&slot);
        }
    }
}

impl Agreements {
    /// The agreement with this id.
    pub fn get(&self, id: &Hash) -> Option<&Agreement> {
        self.0.as_ref()?.by_id.get(id)
    }

    /// How many are known.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |known| known.by_id.len())
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Agreement> {
        self.0.iter().flat_map(|known| known.by_id.values())
    }

    /// The first one known that contradicts this one.
    pub(crate) fn contradicted(&self, agreement: &Agreement) -> Option<&Agreement> {
        let known = self.0.as_ref()?;
        known.by_id.get(known.by_slot.get(&agreement.text().slot())?).filter(|other| other.contradicts(agreement))
    }

    /// Keeps an agreement that holds; a known one gets the signatures that it lacks. Whether anything is new. Of more than
    /// `limit` those with the lowest ids stay, so that it does not matter in which order they came.
    pub(crate) fn keep(&mut self, agreement: Agreement, limit: usize) -> bool {
        let known = self.0.get_or_insert_default();
        if known.by_id.len() >= limit && !known.by_id.contains_key(&agreement.id()) {
            match known.by_id.last_key_value().map(|(id, _)| *id) {
                Some(last) if agreement.id() < last => known.forget(last),
                _ => return false,
            }
        }
        known.by_slot.entry(agreement.text().slot()).or_insert(agreement.id());
        let Some(old) = known.by_id.get_mut(&agreement.id()) else {
            known.by_id.insert(agreement.id(), agreement);
            return true;
        };
        let merged = old.merged(&agreement);
        let news = merged.is_some();
        if let Some(merged) = merged {
            *old = merged;
        }
        news
    }

    /// Appends the canonical bytes of the state.
    pub(crate) fn state(&self, bytes: &mut Vec<u8>) {
        (self.len() as u64).encode(bytes);
        self.iter().for_each(|agreement| agreement.encode(bytes));
    }
}

#[cfg(test)]
mod tests;
