//! `dunbar omt doc`, `graph` and `project`: what is made from a transaction.

use std::path::Path;

use ::omt::generate::{self, Bounds, Comparison, Exceeded, Mismatch, PAIRS_MAX, Step};
use ::omt::{Analysis, Label, Program};

use super::arguments::{Generate, Project};
use super::{check, files};
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

/// Local types, and whether each pair of actors between which messages go fits together.
pub(crate) fn project(arguments: &Project) -> Result<Finding, Failure> {
    let program = files::load(&arguments.file)?;
    let analysis = sound(&arguments.file, &program)?;
    let model = &analysis.model;
    let actors = &model.actors;
    let types: Vec<_> = actors.iter().map(|actor| (actor.name, generate::local_type(model, actor))).collect();
    let mut bounds = bounds(arguments);
    let mut left = bounds.steps.saturating_mul(4);
    let all = generate::pairs(model);
    if all.len() > PAIRS_MAX {
        let what =
            format!("{} has more than {PAIRS_MAX} pairs of actors between which messages go", arguments.file.display());
        return Err(Failure::input(what, "take it apart into several transactions"));
    }
    let mut pairs: Vec<Pair<'_>> = vec![];
    for (a, b) in all {
        bounds.steps = bounds.steps.min(left);
        let found = generate::compare(model, (&actors[a], &actors[b]), bounds);
        left = left.saturating_sub(found.steps);
        pairs.push(Pair { actors: [actors[a].name, actors[b].name], bounds, found });
    }
    if arguments.json {
        let types: Vec<_> =
            types.iter().map(|(name, of)| serde_json::json!({ "actor": name, "local_type": of })).collect();
        let dual = pairs.iter().all(|pair| pair.found.mismatches.is_empty() && pair.found.exceeded.is_none());
        let pairs: Vec<_> = pairs.iter().map(|pair| pair.json(&program)).collect();
        output::print(serde_json::json!({ "dual": dual, "actors": types, "pairs": pairs }))?;
    } else {
        for (name, of) in &types {
            output::print(format_args!("{name} = {of}\n"))?;
        }
        pairs.iter().try_for_each(|pair| pair.show(&program))?;
    }
    finding(&pairs)
}

/// Each configuration may take some steps; a pair of large actors has fewer of them within these.
fn bounds(arguments: &Project) -> Bounds {
    let (queue, configurations) = (arguments.queue as usize, arguments.configurations as usize);
    let default = Bounds::default();
    let times = configurations.div_ceil(default.configurations);
    Bounds { queue, configurations, steps: default.steps.saturating_mul(times) }
}

fn finding(pairs: &[Pair<'_>]) -> Result<Finding, Failure> {
    if pairs.iter().any(|pair| !pair.found.mismatches.is_empty()) {
        return Ok(Finding::Fail);
    }
    let exceeded = pairs.iter().any(|pair| pair.found.exceeded.is_some());
    Ok(if exceeded { Finding::Inconclusive } else { Finding::Pass })
}

/// Two actors, and what is found out about them.
struct Pair<'p> {
    actors: [&'p str; 2],
    bounds: Bounds,
    found: Comparison,
}

impl Pair<'_> {
    fn show(&self, program: &Program) -> Result<(), Failure> {
        let ([a, b], found) = (self.actors, &self.found);
        let verdict = match found.mismatches.len() {
            0 if let Some(why) = found.exceeded => self.undecided(why),
            0 if found.cut => format!("dual, as long as at most {} messages are under way each way", self.bounds.queue),
            0 => "dual".to_owned(),
            number if found.exceeded == Some(Exceeded::Mismatches) => {
                format!("{number} mismatches, and there may be more")
            }
            1 => "1 mismatch".to_owned(),
            number => format!("{number} mismatches"),
        };
        output::print(format_args!("{a} | {b}: {verdict}"))?;
        for mismatch in &found.mismatches {
            output::print(format_args!("  mismatch[{}]: {}", mismatch.kind, mismatch.text))?;
            for place in &mismatch.places {
                let place = check::place(program, place);
                output::print(format_args!("    --> {}:{}:{} {}", place.file, place.line, place.column, place.label))?;
            }
            let steps: Vec<String> = mismatch.trace.iter().map(|step| step.to_string()).collect();
            if !steps.is_empty() {
                output::print(format_args!("    trace: {}", steps.join("; ")))?;
            }
        }
        Ok(())
    }

    fn undecided(&self, why: Exceeded) -> String {
        let looked = format!("undecided: no mismatch in the first {} configurations", self.found.configurations);
        match why {
            Exceeded::Size => {
                format!("{looked}, and these actors have too many states to look at more; take them apart")
            }
            _ => format!(
                "{looked}, and there are more; try --queue {} or a larger --configurations",
                self.bounds.queue.saturating_sub(1).max(1)
            ),
        }
    }

    fn json(&self, program: &Program) -> serde_json::Value {
        let found = &self.found;
        let step = |step: &Step| {
            let label = Label { span: step.span, text: String::new() };
            let place = check::place(program, &label);
            serde_json::json!({ "actor": step.actor, "what": step.what, "to": step.to, "place": place })
        };
        let mismatch = |mismatch: &Mismatch| {
            let places: Vec<_> = mismatch.places.iter().map(|place| check::place(program, place)).collect();
            let trace: Vec<_> = mismatch.trace.iter().map(step).collect();
            serde_json::json!({
                "kind": mismatch.kind, "message": mismatch.message, "text": mismatch.text, "trace": trace, "places": places
            })
        };
        serde_json::json!({
            "actors": self.actors,
            "mismatches": found.mismatches.iter().map(mismatch).collect::<Vec<_>>(),
            "configurations": found.configurations,
            "queue": self.bounds.queue,
            "queue_bound_reached": found.cut,
            "exceeded": found.exceeded.is_some(),
            "exceeded_by": found.exceeded,
        })
    }
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
        Some(path) => {
            output::apart(path, std::slice::from_ref(&arguments.file))?;
            output::write_whole(path, text.as_bytes())?;
        }
        None => output::print(text.trim_end_matches('\n'))?,
    }
    Ok(Finding::Pass)
}
