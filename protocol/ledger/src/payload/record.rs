//! What an owner says about others and about the market. A record moves no money; it may move trust.

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Amount, Bounded, Hash, PeerId, Span, Time};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::block::BadBlock;
use crate::text;
use crate::trust::Class;

/// The most hashes that an assertion or accusation names.
pub(crate) const NAMED_MAX: usize = 8;

/// A record (`records.md`, "Verification, assertions, orders"). In JSON: `{"assertion": {"subject": "#7", …}}`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Record {
    /// VERIFICATION_LOG.
    Verification(Verification),
    /// TRUST_ASSERTION.
    Assertion(Assertion),
    /// ACCUSATION: raises how often its subject is checked, and lowers nothing.
    Accusation(Accusation),
    /// ORDER.
    Order(Order),
    /// ORDER_MATCH, half of it on either side's chain.
    OrderMatch(OrderMatch),
    /// DONATION.
    Donation(Donation),
    /// PARAMETER_CHANGE.
    ParameterChange(ParameterChange),
}

/// A number in millionths: scores from −1 to 1, multipliers up to 2147. In JSON and TOML it is a decimal number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Millionths(pub i32);

impl Millionths {
    /// One.
    pub const ONE: Millionths = Millionths(1_000_000);

    /// The number.
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 1e6
    }

    fn within(self, low: i32, high: i32) -> Result<(), BadBlock> {
        let inside = (low * 1_000_000..=high * 1_000_000).contains(&self.0);
        if inside { Ok(()) } else { Err(BadBlock::Range) }
    }
}

impl Serialize for Millionths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_f64())
    }
}

impl<'de> Deserialize<'de> for Millionths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Millionths, D::Error> {
        let scaled = (<f64 as Deserialize>::deserialize(deserializer)? * 1e6).round();
        let fits = scaled.is_finite() && scaled >= f64::from(i32::MIN) && scaled <= f64::from(i32::MAX);
        // The range was just checked, and the number is whole.
        fits.then_some(Millionths(scaled as i32))
            .ok_or_else(|| serde::de::Error::custom("a number beyond 2147, which is too large"))
    }
}

/// How much of what, for trust: a class of machine for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Resources {
    /// The class of the machine.
    pub class: Class,
    /// For how long.
    #[serde(with = "text::span")]
    pub duration: Span,
}

/// Somebody measured what a provider claims.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Verification {
    /// The session; zero if it was none.
    #[serde(with = "text::hash", default)]
    pub session: Hash,
    /// Who was measured.
    #[serde(with = "text::peer")]
    pub subject: PeerId,
    /// What was claimed.
    pub claimed: Resources,
    /// What was measured.
    pub measured: Resources,
    /// Measured over claimed, 0 to 1, the minimum over all resources.
    pub score: Millionths,
    /// Whether the score reaches the pass mark of 0.7.
    pub pass: bool,
    /// The panel that it was part of; zero for none.
    #[serde(with = "text::hash", default)]
    pub panel: Hash,
    /// The hash of the vote and the nonce, as it was committed before; zero for none.
    #[serde(with = "text::hash", default)]
    pub commitment: Hash,
    /// The nonce.
    #[serde(default)]
    pub nonce: u64,
}

/// A judgement about an incident whose evidence anybody can look at. It moves trust.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Assertion {
    /// About whom.
    #[serde(with = "text::peer")]
    pub subject: PeerId,
    /// From −1 to 1.
    pub score: Millionths,
    /// What happened.
    pub classification: Classification,
    /// Ids of evidence; none halves the weight.
    #[serde(with = "text::hashes", default)]
    pub evidence: Bounded<Hash, NAMED_MAX>,
    /// The hash of the reasoning; zero for none.
    #[serde(with = "text::hash", default)]
    pub reasoning: Hash,
    /// How severe it was, 0 to 2.
    #[serde(default = "one")]
    pub impact: Millionths,
    /// How often before, 0 to 2.
    #[serde(default = "one")]
    pub context: Millionths,
}

const fn one() -> Millionths {
    Millionths::ONE
}

/// What an assertion is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Classification {
    /// Less was delivered than claimed.
    ResourceMismatch,
    /// A session was left.
    SessionAbandonment,
    /// A payment is disputed.
    PaymentDispute,
    /// A verification failed.
    VerificationFailure,
    /// Harm was meant.
    MaliciousBehavior,
    /// Witnesses disagree.
    NetworkDisagreement,
    /// Better than agreed.
    ExcellentService,
    /// Always there.
    ReliableUptime,
    /// A problem was solved at once.
    FastResolution,
    /// Help for others.
    HelpfulBehavior,
    /// Something else.
    Unclassified,
}

/// A suspicion.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Accusation {
    /// About whom.
    #[serde(with = "text::peer")]
    pub subject: PeerId,
    /// What is suspected.
    pub kind: Classification,
    /// The hash of what supports it; zero for nothing.
    #[serde(with = "text::hash", default)]
    pub evidence: Hash,
    /// Sessions that the accuser bought from the subject.
    #[serde(with = "text::hashes", default)]
    pub sessions: Bounded<Hash, NAMED_MAX>,
}

/// Which side of the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Buys.
    Bid,
    /// Sells.
    Ask,
}

/// An offer.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Order {
    /// Bid or ask.
    pub side: Side,
    /// Of what.
    pub class: Class,
    /// Micro-units an hour; below zero for a donation.
    pub price_per_hour: i64,
    /// The shortest time.
    #[serde(with = "text::span")]
    pub minimum: Span,
    /// The longest time.
    #[serde(with = "text::span")]
    pub maximum: Span,
    /// How many machines.
    pub quantity: u32,
    /// How long the offer stands.
    #[serde(with = "text::span")]
    pub expires_in: Span,
    /// Whether it stays when it is not matched at once.
    #[serde(default)]
    pub standing: bool,
}

/// Two orders met.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OrderMatch {
    /// The block of the own order.
    #[serde(with = "text::hash")]
    pub own: Hash,
    /// The block of the other order.
    #[serde(with = "text::hash")]
    pub other: Hash,
    /// Whose it is.
    #[serde(with = "text::peer")]
    pub partner: PeerId,
    /// Micro-units an hour.
    pub price_per_hour: i64,
    /// The session that follows.
    #[serde(with = "text::hash")]
    pub session: Hash,
}

/// A provider burned money for a session that it gave away.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Donation {
    /// The session.
    #[serde(with = "text::hash")]
    pub session: Hash,
    /// How much was burned.
    #[serde(with = "text::money")]
    pub burned: Amount,
    /// By how much its trust is multiplied, 1 to 4.
    pub multiplier: Millionths,
}

/// A policy engine changed a parameter.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ParameterChange {
    /// The hash of the parameter's name.
    #[serde(with = "text::hash")]
    pub parameter: Hash,
    /// Its value before.
    pub old: Millionths,
    /// Its value from then on.
    pub new: Millionths,
    /// The hash of the metric values that led to it.
    #[serde(with = "text::hash", default)]
    pub metrics: Hash,
    /// When it takes effect, in nanoseconds: not before the block's timestamp.
    #[serde(with = "text::time")]
    pub effective: Time,
}

impl Record {
    /// About whom it is, if it is about somebody.
    pub const fn subject(&self) -> Option<PeerId> {
        match self {
            Record::Verification(Verification { subject, .. })
            | Record::Assertion(Assertion { subject, .. })
            | Record::Accusation(Accusation { subject, .. }) => Some(*subject),
            Record::OrderMatch(OrderMatch { partner, .. }) => Some(*partner),
            Record::Order(_) | Record::Donation(_) | Record::ParameterChange(_) => None,
        }
    }

    pub(super) fn check(&self, owner: &PeerId, timestamp: Time) -> Result<(), BadBlock> {
        if self.subject() == Some(*owner) {
            return Err(BadBlock::ToItself);
        }
        match self {
            Record::Verification(Verification { claimed, measured, score, pass, .. }) => {
                score.within(0, 1)?;
                let agrees = *pass == (score.as_f64() >= crate::trust::PASS_MARK) && claimed.class == measured.class;
                if agrees && *score <= ratio(*measured, *claimed) { Ok(()) } else { Err(BadBlock::Sum) }
            }
            Record::Assertion(Assertion { score, impact, context, .. }) => {
                score.within(-1, 1)?;
                impact.within(0, 2)?;
                context.within(0, 2)
            }
            Record::Order(Order { minimum, maximum, quantity, .. }) => {
                if minimum <= maximum && *quantity > 0 {
                    Ok(())
                } else {
                    Err(BadBlock::Range)
                }
            }
            Record::Donation(Donation { multiplier, .. }) => multiplier.within(0, 4),
            Record::ParameterChange(ParameterChange { effective, .. }) => {
                if *effective >= timestamp {
                    Ok(())
                } else {
                    Err(BadBlock::Range)
                }
            }
            Record::Accusation(_) | Record::OrderMatch(_) => Ok(()),
        }
    }
}

/// Measured over claimed, as far as the duration says it: an upper bound of the score.
fn ratio(measured: Resources, claimed: Resources) -> Millionths {
    let (measured, claimed) =
        (measured.duration.as_nanos().min(claimed.duration.as_nanos()), claimed.duration.as_nanos());
    // At most a million.
    let millionths = u128::from(measured) * 1_000_000 / u128::from(claimed.max(1));
    Millionths(if claimed == 0 { 0 } else { millionths as i32 })
}
