//! Words that cannot be names.

use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::tree::Node;

/// Reserved as written.
const WORDS: &[&str] = &[
    "timeout",
    "transaction",
    "imports",
    "parameters",
    "enum",
    "message",
    "block",
    "actor",
    "function",
    "native",
    "store",
    "trigger",
    "state",
    "initial",
    "terminal",
    "on",
    "auto",
    "when",
    "lookup",
    "send",
    "broadcast",
    "append",
    "append_block",
    "from",
    "to",
    "by",
    "with",
    "signed",
    "chain",
    "peer_id",
];

/// Reserved in any case: operators and literals of expressions.
const OPERATORS: &[&str] = &["and", "or", "not", "if", "then", "else", "return", "for", "in", "true", "false", "null"];

/// Whether a word cannot be the name of anything.
pub(crate) fn is_reserved(word: &str) -> bool {
    WORDS.contains(&word) || OPERATORS.iter().any(|operator| operator.eq_ignore_ascii_case(word))
}

pub(crate) fn reserved(name: Node<'_>, what: &str) -> Diagnostic {
    let message = format!("`{}` is a reserved word and cannot name a {what}", name.text());
    Diagnostic::new(Code::RESERVED, name.span(), message).hint(format!("rename it, for example to `{}_`", name.text()))
}
