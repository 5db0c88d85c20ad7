//! Which observations an expectation counts, and counting them while a world runs.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use contract::{PeerId, Time, Value};
use sim_core::Observed;

use crate::Scenario;
use crate::expect::Claim;
use crate::quantity::{Quantity, Unit};
use crate::raw::Spanned;

/// Some observations.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Their name.
    pub name: String,
    /// Where it is written.
    pub place: Range<usize>,
    /// Who observes; everybody who counts, if it is left out.
    pub by: Option<Range<u32>>,
    /// Whether every node is counted by itself.
    pub each: bool,
    /// What their fields are.
    pub fields: Vec<Field>,
    /// Only later than this; from the beginning if it is zero.
    pub from: Time,
    /// Only up to this.
    pub until: Time,
}

/// A field, and what it has to be.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: Spanned<String>,
    /// What it has to be.
    pub test: Test,
    /// Where that is written.
    pub place: Range<usize>,
}

/// What a field has to be.
#[derive(Clone, Debug)]
pub enum Test {
    /// This node.
    Node(u32),
    /// A quantity of this kind between these two, both included.
    Within(Unit, u64, u64),
    /// This text; a hash as it is printed.
    Text(String),
}

impl Pattern {
    /// Whether an observation is one of them. `honest` says whether what the node says counts; `peer` gives identities.
    fn matches(&self, observed: &Observed, honest: bool, peer: &dyn Fn(u32) -> PeerId) -> bool {
        let when = observed.at <= self.until && (observed.at > self.from || self.from == Time::ZERO);
        let who = self.by.as_ref().map_or(honest, |by| by.contains(&observed.node));
        let what = || {
            let fits = |field: &Field| {
                let value = observed.observation.get(field.name.get_ref());
                value.is_some_and(|value| field.test.fits(value, peer))
            };
            observed.observation.name == self.name && self.fields.iter().all(fits)
        };
        when && who && what()
    }
}

impl Test {
    fn fits(&self, value: &Value, peer: &dyn Fn(u32) -> PeerId) -> bool {
        let within =
            |unit, value| matches!(self, Test::Within(of, low, high) if *of == unit && (low..=high).contains(&&value));
        match value {
            Value::Count(count) => within(Unit::One, *count),
            Value::Amount(amount) => within(Unit::Money, amount.as_micro()),
            Value::Time(time) => within(Unit::Time, time.as_nanos()),
            Value::Span(span) => within(Unit::Time, span.as_nanos()),
            Value::Peer(found) => match self {
                Test::Node(node) => peer(*node) == *found,
                Test::Text(text) => found.to_string() == *text,
                Test::Within(..) => false,
            },
            Value::Hash(hash) => matches!(self, Test::Text(text) if hash.to_string() == *text),
            Value::Text(found) => matches!(self, Test::Text(text) if found == text),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for Field { name, test, .. } in &self.fields {
            let field = name.get_ref();
            match test {
                Test::Node(node) => write!(f, " {field}=#{node}")?,
                Test::Text(text) => write!(f, " {field}={text:?}")?,
                Test::Within(unit, low, high) => {
                    let quantity = |value| Quantity { unit: *unit, value };
                    match (low == high, *high) {
                        (true, _) => write!(f, " {field}={}", quantity(*low))?,
                        (false, u64::MAX) => write!(f, " {field}>={}", quantity(*low))?,
                        (false, high) => write!(f, " {field} in {}..={}", quantity(*low), quantity(high))?,
                    }
                }
            }
        }
        if let Some(by) = &self.by {
            let each = if self.each { "each of " } else { "" };
            write!(f, " by {each}{}..{}", by.start, by.end)?;
        }
        if self.from > Time::ZERO { write!(f, " after {}", self.from) } else { Ok(()) }
    }
}

/// Counts the observations of a run for each expectation that is about some.
pub(crate) struct Tally<'a> {
    rows: Vec<(&'a Pattern, BTreeMap<u32, u64>)>,
}

/// All nodes together.
const ALL: u32 = u32::MAX;

impl<'a> Tally<'a> {
    pub(crate) fn new(scenario: &'a Scenario) -> Tally<'a> {
        let pattern = |claim: &'a Claim| match claim {
            Claim::Observed { pattern, .. } => Some(pattern),
            _ => None,
        };
        let patterns = scenario.expectations.iter().filter_map(|expectation| pattern(&expectation.claim));
        let nobody = |pattern: &Pattern| match (pattern.each, &pattern.by) {
            (true, Some(by)) => by.clone().map(|node| (node, 0)).collect(),
            _ => BTreeMap::from([(ALL, 0)]),
        };
        Tally { rows: patterns.map(|pattern| (pattern, nobody(pattern))).collect() }
    }

    pub(crate) fn see(&mut self, observed: &Observed, honest: bool, peer: &dyn Fn(u32) -> PeerId) {
        for (pattern, counts) in &mut self.rows {
            if pattern.matches(observed, honest, peer) {
                *counts.entry(if pattern.each { observed.node } else { ALL }).or_default() += 1;
            }
        }
    }

    /// For each expectation about observations, in their order, the smallest and the largest count.
    pub(crate) fn finish(self) -> Vec<Seen> {
        let seen = |counts: &BTreeMap<u32, u64>| Seen {
            least: counts.values().copied().min().unwrap_or(0),
            most: counts.values().copied().max().unwrap_or(0),
        };
        self.rows.iter().map(|(_, counts)| seen(counts)).collect()
    }
}

/// How often something was observed in a run: by the node that observed it least and most, where each counts by itself;
/// otherwise both are the number of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The smallest count.
    pub least: u64,
    /// The largest count.
    pub most: u64,
}

#[cfg(test)]
mod tests;
