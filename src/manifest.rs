//! The manifest of a run: what ran, by which program, with which digests. It is enough to run it again.

use std::collections::BTreeMap;

use contract::Hash;
use net_model::topology::Statistics;
use scenarios::expect::{Judgement, not_judged};
use scenarios::sweep::Cell;
use scenarios::{Batch, Row, Source};
use serde::{Deserialize, Serialize};

/// The version of the manifest.
pub(crate) const FORMAT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    pub(crate) program: Program,
    pub(crate) scenario: ScenarioPart,
    pub(crate) seeds: Vec<u64>,
    /// BLAKE3 over the digests of all runs, in order.
    pub(crate) digest: String,
    pub(crate) runs: Vec<RunPart>,
    /// Runs that were ended before the horizon, which stand in `stopped.csv` and count for nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) stopped: Vec<StoppedPart>,
    /// How many runs were asked for, where the command was interrupted before all were done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) interrupted_of: Option<usize>,
    /// The most memory that the process had, in bytes; absent where the system does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) peak_memory_bytes: Option<u64>,
    #[serde(default, skip_deserializing)]
    pub(crate) judgements: Vec<Judgement>,
    /// Which expectations, counted from zero, were held against no cell.
    #[serde(default, skip_deserializing)]
    pub(crate) not_judged: Vec<usize>,
}

#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) version: String,
    pub(crate) commit: String,
    pub(crate) compiler: String,
    pub(crate) target: String,
    pub(crate) profile: String,
}

impl Program {
    pub(crate) fn this() -> Program {
        Program {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: env!("DUNBAR_COMMIT").to_owned(),
            compiler: env!("DUNBAR_COMPILER").to_owned(),
            target: env!("DUNBAR_TARGET").to_owned(),
            profile: env!("DUNBAR_PROFILE").to_owned(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ScenarioPart {
    pub(crate) file: String,
    pub(crate) title: String,
    /// BLAKE3 of the text.
    pub(crate) hash: String,
    /// The whole text, overrides applied.
    pub(crate) text: String,
    /// The files beside it that it names, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) files: BTreeMap<String, String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RunPart {
    pub(crate) cell: usize,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) seed: u64,
    pub(crate) digest: String,
    pub(crate) events: u64,
    pub(crate) ties: u64,
    pub(crate) sent: u64,
    pub(crate) delivered: u64,
    pub(crate) lost: u64,
    pub(crate) in_flight: u64,
    pub(crate) bytes_sent: u64,
    /// Whether the run used up its events before the horizon.
    pub(crate) exhausted: bool,
    /// The faults that were drawn for this run, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) faults: Vec<String>,
    #[serde(flatten)]
    pub(crate) memory: MemoryPart,
    /// What the links between the nodes are like; absent if everybody knows everybody.
    #[serde(default, skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub(crate) graph: Option<Statistics>,
}

/// A run that was ended before the horizon.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoppedPart {
    pub(crate) cell: usize,
    pub(crate) seed: u64,
    pub(crate) at_ns: u64,
}

/// What the world took at the end of a run.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MemoryPart {
    pub(crate) bytes_per_node: f64,
    pub(crate) bytes_per_event_in_flight: f64,
}

impl Manifest {
    pub(crate) fn of(
        source: &Source,
        cells: &[Cell],
        seeds: &[u64],
        batch: &Batch,
        judgements: Vec<Judgement>,
    ) -> Manifest {
        let digests: Vec<Hash> = batch.rows.iter().map(|row| row.outcome.digest).collect();
        Manifest {
            format: FORMAT,
            program: Program::this(),
            scenario: ScenarioPart {
                file: source.name().to_owned(),
                title: cells.first().map(|cell| cell.scenario.about.title.clone()).unwrap_or_default(),
                hash: hash(source.text()),
                text: source.text().to_owned(),
                files: source.files(),
            },
            seeds: seeds.to_vec(),
            digest: whole_digest(&digests),
            runs: batch.rows.iter().map(|row| run_part(row, &batch.cells[row.cell])).collect(),
            stopped: batch.cut.iter().map(stopped_part).collect(),
            interrupted_of: None,
            peak_memory_bytes: peak_memory_bytes(),
            not_judged: not_judged(cells, &judgements),
            judgements,
        }
    }
}

/// One digest over those of all runs, by cell and then by seed.
pub(crate) fn whole_digest(digests: &[Hash]) -> String {
    let parts: Vec<&[u8]> = digests.iter().map(|digest| digest.as_bytes().as_slice()).collect();
    Hash::blake3(&parts).to_string()
}

/// BLAKE3 of each file beside a scenario that was read so far, by name.
pub(crate) fn hashes(source: &Source) -> BTreeMap<String, String> {
    source.files().iter().map(|(name, text)| (name.clone(), hash(text))).collect()
}

/// BLAKE3 of a text.
pub(crate) fn hash(text: &str) -> String {
    Hash::blake3(&[text.as_bytes()]).to_string()
}

fn run_part(row: &Row, settings: &[(String, String)]) -> RunPart {
    let (counts, memory) = (row.outcome.counts, row.outcome.memory);
    RunPart {
        cell: row.cell,
        settings: settings.to_vec(),
        seed: row.seed,
        digest: row.outcome.digest.to_string(),
        events: counts.events,
        ties: counts.ties,
        sent: counts.sent,
        delivered: counts.delivered,
        lost: counts.lost(),
        in_flight: counts.in_flight,
        bytes_sent: counts.bytes_sent,
        exhausted: row.outcome.exhausted,
        faults: row.outcome.faults.clone(),
        memory: MemoryPart {
            bytes_per_node: memory.per_node().round(),
            bytes_per_event_in_flight: memory.per_event().round(),
        },
        graph: row.outcome.graph.clone(),
    }
}

fn stopped_part(row: &Row) -> StoppedPart {
    let at = row.outcome.stopped.unwrap_or_default();
    StoppedPart { cell: row.cell, seed: row.seed, at_ns: at.as_nanos() }
}

/// The high-water mark of this process, where Linux tells it.
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
