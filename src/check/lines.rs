//! A line for each expectation, the way to see its failure again, and annotations for GitHub.

use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use scenarios::Verdict;
use scenarios::expect::{Claim, Expectation};
use scenarios::gate::{Compare, Finding as Found};
use scenarios::sweep::{Cell, Settings};
use serde_json::{Value, json};

use super::Checked;
use crate::exit::{Failure, in_words};
use crate::run::pairs;

pub(super) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Fail => "FAIL",
        Verdict::Inconclusive => "INCONCLUSIVE",
        Verdict::Vacuous => "VACUOUS",
    }
}

/// What is said of an expectation that no cell is asked for.
pub(super) const NOT_JUDGED: &str = "NOT JUDGED";

/// Why it is asked of no cell.
pub(super) fn nowhere(expectation: &Expectation) -> String {
    format!("no cell has {}", pairs(&expectation.when))
}

/// What is expected, and in which cell.
pub(super) fn name(cell: &Cell, finding: &Found) -> String {
    let expectation = &cell.scenario.expectations[finding.expectation];
    let margin = expectation.terms.margin.map_or(String::new(), |margin| format!(" (margin {margin})"));
    let at = if cell.settings.is_empty() { String::new() } else { format!(" at {}", pairs(&cell.settings)) };
    format!("{}{margin}{at}", expectation.shown())
}

/// What was found, in numbers.
pub(super) fn numbers(cell: &Cell, finding: &Found) -> String {
    let is_statistic = matches!(cell.scenario.expectations[finding.expectation].claim, Claim::Statistic { .. });
    let mut text = match finding.value {
        None => "no value".to_owned(),
        Some(value) if is_statistic => format!("{value:.6}"),
        Some(held) => return format!("held in {held} of {} runs", finding.runs),
    };
    if let Some(interval) = finding.interval {
        let _ = write!(text, " [{:.4}, {:.4}]", interval.low, interval.high);
    }
    let _ = write!(text, " over {} runs", finding.runs);
    if let Some(correlation) = finding.correlation {
        let _ = write!(text, ", correlation {correlation:.2}");
    }
    if !finding.note.is_empty() {
        let _ = write!(text, "; {}", finding.note);
    }
    text
}

/// The command that shows the witness of a finding, with its trace, and what it is compared with.
pub(super) fn replay(one: &Checked, (cell, finding): (&Cell, &Found)) -> Option<String> {
    let seed = finding.witness?;
    let compare = cell.scenario.expectations[finding.expectation].terms.compare.as_ref();
    let folder = one.baseline.as_ref().filter(|_| compare == Some(&Compare::Baseline));
    let baseline = folder.map_or(String::new(), |folder| option("baseline", &folder.display().to_string()));
    let alone = alone((&one.path, None), &cell.settings, seed);
    Some(format!("{alone}{baseline} --trace --out out/witness --force"))
}

/// The command that runs one seed of one cell.
pub(crate) fn alone((path, variant): (&Path, Option<&str>), settings: &Settings, seed: u64) -> String {
    let variant = variant.map_or(String::new(), |variant| option("variant", variant));
    let set: String = settings.iter().map(|(key, value)| option("set", &format!("{key}={value}"))).collect();
    format!("{} run {} --seed {seed}{variant}{set}", crate::program(), quoted(&path.display().to_string()))
}

fn option(name: &str, value: &str) -> String {
    format!(" --{name} {}", quoted(value))
}

/// As a shell reads it back.
fn quoted(text: &str) -> String {
    // What begins with a dash would be taken for an option.
    if text.starts_with('-') {
        return quoted(&format!("./{text}"));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

pub(super) fn text(library: &[Checked]) -> String {
    let mut text = String::new();
    let (mut passed, mut all) = (0, 0);
    for one in library {
        let _ = writeln!(text, "{}", one.path.display());
        for (cell, finding) in one.all() {
            all += 1;
            passed += usize::from(finding.verdict == Verdict::Pass);
            let _ =
                writeln!(text, "  {:12} {}: {}", word(finding.verdict), name(cell, finding), numbers(cell, finding));
            if finding.verdict == Verdict::Pass {
                continue;
            }
            if let (Some(seed), Some(replay)) = (finding.witness, replay(one, (cell, finding))) {
                let _ = writeln!(text, "               seed {seed} shows it: {replay}");
            }
        }
        for (expectation, why) in one.vacuous() {
            let shown = one.cells[0].scenario.expectations[*expectation].shown();
            let _ = writeln!(text, "  {:12} {shown}: {why}", word(Verdict::Vacuous));
        }
        for (_, expectation) in one.not_judged() {
            let _ = writeln!(text, "  {NOT_JUDGED:12} {}: {}", expectation.shown(), nowhere(expectation));
        }
        for why in &one.trouble {
            let _ = writeln!(text, "  {:12} {}", "ERROR", in_words(why));
        }
        if let Some(cut) = one.cut() {
            let _ = writeln!(text, "  {:12} {cut}", "INTERRUPTED");
        }
        for (expectation, by) in one.mutated.iter().flat_map(|mutated| &mutated.flipped) {
            let shown = one.cells[0].scenario.expectations[*expectation].shown();
            let _ = writeln!(text, "  {:12} {shown}: with \"{by}\" it does not pass", "can fail");
        }
    }
    let vacuous: usize = library.iter().map(|one| one.vacuous().len()).sum();
    let _ = write!(text, "{passed} of {all} pass");
    if library.iter().any(|one| one.mutated.is_some()) {
        let can_fail: usize = library.iter().filter_map(|one| Some(one.mutated.as_ref()?.flipped.len())).sum();
        let _ = write!(text, ", {vacuous} vacuous, {can_fail} can fail");
    }
    text
}

pub(super) fn json(library: &[Checked]) -> Value {
    let scenario = |one: &Checked| {
        let findings: Vec<Value> = one
            .all()
            .into_iter()
            .map(|(cell, finding)| {
                json!({
                    "expectation": finding.expectation, "shown": name(cell, finding), "settings": cell.settings,
                    "verdict": word(finding.verdict), "value": finding.value, "interval": finding.interval,
                    "runs": finding.runs, "made": finding.made, "p_over_alpha": finding.surprise,
                    "correlation": finding.correlation, "note": finding.note, "witness": finding.witness,
                    "replay": replay(one, (cell, finding)),
                })
            })
            .collect();
        let vacuous: Vec<Value> =
            one.vacuous().iter().map(|(expectation, why)| json!({ "expectation": expectation, "why": why })).collect();
        let flipped = one.mutated.iter().flat_map(|mutated| &mutated.flipped);
        let flipped: Vec<Value> =
            flipped.map(|(expectation, by)| json!({ "expectation": expectation, "by": by })).collect();
        let not_judged: Vec<String> = one.not_judged().into_iter().map(|(_, one)| one.shown()).collect();
        let errors: Vec<String> = one.trouble.iter().map(in_words).collect();
        json!({
            "file": one.path.to_string_lossy(), "findings": findings, "vacuous": vacuous, "flipped": flipped, "not_judged": not_judged,
            "errors": errors, "interrupted": one.cut(),
        })
    };
    json!(library.iter().map(scenario).collect::<Vec<_>>())
}

/// Annotations at file and line of each expectation that did not pass.
pub(super) fn github(library: &[Checked]) -> String {
    let mut lines = Vec::new();
    for one in library {
        for (cell, finding) in one.all().into_iter().filter(|(_, finding)| finding.verdict != Verdict::Pass) {
            let witness = replay(one, (cell, finding)).map_or(String::new(), |replay| format!("\n{replay}"));
            let message = format!("{}: {}{witness}", name(cell, finding), numbers(cell, finding));
            lines.push(annotation((cell, finding.expectation), ("error", word(finding.verdict)), &message));
        }
        for why in &one.trouble {
            let place = match why {
                Failure::Scenario(bad) => bad.line_and_column().map(|place| (bad.file(), place)),
                Failure::Input { .. } | Failure::Internal(_) | Failure::Program { .. } => None,
            };
            let file = one.path.display().to_string();
            lines.push(line_of(place.unwrap_or((&file, (1, 1))), ("error", "ERROR"), &in_words(why)));
        }
        if let Some(cut) = one.cut() {
            lines.push(line_of((&one.path.display().to_string(), (1, 1)), ("error", "INTERRUPTED"), &cut));
        }
        for (expectation, why) in one.vacuous() {
            lines.push(annotation((&one.cells[0], *expectation), ("error", word(Verdict::Vacuous)), why));
        }
        for (number, expectation) in one.not_judged() {
            let message = format!("{}: {}", expectation.shown(), nowhere(expectation));
            lines.push(annotation((&one.cells[0], number), ("warning", NOT_JUDGED), &message));
        }
    }
    lines.join("\n")
}

fn annotation((cell, expectation): (&Cell, usize), title: (&str, &str), message: &str) -> String {
    let place = cell.scenario.expectations[expectation].place.clone();
    let bad = cell.source.error(place, "", "");
    line_of((bad.file(), bad.line_and_column().unwrap_or((1, 1))), title, message)
}

/// One annotation. GitHub finds no file by a path that leads back, such as `sub/../base.toml`.
fn line_of((file, (line, column)): (&str, (usize, usize)), (level, title): (&str, &str), message: &str) -> String {
    // A property has more characters to escape than a message.
    let escaped = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let file = escaped(&straight(Path::new(file)).display().to_string()).replace(':', "%3A").replace(',', "%2C");
    format!("::{level} file={file},line={line},col={column},title={title}::{}", escaped(message))
}

/// A path without a step back to a folder that it has just left.
fn straight(path: &Path) -> PathBuf {
    let mut straight = PathBuf::new();
    for part in path.components() {
        let leaves = matches!(straight.components().next_back(), Some(Component::Normal(_)));
        match part {
            Component::ParentDir if leaves => drop(straight.pop()),
            Component::CurDir => {}
            part => straight.push(part),
        }
    }
    straight
}
