//! What the runs of each cell come to, computed as the rows go by: only those of one cell are kept at a time.

use contract::Seed;
use scenarios::campaign::{Ran, RunRow};
use scenarios::metric::{Metric, Show};
use statistics::binomial::clopper_pearson;
use statistics::bootstrap::Bootstrap;
use statistics::descriptive::sorted;
use statistics::interval::t_interval;
use statistics::{Interval, mean, quantile};

use crate::exit::Failure;

const LEVEL: f64 = 0.95;
const RESAMPLES: usize = 2_000;
/// Cells that are printed; more are in the file only.
pub(super) const SHOWN_MAX: usize = 100;
/// Failures that are named.
const FAILURES_MAX: usize = 20;

pub(super) struct Summary {
    metrics: &'static [Metric],
    seeds: usize,
    rows: Vec<RunRow>,
    csv: csv::Writer<Vec<u8>>,
    begun: bool,
    results: Results,
}

/// All of it.
#[derive(Default)]
pub(super) struct Results {
    /// The bytes of `cells.csv`.
    pub(super) csv: Vec<u8>,
    /// The first cells.
    pub(super) cells: Vec<Cell>,
    /// The first failures, in words.
    pub(super) failures: Vec<String>,
    /// How many failures there are.
    pub(super) failed: usize,
    /// How many rows.
    pub(super) runs: usize,
}

/// One cell.
pub(super) struct Cell {
    pub(super) settings: Vec<(String, String)>,
    pub(super) done: usize,
    pub(super) failed: usize,
    pub(super) metrics: Vec<Option<Estimate>>,
}

/// What is known about a metric in a cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Estimate {
    pub(super) runs: usize,
    pub(super) mean: f64,
    pub(super) interval: Option<Interval>,
    method: &'static str,
    t: Option<Interval>,
    pub(super) median: f64,
    pub(super) p90: f64,
}

impl Summary {
    pub(super) fn new(metrics: &'static [Metric], seeds: usize) -> Summary {
        let csv = csv::Writer::from_writer(Vec::new());
        Summary { metrics, seeds, rows: Vec::new(), csv, begun: false, results: Results::default() }
    }

    pub(super) fn take(&mut self, row: &RunRow) -> Result<(), Failure> {
        self.results.runs += 1;
        if let Ran::Failed(why) = &row.ran {
            self.results.failed += 1;
            if self.results.failures.len() < FAILURES_MAX {
                self.results.failures.push(format!("cell {}, seed {}: {why}", row.cell, row.seed));
            }
        }
        self.rows.push(row.clone());
        if self.rows.len() == self.seeds { self.end_cell() } else { Ok(()) }
    }

    pub(super) fn finish(mut self) -> Result<Results, Failure> {
        self.results.csv = self.csv.into_inner().map_err(Failure::internal)?;
        Ok(self.results)
    }

    fn end_cell(&mut self) -> Result<(), Failure> {
        let rows = std::mem::take(&mut self.rows);
        let Some(first) = rows.first() else { return Ok(()) };
        let estimates: Vec<Option<Estimate>> = self.metrics.iter().map(|metric| estimate(metric, &rows)).collect();
        let failed = rows.iter().filter(|row| matches!(row.ran, Ran::Failed(_))).count();
        if !self.begun {
            self.begun = true;
            let keys = first.settings.iter().map(|(key, _)| key.as_str());
            let columns = "runs,mean,low,high,method,t_low,t_high,median,p90";
            let columns = ["metric", "unit"].into_iter().chain(columns.split(','));
            self.csv.write_record(["cell"].into_iter().chain(keys).chain(columns)).map_err(Failure::internal)?;
        }
        for (metric, estimate) in self.metrics.iter().zip(&estimates) {
            let Some(estimate) = estimate else { continue };
            let start =
                [first.cell.to_string()].into_iter().chain(first.settings.iter().map(|(_, value)| value.clone()));
            let what = [metric.name.to_owned(), metric.unit().to_owned()];
            self.csv.write_record(start.chain(what).chain(estimate.fields())).map_err(Failure::internal)?;
        }
        if self.results.cells.len() <= SHOWN_MAX {
            let done = rows.len() - failed;
            self.results.cells.push(Cell { settings: first.settings.clone(), done, failed, metrics: estimates });
        }
        Ok(())
    }
}

impl Estimate {
    fn fields(&self) -> impl Iterator<Item = String> {
        let ends = |interval: Option<Interval>| {
            interval.map_or([String::new(), String::new()], |interval| {
                [interval.low.to_string(), interval.high.to_string()]
            })
        };
        let start = [self.runs.to_string(), self.mean.to_string()];
        let [low, high] = ends(self.interval);
        let middle = [low, high, self.method.to_owned()];
        start.into_iter().chain(middle).chain(ends(self.t)).chain([self.median.to_string(), self.p90.to_string()])
    }
}

fn estimate(metric: &Metric, rows: &[RunRow]) -> Option<Estimate> {
    let value = |row: &RunRow| match &row.ran {
        Ran::Done { metrics, .. } => metrics.get(metric.name).copied(),
        Ran::Failed(_) => None,
    };
    let values: Vec<f64> = rows.iter().filter_map(value).collect();
    let mean = mean(&values)?;
    let ordered = sorted(&values);
    let t = t_interval(&values, LEVEL);
    let (interval, method) = if metric.show == Show::Rate && values.iter().all(|value| *value == 0.0 || *value == 1.0) {
        let successes = values.iter().filter(|value| **value == 1.0).count() as u64;
        (Some(clopper_pearson(successes, values.len() as u64, LEVEL)), "clopper-pearson")
    } else {
        // The same values give the same interval, in whatever cell and process.
        let bootstrap = Bootstrap { resamples: RESAMPLES, level: LEVEL, seed: Seed::from_number(0).child("sweep") };
        (bootstrap.mean(&values), "bca")
    };
    let (median, p90) = (quantile(&ordered, 0.5), quantile(&ordered, 0.9));
    Some(Estimate { runs: values.len(), mean, interval, method, t, median, p90 })
}
