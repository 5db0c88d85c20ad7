//! The metrics of every protocol: what each is, in which unit, and how a table shows it.

use std::fmt::Write as _;

use scenarios::Registry;
use scenarios::metric::{Metric, Show};

use crate::cli::Printing;
use crate::exit::{Failure, Finding};
use crate::output;

/// A protocol and its metrics.
type Listed<'a> = (&'a str, &'a [Metric]);

pub(super) fn metrics(registry: &Registry, printing: Printing) -> Result<Finding, Failure> {
    let all: Vec<Listed<'_>> =
        registry.names().filter_map(|name| Some((name, registry.get(name)?.metrics()))).collect();
    if printing.json {
        output::print(serde_json::to_string_pretty(&json(&all)).map_err(Failure::internal)?)?;
    } else {
        output::print(page(&all, printing.quiet).trim_end())?;
    }
    Ok(Finding::Pass)
}

fn json(all: &[Listed<'_>]) -> serde_json::Value {
    let of = |(protocol, metrics): &Listed<'_>| {
        let metrics = metrics.iter().map(|metric| {
            serde_json::json!({
                "name": metric.name, "unit": metric.unit(), "meaning": metric.meaning, "in_tables": metric.show.is_in_tables(),
            })
        });
        ((*protocol).to_owned(), metrics.collect())
    };
    serde_json::Value::Object(all.iter().map(of).collect())
}

/// The page `docs/metrics.md`, or its tables alone.
fn page(all: &[Listed<'_>], quiet: bool) -> String {
    let mut page = if quiet { String::new() } else { HEAD.to_owned() };
    for (protocol, metrics) in all.iter().filter(|(_, metrics)| !metrics.is_empty()) {
        let _ = writeln!(page, "## {protocol}\n\n| Metric | Unit | In tables | What it is |\n|---|---|---|---|");
        for metric in *metrics {
            let (name, unit, shown) = (metric.name, metric.unit(), shown(metric.show));
            let _ = writeln!(page, "| `{name}` | {unit} | {shown} | {} |", metric.meaning.replace('|', "\\|"));
        }
        page.push('\n');
    }
    page
}

fn shown(show: Show) -> &'static str {
    match show {
        Show::Rate => "in how many runs it is 1",
        Show::Share => "mean, in %",
        Show::Latency => "median and p90, in ms",
        Show::Mean => "mean",
        Show::Hidden | Show::Money => "",
    }
}

const HEAD: &str = "# Metrics

<!-- Written by `dunbar scenario metrics > docs/metrics.md`; a test keeps it fresh. -->

One number for each run, computed from outside: from what honest nodes observe, and from their disks at the horizon. What an
adversary observes about itself does not count. A run in which a metric has no value has an empty field in `metrics.csv` and is
left out of its statistics. Times are virtual. Unit 1 is a number, a share or a rate. Money is added up in integers (millionths)
and divided at the end. A metric without an entry under *In tables* is in the files, and in the table of a scenario whose `[measure]`
names it. The functions behind the formulas are in `reports/statistics/src/metrics/`, tested against values computed by hand.

";
