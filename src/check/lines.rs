//! A line for each expectation, the way to see its failure again, and annotations for GitHub.

use std::fmt::Write as _;

use scenarios::Verdict;
use scenarios::gate::Finding as Found;
use scenarios::sweep::Cell;
use serde_json::{Value, json};

use super::Checked;

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
    let settings: Vec<String> = cell.settings.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    let at = if settings.is_empty() { String::new() } else { format!(" at {}", settings.join(", ")) };
    format!("{}{margin}{at}", expectation.shown())
}

/// What was found, in numbers.
pub(super) fn numbers(finding: &Found) -> String {
    let mut text = finding.value.map_or("no value".to_owned(), |value| format!("{value:.6}"));
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
            let _ = writeln!(text, "  {:12} {}: {}", word(finding.verdict), name(cell, finding), numbers(finding));
            if finding.verdict == Verdict::Pass {
                continue;
            }
            if let Some(seed) = finding.witness {
                let _ = writeln!(text, "               seed {seed} shows it: {}", replay(one, cell, seed));
            }
        }
        for (expectation, why) in &one.vacuous {
            let shown = one.cells[0].scenario.expectations[*expectation].shown();
            let _ = writeln!(text, "  {:12} {shown}: {why}", word(Verdict::Vacuous));
        }
    }
    let vacuous: usize = library.iter().map(|one| one.vacuous.len()).sum();
    let _ = write!(text, "{passed} of {all} pass");
    if vacuous > 0 {
        let _ = write!(text, ", {vacuous} vacuous");
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
            one.vacuous.iter().map(|(expectation, why)| json!({ "expectation": expectation, "why": why })).collect();
        json!({ "file": one.path, "findings": findings, "vacuous": vacuous })
    };
    json!(library.iter().map(scenario).collect::<Vec<_>>())
}

/// Annotations at file and line of each expectation that did not pass.
pub(super) fn github(library: &[Checked]) -> String {
    let mut lines = Vec::new();
    for one in library {
        for (cell, finding) in one.all().into_iter().filter(|(_, finding)| finding.verdict != Verdict::Pass) {
            let witness = finding.witness.map_or(String::new(), |seed| format!("\n{}", replay(one, cell, seed)));
            let message = format!("{}: {}{witness}", name(cell, finding), numbers(finding));
            lines.push(annotation(one, (cell, finding.expectation), finding.verdict, &message));
        }
        for (expectation, why) in &one.vacuous {
            lines.push(annotation(one, (&one.cells[0], *expectation), Verdict::Vacuous, why));
        }
    }
    lines.join("\n")
}

fn annotation(one: &Checked, (cell, expectation): (&Cell, usize), verdict: Verdict, message: &str) -> String {
    let place = cell.scenario.expectations[expectation].place.clone();
    let (line, column) = cell.source.error(place, "", "").line_and_column().unwrap_or((1, 1));
    // A property has more characters to escape than a message.
    let escaped = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let file = escaped(&one.path.display().to_string()).replace(':', "%3A").replace(',', "%2C");
    format!("::error file={file},line={line},col={column},title={}::{}", word(verdict), escaped(message))
}
