//! What can be turned off in a scenario, one at a time, to see whether an expectation notices.

use crate::Registry;
use crate::raw::{RawFaults, RawScenario};
use crate::source::{BadScenario, Source, path};
use crate::sweep::{self, Cell};

/// A cell with something turned off.
pub struct Mutant {
    /// What is turned off.
    pub name: String,
    /// What is left.
    pub cell: Cell,
}

/// The cell with each fault left out in turn, or its swarm, and with each `[mutation]` that the scenario declares. Instead of one
/// that sets something that does not fit stands the [`BadScenario`] at its place.
///
/// # Errors
/// [`BadScenario`] if the text cannot be read.
pub fn mutants(registry: &Registry, cell: &Cell) -> Result<Vec<Result<Mutant, BadScenario>>, BadScenario> {
    let raw = RawScenario::read(&cell.source)?;
    let mut mutants = Vec::new();
    match &raw.setting.fault {
        RawFaults::Swarm => {
            let source = cell.source.without(&["fault".to_owned()])?;
            mutants.push(mutant(registry, cell, "without the swarm".to_owned(), &source));
        }
        RawFaults::Listed(faults) => {
            for number in 0..faults.len() {
                let source = cell.source.without_item("fault", number)?;
                mutants.push(mutant(registry, cell, format!("without fault {number}"), &source));
            }
        }
    }
    for (name, set_of) in &raw.trial.mutation {
        let declared = |bad: BadScenario| {
            let what = format!("the mutation `{}`: {}", name.get_ref(), bad.message());
            cell.source.error(name.span(), what, bad.hint().unwrap_or_default())
        };
        if let Err((what, hint)) = mutable(set_of) {
            mutants.push(Err(declared(cell.source.error(name.span(), what, hint))));
            continue;
        }
        let set = |source: Source, (key, value): (&String, &toml::Value)| source.with(key, &value.to_string());
        let source = set_of.iter().try_fold(cell.source.clone(), set);
        let mutant = source.and_then(|source| mutant(registry, cell, name.get_ref().clone(), &source));
        mutants.push(mutant.map_err(declared));
    }
    Ok(mutants)
}

/// What of a scenario is asked, rather than run.
const ASKED: [&str; 8] = ["seeds", "first_seed", "expect", "sweep", "design", "measure", "mutation", "invariants"];

/// Whether a key is about what is asked, rather than about what is run.
pub(crate) fn is_asked(key: &str) -> bool {
    path(key).and_then(|path| path.into_iter().next()).is_some_and(|part| ASKED.contains(&part.as_str()))
}

/// Whether a mutation turns something of the world off, rather than nothing or what is asked of it.
fn mutable(set_of: &toml::Table) -> Result<(), (String, &'static str)> {
    if set_of.is_empty() {
        return Err(("it sets nothing".to_owned(), "name the keys that it sets: `off = { \"parameters.x\" = 0 }`"));
    }
    match set_of.keys().find(|key| is_asked(key)) {
        None => Ok(()),
        Some(key) => {
            let hint = "a mutation turns off an attack, a defence or a fault";
            Err((format!("`{key}` is about what is asked, not about what is run"), hint))
        }
    }
}

fn mutant(registry: &Registry, cell: &Cell, name: String, source: &Source) -> Result<Mutant, BadScenario> {
    let mut left = sweep::cell(source, Vec::new(), registry)?;
    // What is asked of the cell is asked of the mutant, also where it sets a key of a `when`.
    for (expectation, of_cell) in left.scenario.expectations.iter_mut().zip(&cell.scenario.expectations) {
        expectation.applies = of_cell.applies;
    }
    Ok(Mutant { name, cell: left })
}
