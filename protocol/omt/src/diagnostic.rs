//! What is wrong, where, why, and what to do about it.

use crate::codes::Code;
use crate::span::Span;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The transaction cannot run as written.
    Error,
    /// It can run, and is probably not what was meant. May be allowed in the file.
    Warning,
}

/// A place that belongs to a finding, with what is to be seen there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What, in a few words; may be empty for the first label.
    pub text: String,
}

/// A change that mends the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub with: String,
}

/// How many names a sentence lists.
const LISTED_MAX: usize = 12;

/// The first of several names, and how many more there are.
pub(crate) fn listed(names: &[impl AsRef<str>], between: &str) -> String {
    let shown: Vec<&str> = names.iter().take(LISTED_MAX).map(AsRef::as_ref).collect();
    let more = names.len() - shown.len();
    let more = if more > 0 { format!(" … and {more} more") } else { String::new() };
    shown.join(between) + &more
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable identification; `dunbar omt explain` has a page for it.
    pub code: Code,
    /// One sentence, without a full stop.
    pub message: String,
    /// The first one is where the finding is.
    pub labels: Vec<Label>,
    /// What to do next.
    pub hint: String,
    /// A change that can be made without asking.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    pub(crate) fn new(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        let here = Label { span, text: String::new() };
        Diagnostic { code, message: message.into(), labels: vec![here], hint: String::new(), fix: None }
    }

    /// Says what is to be seen at the first place.
    pub(crate) fn here(mut self, text: impl Into<String>) -> Diagnostic {
        self.labels[0].text = text.into();
        self
    }

    pub(crate) fn label(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Diagnostic {
        self.hint = hint.into();
        self
    }

    pub(crate) fn fix(mut self, fix: Option<Fix>) -> Diagnostic {
        self.fix = fix;
        self
    }

    /// Where the finding is.
    pub fn span(&self) -> Span {
        self.labels[0].span
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity() == Severity::Error
    }
}
