//! `dunbar explore`: fresh seeds and subsets of the faults, until the time is over. For nights, not for CI.
//!
//! Each run leaves every fault out with probability ½ (swarm testing: Groce et al., ISSTA 2012): what all faults together
//! hide, some of them may show. A scenario may be about its faults; so with some of them left out, only the expectations count
//! that it declares as `invariants`, and those that every scenario has: nothing breaks, nothing panics. A failure is kept once
//! for each scenario and expectation.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use contract::{Hash, Seed, units};
use scenarios::gate::mutate;
use scenarios::shrink::{self, Failed};
use scenarios::{Registry, Source, sweep};

use crate::check::scenarios_in;
use crate::cli::Explore;
use crate::exit::{Failure, Finding};
use crate::output;

pub(crate) fn explore(registry: &Registry, arguments: &Explore) -> Result<Finding, Failure> {
    let time = units::parse_span(&arguments.time)
        .map_err(|bad| Failure::input(format!("--time {}: {bad}", arguments.time), "write '1 h' or '30 s'"))?;
    let mut cells: Vec<(String, Source)> = Vec::new();
    for path in scenarios_in(&arguments.paths)? {
        let source = Source::open(&path, None).map_err(|error| Failure::open(&path, error))?;
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        for settings in sweep::settings(&source)? {
            let set = |source: Source, (key, value): &(String, String)| source.with(key, value);
            cells.push((name.clone(), settings.iter().try_fold(source.clone(), set)?));
        }
    }
    let first = arguments.seed.unwrap_or_else(clock);
    output::remark(format_args!("# seeds from {first}, {} cells", cells.len()));
    let (began, limit) = (Instant::now(), Duration::from_nanos(time.as_nanos()));
    let (mut runs, mut kept) = (0u64, 0u64);
    while began.elapsed() < limit && arguments.runs.is_none_or(|most| runs < most) {
        let seed = first.wrapping_add(runs) & (i64::MAX as u64);
        let (name, source) = &cells[(runs % cells.len() as u64) as usize];
        let (source, invariants) = swarm(registry, source, seed)?;
        let holds = |failed: &&Failed| {
            let metric = failed.metric.as_ref();
            !(failed.statistical || failed.existential)
                && (failed.index.is_none()
                    || invariants.as_ref().is_none_or(|names| metric.is_some_and(|metric| names.contains(metric))))
        };
        for failed in shrink::failing(registry, &source, &[seed])?.iter().filter(holds) {
            kept += u64::from(keep(&arguments.out, (name, &source), failed, seed)?);
        }
        runs += 1;
    }
    output::print(format_args!("{runs} runs, {kept} new failures in {}", arguments.out.display()))?;
    Ok(if kept == 0 { Finding::Pass } else { Finding::Fail })
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
    let invariants = if out.is_empty() { None } else { Some(mutate::invariants(registry, &cell)?) };
    Ok((left, invariants))
}

/// Writes a scenario of this failure alone, unless one of the same expectation is there.
fn keep(folder: &Path, (name, source): (&str, &Source), failed: &Failed, seed: u64) -> Result<bool, Failure> {
    let hash = Hash::blake3(&[failed.shown.as_bytes()]).to_string();
    let path = folder.join(format!("{name}-{}.toml", &hash[..8]));
    if path.exists() {
        return Ok(false);
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
    std::fs::create_dir_all(folder).map_err(|error| Failure::file("create", folder, &error))?;
    crate::shrink::write_alone(&path, &alone)?;
    output::print(format_args!("found: {} with seed {seed}, kept in {}", failed.shown, path.display()))?;
    Ok(true)
}
