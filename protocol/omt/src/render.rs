//! Findings as people read them: file, line, column, the line itself with carets, and what to do.

use std::fmt::Write as _;

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::program::Program;

/// How much of a line is shown.
const WIDTH_MAX: usize = 120;

/// One finding, with the lines that it is about.
///
/// ```text
/// error[E-TO]: there is no state `DNOE`
///   --> ping.omt:12:8
///    |
/// 12 |   READY -> DNOE auto
///    |            ^^^^ no such state
///    = hint: did you mean `DONE`?
/// ```
pub fn render(program: &Program, diagnostic: &Diagnostic) -> String {
    let severity = if diagnostic.severity() == Severity::Error { "error" } else { "warning" };
    let mut out = format!("{severity}[{}]: {}\n", diagnostic.code, diagnostic.message);
    let margin = diagnostic.labels.iter().map(|label| number(program, label).to_string().len()).max().unwrap_or(1);
    for (at, label) in diagnostic.labels.iter().enumerate() {
        let mark = if at == 0 { '^' } else { '-' };
        let same_file = at > 0 && diagnostic.labels[at - 1].span.file == label.span.file;
        place(&mut out, program, label, (margin, same_file));
        excerpt(&mut out, program, label, (margin, mark));
    }
    if !diagnostic.hint.is_empty() {
        let _ = writeln!(out, "{:margin$} = hint: {}", "", diagnostic.hint);
    }
    out
}

/// All findings, each followed by an empty line.
pub fn render_all(program: &Program, diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|diagnostic| render(program, diagnostic) + "\n").collect()
}

fn number(program: &Program, label: &Label) -> usize {
    program.files[label.span.file as usize].lines.line_of(label.span.start) + 1
}

fn place(out: &mut String, program: &Program, label: &Label, (margin, same_file): (usize, bool)) {
    if same_file {
        let _ = writeln!(out, "{:margin$} :", "");
        return;
    }
    let file = &program.files[label.span.file as usize];
    let position = file.lines.position(file.tree.text(), label.span.start);
    let _ = writeln!(out, "{:margin$}--> {}:{}:{}", "", file.path, position.line, position.column);
    let _ = writeln!(out, "{:margin$} |", "");
}

/// The line of a label, or the part around it if the line is long, with marks under what is meant.
fn excerpt(out: &mut String, program: &Program, label: &Label, (margin, mark): (usize, char)) {
    let file = &program.files[label.span.file as usize];
    let text = file.tree.text();
    let line = file.lines.line_of(label.span.start);
    let (line_start, line_text) = (file.lines.start_of(line, text), file.lines.text_of(line, text));
    let from = (label.span.start as usize - line_start).min(line_text.len());
    let to = (label.span.end as usize).saturating_sub(line_start).clamp(from, line_text.len());
    let (before, inside) = (&line_text[..from], &line_text[from..to]);
    let shown_before = tail(before, WIDTH_MAX / 2);
    let shown_inside = head(inside, WIDTH_MAX / 2);
    let cut_left = shown_before.len() < before.len();
    let rest = if shown_inside.len() < inside.len() { "" } else { head(&line_text[to..], WIDTH_MAX / 2) };
    let cut_right = shown_inside.len() + rest.len() < line_text.len() - from;
    let (left, right) = (if cut_left { "…" } else { "" }, if cut_right { "…" } else { "" });
    let whole = printable(&format!("{left}{shown_before}{shown_inside}{rest}{right}"));
    let _ = writeln!(out, "{:>margin$} | {whole}", line + 1);
    let indent = left.chars().count() + printable(shown_before).chars().count();
    let marks = mark.to_string().repeat(printable(shown_inside).chars().count().max(1));
    let _ = writeln!(out, "{:margin$} | {:indent$}{marks} {}", "", "", label.text);
    while out.ends_with(" \n") {
        out.truncate(out.len() - 2);
        out.push('\n');
    }
}

/// A tab is one blank wide here, and what cannot be printed is shown as a box.
fn printable(text: &str) -> String {
    let visible = |c: char| if c == '\t' { ' ' } else { '\u{25a1}' };
    text.chars().map(|c| if c.is_control() { visible(c) } else { c }).collect()
}

fn head(text: &str, max: usize) -> &str {
    text.char_indices().nth(max).map_or(text, |(at, _)| &text[..at])
}

fn tail(text: &str, max: usize) -> &str {
    text.char_indices().rev().nth(max).map_or(text, |(at, c)| &text[at + c.len_utf8()..])
}
