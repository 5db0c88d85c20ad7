//! `dunbar conform`: the inputs of a trace go into fresh actors, whose effects must be those of the trace.
//!
//! A simulated trace holds digests as well. They are computed again from the steps, so that a change which no actor
//! reacts to is noticed, too. A live trace has none: it shows what its writer claims to have done.
//!
//! A trace that ended in order has an end record. A simulated one without it was truncated, and shows nothing about the
//! whole run; a live one is that of a process which was killed or still runs.

use std::collections::BTreeMap;
use std::path::Path;

use contract::Canonical as _;
use contract::trace::{BadTrace, Birth, NodeChain, Reader, Record, Step, run_digest};
use scenarios::replay::Replayer;
use scenarios::{Registry, System};

use crate::cli::Conform;
use crate::exit::{Failure, Finding};
use crate::output;

/// What a replay found.
#[derive(Default)]
struct Replay {
    steps: u64,
    /// How many records were read, with the header.
    records: u64,
    live: bool,
    /// Whether the last record was the end.
    ended: bool,
    /// The hash chain of every node that was born.
    chains: BTreeMap<u32, NodeChain>,
    /// Which of them took a step.
    nodes: std::collections::BTreeSet<u32>,
    cut_off: Option<BadTrace>,
}

/// Where the trace and the fresh actors part.
struct Divergence {
    node: Option<u32>,
    why: String,
    recorded: Option<String>,
}

pub(crate) fn conform(registry: &Registry, arguments: &Conform) -> Result<Finding, Failure> {
    let path = &arguments.trace;
    let bytes = std::fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
    let bad = |error: BadTrace| not_a_trace(path, &error.to_string());
    let mut reader = Reader::new(&bytes).map_err(bad)?;
    let header = reader.header().map_err(bad)?;
    let system = registry.get(&header.protocol).ok_or_else(|| {
        let known: Vec<&str> = registry.names().collect();
        let hint = format!("this program knows {}", known.join(", "));
        Failure::input(format!("the trace is of the protocol `{}`", header.protocol), hint)
    })?;
    let misfit = |why: String| {
        let hint = format!("it was written by {}; this is dunbar {}", header.producer, env!("CARGO_PKG_VERSION"));
        Failure::input(format!("{}: {why}", path.display()), hint)
    };
    let mut replayer = system.replayer(&header).map_err(misfit)?;
    let mut replay = Replay { records: 1, live: header.is_live(), ..Replay::default() };
    loop {
        let record = match reader.next_record() {
            Ok(None) => break,
            Ok(Some(record)) => record,
            Err(cut @ BadTrace::CutOff { .. }) => {
                replay.cut_off = Some(cut);
                break;
            }
            Err(other) => return Err(bad(other)),
        };
        // What follows the end of a simulation is a divergence; a live node goes on with its next life.
        if let Record::Birth(birth) = &record
            && (!replay.ended || replay.live)
        {
            replay.birth(birth, replayer.as_mut()).map_err(misfit)?;
        } else if let Err(divergence) = replay.record(record, system, replayer.as_mut()) {
            diverged(&replay, &divergence, arguments.printing.json)?;
            return Ok(Finding::Fail);
        }
    }
    if !arguments.printing.quiet || arguments.printing.json {
        conforms(&replay, arguments.printing.json)?;
    }
    let whole = replay.is_whole() || (replay.live && !arguments.strict);
    Ok(if replay.steps == 0 || !whole { Finding::Inconclusive } else { Finding::Pass })
}

fn not_a_trace(path: &Path, why: &str) -> Failure {
    Failure::input(format!("{}: {why}", path.display()), "give a trace of `dunbar run --trace` or of a node")
}

impl Replay {
    /// Whether the last thing in the trace is its end.
    fn is_whole(&self) -> bool {
        self.ended && self.cut_off.is_none()
    }

    fn birth(&mut self, birth: &Birth, replayer: &mut dyn Replayer) -> Result<(), String> {
        replayer.birth(birth)?;
        self.records += 1;
        self.ended = false;
        // A second life continues the chain of the first.
        self.chains.entry(birth.node).or_default();
        Ok(())
    }

    fn record(&mut self, record: Record, system: &dyn System, replayer: &mut dyn Replayer) -> Result<(), Divergence> {
        let whole = |why: String| Divergence { node: None, why, recorded: None };
        if self.ended && !self.live {
            return Err(whole("a record follows the end".to_owned()));
        }
        let before = self.records;
        self.records += 1;
        self.ended = matches!(record, Record::End { .. });
        match record {
            Record::Header(_) => Err(whole("a second trace follows the first".to_owned())),
            Record::Birth(_) => Ok(()),
            Record::Step(step) => {
                let recorded = || Some(system.describe(&step));
                let differs = |why| Divergence { node: Some(step.node), why, recorded: recorded() };
                replayer.step(&step).map_err(differs)?;
                self.absorb(&step);
                Ok(())
            }
            Record::Checkpoint { at, digest } => {
                let replayed = run_digest(at, self.chains.values_mut().map(NodeChain::checkpoint));
                let why = || format!("the digest up to {at} is {replayed}, where the trace has {digest}");
                if replayed == digest { Ok(()) } else { Err(whole(why())) }
            }
            Record::End { steps, .. } if steps != self.steps => {
                Err(whole(format!("{} steps are there, where the trace had {steps}", self.steps)))
            }
            Record::End { records, .. } if records != before => {
                Err(whole(format!("{before} records are there, where the trace had {records}")))
            }
            Record::End { .. } => Ok(()),
        }
    }

    /// The bytes that the recorder took into the chain: the node's clock, the input, the effects.
    fn absorb(&mut self, step: &Step) {
        let mut bytes = step.now.to_bytes();
        bytes.extend_from_slice(&step.input);
        bytes.extend_from_slice(&step.effects);
        self.chains.entry(step.node).or_default().absorb(&bytes);
        self.nodes.insert(step.node);
        self.steps += 1;
    }
}

fn diverged(replay: &Replay, divergence: &Divergence, json: bool) -> Result<(), Failure> {
    let Divergence { node, why, recorded } = divergence;
    let steps = replay.steps;
    if json {
        return output::print(serde_json::json!({ "conforms": false, "steps": steps, "node": node, "why": why }));
    }
    match (node, recorded) {
        (Some(node), Some(recorded)) => output::print(format_args!(
            "after {steps} steps that conform, node {node} does something else: {why}\n  recorded: {recorded}"
        )),
        _ => output::print(format_args!("after {steps} steps that conform, the trace is not what was recorded: {why}")),
    }
}

fn conforms(replay: &Replay, json: bool) -> Result<(), Failure> {
    let (steps, nodes) = (replay.steps, replay.nodes.len());
    let cut = replay.cut_off.as_ref().map(ToString::to_string);
    if json {
        let found = serde_json::json!({
            "conforms": true, "steps": steps, "nodes": nodes, "whole": replay.is_whole(), "cut_off": cut,
        });
        return output::print(found);
    }
    let why = cut.unwrap_or_else(|| "the trace has no end record".to_owned());
    let (note, conforms) = match (replay.is_whole(), replay.live) {
        (true, _) => (String::new(), "conforms"),
        (false, true) => {
            (format!("\nnote: {why}; a process that was killed, or still runs, leaves its trace so"), "conforms")
        }
        (false, false) if replay.ended => (format!("\nnote: behind its end, {why}"), "conforms up to its end"),
        (false, false) => (format!("\nnote: {why}; the rest of the run is missing"), "truncated, conforms so far"),
    };
    match steps {
        0 => output::print(format_args!("nothing was replayed: the trace has no step{note}")),
        _ => output::print(format_args!("{conforms}: {steps} steps of {nodes} nodes, every effect identical{note}")),
    }
}
