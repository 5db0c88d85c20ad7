//! What a node says about itself: names and values that metrics are computed from, without knowing the protocol.

use std::borrow::Cow;
use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{Amount, Hash, PeerId, Span, Time};

/// A named fact with named values, such as `accepted { from, amount }`. What an adversary observes about itself counts
/// for nothing.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Observation {
    /// What happened, in kebab case.
    pub name: Cow<'static, str>,
    /// The circumstances.
    pub fields: Vec<(Cow<'static, str>, Value)>,
}

/// A value of an observation.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Value {
    /// A count.
    Count(u64),
    /// A peer.
    Peer(PeerId),
    /// A digest.
    Hash(Hash),
    /// Money.
    Amount(Amount),
    /// A point in time.
    Time(Time),
    /// A length of time.
    Span(Span),
    /// Anything else.
    Text(Cow<'static, str>),
}

impl Observation {
    /// An observation without values.
    pub const fn new(name: &'static str) -> Observation {
        Observation { name: Cow::Borrowed(name), fields: Vec::new() }
    }

    /// The same with one more value.
    #[must_use]
    pub fn with(mut self, field: &'static str, value: impl Into<Value>) -> Observation {
        self.fields.push((Cow::Borrowed(field), value.into()));
        self
    }

    /// The value of a field.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.fields.iter().find(|(name, _)| name == field).map(|(_, value)| value)
    }
}

impl fmt::Display for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.fields.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Count(count) => count.fmt(f),
            Value::Peer(peer) => write!(f, "{peer:?}"),
            Value::Hash(hash) => write!(f, "{hash:?}"),
            Value::Amount(amount) => amount.fmt(f),
            Value::Time(time) => time.fmt(f),
            Value::Span(span) => span.fmt(f),
            Value::Text(text) => write!(f, "{text:?}"),
        }
    }
}

impl From<u64> for Value {
    fn from(count: u64) -> Value {
        Value::Count(count)
    }
}

impl From<PeerId> for Value {
    fn from(peer: PeerId) -> Value {
        Value::Peer(peer)
    }
}

impl From<Hash> for Value {
    fn from(hash: Hash) -> Value {
        Value::Hash(hash)
    }
}

impl From<Amount> for Value {
    fn from(amount: Amount) -> Value {
        Value::Amount(amount)
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Value {
        Value::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(Cow::Owned(text))
    }
}
