//! Where the parameters of a role or a strategy are written in a scenario.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::Parameter;
use crate::Source;

type Written = BTreeMap<String, Spanned<toml::Value>>;

#[derive(Deserialize)]
struct Parameters {
    #[serde(default)]
    parameters: Written,
    #[serde(default)]
    population: Vec<OfPopulation>,
}

#[derive(Deserialize)]
struct OfPopulation {
    #[serde(default)]
    parameters: Written,
    #[serde(default)]
    strategy_parameters: Written,
}

/// Where a parameter of a population has its value: its own, or one that the scenario gives to all.
pub(super) fn of(source: &Source, population: usize, parameter: &Parameter) -> Option<Range<usize>> {
    let Parameters { parameters, population: all } = source.read().ok()?;
    let own = all.get(population)?;
    let value = match parameter {
        Parameter::OfRole(name) => own.parameters.get(name).or_else(|| parameters.get(name)),
        Parameter::OfStrategy(name) => own.strategy_parameters.get(name),
    };
    value.map(Spanned::span)
}
