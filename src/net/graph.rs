//! `dunbar net graph`: what the links between a scenario's nodes are like.

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use net_model::topology::Statistics;
use scenarios::sweep::{self, Cell};
use scenarios::{Registry, Source};

use crate::cli::Selection;
use crate::exit::{Failure, Finding};
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Print as JSON, one object for each cell and seed
    #[arg(long)]
    json: bool,
}

pub(crate) fn graph(registry: &Registry, arguments: &Arguments) -> Result<Finding, Failure> {
    let source = crate::run::source(&arguments.selection)?;
    let cells = sweep::cells(&source, registry)?;
    let seed = crate::run::seeds(&arguments.selection, &cells).first().copied().unwrap_or(1);
    let statistics = cells.iter().map(|cell| of(&source, cell, seed)).collect::<Result<Vec<_>, _>>()?;
    if arguments.json {
        for (cell, statistics) in cells.iter().zip(&statistics) {
            output::print(serde_json::json!({ "settings": cell.settings, "seed": seed, "graph": statistics }))?;
        }
        return Ok(Finding::Pass);
    }
    output::print(table(&cells, &statistics))?;
    output::print(format_args!("under seed {seed}; distances from up to 16 nodes"))?;
    Ok(Finding::Pass)
}

fn of(source: &Source, cell: &Cell, seed: u64) -> Result<Statistics, Failure> {
    let hint = "change the [network] of the scenario";
    cell.scenario.graph_statistics(seed).map_err(|error| source.error_beside(error.to_string(), hint).into())
}

/// A row for each cell.
fn table(cells: &[Cell], statistics: &[Statistics]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN);
    let keys = cells.first().map(|cell| cell.settings.iter().map(|(key, _)| key.clone())).into_iter().flatten();
    let names = [
        "nodes",
        "links",
        "degree min / p50 / mean / p99 / max",
        "components",
        "largest [%]",
        "distance mean / max",
        "clustering",
    ];
    table.set_header(keys.chain(names.map(str::to_owned)));
    for (cell, s) in cells.iter().zip(statistics) {
        let degrees = (s.degree_min, s.degree_p50, s.degree_mean, s.degree_p99, s.degree_max);
        let (min, p50, mean, p99, max) = degrees;
        let values = [
            s.nodes.to_string(),
            s.links.to_string(),
            format!("{min} / {p50} / {mean:.2} / {p99} / {max}"),
            s.components.to_string(),
            format!("{:.1}", s.largest_share * 100.0),
            format!("{:.2} / {}", s.distance_mean, s.distance_max),
            s.clustering.map_or("-".to_owned(), |clustering| format!("{clustering:.3}")),
        ];
        table.add_row(cell.settings.iter().map(|(_, value)| value.clone()).chain(values));
    }
    table.column_iter_mut().for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table
}
