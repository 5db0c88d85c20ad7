//! `dunbar net fit`: a profile of measured round trips, and how well it fits.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use net_model::fit::{Fit, SHARES};

use crate::exit::{Failure, Finding};
use crate::output;

/// Fewer samples than this say little about the tail.
const FEW: usize = 100;
/// A distribution function that is off by more than this somewhere does not describe its samples.
const FAR: f64 = 0.05;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The measurements: CSV with the columns from, to and rtt_ms
    measurements: PathBuf,
    /// Write the profile here instead of printing it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The one-way latency within regions that were not measured with themselves
    #[arg(long, value_name = "MS")]
    within: Option<f64>,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
    /// Print profile, fits and warnings as JSON
    #[arg(long)]
    json: bool,
}

/// The fits of all pairs, each under its names in alphabetical order.
type Fits = BTreeMap<[String; 2], Fit>;

pub(crate) fn fit(arguments: &Arguments) -> Result<Finding, Failure> {
    let path = &arguments.measurements;
    if let Some(out) = &arguments.out {
        output::apart(out, std::slice::from_ref(path))?;
        output::vacant(out, arguments.force)?;
    }
    let samples = read(path)?;
    let regions: Vec<String> = samples.keys().flatten().cloned().collect::<BTreeSet<_>>().into_iter().collect();
    let fits = fits(path, samples, &regions, arguments.within)?;
    let (profile, warnings) = (profile(path, &regions, &fits), warnings(&fits));
    if let Some(out) = &arguments.out {
        output::write_whole(out, profile.as_bytes())?;
    }
    if arguments.json {
        let pairs: Vec<_> = fits.iter().map(|(pair, fit)| serde_json::json!({ "between": pair, "fit": fit })).collect();
        let all = serde_json::json!({ "profile": profile, "shares": SHARES, "pairs": pairs, "warnings": warnings });
        output::print(all)?;
        return Ok(Finding::Pass);
    }
    let report =
        format!("{}\n{}", table(&fits), warnings.iter().map(|text| format!("warning: {text}\n")).collect::<String>());
    match &arguments.out {
        Some(out) => output::print(format_args!("{report}profile in {}", out.display()))?,
        None => {
            output::remark(report);
            output::print(profile.trim_end())?;
        }
    }
    Ok(Finding::Pass)
}

/// The round trips of every pair, in milliseconds. Both directions are one pair: a round trip goes both ways.
fn read(path: &Path) -> Result<BTreeMap<[String; 2], Vec<f64>>, Failure> {
    let text = output::read(path)?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.text().as_bytes());
    let bad =
        |error: csv::Error| Failure::input(format!("{}: {error}", path.display()), "write rows of from,to,rtt_ms");
    let heading = reader.headers().map_err(bad)?.clone();
    let column = |name: &str| {
        heading.iter().position(|column| column == name).ok_or_else(|| {
            let found = heading.iter().collect::<Vec<_>>().join(", ");
            let hint = "the first line is `from,to,rtt_ms`; further columns are ignored";
            let what =
                if found.is_empty() { "is empty".to_owned() } else { format!("has no column `{name}`: {found}") };
            Failure::input(format!("{} {what}", path.display()), hint)
        })
    };
    let columns = [column("from")?, column("to")?, column("rtt_ms")?];
    let mut samples: BTreeMap<[String; 2], Vec<f64>> = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(bad)?;
        let [from, to, rtt] = columns.map(|column| record.get(column).unwrap_or_default().to_owned());
        let line = record.position().map_or(0, csv::Position::line);
        let refuse =
            |what: String, hint: &str| Failure::input(format!("{}, line {line}: {what}", path.display()), hint);
        if from.is_empty() || to.is_empty() {
            return Err(refuse("a region has no name".to_owned(), "name both regions"));
        }
        let round_trip: f64 = rtt.parse().ok().filter(|rtt: &f64| rtt.is_finite() && *rtt > 0.0).ok_or_else(|| {
            refuse(format!("`{rtt}` is no round trip"), "write milliseconds above 0, or leave lost probes out")
        })?;
        let mut pair = [from, to];
        pair.sort();
        samples.entry(pair).or_default().push(round_trip);
    }
    if samples.is_empty() {
        return Err(Failure::input(format!("{} has no measurements", path.display()), "write rows of from,to,rtt_ms"));
    }
    Ok(samples)
}

fn fits(
    path: &Path,
    mut samples: BTreeMap<[String; 2], Vec<f64>>,
    regions: &[String],
    within: Option<f64>,
) -> Result<Fits, Failure> {
    let mut fits = Fits::new();
    for (place, one) in regions.iter().enumerate() {
        for other in &regions[place..] {
            let pair = [one.clone(), other.clone()];
            let (round_trips, measured) = match (samples.remove(&pair), within) {
                (Some(measured), _) => (measured, true),
                (None, Some(within)) if one == other => (vec![2.0 * within], false),
                (None, _) => {
                    let hint = if one == other {
                        "give --within MS for them"
                    } else {
                        "measure every pair, or leave a region out"
                    };
                    let what = format!("{}: nothing was measured between {one} and {other}", path.display());
                    return Err(Failure::input(what, hint));
                }
            };
            let fit = Fit::of_round_trips(&round_trips);
            let fit = fit.ok_or_else(|| Failure::input("--within is no latency", "give milliseconds above 0"))?;
            // What was said is no measurement, and there is nothing from which it could be off.
            let fit = if measured { fit } else { Fit { samples: 0, ks: 0.0, ..fit } };
            fits.insert(pair, fit);
        }
    }
    Ok(fits)
}

fn warnings(fits: &Fits) -> Vec<String> {
    let mut warnings = Vec::new();
    for ([one, other], fit) in fits {
        if fit.samples == 0 {
            warnings.push(format!("{one} and {other}: not measured, but given with --within"));
        } else if fit.samples < FEW {
            warnings.push(format!(
                "{one} and {other}: {} samples say little about the tail; take {FEW} or more",
                fit.samples
            ));
        } else if fit.ks > FAR {
            warnings.push(format!(
                "{one} and {other}: up to {:.0} % of the messages are on the wrong side of the fit; are there several routes?",
                fit.ks * 100.0
            ));
        }
    }
    if fits.len() > 1 {
        warnings.push(
            "how many nodes are in which region was not measured: shares are equal; edit region_share".to_owned(),
        );
    }
    warnings
}

/// The profile as a file that scenarios can name.
fn profile(path: &Path, regions: &[String], fits: &Fits) -> String {
    let matrix = |key: &str, value: fn(&Fit) -> f64| {
        let row = |from: &String| {
            let cell = |to: &String| {
                let mut pair = [from.clone(), to.clone()];
                pair.sort();
                format!("{:.6}", fits.get(&pair).map_or(0.0, value))
            };
            format!("  [{}],\n", regions.iter().map(cell).collect::<Vec<_>>().join(", "))
        };
        format!("{key} = [\n{}]\n", regions.iter().map(row).collect::<String>())
    };
    let samples: usize = fits.values().map(|fit| fit.samples).sum();
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let source =
        format!("dunbar net fit: {samples} round trips in {file}, halved; shifted lognormal by three quantiles");
    let mut text = format!("source = {}\n", toml::Value::String(source));
    let names: Vec<toml::Value> = regions.iter().cloned().map(toml::Value::String).collect();
    let _ = writeln!(text, "regions = {}", toml::Value::Array(names));
    text += "latency_sampling = \"shifted-lognormal\"\n";
    text += &matrix("latency_least_ms", |fit| fit.least_ms);
    text += &matrix("latency_median_ms", |fit| fit.median_ms);
    text += &matrix("sigma", |fit| fit.sigma);
    let share = vec![toml::Value::Float(1.0 / regions.len() as f64); regions.len()];
    let _ = writeln!(text, "# Not measured: edit it.\nregion_share = {{ equal = {} }}", toml::Value::Array(share));
    text
}

/// A row for each pair: the law, its distance, and quantiles measured and fitted.
fn table(fits: &Fits) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN);
    let quantiles = SHARES.map(|share| format!("p{:02.0} [ms]", share * 100.0));
    let names = ["between", "samples", "least + median [ms]", "sigma", "KS D"].map(str::to_owned);
    table.set_header(names.into_iter().chain(quantiles));
    for ([one, other], fit) in fits {
        let start = [
            format!("{one}, {other}"),
            fit.samples.to_string(),
            format!("{:.2} + {:.2}", fit.least_ms, fit.median_ms),
            format!("{:.3}", fit.sigma),
            format!("{:.3}", fit.ks),
        ];
        let cells =
            fit.measured_ms.iter().zip(fit.fitted_ms).map(|(measured, fitted)| format!("{measured:.2} ~ {fitted:.2}"));
        table.add_row(start.into_iter().chain(cells));
    }
    table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table
}
