//! `dunbar trace`: the steps of a trace, in words or as JSON, those that are asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufWriter, Write};

use contract::Time;
use contract::trace::{BadTrace, Reader, Record, Step};
use scenarios::details::Details;
use scenarios::{Crew, Registry, System};
use serde_json::json;

use crate::cli::Trace;
use crate::exit::{Failure, Finding};
use crate::output;

/// Who is who in a trace.
type Births = BTreeMap<u32, (String, String)>;

pub(crate) fn trace(registry: &Registry, arguments: &Trace) -> Result<Finding, Failure> {
    let path = &arguments.file;
    let bytes = std::fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
    let bad = |error: BadTrace| {
        let what = format!("{}: {error}", path.display());
        Failure::input(what, "give a trace of `dunbar run --trace` or of a node")
    };
    let mut reader = Reader::new(&bytes).map_err(bad)?;
    let header = reader.header().map_err(bad)?;
    let system = registry.get(&header.protocol).ok_or_else(|| {
        let known: Vec<&str> = registry.names().collect();
        let hint = format!("this program knows {}", known.join(", "));
        Failure::input(format!("the trace is of the protocol `{}`", header.protocol), hint)
    })?;
    if let (Some(from), Some(to)) = (arguments.from, arguments.to)
        && from > to
    {
        return Err(Failure::input(format!("--from {from} is after --to {to}"), "no step is in between"));
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let mut kinds = BTreeSet::new();
    let (crew, mut births) = (Crew::read(&header.source), Births::new());
    let (mut shown, mut steps) = (0u64, 0u64);
    let cut = loop {
        match reader.next_record() {
            Ok(None) => break None,
            Err(cut @ BadTrace::CutOff { .. }) => break Some(cut),
            Err(other) => return Err(bad(other)),
            Ok(Some(Record::Birth(birth))) => {
                births.insert(birth.node, (birth.peer.to_string(), birth.role));
            }
            Ok(Some(Record::Step(step))) => {
                steps += 1;
                let details = system.details(&step);
                kinds.extend(details.kinds.iter().cloned());
                if !wanted(arguments, &step, &details, (&births, &crew)) {
                    continue;
                }
                shown += 1;
                let line =
                    if arguments.printing.json { as_json(&step, &details, &births) } else { words(system, &step) };
                // Who reads this may stop reading.
                match writeln!(out, "{line}") {
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Finding::Pass),
                    written => written.map_err(|error| Failure::internal(format!("cannot write: {error}")))?,
                }
            }
            Ok(Some(_)) => {}
        }
    };
    drop(out);
    if let Some(node) =
        arguments.node.as_ref().filter(|node| !births.keys().any(|one| is(node, *one, (&births, &crew))))
    {
        let hint = format!("it has {}", known(&births, &crew));
        return Err(Failure::input(format!("{} has no node `{node}`", path.display()), hint));
    }
    if let Some(kind) = arguments.kind.as_ref().filter(|kind| !kinds.contains(*kind)) {
        let known: Vec<&str> = kinds.iter().map(AsRef::as_ref).collect();
        let hint = format!("it has {}", known.join(", "));
        return Err(Failure::input(format!("{} has no step of the kind `{kind}`", path.display()), hint));
    }
    let note = cut.as_ref().map_or(String::new(), |cut| format!("; {cut}"));
    if !arguments.printing.quiet {
        output::remark(format_args!("# {shown} of {steps} steps of {} nodes{note}", births.len()));
    }
    // The trace of a node that runs ends anywhere.
    let truncated = cut.is_some() && !header.is_live();
    Ok(if truncated { Finding::Inconclusive } else { Finding::Pass })
}

fn wanted(arguments: &Trace, step: &Step, details: &Details, who: (&Births, &Crew)) -> bool {
    let who = arguments.node.as_ref().is_none_or(|node| is(node, step.node, who));
    let when = arguments.from.is_none_or(|from| step.at >= Time::ZERO + from)
        && arguments.to.is_none_or(|to| step.at <= Time::ZERO + to);
    who && when && arguments.kind.as_ref().is_none_or(|kind| details.kinds.contains(kind))
}

/// Whether this is what somebody calls a node: its number, its identity, its role, or its name in the scenario or that of its
/// population.
fn is(name: &str, node: u32, (births, crew): (&Births, &Crew)) -> bool {
    let born = births.get(&node).is_some_and(|(peer, role)| name == peer || name == role);
    born || name == node.to_string() || crew.nodes_named(name).is_some_and(|nodes| nodes.contains(&node))
}

/// What nodes there are.
fn known(births: &Births, crew: &Crew) -> String {
    let numbers = match (births.keys().next(), births.keys().next_back()) {
        (Some(first), Some(last)) if first < last => format!("the nodes {first} to {last}"),
        (Some(only), _) => format!("node {only} only"),
        (None, _) => return "no node at all".to_owned(),
    };
    let roles: BTreeSet<&str> = births.values().map(|(_, role)| role.as_str()).collect();
    let roles: Vec<&str> = roles.into_iter().collect();
    let names: Vec<&str> = crew.names().collect();
    let names = if names.is_empty() { String::new() } else { format!("; the names {}", names.join(", ")) };
    format!("{numbers}; the roles {}{names}", roles.join(", "))
}

fn words(system: &dyn System, step: &Step) -> String {
    system.describe(step)
}

fn as_json(step: &Step, details: &Details, births: &Births) -> String {
    let cause = step.cause.map(|cause| json!({ "node": cause.node, "sequence": cause.sequence }));
    let role = births.get(&step.node).map(|(_, role)| role);
    json!({
        "at_ns": step.at.as_nanos(), "node": step.node, "role": role, "clock_ns": step.now.as_nanos(), "cause": cause,
        "kinds": details.kinds, "input": details.input, "effects": details.effects,
    })
    .to_string()
}
