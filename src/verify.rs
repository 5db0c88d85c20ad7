//! `dunbar verify`: the same scenario in two fresh processes, and where they part.
//!
//! The two processes differ in everything that must not matter: working directory, environment, number of threads. Where
//! their digests differ, the checkpoints are bisected, both run again recording the steps of that window, and the first
//! step that differs is shown from both sides.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use contract::Hash;
use contract::trace::file::MAGIC;
use contract::trace::{Reader, Record, Step};
use scenarios::sweep::{self, Cell};
use scenarios::{Registry, Source};
use tempfile::TempDir;

use crate::child::Digests;
use crate::cli::{Selection, Verify};
use crate::exit::{Failure, Finding};
use crate::manifest::{self, FORMAT, Manifest};
use crate::output;

/// How often the window is narrowed again when the second pair of processes parts somewhere else, as a truly random leak
/// does.
const ATTEMPTS: usize = 3;

pub(crate) fn verify(registry: &Registry, arguments: &Verify) -> Result<Finding, Failure> {
    let (source, manifest) = load(&arguments.selection)?;
    let folder = TempDir::new().map_err(Failure::internal)?;
    let file = folder.path().join("scenario.toml");
    std::fs::write(&file, source.text()).map_err(|error| Failure::file("write", &file, &error))?;
    let cells = sweep::cells(&source, registry)?;
    let seeds = match (&manifest, arguments.selection.seed) {
        (Some(manifest), None) => manifest.seeds.clone(),
        _ => crate::run::seeds(&arguments.selection, &cells),
    };
    if let Some(manifest) = &manifest {
        complete(manifest, &cells, &seeds)?;
    }
    let pair = Pair { folder, file };
    let mut all: Vec<Digests> = Vec::new();
    for seed in seeds {
        let [left, right] = pair.run(&["--seed".into(), seed.to_string()])?;
        let differs = left.iter().zip(&right).find(|(left, right)| left != right);
        if let Some((left, right)) = differs {
            let system = registry.system_of(&source, &cells[left.cell].scenario)?;
            let found = pair.locate(left, right)?;
            explain(&found, &|step| system.describe(step), arguments.json)?;
            return Ok(Finding::Fail);
        }
        if let Some(finding) = manifest.as_ref().and_then(|manifest| compare(manifest, &left)) {
            print_mismatch(&finding, arguments.json)?;
            return Ok(Finding::Fail);
        }
        all.extend(left);
    }
    let runs = all.len();
    if let Some((recorded, now)) = manifest.as_ref().and_then(|manifest| compare_whole(manifest, all)) {
        print_whole(&recorded, &now, arguments.json)?;
        return Ok(Finding::Fail);
    }
    if arguments.json {
        let found = serde_json::json!({ "identical": true, "runs": runs, "against_manifest": manifest.is_some() });
        output::print(found)?;
    } else {
        let also = if manifest.is_some() { ", and as the manifest says" } else { "" };
        output::print(format_args!("identical: {runs} runs in two fresh processes{also}"))?;
    }
    Ok(Finding::Pass)
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
    if !selection.set.is_empty() {
        return Err(Failure::input("a manifest cannot be changed with --set", "run the scenario itself with --set"));
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
    Ok((source, Some(manifest)))
}

/// A manifest that lacks a run would agree with anything.
fn complete(manifest: &Manifest, cells: &[Cell], seeds: &[u64]) -> Result<(), Failure> {
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
struct Mismatch {
    cell: usize,
    seed: u64,
    recorded: String,
    now: String,
    program: String,
}

fn compare(manifest: &Manifest, digests: &[Digests]) -> Option<Mismatch> {
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
fn compare_whole(manifest: &Manifest, mut all: Vec<Digests>) -> Option<(String, String)> {
    let place = |seed: u64| manifest.seeds.iter().position(|other| *other == seed);
    all.sort_by_key(|digests| (digests.cell, place(digests.seed)));
    let hashes: Vec<Hash> = all.iter().map(|digests| Hash::parse(&digests.digest)).collect::<Option<_>>()?;
    let now = manifest::whole_digest(&hashes);
    (all.len() == manifest.runs.len() && now != manifest.digest).then(|| (manifest.digest.clone(), now))
}

fn print_whole(recorded: &str, now: &str, json: bool) -> Result<(), Failure> {
    if json {
        return output::print(serde_json::json!({ "identical": false, "recorded": recorded, "now": now }));
    }
    output::print(format_args!(
        "every run is as the manifest says, but not its digest over all: it has {recorded}, and should have {now}"
    ))
}

fn print_mismatch(mismatch: &Mismatch, json: bool) -> Result<(), Failure> {
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

/// The two processes.
struct Pair {
    folder: TempDir,
    file: PathBuf,
}

/// Where two runs part.
struct Parting {
    cell: usize,
    seed: u64,
    /// The last checkpoint at which they agreed, and the first at which they did not, in nanoseconds.
    window: (u64, u64),
    /// How many steps of the window agreed before.
    agreed: usize,
    left: Option<Step>,
    right: Option<Step>,
}

impl Pair {
    fn run(&self, arguments: &[String]) -> Result<[Vec<Digests>; 2], Failure> {
        // Both at once: what one does must not matter to the other either.
        let children = [0, 1].map(|side| self.spawn(side, arguments));
        let [left, right] = children.map(|child| child.and_then(collect));
        Ok([left?, right?])
    }

    fn spawn(&self, side: usize, arguments: &[String]) -> Result<std::process::Child, Failure> {
        let program = std::env::current_exe().map_err(Failure::internal)?;
        let place = self.folder.path().join(format!("side-{side}"));
        std::fs::create_dir_all(&place).map_err(Failure::internal)?;
        let mut command = Command::new(program);
        command.arg("child").arg(&self.file).args(arguments).current_dir(place);
        command.env("RAYON_NUM_THREADS", (side + 1).to_string()).env("DUNBAR_SIDE", "x".repeat(1 + 1_000 * side));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(Failure::internal)
    }

    fn locate(&self, left: &Digests, right: &Digests) -> Result<Parting, Failure> {
        let (cell, seed) = (left.cell, left.seed);
        let mut window = parting_window(left, right);
        let mut parting = Parting { cell, seed, window, agreed: 0, left: None, right: None };
        for _ in 0..ATTEMPTS {
            let files = [0, 1].map(|side| self.folder.path().join(format!("side-{side}/steps")));
            let arguments = |from: u64, to: u64| {
                let numbers = [cell.to_string(), seed.to_string(), from.to_string(), to.to_string()];
                let [cell, seed, from, to] = numbers;
                [
                    "--cell".into(),
                    cell,
                    "--seed".into(),
                    seed,
                    "--window".into(),
                    from,
                    to,
                    "--steps".into(),
                    "steps".into(),
                ]
            };
            let [left, right] = self.run(&arguments(window.0, window.1))?;
            parting = first_difference(&files, Parting { cell, seed, window, agreed: 0, left: None, right: None })?;
            if parting.left.is_some() || parting.right.is_some() {
                break;
            }
            if let (Some(left), Some(right)) = (left.first(), right.first()) {
                window = parting_window(left, right);
            }
        }
        Ok(parting)
    }
}

fn collect(child: std::process::Child) -> Result<Vec<Digests>, Failure> {
    let output = child.wait_with_output().map_err(Failure::internal)?;
    if !output.status.success() {
        return Err(Failure::internal(format!("a process of the pair ended with {}", output.status)));
    }
    let text = String::from_utf8(output.stdout).map_err(Failure::internal)?;
    text.lines().map(|line| serde_json::from_str(line).map_err(Failure::internal)).collect()
}

/// Bisects the checkpoints: digests cover everything before them, so once two runs differ they stay different.
fn parting_window(left: &Digests, right: &Digests) -> (u64, u64) {
    let both: Vec<_> = left.checkpoints.iter().zip(&right.checkpoints).collect();
    let agree = both.partition_point(|(left, right)| left == right);
    let from = agree.checked_sub(1).map_or(0, |last| both[last].0.0);
    let to = both.get(agree).map_or(u64::MAX, |(left, _)| left.0);
    (from, to)
}

/// Reads the steps of both sides next to each other.
fn first_difference(files: &[PathBuf; 2], mut parting: Parting) -> Result<Parting, Failure> {
    let [left, right] = files.each_ref().map(|file| read_steps(file));
    let (left, right) = (left?, right?);
    let (mut lefts, mut rights) = (left.into_iter(), right.into_iter());
    loop {
        match (lefts.next(), rights.next()) {
            (None, None) => return Ok(parting),
            (left, right) if left == right => parting.agreed += 1,
            (left, right) => {
                (parting.left, parting.right) = (left, right);
                return Ok(parting);
            }
        }
    }
}

fn read_steps(file: &Path) -> Result<Vec<Step>, Failure> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(std::fs::read(file).map_err(|error| Failure::file("read", file, &error))?);
    let mut reader = Reader::new(&bytes).map_err(Failure::internal)?;
    let mut steps = Vec::new();
    while let Some(record) = reader.next_record().map_err(Failure::internal)? {
        if let Record::Step(step) = record {
            steps.push(step);
        }
    }
    Ok(steps)
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
