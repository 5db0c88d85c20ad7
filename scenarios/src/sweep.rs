//! The cells of a sweep: every combination of the values that the swept keys take.

use std::collections::BTreeMap;

use crate::raw::{RawExpect, RawScenario, RawTrial, Spanned};
use crate::resolve::same;
use crate::source::{BadScenario, Source};
use crate::{Registry, Scenario};

/// The most cells of a sweep.
const CELLS_MAX: usize = 100_000;

/// What is the same for all cells: the seeds that are run, the metrics of the table, what is expected of them.
const SHARED: [&str; 8] = ["format", "protocol", "seeds", "first_seed", "sweep", "expect", "measure", "variants"];

/// One combination: the settings, and the scenario under them.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Swept keys and their values, written as TOML.
    pub settings: Vec<(String, String)>,
    /// The text under these settings.
    pub source: Source,
    /// The scenario under these settings.
    pub scenario: Scenario,
}

/// Expands the sweep of a scenario; one cell if it has none. Every cell is resolved and checked by its protocol.
///
/// # Errors
/// [`BadScenario`] at the first cell that is wrong.
pub fn cells(source: &Source, registry: &Registry) -> Result<Vec<Cell>, BadScenario> {
    let RawTrial { sweep, expect, .. } = RawScenario::read(source)?.trial;
    let mut combinations: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for (key, values) in &sweep {
        let place = values.span();
        let first = key.get_ref().split('.').next().unwrap_or_default().trim();
        if SHARED.contains(&first) {
            let message = format!("`{first}` is the same for all cells");
            return Err(source.error(key.span(), message, "run it twice, with --set"));
        }
        if values.get_ref().is_empty() {
            return Err(source.error(place, "a swept key without values", "give at least one value"));
        }
        if combinations.len().saturating_mul(values.get_ref().len()) > CELLS_MAX {
            return Err(source.error(place, "too many cells", format!("a sweep has at most {CELLS_MAX}")));
        }
        let with = |settings: &Vec<(String, String)>, value: &toml::Value| {
            let mut settings = settings.clone();
            settings.push((key.get_ref().clone(), value.to_string()));
            settings
        };
        combinations = combinations
            .iter()
            .flat_map(|settings| values.get_ref().iter().map(move |value| with(settings, value)))
            .collect();
    }
    reachable(source, &sweep, &expect)?;
    combinations.into_iter().map(|settings| cell(source, settings, registry)).collect()
}

type Sweep = BTreeMap<Spanned<String>, Spanned<Vec<toml::Value>>>;

/// An expectation for a value that its swept key never takes would pass whatever happens.
fn reachable(source: &Source, sweep: &Sweep, expect: &[Spanned<RawExpect>]) -> Result<(), BadScenario> {
    for (key, wanted) in expect.iter().flat_map(|expect| &expect.get_ref().when) {
        let swept = sweep.iter().find(|(swept, _)| swept.get_ref() == key.get_ref());
        let Some((_, values)) = swept else { continue };
        if !values.get_ref().iter().any(|value| same(value, wanted.get_ref())) {
            let values: Vec<String> = values.get_ref().iter().map(toml::Value::to_string).collect();
            let message = format!("the sweep never gives `{}` this value", key.get_ref());
            return Err(source.error(wanted.span(), message, format!("it takes {}", values.join(", "))));
        }
    }
    Ok(())
}

fn cell(source: &Source, settings: Vec<(String, String)>, registry: &Registry) -> Result<Cell, BadScenario> {
    let mut source = source.clone();
    for (key, value) in &settings {
        source = source.with(key, value)?;
    }
    let mut scenario = Scenario::resolve(&source)?;
    let system = registry.system_of(&source, &scenario)?;
    system.check(&source, &scenario)?;
    registry.check_names(&source, &scenario)?;
    scenario.parameters = system.parameters(&source, &scenario)?;
    Ok(Cell { settings, source, scenario })
}

#[cfg(test)]
mod tests;
