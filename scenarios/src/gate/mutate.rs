//! What can be turned off in a scenario, one at a time, to see whether an expectation notices.

use crate::Registry;
use crate::raw::RawScenario;
use crate::source::{BadScenario, closest};
use crate::sweep::{self, Cell};

/// A cell with something turned off.
pub struct Mutant {
    /// What is turned off.
    pub name: String,
    /// What is left.
    pub cell: Cell,
}

/// The cell with each fault left out in turn, and with each `[mutation]` that the scenario declares.
///
/// # Errors
/// [`BadScenario`] where a mutation sets something that does not fit.
pub fn mutants(registry: &Registry, cell: &Cell) -> Result<Vec<Mutant>, BadScenario> {
    let raw = RawScenario::read(&cell.source)?;
    let mut mutants = Vec::new();
    for number in 0..raw.setting.fault.len() {
        let source = cell.source.without_item("fault", number)?;
        let name = format!("without fault {number}");
        mutants.push(Mutant { name, cell: sweep::cell(&source, Vec::new(), registry)? });
    }
    for (name, set) in &raw.trial.mutation {
        let mut source = cell.source.clone();
        for (key, value) in set {
            source = source.with(key, &value.to_string())?;
        }
        mutants.push(Mutant { name: name.get_ref().clone(), cell: sweep::cell(&source, Vec::new(), registry)? });
    }
    Ok(mutants)
}

/// The metrics whose expectations no mutation has to flip.
///
/// # Errors
/// [`BadScenario`] if the text cannot be read, or at a metric that the protocol does not give.
pub fn invariants(registry: &Registry, cell: &Cell) -> Result<Vec<String>, BadScenario> {
    let raw = RawScenario::read(&cell.source)?;
    let known = registry.system_of(&cell.source, &cell.scenario)?.metrics();
    for invariant in &raw.trial.invariants {
        if !known.iter().any(|metric| metric.name == invariant.get_ref()) {
            let hint = closest(invariant.get_ref(), known.iter().map(|metric| metric.name)).unwrap_or_default();
            return Err(cell.source.error(invariant.span(), format!("no metric `{}`", invariant.get_ref()), hint));
        }
    }
    Ok(raw.trial.invariants.into_iter().map(|name| name.into_inner()).collect())
}
