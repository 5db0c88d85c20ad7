//! What a campaign runs, in which order.

use contract::Hash;

use crate::sweep::{self, Cell, Settings};
use crate::{BadScenario, Registry, Source};

/// All runs of a campaign: every cell with every seed, cell by cell.
#[derive(Clone, Debug)]
pub struct Plan {
    source: Source,
    cells: Vec<Settings>,
    seeds: Vec<u64>,
}

impl Plan {
    /// The plan of a scenario. Every cell is resolved once, to find what is wrong with it before anything runs.
    ///
    /// # Errors
    /// [`BadScenario`] at the first cell that is wrong.
    pub fn new(source: Source, registry: &Registry, seeds: Vec<u64>) -> Result<Plan, BadScenario> {
        let cells = sweep::settings(&source)?;
        cells.iter().try_for_each(|settings| sweep::cell(&source, settings.clone(), registry).map(drop))?;
        Ok(Plan { source, cells, seeds })
    }

    /// The plan of one run.
    ///
    /// # Errors
    /// [`BadScenario`] if the settings do not fit the scenario.
    pub fn one(source: Source, registry: &Registry, settings: Settings, seed: u64) -> Result<Plan, BadScenario> {
        sweep::cell(&source, settings.clone(), registry)?;
        Ok(Plan { source, cells: vec![settings], seeds: vec![seed] })
    }

    /// The scenario's text.
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// The settings of the cells.
    pub fn cells(&self) -> &[Settings] {
        &self.cells
    }

    /// The seeds that every cell is run with.
    pub fn seeds(&self) -> &[u64] {
        &self.seeds
    }

    /// How many runs there are.
    pub fn len(&self) -> usize {
        self.cells.len() * self.seeds.len()
    }

    /// Whether there is nothing to run.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Cell and seed of a run, counted from zero.
    ///
    /// # Panics
    /// If there is no such run.
    pub fn job(&self, index: usize) -> (usize, u64) {
        assert!(index < self.len(), "run {index} of {}", self.len());
        (index / self.seeds.len(), self.seeds[index % self.seeds.len()])
    }

    /// A cell, resolved.
    ///
    /// # Errors
    /// [`BadScenario`], which a plan that was made has excluded.
    pub fn cell(&self, number: usize, registry: &Registry) -> Result<Cell, BadScenario> {
        sweep::cell(&self.source, self.cells[number].clone(), registry)
    }

    /// The hash over all that decides what comes out: the text, the cells, the seeds.
    pub fn hash(&self) -> Hash {
        let cells: Vec<String> = self.cells.iter().map(|cell| format!("{cell:?}\n")).collect();
        Hash::blake3(&[
            b"dunbar/plan/v1",
            self.source.text().as_bytes(),
            cells.concat().as_bytes(),
            format!("{:?}", self.seeds).as_bytes(),
        ])
    }
}
