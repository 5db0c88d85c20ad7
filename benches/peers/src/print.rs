//! Results as text, as the README's table, and as JSON.

use std::fmt::Write;

use serde_json::json;

use crate::compare::{Plan, Row};
use crate::phold::IN_FLIGHT_PER_NODE;

/// A table for the terminal.
pub(crate) fn text(plan: &Plan, rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.engine.len()).max().unwrap_or(0).max("engine".len());
    let ratio = ratio_title(plan);
    let mut table = format!(
        "{:<width$}  {:>9}  {:>9}  {:>14}  {ratio:>ratio_width$}  {:>9}  {:>6}\n",
        "engine",
        "nodes",
        "events",
        "M events/CPU s",
        "peak MB",
        "B/node",
        ratio_width = ratio.len(),
    );
    for row in rows {
        let _ = writeln!(
            table,
            "{:<width$}  {:>9}  {:>9}  {:>14.3}  {:>ratio_width$}  {:>9.1}  {:>6}",
            row.engine,
            row.nodes,
            row.events,
            row.rate / 1e6,
            ratio_of(row),
            megabytes(row),
            row.bytes_peak / u64::from(row.nodes),
            ratio_width = ratio.len(),
        );
    }
    table
}

/// The table of the README.
pub(crate) fn markdown(plan: &Plan, rows: &[Row]) -> String {
    let mut table = format!("| Engine | Nodes | M events per CPU second | {} | Peak MB |\n", ratio_title(plan));
    table.push_str("|---|--:|--:|--:|--:|\n");
    for row in rows {
        let (nodes, rate, ratio, peak) = (thousands(row.nodes), row.rate / 1e6, ratio_of(row), megabytes(row));
        let _ = writeln!(table, "| {} | {nodes} | {rate:.3} | {ratio} | {peak:.0} |", row.engine);
    }
    table
}

/// Everything, for other programs.
pub(crate) fn json(plan: &Plan, rows: &[Row]) -> String {
    let document = json!({
        "format": 1,
        "workload": {
            "name": "phold",
            "in_flight_per_node": IN_FLIGHT_PER_NODE,
            "delay_ns_mean": plan.delay_ns_mean,
            "seed": plan.seed,
            "rounds": plan.rounds,
        },
        "base": plan.base.name(),
        "rows": rows,
    });
    format!("{document:#}\n")
}

fn ratio_title(plan: &Plan) -> String {
    format!("{} ÷ engine", plan.base.name())
}

/// Three significant digits at most: the rest is noise.
fn ratio_of(row: &Row) -> String {
    match row.base_ratio {
        None => "–".into(),
        Some(ratio) if ratio < 10.0 => format!("{ratio:.2}"),
        Some(ratio) if ratio < 100.0 => format!("{ratio:.1}"),
        Some(ratio) => format!("{ratio:.0}"),
    }
}

fn megabytes(row: &Row) -> f64 {
    row.bytes_peak as f64 / 1e6
}

/// A number with its thousands set apart by commas.
fn thousands(number: u32) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(
            ["999", "1,000", "1,000,000"],
            [thousands(999), thousands(1_000), thousands(1_000_000)].each_ref().map(String::as_str)
        );
    }
}
