//! `dunbar explore`: fresh seeds and subsets of the faults, until the time is over. For nights, not for CI.
//!
//! Each run leaves every fault out with probability ½ (swarm testing: Groce et al., ISSTA 2012): what all faults together
//! hide, some of them may show. A scenario may be about its faults; so with some of them left out, only the expectations count
//! that it declares as `invariants`, and those that every scenario has: nothing breaks, nothing panics. Means, rates and
//! quantiles are not judged, since one run says nothing of them. A failure is kept once for each file and expectation.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use contract::{Hash, Seed, units};
use scenarios::shrink::{self, Failed};
use scenarios::{Registry, Source, sweep};

use crate::check::scenarios_in;
use crate::cli::Explore;
use crate::exit::{self, Failure, Finding};
use crate::interrupt::Interrupt;
use crate::output;

pub(crate) fn explore(registry: &Registry, arguments: &Explore) -> Result<Finding, Failure> {
    let time = units::parse_span(&arguments.time)
        .map_err(|bad| Failure::input(format!("--time {}: {bad}", arguments.time), "write '1 h' or '30 s'"))?;
    let paths = scenarios_in(&arguments.paths)?;
    let (mut cells, mut bad) = (Vec::new(), 0);
    for path in &paths {
        match cells_of(registry, path) {
            Ok(of_file) => cells.extend(of_file),
            Err(why) => {
                bad += 1;
                exit::remark(why);
            }
        }
    }
    let first = arguments.seed.unwrap_or_else(clock);
    output::remark(format_args!("# seeds from {first}, {} cells", cells.len()));
    // Before an hour is over, and not when the first failure is found.
    std::fs::create_dir_all(&arguments.out).map_err(|error| Failure::file("create", &arguments.out, &error))?;
    output::probe(&arguments.out)?;
    let interrupt = Interrupt::listen("# interrupted: the run that has begun is finished; again to end at once")?;
    let (began, limit) = (Instant::now(), Duration::from_nanos(time.as_nanos()));
    let (mut runs, mut kept) = (0u64, 0u64);
    let goes_on = |runs: u64| began.elapsed() < limit && arguments.runs.is_none_or(|most| runs < most);
    while !cells.is_empty() && goes_on(runs) && interrupt.goes_on() {
        let seed = first.wrapping_add(runs) & (i64::MAX as u64);
        let at = (runs % cells.len() as u64) as usize;
        runs += 1;
        match violated(registry, &cells[at].1, seed) {
            Ok((source, failed)) => {
                for failed in &failed {
                    if let Some(path) = keep(&arguments.out, (&cells[at].0, &source), failed, seed)? {
                        kept += 1;
                        tell(arguments.json, &failed.shown, seed, &path)?;
                    }
                }
            }
            // A cell that cannot be run says so once.
            Err(why) => {
                bad += 1;
                exit::remark(why);
                cells.remove(at);
            }
        }
    }
    // Only if nothing was found.
    let _ = std::fs::remove_dir(&arguments.out);
    let interrupted = !interrupt.goes_on();
    match arguments.json {
        true => output::print(serde_json::json!({
            "runs": runs, "new": kept, "left_out": bad, "out": arguments.out.to_string_lossy(), "interrupted": interrupted,
        }))?,
        false => output::print(format_args!("{runs} runs, {kept} new failures in {}", arguments.out.display()))?,
    }
    match (kept, bad) {
        (0, 0) if interrupted => Ok(Finding::Inconclusive),
        (0, 0) => Ok(Finding::Pass),
        (0, _) => Err(Failure::input(format!("{bad} scenarios or cells were left out"), "the errors above say why")),
        _ => Ok(Finding::Fail),
    }
}

/// The cells of a file, each with its path.
fn cells_of(registry: &Registry, path: &Path) -> Result<Vec<(PathBuf, Source)>, Failure> {
    let source = Source::open(path, None).map_err(|error| Failure::open(path, error))?;
    let cells = sweep::cells(&source, registry)?;
    Ok(cells.into_iter().map(|cell| (path.to_path_buf(), cell.source)).collect())
}

/// The scenario with some of its faults, and what fails in it with this seed and must not.
fn violated(registry: &Registry, source: &Source, seed: u64) -> Result<(Source, Vec<Failed>), Failure> {
    let (source, invariants) = swarm(registry, source, seed)?;
    let holds = |failed: &Failed| {
        let metric = failed.metric.as_ref();
        !(failed.statistical || failed.existential)
            && (failed.index.is_none()
                || invariants.as_ref().is_none_or(|names| metric.is_some_and(|metric| names.contains(metric))))
    };
    let failed = shrink::failing(registry, &source, &[seed])?.into_iter().filter(holds).collect();
    Ok((source, failed))
}

/// Seeds that nobody has run yet.
fn clock() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    (since.as_nanos() as u64) & (i64::MAX as u64)
}

/// The scenario with some of its faults; if one is missing, also the metrics whose expectations must hold without it.
fn swarm(registry: &Registry, source: &Source, seed: u64) -> Result<(Source, Option<Vec<String>>), Failure> {
    let faults = source.value("fault")?.as_ref().and_then(|faults| faults.as_array()).map_or(0, |faults| faults.len());
    let key = Seed::from_number(seed).key("swarm");
    let out: Vec<usize> = (0..faults).rev().filter(|index| key.draw(*index as u64, 0)[0] & 1 == 1).collect();
    let mut left = source.clone();
    for index in &out {
        left = left.without_item("fault", *index)?;
    }
    let cell = sweep::cell(&left, Vec::new(), registry)?;
    let all = || cell.scenario.invariants.iter().map(|name| name.get_ref().clone()).collect();
    let invariants = (!out.is_empty()).then(all);
    Ok((left, invariants))
}

/// Writes a scenario of this failure alone, unless one of the same expectation is there, and says where.
///
/// What lies beside it needs a folder of its own: two scenarios may read files of one name.
fn keep(
    folder: &Path,
    (file, source): (&Path, &Source),
    failed: &Failed,
    seed: u64,
) -> Result<Option<PathBuf>, Failure> {
    let hash = Hash::blake3(&[file.to_string_lossy().as_bytes(), failed.shown.as_bytes()]).to_string();
    let stem = file.file_stem().map(|name| name.to_string_lossy()).unwrap_or_default();
    let name = format!("{stem}-{}", &hash[..8]);
    let folder = if source.files().is_empty() { folder.to_path_buf() } else { folder.join(&name) };
    let path = folder.join(format!("{name}.toml"));
    if path.exists() {
        return Ok(None);
    }
    let mut alone = source.with("first_seed", &seed.to_string())?.with("seeds", "1")?;
    let compares = alone.text().contains("compare");
    for aside in shrink::ASIDE {
        // A comparison may name a variant.
        if alone.value(aside)?.is_some() && !(compares && aside == "variants") {
            alone = alone.without(&[aside.to_owned()])?;
        }
    }
    let expectations = alone.value("expect")?.as_ref().and_then(|all| all.as_array()).map_or(0, |all| all.len());
    // A run that breaks shows it whatever is expected.
    for index in (0..expectations).rev().filter(|index| failed.index.is_some_and(|failed| failed != *index)) {
        alone = alone.without_item("expect", index)?;
    }
    std::fs::create_dir_all(&folder).map_err(|error| Failure::file("create", &folder, &error))?;
    crate::shrink::write_alone(&path, &alone)?;
    Ok(Some(path))
}

/// Says what was found: a line, also as JSON.
fn tell(json: bool, shown: &str, seed: u64, path: &Path) -> Result<(), Failure> {
    if json {
        return output::print(serde_json::json!({ "found": shown, "seed": seed, "file": path.to_string_lossy() }));
    }
    output::print(format_args!("found: {shown} with seed {seed}, kept in {}", path.display()))
}
