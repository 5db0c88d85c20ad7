//! A line for each expectation, the way to see its failure again, and annotations for GitHub.

use std::fmt::Write as _;

use scenarios::Verdict;
use scenarios::expect::{Claim, Expectation};
use scenarios::gate::Finding as Found;
use scenarios::sweep::{Cell, Settings};
use serde_json::{Value, json};

use super::Checked;
use crate::exit::{Failure, in_words};

pub(super) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Fail => "FAIL",
        Verdict::Inconclusive => "INCONCLUSIVE",
        Verdict::Vacuous => "VACUOUS",
    }
}

/// What is expected, and in which cell.
pub(super) fn name(cell: &Cell, finding: &Found) -> String {
    let expectation = &cell.scenario.expectations[finding.expectation];
    let margin = expectation.terms.margin.map_or(String::new(), |margin| format!(" (margin {margin})"));
    let at = if cell.settings.is_empty() { String::new() } else { format!(" at {}", pairs(&cell.settings)) };
    format!("{}{margin}{at}", expectation.shown())
}

/// Settings as they are written.
pub(super) fn pairs(settings: &Settings) -> String {
    let pairs: Vec<String> = settings.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    pairs.join(", ")
}

/// What was found, in numbers.
pub(super) fn numbers(cell: &Cell, finding: &Found) -> String {
    let is_statistic = matches!(cell.scenario.expectations[finding.expectation].claim, Claim::Statistic { .. });
    let mut text = match finding.value {
        None => "no value".to_owned(),
        Some(value) if is_statistic => format!("{value:.6}"),
        Some(held) => return format!("in {held} of {} runs", finding.runs),
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

/// The command that shows the witness, with its trace.
pub(super) fn replay(one: &Checked, cell: &Cell, seed: u64) -> String {
    let set: String =
        cell.settings.iter().map(|(key, value)| format!(" --set {}", quoted(&format!("{key}={value}")))).collect();
    format!(
        "dunbar run {} --seed {seed}{set} --trace --out out/witness --force",
        quoted(&one.path.display().to_string())
    )
}

/// As a shell reads it back.
fn quoted(text: &str) -> String {
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
            if let Some(seed) = finding.witness {
                let _ = writeln!(text, "               seed {seed} shows it: {}", replay(one, cell, seed));
            }
        }
        for (expectation, why) in one.vacuous() {
            let shown = one.cells[0].scenario.expectations[*expectation].shown();
            let _ = writeln!(text, "  {:12} {shown}: {why}", word(Verdict::Vacuous));
        }
        for expectation in one.not_judged() {
            let when = pairs(&expectation.when);
            let _ = writeln!(text, "  {:12} {}: no cell has {when}", "NOT JUDGED", expectation.shown());
        }
        for why in &one.trouble {
            let _ = writeln!(text, "  {:12} {}", "ERROR", in_words(why));
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
                    "replay": finding.witness.map(|seed| replay(one, cell, seed)),
                })
            })
            .collect();
        let vacuous: Vec<Value> =
            one.vacuous().iter().map(|(expectation, why)| json!({ "expectation": expectation, "why": why })).collect();
        let flipped = one.mutated.iter().flat_map(|mutated| &mutated.flipped);
        let flipped: Vec<Value> =
            flipped.map(|(expectation, by)| json!({ "expectation": expectation, "by": by })).collect();
        let not_judged: Vec<String> = one.not_judged().into_iter().map(Expectation::shown).collect();
        let errors: Vec<String> = one.trouble.iter().map(in_words).collect();
        json!({
            "file": one.path, "findings": findings, "vacuous": vacuous, "flipped": flipped, "not_judged": not_judged,
            "errors": errors,
        })
    };
    json!(library.iter().map(scenario).collect::<Vec<_>>())
}

/// Annotations at file and line of each expectation that did not pass.
pub(super) fn github(library: &[Checked]) -> String {
    let mut lines = Vec::new();
    for one in library {
        for (cell, finding) in one.all().into_iter().filter(|(_, finding)| finding.verdict != Verdict::Pass) {
            let witness = finding.witness.map_or(String::new(), |seed| format!("\n{}", replay(one, cell, seed)));
            let message = format!("{}: {}{witness}", name(cell, finding), numbers(cell, finding));
            lines.push(annotation((cell, finding.expectation), finding.verdict, &message));
        }
        for why in &one.trouble {
            let place = match why {
                Failure::Scenario(bad) => bad.line_and_column().map(|place| (bad.file(), place)),
                Failure::Input { .. } | Failure::Internal(_) => None,
            };
            let file = one.path.display().to_string();
            lines.push(line_of(place.unwrap_or((&file, (1, 1))), "ERROR", &in_words(why)));
        }
        for (expectation, why) in one.vacuous() {
            lines.push(annotation((&one.cells[0], *expectation), Verdict::Vacuous, why));
        }
    }
    lines.join("\n")
}

fn annotation((cell, expectation): (&Cell, usize), verdict: Verdict, message: &str) -> String {
    let place = cell.scenario.expectations[expectation].place.clone();
    let bad = cell.source.error(place, "", "");
    line_of((bad.file(), bad.line_and_column().unwrap_or((1, 1))), word(verdict), message)
}

fn line_of((file, (line, column)): (&str, (usize, usize)), title: &str, message: &str) -> String {
    // A property has more characters to escape than a message.
    let escaped = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let file = escaped(file).replace(':', "%3A").replace(',', "%2C");
    format!("::error file={file},line={line},col={column},title={title}::{}", escaped(message))
}
