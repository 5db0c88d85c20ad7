//! `dunbar omt check`: what is wrong with files, for people or as JSON.

use std::path::Path;

use ::omt::{Diagnostic, Program, Severity};
use serde::Serialize;

use super::arguments::Check;
use super::files;
use crate::exit::{Failure, Finding};
use crate::output;

/// A finding as JSON.
#[derive(Serialize)]
struct Line<'a> {
    code: &'a str,
    severity: Severity,
    message: &'a str,
    hint: &'a str,
    places: Vec<Place<'a>>,
    fix: Option<Change<'a>>,
}

/// Lines and columns from 1, columns in characters; `start` and `end` in bytes.
#[derive(Serialize)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a str,
    pub(crate) line: u32,
    pub(crate) column: u32,
    start: u32,
    end: u32,
    pub(crate) label: &'a str,
}

#[derive(Serialize)]
struct Change<'a> {
    start: u32,
    end: u32,
    with: &'a str,
}

pub(crate) fn check(arguments: &Check) -> Result<Finding, Failure> {
    let mut all = vec![];
    let (mut errors, mut warnings) = (0, 0);
    for path in &arguments.files {
        let mut program = files::load(path)?;
        let mut found = ::omt::check(&program);
        if arguments.fix && path != Path::new("-") {
            let count = super::fix::fix(path, &program, &found, arguments.keep_original)?;
            if count > 0 {
                output::remark(format_args!("{}: {} made", path.display(), self::count(count, "change")));
                program = files::load(path)?;
                found = ::omt::check(&program);
            }
        }
        errors += found.iter().filter(|finding| finding.is_error()).count();
        warnings += found.iter().filter(|finding| !finding.is_error()).count();
        if arguments.json {
            all.extend(found.iter().map(|finding| serde_json::json!(line(&program, finding))));
        } else {
            show(path, &program, &found)?;
        }
    }
    let failed = errors > 0 || (arguments.strict && warnings > 0);
    if arguments.json {
        output::print(serde_json::json!({ "errors": errors, "warnings": warnings, "findings": all }))?;
    }
    Ok(if failed { Finding::Fail } else { Finding::Pass })
}

fn show(path: &Path, program: &Program, found: &[Diagnostic]) -> Result<(), Failure> {
    for finding in found {
        output::print(::omt::render(program, finding))?;
    }
    let errors = found.iter().filter(|finding| finding.is_error()).count();
    output::print(format_args!(
        "{}: {}, {}",
        path.display(),
        count(errors, "error"),
        count(found.len() - errors, "warning")
    ))
}

/// `no errors`, `1 error`, `2 errors`
pub(crate) fn count(number: usize, what: &str) -> String {
    match number {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

fn line<'a>(program: &'a Program, finding: &'a Diagnostic) -> Line<'a> {
    let fix = finding.fix.as_ref();
    Line {
        code: finding.code.text(),
        severity: finding.severity(),
        message: &finding.message,
        hint: &finding.hint,
        places: finding.labels.iter().map(|label| place(program, label)).collect(),
        fix: fix.map(|fix| Change { start: fix.span.start, end: fix.span.end, with: &fix.with }),
    }
}

pub(crate) fn place<'a>(program: &'a Program, label: &'a ::omt::Label) -> Place<'a> {
    let file = &program.files[label.span.file as usize];
    let position = file.lines.position(file.tree.text(), label.span.start);
    Place {
        file: &file.path,
        line: position.line,
        column: position.column,
        start: label.span.start,
        end: label.span.end,
        label: &label.text,
    }
}
