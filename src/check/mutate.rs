//! Which expectations nothing flips.

use std::collections::{BTreeMap, BTreeSet};

use scenarios::gate::{self, mutate};
use scenarios::{Registry, Verdict};

use super::Checked;
use crate::exit::Failure;

/// The expectations that pass whatever is turned off. One is looked at in every cell in which it applies; it has to flip in
/// one of them. Invariants, and expectations that do not pass, are left out.
pub(super) fn vacuous(registry: &Registry, one: &Checked, family: usize) -> Result<Vec<(usize, String)>, Failure> {
    let Some(first) = one.cells.first() else { return Ok(Vec::new()) };
    let invariants = mutate::invariants(registry, first)?;
    let mut open: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for (cell, finding) in one.all() {
        let metric = cell.scenario.expectations[finding.expectation].claim.metric();
        if finding.verdict == Verdict::Pass && !metric.is_some_and(|metric| invariants.iter().any(|one| one == metric))
        {
            open.entry(finding.expectation).or_default();
        }
    }
    for cell in &one.cells {
        if open.is_empty() {
            break;
        }
        for mutant in mutate::mutants(registry, cell)? {
            let findings = match gate::examine(registry, &mutant.cell, family, None) {
                Ok(findings) => findings,
                // What needs a baseline cannot be asked of a mutant, and a run that gives nothing flips everything.
                Err(gate::Unexamined::Bad(bad)) => return Err((*bad).into()),
                Err(gate::Unexamined::Run(_) | gate::Unexamined::Broken(_)) => {
                    open.clear();
                    break;
                }
            };
            for finding in findings {
                if finding.verdict == Verdict::Pass {
                    if let Some(tried) = open.get_mut(&finding.expectation) {
                        tried.insert(mutant.name.clone());
                    }
                } else {
                    open.remove(&finding.expectation);
                }
            }
        }
    }
    let why = |tried: BTreeSet<String>| match tried.is_empty() {
        true => "nothing can be turned off here: declare a `[mutation]`, or list its metric in `invariants`".to_owned(),
        false => format!("it passes also with: {}", tried.into_iter().collect::<Vec<_>>().join(", ")),
    };
    Ok(open.into_iter().map(|(expectation, tried)| (expectation, why(tried))).collect())
}
