//! A manifest: whether it can be compared with, and whether the runs are as it says.

use contract::Hash;
use scenarios::sweep::Cell;

use crate::child::Digests;
use crate::exit::Failure;
use crate::manifest::{self, Manifest};
use crate::output;

/// A manifest that lacks a run would agree with anything.
pub(super) fn complete(manifest: &Manifest, cells: &[Cell], seeds: &[u64]) -> Result<(), Failure> {
    if manifest.seeds.is_empty() && !manifest.runs.is_empty() {
        let what =
            format!("the run was interrupted: of its {} runs, no seed has one in every cell", manifest.runs.len());
        return Err(Failure::input(what, "run the scenario to its end, or fewer seeds of it with --set seeds=N"));
    }
    if manifest.seeds.is_empty() {
        return Err(Failure::input("the manifest has no seeds", "give a manifest.json that `dunbar run` wrote"));
    }
    let lacks = |cell: usize, seed: u64| !manifest.runs.iter().any(|run| (run.cell, run.seed) == (cell, seed));
    let missing =
        seeds.iter().flat_map(|seed| (0..cells.len()).map(move |cell| (cell, *seed))).find(|run| lacks(run.0, run.1));
    if let Some((cell, seed)) = missing {
        let seeds: Vec<String> = manifest.seeds.iter().map(u64::to_string).collect();
        let hint = format!("its seeds are {}", seeds.join(", "));
        return Err(Failure::input(format!("the manifest has no run of cell {cell} with seed {seed}"), hint));
    }
    Ok(())
}

/// A run whose digest is not the manifest's.
pub(super) struct Mismatch {
    cell: usize,
    seed: u64,
    recorded: String,
    now: String,
    program: String,
}

pub(super) fn compare(manifest: &Manifest, digests: &[Digests]) -> Option<Mismatch> {
    digests.iter().find_map(|now| {
        let recorded = manifest.runs.iter().find(|run| (run.cell, run.seed) == (now.cell, now.seed))?;
        (recorded.digest != now.digest).then(|| Mismatch {
            cell: now.cell,
            seed: now.seed,
            recorded: recorded.digest.clone(),
            now: now.digest.clone(),
            program: format!("{} at {}", manifest.program.version, manifest.program.commit),
        })
    })
}

/// The manifest's digest over all runs and what it should be, if they differ. Nothing is known about it unless all ran.
pub(super) fn compare_whole(manifest: &Manifest, mut all: Vec<Digests>) -> Option<(String, String)> {
    let place = |seed: u64| manifest.seeds.iter().position(|other| *other == seed);
    all.sort_by_key(|digests| (digests.cell, place(digests.seed)));
    let hashes: Vec<Hash> = all.iter().map(|digests| Hash::parse(&digests.digest)).collect::<Option<_>>()?;
    let now = manifest::whole_digest(&hashes);
    (all.len() == manifest.runs.len() && now != manifest.digest).then(|| (manifest.digest.clone(), now))
}

pub(super) fn print_whole(recorded: &str, now: &str, json: bool) -> Result<(), Failure> {
    if json {
        return output::print(serde_json::json!({ "identical": false, "recorded": recorded, "now": now }));
    }
    output::print(format_args!(
        "every run is as the manifest says, but not its digest over all: it has {recorded}, and should have {now}"
    ))
}

pub(super) fn print_mismatch(mismatch: &Mismatch, json: bool) -> Result<(), Failure> {
    let Mismatch { cell, seed, recorded, now, program } = mismatch;
    if json {
        let found =
            serde_json::json!({ "identical": false, "cell": cell, "seed": seed, "recorded": recorded, "now": now });
        return output::print(found);
    }
    output::print(format_args!("cell {cell}, seed {seed}: the manifest has {recorded}, this program gives {now}"))?;
    output::print(format_args!(
        "two fresh processes of this program agree, so the program or the manifest changed since {program}"
    ))
}
