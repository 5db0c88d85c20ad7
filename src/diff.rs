//! `dunbar diff`: the first step in which two traces differ, what led to it on both sides, and what it changed.

use std::collections::BTreeMap;
use std::path::Path;

use contract::trace::{BadTrace, Header, Reader, Record, Step};
use scenarios::Registry;
use serde_json::json;

use crate::cli::Diff;
use crate::exit::{Failure, Finding};
use crate::output;

/// The longest chain of causes that is shown.
const CHAIN_MAX: usize = 12;

struct Trace {
    header: Header,
    steps: Vec<Step>,
    /// By node: how much it had scheduled before each of its steps, and the step.
    scheduled: BTreeMap<u32, Vec<(u64, usize)>>,
}

pub(crate) fn diff(registry: &Registry, arguments: &Diff) -> Result<Finding, Failure> {
    let [left, right] = [&arguments.left, &arguments.right].map(|path| Trace::read(path));
    let (left, right) = (left?, right?);
    if left.header.protocol != right.header.protocol {
        let what = format!("one trace is of {}, the other of {}", left.header.protocol, right.header.protocol);
        return Err(Failure::input(what, "give two traces of the same protocol"));
    }
    let system = registry.get(&left.header.protocol).ok_or_else(|| {
        let hint = format!("it knows {}", registry.names().collect::<Vec<_>>().join(", "));
        Failure::input(format!("this program does not know the protocol {}", left.header.protocol), hint)
    })?;
    let both = left.steps.iter().zip(&right.steps);
    let equal = both.take_while(|(left, right)| left == right).count();
    let metrics = metrics(&arguments.left, &arguments.right);
    if equal == left.steps.len() && equal == right.steps.len() {
        let text = format!("identical: {equal} steps");
        output::print(if arguments.json { json!({ "identical": true, "steps": equal }).to_string() } else { text })?;
        return Ok(Finding::Pass);
    }
    let chains = [&left, &right].map(|side| side.chain(equal));
    let shown = chains.map(|chain| chain.iter().map(|step| system.describe(step)).collect::<Vec<String>>());
    if arguments.json {
        let [one, other] = &shown;
        let found = json!({
            "identical": false, "equal_steps": equal, "left": one, "right": other, "metrics": metrics,
            "steps": [left.steps.len(), right.steps.len()],
        });
        output::print(found)?;
        return Ok(Finding::Fail);
    }
    let [one, other] = shown.map(|chain| side(&chain));
    let metrics: String =
        metrics.iter().map(|(name, (left, right))| format!("\n  {name}: {left} and {right}")).collect();
    let metrics = if metrics.is_empty() { String::new() } else { format!("\nmetrics that differ:{metrics}") };
    output::print(format_args!(
        "{equal} steps are equal, of {} and {}; the first that differs, and what led to it:\n\
         {}:\n{one}\n{}:\n{other}{metrics}",
        left.steps.len(),
        right.steps.len(),
        arguments.left.display(),
        arguments.right.display(),
    ))?;
    Ok(Finding::Fail)
}

fn side(chain: &[String]) -> String {
    let Some((first, causes)) = chain.split_first() else { return "  (no further step)".to_owned() };
    let causes = causes.iter().map(|step| format!("\n  because of {}", step.replace('\n', "\n  ")));
    format!("  {}{}", first.replace('\n', "\n  "), causes.collect::<String>())
}

impl Trace {
    fn read(path: &Path) -> Result<Trace, Failure> {
        let bytes = std::fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
        let bad = |error: BadTrace| {
            let hint = "give a trace that `dunbar run --trace` or a live node wrote";
            Failure::input(format!("{}: {error}", path.display()), hint)
        };
        let mut reader = Reader::new(&bytes).map_err(bad)?;
        let header = reader.header().map_err(bad)?;
        let mut trace = Trace { header, steps: Vec::new(), scheduled: BTreeMap::new() };
        while let Some(record) = reader.next_record().map_err(bad)? {
            if let Record::Step(step) = record {
                trace.scheduled.entry(step.node).or_default().push((step.scheduled, trace.steps.len()));
                trace.steps.push(step);
            }
        }
        Ok(trace)
    }

    /// A step, the step that caused it, the one that caused that, and so on.
    fn chain(&self, index: usize) -> Vec<&Step> {
        let mut chain = Vec::new();
        let mut next = (index < self.steps.len()).then_some(index);
        while let Some(index) = next.filter(|_| chain.len() < CHAIN_MAX) {
            let step = &self.steps[index];
            chain.push(step);
            // What a node had scheduled before each of its steps tells in which step it scheduled this.
            next = step.cause.and_then(|cause| {
                let steps = self.scheduled.get(&cause.node)?;
                let after = steps.partition_point(|(scheduled, _)| *scheduled <= cause.sequence);
                let (_, found) = steps.get(after.checked_sub(1)?)?;
                (*found < index).then_some(*found)
            });
        }
        chain
    }
}

/// The metrics that differ, if both traces lie beside a `metrics.csv` with their rows.
fn metrics(left: &Path, right: &Path) -> BTreeMap<String, (String, String)> {
    let (Some(left), Some(right)) = (row(left), row(right)) else { return BTreeMap::new() };
    let differ = |(name, value): (String, String)| {
        let other = right.get(&name)?.clone();
        (other != value).then_some((name, (value, other)))
    };
    left.into_iter().filter_map(differ).collect()
}

/// The row of a trace by the names of its columns.
fn row(trace: &Path) -> Option<BTreeMap<String, String>> {
    let name = trace.file_stem()?.to_str()?;
    let (cell, seed) = name.strip_prefix("cell-")?.split_once("-seed-")?;
    let mut reader = csv::Reader::from_path(trace.with_file_name("metrics.csv")).ok()?;
    let headers = reader.headers().ok()?.clone();
    let at = |wanted: &str| headers.iter().position(|header| header == wanted);
    let (cell_at, seed_at) = (at("cell")?, at("seed")?);
    let rows = reader.records().filter_map(Result::ok);
    let mut ours = rows.filter(|row| row.get(cell_at) == Some(cell) && row.get(seed_at) == Some(seed));
    let row = ours.next()?;
    let metric = |(header, value): (&str, &str)| header.ends_with(']').then(|| (header.to_owned(), value.to_owned()));
    Some(headers.iter().zip(row.iter()).filter_map(metric).collect())
}
