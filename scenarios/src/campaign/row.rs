//! One line of results: what came of one run.

use std::collections::BTreeMap;

use contract::Hash;
use serde::{Deserialize, Serialize};

use crate::Outcome;
use crate::sweep::Settings;

/// One run: its cell, its seed, what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRow {
    /// The cell, counted from zero.
    pub cell: usize,
    /// What is set in it, written as TOML.
    pub settings: Settings,
    /// The seed's number.
    pub seed: u64,
    /// What came of it.
    #[serde(flatten)]
    pub ran: Ran,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ran {
    /// It ran to its horizon.
    Done {
        /// The digest over everything that happened.
        digest: String,
        /// Events handled.
        events: u64,
        /// Its metrics; one without a finite value is absent.
        metrics: BTreeMap<String, f64>,
    },
    /// It gave nothing, and why.
    Failed(String),
}

impl Ran {
    /// What came of a run that ended in order. One that used up its events has not seen its horizon, so it failed.
    pub fn of(outcome: &Outcome) -> Ran {
        let events = outcome.counts.events;
        if outcome.exhausted {
            return Ran::Failed(format!("used up its events before the horizon, {events} of them"));
        }
        let finite = outcome.metrics.iter().filter(|(_, value)| value.is_finite());
        let metrics = finite.map(|(name, value)| ((*name).to_owned(), *value)).collect();
        Ran::Done { digest: outcome.digest.to_string(), events, metrics }
    }
}

/// Why a line of results is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRow {
    /// It is not the JSON of a row.
    #[error("it is no row: {0}")]
    Syntax(String),
    /// Something in it was changed.
    #[error("its checksum is {found}, and should be {expected}")]
    Changed {
        /// The one in the line.
        found: String,
        /// The one of its content.
        expected: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    row: RunRow,
    /// The first half of BLAKE3 over the row as JSON.
    check: String,
}

impl RunRow {
    /// The line, without its end. The same row gives the same bytes.
    pub fn to_line(&self) -> String {
        let line = Line { row: self.clone(), check: self.check() };
        serde_json::to_string(&line).expect("a row has only text keys and finite numbers")
    }

    /// Reads a line.
    ///
    /// # Errors
    /// [`BadRow`] if it is damaged.
    pub fn from_line(line: &str) -> Result<RunRow, BadRow> {
        let line: Line = serde_json::from_str(line).map_err(|error| BadRow::Syntax(error.to_string()))?;
        let expected = line.row.check();
        if line.check == expected { Ok(line.row) } else { Err(BadRow::Changed { found: line.check, expected }) }
    }

    fn check(&self) -> String {
        let json = serde_json::to_string(self).expect("a row has only text keys and finite numbers");
        Hash::blake3(&[json.as_bytes()]).to_string()[..32].to_owned()
    }
}
