//! `dunbar conform`: the inputs of a trace go into fresh actors, whose effects must be those of the trace.

use contract::trace::{BadTrace, Reader, Record, Step};
use scenarios::Registry;

use crate::cli::Conform;
use crate::exit::{Failure, Finding};

/// What a replay found.
struct Report {
    steps: u64,
    nodes: std::collections::BTreeSet<u32>,
    cut_off: Option<BadTrace>,
}

pub(crate) fn conform(registry: &Registry, arguments: &Conform) -> Result<Finding, Failure> {
    let path = &arguments.trace;
    let bytes = std::fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
    let bad = |error: BadTrace| Failure::input(format!("{}: {error}", path.display()), "give a trace of `dunbar run --trace` or of a node");
    let mut reader = Reader::new(&bytes).map_err(bad)?;
    let header = reader.header().map_err(bad)?;
    let system = registry.get(&header.protocol).ok_or_else(|| {
        let known: Vec<&str> = registry.names().collect();
        let hint = format!("this program knows {}", known.join(", "));
        Failure::input(format!("the trace is of the protocol `{}`", header.protocol), hint)
    })?;
    let misfit = |why: String| Failure::input(format!("{}: {why}", path.display()), "was it written by another version?");
    let mut replayer = system.replayer(&header).map_err(misfit)?;
    let mut report = Report { steps: 0, nodes: Default::default(), cut_off: None };
    loop {
        match reader.next_record() {
            Ok(None) => break,
            Ok(Some(Record::Birth(birth))) => replayer.birth(&birth).map_err(misfit)?,
            Ok(Some(Record::Step(step))) => {
                if let Err(why) = replayer.step(&step) {
                    diverged(&report, &step, &why, &system.describe(&step), arguments.json);
                    return Ok(Finding::Fail);
                }
                report.steps += 1;
                report.nodes.insert(step.node);
            }
            Ok(Some(Record::Header(_) | Record::Checkpoint { .. } | Record::End { .. })) => {}
            Err(cut @ BadTrace::CutOff { .. }) => {
                report.cut_off = Some(cut);
                break;
            }
            Err(other) => return Err(bad(other)),
        }
    }
    conforms(&report, arguments.json);
    Ok(if report.steps == 0 { Finding::Inconclusive } else { Finding::Pass })
}

fn diverged(report: &Report, step: &Step, why: &str, description: &str, json: bool) {
    if json {
        let found = serde_json::json!({ "conforms": false, "steps": report.steps, "node": step.node, "why": why });
        println!("{found}");
    } else {
        println!("after {} steps that conform, node {} does something else: {why}", report.steps, step.node);
        println!("  recorded: {description}");
    }
}

fn conforms(report: &Report, json: bool) {
    let (steps, nodes) = (report.steps, report.nodes.len());
    let cut = report.cut_off.as_ref().map(ToString::to_string);
    if json {
        println!("{}", serde_json::json!({ "conforms": true, "steps": steps, "nodes": nodes, "cut_off": cut }));
        return;
    }
    println!("conforms: {steps} steps of {nodes} nodes, every effect identical");
    if let Some(cut) = cut {
        println!("note: {cut}; a killed process leaves its trace so");
    }
}
