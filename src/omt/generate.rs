//! `dunbar omt doc`, `graph` and `project`: what is made from a transaction.

use std::path::Path;

use ::omt::generate::{self, Mismatch};
use ::omt::{Analysis, Program};

use super::arguments::{Generate, Project};
use super::{files, fmt};
use crate::exit::{Failure, Finding};
use crate::output;

/// Documentation as Markdown.
pub(crate) fn doc(arguments: &Generate) -> Result<Finding, Failure> {
    let program = files::load(&arguments.file)?;
    let analysis = sound(&arguments.file, &program)?;
    put(arguments, &generate::document(&analysis.model))
}

/// The states of all actors as SVG.
pub(crate) fn graph(arguments: &Generate) -> Result<Finding, Failure> {
    let program = files::load(&arguments.file)?;
    let analysis = sound(&arguments.file, &program)?;
    put(arguments, &generate::graph(&analysis.model))
}

/// Local types, and the messages without a handler of each pair of actors between which messages go.
pub(crate) fn project(arguments: &Project) -> Result<Finding, Failure> {
    let program = files::load(&arguments.file)?;
    let analysis = sound(&arguments.file, &program)?;
    let model = &analysis.model;
    let actors = &model.actors;
    let types: Vec<_> = actors.iter().map(|actor| (actor.name, generate::local_type(model, actor))).collect();
    let pairs = (0..actors.len()).flat_map(|a| (a..actors.len()).map(move |b| (&actors[a], &actors[b])));
    let pairs = pairs.filter(|(a, b)| generate::exchange(model, a, b));
    let pairs: Vec<_> = pairs.map(|(a, b)| (a.name, b.name, generate::mismatches(model, a, b))).collect();
    let fits = pairs.iter().all(|pair| pair.2.is_empty());
    if arguments.json {
        let actors: Vec<_> =
            types.iter().map(|(name, of)| serde_json::json!({ "actor": name, "local_type": of })).collect();
        let pairs: Vec<_> =
            pairs.iter().map(|(a, b, found)| serde_json::json!({ "actors": [a, b], "mismatches": found })).collect();
        output::print(serde_json::json!({ "handled": fits, "actors": actors, "pairs": pairs }))?;
    } else {
        for (name, of) in &types {
            output::print(format_args!("{name} = {of}\n"))?;
        }
        for (a, b, found) in &pairs {
            let verdict = if found.is_empty() { "no message without a handler" } else { "a message has no handler" };
            output::print(format_args!("{a} | {b}: {verdict}"))?;
            found.iter().try_for_each(|mismatch| output::print(described(mismatch)))?;
        }
    }
    Ok(if fits { Finding::Pass } else { Finding::Fail })
}

fn described(mismatch: &Mismatch) -> String {
    let Mismatch { sender, receiver, message, after, states } = mismatch;
    let after = if after.is_empty() { "at the start".to_owned() } else { format!("after {}", after.join(", ")) };
    format!(
        "  {sender} may send {message}, and {receiver} has no handler for it in {} or later: {after}",
        states.join(", ")
    )
}

/// Nothing is made from a program with errors.
fn sound<'p>(path: &Path, program: &'p Program) -> Result<Analysis<'p>, Failure> {
    let analysis = ::omt::analyse(program);
    let Some(error) = analysis.found.iter().find(|finding| finding.is_error()) else { return Ok(analysis) };
    output::remark(::omt::render(program, error));
    Err(Failure::input(format!("{} has errors", path.display()), "`dunbar omt check` shows all of them"))
}

fn put(arguments: &Generate, text: &str) -> Result<Finding, Failure> {
    match &arguments.out {
        Some(path) => fmt::write(path, text)?,
        None => output::print(text.trim_end_matches('\n'))?,
    }
    Ok(Finding::Pass)
}
