//! Findings as an editor shows them: those of the main file, and one for each import that has errors.

use super::declared::Site;
use crate::ast::{Declaration, declarations};
use crate::check::Analysis;
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, Severity};
use crate::span::Span;

/// A finding in the main file.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which one.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// Where, in the main file.
    pub span: Span,
    /// What is wrong, and what to do, on a line of its own.
    pub message: String,
    /// Other places, in any file.
    pub related: Vec<Related>,
    /// Whether it is about something that nobody uses.
    pub unused: bool,
}

/// A place that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub site: Site,
    /// What is to be seen there.
    pub text: String,
}

/// How many findings are shown for a file.
const FINDINGS_MAX: usize = 1_000;

const UNUSED: &[Code] = &[Code::UNREACH, Code::DEADMSG, Code::DEADBLOCK, Code::DEADPARAM];

/// What an editor shows in the main file, at most a thousand findings. Errors inside of an imported file are shown when
/// that file is open; here its import says that there are some.
pub fn findings(analysis: &Analysis<'_>) -> Vec<Finding> {
    let (own, others): (Vec<_>, Vec<_>) = analysis.found.iter().partition(|finding| finding.span().file == 0);
    let of_imports = imports(analysis, &others);
    own.into_iter().map(|found| shown(analysis, found)).chain(of_imports).take(FINDINGS_MAX).collect()
}

fn shown(analysis: &Analysis<'_>, found: &Diagnostic) -> Finding {
    let hint = if found.hint.is_empty() { String::new() } else { format!("\nhint: {}", found.hint) };
    let related = found.labels.iter().skip(1).map(|label| {
        let text = if label.text.is_empty() { "here".to_owned() } else { label.text.clone() };
        Related { site: Site::of(analysis, label.span), text }
    });
    Finding {
        code: found.code,
        severity: found.severity(),
        span: found.span(),
        message: format!("{}{hint}", found.message),
        related: related.collect(),
        unused: UNUSED.contains(&found.code),
    }
}

/// One finding for each import of the main file below which there are errors.
fn imports(analysis: &Analysis<'_>, others: &[&Diagnostic]) -> Vec<Finding> {
    let program = analysis.model.program;
    let mut result = vec![];
    for declaration in declarations(&program.main().tree) {
        let Declaration::Import(import) = declaration else { continue };
        let span = import.node().span();
        let below =
            others.iter().filter(|found| found.is_error() && through(analysis, found.span().file) == Some(span));
        let below: Vec<_> = below.collect();
        let Some(first) = below.first() else { continue };
        let file = &program.files[first.span().file as usize];
        let others = if below.len() > 1 { format!(" (and {} more)", below.len() - 1) } else { String::new() };
        result.push(Finding {
            code: first.code,
            severity: Severity::Error,
            span,
            message: format!("{} has errors: {}{others}\nhint: open it and mend it", file.path, first.message),
            related: vec![Related { site: Site::of(analysis, first.span()), text: "the first error".to_owned() }],
            unused: false,
        });
    }
    result
}

/// The import of the main file through which a file comes in.
fn through(analysis: &Analysis<'_>, file: u32) -> Option<Span> {
    let files = &analysis.model.program.files;
    let mut import = files[file as usize].imported?;
    while import.file != 0 {
        import = files[import.file as usize].imported?;
    }
    Some(import)
}
