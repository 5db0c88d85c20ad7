//! What the repository promises about itself, held by tests: who may depend on whom, what a pure crate may touch,
//! how large a thing may grow, and that the documents point at something. Every rule is a function from text to
//! findings, so that beside the rule stands a test of a text which breaks it.

mod bans;
mod budgets;
mod docs;
mod edges;
mod manifests;
mod purity;
mod tree;
mod words;
mod workspace;

/// Fails with all findings at once: whoever repairs them wants the whole list.
#[track_caller]
fn assert_none(findings: &[String]) {
    assert!(findings.is_empty(), "{} finding(s):\n  {}", findings.len(), findings.join("\n  "));
}
