//! `dunbar shrink`: a smaller scenario that fails with the same seed.

use std::path::{Path, PathBuf};

use scenarios::gate::Compare;
use scenarios::resolve::FIRST_SEED_MAX;
use scenarios::shrink::{self, Failed, Failing};
use scenarios::{Registry, Source, sweep};

use crate::cli::Shrink;
use crate::exit::{Failure, Finding};
use crate::interrupt::Interrupt;
use crate::output;

pub(crate) fn shrink(registry: &Registry, arguments: &Shrink) -> Result<Finding, Failure> {
    let selection = &arguments.selection;
    let Some(seed) = selection.seed else {
        return Err(Failure::input("no seed", "give the seed that fails with --seed N; `dunbar check` names it"));
    };
    if seed > FIRST_SEED_MAX {
        return Err(Failure::input(
            format!("seed {seed}"),
            format!("the seeds of a scenario begin at {FIRST_SEED_MAX} or below"),
        ));
    }
    let name = selection.file.file_stem().map(|name| name.to_string_lossy()).unwrap_or_default();
    let path = arguments.out.clone().unwrap_or_else(|| PathBuf::from(format!("{name}-seed-{seed}.toml")));
    output::apart(&path, std::slice::from_ref(&selection.file))?;
    output::vacant(&path, arguments.force)?;
    let (source, failing) = target(registry, crate::run::source(selection)?, seed)?;
    if !arguments.quiet {
        let how = if failing.statistical { "is rejected by the gate with seeds from" } else { "fails with seed" };
        output::remark(format_args!("# {} {how} {}", failing.shown, failing.seed));
    }
    let interrupt =
        Interrupt::listen("# interrupted: the step that has begun is finished; again to end at once, without a file")?;
    let (mut steps, mut kept) = (0, 0);
    let small = shrink::shrink(registry, &source, &failing, &mut |what, helped| {
        steps += 1;
        kept += u32::from(helped);
        if helped && !arguments.quiet {
            output::remark(format_args!("smaller: {what}"));
        }
        interrupt.goes_on()
    })?;
    write_alone(&path, &small)?;
    let (before, after) = (source.text().lines().count(), small.text().lines().count());
    if arguments.json {
        output::print(serde_json::json!({
            "file": path.to_string_lossy(), "fails": failing.shown, "statistical": failing.statistical, "seed": failing.seed,
            "steps": steps, "helped": kept, "lines": [before, after],
        }))?;
    } else {
        output::print(format_args!(
            "{}: {} still fails; {kept} of {steps} steps helped, {before} lines became {after}",
            path.display(),
            failing.shown
        ))?;
    }
    if !interrupt.goes_on() {
        output::remark("# interrupted: it may become smaller still");
        return Ok(Finding::Inconclusive);
    }
    Ok(Finding::Pass)
}

/// Writes a scenario with what lies beside it, which may be in other folders than its own.
pub(crate) fn write_alone(path: &Path, source: &Source) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new(""));
    for (name, text) in source.files() {
        let beside = folder.join(&name);
        match std::fs::read(&beside) {
            Ok(there) if there == text.as_bytes() => continue,
            Ok(_) => {
                let what = format!("{} is there already, and is not what the scenario reads", beside.display());
                return Err(Failure::input(what, "write into another folder with --out"));
            }
            Err(_) => {}
        }
        if let Some(folder) = beside.parent() {
            std::fs::create_dir_all(folder).map_err(|error| Failure::file("create", folder, &error))?;
        }
        output::write_whole(&beside, text.as_bytes())?;
    }
    output::write_whole(path, with_others(path, folder, source)?.text().as_bytes())
}

/// The scenario with copies beside it of those with which it is compared.
fn with_others(path: &Path, folder: &Path, source: &Source) -> Result<Source, Failure> {
    let mut alone = source.clone();
    let from = source.name().split(" (").next().unwrap_or_default();
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let expectations = source.value("expect")?.and_then(|all| all.as_array().cloned()).unwrap_or_default();
    for (number, expectation) in expectations.iter().enumerate() {
        let other = expectation.get("compare").and_then(|compare| compare.get("scenario")?.as_str());
        let Some(other) = other else { continue };
        let original = Path::new(from).parent().unwrap_or(Path::new("")).join(other);
        let whole = Source::open(&original, None).map_err(|error| Failure::open(&original, error))?;
        let copy = format!("{}-against-{}.toml", stem(path), stem(&original));
        output::write_whole(&folder.join(&copy), whole.text().as_bytes())?;
        alone = alone.with(&format!("expect.{number}.compare.scenario"), &format!("{copy:?}"))?;
    }
    Ok(alone)
}

/// The first cell in which something fails with this seed, and what: something about this seed alone, if there is; or else what the
/// gate rejects with seeds from this one, or from the scenario's first, on.
fn target(registry: &Registry, source: Source, seed: u64) -> Result<(Source, Failing), Failure> {
    let mut saved = false;
    for settings in sweep::settings(&source)? {
        let mut cell = source.clone();
        for (key, value) in &settings {
            cell = cell.with(key, value)?;
        }
        let exact = |failed: &Failed| !failed.statistical;
        if let Some(failed) = shrink::failing(registry, &cell, &[seed])?.into_iter().find(exact) {
            return Ok((cell, Failing { shown: failed.shown, seed, statistical: false }));
        }
        let scenario = sweep::cell(&cell, Vec::new(), registry)?.scenario;
        saved |= scenario.expectations.iter().any(|one| one.terms.compare == Some(Compare::Baseline));
        let own = Some(scenario.seeds.0).filter(|own| *own != seed);
        for seed in [Some(seed), own].into_iter().flatten() {
            if let Some(failed) = shrink::rejected(registry, &cell, seed, None)?.into_iter().next() {
                return Ok((cell, Failing { shown: failed.shown, seed, statistical: true }));
            }
        }
    }
    let hint = match saved {
        false => "`dunbar check` names a seed for each failure; --set and --variant choose the cell",
        true => {
            "what is compared with a baseline cannot be shrunk, since no smaller scenario was saved: \
             `dunbar run --trace` before and after the change and `dunbar diff` show where they part"
        }
    };
    Err(Failure::input(format!("nothing fails with seed {seed}"), hint))
}
