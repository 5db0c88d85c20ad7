//! Which expectations something flips, and which nothing does.

use std::collections::{BTreeMap, BTreeSet};

use scenarios::expect::Expectation;
use scenarios::gate::{self, Compare, mutate};
use scenarios::{BadScenario, Registry, Verdict};

use super::Checked;
use crate::exit::Failure;

/// What turning things off showed of a scenario's expectations, by their numbers.
#[derive(Default)]
pub(super) struct Mutated {
    /// Those that nothing flips, and what was turned off in vain.
    pub(super) vacuous: Vec<(usize, String)>,
    /// Those that can fail, and the first thing that flipped each.
    pub(super) flipped: BTreeMap<usize, String>,
}

/// Turns off what can be turned off, until each expectation was flipped. One is looked at in every cell in which it applies;
/// it has to flip in one of them. Invariants, and expectations that do not pass, are left out. Gives also the mutations that fit
/// nothing.
pub(super) fn mutate(
    registry: &Registry,
    one: &Checked,
    family: usize,
) -> Result<(Mutated, Vec<BadScenario>), Failure> {
    let Some(first) = one.cells.first() else { return Ok(Default::default()) };
    let invariants = &first.scenario.invariants;
    let mut open: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for (cell, finding) in one.all() {
        let metric = cell.scenario.expectations[finding.expectation].claim.metric();
        let saved = cell.scenario.expectations[finding.expectation].terms.compare == Some(Compare::Baseline);
        if finding.verdict == Verdict::Pass
            && !saved
            && !metric.is_some_and(|metric| invariants.iter().any(|one| one.get_ref() == metric))
        {
            open.entry(finding.expectation).or_default();
        }
    }
    let (mut flipped, mut wrong) = (BTreeMap::new(), BTreeMap::new());
    for cell in &one.cells {
        if open.is_empty() {
            break;
        }
        for mutant in mutate::mutants(registry, cell)? {
            let mut mutant = match mutant {
                Ok(mutant) => mutant,
                Err(bad) => {
                    wrong.entry(bad.message().to_owned()).or_insert(bad);
                    continue;
                }
            };
            // Nothing was saved of a mutant.
            let saved = |one: &Expectation| one.terms.compare == Some(Compare::Baseline);
            mutant.cell.scenario.expectations.iter_mut().for_each(|one| one.applies &= !saved(one));
            let findings = match super::examined(|| gate::examine(registry, &mutant.cell, family, None)) {
                Ok(findings) => findings,
                Err(gate::Unexamined::Bad(bad)) => return Err((*bad).into()),
                // One that gives nothing says nothing of an expectation.
                Err(
                    gate::Unexamined::Run { what: why, .. }
                    | gate::Unexamined::Panicked { what: why, .. }
                    | gate::Unexamined::Broken(why),
                ) => {
                    for tried in open.values_mut() {
                        tried.insert(format!("{} ({why})", mutant.name));
                    }
                    continue;
                }
            };
            for finding in findings {
                if finding.verdict == Verdict::Pass {
                    if let Some(tried) = open.get_mut(&finding.expectation) {
                        tried.insert(mutant.name.clone());
                    }
                } else if open.remove(&finding.expectation).is_some() {
                    flipped.insert(finding.expectation, mutant.name.clone());
                }
            }
        }
    }
    let why = |tried: BTreeSet<String>| match tried.is_empty() {
        true => "nothing can be turned off here: declare a `[mutation]`, or list its metric in `invariants`".to_owned(),
        false => format!("it passes also with: {}", tried.into_iter().collect::<Vec<_>>().join(", ")),
    };
    // What a mutation that fits nothing would have shown is not known.
    open.retain(|_, _| wrong.is_empty());
    let vacuous = open.into_iter().map(|(expectation, tried)| (expectation, why(tried))).collect();
    Ok((Mutated { vacuous, flipped }, wrong.into_values().collect()))
}
