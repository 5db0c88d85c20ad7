//! What nodes may observe, so that an expectation about anything else is refused: it would hold whatever happens.

use contract::PeerId;

use crate::hint::choices;
use crate::pattern::{Field, Pattern, Test};
use crate::quantity::Unit;
use crate::{BadScenario, Scenario, Source};

/// An observation, as expectations name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observable {
    /// Its name.
    pub name: &'static str,
    /// Its fields; `None` if the protocol does not say, and then every field is accepted.
    pub fields: Option<&'static [(&'static str, Holds)]>,
    /// When it is made, in a sentence; empty if the protocol does not say.
    pub meaning: &'static str,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A whole number.
    Count,
    /// A node.
    Peer,
    /// A hash.
    Hash,
    /// Money.
    Amount,
    /// A point in time, or a length of time.
    Time,
    /// A text.
    Text,
}

impl Observable {
    /// One of which nothing but the name is known.
    pub(crate) const fn named(name: &'static str) -> Observable {
        Observable { name, fields: None, meaning: "" }
    }

    /// Its meaning and its fields, in a line.
    pub fn shown(&self) -> String {
        let Some(fields) = self.fields else { return self.meaning.to_owned() };
        let fields: Vec<String> = fields.iter().map(|(name, holds)| format!("{name} ({})", holds.shown())).collect();
        format!("{} Fields: {}.", self.meaning, fields.join(", "))
    }
}

impl Holds {
    /// In a word or two.
    pub const fn shown(self) -> &'static str {
        match self {
            Holds::Count => "a number",
            Holds::Peer => "a node",
            Holds::Hash => "a hash",
            Holds::Amount => "money",
            Holds::Time => "a time",
            Holds::Text => "a text",
        }
    }

    /// Whether what it holds can pass a test.
    fn passes(self, test: &Test) -> bool {
        match (self, test) {
            (Holds::Count, Test::Within(unit, ..)) => *unit == Unit::One,
            (Holds::Amount, Test::Within(unit, ..)) => *unit == Unit::Money,
            (Holds::Time, Test::Within(unit, ..)) => *unit == Unit::Time,
            (Holds::Peer, Test::Text(text)) => PeerId::parse(text).is_some(),
            (Holds::Peer, Test::Node(_)) | (Holds::Hash | Holds::Text, Test::Text(_)) => true,
            _ => false,
        }
    }

    /// What to write instead of this test.
    fn hint(self, test: &Test, scenario: &Scenario) -> String {
        match (self, test) {
            (Holds::Peer, Test::Text(wrong)) => scenario.names_hint(wrong),
            (Holds::Peer, _) => "write the name of a node".to_owned(),
            (Holds::Count, _) => "write a whole number, or bounds `{ at_least = 1 }`".to_owned(),
            (Holds::Amount, _) => "write money, such as \"10 OMC\", or bounds `{ at_least = \"10 OMC\" }`".to_owned(),
            (Holds::Time, _) => "write a time, such as \"1.5 s\", or bounds `{ at_most = \"1.5 s\" }`".to_owned(),
            (Holds::Hash, _) => "write its hexadecimal digits in quotes".to_owned(),
            (Holds::Text, _) => "write the text in quotes; a name of a node and a quantity are none".to_owned(),
        }
    }
}

/// Whether nodes can make the observations of a pattern: a known one, with fields that it has and that can be so.
pub(crate) fn check(
    source: &Source,
    scenario: &Scenario,
    pattern: &Pattern,
    all: &[Observable],
) -> Result<(), BadScenario> {
    let Some(one) = all.iter().find(|one| one.name == pattern.name) else {
        let hint = choices(&pattern.name, all.iter().map(|one| one.name)).unwrap_or_default();
        return Err(source.error(pattern.place.clone(), format!("no observation `{}`", pattern.name), hint));
    };
    let Some(fields) = one.fields else { return Ok(()) };
    for Field { name, test, place } in &pattern.fields {
        let known = fields.iter().find(|(field, _)| *field == name.get_ref());
        let Some((_, holds)) = known else {
            let hint = choices(name.get_ref(), fields.iter().map(|(field, _)| *field)).unwrap_or_default();
            return Err(source.error(name.span(), format!("`{}` has no field `{}`", one.name, name.get_ref()), hint));
        };
        if !holds.passes(test) {
            let what = format!("`{}` of `{}` is {}, and never this", name.get_ref(), one.name, holds.shown());
            return Err(source.error(place.clone(), what, holds.hint(test, scenario)));
        }
    }
    Ok(())
}
