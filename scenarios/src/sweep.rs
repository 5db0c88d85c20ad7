//! The cells of a sweep: combinations of the values that the swept keys take.

mod design;

use crate::raw::{RawScenario, RawTrial};
use crate::resolve::same;
use crate::source::{BadScenario, Source};
use crate::{Registry, Scenario};

pub use design::RawDesign;
use design::{Axis, Design};

/// The most cells of a sweep.
const CELLS_MAX: usize = 100_000;
/// The most runs of one command: cells times seeds. What each of them measured is kept until the end.
pub const RUNS_MAX: u64 = 1_000_000;

/// What is the same for all cells: the seeds that are run, the metrics of the table, what is expected of them.
const SHARED: [&str; 9] =
    ["format", "protocol", "seeds", "first_seed", "sweep", "design", "expect", "measure", "variants"];

/// One combination: the settings, and the scenario under them.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Swept keys and their values, written as TOML.
    pub settings: Settings,
    /// The text under these settings.
    pub source: Source,
    /// The scenario under these settings.
    pub scenario: Scenario,
}

/// What is set in a cell: keys, and values written as TOML.
pub type Settings = Vec<(String, String)>;

/// Expands the sweep of a scenario; one cell if it has none. Every cell is resolved and checked by its protocol.
///
/// # Errors
/// [`BadScenario`] at the first cell that is wrong.
pub fn cells(source: &Source, registry: &Registry) -> Result<Vec<Cell>, BadScenario> {
    settings(source)?.into_iter().map(|settings| cell(source, settings, registry)).collect()
}

/// The settings of all cells, not resolved yet.
///
/// # Errors
/// [`BadScenario`] at what is wrong with the sweep or its design.
pub fn settings(source: &Source) -> Result<Vec<Settings>, BadScenario> {
    let raw = RawScenario::read(source)?.trial;
    let design = Design::read(source, raw.design.as_ref())?;
    let mut axes: Vec<(String, Axis)> = Vec::new();
    for (key, written) in &raw.sweep {
        let first = key.get_ref().split('.').next().unwrap_or_default().trim();
        if SHARED.contains(&first) {
            let message = format!("`{first}` is the same for all cells");
            return Err(source.error(key.span(), message, "run it twice, with --set"));
        }
        axes.push((key.get_ref().clone(), Axis::read(source, written)?));
        if design.cells(&axes) > CELLS_MAX {
            let hint = format!("a sweep has at most {CELLS_MAX}");
            return Err(source.error(written.span(), "too many cells", hint));
        }
    }
    if let (Some(written), true) = (&raw.design, axes.is_empty()) {
        return Err(source.error(
            written.kind.span(),
            "a design without a sweep",
            "add `[sweep]` with keys and values",
        ));
    }
    let cells = if axes.is_empty() { 1 } else { design.cells(&axes) };
    affordable(cells, *raw.seeds.get_ref()).map_err(|(what, hint)| {
        // Seeds that nobody wrote down are not at fault.
        let swept = raw.sweep.last_key_value().map(|(_, values)| values.span());
        let place = Some(raw.seeds.span()).filter(|place| !place.is_empty()).or(swept).unwrap_or(0..0);
        source.error(place, what, hint)
    })?;
    reachable(source, &raw, &axes)?;
    design.settings(&axes).map_err(|key| {
        let place = raw.sweep.iter().find(|(swept, _)| *swept.get_ref() == key).map_or(0..0, |(_, range)| range.span());
        source.error(place, "a range of a grid without a count", "add `count = 5`, or a `[design]` that samples")
    })
}

/// Whether one command may run so many cells with so many seeds.
///
/// # Errors
/// What it would come to, and what to do about it.
pub fn affordable(cells: usize, seeds: u32) -> Result<(), (String, String)> {
    let runs = cells as u64 * u64::from(seeds);
    if runs <= RUNS_MAX {
        return Ok(());
    }
    let cells = if cells == 1 { "1 cell".to_owned() } else { format!("{cells} cells") };
    let hint = format!("one command makes at most {RUNS_MAX} runs: choose fewer seeds, or fewer cells");
    Err((format!("{cells} with {seeds} seeds are {runs} runs"), hint))
}

/// An expectation for a value that its swept key never takes would pass whatever happens.
fn reachable(source: &Source, raw: &RawTrial, axes: &[(String, Axis)]) -> Result<(), BadScenario> {
    for (key, wanted) in raw.expect.iter().flat_map(|expect| &expect.get_ref().when) {
        let swept = axes.iter().find(|(swept, _)| swept == key.get_ref());
        let Some(values) = swept.and_then(|(_, axis)| axis.list()) else { continue };
        if !values.iter().any(|value| same(value, wanted.get_ref())) {
            let values: Vec<String> = values.iter().map(toml::Value::to_string).collect();
            let message = format!("the sweep never gives `{}` this value", key.get_ref());
            return Err(source.error(wanted.span(), message, format!("it takes {}", values.join(", "))));
        }
    }
    Ok(())
}

/// The scenario under these settings, checked by its protocol.
///
/// # Errors
/// [`BadScenario`] at what is wrong.
pub fn cell(source: &Source, settings: Settings, registry: &Registry) -> Result<Cell, BadScenario> {
    let mut set = source.clone();
    for (key, value) in &settings {
        // Only a key that leads nowhere has to be looked for.
        set = set.with(key, value).or_else(|_| set.with_set(key, value, set.place_of_key(&["sweep", key])))?;
    }
    let source = set;
    let mut scenario = Scenario::resolve(&source)?;
    let system = registry.system_of(&source, &scenario)?;
    system.check(&source, &scenario)?;
    registry.check_names(&source, &scenario)?;
    scenario.parameters = system.parameters(&source, &scenario)?;
    Ok(Cell { settings, source, scenario })
}

#[cfg(test)]
mod tests;
