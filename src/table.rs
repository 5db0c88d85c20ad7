//! The table of a run: a row for each cell of the sweep.

use comfy_table::{CellAlignment, Table, presets};
use scenarios::Batch;
use scenarios::metric::{Metric, Show, Statistic, quantile};

/// The results as a table for people.
pub(crate) fn table(batch: &Batch, metrics: &[Metric]) -> Table {
    let shown: Vec<&Metric> = metrics.iter().filter(|metric| metric.show.is_in_tables()).collect();
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN);
    let settings = batch.cells.first().map(|cell| cell.iter().map(|(key, _)| short(key))).into_iter().flatten();
    let names = shown.iter().map(|metric| heading(metric));
    table.set_header(settings.chain(["runs".to_owned()]).chain(names));
    for (number, cell) in batch.cells.iter().enumerate() {
        let runs = batch.rows_of(number).count();
        let settings = cell.iter().map(|(_, value)| value.clone());
        let values = shown.iter().map(|metric| value(metric, &batch.values(number, metric.name)));
        table.add_row(settings.chain([runs.to_string()]).chain(values));
    }
    table.column_iter_mut().for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table
}

/// The last part of a key.
fn short(key: &str) -> String {
    key.rsplit('.').next().unwrap_or(key).to_owned()
}

pub(crate) fn heading(metric: &Metric) -> String {
    let name = metric.name.replace('_', " ");
    match metric.show {
        Show::Latency => format!("{} p50 / p90 [ms]", name.trim_end_matches(" s")),
        Show::Share => format!("{name} [%]"),
        Show::Rate | Show::Mean | Show::Hidden | Show::Money => name,
    }
}

fn value(metric: &Metric, values: &[f64]) -> String {
    if values.is_empty() {
        return "-".to_owned();
    }
    let mean = Statistic::Mean.of(values).unwrap_or_default();
    match metric.show {
        Show::Rate => format!("{} / {}", values.iter().sum::<f64>(), values.len()),
        Show::Share => format!("{:.1}", mean * 100.0),
        Show::Latency => {
            let mut sorted = values.to_vec();
            sorted.sort_by(f64::total_cmp);
            format!("{:.0} / {:.0}", quantile(&sorted, 0.5) * 1e3, quantile(&sorted, 0.9) * 1e3)
        }
        Show::Mean | Show::Hidden | Show::Money => format!("{mean:.3}"),
    }
}
