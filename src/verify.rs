//! `dunbar verify`: the same scenario in two fresh processes, and where they part.
//!
//! The two processes differ in everything that must not matter: working directory, environment, number of threads. Where
//! their digests differ, the checkpoints are bisected, both run again recording the steps of that window, and the first
//! step that differs is shown from both sides.

mod pair;
mod recorded;
#[cfg(test)]
mod tests;

use std::path::Path;

use contract::trace::Step;
use scenarios::{Registry, Source, sweep};
use tempfile::TempDir;

use crate::child::Digests;
use crate::cli::{Selection, Verify};
use crate::exit::{Failure, Finding};
use crate::interrupt::Interrupt;
use crate::manifest::{self, FORMAT, Manifest};
use crate::output;
use pair::{Pair, Parting};

const WHEN_INTERRUPTED: &str = "# interrupted: it ends with what was compared; again to end at once";

pub(crate) fn verify(registry: &Registry, arguments: &Verify) -> Result<Finding, Failure> {
    let (source, manifest) = load(&arguments.selection)?;
    let folder = TempDir::new().map_err(|error| Failure::file("make a folder in", &std::env::temp_dir(), &error))?;
    // A folder of its own, and a name that no file beside a scenario has.
    let beside = folder.path().join("scenario");
    std::fs::create_dir(&beside).map_err(|error| Failure::file("create", &beside, &error))?;
    let file = beside.join(".verified.toml");
    std::fs::write(&file, source.text()).map_err(|error| Failure::file("write", &file, &error))?;
    let cells = sweep::cells(&source, registry)?;
    write_beside(&beside, &source)?;
    let seeds = match (&manifest, arguments.selection.seed) {
        (Some(manifest), None) => manifest.seeds.clone(),
        _ => crate::run::seeds(&arguments.selection, &cells),
    };
    if let Some(manifest) = &manifest {
        recorded::complete(manifest, &cells, &seeds)?;
    }
    let pair = Pair { folder, file, interrupt: Interrupt::listen(WHEN_INTERRUPTED)? };
    let (mut all, count): (Vec<Digests>, usize) = (Vec::new(), seeds.len());
    for (done, seed) in seeds.into_iter().enumerate() {
        let ran = if pair.interrupt.goes_on() { pair.run(&["--seed".into(), seed.to_string()])? } else { None };
        let Some([left, right]) = ran else { return Ok(interrupted(done, count)) };
        let differs = left.iter().zip(&right).find(|(left, right)| left != right);
        if let Some((left, right)) = differs {
            let system = registry.system_of(&source, &cells[left.cell].scenario)?;
            let Some(found) = pair.locate(left, right)? else {
                output::remark(format_args!(
                    "# interrupted: two fresh processes differ with seed {seed}; where was not found"
                ));
                return Ok(Finding::Fail);
            };
            explain(&found, &|step| system.describe(step), arguments.printing.json)?;
            return Ok(Finding::Fail);
        }
        if let Some(finding) = manifest.as_ref().and_then(|manifest| recorded::compare(manifest, &left)) {
            recorded::print_mismatch(&finding, arguments.printing.json)?;
            return Ok(Finding::Fail);
        }
        all.extend(left);
    }
    let runs = all.len();
    if let Some((written, now)) = manifest.as_ref().and_then(|manifest| recorded::compare_whole(manifest, all)) {
        recorded::print_whole(&written, &now, arguments.printing.json)?;
        return Ok(Finding::Fail);
    }
    if arguments.printing.json {
        let found = serde_json::json!({ "identical": true, "runs": runs, "against_manifest": manifest.is_some() });
        output::print(found)?;
    } else if !arguments.printing.quiet {
        let also = if manifest.is_some() { ", and as the manifest says" } else { "" };
        output::print(format_args!("identical: {runs} runs in two fresh processes{also}"))?;
    }
    Ok(Finding::Pass)
}

fn interrupted(done: usize, count: usize) -> Finding {
    output::remark(format_args!("# interrupted: {done} of {count} seeds were compared; no difference so far"));
    Finding::Inconclusive
}

/// The scenario, and the manifest if one was given.
fn load(selection: &Selection) -> Result<(Source, Option<Manifest>), Failure> {
    let path = &selection.file;
    if !crate::run::is_manifest(path) {
        return Ok((crate::run::source(selection)?, None));
    }
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
    let manifest: Manifest = serde_json::from_str(&text).map_err(|error| {
        Failure::input(
            format!("{} is no manifest: {error}", path.display()),
            "give a manifest.json that `dunbar run` wrote",
        )
    })?;
    let changed = [("--set", !selection.set.is_empty()), ("--variant", selection.variant.is_some())];
    if let Some((option, _)) = changed.iter().find(|(_, given)| *given) {
        let hint = format!("verify the scenario itself with {option}");
        return Err(Failure::input(format!("a manifest cannot be changed with {option}"), hint));
    }
    if manifest.format != FORMAT {
        let what = format!("{} has format {}", path.display(), manifest.format);
        return Err(Failure::input(what, format!("this program reads manifests of format {FORMAT}")));
    }
    if manifest.scenario.hash != manifest::hash(&manifest.scenario.text) {
        let hint = "it was edited; run the scenario again, or verify the scenario's own file";
        return Err(Failure::input(format!("{}: the scenario's text has another hash", path.display()), hint));
    }
    let source = Source::new(manifest.scenario.file.clone(), manifest.scenario.text.clone());
    Ok((source.with_files(manifest.scenario.files.clone()), Some(manifest)))
}

/// The files that the scenario named, for the two processes.
fn write_beside(folder: &Path, source: &Source) -> Result<(), Failure> {
    for (name, text) in source.files() {
        let path = folder.join(name);
        let made = std::fs::create_dir_all(path.parent().unwrap_or(folder));
        made.and_then(|()| std::fs::write(&path, text)).map_err(|error| Failure::file("write", &path, &error))?;
    }
    Ok(())
}

fn explain(parting: &Parting, describe: &dyn Fn(&Step) -> String, json: bool) -> Result<(), Failure> {
    let Parting { cell, seed, window: (from, to), agreed, left, right } = parting;
    let words = |step: &Option<Step>| step.as_ref().map_or("(nothing: this side has no further step)".into(), describe);
    let (left_words, right_words) = (words(left), words(right));
    let cause = left.as_ref().or(right.as_ref()).and_then(|step| step.cause);
    if json {
        let at = left.as_ref().or(right.as_ref()).map(|step| (step.node, step.at.as_nanos()));
        let found = serde_json::json!({
            "identical": false, "cell": cell, "seed": seed, "after_ns": from, "until_ns": to,
            "node": at.map(|at| at.0), "at_ns": at.map(|at| at.1), "left": left_words, "right": right_words,
        });
        return output::print(found);
    }
    let (from, to) = (seconds(*from), seconds(*to));
    if left.is_none() && right.is_none() {
        return output::print(format_args!(
            "cell {cell}, seed {seed}: two fresh processes differed between {from} and {to}, and the next pairs agreed\n\
             it happens now and then only: verify again, perhaps with fewer nodes or a shorter horizon"
        ));
    }
    let cause = cause.map(|cause| format!("  caused by event {} of node {}\n", cause.sequence, cause.node));
    output::print(format_args!(
        "cell {cell}, seed {seed}: two fresh processes differ\n\
         they agree up to {from}, and differ at {to}\n\
         after {agreed} equal steps in this window, the first that differs:\n  \
           one:   {left_words}\n  \
           other: {right_words}\n\
         {}\
         look for what this node consults besides its input and its state: a clock, an address, an unordered map",
        cause.unwrap_or_default(),
    ))
}

fn seconds(nanos: u64) -> String {
    if nanos == u64::MAX { "the end".to_owned() } else { contract::Time::from_nanos(nanos).to_string() }
}
