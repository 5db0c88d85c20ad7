//! Progress of a sweep, and its table.

use std::cell::Cell as Slot;
use std::io::IsTerminal as _;
use std::path::Path;
use std::time::{Duration, Instant};

use comfy_table::{CellAlignment, Table, presets};
use indicatif::ProgressBar;
use scenarios::campaign::{Plan, Progress};
use scenarios::metric::{Metric, Show};

use crate::exit::Failure;
use crate::{output, progress};

use super::summary::{Estimate, Results, SHOWN_MAX};

/// The time between two lines of progress where there is no terminal.
const EVERY: Duration = Duration::from_secs(10);

/// How far the sweep is: a bar on a terminal, a line now and then elsewhere.
pub(super) struct Bar {
    bar: Option<ProgressBar>,
    quiet: bool,
    began: Instant,
    last: Slot<Instant>,
    skipped: usize,
    runs: usize,
    seeds: usize,
}

impl Bar {
    pub(super) fn new(plan: &Plan, skipped: usize, quiet: bool) -> Bar {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = progress::bar(plan.len() as u64, "runs, {msg}", quiet).with_position(skipped as u64);
            bar.reset_eta();
            bar
        });
        let now = Instant::now();
        Bar { bar, quiet, began: now, last: Slot::new(now), skipped, runs: plan.len(), seeds: plan.seeds().len() }
    }

    pub(super) fn show(&self, progress: Progress) {
        let cells = format!("{}/{} cells", progress.done / self.seeds, self.runs / self.seeds);
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{cells}, {} failed", progress.failed));
            bar.set_position(progress.done as u64);
            return;
        }
        let now = Instant::now();
        if self.quiet || now.duration_since(self.last.get()) < EVERY {
            return;
        }
        self.last.set(now);
        let rate = (progress.done - self.skipped) as f64 / now.duration_since(self.began).as_secs_f64();
        let left = (self.runs - progress.done) as f64 / rate;
        output::remark(format_args!(
            "{}/{} runs, {cells}, {} failed, {rate:.1} runs/s, {left:.0} s left",
            progress.done, self.runs, progress.failed
        ));
    }

    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

pub(super) fn results(
    plan: &Plan,
    results: &Results,
    metrics: &[Metric],
    (path, json): (&Path, bool),
) -> Result<(), Failure> {
    if json {
        return output::print(serde_json::json!({
            "folder": path.to_string_lossy(), "cells": plan.cells().len(), "seeds": plan.seeds().len(), "runs": results.runs,
            "failed": results.failed, "failures": results.failures, "plan": plan.hash().to_string(),
        }));
    }
    let mut text = match plan.cells().len() {
        ..=SHOWN_MAX => format!("{}\n", table(results, metrics)),
        cells => format!("{cells} cells: too many for a table\n"),
    };
    for failure in &results.failures {
        text.push_str(&format!("failed: {failure}\n"));
    }
    if results.failed > results.failures.len() {
        text.push_str(&format!("and {} more\n", results.failed - results.failures.len()));
    }
    output::print(format_args!(
        "{text}{} runs, {} failed; means with 95 % intervals; rows.jsonl and cells.csv are in {}",
        results.runs,
        results.failed,
        path.display()
    ))
}

fn table(results: &Results, metrics: &[Metric]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN);
    let settings = results.cells.first().map(|cell| cell.settings.iter()).into_iter().flatten();
    let settings = settings.map(|(key, _)| key.rsplit('.').next().unwrap_or(key).to_owned());
    let shown: Vec<usize> = (0..metrics.len()).filter(|index| metrics[*index].show.is_in_tables()).collect();
    let names = shown.iter().map(|index| crate::table::heading(&metrics[*index]));
    table.set_header(settings.chain(["runs".to_owned()]).chain(names));
    for cell in &results.cells {
        let settings = cell.settings.iter().map(|(_, value)| value.clone());
        let runs =
            if cell.failed == 0 { cell.done.to_string() } else { format!("{} + {} failed", cell.done, cell.failed) };
        let values = shown.iter().map(|index| value(&metrics[*index], cell.metrics[*index].as_ref()));
        table.add_row(settings.chain([runs]).chain(values));
    }
    table.column_iter_mut().for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table
}

fn value(metric: &Metric, estimate: Option<&Estimate>) -> String {
    let Some(estimate) = estimate else { return "-".to_owned() };
    let (scale, digits) = match metric.show {
        Show::Share | Show::Rate => (100.0, 1),
        Show::Latency => return format!("{:.0} / {:.0}", estimate.median * 1e3, estimate.p90 * 1e3),
        Show::Mean | Show::Hidden | Show::Money => (1.0, 3),
    };
    let number = |value: f64| format!("{:.digits$}", value * scale);
    let interval = estimate.interval.map(|interval| format!(" [{}, {}]", number(interval.low), number(interval.high)));
    let unit = if metric.show == Show::Rate { " %" } else { "" };
    format!("{}{unit}{}", number(estimate.mean), interval.unwrap_or_default())
}
